"""Models from the hub to the disk, through `huggingface_hub`; reached only when one is missing.

    ask (revision -> commit, files with sizes and hashes) -> choose files -> check the room on disk
    -> fetch each into a .part folder and check it -> stamp and manifest -> rename

With `asking`, `transfer` and `refusals`, which it draws in, all that knows the hub client. The
client reads its own HF_* settings when it is imported; token and address are always passed to it.
"""

import logging
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from hansard.errors import ModelDamagedError, OutputError
from hansard.models.hub import refusals
from hansard.models.hub.asking import Access, Remote, address, ask, details
from hansard.models.hub.catalogue import named, of_repo
from hansard.models.hub.contents import INDEX, Contents, check_index, check_magic, choose
from hansard.models.hub.files import Layout
from hansard.models.hub.manifest import FileRecord, Manifest, read_manifest, write_manifest
from hansard.models.hub.store import (
    PART,
    alone,
    folder_of,
    key_of,
    put_in_place,
    remove_folder,
    sweep,
    writing,
)
from hansard.models.hub.transfer import RemoteFile, Source, bring
from hansard.models.hub.verify import write_stamp

logger = logging.getLogger(__name__)

Progress = Callable[[int, int, str], None]
"""Told, as bytes come: how many are here, how many there will be, and which file is coming."""

_SPARE = 64 * 2**20  # bytes that stay free on the disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to fetch, from where, and where to put it."""

    name: str
    """What the manifest calls it."""
    repo: str
    revision: str | None
    layout: Layout
    """The layout that is wanted; safetensors come where a repository has no other."""
    models: Path
    access: Access
    force: bool = False
    """Fetch again what is here already."""
    before: Callable[[Contents], None] = lambda _: None
    """Asked before the first byte; may refuse by raising."""


def download(order: Order, on_progress: Progress | None = None) -> Path:
    """Bring a model here and return its folder, which appears whole or not at all.

    One process works while others that want the same model wait; they find it then. What an
    interrupted download fetched is used by the next one.

    Raises:
        ModelNotFoundError: the hub has no such repository or revision.
        ModelGatedError: its owner asks for consent, or the token is refused.
        HubUnreachableError: the hub does not answer, or the connection keeps breaking.
        ModelDamagedError: what came is not what the hub announced, or something is missing.
        ModelError: nothing in it may be read, or it has moved out of reach.
        OutputError: the disk is full or refuses.
    """
    with alone(order.models, key_of(order.repo, order.revision)):
        try:
            return _download(order, on_progress or _silent)
        except refusals.CAUGHT as error:
            raise refusals.explain(
                error, order.repo, order.revision, token=order.access.token is not None
            ) from error


def _silent(_done: int, _total: int, _file: str) -> None:
    """Nobody listens."""


def _download(order: Order, on_progress: Progress) -> Path:
    remote = ask(order.access, order.repo, order.revision)
    where = f"{remote.repo!r} at the hub"
    remote, contents = _choose(order, remote, where)
    folder = folder_of(order.models, order.repo, order.revision, contents.layout)
    here = None if order.force else read_manifest(folder)
    if here is not None and here.revision == remote.commit:
        return folder
    order.before(contents)
    wanted = [details(order.access, remote, name) for name in contents.files]
    part = folder.with_name(f"{folder.name}.{remote.commit[:12]}{PART}")
    with writing(part):
        part.mkdir(parents=True, exist_ok=True)
    check_room(part, wanted)
    hashes = _fetch(order, remote, wanted, part, on_progress)
    _check_weights(contents, part, where)
    write_stamp(part, hashes, contents.files)
    write_manifest(part, _manifest(order, remote, contents.layout, _records(wanted, hashes)))
    put_in_place(part, folder)
    sweep(order.models, order.repo, order.revision)
    logger.info("fetched %s (%s at %s)", order.name, remote.repo, remote.commit[:12])
    return folder


def _choose(order: Order, remote: Remote, where: str) -> tuple[Remote, Contents]:
    """Which files to fetch; of ONNX models the catalogue may say which file has the weights."""
    entry = named(order.name) or of_repo(order.repo)
    file = entry.file if entry is not None and order.layout == "onnx" else None
    if file is not None and file not in remote.files and "/" in file:
        # It lies below the top, which is all that was listed; its size and hash are asked for.
        remote = replace(remote, files={**remote.files, file: None})
    return remote, choose(remote.files, order.layout, where, file)


def check_room(part: Path, wanted: Iterable[RemoteFile]) -> None:
    """Refuse before the first byte what cannot fit.

    Raises:
        OutputError: names what is needed and what is free.
    """
    have = sum(path.stat().st_size for path in part.rglob("*") if path.is_file())
    needed = sum(file.size for file in wanted) - have
    free = shutil.disk_usage(part).free
    if needed + _SPARE > free:
        raise OutputError(
            f"the model needs {needed / 1e6:,.0f} MB and {str(part.parent)!r} has "
            f"{free / 1e6:,.0f} MB free",
            hint="free some space, remove models (`hansard models remove NAME`) or choose "
            "another --data-dir",
        )


def _fetch(
    order: Order, remote: Remote, wanted: list[RemoteFile], part: Path, on_progress: Progress
) -> dict[str, str]:
    """Bring every file, small ones first; returns their SHA-256."""
    token = order.access.token
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    total, done = sum(file.size for file in wanted), 0
    hashes = {}
    for file in sorted(wanted, key=lambda file: (file.size, file.name)):
        url = address(order.access, remote, file.name)
        source = Source(repo=order.repo, file=file, url=url, headers=headers)
        with writing(part):
            (part / file.name).parent.mkdir(exist_ok=True)
        hashes[file.name] = bring(source, part, _adder(on_progress, done, total, file.name))
        done += file.size
    return hashes


def _adder(on_progress: Progress, done: int, total: int, name: str) -> Callable[[int], None]:
    """Turns the bytes of one file into those of the whole model."""
    return lambda here: on_progress(done + here, total, name)


def _check_weights(contents: Contents, part: Path, where: str) -> None:
    """Look into what came; nothing of it is kept if it cannot be used."""
    try:
        if contents.layout == "ctranslate2":
            with (part / "model.bin").open("rb") as file:
                check_magic(file.read(4), where)
        elif INDEX in contents.beside and contents.layout == "transformers":
            check_index((part / INDEX).read_bytes(), contents.weights, where)
    except ModelDamagedError:
        remove_folder(part)
        raise


def _records(wanted: Iterable[RemoteFile], hashes: dict[str, str]) -> dict[str, FileRecord]:
    return {
        file.name: FileRecord(
            size=file.size,
            sha256=hashes[file.name],
            source="hub" if file.sha256 else "computed",
        )
        for file in wanted
    }


def _manifest(
    order: Order, remote: Remote, layout: Layout, records: dict[str, FileRecord]
) -> Manifest:
    """The note by which the folder counts as whole."""
    now = datetime.now(UTC)
    return Manifest(
        model=order.name,
        repo=remote.repo,
        revision=remote.commit,
        layout=layout,
        files=records,
        created_at=now,
        last_used=now,
    )
