"""Replacements in a text, which can be carried over to the timed words that it was joined from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """What stands from `start` to `end` becomes `text`."""

    start: int
    end: int
    text: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """`text` with all edits made; of two that overlap the first counts."""
    made: list[str] = []
    at = 0
    for edit in _in_order(edits):
        made += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*made, text[at:]])


def edit_words(words: Sequence[str], edits: Iterable[Edit]) -> list[str]:
    """The words of a text, joined by single spaces, after its edits; as many as before.

    What an edit of several words becomes stands in the first of them, and the others lose what it
    covers.
    """
    ordered = _in_order(edits)
    edited: list[str] = []
    start = 0
    for word in words:
        end = start + len(word)
        inside = [
            Edit(
                max(edit.start, start) - start,
                min(edit.end, end) - start,
                edit.text.strip() if edit.start >= start else "",
            )
            for edit in ordered
            if edit.start < end and edit.end > start
        ]
        edited.append(apply_edits(word, inside))
        start = end + 1
    return edited


def _in_order(edits: Iterable[Edit]) -> list[Edit]:
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept
