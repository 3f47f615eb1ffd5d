"""A real Redis on this machine, set up as the ledger needs it, that can be killed and come back.

with RedisServer() as redis:
    ledger = RedisLedger(redis.url)
    redis.kill()
    redis.start()
"""

import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

_PORTS = (20_000, 32_000)
"""Below those that the system gives to outgoing connections, so that a stopped server's port is
not taken by somebody's connection, least of all by one to itself."""
_TRIES = 20
_PAUSE = 0.01


def find_redis_server() -> Path | None:
    """The `redis-server` program, or None where there is none."""
    found = shutil.which("redis-server")
    return Path(found) if found else None


class RedisServer:
    """A server on a free port of the loopback address, with a folder of its own.

    Every change is on its disk before it answers, and it never drops anything. `settings` are
    further lines of its configuration, such as `{"maxmemory": "3mb"}`; a password has no spaces.

    Raises:
        FileNotFoundError: there is no `redis-server` here.
        RuntimeError: it does not start; the message is what it said.
    """

    def __init__(self, password: str = "", settings: dict[str, str] | None = None) -> None:
        self.password = password
        self.port = 0
        self.folder = Path()
        self._settings = {
            "bind": "127.0.0.1",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",
            "maxmemory-policy": "noeviction",
            **({"requirepass": password} if password else {}),
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address to give to clients, with the password."""
        user = f":{quote(self.password, safe='')}@" if self.password else ""
        return f"redis://{user}127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="hansard-redis-"))
        try:
            self._start_somewhere()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Begin again on the same port, with what is on the disk; returns when it answers."""
        if not self._began():
            raise RuntimeError(f"redis-server does not start: {self._said()}")

    def _start_somewhere(self) -> None:
        for self.port in _free_ports():
            if self._began():
                return
        raise RuntimeError(f"redis-server does not start: {self._said()}")

    def stop(self) -> None:
        """End it as an administrator does; what is under way is finished."""
        self._end(kill=False)

    def kill(self) -> None:
        """End it with SIGKILL, in the middle of whatever it does."""
        self._end(kill=True)

    def signal(self, number: int) -> None:
        """Send it a signal, such as SIGSTOP to make it hang."""
        if self._process is not None:
            self._process.send_signal(number)

    def close(self) -> None:
        """End it and remove its folder."""
        self._end(kill=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _began(self) -> bool:
        """Start it; False where it ended instead, as when the port is taken."""
        program = find_redis_server()
        if program is None:
            raise FileNotFoundError("there is no redis-server on this machine")
        words = [word for item in self._settings.items() for word in (f"--{item[0]}", item[1])]
        place = ["--port", str(self.port), "--dir", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own words
                [program, *place, *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        while self._process.poll() is None:
            if self._answers():
                return True
            time.sleep(_PAUSE)
        self._process = None
        return False

    def _answers(self) -> bool:
        """Whether it takes commands: it has read its disk, and the port is its own."""
        login = f"AUTH {self.password}\r\n" if self.password else ""
        try:
            with closing(socket.create_connection(("127.0.0.1", self.port), 1)) as link:
                link.sendall(f"{login}INFO\r\nQUIT\r\n".encode())
                said = b"".join(iter(lambda: link.recv(65536), b""))
        except OSError:
            return False
        process = self._process
        own = process is not None and f"process_id:{process.pid}\r\n".encode() in said
        return own and b"\nloading:0\r\n" in said

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is not None:
            if kill:
                process.kill()
            else:
                process.terminate()
            process.wait()

    def _said(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-500:]


def _free_ports() -> Iterator[int]:
    for _ in range(_TRIES):
        port = random.randint(*_PORTS)
        with closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port
