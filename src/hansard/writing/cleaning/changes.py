"""What a rewrite did to the words: how many it changed, and whether a number or a `not` was one.

Only what was said is compared: marks, capitals, spaces and apostrophes change nothing. Every edit
of a shortest way from the old words to the new ones counts one, and

* half where a word of five letters or more keeps its first letter and differs by one letter (by two
  from nine letters on), and that only among all words, not among those that carry meaning, where
  letters were swapped, added or dropped, but none replaced: `recieve` -> `receive`, and not `house`
  -> `horse`; not where that makes a name of it;
* nothing where a word that was said twice in a row is written once, or `um` is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from hansard.transcript.diff import Edit, align_words
from hansard.transcript.subtitles.scripts import ends_sentence, is_unspaced
from hansard.writing.cleaning.terms import (
    count_negations,
    expand,
    has_digit,
    is_number,
    negations,
    same_number,
)
from hansard.writing.cleaning.tokens import keys_of
from hansard.writing.language.distance import slips
from hansard.writing.language.small_words import FILLERS
from hansard.writing.language.words import code_of, is_stop_word

IN_A_ROW: Final = 2
"""Words that may be added or left out in one place."""
SHORT: Final = 5
"""Letters below which another spelling is another word."""
LONG: Final = 9
"""Letters from which on two of them may differ."""
SLIP: Final = 0.5
"""What another spelling of a word counts."""
_SOUNDS: Final = frozenset(FILLERS[""].split())


@dataclass(frozen=True, slots=True)
class Texts:
    """The old and the new words, as they are compared."""

    before: Sequence[str]
    after: Sequence[str]
    names: frozenset[str]
    """New words with a capital inside a sentence."""
    language: str | None
    code: str | None


@dataclass(slots=True)
class Tally:
    """What was changed, counted."""

    words: float = 0.0
    content: float = 0.0
    """Of these, words that carry meaning."""


def fault_of(before: str, after: str, language: str | None, limit: float) -> str | None:
    """Why a rewrite is not the same words any more; None where it is.

    Args:
        before: the text as it was recognised.
        after: the rewrite.
        language: ISO 639-1, None where nobody knows.
        limit: the share of the words, and of those that carry meaning, that may be changed.
    """
    code = code_of(language)
    old, new = expand(keys_of(before), code), expand(keys_of(after), code)
    if old == new:
        return None
    if count_negations("".join(old)) != count_negations("".join(new)):
        return "a negation was changed"
    texts = Texts(old, new, _names(after), language, code)
    tally = Tally()
    for equal, group in groupby(align_words(old, new), key=lambda edit: edit.kind == "equal"):
        fault = None if equal else _weigh(texts, tuple(group), tally)
        if fault:
            return fault
    return _over(texts, tally, limit)


def _weigh(texts: Texts, block: Sequence[Edit], tally: Tally) -> str | None:
    """Add what one block of edits changed, or say why it must not be."""
    old = [texts.before[edit.reference] for edit in block if edit.reference is not None]
    new = [texts.after[edit.hypothesis] for edit in block if edit.hypothesis is not None]
    same = "".join(old) == "".join(new)
    denied, denies = (any(key in negations(texts.code) for key in keys) for keys in (old, new))
    if denied != denies or (denied and not same):
        return "a negation was changed"
    if _counts(texts, (*old, *new), same=same):
        return None if same_number(old, new, texts.code) else "a number was changed"
    return None if same else _add(texts, block, tally)


def _counts(texts: Texts, keys: Sequence[str], *, same: bool) -> bool:
    """Whether a number is among the keys; `same` where they differ by spaces only."""
    return any(map(has_digit, keys)) or (
        not same and any(is_number(key, texts.code) for key in keys)
    )


def _add(texts: Texts, block: Sequence[Edit], tally: Tally) -> str | None:
    """Add what a block costs, or say why it is too much in one place."""
    dropped = added = 0
    for edit in block:
        cost = _cost(texts, edit)
        dropped += edit.kind == "delete" and cost > 0
        added += edit.kind == "insert"
        tally.words += cost
        if _is_content(texts, edit) and not (cost == SLIP and _is_typing(texts, edit)):
            tally.content += cost
    if max(dropped, added) <= IN_A_ROW:
        return None
    return "words were added" if added > IN_A_ROW else "words were left out"


def _cost(texts: Texts, edit: Edit) -> float:
    match edit.kind, edit.reference, edit.hypothesis:
        case "delete", int(at), _:
            word = texts.before[at]
            beside = (*texts.before[max(0, at - 1) : at], *texts.before[at + 1 : at + 2])
            return 0.0 if word in _SOUNDS or word in beside else 1.0
        case "substitute", int(at), int(to):
            new = texts.after[to]
            is_slip = new not in texts.names and _is_slip(texts.before[at], new)
            return SLIP if is_slip else 1.0
    return 1.0


def _is_slip(old: str, new: str) -> bool:
    """Whether they are likely one word, spelt in two ways."""
    shorter = min(len(old), len(new))
    if shorter < SHORT or old[0] != new[0]:
        return False
    return slips(old, new) <= (2 if shorter >= LONG else 1)


def _is_typing(texts: Texts, edit: Edit) -> bool:
    """Whether letters were swapped, added or dropped, but none replaced."""
    if edit.reference is None or edit.hypothesis is None:
        return False
    old, new = texts.before[edit.reference], texts.after[edit.hypothesis]
    return sorted(old) == sorted(new) or abs(len(old) - len(new)) == slips(old, new)


def _is_content(texts: Texts, edit: Edit) -> bool:
    keys = []
    if edit.reference is not None:
        keys.append(texts.before[edit.reference])
    if edit.hypothesis is not None:
        keys.append(texts.after[edit.hypothesis])
    return any(_carries(key, texts.language) for key in keys)


def _carries(key: str, language: str | None) -> bool:
    """Whether a key carries meaning; each character does in scripts without spaces."""
    return is_unspaced(key[0]) or not is_stop_word(key, language)


def _over(texts: Texts, tally: Tally, limit: float) -> str | None:
    content = sum(_carries(key, texts.language) for key in texts.before)
    if tally.words > limit * len(texts.before):
        return f"{tally.words:g} of {len(texts.before)} words were changed"
    if tally.content > limit * content:
        return f"{tally.content:g} words that carry meaning were changed, of {content}"
    return None


def _names(text: str) -> frozenset[str]:
    """Words with a capital that begin no sentence."""
    names: set[str] = set()
    begins = True
    for chunk in text.split():
        first = next((character for character in chunk if character.isalnum()), "")
        if first and first != first.lower() and not begins:
            names.update(keys_of(chunk))
        begins = ends_sentence(chunk) or (begins and not first)
    return frozenset(names)
