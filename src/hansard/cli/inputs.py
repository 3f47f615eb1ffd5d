"""Which recordings a command line means, and what their outputs are called."""

import glob
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from hansard.audio.formats import suffixes
from hansard.audio.names import printable
from hansard.cli.peers import STDIN
from hansard.errors import HansardError, MediaNotFoundError, NoAudioError

LONGEST_NAME = 255
"""Bytes that common file systems allow a name."""


def expand(names: Sequence[str]) -> Iterator[Path | HansardError]:
    """The recordings that were named; in place of a name that means none, the error.

    A folder stands for the media files in it and below, in order; a pattern that the shell left
    alone stands for what it matches.
    """
    for name in names:
        path = Path(name)
        if name == STDIN or path.is_file():
            yield path
        elif path.is_dir():
            yield from _in_folder(path)
        elif glob.has_magic(name) and not path.exists():
            found = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 - the name may be absolute
            yield from map(Path, found)
            if not found:
                yield MediaNotFoundError(f"nothing matches '{printable(name)}'")
        else:
            yield path


def _in_folder(folder: Path) -> Iterator[Path | HansardError]:
    known = suffixes()
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in known and path.is_file() and not path.name.startswith(".")
    )
    yield from found
    if not found:
        yield NoAudioError(
            f"folder '{printable(folder)}' holds no media files",
            hint="hansard formats lists what can be read",
        )


def name_outputs(inputs: Sequence[Path]) -> list[str]:
    """A name without suffix for each input; no two alike, ignoring case.

    `talk.mp3` becomes `talk`; with a `talk.wav` beside it, `talk.mp3` and `talk.wav`; the same name
    from two folders gets numbers.
    """
    stems = ["stdin" if str(path) == STDIN else path.stem or path.name for path in inputs]
    folded = [stem.casefold() for stem in stems]
    chosen: list[str] = []
    taken: set[str] = set()
    for path, stem in zip(inputs, stems, strict=True):
        base = stem if folded.count(stem.casefold()) == 1 else path.name
        base = _shorten(base)
        name, number = base, 1
        while name.casefold() in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name.casefold())
        chosen.append(name)
    return chosen


def folder_for(path: Path, output_dir: str) -> Path:
    """The folder for the outputs of an input; `source` is beside it."""
    if output_dir == "source":
        return Path() if str(path) == STDIN else path.parent
    return Path(output_dir)


def _shorten(name: str) -> str:
    """A name that leaves room for a suffix; what is cut off is told apart by a hash."""
    room = LONGEST_NAME - 24  # for a number, a suffix, and the temporary name while it is written
    data = name.encode("utf-8", "surrogateescape")
    if len(data) <= room:
        return name
    mark = hashlib.sha256(data).hexdigest()[:8]
    return data[: room - 9].decode("utf-8", "ignore") + "-" + mark
