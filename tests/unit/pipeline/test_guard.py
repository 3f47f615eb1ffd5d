"""Judging a hypothesis by its evidence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.audio import Sound
from hansard.models.engines import Hypothesis, Piece, Window
from hansard.pipeline.guard import Reason, compression_ratio, find_gaps, find_loop, judge, weigh
from hansard.pipeline.options import GuardOptions
from hansard.transcript import Span, Word

NOWHERE = Sound(Path("nowhere"), 0, 16000 * 60)


def window(start: float = 0, end: float = 10, *speech: tuple[float, float]) -> Window:
    return Window(NOWHERE, start, end, tuple(Span(*s) for s in speech))


def heard(text: str, **facts: float | bool) -> Hypothesis:
    piece = Piece(text=text, start=0, end=10)
    return Hypothesis(pieces=(piece,) if text else (), language="en", **facts)  # type: ignore[arg-type]


def reasons(w: Window, h: Hypothesis) -> set[Reason]:
    return set(judge(w, h, GuardOptions()).reasons)


def test_plain_speech_passes() -> None:
    """An ordinary sentence at an ordinary pace passes every guard."""
    said = heard(" Good morning everyone, let's start the meeting.", avg_logprob=-0.2)
    assert judge(window(0, 5, (0.5, 3.5)), said, GuardOptions()).passed


def test_speech_without_text_is_noticed() -> None:
    """An empty text over heard speech is a reason; over silence it is not."""
    assert reasons(window(0, 5, (1, 4)), heard("")) == {Reason.EMPTY}
    assert reasons(window(0, 5), heard("")) == set()


def test_missing_text_is_noticed() -> None:
    """Two words for ten seconds of speech are too few."""
    assert Reason.TOO_SLOW in reasons(window(0, 12, (1, 11)), heard(" Thank you."))


def test_too_much_text_is_noticed() -> None:
    """More text than can be said in the time is a reason."""
    text = " It took five hours to test the data pipeline and more to publish the release."
    assert Reason.TOO_FAST in reasons(window(0, 2, (0.5, 1.0)), heard(text))


def test_what_an_engine_cannot_say_is_not_judged() -> None:
    """Without scores neither confidence nor silence is judged."""
    said = heard(" Good morning everyone, let's start.", avg_logprob=None, no_speech_prob=None)  # type: ignore[arg-type]
    assert reasons(window(0, 4, (0.5, 3)), said) == set()


@pytest.mark.parametrize(
    ("logprob", "silent", "expected"),
    [
        (-1.4, 0.1, {Reason.UNSURE}),
        (-0.3, 0.9, {Reason.SILENT}),
        (-1.4, 0.9, {Reason.UNSURE, Reason.SILENT}),
        (-0.3, 0.1, set()),
    ],
)
def test_scores_are_judged(logprob: float, silent: float, expected: set[Reason]) -> None:
    """Low probability and high no-speech probability are reasons of their own."""
    said = heard(" Good morning everyone.", avg_logprob=logprob, no_speech_prob=silent)
    assert reasons(window(0, 3, (0.5, 2.5)), said) == expected


def test_a_cut_off_text_is_noticed() -> None:
    """Text that hit the token limit is a reason."""
    said = heard(" and and", finished=False)
    assert Reason.CUT_OFF in reasons(window(0, 2, (0, 2)), said)


@pytest.mark.parametrize(
    "text",
    [
        "thank you " * 5,
        "no " * 7,
        "so we need to go " * 3,
        "I said. I said. I said, I said!",
    ],
)
def test_loops_are_found(text: str) -> None:
    """Words that repeat over and over are a loop, whatever their punctuation."""
    assert find_loop(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "no, no, no, that is very very good",
        "We need two more days. We need two more hours.",
        "one two three four five six seven eight nine ten",
        "",
    ],
)
def test_natural_repetition_is_no_loop(text: str) -> None:
    """What people really repeat is not a loop."""
    assert find_loop(text) is None


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=30), st.integers(3, 6))
def test_three_copies_of_a_long_phrase_are_a_loop(words: list[str], size: int) -> None:
    """Any phrase of three words or more, said three times running, is found wherever it stands."""
    phrase = [f"w{number}" for number in range(size)]
    assert find_loop(" ".join([*words, *phrase * 3, *words])) is not None


def test_compression_ratio_is_openais() -> None:
    """Repetitive text compresses well above the threshold, ordinary text well below."""
    assert compression_ratio("thank you very much " * 12) > 2.4
    assert compression_ratio("Good morning everyone, let's start the meeting.") < 1.2


def test_wide_characters_weigh_more() -> None:
    """A Chinese character counts for more than a letter, and spaces for nothing."""
    assert weigh("ab c") == 3
    assert weigh("会议") == 5


def test_gaps_are_speech_without_words() -> None:
    """A stretch of speech with no word nearby is a gap; short breaths are not."""
    words = (Word(text=" one", start=1, end=1.5), Word(text=" two", start=5.2, end=5.6))
    gaps = find_gaps(window(0, 8, (1, 6)), words, 1.2)
    assert len(gaps) == 1
    assert gaps[0].start == pytest.approx(1.75)
    assert gaps[0].end == pytest.approx(4.95)
