"""Clips whose words were timed: judged, compared with known times, reported, kept."""

from pathlib import Path

import pytest

from hansard.pipeline.misfits import Passage
from hansard.training.manifest import Entry, Stretch, TimedWord
from hansard.training.sounds.aligned import kept, lines_of, part_of, revive
from hansard.training.sounds.alignment import (
    Timed,
    Verdict,
    compare,
    describe,
    judge,
    report,
    stretches,
)
from hansard.training.sounds.cutting import Piece
from hansard.transcript import Segment, Span, Word
from hansard.transcript.placing import UNPLACED

NOWHERE = float("nan")


def word(text: str, start: float | None, sure: float | None = 0.8) -> Word:
    if start is None:
        return Word(text=f" {text}", start=NOWHERE, end=NOWHERE, method=UNPLACED, confidence=0.0)
    return Word(text=f" {text}", start=start, end=start + 0.4, method="ctc", confidence=sure)


def timed(*lines: list[Word], unwritten: tuple[Passage, ...] = ()) -> Timed:
    made = [
        Segment(id=n, text="".join(w.text for w in line).strip(), start=0, end=0, words=tuple(line))
        for n, line in enumerate(lines)
    ]
    return Timed(lines=tuple(made), duration=9.0, unwritten=unwritten)


def entry(transcript: str = "a b c d.", segments: tuple[Stretch, ...] = ()) -> Entry:
    return Entry(id="x", audio=Path("/x.wav"), transcript=transcript, segments=segments)


HALF = timed([word("a", 0.5), word("b", None)], [word("c", None), word("d.", 2.0, 0.4)])


def test_a_clip_fails_with_too_few_words_placed() -> None:
    """The reason has the figures; what was placed is told all the same."""
    failed, passed = judge(entry(), HALF, 0.8), judge(entry(), HALF, 0.5)
    assert failed.reason is not None
    assert "2 of 4 words" in failed.reason
    assert passed.reason is None
    assert passed.confidence == pytest.approx(0.6)
    nothing = judge(entry("a"), timed([word("a", None)]), 0.0)
    assert nothing.reason is not None


def test_words_without_a_time_are_never_given_one() -> None:
    """They are in the text and in the list of what is missing, and nowhere with a time."""
    base = describe(entry(), HALF, 0.25)
    assert base["text"] == "a b c d."
    assert base["unplaced"] == ["b", "c"]
    assert base["offset"] == 0.25
    assert [[w["word"] for w in one["words"]] for one in base["segments"]] == [["a"], ["d."]]
    assert base["segments"][1]["confidence"] == 0.4
    assert base["segments"][0]["words"][0] == {
        "word": "a",
        "start": 0.5,
        "end": 0.9,
        "method": "ctc",
        "confidence": 0.8,
    }
    lines = stretches(HALF.lines)
    assert [(one.text, len(one.words), one.start) for one in lines] == [
        ("a b", 1, 0.5),
        ("c d.", 1, 2.0),
    ]


def test_times_are_compared_with_those_that_were_known() -> None:
    """Only words that both have; a manifest without word times has nothing to compare."""
    known = tuple(TimedWord(word=w, start=s, end=s + 0.1) for w, s in (("A", 0.4), ("d", 2.3)))
    offsets = compare((Stretch(text="a b c d", start=0, end=3, words=known),), HALF.placed)
    assert offsets == pytest.approx((0.1,)) or offsets == pytest.approx((0.1, 0.3))
    assert compare((Stretch(text="a", start=0, end=3),), HALF.placed) == ()


def test_the_report_has_shares_and_reasons() -> None:
    """Shares, confidences, offsets, and who is poor or failed."""
    good = Verdict(id="good", words=4, placed=4, confidence=0.9, methods=("ctc",), offsets=(0.1,))
    poor = Verdict(id="poor", words=4, placed=4, confidence=0.3, offsets=(0.1, 0.5))
    bad = Verdict(id="bad", words=4, placed=1, reason="1 of 4")
    made = report([good, poor, bad])
    assert (made["clips"], made["aligned"], made["failed"]) == (3, 2, 1)
    assert made["share_aligned"] == 0.6667
    assert made["mean_confidence"] == 0.6
    assert made["methods"] == {"ctc": 1}
    assert made["reference"]["share_of_clips_within_200ms"] == 0.5
    assert made["reference"]["mean_offset"] == pytest.approx(0.2333)
    assert [one["id"] for one in made["poor"]] == ["poor"]
    assert made["failures"][0]["reason"] == "1 of 4"
    assert report([])["reference"] is None


def test_what_a_journal_keeps_comes_back() -> None:
    """Times, words without any, and speech that is not in the text."""
    passage = Passage(start=1.0, end=2.0, words=3, text="oh no no")
    there = timed([word("a", 0.5), word("b", None)], unwritten=(passage,))
    again = revive(kept(there))
    assert again is not None
    assert kept(again) == kept(there)
    assert again.unwritten == (passage,)
    assert again.share == 0.5
    assert revive({"failed": "no"}) is None


def test_lines_are_sentences_or_what_the_manifest_has() -> None:
    """Segments that are the whole transcript stay; other text is cut at the ends of sentences."""
    parts = (Stretch(text="a b", start=0, end=1), Stretch(text="c d.", start=1, end=2))
    assert lines_of(entry("a b  c d.", parts)) == ["a b", "c d."]
    assert lines_of(entry("a bad. cat! d", parts)) == ["a bad.", "cat!", "d"]
    assert lines_of(entry("prvi red\ndrugi red")) == ["prvi red", "drugi red"]


def test_a_part_has_its_own_clock() -> None:
    """Words of a clip count from its beginning; its lines are what is inside it."""
    whole = timed([word("a", 1.0), word("b.", 2.0)], [word("c", 3.0), word("d.", 4.0)])
    part = part_of(whole, Piece(range(1, 3), Span(1.8, 3.6)))
    assert [(line.text, round(line.words[0].start, 3)) for line in part.lines] == [
        ("b.", 0.2),
        ("c", 1.2),
    ]
    assert part.duration == pytest.approx(1.8)
