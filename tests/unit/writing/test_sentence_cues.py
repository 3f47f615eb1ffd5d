"""What single sentences do, in the languages that have cue phrases and in those that have none."""

import pytest

from hansard.writing.cues.spotting import (
    asks,
    assigns,
    decides,
    due_in,
    links_in,
    owner_in,
    quotable,
)


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("We decided to go with Postgres.", "en"),
        ("So we've agreed that the office closes in May.", "en"),
        ("Let's go with plan B, okay?", "en"),
        ("The motion was unanimously carried.", "en"),
        ("Agreed, we ship on Monday.", "en"),
        ("Odlučili smo uzeti drugi prijedlog.", "hr"),
        ("Dogovorili smo se oko cijene.", "hr"),
        ("Одлучили смо да почнемо у мају.", "sr"),  # noqa: RUF001 - the letters are meant
        ("Wir haben uns für die zweite Variante entschieden.", "de"),
        ("Der Antrag wurde einstimmig angenommen.", "de"),
    ],
)
def test_a_decision_is_heard(sentence: str, language: str) -> None:
    """A sentence that says what was decided is a decision, also where the language is unknown."""
    assert decides(sentence, language)
    assert decides(sentence, None)


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("We haven't decided anything yet.", "en"),
        ("Should we go with plan B?", "en"),
        ("If we decided that, it would be late.", "en"),
        ("These are cases we've decided not to prosecute.", "en"),
        ("The decision is up to you.", "en"),
        ("Još nismo odlučili.", "hr"),
        ("Wir haben das noch nicht entschieden.", "de"),
        ("We decided to go with Postgres.", "fi"),
    ],
)
def test_what_is_not_decided_is_no_decision(sentence: str, language: str) -> None:
    """Negations, conditions, questions and relative clauses decide nothing."""
    assert not decides(sentence, language)


@pytest.mark.parametrize(
    ("sentence", "language", "owner", "due"),
    [
        ("I'll send the report by Friday.", "en", "S1", "by Friday"),
        ("I\u2019ll send the report.", "en", "S1", None),
        ("Can you check the numbers, Mark?", "en", "Mark", None),
        (
            "Ana will send the minutes by the end of the week.",
            "en",
            "Ana",
            "by the end of the week",
        ),
        ("We need to follow up before next Tuesday.", "en", None, "before next Tuesday"),
        ("The Bruce Oake Centre will provide help, and I will ask again.", "en", "S1", None),
        ("Okay, Ana Marić will ask Tom today.", "en", "Ana Marić", "today"),
        ("Please send me the file tomorrow morning.", "en", None, "tomorrow morning"),
        ("Action item for Tom: review the contract.", "en", "Tom", None),
        ("Poslat ću izvještaj do petka.", "hr", "S1", "do petka"),
        ("Ana, možeš li provjeriti brojke do sutra?", "hr", "Ana", "do sutra"),
        ("Послаћу извештај до петка.", "sr", "S1", "до петка"),
        ("Марко ће припремити презентацију.", "sr", "Марко", None),
        ("Ich schicke dir den Bericht bis Freitag.", "de", "S1", "bis Freitag"),
        ("Kannst du bitte die Zahlen prüfen, Anna?", "de", "Anna", None),
    ],
)
def test_a_task_has_its_owner_and_its_date_as_said(
    sentence: str, language: str, owner: str | None, due: str | None
) -> None:
    """A task is heard; who has it and by when are words of the sentence, or the speaker."""
    assert assigns(sentence, language)
    assert owner_in(sentence, "S1", language) == owner
    assert due_in(sentence, language) == due
    assert due is None or due in sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "I'll tell you a story.",
        "I will be there.",
        "If I send it, fine.",
        "I sent the report last week.",
        "We won't send anything.",
        "She is responsible for the police approach.",
    ],
)
def test_talk_about_doing_is_no_task(sentence: str) -> None:
    """Stories, conditions, the past and refusals give nobody a task."""
    assert not assigns(sentence, "en")


@pytest.mark.parametrize(
    ("sentence", "language", "kind"),
    [
        ("What do you think about the budget?", "en", 2),
        ("Is the budget approved?", "en", 1),
        ("how do we fix that problem", "en", 2),
        ("You know?", "en", 0),
        ("It's blue, right?", "en", 0),
        ("Can I just begin by asking you something?", "en", 0),
        ("When I was young we had no money.", "en", 0),
        ("When I was young we had no money", "en", 0),
        ("Zašto nismo krenuli ranije?", "hr", 2),
        ("Шта мислите о буџету?", "sr", 2),  # noqa: RUF001 - the letters are meant
        ("Jel da?", "hr", 0),
        ("Warum haben wir das nicht früher gemacht?", "de", 2),
        ("Das ist gut, oder?", "de", 0),
        ("それは本当ですか？", "ja", 1),  # noqa: RUF001 - the letters are meant
        ("Onko tämä hyvä ajatus?", "fi", 1),
    ],
)
def test_questions_that_want_an_answer_are_told_from_others(
    sentence: str, language: str, kind: int
) -> None:
    """Open questions come before closed ones, and fillers and tags are none."""
    assert asks(sentence, language) == kind


def test_a_quotation_is_whole_personal_and_short() -> None:
    """What stands alone as somebody's words is worth more than what does not."""
    vivid = quotable("I believe the best things in life are never planned.", "en")
    assert vivid > quotable("I went to the shop with my brother that morning.", "en") > 0
    assert quotable("the best things in life are never planned by anybody here", "en") == 0
    assert quotable("Do you believe that the best things are planned?", "en") == 0
    assert quotable("I agree.", "en") == 0


@pytest.mark.parametrize(
    ("sentence", "links"),
    [
        ("See https://example.com/a?b=1).", ("https://example.com/a?b=1",)),
        ("Go to www.foo.org. Or not.", ("www.foo.org",)),
        (
            "Visit example dot com slash shop, it is good.",
            ("example dot com slash shop",),
        ),
        ("Write to ana@example.com today.", ()),
        ("It costs 3.50 or so, e.g. here.", ()),
    ],
)
def test_links_are_found_as_they_stand(sentence: str, links: tuple[str, ...]) -> None:
    """Written and spoken addresses are given word for word, without the marks behind them."""
    assert links_in(sentence, "en") == links


def test_an_endless_sentence_is_read_in_bounded_time() -> None:
    """Only the beginning of speech without marks is looked at, so nothing takes long."""
    endless = "we need to and then so " * 20_000
    assert not decides(endless, None)
    assert asks(endless + "?", None) == 0
