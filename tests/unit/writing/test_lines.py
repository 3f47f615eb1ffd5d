"""A transcript as numbered lines, and as parts of them."""

from hypothesis import given
from hypothesis import strategies as st

from hansard.transcript import Segment, Transcript
from hansard.writing.lines import Line, lines_of, split_lines, turns_of


def line(number: int, speaker: str | None = None, text: str = "word") -> Line:
    return Line(segment=number, text=text, speaker=speaker)


def test_segments_without_text_are_no_lines_and_ids_stay() -> None:
    """Citations name the ids of the transcript's own segments."""
    segments = (
        Segment(id=4, text=" One\n two ", start=1.0, end=2.0, speaker="Ana"),
        Segment(id=5, text="  ", start=2.0, end=3.0),
        Segment(id=9, text="Three.", start=3.0, end=4.0),
    )
    found = lines_of(Transcript(segments=segments, duration=5.0))
    assert [(one.segment, one.text, one.start) for one in found] == [
        (4, "One two", 1.0),
        (9, "Three.", 3.0),
    ]


def test_a_text_has_no_times_and_twice_used_ids_are_counted_anew() -> None:
    """What nobody knows is None, and each citation means one segment."""
    twice = tuple(Segment(id=0, text=text, start=0.0, end=0.0) for text in ("One.", "Two."))
    found = lines_of(Transcript(segments=twice))
    assert [(one.segment, one.start) for one in found] == [(0, None), (1, None)]


@given(
    st.lists(st.tuples(st.sampled_from([None, "A", "B"]), st.integers(1, 30)), max_size=40),
    st.integers(1, 60),
)
def test_parts_hold_every_line_once_and_keep_to_their_budget(
    made: list[tuple[str | None, int]], budget: int
) -> None:
    """Nothing is dropped or doubled; only a line that is too long by itself exceeds the budget."""
    lines = [line(n, who, "x" * size) for n, (who, size) in enumerate(made)]
    parts = split_lines(lines, budget, lambda one: len(one.text))
    assert [one for part in parts for one in part] == lines
    for part in parts:
        assert len(part) == 1 or sum(len(one.text) for one in part) <= budget


def test_parts_are_cut_between_speakers_where_that_is_possible() -> None:
    """A turn that fits into a part is not torn."""
    lines = [line(0, "A"), line(1, "B"), line(2, "B"), line(3, "A")]
    assert [len(turn) for turn in turns_of(lines)] == [1, 2, 1]
    parts = split_lines(lines, 8, lambda one: len(one.text))
    assert [[one.segment for one in part] for part in parts] == [[0], [1, 2], [3]]
