"""The name of a speaker before what was said: `Name: text`."""

import re
from collections.abc import Sequence

from hansard.transcript.subtitles import scripts

BRACKETED = re.compile(r"\[([^\]\n]{1,60})\]:?\s+(?=\S)")
NAMED = re.compile(r"((?:[^\W_a-zà-ÿ]|\d)[^\s:?!;,<>]{0,29}(?: [^\s:?!;,<>]{1,30}){0,3}):\s+(?=\S)")

USUAL = 2
"""So many lines must begin with a name before names are believed; one may be `Note: ...`."""


def label_of(speaker: str | None) -> str:
    """The name as it stands before a text, `Name:`, or nothing where nobody knows."""
    name = scripts.squeeze(speaker or "").rstrip(":")
    return f"{name}:" if name else ""


def labelled(speaker: str | None, text: str) -> str:
    """The text with the name of its speaker before it."""
    label = label_of(speaker)
    return f"{label} {text}".rstrip() if label else text


def part_labels(texts: Sequence[str]) -> list[tuple[str | None, str]]:
    """Each text parted into its speaker, if it names one, and the rest.

    `[Name]: text` and `[Name] text` are believed only where most texts begin so, and so is `Name:
    text`, because a sound (`[music]`) and a plain sentence (`Note: ...`) may look the same.
    """
    for pattern in (BRACKETED, NAMED):
        matches = [pattern.match(text) for text in texts]
        found = sum(1 for match in matches if match)
        if found >= USUAL and 2 * found >= len(texts):
            return [
                (match[1], text[match.end() :]) if match else (None, text)
                for match, text in zip(matches, texts, strict=True)
            ]
    return [(None, text) for text in texts]
