"""The workshop: joins hub, engines and residency, and lends tools that are ready to work."""

import logging
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property, partial
from importlib.metadata import version
from threading import Lock
from typing import Any

from hansard.errors import UsageError
from hansard.library.voices import known_voices, read_profiles
from hansard.models.alignment import Aligner
from hansard.models.engines import Engine, Placement
from hansard.models.engines.resilient import Resilient
from hansard.models.engines.shared import Shared
from hansard.models.hub import Layout, ModelFiles
from hansard.models.hub.hub import Hub
from hansard.models.residency import Residents
from hansard.models.residency.turns import Turns
from hansard.models.vad.silero import Silero
from hansard.models.vocals import VocalIsolator
from hansard.pipeline import Tools
from hansard.plugins import load_engine_spec
from hansard.settings import Options
from hansard.transcript import Seconds
from hansard.wiring.machine import (
    LARGE_MODEL,
    choose_device,
    choose_group,
    count_cores,
    free_memory,
    place,
    used_memory,
)
from hansard.wiring.speakers import Aligners, Voices
from hansard.wiring.stores import open_shelf, open_store
from hansard.wiring.writers import Writers
from hansard.work.lending import Lent, SpeakersLent, WriterLent, Writing
from hansard.work.options import TranscribeOptions, WriteOptions
from hansard.writing.forms.shelf import Shelf

logger = logging.getLogger(__name__)

Download = Callable[[int, int, str], None]
"""Told of a download's progress: bytes done, bytes in all, file."""
ONE_WINDOW: Seconds = 30.0
"""A recording no longer than this is one window for a Whisper model."""
VOCALS_MEMORY = 600 * 2**20
"""Bytes that half a minute of music takes while it is separated."""
SPARE = 0.9
"""The share of free memory that models may take; the rest is for audio and text."""


