"""Where copies of a training go: a folder, or a bucket of S3."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from hansard.errors import MissingExtraError, OutputError, SettingError
from hansard.storage.files import advise, write_whole

_BUCKET = "s3://"
_PART = ".hansard-part"
_PATIENCE: Any = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}
"""How often, and for how long, a request to a bucket is made again."""


class Place(Protocol):
    """Files by key: parts with `/` between them. Every method raises `OutputError`."""

    def put(self, file: Path, key: str) -> None:
        """Copy a local file there; it appears whole or not at all."""
        ...

    def write(self, content: bytes, key: str) -> None:
        """The same with bytes."""
        ...

    def get(self, key: str, file: Path) -> None:
        """Copy a file back; its folder is there."""
        ...

    def list(self, prefix: str) -> list[tuple[str, int]]:
        """Keys below a prefix, which ends with `/`, and their sizes."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Remove files."""
        ...


def open_place(target: str) -> Place:
    """The place that `target` names: a folder, or `s3://bucket/prefix`.

    Nothing is asked of a bucket yet. Its keys come from AWS's usual variables (AWS_ACCESS_KEY_ID,
    AWS_ENDPOINT_URL and so on) or the machine's own role.

    Raises:
        SettingError: it is neither, or the bucket's settings cannot be used.
        MissingExtraError: the library for S3 is absent.
    """
    if target.startswith(_BUCKET):
        return _Bucket(target)
    if "://" in target:
        raise SettingError(
            f"copy_to = {target!r} is no place that copies can go to",
            hint="a folder, or s3://bucket/prefix",
        )
    return _Folder(Path(target).expanduser().absolute())


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, file: Path, key: str) -> None:
        target = self._root / key
        part = target.with_name(target.name + _PART)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, part)
            part.replace(target)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise _refused(target, error) from error

    def write(self, content: bytes, key: str) -> None:
        write_whole(self._root / key, content)

    def get(self, key: str, file: Path) -> None:
        try:
            shutil.copyfile(self._root / key, file)
        except OSError as error:
            raise _refused(self._root / key, error) from error

    def list(self, prefix: str) -> list[tuple[str, int]]:
        below = self._root / prefix
        found = [path for path in below.rglob("*") if path.is_file() and path.suffix != _PART]
        return [(path.relative_to(self._root).as_posix(), path.stat().st_size) for path in found]

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            path = self._root / key
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise _refused(path, error) from error
            self._clear(path.parent)

    def _clear(self, folder: Path) -> None:
        """Remove a folder in which nothing is left, and those above it."""
        while folder != self._root and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent


class _Bucket:
    """By obstore, which sends large files in parts and tries again what failed on the way."""

    def __init__(self, target: str) -> None:
        if find_spec("obstore") is None:
            raise MissingExtraError(
                f"copies to {target!r} need obstore, which cannot be found",
                hint="pip install 'hansard[s3]'",
            )
        import obstore
        from obstore.exceptions import BaseError
        from obstore.store import S3Store

        self._library: Any = obstore
        self._failures = (BaseError, OSError, ValueError)
        self._name = target
        try:
            # plain HTTP only where AWS_ENDPOINT_URL itself asks for it
            self._store: Any = S3Store.from_url(
                target, client_options={"allow_http": True}, retry_config=_PATIENCE
            )
        except self._failures as error:
            raise SettingError(
                f"copy_to = {target!r} cannot be used: {_first_line(error)}",
                hint="s3://bucket/prefix, and AWS_REGION or AWS_ENDPOINT_URL where it needs them",
            ) from error

    def put(self, file: Path, key: str) -> None:
        self._try("written", key, lambda: self._library.put(self._store, key, file))

    def write(self, content: bytes, key: str) -> None:
        self._try("written", key, lambda: self._library.put(self._store, key, content))

    def get(self, key: str, file: Path) -> None:
        def fetch() -> None:
            with file.open("wb") as sink:
                for piece in self._library.get(self._store, key).stream():
                    sink.write(piece)

        self._try("read", key, fetch)

    def list(self, prefix: str) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []

        def collect() -> None:
            for some in self._library.list(self._store, prefix=prefix):
                found.extend((str(one["path"]), int(one["size"])) for one in some)

        self._try("listed", prefix, collect)
        return found

    def delete(self, keys: Iterable[str]) -> None:
        gone = list(keys)
        if gone:
            self._try("deleted", gone[0], lambda: self._library.delete(self._store, gone))

    def _try(self, done: str, key: str, deed: Any) -> None:
        try:
            deed()
        except self._failures as error:
            raise OutputError(
                f"{self._name.rstrip('/')}/{key} cannot be {done}: {_first_line(error)}",
                hint="look at AWS_ACCESS_KEY_ID, AWS_REGION and AWS_ENDPOINT_URL",
            ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def _refused(path: Path, error: OSError) -> OutputError:
    return OutputError(f"cannot copy {str(path)!r}: {error.strerror or error}", hint=advise(error))
