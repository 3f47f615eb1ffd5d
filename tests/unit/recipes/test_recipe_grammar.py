"""The grammar of the recipe for Bosnian, Croatian and Serbian."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "recipes"))

from bcs_demo import grammar
from hansard.training.texts.varieties import dialect_of, guess_language
from hansard.transcript.scripts import script_of, to_cyrillic, to_latin


def sentences(standard: str, count: int, invented: float = 0.0) -> list[str]:
    """Sentences of one standard."""
    dice = random.Random(f"{standard} {invented}")
    return [grammar.make_sentence(standard, dice, invented=invented) for _ in range(count)]


@pytest.mark.parametrize(
    ("standard", "dialect"), [("hr", "ijekavian"), ("sr", "ekavian"), ("bs", "ijekavian")]
)
def test_each_standard_has_its_own_dialect(standard: str, dialect: str) -> None:
    """Reflexes of yat are those of the standard, and no slot is left open."""
    text = "\n".join(sentences(standard, 200))
    assert "{" not in text
    assert dialect_of(text) == dialect


@pytest.mark.parametrize("standard", ["hr", "sr"])
def test_the_standards_can_be_told_apart(standard: str) -> None:
    """What the grammar says in a standard is taken for that standard."""
    assert guess_language("\n".join(sentences(standard, 200))).language == standard


def test_the_same_dice_give_the_same_sentences() -> None:
    """A recipe makes the same data each time."""
    assert sentences("bs", 50, 0.5) == sentences("bs", 50, 0.5)


def test_made_up_words_use_the_alphabet_alone() -> None:
    """Every letter of Gaj's alphabet comes, and none besides."""
    text = " ".join(sentences("hr", 2000, 1.0)).casefold()
    assert set("abcčćdđefghijklmnoprsštuvzž") == {c for c in text if c.isalpha()}
    assert script_of(text) == "latin"


def test_made_up_words_survive_a_change_of_script() -> None:
    """What is spelt in Latin comes back from Cyrillic as it was."""
    words = " ".join(sentences("sr", 300, 1.0)).casefold().split()
    same = sum(to_latin(to_cyrillic(word)) == word for word in words)
    assert same > 0.99 * len(words)


def test_a_tenth_is_held_out_by_what_it_says() -> None:
    """Whether a sentence is for the test depends on its words alone."""
    made = sorted({text for standard in grammar.STANDARDS for text in sentences(standard, 3000)})
    held = [text for text in made if grammar.is_held_out(text)]
    assert 0.05 < len(held) / len(made) < 0.15
    assert all(grammar.is_held_out(text.upper()) for text in held)
