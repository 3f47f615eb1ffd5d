# ruff: noqa: RUF001 - letters and marks of many scripts are meant
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.writing.language.ranking import choose, rank, split_sentences
from hansard.writing.language.words import count_words

MEETING = [
    "Okay, so, um, hello everybody.",
    "Today we talk about the budget of the new remote control and its battery.",
    "Yeah.",
    "The battery of the remote control is too expensive for the budget that we have.",
    "Did you see the game last night?",
    "The battery of the remote control is too expensive for the budget we have.",
    "Mm-hmm.",
    "I suggest that we take a cheaper battery, so the remote control stays in the budget.",
    "Uh, my cat was sick on Tuesday, so I slept badly.",
    "We decided to use solar cells and voice recognition in the second version.",
]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("  \n ", []),
        ("No mark", ["No mark"]),
        ("We went. They came!  Really?", ["We went.", "They came!", "Really?"]),
        ("Dr. J. Smith paid 3.5 million. Good.", ["Dr. J. Smith paid 3.5 million.", "Good."]),
        ("He left, e.g. yesterday. Then", ["He left, e.g. yesterday.", "Then"]),
        ('He said "Yes." Then he left.', ['He said "Yes."', "Then he left."]),
        ("Well... we will see. 5 came.", ["Well... we will see.", "5 came."]),
        ("今天天气很好。我们去吧！好", ["今天天气很好。", "我们去吧！", "好"]),
        ("क्या हुआ? ठीक है। चलो।", ["क्या हुआ?", "ठीक है।", "चलो।"]),
        ("Visit example.com today. Thanks.", ["Visit example.com today.", "Thanks."]),
    ],
)
def test_lines_are_split_into_sentences(text: str, sentences: list[str]) -> None:
    """Marks end sentences; abbreviations, initials, numbers and addresses do not."""
    assert split_sentences(text) == sentences


def test_speech_without_marks_is_cut_for_quoting() -> None:
    """More than 80 words without an end are cut, at a comma where there is one."""
    pieces = split_sentences("word " * 60 + "and, " + "more " * 130)
    assert [len(piece.split()) for piece in pieces] == [61, 80, 50]
    assert pieces[0].endswith("and,")


@given(st.text(alphabet=st.sampled_from("aB .!?,。好'\"\n3"), max_size=400))
def test_splitting_keeps_every_character(text: str) -> None:
    """Whatever is split, only white space goes."""
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


def test_what_the_meeting_is_about_ranks_first() -> None:
    """Full statements about the frequent words come before fillers, questions and asides."""
    scores = rank(MEETING, "en")
    assert scores.shape == (10,)
    assert scores.max() == 1.0
    assert set(np.argsort(-scores)[:4]) == {1, 3, 5, 7}
    assert max(scores[[0, 2, 6]]) < min(scores[[4, 8, 9]])


def test_ranking_is_repeatable_and_needs_no_language() -> None:
    """The same texts give the same scores; a language that is not given is guessed."""
    assert np.array_equal(rank(MEETING, "en"), rank(MEETING, "en"))
    assert np.array_equal(rank(MEETING, "en"), rank(MEETING, None))


@pytest.mark.parametrize(
    "texts",
    [[], [""], ["", "  ", "..."], ["Okay."], ["Budget"], ["One thing", "another thing"], ["預算"]],
)
def test_small_and_empty_transcripts_rank(texts: list[str]) -> None:
    """No, one or two texts work; what has no word scores 0, and what has any scores more."""
    scores = rank(texts, None)
    assert scores.shape == (len(texts),)
    assert [score > 0 for score in scores] == [any(map(str.isalnum, text)) for text in texts]


def test_equal_texts_are_quoted_once() -> None:
    """Where everything is the same, the first is chosen and nothing more."""
    texts = ["The budget of the project is far too small."] * 50
    scores = rank(texts, "en")
    assert len(set(scores[5:])) == 1
    assert choose(texts, scores, 500) == [0]


def test_a_choice_holds_no_repetitions_and_is_in_order() -> None:
    """Two sentences with the same words are not quoted together."""
    chosen = choose(MEETING, rank(MEETING, "en"), 60)
    assert chosen == sorted(chosen)
    assert len({3, 5} & set(chosen)) == 1
    assert {7, 9} <= set(chosen)
    assert not {2, 6} & set(chosen)


def test_scores_of_others_decide() -> None:
    """Whatever the scores say is chosen first; score 0 is never chosen."""
    scores = [0.0] * len(MEETING)
    scores[8] = 1.0
    assert choose(MEETING, scores, 1000, language="en") == [8]


def test_small_words_are_quoted_only_where_there_is_nothing_else() -> None:
    """A transcript of one small word is quoted; a budget that fits nothing gives nothing."""
    assert choose(["Okay.", "Yes yes."], rank(["Okay.", "Yes yes."], "en"), 50) == [0]
    assert choose(MEETING, rank(MEETING, "en"), 0) == []
    assert choose([], [], 100) == []


def test_other_scripts_are_ranked_and_chosen() -> None:
    """Chinese sentences without spaces compete for a budget like any others."""
    texts = split_sentences("我们今天讨论预算。预算太少，项目需要更多预算。好的。昨天下雨了。")
    scores = rank(texts, "zh")
    assert int(np.argmax(scores)) in {0, 1}
    assert choose(texts, scores, 12, language="zh")


@given(
    st.lists(st.text(alphabet=st.sampled_from("abc de. 好?"), max_size=30), max_size=20),
    st.integers(0, 40),
)
def test_the_budget_is_kept(texts: list[str], budget: int) -> None:
    """Whatever the texts, the choice is in order, within the budget, and of texts with words."""
    chosen = choose(texts, rank(texts, None), budget)
    assert chosen == sorted(set(chosen))
    assert sum(count_words(texts[number]) for number in chosen) <= budget
    assert all(any(map(str.isalnum, texts[number])) for number in chosen)


def test_very_long_transcripts_need_no_square_of_memory() -> None:
    """50,000 texts are ranked; a matrix of all pairs would take 20 GB."""
    texts = [f"{'budget' if n % 7 else 'battery'} item{n % 997} report" for n in range(50_000)]
    scores = rank(texts, "en")
    assert len(scores) == 50_000
    assert 0 < sum(count_words(texts[n]) for n in choose(texts, scores, 30, language="en")) <= 30
