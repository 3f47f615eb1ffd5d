"""Showing a file's name, which a stranger may have chosen, on a terminal or in a log."""

import os
from pathlib import Path

LONGEST_NAME = 160
"""Longer names are shortened in the middle, in characters."""


def printable(name: str | bytes | os.PathLike[str]) -> str:
    r"""The name with everything that could deceive a reader written as an escape.

    Control characters, line breaks, direction marks (U+202E and its like), other invisible
    characters and undecodable bytes become `\n`, `\u202e`, `\xff`; what is left is one line that
    is read in one direction. Long names lose their middle.
    """
    text = os.fsdecode(name) if isinstance(name, bytes | Path) else os.fspath(name)
    shown = "".join(c if c.isprintable() else _escape(c) for c in text)
    if len(shown) <= LONGEST_NAME:
        return shown
    half = LONGEST_NAME // 2
    return f"{shown[:half]}...{shown[-half + 3 :]}"


def _escape(character: str) -> str:
    # A byte that is not UTF-8 arrives from the file system as a lone surrogate (PEP 383).
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
