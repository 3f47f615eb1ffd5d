"""Times for a given text, and the judgement of forced ones."""

import math
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hansard.pipeline.anchoring import (
    Laid,
    Stretch,
    accept,
    assemble,
    find_holes,
    is_placed,
    lay,
    place,
    plan_stretches,
    turns_of,
)
from hansard.pipeline.matching import match, tokens_of
from hansard.pipeline.misfits import Part, account, report
from hansard.testing.sounds import make_script, speech_of
from hansard.transcript import Segment, Span, Transcript, Word
from hansard.transcript.placing import UNPLACED, carry

BOUNDS = Span(0.0, 60.0)


def laid(texts: list[str], heard: tuple[Word, ...]) -> Laid:
    words = lay(texts)
    left, right = [[tokens_of(word.text) for word in side] for side in (words, heard)]
    return place(words, heard, match(left, right))


def never(_one: str, _other: str) -> float:
    return 0.0


def always(_one: str, _other: str) -> float:
    return 1.0


def lines_of(texts: list[str]) -> list[Segment]:
    return [Segment(id=n, text=text, start=0.0, end=0.0) for n, text in enumerate(texts)]


SAID = make_script("good morning everyone let us begin the meeting now", 1.0)
SPEECH = speech_of(SAID)


def one_hole(text: str) -> tuple[Laid, Stretch]:
    """`SAID` with other words in the text than `begin the` at 2.5 - 3.1."""
    heard = tuple(w for w in SAID if w.text.strip() not in {"begin", "the"})
    made = laid([f"good morning everyone let us {text} meeting now"], heard)
    (stretch,) = plan_stretches(made, BOUNDS, SPEECH, 20.0, always)
    return made, stretch


def forced(made: Laid, stretch: Stretch, **changes: float) -> list[Word | None]:
    """What an aligner finds: known words where they are, `begin the` as it was said."""
    said = {w.text: w for w in SAID}
    return [
        said[text]
        if made.words[n]
        else replace(said[text], method="ctc", probability=None, **changes)
        for n in stretch.words
        for text in [made.given[n].text]
    ]


def test_words_get_the_times_of_the_words_heard() -> None:
    """A given word keeps its spelling and has the time, method and probability of the heard one."""
    heard = tuple(replace(word, method="cross-attention") for word in SAID)
    made = laid(["Good morning, everyone!", "Let us begin the meeting now."], heard)
    assert [word and word.text for word in made.words][:3] == [" Good", " morning,", " everyone!"]
    assert [(w.start, w.end) for w in made.words if w] == [(w.start, w.end) for w in heard]
    assert {(w.method, w.probability, w.confidence) for w in made.words if w} == {
        ("cross-attention", 0.9, 0.9)
    }
    assert len(made.used) == len(heard)


def test_words_heard_as_one_are_not_spread() -> None:
    """Two given words in one heard word have no time each; in Japanese they are one word."""
    heard = make_script("we paid seventyfive euros today", 1.0)
    made = laid(["we paid seventy five euros today"], heard)
    assert [word is None for word in made.words] == [False, False, True, True, False, False]
    heard = tuple(Word(text=t, start=n, end=n + 1.0) for n, t in enumerate(["今日", "は", "天気"]))
    made = laid(["今日は天気"], heard)
    assert [(w.text, w.start) for w in made.words if w] == [("今日", 0), ("は", 1), ("天気", 2)]


def test_holes_lie_between_their_neighbours() -> None:
    """A run without times has the time between the words around it, or up to an end."""
    made = laid(["hello good morning friends everyone let us begin the meeting now bye"], SAID)
    holes = find_holes(made, BOUNDS)
    assert [[made.given[n].text for n in hole.words] for hole in holes] == [
        [" hello"],
        [" friends"],
        [" bye"],
    ]
    assert [hole.span for hole in holes] == [Span(0.0, 1.0), Span(1.6, 1.6), Span(3.7, 60.0)]


def test_text_without_speech_is_not_forced() -> None:
    """Words for which no speech is left are not given to an aligner."""
    assert plan_stretches(laid(["good morning everyone " + "and more " * 20], SAID[:3]), BOUNDS,
                          speech_of(SAID[:3]), 20.0, always) == ()  # fmt: skip


def test_other_words_in_the_place_are_not_forced_over() -> None:
    """Where something else was heard, and more than a few words of it, the text is not there."""
    texts = ["good morning friends of the old school we have begin the meeting now"]
    heard = make_script("good morning everyone that came today let us begin the meeting now", 1.0)
    made = laid(texts, heard)
    assert None in made.words
    assert plan_stretches(made, BOUNDS, speech_of(heard), 20.0, never) == ()
    assert len(plan_stretches(made, BOUNDS, speech_of(heard), 20.0, always)) == 1


def test_forced_words_are_accepted_with_evidence() -> None:
    """A misheard word that an aligner finds in its place has that time, and says how."""
    made, stretch = one_hole("begin the")
    accepted = accept(made, stretch, forced(made, stretch, confidence=0.8), SPEECH)
    assert [(w.text, w.start, w.end, w.method, w.confidence) for w in accepted.values()] == [
        (" begin", 2.5, 2.8, "forced ctc", 0.8),
        (" the", 2.8, 3.1, "forced ctc", 0.8),
    ]