class LocalWorkshop:
    """Models of this process; safe to share between threads."""

    def __init__(
        self, options: Options, *, on_download: Download | None = None, fetches: bool = True
    ) -> None:
        """With `fetches` off, a model that is not on this machine is an error."""
        self._options = options
        self._fetches = fetches
        self._on_download = on_download
        self._lock = Lock()
        self._turns: dict[Hashable, Turns] = {}
        self.hub = Hub(options)
        self.residents: Residents[Any] = Residents(
            options, budget=self._budget, measure=used_memory
        )
        here = partial(self.hub.find, layout="onnx")
        fetch = partial(self._files, layout="onnx")
        self._voices = Voices(options, self.residents, here, fetch)
        self._aligners = Aligners(options, self.residents, fetch)
        self._writers = Writers(options, self.residents, self._language_model)

    @contextmanager
    def lend(
        self, options: TranscribeOptions, sound: Seconds = 3600.0, *, priority: int = 1
    ) -> Iterator[Lent]:
        """Tools for these options, for as long as the block lasts.

        Whoever else uses the same model meanwhile takes turns; a lower `priority` goes first. A
        recording of one window cannot be shared between workers, so for a short `sound` the model
        is loaded with one worker that has all threads, unless it is loaded otherwise already.

        Raises:
            ModelError: the model cannot be had.
            EngineError: it does not fit, or cannot be loaded.
            SettingError: the device cannot do what was asked.
        """
        if options.wants_speakers and not options.channel_speakers:
            self._voices.prepare(options)
        if options.align == "ctc":
            self._aligners.prepare(options)
        name = choose_model(options)
        files = self._files(name)
        logger.info("model %s at %s, revision %s", name, files.path, files.revision or "local")
        with ExitStack() as stack:
            where, engine = stack.enter_context(self._engine(options, files, sound))
            shared = Shared(engine, self._turns_at(engine), priority)
            spare = replace(options, device="cpu", compute_type="auto", batch_size=0)
            can_fall_back = options.cpu_fallback and engine.info.device != "cpu"
            fallback = (
                (lambda: stack.enter_context(self._engine(spare, files, sound))[1])
                if can_fall_back
                else None
            )
            resilient = Resilient(shared, fallback)
            yield Lent(
                Tools(resilient, self._detector),
                attempts=lambda: tuple(resilient.attempts),
                versions={
                    "hansard": version("hansard"),
                    "model": {"name": files.name, "revision": files.revision},
                    "vad": "silero v6",
                },
                model=files.pinned,
                longest_group=choose_group(where, files.size),
            )

    @contextmanager
    def lend_speakers(self, options: TranscribeOptions) -> Iterator[SpeakersLent]:
        """What tells speakers apart, and the enrolled voices that it can recognise.

        Raises:
            ModelError: its models cannot be had.
            MissingExtraError: its library is not installed.
            EngineError: it cannot be loaded.
        """
        with self._voices.lend(options) as engine:
            notes = self._voices.notes(engine.info, options)
            for note in notes:
                logger.warning("%s", note)
            profiles = read_profiles(open_store(self._options)) if options.voice_profiles else ()
            known, unfit = known_voices(profiles, engine.info.digest)
            yield SpeakersLent(engine, self._detector, known, (*notes, *unfit))

    @contextmanager
    def lend_vocals(self, options: TranscribeOptions) -> Iterator[VocalIsolator]:
        """What takes voices out of music.

        Raises:
            UsageError: no model for it is named.
            ModelError: its model cannot be had.
        """
        files = self._vocals_model(options)
        from hansard.models.vocals.separation import Separation

        threads = self._options.threads or count_cores()
        with self.residents.lend(
            ("vocals", "uvr", files.digest),
            VOCALS_MEMORY + files.size,
            lambda: Separation(files, threads=threads),
            lambda held: held.close(),
        ) as isolator:
            yield isolator

    @contextmanager
    def lend_aligner(self, options: TranscribeOptions) -> Iterator[Aligner]:
        """What times words in place of the engine.

        Raises:
            ModelError: its model cannot be had.
            MissingExtraError: its library is not installed.
            EngineError: it cannot be loaded.
        """
        with self._aligners.lend(options) as aligner:
            yield aligner

    @cached_property
    def shelf(self) -> Shelf:
        """The templates of summaries: the operator's own, those of the store, those shipped."""
        return open_shelf(self._options)

    def writes(self, task: Writing, options: WriteOptions) -> bool:
        """Whether a language model is set for this task.

        Raises:
            SettingError: what is set does not go together.
            MissingExtraError: its library is not installed.
            ModelError: it cannot be had.
        """
        return self._writers.writes(task, options)

    @contextmanager
    def lend_writer(self, task: Writing, options: WriteOptions) -> Iterator[WriterLent]:
        """The language model for this task; none where none is set.

        Raises:
            SettingError: what is set does not go together.
            MissingExtraError: its library is not installed.
            ModelError: it cannot be had.
            EngineError: it cannot be loaded.
        """
        with self._writers.lend(task, options) as lent:
            yield lent

    def unload(self, name: str) -> int:
        """Unload a model that nobody is using; returns how many copies went.

        Raises:
            ModelError: nothing has this name here.
        """
        digest = self.hub.find(name).digest
        return len(self.residents.unload(lambda key: isinstance(key, tuple) and digest in key))

    def close(self) -> None:
        """Unload everything."""
        self.residents.close()

    @contextmanager
    def _engine(
        self, options: TranscribeOptions, files: ModelFiles, sound: Seconds
    ) -> Iterator[tuple[Placement, Engine]]:
        spec = load_engine_spec(options.engine)
        where: Placement = place(options, files.size, files.compute_type)
        name = (spec.name, str(files.path), files.digest)
        loaded = {held.key for held in self.residents.residents()}
        alone = replace(where, workers=1)
        if not options.workers and (
            (sound <= ONE_WINDOW and ((*name, alone) in loaded or (*name, where) not in loaded))
            or (files.size > LARGE_MODEL and (*name, alone) in loaded)
        ):
            where = alone
        logger.info("device %s: %s, %s", options.device, where.device, where)
        with self.residents.lend(
            (*name, where),
            spec.memory(files, where),
            lambda: spec.load(files, where),
            lambda engine: engine.close(),
        ) as engine:
            yield where, engine

    def _turns_at(self, engine: Engine) -> Turns:
        info = engine.info
        name = (info.digest, info.device, info.compute_type, info.parallel)
        with self._lock:
            return self._turns.setdefault(name, Turns(max(1, info.parallel)))

    def _language_model(self, name: str) -> ModelFiles:
        """The files of a language model, fetched if that is allowed."""
        if self._fetches:
            return self.hub.fetch(
                name, self._on_download, layout="transformers", purpose="language"
            )
        return self.hub.find(name, layout="transformers", purpose="language")

    def _files(self, name: str, *, layout: Layout = "ctranslate2") -> ModelFiles:
        """The files of a model, fetched if that is allowed."""
        if self._fetches:
            return self.hub.fetch(name, self._on_download, layout=layout)
        return self.hub.find(name, layout=layout)

    def _vocals_model(self, options: TranscribeOptions) -> ModelFiles:
        if not options.vocals_model:
            raise UsageError(
                "isolate_vocals needs a separation model, and none is named",
                hint="--vocals-model FOLDER, with a UVR MDX-NET model that sherpa-onnx offers; "
                "docs/how-to/karaoke.md tells more",
            )
        return self._files(options.vocals_model, layout="onnx")

    @cached_property
    def _silero(self) -> Silero:
        return Silero(threads=self._options.threads or count_cores())

    @property
    def _detector(self) -> Silero:
        with self._lock:
            return self._silero

    def _budget(self) -> int | None:
        """What all models together may take: the setting, or what is free and already theirs."""
        if self._options.memory_budget_mb:
            return self._options.memory_budget_mb * 2**20
        device = choose_device(self._options)
        free = free_memory(device, self._options.device_index)
        if free is None:
            return None
        return int(free * SPARE) + sum(held.bytes for held in self.residents.residents())


def choose_model(options: TranscribeOptions) -> str:
    """The model that was named, or the default for the task and the device."""
    if options.model:
        return options.model
    if options.task == "translate":
        return options.translation_model
    return options.gpu_model if choose_device(options) == "cuda" else options.cpu_model
