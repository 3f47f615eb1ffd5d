"""The workshop: joins hub, engines and residency, and lends tools that are ready to work."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version
from threading import Lock

from hansard.models.engines import Engine, Placement
from hansard.models.engines.resilient import Resilient
from hansard.models.hub import ModelFiles
from hansard.models.hub.hub import Hub
from hansard.models.residency import Residents
from hansard.models.vad.silero import Silero
from hansard.pipeline import Tools
from hansard.plugins import load_engine_spec
from hansard.settings import Options
from hansard.transcript import Seconds
from hansard.wiring.machine import choose_device, count_cores, free_memory, place, used_memory
from hansard.work.options import TranscribeOptions
from hansard.work.transcribe import Lent

logger = logging.getLogger(__name__)

Download = Callable[[int, int, str], None]
"""Told of a download's progress: bytes done, bytes in all, file."""
ONE_WINDOW: Seconds = 30.0
"""A recording no longer than this is one window for a Whisper model."""
SPARE = 0.9
"""The share of free memory that models may take; the rest is for audio and text."""


class LocalWorkshop:
    """Models of this process; safe to share between threads."""

    def __init__(self, options: Options, *, on_download: Download | None = None) -> None:
        self._options = options
        self._on_download = on_download
        self._lock = Lock()
        self.hub = Hub(options)
        self.residents: Residents[Engine] = Residents(
            options, budget=self._budget, measure=used_memory
        )

    @contextmanager
    def lend(self, options: TranscribeOptions, sound: Seconds = 3600.0) -> Iterator[Lent]:
        """Tools for these options, for as long as the block lasts.

        A recording of one window cannot be shared between workers, so for a short `sound` the model
        is loaded with one worker that has all threads, unless it is loaded otherwise already.

        Raises:
            ModelError: the model cannot be had.
            EngineError: it does not fit, or cannot be loaded.
            SettingError: the device cannot do what was asked.
        """
        name = choose_model(options)
        files = self.hub.fetch(name, self._on_download)
        logger.info("model %s at %s, revision %s", name, files.path, files.revision or "local")
        with ExitStack() as stack:
            engine = stack.enter_context(self._engine(options, files, sound))
            spare = replace(options, device="cpu", compute_type="auto", batch_size=0)
            can_fall_back = options.cpu_fallback and engine.info.device != "cpu"
            fallback = (
                (lambda: stack.enter_context(self._engine(spare, files, sound)))
                if can_fall_back
                else None
            )
            resilient = Resilient(engine, fallback)
            yield Lent(
                Tools(resilient, self._detector),
                attempts=lambda: tuple(resilient.attempts),
                versions={
                    "hansard": version("hansard"),
                    "model": {"name": files.name, "revision": files.revision},
                    "vad": "silero v6",
                },
            )

    def close(self) -> None:
        """Unload everything."""
        self.residents.close()

    @contextmanager
    def _engine(
        self, options: TranscribeOptions, files: ModelFiles, sound: Seconds
    ) -> Iterator[Engine]:
        spec = load_engine_spec(options.engine)
        where: Placement = place(options, files.size, files.compute_type)
        name = (spec.name, str(files.path), files.digest)
        loaded = {held.key for held in self.residents.residents()}
        if sound <= ONE_WINDOW and not options.workers and (*name, where) not in loaded:
            where = replace(where, workers=1)
        logger.info("device %s: %s, %s", options.device, where.device, where)
        with self.residents.lend(
            (*name, where),
            spec.memory(files, where),
            lambda: spec.load(files, where),
            lambda engine: engine.close(),
        ) as engine:
            yield engine

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
