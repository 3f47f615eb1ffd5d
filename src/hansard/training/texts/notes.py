"""What a transcript says that nobody said: [glazba], (smijeh), *laughs*, <noise>, {um}, smileys."""

import re
from typing import Final

from hansard.training.texts.edits import Edit

Span = tuple[int, int]
LONGEST: Final = 200
"""Characters of a note. What is longer, or goes over an empty line, is no note: a bracket is left
open somewhere, and the text behind it is speech."""
_PAIRS: Final = {")": "(", "]": "[", "}": "{", ">": "<"}
_MARKS: Final = re.compile(r"[()\[\]{}<>]")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>\n]*>|<\d\d:[\d:.]+>")
_SMILEY: Final = re.compile(r"(?<!\w)[:;]-?[()DP](?![\w)])")
_STARRED: Final = re.compile(r"(?<![\w*])\*(?=[^\s*])[^*\n]{0,60}?(?<=[^\s*])\*(?![\w*])")
_SIGNS: Final = re.compile(r"[\u2669-\u266f]+|\*\*+|(?<!\w)#(?=\s)|(?<=\s)#(?!\w)")


def find_notes(text: str) -> tuple[list[Edit], list[str]]:
    """Edits that take the notes out of a text, and brackets that are left because they are open."""
    spans = [found.span() for found in _TAG.finditer(text)]
    spans += [found.span() for found in _SMILEY.finditer(text)]
    spans += [found.span() for found in _STARRED.finditer(text)]
    brackets, left = _match_brackets(text, spans)
    signs = [found.span() for found in _SIGNS.finditer(text)]
    wide = [_widen(text, *span) for span in (*spans, *brackets, *signs)]
    return [Edit(start, end, " ") for start, end in _merge(wide)], left


def _merge(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _match_brackets(text: str, taken: list[Span]) -> tuple[list[Span], list[str]]:
    """Spans of bracketed notes, and what is told of brackets without a partner near enough."""
    open_ones: list[tuple[int, str]] = []
    spans: list[Span] = []
    left: list[int] = []
    for found in _MARKS.finditer(text):
        at, mark = found.start(), found[0]
        if _covered(at, taken):
            continue
        if mark not in _PAIRS:
            open_ones += [(at, mark)] if mark != "<" or _opens(text, at) else []
            continue
        start = _partner(open_ones, _PAIRS[mark])
        if start is None:
            left += [] if mark == ">" or _is_list_mark(text, at) else [at]
        elif at - start <= LONGEST and "\n\n" not in text[start:at]:
            spans.append((start, at + 1))
        else:
            left += [start, at]
    left += [at for at, _ in open_ones]
    outside = [at for at in sorted(left) if not _covered(at, spans)]
    return spans, [f"bracket without a partner: {text[at : at + 30]!r}" for at in outside]


def _partner(open_ones: list[tuple[int, str]], kind: str) -> int | None:
    """Where the last open bracket of a kind stands; it and those inside it are open no more."""
    for place in range(len(open_ones) - 1, -1, -1):
        if open_ones[place][1] == kind:
            start = open_ones[place][0]
            del open_ones[place:]
            return start
    return None


def _opens(text: str, at: int) -> bool:
    """Whether the sign is a bracket, and does not say that something is less."""
    return bool(re.match(r"<[^\s\d=<]", text[at : at + 2]))


def _covered(at: int, spans: list[Span]) -> bool:
    return any(start <= at < end for start, end in spans)


def _is_list_mark(text: str, at: int) -> bool:
    """Whether the bracket closes a) or 1) at the head of a line."""
    return text[at] == ")" and bool(re.search(r"(?:^|\n)\s*\w{1,2}$", text[:at][-8:]))


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    """The span with the space beside it: none is left before a comma or a full stop."""
    while start and text[start - 1] in " \t":
        start -= 1
    while end < len(text) and text[end] in " \t":
        end += 1
    return start, end
