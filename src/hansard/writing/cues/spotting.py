"""What a sentence does: decides, gives a task, asks, says something worth quoting, names a link.

Cue phrases are rather few and sure than many: what they miss a reader can find, but a wrong one
reads as a fact. English, German, and Croatian, Bosnian and Serbian (in both alphabets) have tables;
in every other language only marks count, such as the question mark and `https://`.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

from hansard.writing.cues import croatian as cue_croatian
from hansard.writing.cues import english as cue_english
from hansard.writing.cues import german as cue_german
from hansard.writing.cues.letters import Folded
from hansard.writing.cues.tables import CueTable
from hansard.writing.language.words import code_of, count_words

Asking = Literal[0, 1, 2]
"""0: no question; 1: a question; 2: one that cannot be answered by yes or no."""

_TABLES: Final = {
    "en": cue_english.TABLE,
    "hr": cue_croatian.TABLE,
    "de": cue_german.TABLE,
}
_QUESTION_MARKS: Final = "?\uff1f\u061f\u055e\u1367"
_CLOSERS: Final = " \"'\u2019\u201d\u00bb)]\u300d\u300f"
_ENDS: Final = ".!\u2026\u3002\uff01\u0964"
_URL: Final = re.compile(
    r"\bhttps?://[^\s<>\"'\u201d\u00bb]+|\bwww\.[^\s<>\"'\u201d\u00bb]+|"
    r"(?<![\w@.])[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\."
    r"(?:com|org|net|io|edu|gov|info|eu|de|at|ch|hr|rs|ba|si|uk|fm|tv|app|dev|ai)\b(?![@\w])"
    r"(?:/[^\s<>\"'\u201d\u00bb]*)?",
    re.IGNORECASE,
)


def decides(sentence: str, language: str | None) -> bool:
    """Whether a sentence says what was decided."""
    text = Folded(sentence)
    return not _is_plain_question(text.text) and any(
        table.decided.search(text.text) and not table.undecided.search(text.text)
        for table in _tables(language)
    )


def assigns(sentence: str, language: str | None) -> bool:
    """Whether a sentence says what somebody is to do."""
    text = Folded(sentence).text
    return any(
        table.task.search(text) and not table.no_task.search(text) for table in _tables(language)
    )


def due_in(sentence: str, language: str | None) -> str | None:
    """The date that a sentence sets, in its own words: `by Friday`, `do petka`."""
    text = Folded(sentence)
    found = [
        match for table in _tables(language) if (match := table.due.search(text.text)) is not None
    ]
    if not found:
        return None
    first = min(found, key=lambda match: (match.start(), -match.end()))
    return text.as_said(*first.span())


def owner_in(sentence: str, speaker: str | None, language: str | None) -> str | None:
    """Who has the task that a sentence gives: a name in it, or who says "I will"; else None."""
    text = Folded(sentence)
    for table in _tables(language):
        for match in table.theirs.finditer(text.text):
            named = next(group for group in match.groupdict() if match.group(group))
            if match.group(named).split()[0].casefold() not in table.nobody:
                return text.as_said(*match.span(named))
    if any(table.mine.search(text.text) for table in _tables(language)):
        return speaker
    return None


def asks(sentence: str, language: str | None) -> Asking:
    """Whether a sentence is a question that wants an answer, and of which kind."""
    text = Folded(sentence).text.rstrip(_CLOSERS)
    tables = _tables(language)
    if any(table.small_talk.fullmatch(text) for table in tables):
        return 0
    marked = bool(text) and text[-1] in _QUESTION_MARKS
    if not marked and (
        text.endswith(tuple(_ENDS)) or not any(t.bare_question.match(text) for t in tables)
    ):
        return 0
    if count_words(text) < (3 if marked else 4) or any(table.tag.search(text) for table in tables):
        return 0
    return 2 if any(table.open_question.match(text) for table in tables) else 1


def quotable(sentence: str, language: str | None) -> float:
    """How well a sentence stands alone as somebody's words; 0 where it does not.

    A whole sentence of 8 to 40 words in the first person, or with strong words, that neither asks
    nor gives a task.
    """
    text = Folded(sentence).text.strip()
    words = count_words(text)
    tables = _tables(language)
    if (
        not 8 <= words <= 40
        or text[0].islower()
        or not text.rstrip(_CLOSERS).endswith(tuple(_ENDS))
    ):
        return 0.0
    if asks(sentence, language) or assigns(sentence, language):
        return 0.0
    first = any(table.first_person.search(text) for table in tables)
    vivid = len({m.group().casefold() for t in tables for m in t.vivid.finditer(text)})
    if not first and vivid < 2:
        return 0.0 if tables else 0.1
    short = 1.0 if words <= 25 else 0.7
    return short * (0.3 + 0.7 * first + 0.5 * min(vivid, 3))


def links_in(sentence: str, language: str | None) -> tuple[str, ...]:
    """Web addresses in a sentence, written or spoken ("example dot com"), as they stand there."""
    return tuple(dict.fromkeys(_links(sentence, language)))


def _links(sentence: str, language: str | None) -> Iterator[str]:
    for match in _URL.finditer(sentence):
        if found := match.group().rstrip(".,;:!?)]}*\u2026"):
            yield found
    text = Folded(sentence)
    for table in _tables(language):
        for match in table.spoken_link.finditer(text.text):
            yield text.as_said(*match.span())


def _tables(language: str | None) -> tuple[CueTable, ...]:
    """The table of a language; all of them where nobody knows the language."""
    code = code_of(language)
    if code is None:
        return tuple(_TABLES.values())
    return (_TABLES[code],) if code in _TABLES else ()


def _is_plain_question(text: str) -> bool:
    """A question without a tag: "we decided that, right?" says that it was decided."""
    ends = text.rstrip(_CLOSERS)
    return ends.endswith(tuple(_QUESTION_MARKS)) and not any(
        table.tag.search(ends) for table in _TABLES.values()
    )
