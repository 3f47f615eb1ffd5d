"""A person's name, read off a sentence at a given place."""

import re
from typing import Final

from hansard.writing.cues.letters import Folded
from hansard.writing.language.words import is_stop_word
from hansard.writing.naming.cues import NO_NAMES, PARTICLES, TITLES, NameCue

_TOKEN: Final = re.compile(r"([^\W\d_]+(?:['\u2019-][^\W\d_]+)*)(\.?)( ?)")
_BEHIND: Final = re.compile(r"\s*(?:[,.;:!?\u2026\u2014\u2013()\"\u201d-]|$)")
_NEXT_WORD: Final = re.compile(r"\s+([\w'\u2019]+)")
_MOST: Final = 4
"""Words of a name at most."""
_STRICT: Final = re.compile(r"\s*(?:[.,!?;\u2026]|$)")


def read_name(text: Folded, begin: int, cue: NameCue, language: str | None) -> str | None:
    """The name that stands at `begin`, as it was written, or None where that is no name.

    Titles in front of it are left out. What comes behind must go on as a sentence does after a
    name: a mark, or a small word ("Ana from Zagreb", but not "Team lead").
    """
    begin = _behind_titles(text.text, begin)
    tokens = _tokens(text.text, begin)
    if not tokens:
        return None
    end = tokens[-1].end(1) + _initial(tokens[-1])
    words = [token.group(1) for token in tokens]
    if not _could_be(words, language) or len(words) < cue.least:
        return None
    if not _goes_on(text.text, end, cue, language):
        return None
    return text.as_said(begin, end)


def read_plain_name(text: Folded, begin: int, language: str | None) -> str | None:
    """The first name at `begin` of a text whose letters are all of one case."""
    match = _TOKEN.match(text.text, begin)
    if match is None or len(match.group(1)) < 2 or not _could_be([match.group(1)], language):
        return None
    return text.as_said(*match.span(1)).capitalize()


def _behind_titles(text: str, begin: int) -> int:
    while (match := _TOKEN.match(text, begin)) and match.group(1).casefold() in TITLES:
        if not match.group(3):
            break
        begin = match.end()
    return begin


def _tokens(text: str, begin: int) -> list[re.Match[str]]:
    """Capitalised words that follow each other, small particles (`van`, `de`) between them."""
    tokens: list[re.Match[str]] = []
    small: list[re.Match[str]] = []
    while len(tokens) < _MOST and (match := _TOKEN.match(text, begin)):
        word = match.group(1)
        if word[0].isupper():
            tokens += [*small, match]
            small = []
        elif tokens and word in PARTICLES:
            small.append(match)
        else:
            break
        begin = match.end()
        if (match.group(2) and not _initial(match)) or not match.group(3):
            break
    return tokens


def _initial(token: re.Match[str]) -> int:
    """1 where the full stop behind belongs to the word (`J.`), else 0."""
    return 1 if token.group(2) and len(token.group(1)) == 1 else 0


def _could_be(words: list[str], language: str | None) -> bool:
    """No word of it is one that names nobody; initials alone are no name."""
    if all(len(word) == 1 for word in words):
        return False
    if words[-1].endswith(("'s", "\u2019s")) or any(len(w) > 1 and w.isupper() for w in words):
        return False
    told = [word.casefold() for word in words]
    if any(
        is_stop_word(word, language) for word in told if word not in PARTICLES and len(word) > 1
    ):
        return False
    return told[0] not in NO_NAMES and (len(told) > 1 or told[0] not in PARTICLES)


def _goes_on(text: str, end: int, cue: NameCue, language: str | None) -> bool:
    if cue.after is not None:
        return cue.after.match(text, end) is not None
    if cue.ends:
        return _STRICT.match(text, end) is not None
    if _BEHIND.match(text, end):
        return True
    following = _NEXT_WORD.match(text, end)
    if following is None or following.group(1).casefold() == "of":
        return False
    return is_stop_word(following.group(1), language)
