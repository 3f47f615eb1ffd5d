"""Who spoke: a finished transcript gets its speakers. A failure never costs the transcript."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hansard.audio import Sound
from hansard.errors import Cancelled
from hansard.models.speakers import (
    Diarisation,
    SpeakerEngine,
    SpeakerEngineInfo,
    SpeakerOptions,
    Watch,
)
from hansard.models.speakers.recognition import KnownVoice, Match, name_voices
from hansard.pipeline.labelling import label
from hansard.pipeline.run import Recognised
from hansard.transcript import Transcript, Turn

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SpeakerTools:
    """What tells speakers apart, and whose voices are known."""

    engine: SpeakerEngine
    known: tuple[KnownVoice, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader should know of the choice, e.g. that it is a baseline."""


def tell_apart(
    recognised: Recognised,
    sound: Sound,
    tools: SpeakerTools,
    options: SpeakerOptions,
    watch: Watch,
) -> Transcript:
    """The transcript with turns, speakers, and the speaker of each word; its words do not change.

    Where the engine fails, the transcript comes back as it was, with a note in its trust report.

    Raises:
        Cancelled: the caller asked to stop.
    """
    try:
        found = tools.engine.diarise(sound, recognised.speech, options, watch)
        names = name_voices(found.voices, tools.known, tools.engine.info.threshold)
    except Cancelled:
        raise
    except Exception as error:
        # whatever a foreign library raises: hours of recognised text must not be lost to it
        logger.warning("speakers could not be told apart", exc_info=error)
        note = f"speakers could not be told apart: {error}"
        return _noted(recognised.transcript, [note])
    return _attach(recognised.transcript, found, names, tools, options)


def _attach(
    transcript: Transcript,
    found: Diarisation,
    names: Mapping[str, Match],
    tools: SpeakerTools,
    options: SpeakerOptions,
) -> Transcript:
    turns = name_turns(found.turns, names)
    segments = label(transcript.segments, turns, options.speaker_margin)
    speakers = tuple(dict.fromkeys(turn.speaker for turn in turns))
    labelled = replace(transcript, segments=segments, turns=turns, speakers=speakers)
    versions = {**transcript.versions, "diarisation": describe_engine(tools.engine.info, options)}
    metrics = {**transcript.metrics, "speakers": len(speakers)}
    notes = [*tools.notes, *found.notes, *tell_recognised(names), *_unsure(labelled)]
    return _noted(replace(labelled, versions=versions, metrics=metrics), notes)


def name_turns(turns: Sequence[Turn], names: Mapping[str, Match]) -> tuple[Turn, ...]:
    """The turns with the names of those who were recognised."""
    return tuple(
        replace(turn, speaker=names[turn.speaker].name) if turn.speaker in names else turn
        for turn in turns
    )


def tell_recognised(names: Mapping[str, Match]) -> list[str]:
    """A note for each voice that was recognised, and how near it is."""
    return [
        f"{match.name} recognised by voice (similarity {match.similarity:.2f})"
        for match in names.values()
    ]


def _unsure(transcript: Transcript) -> list[str]:
    words = transcript.words
    unsure = sum(1 for word in words if not word.speakers)
    return [f"nobody could be named for {unsure} of {len(words)} words"] if unsure else []


def describe_engine(info: SpeakerEngineInfo, options: SpeakerOptions) -> dict[str, Any]:
    """What told the speakers apart, enough to do it again."""
    asked = {name: getattr(options, name) for name in SpeakerOptions.__dataclass_fields__}
    return {
        "name": info.name,
        "version": info.version,
        "model_variant": info.model,
        "checkpoint_hash": info.digest,
        "params": asked,
    }


def _noted(transcript: Transcript, notes: Sequence[str]) -> Transcript:
    if transcript.trust is None or not notes:
        return transcript
    return replace(
        transcript, trust=replace(transcript.trust, notes=(*transcript.trust.notes, *notes))
    )
