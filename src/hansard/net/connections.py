"""Connections to checked addresses only.

    look up the host ── check every address ── connect to one of them

The connection is made to the very address that was checked, so a name that is looked up twice with
two answers (DNS rebinding) gains nothing. TLS still asks for, and checks the certificate of, the
host's name.
"""

import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait

import httpcore2

from hansard.errors import AddressRefusedError, FetchError
from hansard.net.addresses import check_address
from hansard.net.patience import SLICE, Patience

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port to IP addresses; raises `OSError` where there are none."""

MOST_ADDRESSES = 8
"""Addresses of one host that are tried."""


def look_up(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says."""
    # As bytes, so that Python's own IDNA codec, an older one than httpx's, leaves it alone.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedBackend(httpcore2.NetworkBackend):
    """Connects to checked addresses, and keeps every wait within its patience."""

    def __init__(self, allow_private: bool, patience: Patience, resolve: Resolve) -> None:
        self.allow_private = allow_private
        self._patience = patience
        self._resolve = resolve
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Look up, check, connect.

        Raises:
            AddressRefusedError: one of the host's addresses may not be asked.
            FetchError: the host has none.
        """
        failure: Exception = httpcore2.ConnectError("no address")
        for address in self._checked(host, port):
            try:
                stream = self._plain.connect_tcp(
                    address, port, self._patience.left(timeout), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return GuardedStream(stream, self._patience)
        raise failure

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Refuse."""
        del timeout, socket_options
        raise AddressRefusedError(f"the socket {path!r} may not be asked")

    def _checked(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = self._look_up(host, port)
        except (OSError, UnicodeError) as error:
            again = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
            raise FetchError(f"the host {host!r} is not known", transient=again) from error
        for address in addresses:
            check_address(address, host=host, allow_private=self.allow_private)
        return addresses[:MOST_ADDRESSES]

    def _look_up(self, host: str, port: int) -> Sequence[str]:
        """Ask the resolver in a thread of its own, because it cannot be interrupted.

        A thread that takes too long is left behind; the system's resolver gives up by itself after
        some tens of seconds.
        """
        answer: Future[Sequence[str]] = Future()

        def ask() -> None:
            try:
                answer.set_result(self._resolve(host, port))
            except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
                answer.set_exception(error)

        threading.Thread(target=ask, daemon=True, name="hansard-look-up").start()
        while not answer.done():
            wait([answer], self._patience.left(SLICE))
        return answer.result()


class GuardedStream(httpcore2.NetworkStream):
    """A connection whose every wait ends with the patience, or soon after a cancellation."""

    def __init__(self, stream: httpcore2.NetworkStream, patience: Patience) -> None:
        self._stream = stream
        self._patience = patience

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes; waits in slices."""
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            wait = self._patience.left(min(SLICE, max(end - time.monotonic(), 0.001)))
            try:
                return self._stream.read(max_bytes, wait)
            except httpcore2.ReadTimeout:
                if time.monotonic() >= end:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
        self._stream.write(buffer, self._patience.left(timeout))

    def close(self) -> None:
        """Hang up."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """The same connection, encrypted."""
        wait = self._patience.left(timeout)
        return GuardedStream(
            self._stream.start_tls(ssl_context, server_hostname, wait), self._patience
        )

    def get_extra_info(self, info: str) -> object:
        """What the connection knows about itself."""
        return self._stream.get_extra_info(info)
