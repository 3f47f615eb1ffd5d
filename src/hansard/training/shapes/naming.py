"""Names of files and ids for other tools: safe, and each used once."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST = 100
"""Bytes of a name without its ending; file systems take 255."""
_DEVICES = frozenset({"con", "prn", "aux", "nul"})


def safe_name(text: str) -> str:
    """A text as a file's name, without ending: letters of any script, digits, `_`, `-` and `.`."""
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", text)).strip("._-")
    while len(name.encode()) > _LONGEST:
        name = name[:-1]
    return f"{name}_" if not name or name.lower() in _DEVICES else name


def printable_name(text: str) -> str:
    """A text without spaces and without what cannot be printed."""
    return "".join(c if c.isprintable() and not c.isspace() else "_" for c in text) or "_"


def unique_names(texts: Iterable[str], make: Callable[[str], str] = safe_name) -> list[str]:
    """A name for each text, no two of them alike, not even where capitals count for nothing."""
    used: set[str] = set()
    names: list[str] = []
    for text in texts:
        wanted = make(text)
        name, number = wanted, 1
        while name.casefold() in used:
            number += 1
            name = f"{wanted}_{number}"
        used.add(name.casefold())
        names.append(name)
    return names


def recording_ids(audios: Iterable[Path]) -> dict[Path, str]:
    """An id for each recording, after its file."""
    paths = list(dict.fromkeys(audios))
    return dict(zip(paths, unique_names(path.stem for path in paths), strict=True))
