"""Uses of the public library, for the type checker to judge; nothing here runs."""

from io import BytesIO
from pathlib import Path

from hansard import (
    HansardError,
    Options,
    Transcriber,
    Transcript,
    TrustReport,
    probe,
    transcribe,
    word_error_rate,
)


def plain() -> str:
    """The shortest use."""
    return transcribe("talk.mp3").text


def chosen(path: Path) -> Transcript:
    """Options are one typed object."""
    options = Options(model="demo", language="en", beam_size=1, vad_threshold=0.4)
    made: Transcript = transcribe(path, options, on_event=print, cancelled=lambda: False)
    made.save(path.with_suffix(".srt"), options)
    return made


def kept(stream: BytesIO) -> float | None:
    """A transcriber keeps its models."""
    with Transcriber(Options(model="demo")) as transcriber:
        made = transcriber.transcribe(stream)
    trust: TrustReport | None = made.trust
    words = [(word.start, word.end, word.probability) for word in made.words]
    rate = word_error_rate("a b", made.text, normaliser="english").rate
    return rate if words and trust else None


def careful(path: Path) -> str:
    """Every failure is one class, with a hint."""
    try:
        return f"{probe(path).duration}"
    except HansardError as error:
        return f"{error.code} {error.retry} {error.hint}"
