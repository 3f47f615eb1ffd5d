"""Speakers as OpenAI's clients ask for them, and as they are told of them. Pure.

A client may send a clip of up to four people whose names it knows, each as a data URL (RFC 2397).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from hansard.errors import UsageError
from hansard.library.voices import check_name
from hansard.server.api.openai_fields import Fields, ParameterError
from hansard.transcript import Segment

NAMES: Final = "known_speaker_names"
REFERENCES: Final = "known_speaker_references"
MOST_KNOWN: Final = 4
MOST_BYTES: Final = 4 * 1_048_576
"""Bytes of one clip: ten seconds of any common format and rate are fewer."""
LONGEST_URL: Final = MOST_BYTES // 3 * 4 + 1024
"""Bytes of the data URL that such a clip makes."""
UNKNOWN: Final = "unknown"
"""The speaker of a segment of which nobody can tell who said it; OpenAI's type needs a text."""

_HEAD = re.compile(
    r"data:(?:(\w+)/[\w.+-]+)?(?:;[\w.+-]+=[^;,]*)*;base64", re.ASCII | re.IGNORECASE
)
_MEDIA = frozenset({"audio", "video", "application"})
_LABEL = re.compile(r"SPEAKER_\d+")


@dataclass(frozen=True, slots=True)
class Reference:
    """A clip of somebody whose name the client knows."""

    name: str
    clip: bytes = field(repr=False)
    """A file of any kind that a recording may be; not looked into yet."""

    @property
    def told(self) -> dict[str, str]:
        """What is stored with the job; the clip itself lies in the store."""
        return {"name": self.name, "sha256": hashlib.sha256(self.clip).hexdigest()}


def read_references(form: Fields) -> tuple[Reference, ...]:
    """The known speakers of a form, in order.

    Raises:
        ParameterError: names and clips are not as many as each other, or too many; a name is none;
            a clip is no data URL in base64, is empty or too large.
    """
    names, urls = form.many(NAMES), form.many(REFERENCES)
    if len(names) != len(urls):
        short = REFERENCES if len(urls) < len(names) else NAMES
        raise ParameterError(
            short,
            f"there are {len(names)} {NAMES} and {len(urls)} {REFERENCES}",
            hint="send one clip for each name, in the same order",
        )
    if len(names) > MOST_KNOWN:
        raise ParameterError(NAMES, f"{NAMES} has {len(names)} names, at most {MOST_KNOWN} may be")
    return tuple(
        Reference(_name(name), decode_clip(url, f"{REFERENCES}[{number}]"))
        for number, (name, url) in enumerate(zip(names, urls, strict=True))
    )


def decode_clip(url: str, shown: str) -> bytes:
    """The bytes in a data URL; `shown` is what to call it.

    Raises:
        ParameterError: it is none, is not in base64, holds nothing or too much.
    """
    hint = "write data:audio/wav;base64,... with a clip of 2 to 10 s"
    head, _, data = url.partition(",")
    found = _HEAD.fullmatch(head) if len(head) <= 200 else None
    if found is None:
        raise ParameterError(REFERENCES, f"{shown} is no data URL in base64", hint=hint)
    if found[1] and found[1].casefold() not in _MEDIA:
        raise ParameterError(REFERENCES, f"{shown} is said to be {found[1]}, not sound", hint=hint)
    if len(data) > LONGEST_URL:
        raise ParameterError(
            REFERENCES, f"{shown} has more than {MOST_BYTES // 1_048_576} MiB", hint=hint
        )
    try:
        clip = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ParameterError(REFERENCES, f"{shown} is not in base64: {error}", hint=hint) from error
    if not clip:
        raise ParameterError(REFERENCES, f"{shown} is empty", hint=hint)
    return clip


def labels_of(segments: Iterable[Segment]) -> Mapping[str, str]:
    """What speakers are called in OpenAI's answers: known ones by name, others `A`, `B` ...

    Letters go in the order in which speakers are first heard; one that is somebody's name is left
    out.
    """
    heard = list(dict.fromkeys(s.speaker for s in segments if s.speaker is not None))
    taken = {name for name in heard if not _LABEL.fullmatch(name)}
    labels = {name: name for name in taken}
    number = 0
    for name in heard:
        if name in labels:
            continue
        while letters(number) in taken:
            number += 1
        labels[name] = letters(number)
        number += 1
    return labels


def letters(number: int) -> str:
    """0 is `A`, 25 is `Z`, 26 is `AA`."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _name(name: str) -> str:
    try:
        return check_name(name)
    except UsageError as error:
        raise ParameterError(NAMES, str(error), hint=error.hint) from error
