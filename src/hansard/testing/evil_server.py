"""A web server that misbehaves in every way that we could think of, each under its own path.

    with EvilServer() as server:
        download(server.url("good"), target, allow_private=True)
        download(server.url("gzip-bomb"), target, allow_private=True)

`BEHAVIOURS` names them all. The server listens on a free port of the loopback address, writes raw
bytes to the socket, so that it can break every rule of HTTP, and remembers what it was asked.
"""

import gzip
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

GOOD = bytes(range(256)) * 400
"""What the well-behaved paths give: 102,400 bytes."""
SECONDS = 60.0
"""How long the silent ones keep silent, at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class EvilServer:
    """The server, in threads of this process."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self._server.server_address[1])

    def url(self, behaviour: str) -> str:
        """The address of a behaviour, which may have a query."""
        return f"http://127.0.0.1:{self.port}/{behaviour}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    """A thread for each connection, all ended before the server is."""

    daemon_threads = False
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up; everything else is a fault of this file."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _handler_for(server: EvilServer) -> type["Wire"]:
    return type("_BoundWire", (Wire,), {"server_": server})


class Wire(socketserver.StreamRequestHandler):
    """One connection, for a behaviour to misuse."""

    server_: EvilServer
    request: socket.socket
    timeout = SECONDS

    def handle(self) -> None:
        """Read one request, and do what its path says."""
        first = self.rfile.readline(65_536).decode("latin-1").split()
        if len(first) < 2:
            return
        headers: dict[str, str] = {}
        while (line := self.rfile.readline(65_536).decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", "0")))
        self.server_.asked.append(Asked(first[0], first[1], headers, body))
        name = first[1].strip("/").partition("?")[0]
        BEHAVIOURS.get(name, _missing)(self)

    @property
    def base(self) -> str:
        """The address of this server."""
        return self.server_.url("")

    def send(self, *parts: bytes | str) -> None:
        """Write to the socket."""
        for part in parts:
            self.wfile.write(part.encode("latin-1") if isinstance(part, str) else part)

    def answer(self, status: str, body: bytes = b"", **headers: str) -> None:
        """A correct answer; `_` in a header's name stands for `-`."""
        fields = {"Content_Type": "audio/mpeg", "Content_Length": str(len(body)), **headers}
        lines = "".join(f"{n.replace('_', '-')}: {v}\r\n" for n, v in fields.items())
        self.send(f"HTTP/1.1 {status}\r\n{lines}Connection: close\r\n\r\n", body)

    def dribble(self, part: bytes, pause: float) -> None:
        """Send a part again and again, with pauses, until the client hangs up."""
        for _ in range(int(SECONDS / pause)):
            self.send(part)
            if self.server_.closing.wait(pause):
                return

    def wait(self) -> None:
        """Keep silent until the client hangs up, or the server ends."""
        self.request.settimeout(0.05)
        for _ in range(int(SECONDS / 0.05)):
            if self.server_.closing.is_set():
                return
            with suppress(TimeoutError):
                if not self.request.recv(4096):
                    return


Behaviour = Callable[[Wire], None]


def _redirect(place: str, status: str = "302 Found") -> Behaviour:
    def behave(wire: Wire) -> None:
        wire.answer(status, Location=place.replace("{base}", wire.base))

    return behave


def _plain(status: str, body: bytes = b"no", **headers: str) -> Behaviour:
    return lambda wire: wire.answer(status, body, **headers)


def _missing(wire: Wire) -> None:
    wire.answer("404 Not Found", b"no such behaviour", Content_Type="text/plain")


def _gzip_bomb(wire: Wire) -> None:
    """32 MiB of zeros in 32 kB."""
    wire.answer("200 OK", gzip.compress(bytes(2**25)), Content_Encoding="gzip")


def _endless(wire: Wire) -> None:
    wire.send("HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nConnection: close\r\n\r\n")
    while not wire.server_.closing.is_set():
        wire.send(bytes(65_536))


def _endless_chunks(wire: Wire) -> None:
    wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not wire.server_.closing.is_set():
        wire.send(b"10000\r\n", bytes(65_536), b"\r\n")


def _one_byte_a_second(wire: Wire) -> None:
    wire.send("HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 100000\r\n\r\n")
    wire.dribble(b"x", 0.05)


def _silent_body(wire: Wire) -> None:
    wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nxxxx")
    wire.wait()


def _truncated(wire: Wire) -> None:
    wire.answer("200 OK", GOOD[:1000], Content_Length="100000")


def _longer_than_it_says(wire: Wire) -> None:
    wire.answer("200 OK", GOOD, Content_Length="1000")


def _two_lengths(wire: Wire) -> None:
    wire.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nhello wor")


def _reset(wire: Wire) -> None:
    wire.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.request.close()


