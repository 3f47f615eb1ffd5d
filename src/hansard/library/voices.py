"""Known voices: what was learnt of a person's voice, under a name, and never any sound.

    voices/<hash of the name>.json   {name, embeddings: {digest: [...]}, seconds, clips, created}

Engines hear voices differently, so a profile has an embedding for each engine it was enrolled with
(`SpeakerEngineInfo.digest`); one of them is of no use to another. Forgetting a voice removes its
only file.
"""

import logging
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

import msgspec

from hansard.errors import (
    BlobExistsError,
    BlobNotFoundError,
    UnknownNameError,
    UsageError,
    VoiceError,
)
from hansard.models.speakers import Embedding
from hansard.models.speakers.recognition import KnownVoice, combine
from hansard.storage.names import VOICES, voice_key
from hansard.storage.store import Store
from hansard.transcript import Seconds

logger = logging.getLogger(__name__)

LONGEST_NAME = 80
"""Letters of a name."""
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of what no name is written with: controls, halves, line ends, nothing."""
_TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of writing, so that a name would look like another."""
_LABEL = re.compile(r"SPEAKER_\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known of one person's voice."""

    name: str
    embeddings: Mapping[str, Embedding]
    """By the digest of the engine that made it."""
    seconds: Seconds
    """How much speech it was learnt from, over all enrolments."""
    clips: int
    created: float
    """Seconds since 1970."""
    weights: Mapping[str, Seconds] = field(default_factory=dict)
    """By digest: how much speech the embedding was made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one enrolment taught."""

    digest: str
    """Of the engine that listened."""
    embedding: Embedding
    seconds: Seconds
    clips: int


def check_name(name: str) -> str:
    """The name of a voice as it is kept: composed (NFC), without spaces around it.

    Raises:
        UsageError: it is empty or too long, holds what cannot be shown, or is an engine's label.
    """
    text = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(text) <= LONGEST_NAME:
        raise UsageError(f"a name has 1 to {LONGEST_NAME} letters, not {len(text)}")
    if any(unicodedata.category(c) in _UNPRINTABLE or c in _TURNING for c in text):
        raise UsageError(f"the name {text!a} holds characters that cannot be shown")
    if _LABEL.fullmatch(text):
        raise UsageError(
            f"{text!r} is what unknown speakers are called", hint="choose another name"
        )
    return text


def learn(before: Profile | None, name: str, lesson: Lesson, now: float) -> Profile:
    """The profile with a lesson added; each second of speech counts the same. Pure."""
    if before is None:
        before = Profile(name=name, embeddings={}, seconds=0.0, clips=0, created=now)
    known = before.embeddings.get(lesson.digest)
    weight = before.weights.get(lesson.digest, before.seconds)
    mixed, total = lesson.embedding, lesson.seconds
    if known is not None:
        mixed = combine((known, lesson.embedding), (weight, lesson.seconds))
        total = weight + lesson.seconds
    return replace(
        before,
        embeddings={**before.embeddings, lesson.digest: mixed},
        weights={**before.weights, lesson.digest: total},
        seconds=before.seconds + lesson.seconds,
        clips=before.clips + lesson.clips,
    )


def known_voices(
    profiles: Iterable[Profile], digest: str
) -> tuple[tuple[KnownVoice, ...], tuple[str, ...]]:
    """The voices that an engine of this digest can recognise, and a note on those it cannot."""
    known: list[KnownVoice] = []
    others: list[str] = []
    for profile in profiles:
        if digest in profile.embeddings:
            known.append(KnownVoice(profile.name, profile.embeddings[digest]))
        else:
            others.append(profile.name)
    if not others:
        return tuple(known), ()
    note = f"enrolled with another speaker engine, so not listened for: {', '.join(others)}"
    return tuple(known), (note,)


def write_profile(store: Store, profile: Profile) -> None:
    """Keep a profile, in place of the one of its name.

    Raises:
        UsageError: its name is none.
        OutputError: the store refuses.
    """
    check_name(profile.name)
    store.put(voice_key(profile.name), _encode(profile))


def read_profiles(store: Store) -> tuple[Profile, ...]:
    """All profiles, by name; one that is damaged is left out, and the log tells its key.

    Raises:
        OutputError: the store cannot be listed.
    """
    found: list[Profile] = []
    for blob in store.list(VOICES):
        try:
            found.append(_decode(store.read(blob.key)))
        except BlobNotFoundError:  # forgotten meanwhile
            continue
        except msgspec.MsgspecError as error:
            logger.warning("the voice profile %s is damaged: %s", blob.key, error)
    return tuple(sorted(found, key=lambda profile: profile.name.casefold()))


def find_profile(store: Store, name: str) -> Profile:
    """The profile of this name, in small or capital letters.

    Raises:
        UnknownNameError: there is none; the hint has names spelt alike.
        VoiceError: it is damaged.
    """
    try:
        return _decode(store.read(voice_key(name.strip())))
    except BlobNotFoundError as error:
        raise _unknown(name, read_profiles(store)) from error
    except msgspec.MsgspecError as error:
        raise VoiceError(
            f"the voice profile of {name.strip()!r} is damaged",
            hint="hansard speakers forget takes it away; then enrol it again",
        ) from error


def rename_profile(store: Store, old: str, new: str) -> Profile:
    """Give a profile another name; the old one is gone afterwards. Returns the profile.

    Raises:
        UnknownNameError: there is no `old`.
        VoiceError: it is damaged.
        UsageError: `new` is no name, or taken.
        OutputError: the store refuses.
    """
    profile = replace(find_profile(store, old), name=check_name(new))
    before, after = voice_key(old.strip()), voice_key(profile.name)
    if before == after:
        store.put(after, _encode(profile))
        return profile
    try:
        store.put(after, _encode(profile), absent=True)
    except BlobExistsError as error:
        raise UsageError(
            f"a voice is called {profile.name!r} already",
            hint="forget that one first, or enrol the clips under its name",
        ) from error
    store.delete(before)
    return profile


def forget_profile(store: Store, name: str) -> None:
    """Remove all that is known of a voice, a damaged profile too.

    Raises:
        UnknownNameError: there is none of this name; the hint has names spelt alike.
        OutputError: the store refuses.
    """
    key = voice_key(name.strip())
    try:
        store.open(key).close()
    except BlobNotFoundError as error:
        raise _unknown(name, read_profiles(store)) from error
    store.delete(key)


def _unknown(name: str, profiles: Sequence[Profile]) -> UnknownNameError:
    names = {profile.name.casefold(): profile.name for profile in profiles}
    near = get_close_matches(name.strip().casefold(), names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(names[one] for one in near)}?" if near else ""
    return UnknownNameError(
        f"no voice is called {name.strip()!r}",
        hint=hint or "hansard speakers list shows the voices that are known",
    )


def _encode(profile: Profile) -> bytes:
    return msgspec.json.format(msgspec.json.encode(profile)) + b"\n"


def _decode(content: bytes) -> Profile:
    return msgspec.json.decode(content, type=Profile)
