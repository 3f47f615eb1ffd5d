"""Transcripts made alike."""

# ruff: noqa: RUF001 - Cyrillic letters
import itertools
from collections import Counter
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.training.texts.normalising import NormaliseOptions, normalise_text
from hansard.transcript.scripts import to_latin

CHOICES = {
    name: get_args(kind) for name, kind in get_type_hints(NormaliseOptions).items()
    if name != "language"
}  # fmt: skip
ALL = [
    NormaliseOptions(**dict(zip(CHOICES, values, strict=True)), language=language)
    for values in itertools.product(*CHOICES.values())
    for language in ("hr", None)
]
MARKED = "čćšžđ"
SPEECH = st.text(
    alphabet=st.sampled_from(f"{MARKED}{MARKED.upper()}abcdnjlzAD ,.!-5čш"), max_size=50
)


def marks(text: str) -> Counter[str]:
    """How often each letter with a mark stands in a text, whatever its script and case."""
    return Counter(letter for letter in to_latin(text).lower() if letter in MARKED)


@given(SPEECH, st.sampled_from(ALL))
def test_no_option_takes_the_mark_of_a_letter(text: str, options: NormaliseOptions) -> None:
    """As many č, ć, š, ž and đ are there after as before, whatever is asked for."""
    said = "" if options.labels == "drop" and ":" in text else text
    more = marks(normalise_text(said, options).text) - marks(said)
    less = marks(said) - marks(normalise_text(said, options).text)
    assert not less
    assert options.numbers == "words" or not more


@given(st.text(max_size=80), st.sampled_from(ALL))
def test_any_text_can_be_normalised(text: str, options: NormaliseOptions) -> None:
    """No text makes it fail, and no control character or space at an end is left."""
    made = normalise_text(text, options).text
    assert made == made.strip()
    assert not any(ord(character) < 32 and character != "\n" for character in made)


@given(SPEECH)
def test_what_is_alike_stays_so(text: str) -> None:
    """Normalised once more with usual options, a text does not change."""
    once = normalise_text(text, NormaliseOptions()).text
    assert normalise_text(once, NormaliseOptions()).text == once


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("[glazba] Dobar dan (smijeh), gospođo.", "Dobar dan, gospođo."),
        ("*laughs* Da <noise> ne {um} ♪ znam ♪", "Da ne znam"),
        ("Prvo [ovo (i ono) dugo] drugo.", "Prvo drugo."),
        ("[glazba\nu pozadini] Da.", "Da."),
        ("To je 5 < 6 i 2 * 3 * 4.", "To je 5 < 6 i 2 * 3 * 4."),
        ("<i>Da</i>, <v Ana>dobro :)", "Da, dobro"),
        ("**Jako** važno", "Jako važno"),
        ("(smijeh).", ""),
    ],
)
def test_notes_go(text: str, clean: str) -> None:
    """What nobody said goes, with the space before the mark that follows."""
    assert normalise_text(text, NormaliseOptions()).text == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Rekao je (i to dva puta. [ok] Kraj.", "Rekao je (i to dva puta. Kraj."),
        ("Kraj) je. (smijeh) Da.", "Kraj) je. Da."),
        ("(" + "a b " * 80 + ")", "(" + "a b " * 80 + ")"),
        ("(prvo\n\ndrugo)", "(prvo\ndrugo)"),
        ("[[[ tri", "[[[ tri"),
    ],
)
def test_a_bracket_without_a_partner_stays_and_is_told(text: str, clean: str) -> None:
    """An open bracket never takes the rest of a text with it."""
    made = normalise_text(text, NormaliseOptions())
    assert made.text == clean
    assert made.left[0].startswith("bracket without a partner")


def test_notes_may_be_kept() -> None:
    """Asked to keep brackets, all of them stay."""
    assert normalise_text("[a] (b)", NormaliseOptions(brackets="keep")).text == "[a] (b)"


def test_characters_are_made_plain_and_told() -> None:
    """Odd spaces, soft hyphens, loose marks and look-alike letters are named in the changes."""
    made = normalise_text("Beogr\u0430d\u00a0c\u030ca\u00adsti\x07  gosta", NormaliseOptions())
    assert made.text == "Beograd časti gosta"
    assert set(made.changes) == {
        "control characters", "invisible characters", "odd spaces", "composed letters",
        "letters of the other script", "spaces",
    }  # fmt: skip


def test_nothing_is_told_of_a_text_that_is_as_it_should_be() -> None:
    """A plain text changes in nothing."""
    made = normalise_text("Dobar dan, kako ste?", NormaliseOptions())
    assert (made.changes, made.left) == ((), ())


@pytest.mark.parametrize(
    ("policy", "made"),
    [
        ("keep", "– „Da“, rekao je… ‚Što‘?!! Wi-Fi d’Artagnan 3,5 % u 14:30"),
        ("simple", "\"Da\", rekao je... 'Što'?! Wi-Fi d'Artagnan 3,5 % u 14:30"),
        ("drop", "Da rekao je Što Wi-Fi d'Artagnan 3,5 % u 14:30"),
    ],
)
def test_punctuation_policies(policy: str, made: str) -> None:
    """Kept, made plain, or dropped but inside words and numbers."""
    text = "– „Da“, rekao je… ‚Što‘?!! Wi-Fi d’Artagnan 3,5 % u 14:30"
    options = NormaliseOptions(punctuation=policy)  # type: ignore[arg-type]
    assert normalise_text(text, options).text == made


def test_labels_are_told_or_dropped() -> None:
    """A speaker's name at the head of a line is told, and goes where that is asked for."""
    text = "ANA: Dobro jutro.\nGovornik 1: Hvala.\nRekao je: da."
    assert normalise_text(text, NormaliseOptions()).left == ("speakers' labels",)
    dropped = normalise_text(text, NormaliseOptions(labels="drop")).text
    assert dropped == "Dobro jutro.\nHvala.\nRekao je: da."


def test_scripts_are_changed_for_our_languages_only() -> None:
    """An English text is not put into Cyrillic, which is told; a Croatian one is."""
    english = normalise_text("Where is the station?", NormaliseOptions(script="cyrillic"))
    assert english.text == "Where is the station?"
    assert english.left == ("script kept: language 'en'",)
    ours = normalise_text("Gdje je kolodvor, Njegoš?", NormaliseOptions(script="cyrillic"))
    assert ours.text == "Гдје је колодвор, Његош?"
    assert "script" in ours.changes


def test_case_is_lowered_after_the_script() -> None:
    """Capitals of two letters become small ones."""
    options = NormaliseOptions(script="latin", case="lower", language="sr")
    assert normalise_text("ЉУБАВ и Његош", options).text == "ljubav i njegoš"
