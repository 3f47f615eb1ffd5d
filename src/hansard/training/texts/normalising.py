"""Transcripts made alike: characters, notes in brackets, numbers, script, punctuation, case.

    characters -> notes -> speakers' labels -> numbers -> script -> punctuation -> case -> spaces

No step takes the mark of a letter: č, ć, š, ž and đ stay what they are, or become ч, ћ, ш, ж and ђ.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from hansard.training.texts.characters import (
    clean_characters,
    drop_punctuation,
    simplify_punctuation,
    squeeze,
)
from hansard.training.texts.edits import Edit, apply_edits
from hansard.training.texts.notes import find_notes
from hansard.training.texts.numbers import find_numbers
from hansard.training.texts.varieties import SOUTH_SLAVIC, guess_language
from hansard.transcript.scripts import to_cyrillic, to_latin

VERSION: Final = "1"
"""Changes with what normalising does, so that work done by an older one is done again."""
_LONG_CODES: Final = {"hrv": "hr", "srp": "sr", "bos": "bs", "hbs": "sh", "eng": "en", "deu": "de"}
_CAPITALS: Final = "A-ZČĆŠŽĐ\u0402-\u042f"
_LABEL: Final = re.compile(
    rf"^[ \t]*(?:-[ \t]*)?(?:[{_CAPITALS}][{_CAPITALS}0-9_.-]+(?: [{_CAPITALS}0-9_.-]+){{0,2}}"
    r"|(?:Speaker|Govorni[kc]a?|Voditelj(?:ica)?|Говорник)(?: ?\w{1,3})?):(?=\s)[ \t]*",
    re.MULTILINE,
)
_NEAT: Final = re.compile(r"[ \t]+(?=[,.;:!?…](?:\s|$))")


@dataclass(frozen=True, slots=True, kw_only=True)
class NormaliseOptions:
    """How transcripts are written."""

    script: Literal["keep", "latin", "cyrillic"] = "keep"
    """The script of Bosnian, Croatian, Montenegrin and Serbian; other languages keep theirs."""
    brackets: Literal["drop", "keep"] = "drop"
    """Whether notes go: [glazba], (smijeh), *laughs*, <noise>, signs of music."""
    punctuation: Literal["keep", "simple", "drop"] = "simple"
    """keep it; simple: plain quotes and dashes, no mark twice; or drop all that is in no word."""
    case: Literal["keep", "lower"] = "keep"
    """Whether capitals stay."""
    numbers: Literal["keep", "words"] = "keep"
    """Whether numbers become words; one that is not clear stays, and is told."""
    labels: Literal["keep", "drop"] = "keep"
    """Whether speakers' names before what they say go: ANA: Dobar dan."""
    language: str | None = None
    """hr, sr, bs, en, ...: the language of texts that do not tell theirs; else it is guessed."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A transcript, made like others."""

    text: str
    changes: tuple[str, ...]
    """What was changed, by kind; empty where nothing was."""
    left: tuple[str, ...] = ()
    """What was found and left as it is, because nobody can be sure."""
    language: str | None = None
    """That by which numbers and script were decided; None where it is not known."""


def normalise_text(text: str, options: NormaliseOptions) -> Normalised:
    """A transcript as `options` want it; empty where it holds nothing that can be said."""
    made, changes = clean_characters(text)
    left: list[str] = []
    if options.brackets == "drop":
        edits, left = find_notes(made)
        changes += ["notes"] if edits else []
        made = _NEAT.sub("", apply_edits(made, edits)) if edits else made
    language = find_language(made, options)
    labels = find_labels(made, options)
    left += ["speakers' labels"] if labels and options.labels == "keep" else []
    if labels and options.labels == "drop":
        changes.append("speakers' labels")
        made = apply_edits(made, labels)
    if options.numbers == "words":
        edits, unsure = find_numbers(made, language)
        changes += ["numbers"] if edits else []
        left += unsure
        made = apply_edits(made, edits)
    if options.script != "keep" and language not in {None, *SOUTH_SLAVIC}:
        left.append(f"script kept: language {language!r}")
    made, late = finish(made, options, language)
    return Normalised(made, (*changes, *late), tuple(left), language)


def find_language(text: str, options: NormaliseOptions) -> str | None:
    """The language by which a text is normalised: the one that is told, or seems likeliest."""
    if options.language:
        code = re.split("[-_]", options.language.lower())[0]
        return _LONG_CODES.get(code, code)
    if options.script == "keep" and options.numbers == "keep":
        return None
    return guess_language(text).language


def find_labels(text: str, options: NormaliseOptions) -> list[Edit]:
    """Edits that take speakers' labels at the heads of lines out, whether that is wanted or not."""
    if options.labels == "keep" and ":" not in text:
        return []
    return [Edit(found.start(), found.end(), "") for found in _LABEL.finditer(text)]


def finish(
    text: str, options: NormaliseOptions, language: str | None
) -> tuple[str, tuple[str, ...]]:
    """`text` after the steps that change no number of words but by dropping signs; what changed."""
    changes: list[str] = []
    for name, step in _late_steps(options, language):
        made = step(text)
        if made != text:
            changes.append(name)
            text = made
    return text, tuple(changes)


def _late_steps(
    options: NormaliseOptions, language: str | None
) -> list[tuple[str, Callable[[str], str]]]:
    steps: list[tuple[str, Callable[[str], str]]] = []
    ours = language is None or language in SOUTH_SLAVIC
    if options.script != "keep" and ours:
        steps.append(("script", to_latin if options.script == "latin" else to_cyrillic))
    if options.punctuation != "keep":
        simple = options.punctuation == "simple"
        steps.append(("punctuation", simplify_punctuation if simple else drop_punctuation))
    if options.case == "lower":
        steps.append(("case", str.lower))
    steps.append(("spaces", squeeze))
    return steps
