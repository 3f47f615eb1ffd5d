"""Clips out of long recordings."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hansard.training.sources.cutting import LONGEST_GAP, cut, is_timed, stretches
from hansard.transcript import Segment, Word


def said(number: int, start: float, end: float, text: str = "") -> Segment:
    return Segment(id=number, text=text or f"recenica {number}", start=start, end=end)


def test_clips_end_where_segments_end() -> None:
    """Segments are gathered up to the longest clip, none of them parted."""
    segments = [said(n, n * 8.0, n * 8.0 + 7.5) for n in range(8)]
    cuts = cut(segments, 64.0, 30.0)
    assert [[s.id for s in clip.segments] for clip in cuts.clips] == [[0, 1, 2], [3, 4, 5], [6, 7]]
    assert all(clip.span.duration <= 30 for clip in cuts.clips)
    assert cuts.left_out == []


def test_padding_never_reaches_a_neighbour() -> None:
    """A clip has a little silence around it, and nothing of the next."""
    cuts = cut([said(0, 1.0, 20.0), said(1, 20.1, 40.0)], 41.0, 30.0)
    first, second = (clip.span for clip in cuts.clips)
    assert first.start < 1.0
    assert first.end <= 20.1
    assert second.start >= 20.0
    assert second.end > 40.0


def test_a_long_pause_parts_clips() -> None:
    """What nobody wrote down is in no clip."""
    cuts = cut([said(0, 0, 2), said(1, 2 + LONGEST_GAP + 1, 9)], 10.0, 30.0)
    assert len(cuts.clips) == 2


def test_overlapping_talk_stays_together() -> None:
    """Two who talk at once are not cut apart; where that is too long, it is told."""
    together = cut([said(0, 0, 10), said(1, 5, 20), said(2, 20, 25)], 30.0, 21.0)
    assert [[s.id for s in clip.segments] for clip in together.clips] == [[0, 1], [2]]
    apart = cut([said(0, 0, 20), said(1, 10, 40)], 41.0, 30.0)
    assert apart.clips == []
    assert "longer than 30 s" in apart.left_out[0]


def test_a_long_segment_is_cut_between_its_words() -> None:
    """Words with times make shorter parts, and none is lost."""
    words = tuple(Word(text=f" rijec{n}", start=n * 1.0, end=n * 1.0 + 0.8) for n in range(50))
    text = "".join(word.text for word in words)
    cuts = cut([Segment(id=0, text=text, start=0, end=50, words=words)], 50.0, 20.0)
    assert len(cuts.clips) >= 3
    assert all(clip.span.duration <= 20 for clip in cuts.clips)
    heard = " ".join(s.text.strip() for clip in cuts.clips for s in clip.segments)
    assert heard == text.strip()


def test_times_behind_the_end_are_told() -> None:
    """A transcript of another recording is not cut out of this one."""
    cuts = cut([said(0, 0, 5), said(1, 50, 55)], 10.0, 30.0)
    assert [clip.segments[0].id for clip in cuts.clips] == [0]
    assert "beyond the end" in cuts.left_out[0]


def test_a_text_without_times_is_not_timed() -> None:
    """Plain text has times of zero, and blank segments do not matter."""
    assert not is_timed([said(0, 0, 0)])
    assert not is_timed([])
    assert is_timed([said(0, 0, 1), Segment(id=1, text=" ", start=0, end=0)])


def test_stretches_count_from_the_clip() -> None:
    """A manifest's times begin with the clip, and words without a time are left out."""
    words = (
        Word(text=" da", start=11.0, end=11.5, confidence=0.5),
        Word(text=" ne", start=0.0, end=0.0, method="none"),
    )
    (made,) = stretches([Segment(id=0, text=" da ne", start=11, end=12, words=words)], 10.0)
    assert (made.text, made.start, made.end) == ("da ne", 1.0, 2.0)
    assert [(word.word, word.start, word.score) for word in made.words] == [("da", 1.0, 0.5)]


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(0.1, 40)), max_size=30))
def test_clips_are_in_order_short_and_apart(times: list[tuple[float, float]]) -> None:
    """Whatever the times, clips follow each other within the recording and hold each segment."""
    segments = [said(n, start, start + length) for n, (start, length) in enumerate(times)]
    cuts = cut(segments, 350.0, 30.0)
    held = [s.id for clip in cuts.clips for s in clip.segments]
    assert len(held) == len(set(held))
    assert len(held) == len(segments) or cuts.left_out
    for clip in cuts.clips:
        assert 0 <= clip.span.start < clip.span.end <= 350.0
        assert clip.span.duration <= 30 + 1e-6
    for before, after in pairwise(cuts.clips):
        assert before.segments[-1].start <= after.segments[0].start
