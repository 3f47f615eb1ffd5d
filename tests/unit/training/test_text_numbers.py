"""Numbers in words."""

# ruff: noqa: RUF001 - Cyrillic letters
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.training.texts.edits import apply_edits
from hansard.training.texts.number_words import LARGEST, STANDARDS, cardinal, ordinal
from hansard.training.texts.numbers import find_numbers


def say(text: str, language: str | None) -> str:
    return apply_edits(text, find_numbers(text, language)[0])


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("hr", "1000 ljudi", "tisuću ljudi"),
        ("sr", "1000 ljudi", "hiljadu ljudi"),
        ("bs", "2000 ljudi", "dvije hiljade ljudi"),
        ("sr", "2.200 ljudi", "dve hiljade dvesta ljudi"),
        ("hr", "12 500 i 1.200.000", "dvanaest tisuća petsto i milijun dvjesto tisuća"),
        ("sr", "2000000000", "dve milijarde"),
        ("hr", "2 žene, 2 eura, 22 riječi", "dvije žene, dva eura, dvadeset dvije riječi"),
        ("sr", "2 žene i 21 kuća", "dve žene i dvadeset jedna kuća"),
        ("hr", "1 dijete, 1 dan, 11 dana", "jedno dijete, jedan dan, jedanaest dana"),
        ("hr", "5. svibnja 1991. godine.", "petog svibnja tisuću devetsto devedeset prve godine."),
        ("sr", "3. maja 2014. u podne", "trećeg maja dve hiljade četrnaeste u podne"),
        ("hr", "u 20. stoljeću, 2. svjetski rat", "u dvadesetom stoljeću, drugi svjetski rat"),
        ("sr", "Rođen je 12. jula 2014.", "Rođen je dvanaestog jula dve hiljade četrnaeste."),
        ("hr", "Imam 21.", "Imam dvadeset jedan."),
        ("hr", "3,5 % i 50%", "tri zarez pet posto i pedeset posto"),
        ("hr", "3,05 i 2.5", "tri zarez nula pet i dva točka pet"),
        ("sr", "1€, 2 €, 5 EUR, $50", "jedan evro, dva evra, pet evra, pedeset dolara"),
        ("hr", "2 kn i 21 kn", "dvije kune i dvadeset jedna kuna"),
        ("hr", "5 km, 1 l, 10kg", "pet kilometara, jedna litra, deset kilograma"),
        ("hr", "u 14:30 i 8:00", "u četrnaest i trideset i osam"),
        ("hr", "temperatura -5 i -3,5", "temperatura minus pet i minus tri zarez pet"),
        ("sr", "У 19. веку 200 људи", "У деветнаестом веку двеста људи"),
        ("cnr", "2 žene i 1000", "dvije žene i hiljadu"),
        ("sr", "Ovdje živi 200 djece i 2 žene", "Ovdje živi dvjesta djece i dvije žene"),
        ("en", "It cost $50 on the 5th.", "It cost fifty dollars on the fifth."),
        ("en", "1,000 and 3.5% at -5", "one thousand and three point five percent at minus five"),
        ("de", "Es waren 21 Leute.", "Es waren einundzwanzig Leute."),
    ],
)  # fmt: skip
def test_numbers_are_read_out(language: str, text: str, said: str) -> None:
    """A number is said as its language and what it counts ask for."""
    assert say(text, language) == said


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("hr", "5-10"), ("hr", "10-ak"), ("hr", "4K"), ("hr", "007"), ("hr", "1/2"), ("hr", "3:2"),
        ("hr", "5.5.2014."), ("hr", "u 2014. je"), ("hr", "1. u nizu"), ("hr", "s 1 ženom i"),
        ("hr", "90-ih"), ("hr", "1234567890123"), ("hr", "Imam 21 godinu"), ("mk", "5 деца"),
        ("de", "am 5. Mai"), (None, "5 ljudi"), ("en", "4K"),
    ],
)  # fmt: skip
def test_what_is_not_clear_stays_and_is_told(language: str | None, text: str) -> None:
    """Ranges, scores, codes, short dates and forms that cannot be known are left."""
    edits, left = find_numbers(text, language)
    assert edits == []
    assert left
    assert left[0].startswith("number left: ")


@given(st.integers(0, LARGEST), st.sampled_from(sorted(STANDARDS)))
def test_every_number_has_words(number: int, language: str) -> None:
    """Words are of letters only, differ from the next number's, and agree with a standard."""
    said = cardinal(number, language)
    assert said.replace(" ", "").isalpha()
    assert said != cardinal(number + 1 if number < LARGEST else 0, language)
    assert ("dvije" in said.split()) <= (language != "sr")
    assert ("hiljad" in said) <= (language != "hr")


@given(st.integers(1, 9999), st.sampled_from(sorted(STANDARDS)))
def test_ordinals_end_as_adjectives(number: int, language: str) -> None:
    """An ordinal has one word that ends so; whole thousands have none."""
    said = ordinal(number, language, "i")
    assert (said is None) == (number % 1000 == 0)
    assert said is None or said.endswith("i")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "prvi"), (2, "drugi"), (3, "treći"), (7, "sedmi"), (10, "deseti"), (12, "dvanaesti"),
        (20, "dvadeseti"), (23, "dvadeset treći"), (100, "stoti"), (101, "sto prvi"),
        (112, "sto dvanaesti"), (200, "dvjestoti"), (1900, "tisuću devetstoti"),
        (1991, "tisuću devetsto devedeset prvi"), (2014, "dvije tisuće četrnaesti"),
    ],
)  # fmt: skip
def test_ordinals(number: int, said: str) -> None:
    """Only the last word of an ordinal is one."""
    assert ordinal(number, "hr", "i") == said
