"""What the cue phrases of a language are made of; each has a table in its `cue_<language>.py`."""

import re
from dataclasses import dataclass

NEVER = re.compile(r"(?!)")
"""Matches nothing: a language without such a cue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CueTable:
    """How one language says that something was decided, promised, asked or felt.

    Patterns are held against a sentence in Latin letters with straight apostrophes; where the case
    of a letter matters (names), the pattern says so itself.
    """

    decided: re.Pattern[str] = NEVER
    undecided: re.Pattern[str] = NEVER
    """What takes a decision back: negations, conditions, plans to decide."""
    task: re.Pattern[str] = NEVER
    no_task: re.Pattern[str] = NEVER
    due: re.Pattern[str] = NEVER
    """A date as it is said; longest first."""
    mine: re.Pattern[str] = NEVER
    """The one who speaks takes the task."""
    theirs: re.Pattern[str] = NEVER
    """Group `name` is who has the task."""
    nobody: frozenset[str] = frozenset()
    """Capitalised words that stand where a name could, and are none; lower case."""
    open_question: re.Pattern[str] = NEVER
    """How a question begins that cannot be answered by yes or no."""
    bare_question: re.Pattern[str] = NEVER
    """How a question begins that nobody could take for a statement, even without its mark."""
    small_talk: re.Pattern[str] = NEVER
    """Questions that want no answer; held against the whole sentence."""
    tag: re.Pattern[str] = NEVER
    """How a statement ends that is only dressed as a question."""
    first_person: re.Pattern[str] = NEVER
    vivid: re.Pattern[str] = NEVER
    spoken_link: re.Pattern[str] = NEVER


def one_of(words: str) -> str:
    """A pattern for one of some words that stand in a text with spaces between them."""
    return "(?:" + "|".join(words.split()) + ")"


def pattern(*ways: str) -> re.Pattern[str]:
    """One pattern for several ways to say it."""
    return re.compile("|".join(f"(?:{way})" for way in ways), re.IGNORECASE)
