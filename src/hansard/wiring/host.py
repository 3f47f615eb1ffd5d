"""The model host: a child of the worker that keeps models loaded and works on orders in threads.

It speaks JSON lines on its standard input and output (`hansard.jobs.host` is the other end) and
ends when its input ends, because the worker is gone then. `python -m hansard.wiring.host` runs it.
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

from hansard.audio import Sound
from hansard.errors import HansardError, ModelNotHereError, UnknownNameError
from hansard.jobs.failures import plain
from hansard.library.records import write_run
from hansard.models.alignment import Aligner
from hansard.models.vocals import VocalIsolator
from hansard.plugins import engine_entry_points
from hansard.settings import Options, override
from hansard.transcript import Seconds
from hansard.transcript.formats import read as read_transcript
from hansard.wiring.machine import used_memory
from hansard.wiring.stores import open_store
from hansard.wiring.workshop import LocalWorkshop, choose_model
from hansard.work.heard import Heard, Reference
from hansard.work.lending import Lent, SpeakersLent, WriterLent, Writing
from hansard.work.options import TranscribeOptions, WriteOptions
from hansard.work.orders import carry_out
from hansard.work.writing_up import Means, Order, check_writing, facts_of, write_up
from hansard.writing.forms.shelf import Shelf

BEAT = 2.0
"""Seconds between two signs of life."""
NICENESS = 5
"""The doors answer first, also while every core decodes."""
WARM: Seconds = 10.0
"""The model is made ready for recordings of this length: short ones are waited for."""

Message = Mapping[str, Any]
logger = logging.getLogger(__name__)


class Line:
    """The way to the worker."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def say(self, kind: str, **facts: Any) -> None:
        """Send one message; when nobody reads any more, this process has no reason to be."""
        line = json.dumps({"is": kind, **facts}, default=str).encode() + b"\n"
        with self._lock:
            try:
                self._pipe.write(line)
                self._pipe.flush()
            except OSError:
                os._exit(1)


class LogLine(logging.Handler):
    """Log records go to the worker, which knows how its operator wants them."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record."""
        message = self.format(record)
        self._line.say("log", logger=record.name, level=record.levelno, message=message)


@dataclass(frozen=True)
class Urgent:
    """The workshop as one job sees it: with its priority."""

    workshop: LocalWorkshop
    priority: int

    def lend(self, options: TranscribeOptions, sound: Seconds) -> AbstractContextManager[Lent]:
        """As `LocalWorkshop.lend`."""
        return self.workshop.lend(options, sound, priority=self.priority)

    def lend_speakers(self, options: TranscribeOptions) -> AbstractContextManager[SpeakersLent]:
        """As `LocalWorkshop.lend_speakers`."""
        return self.workshop.lend_speakers(options)

    def lend_vocals(self, options: TranscribeOptions) -> AbstractContextManager[VocalIsolator]:
        """As `LocalWorkshop.lend_vocals`."""
        return self.workshop.lend_vocals(options)

    def lend_aligner(self, options: TranscribeOptions) -> AbstractContextManager[Aligner]:
        """As `LocalWorkshop.lend_aligner`."""
        return self.workshop.lend_aligner(options)

    @property
    def shelf(self) -> Shelf:
        """As `LocalWorkshop.shelf`."""
        return self.workshop.shelf

    def writes(self, task: Writing, options: WriteOptions) -> bool:
        """As `LocalWorkshop.writes`."""
        return self.workshop.writes(task, options)

    def lend_writer(
        self, task: Writing, options: WriteOptions
    ) -> AbstractContextManager[WriterLent]:
        """As `LocalWorkshop.lend_writer`."""
        return self.workshop.lend_writer(task, options)