def test_forced_words_without_evidence_are_not_accepted() -> None:
    """Low confidence, no speech, no length, too much length, or context that moved: no time."""
    made, stretch = one_hole("begin the")
    sure = forced(made, stretch, confidence=0.8)
    assert accept(made, stretch, forced(made, stretch, confidence=0.01), SPEECH) == {}
    assert accept(made, stretch, sure, ()) == {}
    assert accept(made, stretch, [None] * len(stretch.words), SPEECH) == {}
    moved = [replace(w, start=w.start + 2, end=w.end + 2) if w else None for w in sure]
    assert accept(made, stretch, moved, SPEECH) == {}
    assert accept(made, stretch, forced(made, stretch, start=2.9, end=2.9), SPEECH) == {}
    assert len(accept(made, stretch, [w if w and "the" not in w.text else None for w in sure],
                      SPEECH)) == 1  # fmt: skip


def test_lines_keep_their_text_and_speakers() -> None:
    """A line begins and ends with its words; its text, id, speaker and language are as given."""
    texts = ["Good morning, everyone!", "Let us begin the meeting now."]
    lines = [
        replace(line, id=n + 7, speaker=name, language="en", avg_logprob=-1.0)
        for n, (line, name) in enumerate(zip(lines_of(texts), ["Ann", "Ben"], strict=True))
    ]
    made = assemble(lines, laid(texts, SAID), BOUNDS)
    assert [(s.id, s.text, s.speaker, s.language) for s in made] == [
        (s.id, s.text, s.speaker, s.language) for s in lines
    ]
    assert [(s.start, s.end) for s in made] == [(1.0, 1.9), (1.9, 3.7)]
    assert {word.speakers for word in made[1].words} == {("Ben",)}
    assert [s.avg_logprob for s in made] == [None, None]
    assert [(turn.speaker, turn.start) for turn in turns_of(made)] == [("Ann", 1.0), ("Ben", 1.9)]


def test_a_line_that_was_not_heard_has_no_length() -> None:
    """It stands where its neighbours meet, or where it stood before if that is between them."""
    texts = ["good morning everyone", "quite another sentence", "let us begin the meeting now"]
    heard = (*SAID[:3], *(replace(w, start=w.start + 9, end=w.end + 9) for w in SAID[3:]))
    made = assemble(lines_of(texts), laid(texts, heard), BOUNDS)
    assert (made[1].start, made[1].end) == (1.9, 1.9)
    assert all(math.isnan(w.start) and w.method == UNPLACED for w in made[1].words)
    had = [replace(line, start=4.0, end=5.0) for line in lines_of(texts)]
    made = assemble(had, laid(texts, heard), BOUNDS)
    assert (made[1].start, made[1].end) == (4.0, 5.0)
    late = [replace(line, start=40.0, end=45.0) for line in lines_of(texts)]
    assert assemble(late, laid(texts, heard), BOUNDS)[1].start == 1.9


@given(
    st.lists(st.sampled_from("good morning everyone let us begin maybe not".split()), min_size=1)
)
def test_times_are_in_order_whatever_the_text(words: list[str]) -> None:
    """Lines and placed words never go backwards, and every word is there once."""
    texts = [" ".join(words[n : n + 3]) for n in range(0, len(words), 3)]
    made = assemble(lines_of(texts), laid(texts, SAID), BOUNDS)
    assert ["".join(w.text for w in line.words).split() for line in made] == [
        text.split() for text in texts
    ]
    timed = [word for line in made for word in line.words if is_placed(word)]
    assert all(a.start <= b.start for a, b in pairwise(timed))
    assert all(a.end <= b.start for a, b in pairwise(made))


def test_a_report_counts_every_word_once() -> None:
    """Matched, forced and unplaced add up; passages say what was not heard or not written."""
    texts = ["good morning everyone", "a whole line that nobody says", "begin the meeting now"]
    made = laid(texts, SAID)
    part = Part(0, assemble(lines_of(texts), made, BOUNDS), made, BOUNDS)
    fit = report(lines_of(texts), [part])
    assert (fit.lines, fit.touched, fit.words) == (3, 3, 13)
    assert fit.matched + fit.forced + fit.unplaced == fit.words
    assert (fit.unplaced, fit.heard, fit.extra) == (6, 9, 2)
    assert [(p.text, p.line, p.words) for p in fit.skipped] == [(texts[1], 2, 6)]
    assert [(p.text, p.start, p.end) for p in fit.unwritten] == [("let us", 1.9, 2.5)]
    trust = account(None, part.segments, SPEECH, fit)
    assert math.isclose(trust.in_words + trust.unexplained, trust.speech)
    assert trust.doubts[0].text == texts[1]
    assert trust.gaps[0].text == "let us"
    assert len(trust.notes) == 3


def test_files_without_missing_times_carry_the_words_along() -> None:
    """A word without a time stands with its neighbour; the text and the known times stay."""
    texts = ["well good morning my dear everyone", "unheard line"]
    made = assemble(lines_of(texts), laid(texts, SAID), BOUNDS)
    carried = carry(Transcript(segments=made))
    assert [(w.text, w.start) for w in carried.segments[0].words] == [
        (" well good", 1.0),
        (" morning my dear", 1.3),
        (" everyone", 1.6),
    ]
    assert carried.segments[1].words == ()
    assert carried.text == "\n".join(texts)
