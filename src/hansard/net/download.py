"""One recording from the web into a file, or nothing at all.

Everything that a server can do to us has a limit: bytes (counted after unpacking), the whole time,
the slowest rate, silence, redirects. What it sends is written as it comes, never held in memory.
"""

import errno
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

import httpx2

from hansard.errors import (
    AddressRefusedError,
    DiskFullError,
    FetchError,
    HansardError,
    OutputError,
)
from hansard.net.addresses import shown
from hansard.net.client import new_client
from hansard.net.patience import Patience, never

Progress = Callable[[int, int | None], None]
"""Told the bytes that are here, and how many there will be where the server says."""

TRY_AGAIN = frozenset({408, 425, 429})
"""Refusals of class 4xx that pass."""
_CODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_PAGE = "the address leads to a web page; give the address of the recording itself"
_HINTS = {
    401: "it asks for a login; give an address that works without one",
    403: "it asks for a login, or the link has expired; open it in a browser to see",
    404: "the address is wrong, or the recording was taken away",
    410: "the recording was taken away",
    429: "it is asked too often; try again later",
}
_NAMED = re.compile(
    r"""filename(?P<star>\*)?\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^;\s]+))""",
    re.IGNORECASE,
)
_DENIED = frozenset({401, 403, 407, 451})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much, how long and how slow a download may be."""

    size: int = 500 * 2**20
    """The most bytes, after unpacking."""
    seconds: float = 3600.0
    """The longest that all of it may take."""
    slowest: float = 1024.0
    """Bytes a second below which it is given up, measured over each `window`."""
    window: float = 30.0
    """Seconds."""
    idle: float = 30.0
    """Seconds to wait for the next bytes."""
    redirects: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """What was fetched."""

    size: int
    """Bytes."""
    sha256: str
    content_type: str
    """What the server calls it, without parameters; a claim, and often wrong."""
    final_url: str
    name: str
    """What the server, or else the address, calls the file: data to show, never part of a path."""


def _quiet(_done: int, _all: int | None) -> None:
    """Nobody listens."""


def download(
    url: str,
    target: Path,
    limits: Limits | None = None,
    *,
    allow_private: bool = False,
    on_progress: Progress = _quiet,
    cancelled: Callable[[], bool] = never,
) -> Downloaded:
    """Fetch `url` into the new file `target`, which is on the disk when this returns.

    On any failure the file is gone.

    Raises:
        AddressRefusedError: the URL, or one that it is redirected to, may not be asked.
        FetchError: the server does not give a recording; `retry` says whether it may later.
        OutputError: the file cannot be written (`DiskFullError` where that is why).
        Cancelled: `cancelled` said so; it is asked about four times a second.
    """
    limits = limits or Limits()
    patience = Patience.lasting(limits.seconds, cancelled)
    with new_client(allow_private=allow_private, patience=patience) as client:
        return fetch(client, url, target, limits, on_progress)


def fetch(
    client: httpx2.Client,
    url: str,
    target: Path,
    limits: Limits,
    on_progress: Progress = _quiet,
) -> Downloaded:
    """As `download`, through a client of `new_client`, which knows what may be asked."""
    with _answer(client, url, limits) as response, _new_file(target) as file:
        _check(response, limits)
        digest = hashlib.sha256()
        size = 0
        for chunk in _chunks(response, limits):
            if not size:
                _check_start(chunk, response)
            size += len(chunk)
            _check_size(size, limits, response.url)
            file.write(chunk)
            digest.update(chunk)
            on_progress(size, _promised(response))
        if not size:
            raise FetchError(f"{shown(response.url)!r} is empty")
        return Downloaded(
            size=size,
            sha256=digest.hexdigest(),
            content_type=_content_type(response),
            final_url=str(response.url),
            name=name_of(response),
        )


def name_of(response: httpx2.Response) -> str:
    """What the answer calls the file (RFC 6266), else the last part of its address; as data.

    Folders and control characters are taken off, and at most 200 characters are kept.
    """
    disposition = response.headers.get("Content-Disposition", "")[:2000]
    names = {bool(m["star"]): m["quoted"] or m["token"] for m in _NAMED.finditer(disposition)}
    plain = re.sub(r"\\(.)", r"\1", names.get(False) or "")
    extended = unquote((names.get(True) or "").rpartition("'")[2])
    name = extended or plain or unquote(response.url.path)
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip()[-200:]


@contextmanager
def _answer(client: httpx2.Client, url: str, limits: Limits) -> Iterator[httpx2.Response]:
    """The answer at the end of all redirects."""
    timeout = httpx2.Timeout(limits.idle, connect=min(limits.idle, 10.0))
    try:
        request = client.build_request("GET", url, timeout=timeout)
        for _ in range(limits.redirects + 1):
            response = client.send(request, stream=True)
            try:
                if not response.has_redirect_location:
                    yield response
                    return
            finally:
                response.close()
            if response.next_request is None:
                raise FetchError(f"{shown(response.url)!r} redirects to no web address")
            request = response.next_request
    except httpx2.InvalidURL as error:
        raise AddressRefusedError(f"not a web address: {error}") from error
    except httpx2.DecodingError as error:
        raise FetchError(f"the answer cannot be unpacked: {error}") from error
    raise FetchError(f"redirected more than {limits.redirects} times")


def _check(response: httpx2.Response, limits: Limits) -> None:
    status = response.status_code
    if status not in {200, 203}:
        raise _refused(response)
    if _content_type(response) in {"text/html", "application/xhtml+xml"}:
        raise FetchError(f"{shown(response.url)!r} is not a recording", hint=_PAGE)
    codings = {c.strip().lower() for c in response.headers.get("Content-Encoding", "").split(",")}
    if not codings <= _CODINGS:
        raise FetchError(f"{shown(response.url)!r} is packed in a way that was not asked for")
    _check_size(_promised(response) or 0, limits, response.url)


def _refused(response: httpx2.Response) -> FetchError:
    status = response.status_code
    phrase = httpx2.codes.get_reason_phrase(status)
    what = "permission denied on the recording's download" if status in _DENIED else "no recording"
    return FetchError(
        f"{what}: {shown(response.url)!r} answered {status} {phrase}".rstrip(),
        hint=_HINTS.get(status, ""),
        transient=status in TRY_AGAIN or status >= 500,
    )


def _check_start(chunk: bytes, response: httpx2.Response) -> None:
    """Many servers say "not found" with a page and a status of 200."""
    start = chunk[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise FetchError(f"{shown(response.url)!r} is not a recording", hint=_PAGE)


def _check_size(size: int, limits: Limits, url: httpx2.URL) -> None:
    if size > limits.size:
        raise FetchError(
            f"{shown(url)!r} is larger than {limits.size / 2**20:g} MB",
            hint="the setting max_upload_mb sets the limit",
        )


def _promised(response: httpx2.Response) -> int | None:
    """The size that the server announces; None where it does not, or where the body is packed."""
    length = response.headers.get("Content-Length", "")
    packed = response.headers.get("Content-Encoding", "identity") != "identity"
    return int(length) if length.isascii() and length.isdigit() and not packed else None


def _content_type(response: httpx2.Response) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()[:100]


def _chunks(response: httpx2.Response, limits: Limits) -> Iterator[bytes]:
    """The unpacked body, as long as it comes fast enough over the wire."""
    begin, before = time.monotonic(), 0
    for chunk in response.iter_bytes():
        yield chunk
        elapsed = time.monotonic() - begin
        if elapsed >= limits.window:
            if response.num_bytes_downloaded - before < limits.slowest * elapsed:
                raise FetchError(
                    f"{shown(response.url)!r} sends less than {limits.slowest:g} bytes a second",
                    transient=True,
                )
            begin, before = time.monotonic(), response.num_bytes_downloaded


@contextmanager
def _new_file(target: Path) -> Iterator[BinaryIO]:
    """A new file that reaches the disk, or goes away when something fails."""
    made = False
    try:
        with target.open("xb") as file:
            made = True
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        if made:
            target.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, HansardError):
            raise _unwritable(target, error) from error
        raise


def _unwritable(target: Path, error: OSError) -> OutputError:
    kind = DiskFullError if error.errno in {errno.ENOSPC, errno.EDQUOT} else OutputError
    return kind(f"cannot write {target.name!r}: {error.strerror or error}")
