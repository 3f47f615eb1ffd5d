"""The lists of alternating words, as they lie beside this file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

Endings = tuple[str, ...]
"""What may follow a stem; `*` at the end of one stands for anything."""

_ADJECTIVE: Final = "|".join(" a o i e og oga om ome omu oj u im ih ima".split(" "))
_VERB: Final = r"(?:[ltv]\w*)$"
_YAT: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")
_NO_ENDINGS: Final[Mapping[str, Endings]] = {"=": ("",), "*": ("*",), "+": ("*",)}


@dataclass(frozen=True, slots=True)
class Stem:
    """A stem of one of several words that stand for one another with the same ending."""

    group: int
    """All stems of a group stand for one another."""
    endings: Endings
    takes_prefix: bool = False


def read_yat(prefixes: Sequence[str]) -> Iterator[tuple[re.Pattern[str], tuple[str, ...]]]:
    """Patterns of ijekavian words, each with what its groups are in ekavian."""
    one = "|".join(sorted(set(prefixes), key=len, reverse=True))
    counts = {".": "", "+": rf"(?:{one}){{1,2}}"}
    for line in _lines("alternations_yat.txt"):
        before = counts.get(line[0], rf"(?:{one}){{0,2}}")
        stem = line.lstrip(".+").replace("A)", f"{_ADJECTIVE})").replace("(A|", f"({_ADJECTIVE}|")
        if stem.endswith("V"):
            stem = stem[:-1] + _VERB
        replacements = tuple(found[2] or "e" for found in _YAT.finditer(stem))
        pattern = _YAT.sub(r"<\1>", re.sub(r"\((?!\?)", "(?:", stem))
        yield re.compile(before + pattern.replace("<", "(").replace(">", ")")), replacements


def read_stems() -> dict[str, list[Stem]]:
    """Every stem of the other variants, with the groups that it is in."""
    found: dict[str, list[Stem]] = {}
    classes: dict[str, list[str]] = {}
    group = 0
    for line in _lines("alternations_variants.txt"):
        name, *parts = line.split()
        if name.startswith("@"):
            classes.setdefault(name[1:], []).extend("" if p == "-" else p for p in parts)
            continue
        for stems, endings in _sides(parts, _NO_ENDINGS.get(name) or tuple(classes[name])):
            group += 1
            for stem, those in zip(stems, endings, strict=True):
                found.setdefault(stem, []).append(Stem(group, those, takes_prefix=name == "+"))
    return found


def _sides(
    parts: Sequence[str], endings: Endings
) -> Iterator[tuple[Sequence[str], Sequence[Endings]]]:
    """The stems of each group on a line, with the endings of each."""
    if not any(":" in ending for ending in endings):
        yield parts, [endings] * len(parts)
        return
    first, second = zip(*(ending.split(":") for ending in endings), strict=True)
    for part in parts:
        one, _, other = part.partition("/")
        yield (one, other or one), (first, second)


def _lines(name: str) -> Iterator[str]:
    text = files("hansard.evaluation").joinpath(name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))
