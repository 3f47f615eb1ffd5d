"""How requests to a server of language models travel, and what of its answers is let through."""

import selectors
import ssl
import zlib
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any, Final

import httpcore2
import httpx2

from hansard.errors import LlmAnswerError
from hansard.models.llm.served.failures import printable
from hansard.models.llm.served.reading import MOST_BYTES
from hansard.net.client import GuardedTransport
from hansard.net.connections import GuardedBackend, GuardedStream, look_up
from hansard.net.patience import SLICE, Patience

_MOST_OF_FAILURE: Final = 2**16  # bytes that are read of a refusal
_STEP: Final = 2**16  # bytes that are unpacked at once
_PIECE: Final = 4096  # bytes that fit wherever a socket says that it can be written to


class Envelope(httpx2.BaseTransport):
    """Carries requests under our headers alone, and answers within our limits.

    The library takes headers from the environment (`OPENAI_CUSTOM_HEADERS`) and adds some that tell
    of this machine (`X-Stainless-*`); so the request is written anew, without them.
    """

    def __init__(self, key: str, patience: Patience, trusted: ssl.SSLContext) -> None:
        self._key = key
        self._carrier = GuardedTransport(_Backend(patience), trusted)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask, and leave the packing of the answer to nobody else."""
        headers = {
            "Accept": "application/json, text/event-stream",
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {self._key}",
            "User-Agent": f"hansard/{version('hansard')}",
            **({"Content-Type": "application/json"} if request.method == "POST" else {}),
        }
        plain = httpx2.Request(
            request.method,
            request.url,
            headers=headers,
            content=request.read(),
            extensions=request.extensions,
        )
        answer = self._carrier.handle_request(plain)
        coding = answer.headers.pop("content-encoding", "identity").strip().lower()
        return httpx2.Response(
            status_code=answer.status_code,
            headers=answer.headers,
            stream=_Body(answer, coding),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Hang up."""
        self._carrier.close()


class _Body(httpx2.SyncByteStream):
    """The unpacked bytes of an answer, counted: of a refusal only the first are wanted."""

    def __init__(self, answer: httpx2.Response, coding: str) -> None:
        self._answer = answer
        self._coding = coding

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._unpacked():
            yield chunk
            size += len(chunk)
            if self._answer.status_code >= 300 and size >= _MOST_OF_FAILURE:
                return
            if size > MOST_BYTES:
                raise LlmAnswerError(f"the server answered with more than {MOST_BYTES >> 20} MB")

    def close(self) -> None:
        self._answer.close()

    def _unpacked(self) -> Iterator[bytes]:
        chunks = self._answer.stream
        assert isinstance(chunks, httpx2.SyncByteStream)  # noqa: S101 - a synchronous client
        if self._coding in {"", "identity"}:
            yield from chunks
            return
        if self._coding not in {"gzip", "x-gzip", "deflate"}:
            raise LlmAnswerError(f"the server packed its answer as {printable(self._coding, '')!r}")
        try:
            yield from _inflated(chunks)
        except zlib.error as error:
            raise LlmAnswerError(f"the server's answer cannot be unpacked: {error}") from error


class _Backend(GuardedBackend):
    """Connections that can be left while a server does not even read."""

    def __init__(self, patience: Patience) -> None:
        super().__init__(allow_private=True, patience=patience, resolve=look_up)
        self._own = patience

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """As `GuardedBackend.connect_tcp`."""
        made = super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(made, self._own)


class _Stream(GuardedStream):
    """Long prompts are written in pieces, each once there is room for it."""

    def __init__(self, stream: httpcore2.NetworkStream, patience: Patience) -> None:
        super().__init__(stream, patience)
        self._plain = stream
        self._own = patience

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
        connection: Any = self.get_extra_info("socket")
        with selectors.DefaultSelector() as room:
            room.register(connection, selectors.EVENT_WRITE)
            for at in range(0, len(buffer), _PIECE):
                while not room.select(self._own.left(SLICE)):
                    pass
                super().write(buffer[at : at + _PIECE], timeout)

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """The same connection, encrypted."""
        made = self._plain.start_tls(ssl_context, server_hostname, self._own.left(timeout))
        return _Stream(made, self._own)


def _inflated(chunks: Iterator[bytes] | httpx2.SyncByteStream) -> Iterator[bytes]:
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)
    for chunk in chunks:
        packed = chunk
        while packed:
            yield unpack.decompress(packed, _STEP)
            packed = unpack.unconsumed_tail
    yield unpack.flush()
