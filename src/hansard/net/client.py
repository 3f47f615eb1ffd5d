"""A client for addresses that somebody else chose: every URL and every address is checked.

Proxies, `.netrc` and other hints of the environment are not used, and redirects are left to the
caller, so that each hop is a request of its own.
"""

import contextlib
import logging
import ssl
from collections.abc import Iterator
from importlib.metadata import version

import httpcore2
import httpx2

from hansard.errors import FetchError
from hansard.net.addresses import check_url, shown
from hansard.net.connections import GuardedBackend, Resolve, look_up
from hansard.net.patience import Patience

CONNECT = 10.0
"""Seconds to wait for a connection to one address, and for its TLS handshake."""
IDLE = 30.0
"""Seconds to wait for the next bytes."""

_FAILURES = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
)


def new_client(
    *,
    allow_private: bool = False,
    patience: Patience | None = None,
    resolve: Resolve = look_up,
    ssl_context: ssl.SSLContext | None = None,
) -> httpx2.Client:
    """A client that only reaches what may be asked; to be closed by the caller.

    It follows no redirects by itself. A request raises `AddressRefusedError`, `FetchError` or
    `Cancelled` (not the errors of httpx) before its answer's headers are there, and while its body
    is read.
    """
    # httpx logs each address with its query, where links keep their secrets, at INFO.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    guard = GuardedTransport(
        GuardedBackend(allow_private, patience or Patience(), resolve),
        ssl_context or httpx2.create_ssl_context(trust_env=False),
    )
    return httpx2.Client(
        transport=guard,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(IDLE, connect=CONNECT),
        headers={"User-Agent": f"hansard/{version('hansard')}", "Accept-Encoding": "identity"},
    )


class GuardedTransport(httpx2.BaseTransport):
    """Carries the requests of an httpx client over guarded connections.

    httpx has no public way to hand it a network backend, so this stands in for its own transport.
    """

    def __init__(self, backend: GuardedBackend, ssl_context: ssl.SSLContext) -> None:
        self._allow_private = backend.allow_private
        self._pool = httpcore2.ConnectionPool(
            ssl_context=ssl_context, network_backend=backend, keepalive_expiry=5.0
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask, after another look at the URL: redirects pass here too."""
        url = check_url(request.url, allow_private=self._allow_private)
        with _explained(url):
            answer = self._pool.handle_request(
                httpcore2.Request(
                    method=request.method,
                    url=httpcore2.URL(
                        scheme=url.raw_scheme,
                        host=url.raw_host,
                        port=url.port,
                        target=url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx2.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer, url),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Hang up everywhere."""
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    """The body of an answer as it comes."""

    def __init__(self, answer: httpcore2.Response, url: httpx2.URL) -> None:
        self._answer = answer
        self._url = url

    def __iter__(self) -> Iterator[bytes]:
        with _explained(self._url):
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextlib.contextmanager
def _explained(url: httpx2.URL) -> Iterator[None]:
    """What goes wrong on the wire, in our own words."""
    try:
        yield
    except _FAILURES as error:
        if _is_untrusted(error):
            raise FetchError(
                f"{url.host!r} could not prove that it is {url.host!r}: {error}",
                hint="its certificate is wrong or has expired; tell whoever runs it",
            ) from error
        what = "did not answer in time" if _is_slow(error) else "broke the connection"
        if isinstance(error, httpcore2.ConnectError):
            what = "cannot be reached"
        raise FetchError(f"{shown(url)!r} {what}: {error}", transient=True) from error


def _is_slow(error: Exception) -> bool:
    return isinstance(error, httpcore2.TimeoutException)


def _is_untrusted(error: BaseException | None) -> bool:
    """Whether a certificate is behind it."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
