"""File names for clips whose ids may be anything."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import count
from pathlib import Path
from typing import Final

from hansard.training.journal import Journal

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_MARKED: Final = re.compile(r".*-[0-9a-f]{12}")
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST: Final = 80


def safe_name(ident: str) -> str:
    """A name for files and folders: the id itself where it is plain, else one that resembles it.

    Plain are up to 100 letters a-z, digits, dots, dashes and low lines. Any other id (with slashes,
    spaces, other letters, a reserved name) has what can be kept of it, and 12 digits of its SHA-256
    so that no two ids share a name.
    """
    plain = _PLAIN.fullmatch(ident) and not ident.endswith(".")
    if plain and not _RESERVED.fullmatch(ident) and not _MARKED.fullmatch(ident):
        return ident
    return f"{_resembling(ident)}-{_digest(ident)}"


def _resembling(ident: str) -> str:
    letters = unicodedata.normalize("NFKD", ident).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^A-Za-z0-9]+", "_", letters).strip("_")[:_LONGEST] or "clip"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


class Claims:
    """Whose file is whose in a folder, remembered in a journal.

    A file is written over only by the owner that it was made for; another owner that would like the
    same name gets one of its own. So two manifests that use an id for different sounds, or want the
    same sound with different options, never spoil each other's files.
    """

    def __init__(self, journal: Journal, folder: Path, spared: Collection[Path]) -> None:
        """`spared` are files that nobody may write to: those that are read."""
        self._journal = journal
        self._folder = folder
        self._spared = {str(path).casefold() for path in spared}

    def claim(self, ident: str, owner: str, suffix: str) -> Path:
        """The file in which an owner keeps the clip of this id.

        Raises:
            OutputError: the journal cannot be written.
        """
        for name in _candidates(ident, owner):
            path = self._folder / f"{name}{suffix}"
            key = f"file {self._folder.name}/{path.name.casefold()}"
            known = self._journal.get(key)
            mine = known is not None and known.get("owner") == owner
            if str(path.resolve()).casefold() in self._spared or (known and not mine):
                continue
            if not mine:
                self._journal.put(key, {"owner": owner})
            return path
        raise AssertionError  # the candidates have no end


def _candidates(ident: str, owner: str) -> Iterator[str]:
    name = safe_name(ident)
    yield name
    for number in count():
        yield f"{name[:_LONGEST]}-{_digest(f'{owner} {number}')}"
