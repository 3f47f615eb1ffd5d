"""Who spoke when, without what was said.

recording ─ Sound ─ speech ─ speaker engine ─ known voices ─ Transcript of turns
"""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import BinaryIO

from hansard.audio import Sound
from hansard.audio.media import open_sound
from hansard.models.speakers import Diarisation, SpeakerEngine
from hansard.models.speakers.recognition import name_voices
from hansard.models.vad import VadOptions, VoiceDetector, hear
from hansard.pipeline import Staged
from hansard.pipeline.channels import ChannelSpeakers
from hansard.pipeline.speakers import describe_engine, name_turns, tell_recognised
from hansard.storage.files import temporary_folder
from hansard.transcript import Span, Transcript
from hansard.work.channels import open_channels
from hansard.work.lending import SpeakersLent, SpeakerWorkshop
from hansard.work.options import TranscribeOptions
from hansard.work.wires import Wires


def diarise(
    source: Path | BinaryIO, options: TranscribeOptions, workshop: SpeakerWorkshop, wires: Wires
) -> Transcript:
    """Tell who spoke when: a transcript with turns and speakers, and no segments.

    Speakers whose voice is an enrolled one have its name. `metrics["notes"]` has what a reader
    should know, such as which engine it was where a better one could be had.

    Raises:
        MediaError: no Sound can be had from it, or its channels cannot be speakers.
        UsageError: options exclude each other, or the source cannot be read twice.
        ModelError: the engine's models cannot be had.
        EngineError: the engine failed.
        Cancelled: the caller asked to stop.
    """
    begin = perf_counter()
    with temporary_folder("hansard-") as folder:
        wires.on_event(Staged("reading"))
        opened = open_sound(source, folder, options, cancelled=wires.cancelled)
        channels = open_channels(source, folder, opened.info, options, wires)
        wires.on_event(Staged("loading the model"))
        with workshop.lend_speakers(options) as ready:
            lent = _by_channel(ready, channels, options) if channels else ready
            found = _listen(opened.sound, lent, options, wires)
            info = lent.engine.info
    names = name_voices(found.voices, lent.known, info.threshold)
    turns = name_turns(found.turns, names)
    return Transcript(
        segments=(),
        duration=opened.sound.duration,
        turns=turns,
        speakers=tuple(dict.fromkeys(turn.speaker for turn in turns)),
        versions={"source": _title(source), "diarisation": describe_engine(info, options)},
        metrics={
            "input_duration_seconds": round(opened.sound.duration, 3),
            "processing_time_seconds": round(perf_counter() - begin, 3),
            "notes": [*opened.notes, *lent.notes, *found.notes, *tell_recognised(names)],
        },
    )


def find_speech(
    sound: Sound, detector: VoiceDetector, options: VadOptions, cancelled: Callable[[], bool]
) -> tuple[Span, ...]:
    """Where anybody speaks, in order, on the recording's clock.

    Raises:
        Cancelled: the caller asked to stop.
    """
    probabilities = detector.probabilities(sound, cancelled)
    return hear(probabilities, Span(sound.start, sound.end), options).speech


def _by_channel(
    ready: SpeakersLent, channels: tuple[Sound, ...], options: VadOptions
) -> SpeakersLent:
    """The same loan with an engine that takes each channel for a speaker."""
    engine: SpeakerEngine = ChannelSpeakers(channels, ready.detector, options)
    return SpeakersLent(engine, ready.detector)


def _listen(
    sound: Sound, lent: SpeakersLent, options: TranscribeOptions, wires: Wires
) -> Diarisation:
    wires.on_event(Staged("listening for speech"))
    speech = find_speech(sound, lent.detector, options, wires.cancelled)
    if not speech:
        return Diarisation(turns=(), voices=(), notes=("no speech heard",))
    wires.on_event(Staged("telling speakers apart"))
    return lent.engine.diarise(sound, speech, options, wires.watch)


def _title(source: Path | BinaryIO) -> str:
    """What the recording is called in files about it; nothing where it came as a stream."""
    return source.stem if isinstance(source, Path) else ""
