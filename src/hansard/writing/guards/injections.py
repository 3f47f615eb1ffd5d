"""Lines of a transcript that talk to the machine which will read it, not to people.

Nothing is taken out of a transcript for that: such lines are named, and what rests on them is
flagged. The phrases are those of published prompt injections (OWASP LLM01:2025, "Prompt
Injection"), in the languages of `injections_phrases`; a planted line in other words is not seen
here, which is why nothing else relies on this module.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from hansard.writing.guards.phrases import PHRASES
from hansard.writing.lines import Line

# Format characters (zero-width, bidi, tags) that can stand inside a word unseen.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
_ENCODED = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_ENDS = (".", "?", "!", "\u2026", "\u3002", "\uff1f", "\uff01")
_LONGEST = 20_000
"""Characters of a text that are looked at; a spoken line is never longer."""


def talks_to_machine(text: str) -> bool:
    """Whether a text gives orders to a language model, or forges the marks of its conversation.

    Ordinary talk about computers does not count ("ignore the noise", "the system prompts the
    user"). Letters of full width, invisible characters and base64 are seen through.
    """
    plain = _plain(text[:_LONGEST])
    if _phrases().search(plain):
        return True
    return any(_phrases().search(hidden) for hidden in map(_decoded, _ENCODED.findall(plain)))


def instruction_segments(lines: Sequence[Line]) -> tuple[int, ...]:
    """Ids of the segments that talk to the machine, in order.

    An order that runs over the border of two segments counts for both; it does not where the
    first one ends a sentence.
    """
    alone = [talks_to_machine(line.text) for line in lines]
    found = {line.segment for line, told in zip(lines, alone, strict=True) if told}
    for number in range(len(lines) - 1):
        one, other = lines[number], lines[number + 1]
        if alone[number] or alone[number + 1] or one.text.endswith(_ENDS):
            continue
        if talks_to_machine(f"{one.text[-300:]} {other.text[:300]}"):
            found |= {one.segment, other.segment}
    return tuple(line.segment for line in lines if line.segment in found)


@cache
def _phrases() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrase in PHRASES), re.IGNORECASE)


def _plain(text: str) -> str:
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(seen.replace("\u2019", "'").split())


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
