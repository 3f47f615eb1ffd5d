"""The shortest way from a reference to a hypothesis."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.transcript.diff import Edit, align_words, edit_script

words = st.lists(st.sampled_from("abcd"), max_size=40)


def distance(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """How many edits our alignment needs."""
    script = edit_script(reference, hypothesis)
    return len(script) - script.count("=")


def textbook(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Levenshtein's distance by Wagner and Fischer's table, cell by cell."""
    above = list(range(len(reference) + 1))
    for row, heard in enumerate(hypothesis, 1):
        line = [row]
        for column, said in enumerate(reference, 1):
            kept = above[column - 1] + (said != heard)
            line.append(min(above[column] + 1, line[-1] + 1, kept))
        above = line
    return above[-1]


def replay(edits: Sequence[Edit], reference: Sequence[str], hypothesis: Sequence[str]) -> list[str]:
    """What the edits make of the reference, checked step by step."""
    made: list[str] = []
    at = 0
    for edit in edits:
        if edit.reference is not None:
            assert edit.reference == at
            at += 1
        if edit.kind == "equal":
            assert edit.reference is not None
            made.append(reference[edit.reference])
        elif edit.hypothesis is not None:
            assert edit.kind in {"substitute", "insert"}
            made.append(hypothesis[edit.hypothesis])
        assert (edit.kind == "delete") == (edit.hypothesis is None)
        assert (edit.kind == "insert") == (edit.reference is None)
    assert at == len(reference)
    return made


@given(reference=words, hypothesis=words)
def test_the_distance_is_levenshteins(reference: list[str], hypothesis: list[str]) -> None:
    """The edits are as few as the textbook's table says."""
    assert distance(reference, hypothesis) == textbook(reference, hypothesis)


@given(reference=words, hypothesis=words)
def test_the_edits_turn_one_into_the_other(reference: list[str], hypothesis: list[str]) -> None:
    """Replaying the edits over the reference yields the hypothesis."""
    edits = align_words(reference, hypothesis)
    assert replay(edits, reference, hypothesis) == hypothesis
    for edit in edits:
        if edit.reference is not None and edit.hypothesis is not None:
            same = reference[edit.reference] == hypothesis[edit.hypothesis]
            assert same == (edit.kind == "equal")


@given(left=words, right=words)
def test_the_distance_is_symmetric(left: list[str], right: list[str]) -> None:
    """It is as far from here to there as from there to here."""
    assert distance(left, right) == distance(right, left)


@given(left=words, middle=words, right=words)
def test_the_distance_keeps_the_triangle(
    left: list[str], middle: list[str], right: list[str]
) -> None:
    """A way through a third text is never shorter."""
    assert distance(left, right) <= distance(left, middle) + distance(middle, right)


@given(text=words)
def test_a_text_is_at_no_distance_from_itself(text: list[str]) -> None:
    """Every word of an identical text is kept."""
    assert edit_script(text, text) == "=" * len(text)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "script"),
    [
        ("", "", ""),
        ("ab", "", "DD"),
        ("", "ab", "II"),
        ("abc", "axc", "=X="),
        ("abcd", "ad", "=DD="),
        ("ad", "abcd", "=II="),
        ("ab", "bc", "D=I"),
        ("kitten", "sitting", "X===X=I"),
    ],
)
def test_small_cases(reference: str, hypothesis: str, script: str) -> None:
    """Known pairs get their known edits, words being kept before they are replaced."""
    assert edit_script(reference, hypothesis) == script


@given(reference=words, hypothesis=words, table=st.integers(min_value=0, max_value=200))
def test_splitting_keeps_the_distance(
    reference: list[str], hypothesis: list[str], table: int
) -> None:
    """However small the table that may be held, the edits are as few and fit both texts."""
    script = edit_script(reference, hypothesis, table=table)
    assert len(script) - script.count("=") == textbook(reference, hypothesis)
    assert len(script) - script.count("I") == len(reference)
    assert len(script) - script.count("D") == len(hypothesis)


def test_a_book_is_aligned() -> None:
    """Twelve thousand words are split by default, and still aligned at the least cost."""
    draw = random.Random(1)
    reference = [draw.choice("abcdefgh") for _ in range(12_000)]
    hypothesis = [word for word in reference if draw.random() > 0.1]
    for _ in range(600):
        hypothesis.insert(draw.randrange(len(hypothesis)), "x")
    script = edit_script(reference, hypothesis)
    whole = edit_script(reference, hypothesis, table=12_000**2)
    assert script.count("I") + script.count("X") >= 600
    assert len(script) - script.count("=") == len(whole) - whole.count("=")
    assert replay(align_words(reference, hypothesis), reference, hypothesis) == hypothesis
