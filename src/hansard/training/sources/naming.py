"""Names for files of which somebody else chose the title."""

import re
import unicodedata
from collections.abc import Collection
from pathlib import Path

_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_LONGEST = 120
"""Bytes of UTF-8; endings and numbers come on top."""


def safe_stem(title: str) -> str:
    """A name without ending that every file system takes: letters of any script, digits, `-`, `_`.

    What is left of nothing is `recording`.
    """
    composed = unicodedata.normalize("NFC", title)
    plain = re.sub(r"[^\w-]+", "_", composed).strip("_-")
    short = plain.encode("utf-8", "ignore")[:_LONGEST].decode("utf-8", "ignore").strip("_-")
    return f"{short}_" if _RESERVED.fullmatch(short) else short or "recording"


def free_stem(folder: Path, title: str, taken: Collection[str] = ()) -> str:
    """A safe name that no file in the folder begins with, whatever its ending and case."""
    used = {name.casefold() for name in taken}
    if folder.is_dir():
        used |= {path.name.partition(".")[0].casefold() for path in folder.iterdir()}
    base = stem = safe_stem(title)
    number = 1
    while stem.casefold() in used:
        number += 1
        stem = f"{base}-{number}"
    return stem
