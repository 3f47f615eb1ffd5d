"""Building a worker and running it."""

import asyncio
import logging
import os
import shutil
import signal
import socket
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from hansard.audio.child_limits import ChildLimits
from hansard.audio.foreign import Nursery
from hansard.audio.options import AudioOptions
from hansard.errors import NotReadyError
from hansard.jobs.attempt import Tools
from hansard.jobs.bell import Bell
from hansard.jobs.host import Host
from hansard.jobs.threads import Threads
from hansard.jobs.tracing import Tracer
from hansard.jobs.worker import Worker
from hansard.settings import Options, child_environment, pack
from hansard.wiring.concluding import Concluder
from hansard.wiring.stores import data_folder, open_ledger, open_store

logger = logging.getLogger(__name__)

HOST_NEEDS_NOT = frozenset({"redis_url", "key_file", "host", "port"})
"""Settings that are no business of the model host."""


async def work(options: Options, bell: Bell) -> None:
    """Work until SIGTERM or SIGINT; then hand jobs back.

    Raises:
        HansardError: the model host cannot start, such as for want of a model.
    """
    scratch = _Scratch(data_folder(options) / "scratch")
    threads = Threads()
    ledger, store = open_ledger(options), open_store(options)
    tracer = Tracer(options.otlp_endpoint, version=version("hansard"))
    tools = Tools(
        ledger=ledger,
        store=store,
        host=Host(
            [sys.executable, "-m", "hansard.wiring.host"],
            {"options": pack(options, leave_out=HOST_NEEDS_NOT)},
            {**child_environment(), **limit_threads(options.threads)},
        ),
        media=Nursery(ChildLimits(memory_mb=options.media_memory_mb)),
        threads=threads,
        options=options,
        audio=AudioOptions(
            **{name: getattr(options, name) for name in AudioOptions.__dataclass_fields__}
        ),
        tracer=tracer,
        ring=bell.ring,
        scratch=scratch.folder,
        channel_speakers=options.channel_speakers,
    )
    concluder = Concluder(ledger, store, options, threads)
    worker = Worker(
        f"{socket.gethostname()}-{os.getpid()}-{os.urandom(3).hex()}",
        tools,
        bell,
        version=version("hansard"),
        after=concluder.conclude,
        chores=(concluder.tell_webhooks, concluder.keep_clean),
    )
    task = asyncio.ensure_future(worker.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        with suppress(asyncio.CancelledError):
            await task
    finally:
        await tools.host.close()
        await tools.media.close()
        bell.close()
        tracer.close()
        threads.close()
        ledger.close()
        scratch.leave()


def limit_threads(threads: int) -> dict[str, str]:
    """What keeps the arithmetic libraries of a child to so many threads; 0 = no limit."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return dict.fromkeys(names, str(threads)) if threads else {}


class _Scratch:
    """A folder of this process's own; those of processes that died are taken away."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        for old in root.glob("*.lock"):
            _remove_dead(old)
        name = f"{os.getpid()}-{os.urandom(4).hex()}"
        self.folder = root / name
        self._lock = FileLock(root / f"{name}.lock")
        try:
            self._lock.acquire(blocking=False)
        except Timeout as error:  # pragma: no cover - the name is random
            raise NotReadyError(f"scratch folder {str(self.folder)!r} is taken") from error
        self.folder.mkdir()

    def leave(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)


def _remove_dead(lock_file: Path) -> None:
    lock = FileLock(lock_file)
    try:
        lock.acquire(blocking=False)
    except (Timeout, OSError):
        return
    try:
        shutil.rmtree(lock_file.with_suffix(""), ignore_errors=True)
    finally:
        lock.release()
        lock_file.unlink(missing_ok=True)
