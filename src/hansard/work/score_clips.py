"""Whether transcripts are of their clips: a model hears each clip, or looks for the words in it.

clip ─ recognise ─ compare with the transcript     (`engine`)
clip ─ force the transcript's words onto it        (`ctc`)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from hansard.audio import Sound
from hansard.errors import EngineError, MediaError, UnknownNameError, UsageError
from hansard.evaluation import normaliser_for, word_error_rate
from hansard.models.alignment import Aligner
from hansard.training.checks.scoring import Match, Scorer
from hansard.training.manifest import Entry
from hansard.transcript import Seconds, Span
from hansard.transcript.languages import find_language
from hansard.transcript.scripts import to_latin
from hansard.work.heard import Heard
from hansard.work.lending import Workshop
from hansard.work.options import TranscribeOptions
from hansard.work.transcribe import transcribe_sound
from hansard.work.wires import Wires

How = Literal["engine", "ctc"]
CLIP: Seconds = 30.0
"""Clips are one window long."""


@contextmanager
def scoring_clips(
    how: How, options: TranscribeOptions, workshop: Workshop, wires: Wires
) -> Iterator[Scorer]:
    """What compares clips with transcripts, with its model loaded for as long as the block lasts.

    Raises:
        ModelError: the model cannot be had.
        EngineError: it cannot be loaded.
        MissingExtraError: its library is not installed.
    """
    if how == "ctc":
        with workshop.lend_aligner(options) as aligner:
            yield ByAligner(aligner, options)
        return
    plain = replace(
        options,
        task="transcribe",
        clip=None,
        channel=None,
        align="engine",
        word_timestamps=False,
        diarize=False,
        channel_speakers=False,
    )
    with workshop.lend(plain, CLIP) as lent:
        info = lent.tools.engine.info
        name = f"{info.name} {info.model} {info.digest}"
        yield ByEngine(name, info.languages, plain, workshop, wires)


@dataclass(frozen=True, slots=True)
class ByEngine:
    """Transcribes each clip, and compares words."""

    model: str
    languages: frozenset[str]
    options: TranscribeOptions
    workshop: Workshop
    wires: Wires

    @property
    def name(self) -> str:
        """The measure, and the very model."""
        return f"engine {self.model} {self.options.language}"

    def score(self, entry: Entry, sound: Sound) -> Match:
        """The share of words that the model hears otherwise, script and capitals aside.

        Raises:
            ModelError: the model cannot be had.
            Cancelled: the caller asked to stop.
        """
        language = language_of(entry, self.options)
        if language is not None and language not in self.languages:
            return Match(failure=f"the model does not know {language!r}")
        wanted = replace(self.options, language=language)
        try:
            made = transcribe_sound(Heard(sound), wanted, self.workshop, self.wires)
        except (EngineError, UsageError, MediaError) as error:
            return Match(failure=f"not transcribed: {error}")
        heard = " ".join(segment.text.strip() for segment in made.segments)
        normaliser = normaliser_for(language or made.language)
        rate = word_error_rate(
            to_latin(entry.transcript), to_latin(heard), normaliser=normaliser
        ).rate
        if rate is None:
            return Match(failure="the transcript holds no words")
        return Match(wer=round(rate, 4), hypothesis=heard)


@dataclass(frozen=True, slots=True)
class ByAligner:
    """Looks for each word of the transcript in the clip."""

    aligner: Aligner
    options: TranscribeOptions

    @property
    def name(self) -> str:
        """The measure, and the very model."""
        info = self.aligner.info
        return f"ctc {info.model} {info.digest} {self.options.language}"

    def score(self, entry: Entry, sound: Sound) -> Match:
        """The mean confidence of the transcript's words; one that is not found counts 0."""
        words = [" " + word for word in entry.transcript.split()]
        language = language_of(entry, self.options)
        try:
            span = Span(sound.start, sound.end)
            found = self.aligner.align(sound, span, words, language)
        except EngineError as error:
            return Match(failure=f"not aligned: {error}")
        if not words:
            return Match(failure="the transcript holds no words")
        sure = [word.confidence or 0.0 for word in found if word is not None]
        return Match(confidence=round(sum(sure) / len(words), 4))


def language_of(entry: Entry, options: TranscribeOptions) -> str | None:
    """The code of an entry's language; where it has none, the one that was asked for."""
    named = entry.language or options.language
    try:
        return find_language(named) if named else None
    except UnknownNameError:
        return None
