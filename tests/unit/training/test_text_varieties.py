"""Which language a text is in; Bosnian, Croatian and Serbian, ekavian and ijekavian told apart."""

# ruff: noqa: RUF001 - sentences in Cyrillic script
from collections import Counter
from pathlib import Path

import pytest

from hansard.training.texts.varieties import dialect_of, guess_language
from hansard.transcript.scripts import to_cyrillic

DATA = Path(__file__).parents[4] / "shared" / "data" / "text"


def lines(name: str) -> list[str]:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Tko je rekao da će tisuću ljudi putovati vlakom?", "hr"),
        ("Tijekom tjedna sustav nije radio, priopćilo je sveučilište.", "hr"),
        ("Ko je rekao da će hiljadu ljudi putovati vozom prošle nedelje?", "sr"),
        ("Деца су увек волела да једу леба и пију млеко.", "sr"),
        ("Popili smo kahvu i pričali o historiji grada.", "bs"),
        ("To je bilo lahko, ali hljeb je bio mehak.", "bs"),
        ("Where is the station, and when does it open?", "en"),
        ("Guten Morgen, wie geht es Ihnen und der Familie?", "de"),
        ("Danes je lep dan in ne vem, kaj naj še rečem.", "sl"),
        ("Денес е убав ден и не знам што да кажам за тоа.", "mk"),
        ("Сегодня хороший день, и я не знаю, что сказать.", "ru"),
        ("Non so che cosa dire, ma è una bella giornata.", "it"),
    ],
)
def test_a_clear_sentence_is_told(text: str, language: str) -> None:
    """A sentence with words of one standard is told, with its likelihood."""
    guess = guess_language(text)
    assert guess.language == language
    assert guess.probability >= 0.6
    assert guess.candidates[0] == language


@pytest.mark.parametrize("text", ["", "12345", "christmas.wav", "shr", "Hm.", "Ono što volim."])
def test_nothing_is_told_where_nothing_is_to_be_known(text: str) -> None:
    """Without words that tell, no language is told: not by letters that a name happens to hold."""
    assert guess_language(text).language is None


def test_what_three_standards_share_leaves_the_candidates() -> None:
    """A sentence that all three have says which they are, and no more."""
    guess = guess_language("Dobar dan, kako ste danas?")
    assert guess.language is None
    assert set(guess.candidates) == {"hr", "sr", "bs"}


def test_evidence_adds_up() -> None:
    """Two sentences that lean the same way are surer than each of them."""
    one, other = "Ko je to rekao?", "Radio je tokom celog dana."
    both = guess_language(f"{one} {other}")
    assert both.language == "sr"
    assert both.probability > max(
        guess_language(one).probability, guess_language(other).probability
    )


def test_script_does_not_decide() -> None:
    """Croatian words in Cyrillic letters are Croatian still."""
    text = "Tijekom tjedna sustav nije radio, a tisuću ljudi nije imalo zraka."
    assert guess_language(to_cyrillic(text)).language == "hr"


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("Lepo vreme i mleko za decu.", "ekavian"),
        ("Лепо време и млеко за децу.", "ekavian"),
        ("Lijepo vrijeme i mlijeko za djecu.", "ijekavian"),
        ("Lepo vrijeme i mleko za djecu.", "mixed"),
        ("Dobar dan.", None),
        ("Vremena i sela, uvreda i povreda, prevoditi i kolebati.", None),
        ("Lekcija, uvertira, osveta i predlagati.", None),
    ],
)
def test_the_vowel_yat_tells_the_dialect(text: str, dialect: str | None) -> None:
    """Only words whose form depends on the dialect count; those that both have do not."""
    assert dialect_of(text) == dialect


@pytest.mark.parametrize(("name", "language", "least"), [("hr_set.txt", "hr", 0.62),
                                                         ("sr_set.txt", "sr", 0.65)])  # fmt: skip
def test_single_sentences_of_the_held_back_texts(name: str, language: str, least: float) -> None:
    """Of single sentences most are told, and of those that are told 98 in 100 are right."""
    told = Counter(guess_language(line).language for line in lines(name))
    answered = told.total() - told[None]
    assert told[language] / told.total() >= least
    assert told[language] / answered >= 0.98


@pytest.mark.parametrize(("name", "language", "dialect"), [("hr_set.txt", "hr", "ijekavian"),
    ("sr_set.txt", "sr", "ekavian")])  # fmt: skip
def test_texts_of_twenty_sentences_are_right(name: str, language: str, dialect: str) -> None:
    """Of texts of twenty sentences all are right, and nearly all of one dialect."""
    every = lines(name)
    texts = [" ".join(every[place : place + 20]) for place in range(0, len(every) - 19, 20)]
    assert {guess_language(text).language for text in texts} == {language}
    assert sum(dialect_of(text) == dialect for text in texts) / len(texts) >= 0.95


@pytest.mark.parametrize("name", ["en_lj.txt", "en_meetings.txt", "en_demo_domain.txt"])
def test_english_raises_no_false_alarm(name: str) -> None:
    """Of English sentences not one in a thousand is taken for another language."""
    told = Counter(guess_language(line).language for line in lines(name)[:2000])
    assert told["en"] + told[None] >= 0.999 * told.total()
    assert told["en"] >= 0.8 * told.total()


def test_answers_are_as_sure_as_they_are_right() -> None:
    """Of answers that are 0.9 sure or more, at least 95 in 100 are right."""
    right: list[bool] = []
    for name, language in (("hr_set.txt", "hr"), ("sr_set.txt", "sr")):
        guesses = [guess_language(line) for line in lines(name)]
        right += [guess.language == language for guess in guesses if guess.probability >= 0.9]
    assert len(right) > 500
    assert sum(right) / len(right) >= 0.95
