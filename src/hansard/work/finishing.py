"""What is done with recognised speech: its words timed by another model, its speakers named."""

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

from hansard.audio import Sound
from hansard.errors import VoiceError
from hansard.models.speakers.recognition import KnownVoice
from hansard.pipeline import Recognised, SpeakerTools, Staged
from hansard.pipeline.channels import ChannelSpeakers
from hansard.pipeline.retiming import retime
from hansard.pipeline.speakers import tell_apart as label
from hansard.transcript import Span, Transcript
from hansard.work.heard import Heard, Reference
from hansard.work.lending import SpeakersLent, Workshop
from hansard.work.options import TranscribeOptions
from hansard.work.wires import Wires


def time_words(
    recognised: Recognised,
    sound: Sound,
    options: TranscribeOptions,
    workshop: Workshop,
    wires: Wires,
) -> Recognised:
    """Have another model time the words, where that is wanted."""
    if options.align == "engine":
        return recognised
    begin = perf_counter()
    wires.on_event(Staged("timing words"))
    transcript = recognised.transcript
    with workshop.lend_aligner(options) as aligner:
        watch = wires.watch
        segments = retime(
            transcript.segments,
            sound,
            aligner,
            cancelled=watch.cancelled,
            on_progress=lambda done, every: watch.on_progress(done / every),
        )
        info = aligner.info
    used = {
        "name": info.name,
        "version": info.version,
        "model_variant": info.model,
        "checkpoint_hash": info.digest,
    }
    versions = {**transcript.versions, "alignment": used}
    timed = replace(transcript, segments=segments, versions=versions)
    return replace(recognised, transcript=_staged(timed, "align words", perf_counter() - begin))


def tell_apart(
    recognised: Recognised,
    heard: Heard,
    options: TranscribeOptions,
    workshop: Workshop,
    wires: Wires,
) -> Transcript:
    """Say who spoke, where that is wanted."""
    if not options.wants_speakers:
        return recognised.transcript
    begin = perf_counter()
    wires.on_event(Staged("telling speakers apart"))
    with workshop.lend_speakers(options) as lent:
        if options.channel_speakers:
            channels = ChannelSpeakers(heard.channels, lent.detector, options)
            tools = SpeakerTools(channels)
        else:
            known, notes = _learn(heard.known, lent)
            tools = SpeakerTools(lent.engine, (*known, *lent.known), (*lent.notes, *notes))
        transcript = label(recognised, heard.sound, tools, options, wires.watch)
    return _staged(transcript, "speakers", perf_counter() - begin)


def _learn(
    references: Sequence[Reference], lent: SpeakersLent
) -> tuple[list[KnownVoice], list[str]]:
    """The caller's known voices as embeddings; one that cannot be learnt is told, not fatal."""
    known: list[KnownVoice] = []
    notes: list[str] = []
    for reference in references:
        sound = reference.sound
        try:
            whole = (Span(sound.start, sound.end),)
            known.append(KnownVoice(reference.name, lent.engine.embed(sound, whole)))
        except VoiceError as error:
            notes.append(f"the voice of {reference.name} could not be learnt: {error}")
    return known, notes


def _staged(transcript: Transcript, stage: str, seconds: float) -> Transcript:
    stages = {**transcript.metrics["stage_seconds"], stage: round(seconds, 3)}
    return replace(transcript, metrics={**transcript.metrics, "stage_seconds": stages})


def add_time(transcript: Transcript, seconds: float) -> Transcript:
    """Count later stages towards the cost of the whole."""
    metrics = dict(transcript.metrics)
    total = metrics["processing_time_seconds"] + seconds
    metrics["processing_time_seconds"] = round(total, 3)
    if transcript.duration:
        metrics["rtf"] = round(total / transcript.duration, 5)
    return replace(transcript, metrics=metrics)
