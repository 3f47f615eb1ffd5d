"""One file from the hub to the disk: goes on where it broke off, and is checked at the end.

The client's own `hf_hub_download` throws away what an interrupted download had fetched and reports
every ten megabytes, so the bytes are streamed here, through the client's session and its errors.
"""

import hashlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx2
from huggingface_hub import get_session, hf_raise_for_status
from huggingface_hub.errors import HfHubHTTPError

from hansard.models.hub.refusals import broken_off, corrupt, truncated
from hansard.models.hub.store import writing
from hansard.storage.files import sha256_of

logger = logging.getLogger(__name__)

_TIMEOUT = httpx2.Timeout(30.0, connect=10.0)
_TRIES = 4
_LONGEST_WAIT = 60.0
_BUSY = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file at the hub."""

    name: str
    size: int
    sha256: str | None
    """The hub's hash of a large file."""
    git_id: str | None
    """Git's id of a small one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where one file comes from."""

    repo: str
    file: RemoteFile
    url: str
    headers: dict[str, str]
    wait: float = 0.25
    """Seconds before the next try; each try that gains nothing doubles them."""


def bring(source: Source, folder: Path, report: Callable[[int], None]) -> str:
    """Fetch a file into `folder`, or what is missing of it; returns its SHA-256.

    `report` is told how many bytes of it are here. While it is incomplete it is called
    `NAME.incomplete`; whatever raises, those bytes stay for the next time, unless they are wrong.

    Raises:
        HubUnreachableError: the connection kept breaking.
        ModelDamagedError: the bytes are too few, or do not have the hub's hash.
        OutputError: the disk refuses.
        httpx2.HTTPError: the hub refuses.
    """
    final = folder / source.file.name
    partial = folder / f"{source.file.name}.incomplete"
    with writing(final):
        if not final.exists():
            _complete(source, partial, report)
        path = final if final.exists() else partial
        report(path.stat().st_size)
        sha256 = sha256_of(path)
        if not _is_right(source.file, path, sha256):
            path.unlink()
            raise corrupt(source.repo, source.file.name)
        if path != final:
            path.rename(final)
    return sha256


def _complete(source: Source, partial: Path, report: Callable[[int], None]) -> None:
    """Stream until the file has its size; only tries that gain nothing use up patience."""
    size, failures = source.file.size, 0
    with partial.open("ab") as file:
        if file.tell() > size:
            _start_over(file)
        while (have := file.tell()) < size:
            error = _try(source, file, report)
            failures = 0 if file.tell() > have else failures + 1
            if failures and error is None:  # a clean end, and still too short
                raise truncated(source.repo, source.file.name, have, size)
            if failures > _TRIES and isinstance(error, HfHubHTTPError):
                raise error
            if failures > _TRIES:
                raise broken_off(source.repo, source.file.name, have, size) from error
            if error is not None:
                time.sleep(max(source.wait * 2**failures, _asked_to_wait(error)))
        file.flush()
        os.fsync(file.fileno())


def _try(source: Source, file: BinaryIO, report: Callable[[int], None]) -> httpx2.HTTPError | None:
    """Append what one answer of the hub holds; returns what went wrong, if it may pass."""
    try:
        _stream(source, file, report)
    except httpx2.TransportError as error:
        logger.info("%s at %d bytes of %s; going on", error, file.tell(), source.file.name)
        return error
    except HfHubHTTPError as error:
        if error.response.status_code not in _BUSY:
            raise
        logger.info("the hub answered %d; waiting", error.response.status_code)
        return error
    return None


def _asked_to_wait(error: httpx2.HTTPError) -> float:
    """The seconds that a busy hub asks for."""
    if not isinstance(error, HfHubHTTPError):
        return 0.0
    asked: str = error.response.headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_WAIT) if asked.isdecimal() else 0.0


def _stream(source: Source, file: BinaryIO, report: Callable[[int], None]) -> None:
    have, size = file.tell(), source.file.size
    # Uncompressed, so that the bytes on the way are those that ranges and sizes count.
    headers = {**source.headers, "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with get_session().stream("GET", source.url, headers=headers, timeout=_TIMEOUT) as response:
        if response.status_code == 416:
            return
        hf_raise_for_status(response)
        if have and not _goes_on(response, have):
            _start_over(file)
        for chunk in response.iter_bytes():
            file.write(chunk[: size - file.tell()])
            report(file.tell())


def _goes_on(response: httpx2.Response, have: int) -> bool:
    """Whether the answer begins where the file ends; some servers ignore what was asked."""
    begins: str = response.headers.get("Content-Range", "")
    return response.status_code == 206 and begins.startswith(f"bytes {have}-")


def _start_over(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()


def _is_right(file: RemoteFile, path: Path, sha256: str) -> bool:
    """Compare with the hub's hash: SHA-256 of large files, Git's SHA-1 of small ones."""
    if file.sha256 is not None:
        return sha256 == file.sha256
    if file.git_id is None:
        return path.stat().st_size == file.size
    content = path.read_bytes()
    blob = b"blob %d\0" % len(content) + content
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest() == file.git_id
