"""A running service, for tests and drills: real processes, real sockets, and ways to hurt them."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import httpx2
import psutil

Part = Literal["api", "worker", "host", "media"]
MODULES: Mapping[Part, str] = {
    "worker": "hansard.cli.worker",
    "host": "hansard.wiring.host",
    "media": "hansard.audio.child",
}
PATIENCE = 120.0
"""Seconds within which a service must start, and a job of a test must end."""
FINAL = frozenset({"COMPLETE", "FAILED", "CANCELLED"})


class Program:
    """A `hansard` command that runs until it is stopped; what it logs goes to a file."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.log = log
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, anew if it ended."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "hansard", *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid if self._process else 0

    @property
    def returncode(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll() if self._process else None

    def stop(self, patience: float = PATIENCE) -> int:
        """SIGTERM; returns the exit code. One that does not end in time is killed: -9."""
        if self._process is None:
            return 0
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def family(self) -> Iterator[psutil.Process]:
        """It and all its descendants."""
        with suppress(psutil.NoSuchProcess):
            me = psutil.Process(self.pid)
            yield me
            yield from me.children(recursive=True)


class RunningService:
    """`hansard serve` with the demo model; in cluster mode with workers beside it."""

    def __init__(
        self,
        folder: Path,
        *flags: str,
        redis_url: str | None = None,
        workers: int = 1,
        auth: bool = False,
        each: Sequence[str] = (),
    ) -> None:
        """`flags` are for `hansard serve` alone, `each` for the workers of a cluster, too."""
        common = ["--data-dir", str(folder / "data"), "--offline", "--model", "demo", *each]
        if redis_url is not None:
            common += ["--redis-url", redis_url]
        guard = [] if auth else ["--no-auth"]
        self._log = folder / "serve.log"
        self.api = Program(self._log, "serve", "--port", "0", *common, *guard, *flags)
        count = workers if redis_url is not None else 0
        self.workers = [
            Program(folder / f"worker{number}.log", "worker", *common) for number in range(count)
        ]
        self.address = ""
        self.key = ""
        self.login = ""

    def start(self) -> None:
        """Start all of it, and wait until it answers.

        Raises:
            RuntimeError: it ended, or did not answer in time.
        """
        for worker in self.workers:
            if worker.returncode is not None or not worker.pid:
                worker.start()
        begin = self._log.stat().st_size if self._log.exists() else 0
        self.api.start()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            said = self._log.read_bytes()[begin:].decode(errors="replace")
            if found := re.search(r"serves at (http://\S+?),", said):
                self.address = found[1]
                self._read_first_key(said)
                return
            if self.api.returncode is not None:
                raise RuntimeError(f"the service ended with {self.api.returncode}: {said}")
            time.sleep(0.02)
        raise RuntimeError(f"the service did not start in time: {said}")

    def _read_first_key(self, said: str) -> None:
        if found := re.search(r"shown only now: (\S+)", said):
            self.key = found[1]
        if found := re.search(r"(http://\S+/login/\S+)", said):
            self.login = found[1]

    def await_ready(self) -> None:
        """Wait until `/readyz` says yes.

        Raises:
            RuntimeError: it does not in time.
        """
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(httpx2.HTTPError), self.client() as client:
                if client.get("/readyz").status_code == httpx2.codes.OK:
                    return
            if self.api.returncode is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"the service is not ready: {self.tail()}")

    def tail(self) -> str:
        """The end of what all of it logged."""
        logs = [self._log, *(worker.log for worker in self.workers)]
        texts = [f"{log.name}: {log.read_text(errors='replace')[-3000:]}" for log in logs]
        return "\n".join(texts)

    def client(self, **extra: Any) -> httpx2.Client:
        """An HTTP client with the first key, if there is one."""
        headers = {"X-API-Key": self.key} if self.key else {}
        return httpx2.Client(
            base_url=self.address, headers=headers, timeout=PATIENCE, trust_env=False, **extra
        )

    def processes(self, part: Part) -> list[psutil.Process]:
        """The live processes that are this part of the service."""
        programs = [self.api, *self.workers]
        if part == "api":
            return [psutil.Process(self.api.pid)] if self.api.returncode is None else []
        own = [p.pid for p in self.workers if p.returncode is None]
        found = [process for program in programs for process in program.family()]
        alive: list[psutil.Process] = []
        for process in found:
            with suppress(psutil.Error):
                line = process.cmdline()
                named = MODULES[part] in line or (part == "worker" and process.pid in own)
                if named and process.status() != psutil.STATUS_ZOMBIE:
                    alive.append(process)
        return alive

    def stop(self) -> None:
        """Stop all of it, gracefully."""
        self.api.stop()
        for worker in self.workers:
            worker.stop()

    def __enter__(self) -> Self:
        self.start()
        try:
            self.await_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def submit(client: httpx2.Client, recording: Path, **fields: str) -> str:
    """Submit a recording as a job; returns its id.

    Raises:
        httpx2.HTTPStatusError: it was refused.
    """
    with recording.open("rb") as file:
        answer = client.post("/v1/process", files={"file": (recording.name, file)}, data=fields)
    answer.raise_for_status()
    return str(answer.json()["task_id"])


def wait_for(client: httpx2.Client, job: str, states: Sequence[str] = (*FINAL,)) -> dict[str, Any]:
    """The status of a job once it is in one of these states.

    Raises:
        TimeoutError: it is not in time.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        status: dict[str, Any] = client.get(f"/v1/status/{job}").raise_for_status().json()
        if status["status"] in states:
            return status
        time.sleep(0.05)
    raise TimeoutError(f"job {job} is {status['status']}, stage {status.get('stage')!r}")
