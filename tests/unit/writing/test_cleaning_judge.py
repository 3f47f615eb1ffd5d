# ruff: noqa: RUF001 - letters and marks of many scripts are meant
"""Which rewrites may take the place of what was recognised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.writing.cleaning.judge import Bounds, judge

BOUNDS = Bounds(limit=0.15, canary="kv0123456789", language="en")

ACCEPTED = [
    ("en", "hello there how are you", "Hello there! How are you?"),
    ("en", "yes", "Yes."),
    ("en", "no", "No!"),
    ("en", "we dont want to go", "We don't want to go."),
    ("en", "its a well known fact", "It's a well-known fact."),
    ("en", "we can not go there", "We cannot go there."),
    ("en", "some one called me today", "Someone called me today."),
    ("en", "um so i think we we should go", "So, I think we should go."),
    ("en", "i recieve the report every monday", "I receive the report every Monday."),
    ("en", "twenty five people came", "Twenty-five people came."),
    ("en", "twenty five people came", "25 people came."),
    ("en", "one hundred twenty five people came", "125 people came."),
    ("en", "fifty percent of all people", "50 % of all people."),
    ("en", "the year nineteen ninety nine", "The year 1999."),
    ("en", "i paid 1000 dollars", "I paid 1,000 dollars."),
    ("de", "es kamen fünf und zwanzig leute", "Es kamen 25 Leute."),
    ("de", "das ist nicht gut", "Das ist nicht gut."),
    ("de", "die strasse ist lang", "Die Straße ist lang."),
    ("hr", "to nije dobro za nas", "To nije dobro za nas."),
    ("hr", "ne ću doći sutra", "Neću doći sutra."),
    ("zh", "今天我们不去学校因为下雨", "今天我们不去学校，因为下雨。"),
    ("th", "สวัสดีครับวันนี้เราไม่ไป", "สวัสดีครับ วันนี้เราไม่ไป"),
    ("hi", "मैं नहीं जाता", "मैं नहीं जाता।"),
    ("tr", "istanbul ve ısparta", "İstanbul ve Isparta."),
    ("ar", "كيف حالك", "كيف حالك؟"),
    (None, "habari ya asubuhi rafiki yangu", "Habari ya asubuhi, rafiki yangu."),
]  # fmt: skip

REJECTED = [
    ("en", "we dont want to go to the market", "We want to go to the market.", "negation"),
    ("en", "we want to go to the market", "We don't want to go to the market.", "negation"),
    ("en", "now here we are", "Nowhere we are.", "negation"),
    ("en", "he is not able to", "He is notable to.", "negation"),
    ("en", "i have never been there in my long life", "I have ever been there in my long life.",
     "negation"),
    ("de", "das ist nicht gut", "Das ist gut.", "negation"),
    ("de", "er hat keine zeit", "Er hat eine Zeit.", "negation"),
    ("hr", "to nije dobro za nas", "To je dobro za nas.", "negation"),
    ("hr", "ne znam", "Znam.", "negation"),
    ("zh", "今天我们不去学校因为下雨", "今天我们去学校，因为下雨。", "negation"),
    ("ja", "私は行かないと思います", "私は行くと思います。", "negation"),
    ("hi", "मैं नहीं जाता", "मैं जाता।", "negation"),
    (None, "das ist nicht gut", "Das ist gut.", "negation"),
    ("en", "25 people came to the meeting", "26 people came to the meeting.", "number"),
    ("en", "twenty five people came", "Twenty-six people came.", "number"),
    ("en", "twenty five people came", "26 people came.", "number"),
    ("en", "it is 3 5 now", "It is 3.5 now.", "number"),
    ("en", "it is 25 now", "It is 2 5 now.", "number"),
    ("en", "call 555 1234 for a booking of the hall", "Call 555 for a booking of the hall.",
     "number"),
    ("sw", "watu mbili walikuja", "Watu 2 walikuja.", "number"),
    ("zh", "我有二十五本书", "我有二十六本书。", "number"),
    ("en", "the meeting is on tuesday", "The meeting is on Thursday.", "changed"),
    ("en", "we met petar today", "We met Peter today.", "changed"),
    ("en", "we saw the house on the hill today", "We saw the horse on the hill today.", "changed"),
    ("en", "recieve it", "Receive it.", "changed"),
    ("en", "petar went home", "Home went Petar.", "changed"),
    ("en", "increase the price of the product", "Decrease the price of the product.", "changed"),
    ("en", "hello there how are you", "Bonjour, comment allez-vous?", "changed"),
    ("en", "hello there", "Hello there and welcome to the show, my friends.", "longer"),
    ("en", "hello there how are you doing on this fine day", "Hello.", "shorter"),
    ("en", "hello there how are you", "", "empty"),
    ("en", "hello there how are you", "...", "shorter"),
    ("en", "so", "—", "left out|changed"),
    ("en", "hello there how are you", "Hello there,\nhow are you?", "line"),
    ("en", "hello there how are you", "Hello there,\u2028how are you?", "line"),
    ("en", "hello there how are you", "Hello \u202ethere, how are you?", "control"),
    ("en", "hello there how are you", "Hello \ud800there, how are you?", "control"),
    ("en", "hello there how are you", "<b>Hello there, how are you?", "markup"),
    ("en", "hello there how are you", "**Hello** there, how are you?", "markup"),
    ("en", "hello there how are you", "Hello there &amp; how are you?", "markup"),
    ("en", "hello there how are you", "Hello there, how are you? 🙂", "markup"),
    ("en", "hello there how are you", "Хелло there, how are you?", "script"),
    ("sr", "dobar dan svima", "Добар дан свима.", "script"),
    ("en", "hello there how are you", "Hello there, kv0123456789", "told"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "before", "after"), ACCEPTED)
def test_the_same_words_pass(language: str | None, before: str, after: str) -> None:
    """Marks, capitals, spaces, a slip of spelling and another way to write a number may change."""
    bounds = Bounds(limit=0.15, canary=BOUNDS.canary, language=language)
    assert judge(before, after, bounds) is None


@pytest.mark.parametrize(("language", "before", "after", "reason"), REJECTED)
def test_other_words_do_not(language: str | None, before: str, after: str, reason: str) -> None:
    """What changes the meaning, the shape or the language is rejected, and the reason says why."""
    bounds = Bounds(limit=0.15, canary=BOUNDS.canary, language=language)
    fault = judge(before, after, bounds)
    assert fault is not None
    assert any(word in fault for word in reason.split("|"))


def test_a_model_that_talks_about_itself() -> None:
    """A preface is rejected even where it is short beside the text, unless somebody said it."""
    said = "the committee decided that the budget for the new school building will grow " * 3
    preface = "here is the cleaned text "
    assert judge(said, f"Here is the cleaned text: {said}", BOUNDS) == "it talks about itself"
    assert judge(preface + said, f"Here is the cleaned text: {said}", BOUNDS) is None


def test_words_in_a_row() -> None:
    """Three words added or left out in one place are too many, however long the text is."""
    said = "the committee decided that the budget for the new school building will grow " * 5
    assert judge(said, f"{said} as was expected", BOUNDS) == "words were added"
    assert judge(f"{said} as was expected", said, BOUNDS) == "words were left out"
    assert judge(f"{said} as expected", said, BOUNDS) is None


def test_the_limit_is_the_callers() -> None:
    """A limit of 0 lets marks and capitals through and no word; a limit of 1 most words."""
    before, after = "we met peter in the small hall", "We met Peter in the large hall."
    strict, loose = (Bounds(limit=limit, canary="kv", language="en") for limit in (0.0, 1.0))
    assert judge(before, before.capitalize() + ".", strict) is None
    assert judge(before, after, strict) is not None
    assert judge(before, after, loose) is None


def test_a_slip_counts_half() -> None:
    """Two words of other spelling pass where two other words would not."""
    said = "we discussed the goverment budget and the enviroment report with the new committee"
    mended = said.replace("goverment", "government").replace("enviroment", "environment")
    other = said.replace("goverment", "household").replace("enviroment", "holiday")
    assert judge(said, mended, BOUNDS) is None
    assert judge(said, other, BOUNDS) is not None


def test_a_reason_tells_no_text() -> None:
    """A reason holds nothing of what was said."""
    fault = judge("the secret is zanzibar", "The secret is Mombasa.", BOUNDS) or ""
    assert fault
    assert "zanzibar" not in fault.lower()
    assert "mombasa" not in fault.lower()


@given(
    st.lists(st.sampled_from("we the not no never 25 twenty five house don't Ana 3.5 %".split()),
             min_size=1),
    st.sampled_from([*"en de hr fr zh".split(), None]),
    st.data(),
)  # fmt: skip
def test_punctuation_alone_always_passes(
    words: list[str], language: str | None, data: st.DataObject
) -> None:
    """Whatever the words and the language, marks behind words and capitals change nothing."""
    marks = data.draw(st.lists(st.sampled_from(["", ",", ".", "?", "!", ";"]),
                               min_size=len(words), max_size=len(words)))  # fmt: skip
    after = " ".join(word.capitalize() + mark for word, mark in zip(words, marks, strict=True))
    bounds = Bounds(limit=0.0, canary="kv0", language=language)
    fault = judge(" ".join(words), after, bounds)
    assert fault in {None, "it is far longer"}


@given(st.text(), st.text())
def test_any_text_is_judged(before: str, after: str) -> None:
    """No text makes the judge fail, and a text may always stay as it is."""
    fault = judge(before, after, BOUNDS)
    assert fault is None or len(fault) < 80
    assert judge(before, before, BOUNDS) == (None if before.strip() else "the answer is empty")
