import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.writing.language.topics import find_topics
from hansard.writing.lines import Line

SUBJECTS = (
    "budget money euro price cost bank invoice profit salary tax",
    "garden flower tree soil rain seed bee fruit harvest spade",
    "engine wheel brake road truck oil tyre speed driver motor",
)


def talk(subjects: Sequence[str], lines: int, seconds: float | None = 6.0) -> list[Line]:
    """`lines` lines about each subject in turn, 15 words each."""
    chance = random.Random(1)
    said = []
    for subject in subjects:
        for _ in range(lines):
            number = len(said)
            said.append(
                Line(
                    segment=number,
                    text="and so we " + " ".join(chance.choices(subject.split(), k=12)),
                    start=None if seconds is None else number * seconds,
                    end=None if seconds is None else (number + 1) * seconds,
                )
            )
    return said


@pytest.mark.parametrize("seconds", [6.0, None])
def test_cuts_are_where_the_subject_changes(seconds: float | None) -> None:
    """Three subjects are three topics, within a block of the truth, with and without times."""
    said = talk(SUBJECTS, 50, seconds)
    topics = find_topics(said, "en")
    assert len(topics) == 3
    assert [abs(topic[0].segment - 50 * n) <= 5 for n, topic in enumerate(topics)] == [True] * 3


def test_talk_about_one_thing_is_one_topic() -> None:
    """Nothing is cut where nothing changes, up to 15 minutes."""
    assert len(find_topics(talk(SUBJECTS[:1], 140), "en")) == 1


def test_a_short_recording_is_one_topic() -> None:
    """Below four minutes there is one part, whatever is said."""
    said = talk(SUBJECTS, 10)
    assert find_topics(said, "en") == [tuple(said)]


def test_no_lines_no_topics() -> None:
    """An empty transcript has no topics, and one line is one."""
    line = Line(segment=7, text="Hello")
    assert find_topics([], None) == []
    assert find_topics([line], None) == [(line,)]


def test_chapters_have_a_length_that_people_use() -> None:
    """Hours about one thing are still cut every 15 minutes, and no part is under two."""
    topics = find_topics(talk(SUBJECTS[:1], 1800), "en")
    spans = [float(topic[-1].end or 0) - float(topic[0].start or 0) for topic in topics]
    assert max(spans) <= 900
    assert min(spans) >= 120


def test_there_are_never_too_many() -> None:
    """Ten hours that change the subject every three minutes are at most 30 topics."""
    assert 2 <= len(find_topics(talk(SUBJECTS * 70, 30), "en")) <= 30


def test_one_line_of_an_hour_is_not_cut() -> None:
    """Lines stay whole, and a very long one hurts nothing beside it."""
    said = [
        Line(segment=0, text="budget " * 30, start=0.0, end=10.0),
        Line(segment=1, text="garden " * 9000, start=10.0, end=3600.0),
        Line(segment=2, text="engine " * 30, start=3600.0, end=3610.0),
    ]
    assert [line for topic in find_topics(said, "en") for line in topic] == said


@given(
    st.lists(
        st.tuples(st.text(max_size=30), st.one_of(st.none(), st.floats(0, 20_000))), max_size=40
    )
)
def test_topics_are_all_lines_in_order(said: list[tuple[str, float | None]]) -> None:
    """Whatever the lines and their times, parts are consecutive, whole and not empty."""
    lines = [
        Line(segment=number, text=text, start=moment, end=moment)
        for number, (text, moment) in enumerate(said)
    ]
    topics = find_topics(lines, None)
    assert [line for topic in topics for line in topic] == lines
    assert all(topics)
