"""Written words as they are said, in a model's letters."""

import pytest

from hansard.models.alignment.letters import make_alphabet
from hansard.models.alignment.spoken import speak

ENGLISH = {"<pad>": 0, "<unk>": 1, "|": 2, "'": 3} | {chr(65 + n): 4 + n for n in range(26)}


@pytest.mark.parametrize(
    ("word", "language", "said"),
    [
        ("word,", "en", "word,"),
        ("21", "en", "twenty one"),
        ("21st", "en", "twenty first"),
        ("1984", "en", "nineteen eighty four"),
        ("1,000", "en", "one thousand"),
        ("007", "en", "zero zero seven"),
        ("3.5%", "en", "three point five percent"),
        ("$5", "en", "five dollars"),
        ("5€", "en", "five euros"),
        ("£3.50", "en", "three point five pounds"),
        ("10:30", "en", "ten thirty"),
        ("10:05", "en", "ten oh five"),
        ("9:00", "en", "nine"),
        ("5km", "en", "five kilometers"),
        ("R&D", "en", "R and D"),
        ("1990s", "en", "nineteen ninetie s"),
        ("&", "de", "und"),
        ("21", "de", "einundzwanzig"),
        ("1.234,5", "de", "eintausendzweihundertvierunddreißig Komma fünf"),
        ("5", "hr", "pet"),
        ("12", None, "twelve"),
        ("12", "xx", ""),
        ("€", "xx", ""),
    ],
)
def test_spoken_forms(word: str, language: str | None, said: str) -> None:
    """Numbers, money, times, signs and units are read out; what nobody knows to read is nothing."""
    assert speak(word, language) == said


def spell(text: str, vocabulary: dict[str, int]) -> str:
    names = {index: letter for letter, index in vocabulary.items()}
    alphabet = make_alphabet(vocabulary, 0, "|")
    return "".join(names[index] for index in alphabet.spell(text))


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("don\u2019t,", "DON'T"),
        ("café", "CAFE"),
        ("twenty one", "TWENTY|ONE"),
        ("Straße", "STRASSE"),
        ("Москва", "MOSKVA"),
        ("...", ""),
    ],
)
def test_any_script_in_latin_letters(text: str, letters: str) -> None:
    """Marks are dropped, diacritics folded, foreign scripts written in the model's letters."""
    assert spell(text, ENGLISH) == letters


def test_a_models_own_letters_are_kept() -> None:
    """Diacritics are folded only where the model lacks the letter."""
    assert spell("čaša", {"<pad>": 0, "a": 1, "č": 2, "s": 3}) == "časa"


def test_special_tokens_are_no_letters() -> None:
    """Neither the blank nor a mark is ever spelt."""
    alphabet = make_alphabet({"-": 0, "a": 1, "|": 2, ".": 3, "#": 4}, 0, "|")
    assert alphabet.spell("a-|.#a") == (1, 1)
    assert alphabet.between == 2
