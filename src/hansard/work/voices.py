"""Learning voices: clips of one person in, a profile out that holds no sound.

clips ─ Sound ─ speech ─ one voice? ─ embedding ─ all alike? ─ profile
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hansard.audio import Sound
from hansard.audio.media import open_sound
from hansard.audio.names import printable
from hansard.errors import UnknownNameError, UsageError, VoiceError
from hansard.library.voices import (
    Lesson,
    Profile,
    check_name,
    find_profile,
    learn,
    write_profile,
)
from hansard.models.speakers import Diarisation, Embedding
from hansard.models.speakers.recognition import combine, similarity
from hansard.pipeline import Staged
from hansard.storage.files import temporary_folder
from hansard.storage.store import Store
from hansard.transcript import Seconds
from hansard.transcript.spans import total
from hansard.work.diarise import find_speech
from hansard.work.lending import SpeakersLent, SpeakerWorkshop
from hansard.work.options import TranscribeOptions
from hansard.work.wires import Wires

SHORTEST: Seconds = 1.0
"""Speech that a clip must hold: what is shorter tells too little of a voice."""
CLEAR_SHARE = 0.2
"""A second voice that has this share of a clip's speech, and lasts `SHORTEST`, is no mistake of
the engine."""
MORE = "give clips of at least 2 s in which only this person speaks"


@dataclass(frozen=True, slots=True)
class Learnt:
    """The voice in one clip."""

    name: str
    """What to call the clip."""
    embedding: Embedding
    seconds: Seconds
    """How much speech it was made from."""


def enrol(
    name: str,
    sources: Sequence[Path],
    options: TranscribeOptions,
    workshop: SpeakerWorkshop,
    store: Store,
    wires: Wires,
) -> Profile:
    """Learn a voice from clips of it, and keep its profile; what is known of it stays known.

    Either all clips count or, where one is refused, none.

    Raises:
        UsageError: the name is none, or there is no clip.
        MediaError: a clip cannot be read.
        VoiceError: a clip has too little speech, no voice, or two; or it is not like the others.
        ModelError: the engine's models cannot be had.
        OutputError: the store refuses.
        Cancelled: the caller asked to stop.
    """
    name = check_name(name)
    if not sources:
        raise UsageError("there is no clip to learn the voice from", hint=MORE)
    before = _find(store, name)
    wires.on_event(Staged("loading the model"))
    with workshop.lend_speakers(options) as lent:
        info = lent.engine.info
        learnt = [_hear_clip(source, options, lent, wires) for source in sources]
    check_alike(learnt, info.threshold)
    if before is not None:
        _check_same(before, learnt, info.digest, info.threshold)
    seconds = [each.seconds for each in learnt]
    lesson = Lesson(
        digest=info.digest,
        embedding=combine([each.embedding for each in learnt], seconds),
        seconds=round(sum(seconds), 3),
        clips=len(learnt),
    )
    profile = learn(before, name, lesson, time.time())
    write_profile(store, profile)
    return profile


def learn_voice(
    sound: Sound, name: str, lent: SpeakersLent, options: TranscribeOptions, wires: Wires
) -> Learnt:
    """The one voice in a clip that has been decoded; `name` is what to call the clip.

    Raises:
        VoiceError: it has too little speech, nothing like a voice, or two voices.
        EngineError: the engine failed.
        Cancelled: the caller asked to stop.
    """
    shown = printable(name)
    speech = find_speech(sound, lent.detector, options, wires.cancelled)
    seconds = total(speech)
    if seconds < SHORTEST:
        said = f"only {seconds:.1f} s of speech" if speech else "no speech"
        raise VoiceError(f"'{shown}' has {said}", hint=MORE)
    anyone = replace(
        options, num_speakers=None, min_speakers=None, max_speakers=None, channel_speakers=False
    )
    found = lent.engine.diarise(sound, speech, anyone, wires.watch)
    if has_two(found, lent.engine.info.threshold):
        raise VoiceError(f"two people speak in '{shown}'", hint=MORE)
    try:
        embedding = lent.engine.embed(sound, speech)
    except VoiceError as error:
        raise VoiceError(f"'{shown}': {error}", hint=error.hint or MORE) from error
    return Learnt(shown, embedding, seconds)


def has_two(found: Diarisation, threshold: float) -> bool:
    """Whether a second voice, unlike the first, has a clear share of what is said. Pure."""
    spoken: dict[str, Seconds] = {}
    for turn in found.turns:
        spoken[turn.speaker] = spoken.get(turn.speaker, 0.0) + turn.end - turn.start
    ranked = sorted(spoken, key=lambda speaker: -spoken[speaker])
    voices: Mapping[str, Embedding] = {voice.speaker: voice.embedding for voice in found.voices}
    return any(
        spoken[other] >= max(SHORTEST, CLEAR_SHARE * sum(spoken.values()))
        and not _alike(voices.get(ranked[0]), voices.get(other), threshold)
        for other in ranked[1:]
    )


def check_alike(learnt: Sequence[Learnt], threshold: float) -> None:
    """See that all clips are of one voice. Pure.

    Raises:
        VoiceError: they are not; names the clip that is least like the others.
    """
    nearness = [
        [similarity(each.embedding, other.embedding) for other in learnt if other is not each]
        for each in learnt
    ]
    if all(value >= threshold for row in nearness for value in row):
        return
    odd = min(range(len(learnt)), key=lambda number: sum(nearness[number]))
    if len(learnt) == 2:
        raise VoiceError(
            f"'{learnt[0].name}' and '{learnt[1].name}' are not of the same voice "
            f"(similarity {nearness[0][0]:.2f}, {threshold:.2f} is needed)",
            hint=MORE,
        )
    raise VoiceError(
        f"'{learnt[odd].name}' is not of the same voice as the other clips "
        f"(similarity {max(nearness[odd]):.2f} at best, {threshold:.2f} is needed)",
        hint="leave it out",
    )


def _alike(left: Embedding | None, right: Embedding | None, threshold: float) -> bool:
    return left is not None and right is not None and similarity(left, right) >= threshold


def _check_same(before: Profile, learnt: Sequence[Learnt], digest: str, threshold: float) -> None:
    known = before.embeddings.get(digest)
    for each in learnt if known is not None else ():
        found = similarity(known, each.embedding) if known is not None else 1.0
        if found < threshold:
            raise VoiceError(
                f"'{each.name}' is not of the voice that is known as {before.name!r} "
                f"(similarity {found:.2f}, {threshold:.2f} is needed)",
                hint="enrol it under another name, or forget that voice first",
            )


def _find(store: Store, name: str) -> Profile | None:
    try:
        return find_profile(store, name)
    except UnknownNameError:
        return None


def _hear_clip(
    source: Path, options: TranscribeOptions, lent: SpeakersLent, wires: Wires
) -> Learnt:
    with temporary_folder("hansard-") as folder:
        wires.on_event(Staged(f"listening to {printable(source.name)}"))
        opened = open_sound(source, folder, options, cancelled=wires.cancelled)
        return learn_voice(opened.sound, source.name, lent, options, wires)