def _reset_in_body(wire: Wire) -> None:
    wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", GOOD[:4096])
    _reset(wire)


def _huge_headers(wire: Wire) -> None:
    wire.send("HTTP/1.1 200 OK\r\n")
    for number in range(10_000):
        wire.send(f"X-{number}: {'a' * 1000}\r\n")
    wire.send("\r\n")


def _slow_headers(wire: Wire) -> None:
    wire.send("HTTP/1.1 200 OK\r\nX-Slow: ")
    wire.dribble(b"a", 0.05)


def _endless_hints(wire: Wire) -> None:
    wire.dribble(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 0.01)


def _chunked_garbage(wire: Wire) -> None:
    wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n")


def _chunked_cut(wire: Wire) -> None:
    wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n", GOOD[:1024], b"\r\n")


def _tiny_chunks(wire: Wire) -> None:
    wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 5000)
    wire.send("0\r\n\r\n")


def _not_http(wire: Wire) -> None:
    wire.send("220 mail.example ESMTP\r\n")


def _broken_gzip(wire: Wire) -> None:
    wire.answer("200 OK", b"\x1f\x8b" + bytes(100), Content_Encoding="gzip")


def _deep_coding(wire: Wire) -> None:
    wire.answer("200 OK", GOOD, Content_Encoding=", ".join(["gzip"] * 40))


def _switch(wire: Wire) -> None:
    wire.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
    wire.wait()


def _named(wire: Wire) -> None:
    names = "filename=\"../../etc/pa\"; filename*=UTF-8''%2e%2e%2f%C5%A1ala%0A.mp3"
    wire.answer("200 OK", GOOD, Content_Disposition=f"attachment; {names}")


def _every() -> Iterator[tuple[str, Behaviour]]:
    yield "good", _plain("200 OK", GOOD)
    yield "good-gzip", _plain("200 OK", gzip.compress(GOOD), Content_Encoding="gzip")
    yield "named", _named
    yield "tiny-chunks", _tiny_chunks
    yield "longer-than-it-says", _longer_than_it_says
    yield "redirect", _redirect("/good", "301 Moved Permanently")
    yield "redirect-relative", _redirect("good", "308 Permanent Redirect")
    yield "redirect-loop", _redirect("/redirect-loop")
    yield "redirect-metadata", _redirect("http://169.254.169.254/latest/meta-data/")
    yield "redirect-decimal", _redirect("http://2852039166/latest/meta-data/")
    yield "redirect-file", _redirect("file:///etc/passwd")
    yield "redirect-ftp", _redirect("ftp://127.0.0.1/x")
    yield "redirect-gopher", _redirect("gopher://127.0.0.1:6379/_FLUSHALL")
    yield "redirect-login", _redirect("http://user:pass@127.0.0.1/")
    yield "redirect-nowhere", _redirect("http://a:b:c/")
    yield "redirect-mapped", _redirect("http://[::ffff:169.254.169.254]/")
    yield "gzip-bomb", _gzip_bomb
    yield "broken-gzip", _broken_gzip
    yield "deep-coding", _deep_coding
    yield "odd-coding", _plain("200 OK", GOOD, Content_Encoding="br")
    yield "endless", _endless
    yield "endless-chunks", _endless_chunks
    yield "one-byte-a-second", _one_byte_a_second
    yield "silent", Wire.wait
    yield "silent-body", _silent_body
    yield "truncated", _truncated
    yield "two-lengths", _two_lengths
    yield "too-long-announced", _plain("200 OK", GOOD, Content_Length=str(10**15))
    yield "odd-length", _plain("200 OK", GOOD, Content_Length="-5")
    yield "reset", _reset
    yield "reset-in-body", _reset_in_body
    yield "huge-headers", _huge_headers
    yield "slow-headers", _slow_headers
    yield "endless-hints", _endless_hints
    yield "chunked-garbage", _chunked_garbage
    yield "chunked-cut", _chunked_cut
    yield "not-http", _not_http
    yield "no-answer", lambda _wire: None
    yield "switch", _switch
    yield "empty", _plain("200 OK", b"")
    yield "no-content", _plain("204 No Content", b"")
    yield "page", _plain("200 OK", b"<p>Please log in</p>", Content_Type="text/html; charset=utf-8")
    yield "page-in-disguise", _plain("200 OK", b"\n<!DOCTYPE html><title>Not found</title>")
    for status in ("400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found"):
        yield status[:3], _plain(status)
    for status in ("410 Gone", "429 Too Many Requests", "500 Internal Server Error"):
        yield status[:3], _plain(status)
    for status in ("503 Service Unavailable", "599 Whatever"):
        yield status[:3], _plain(status)


BEHAVIOURS: Mapping[str, Behaviour] = dict(_every())
"""What the server does, by path."""