class ModelHost:
    """Carries out orders, each in a thread of its own."""

    def __init__(self, options: Options, line: Line) -> None:
        self._options = options
        self._line = line
        self._store = open_store(options)
        self._workshop = LocalWorkshop(options, fetches=options.allow_downloads)
        self._cancelled: dict[str, threading.Event] = {}
        self._idle_since = monotonic()

    def begin(self) -> None:
        """Load the default model, say that all is ready, and go on giving signs of life.

        Raises:
            ModelError: the model cannot be had.
            EngineError: it cannot be loaded.
        """
        with self._workshop.lend(self._options, WARM) as lent:
            info = lent.tools.engine.info
        threading.Thread(target=self._beat, daemon=True, name="beat").start()
        self._line.say(
            "ready",
            facts={
                "model": info.model,
                "engine": info.name,
                "device": info.device,
                "compute_type": info.compute_type,
                "engines": sorted(engine_entry_points()),
                "default_model": choose_model(self._options),
                "pid": os.getpid(),
            },
        )

    def take(self, message: Message) -> None:
        """Act on a message of the worker."""
        if message["do"] == "run":
            stop = self._cancelled[message["job"]] = threading.Event()
            name = f"job-{message['job'][:8]}"
            thread = threading.Thread(
                target=self._run, args=(message, stop), daemon=True, name=name
            )
            try:
                thread.start()
            except RuntimeError as error:  # no memory for it
                self._end(message["job"], "failed", error=plain(error))
        elif message["do"] == "ping":
            self._line.say("pong")
        elif message["do"] == "cancel" and message["job"] in self._cancelled:
            self._cancelled[message["job"]].set()

    def _run(self, message: Message, stop: threading.Event) -> None:
        job = message["job"]
        try:
            found = self._works[message["kind"]](message, stop)
        except Exception as error:
            if not isinstance(error, HansardError):
                logger.exception("job %s", job)
            self._end(job, "failed", error=plain(error))
        else:
            self._end(job, "done", result=found)

    def _end(self, job: str, kind: str, **facts: Any) -> None:
        self._cancelled.pop(job, None)
        self._idle_since = monotonic()
        self._line.say(kind, job=job, **facts)

    @property
    def _works(self) -> Mapping[str, Callable[[Message, threading.Event], Message]]:
        """Job kind to work function."""
        return {
            "transcribe": self._transcribe,
            "process_text": self._process_text,
            "load_model": self._load_model,
            "unload_model": self._unload_model,
        }

    def _transcribe(self, message: Message, stop: threading.Event) -> Message:
        request = message["request"]
        heard = Heard(
            _sound(message["sound"]),
            tuple(message["notes"]),
            message["spent"],
            message.get("titles", {}),
            tuple(_sound(one) for one in message.get("channels", ())),
            tuple(
                Reference(one["name"], _sound(one["sound"]))
                for one in message.get("references", ())
            ),
        )
        options = self._settings(request.get("options", {}))
        return carry_out(_order(message), heard, options, self._means(message, stop))

    def _process_text(self, message: Message, stop: threading.Event) -> Message:
        request = message["request"]
        text = self._store.read(message["text"]).decode("utf-8", "replace")
        transcript = read_transcript(text, request["format"])
        order, options = _order(message), self._settings(request.get("options", {}))
        means = self._means(message, stop)
        check_writing(order, options, means.workshop)
        return write_up(order, transcript, options, means)

    def _means(self, message: Message, stop: threading.Event) -> Means:
        return Means(
            workshop=Urgent(self._workshop, message["priority"]),
            store=self._store,
            tell=lambda kind, facts: self._line.say(kind, job=message["job"], **facts),
            cancelled=stop.is_set,
        )

    def _settings(self, asked: Mapping[str, Any]) -> Options:
        """The worker's settings with a client's on top.

        Raises:
            UnknownNameError: the client names a folder, which only the operator may.
        """
        name = asked.get("model")
        if name is not None:
            found = self._workshop.hub.parse(name)
            if found.kind == "folder" and found.alias_of is None and name not in self._own_models:
                raise UnknownNameError(f"no model is called {name!r}")
        return override(self._options, asked)

    @property
    def _own_models(self) -> frozenset[str | None]:
        """What the operator has named, folders among them."""
        own = self._options
        return frozenset({own.model, own.translation_model, own.cpu_model, own.gpu_model})

    def _load_model(self, message: Message, _stop: threading.Event) -> Message:
        options = self._settings({"model": message["request"]["model"]})
        with self._workshop.lend(options, WARM) as lent:
            return self._write(message, {"model": lent.model, "loaded": True})

    def _unload_model(self, message: Message, _stop: threading.Event) -> Message:
        name = message["request"]["model"]
        gone = self._workshop.unload(name)
        if not gone:
            raise ModelNotHereError(f"model {name!r} is not loaded, or is at work")
        return self._write(message, {"model": name, "loaded": False})

    def _write(self, message: Message, facts: Message) -> Message:
        content = json.dumps(facts).encode()
        return facts_of(write_run(self._store, message["job"], message["token"], content))

    def _beat(self) -> None:
        while True:
            idle = 0.0 if self._cancelled else monotonic() - self._idle_since
            if 0 < self._options.host_idle_seconds < idle:
                os._exit(0)
            self._workshop.residents.sweep()
            loaded = [str(held.key[2]) for held in self._workshop.residents.residents()]  # type: ignore[index]
            self._line.say("beat", rss=used_memory(), loaded=loaded)
            threading.Event().wait(BEAT)


def _order(message: Message) -> Order:
    request = message["request"]
    return Order(
        job=message["job"],
        token=message["token"],
        features=frozenset(request.get("features", ())),
        stream=bool(request.get("stream")),
        resolved=message["resolved"],
        template_id=request.get("template_id", ""),
    )


def _sound(said: Message) -> Sound:
    return Sound(Path(said["path"]), said["offset"], said["samples"], said["start"])


def main() -> None:
    """Run the host on this process's standard input and output."""
    line = Line(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # whatever a library prints must not come between our messages
    logging.basicConfig(level=logging.WARNING, handlers=[LogLine(line)], format="%(message)s")
    logging.getLogger("hansard").setLevel(logging.INFO)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    host: ModelHost | None = None
    for text in sys.stdin.buffer:
        message = json.loads(text)
        if host is not None:
            host.take(message)
            continue
        try:
            host = ModelHost(override(Options(), message["options"]), line)
            host.begin()
        except Exception as error:
            if not isinstance(error, HansardError):
                logger.exception("the model host cannot begin")
            line.say("unready", error=plain(error))
    os._exit(0)


if __name__ == "__main__":
    main()
