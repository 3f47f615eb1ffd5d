"""Speaker engines and aligners: chosen, found, loaded, lent to one thread at a time."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from hansard.audio import Sound
from hansard.errors import Cancelled, ModelError
from hansard.models.alignment import Aligner, AlignerInfo
from hansard.models.hub import ModelFiles
from hansard.models.residency import Residents
from hansard.models.speakers import (
    Diarisation,
    Embedding,
    SpeakerEngine,
    SpeakerEngineInfo,
    SpeakerEngineSpec,
    SpeakerFiles,
    SpeakerOptions,
    Watch,
)
from hansard.plugins import load_aligner_spec, load_speaker_spec
from hansard.settings import Options
from hansard.transcript import Span, Word
from hansard.wiring.machine import count_cores
from hansard.work.options import TranscribeOptions

logger = logging.getLogger(__name__)

BASELINE = "speakers were told apart by the baseline, which has no trained weights"
BETTER = "hansard models pull {}"
ASK_AGAIN = 0.5
"""Seconds between two looks whether somebody who waits for his turn still wants it."""

Find = Callable[[str], ModelFiles]
"""A model's name to its files in the layout that speaker engines and aligners read."""


@dataclass(frozen=True, slots=True)
class Voices:
    """What speaker engines are made from here."""

    options: Options
    residents: Residents[Any]
    here: Find
    """Finds a model on this machine."""
    fetch: Find
    """Finds it, or fetches it where that is allowed."""

    def choose(self, options: TranscribeOptions) -> tuple[SpeakerEngineSpec, SpeakerFiles]:
        """The engine that was named; for `auto` the best one whose models are here."""
        if options.speaker_engine != "auto":
            spec = load_speaker_spec(options.speaker_engine)
            return spec, self._files(spec, options, self.fetch)
        spec = load_speaker_spec("onnx")
        try:
            return spec, self._files(spec, options, self.here)
        except ModelError as error:
            logger.info("no trained speaker models: %s", error)
        spec = load_speaker_spec("baseline")
        return spec, self._files(spec, options, self.here)

    def prepare(self, options: TranscribeOptions) -> None:
        """See that everything is here, before hours of work begin.

        Raises:
            ModelError: a model cannot be had.
            MissingExtraError: a library is not installed.
        """
        self.choose(options)

    @contextmanager
    def lend(self, options: TranscribeOptions) -> Iterator[SpeakerEngine]:
        """The engine for these options, loaded if need be."""
        spec, files = self.choose(options)
        if not spec.memory(files):  # nothing to keep, and no room to wait for
            yield spec.load(files)
            return
        digests = "+".join(files.models[role].digest for role in sorted(files.models))
        key = ("speakers", spec.name, digests or spec.name, files.source)
        with self.residents.lend(
            key, spec.memory(files), lambda: OneAtATime(spec.load(files)), lambda held: held.close()
        ) as engine:
            yield engine

    def notes(self, info: SpeakerEngineInfo, options: TranscribeOptions) -> tuple[str, ...]:
        """What a reader should know of the engine that was used."""
        if not info.baseline:
            return ()
        if options.speaker_engine == "auto":
            roles = load_speaker_spec("onnx").roles.values()
            better = BETTER.format(" ".join(getattr(options, setting) for setting in roles))
            return (f"{BASELINE}; better: {better}",)
        return (BASELINE,)

    def _files(
        self, spec: SpeakerEngineSpec, options: TranscribeOptions, find: Find
    ) -> SpeakerFiles:
        found: Mapping[str, ModelFiles] = {
            role: find(getattr(options, setting)) for role, setting in spec.roles.items()
        }
        return SpeakerFiles(
            models=found,
            threads=self.options.threads or count_cores(),
            source=options.pyannote_model,
            token=self.options.hf_token,
            offline=self.options.offline,
        )


class OneAtATime:
    """A speaker engine that several threads may hold; they take turns."""

    def __init__(self, engine: SpeakerEngine) -> None:
        self._engine = engine
        self._lock = Lock()

    @property
    def info(self) -> SpeakerEngineInfo:
        """What the engine can do."""
        return self._engine.info

    def diarise(
        self, sound: Sound, speech: Sequence[Span], options: SpeakerOptions, watch: Watch
    ) -> Diarisation:
        """As the engine does, when it is free.

        Raises:
            Cancelled: also while it waits for its turn.
        """
        with _turn(self._lock, watch.cancelled):
            return self._engine.diarise(sound, speech, options, watch)

    def embed(self, sound: Sound, spans: Sequence[Span]) -> Embedding:
        """As the engine does, when it is free."""
        with self._lock:
            return self._engine.embed(sound, spans)

    def close(self) -> None:
        """Free the models."""
        self._engine.close()


@dataclass(frozen=True, slots=True)
class Aligners:
    """What aligners are made from here."""

    options: Options
    residents: Residents[Any]
    fetch: Find

    def prepare(self, options: TranscribeOptions) -> None:
        """See that the model is here, before hours of work begin.

        Raises:
            ModelError: it cannot be had.
            MissingExtraError: its library is not installed.
        """
        self._spec(options)

    @contextmanager
    def lend(self, options: TranscribeOptions) -> Iterator[Aligner]:
        """The aligner for these options, loaded if need be."""
        spec, files = self._spec(options)
        threads = self.options.threads or count_cores()
        with self.residents.lend(
            ("aligner", spec.name, files.digest),
            spec.memory(files),
            lambda: TimingInTurn(spec.load(files, threads)),
            lambda held: held.close(),
        ) as aligner:
            yield aligner

    def _spec(self, options: TranscribeOptions) -> tuple[Any, ModelFiles]:
        files = self.fetch(options.align_model)
        name = "onnx" if files.layout == "onnx" else "transformers"
        return load_aligner_spec(name), files


class TimingInTurn:
    """An aligner that several threads may hold; they take turns."""

    def __init__(self, aligner: Aligner) -> None:
        self._aligner = aligner
        self._lock = Lock()

    @property
    def info(self) -> AlignerInfo:
        """What the aligner can do."""
        return self._aligner.info

    def align(
        self, sound: Sound, span: Span, words: Sequence[str], language: str | None
    ) -> tuple[Word | None, ...]:
        """As the aligner does, when it is free."""
        with self._lock:
            return self._aligner.align(sound, span, words, language)

    def close(self) -> None:
        """Free the model."""
        self._aligner.close()


@contextmanager
def _turn(lock: Lock, cancelled: Callable[[], bool]) -> Iterator[None]:
    while not lock.acquire(timeout=ASK_AGAIN):
        if cancelled():
            raise Cancelled
    try:
        yield
    finally:
        lock.release()
