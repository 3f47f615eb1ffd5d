"""Two texts made comparable."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import UnknownNameError
from hansard.evaluation import NORMALISERS, normalise, normaliser_for, split_words


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("none", "  Well,\tit's\n3.5 % ", "Well, it's 3.5 %"),
        ("lower", "Well, it's 'fine' - 3.5 %!", "well it's fine 3 5"),
        ("lower", "dogs\u2019 ears, O\u2019Brien\u2019s", "dogs ears o'brien's"),
        ("lower", "ÉCOLE e\u0301cole Straße", "école école strasse"),
        ("lower", "co\u00adoperate", "cooperate"),
        ("lower", "snake_case", "snake case"),
        ("basic", "Đoković, škola! [noise] (laughs) It's", "đoković škola it s"),
        ("english", "Mr. Smith's twenty-five dogs can't see the colour, um", None),
    ],
)
def test_texts_are_written_as_the_normaliser_says(
    name: str, text: str, expected: str | None
) -> None:
    """Each normaliser writes a text as its description promises."""
    if expected is None:
        expected = "mister smith is 25 dogs can not see the color"
    assert normalise(text, name) == expected


@pytest.mark.parametrize("word", ["नमस्ते", "สวัสดี", "தமிழ்", "ẹ́kọ̀ọ́"])
def test_lower_keeps_combining_vowels_and_tones(word: str) -> None:
    """Vowel signs and tone marks stay with their letters, so a word stays one word."""
    assert split_words(f"{word}, {word}!", "lower") == (word, word)


@given(text=st.text())
def test_lower_is_idempotent(text: str) -> None:
    """Normalising what is normalised changes nothing."""
    once = normalise(text, "lower")
    assert normalise(once, "lower") == once


@given(text=st.text(), name=st.sampled_from(sorted(NORMALISERS)))
def test_words_are_parted_by_single_spaces(text: str, name: str) -> None:
    """Whatever comes in, the words and the spaces of the result agree."""
    assert normalise(text, name) == " ".join(split_words(text, name))


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "english"),
        ("en-GB", "english"),
        ("EN_us", "english"),
        ("sr", "basic"),
        ("hi", "lower"),
        ("th-TH", "lower"),
        ("hitchi", "basic"),
        ("", "basic"),
        (None, "basic"),
    ],
)
def test_a_language_has_its_normaliser(language: str | None, name: str) -> None:
    """English has Whisper's own, languages with combining marks keep them, others have basic."""
    assert normaliser_for(language) == name


def test_an_unknown_normaliser_is_refused() -> None:
    """The error names what was asked for, and its hint what there is."""
    with pytest.raises(UnknownNameError, match="'loud'") as caught:
        normalise("text", "loud")
    assert all(name in caught.value.hint for name in NORMALISERS)


def test_importing_the_room_does_not_load_the_package() -> None:
    """`whisper_normalizer` is loaded when it is first chosen, not before."""
    code = "import sys, hansard.evaluation; print('whisper_normalizer' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"
