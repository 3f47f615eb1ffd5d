"""Corrections over a run: texts, times of words, speakers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import UsageError
from hansard.transcript import Segment, Transcript, Turn, Word
from hansard.transcript.overlay import CORRECTED, Correction, Overlay, apply, decode, encode


def words(text: str, start: float, pace: float = 0.5, speaker: str = "A") -> tuple[Word, ...]:
    return tuple(
        Word(text=f" {word}", start=start + n * pace, end=start + n * pace + 0.4,
             probability=0.9, speakers=(speaker,), method="cross-attention")
        for n, word in enumerate(text.split())
    )  # fmt: skip


def segment(ident: int, text: str, start: float, speaker: str = "A") -> Segment:
    said = words(text, start, speaker=speaker)
    return Segment(id=ident, text=f" {text}", start=start, end=said[-1].end, words=said,
                   speaker=speaker, tokens=(1, 2))  # fmt: skip


RUN = Transcript(
    segments=(
        segment(0, "Dobar dan svima danas", 1.0),
        segment(1, "idemo na posao", 4.0, "B"),
        segment(2, "hvala lijepa", 8.0),
    ),
    turns=(
        Turn(speaker="A", start=1.0, end=3.0),
        Turn(speaker="B", start=4.0, end=5.4),
        Turn(speaker="A", start=8.0, end=9.0),
    ),
    speakers=("A", "B"),
    duration=10.0,
)


def told(
    number: int, text: str | None = None, speaker: str | None = None, at: float = 1.0
) -> Correction:
    return Correction(segment=number, text=text, speaker=speaker, at=at, by="ana", run="r1")


def correct(*corrections: Correction) -> Transcript:
    return apply(RUN, Overlay(corrections))


def test_no_correction_changes_nothing() -> None:
    """An empty overlay gives the run itself."""
    assert apply(RUN, Overlay()) == RUN


def test_unchanged_words_keep_their_times() -> None:
    """One changed word takes the time of the one that it replaces; the rest stays."""
    made = correct(told(0, "Dobar dan, narode, danas.")).segments[0]
    before = RUN.segments[0].words
    assert made.text == " Dobar dan, narode, danas."
    assert made.raw == " Dobar dan svima danas"
    assert [word.text for word in made.words] == [" Dobar", " dan,", " narode,", " danas."]
    assert [(w.start, w.end) for w in made.words] == [(w.start, w.end) for w in before]
    assert [w.method for w in made.words] == [
        "cross-attention", "cross-attention", CORRECTED, "cross-attention",
    ]  # fmt: skip
    assert made.words[2].probability is None
    assert made.words[2].speakers == ("A",)
    assert made.tokens == ()


def test_more_words_share_the_span_of_what_they_replace() -> None:
    """Two words in the place of one part its time by their letters."""
    made = correct(told(0, "Dobar dan cijenjeni gosti danas")).segments[0].words
    old = RUN.segments[0].words[2]
    assert made[2].start == old.start
    assert made[3].end == pytest.approx(old.end)
    assert made[2].end == made[3].start
    assert made[2].end - made[2].start > made[3].end - made[3].start


def test_added_words_take_a_gap_or_a_share_of_their_neighbour() -> None:
    """Words that were not heard have a time of their own all the same."""
    made = correct(told(0, "Dobar dan svima danas ovdje i sada i tamo")).segments[0].words
    assert all(word.end > word.start for word in made)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(made))
    assert made[-1].end <= RUN.segments[0].end + 1e-9


def test_removed_words_are_gone() -> None:
    """A word that nobody said has no place."""
    made = correct(told(0, "Dobar dan danas")).segments[0]
    assert [word.text for word in made.words] == [" Dobar", " dan", " danas"]
    assert made.words[2].start == RUN.segments[0].words[3].start


def test_an_empty_text_takes_the_segment_away() -> None:
    """A segment in which nothing is said is left out; the ids of the others stay."""
    made = correct(told(1, ""))
    assert [each.id for each in made.segments] == [0, 2]
    assert made.speakers == ("A", "B")  # the turn says that somebody talked


def test_another_speaker_takes_words_and_turns() -> None:
    """Who is said to speak, speaks, in the words and in the turns."""
    made = correct(told(1, speaker="Ana"))
    assert made.segments[1].speaker == "Ana"
    assert {name for word in made.segments[1].words for name in word.speakers} == {"Ana"}
    assert [turn.speaker for turn in made.turns] == ["A", "Ana", "A"]
    assert made.speakers == ("A", "Ana")
    assert [each.id for each in made.segments] == [0, 1, 2]


def test_an_empty_speaker_is_nobody_known() -> None:
    """Nobody knows who it was after all."""
    assert correct(told(1, speaker="")).segments[1].speaker is None


def test_the_latest_text_and_the_latest_speaker_count() -> None:
    """A later correction of the speaker leaves an earlier text alone, in whatever order."""
    first, second = told(1, "idemo kući", at=5.0), told(1, speaker="Ana", at=6.0)
    earliest = told(1, "idemo spavati", speaker="Iva", at=1.0)
    made = correct(second, earliest, first).segments[1]
    assert (made.text, made.speaker) == (" idemo kući", "Ana")


def test_a_segment_without_words_gets_a_text_only() -> None:
    """Where the run has no word times, none are invented."""
    bare = Transcript(segments=(Segment(id=0, text="stari", start=0, end=1),))
    made = apply(bare, Overlay((told(0, "novi tekst"),))).segments[0]
    assert (made.text, made.words) == ("novi tekst", ())


def test_scripts_without_spaces_are_timed_by_character() -> None:
    """Japanese words keep to their segment and spell the text."""
    said = tuple(Word(text=c, start=n * 0.2, end=n * 0.2 + 0.2) for n, c in enumerate("今日は雨"))
    run = Transcript(segments=(Segment(id=0, text="今日は雨", start=0, end=0.8, words=said),))
    made = apply(run, Overlay((told(0, "今日は雪だ"),))).segments[0]
    assert "".join(word.text for word in made.words) == "今日は雪だ"
    assert made.words[:3] == said[:3]


def test_corrections_of_another_run_are_refused() -> None:
    """Ids of segments mean nothing in another run."""
    both = Overlay((told(0, "a"), Correction(segment=0, text="b", at=2, by="x", run="r2")))
    with pytest.raises(UsageError, match="2 runs"):
        apply(RUN, both)
    assert both.runs == ("r1", "r2")
    assert len(both.of_run("r2").corrections) == 1


def test_a_segment_that_is_not_there_is_refused() -> None:
    """A correction of nothing is told."""
    with pytest.raises(UsageError, match="id 9"):
        correct(told(9, "ništa"))


@pytest.mark.parametrize(
    "fields",
    [
        {"segment": -1}, {"text": None, "speaker": None}, {"at": float("nan")}, {"run": "../x"},
        {"text": "\ud800"}, {"text": "x" * 20_001}, {"speaker": "\0"}, {"by": "n" * 201},
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(fields: dict[str, object]) -> None:
    """A correction is checked when it is made."""
    whole = {"segment": 0, "text": "da", "speaker": None, "at": 1.0, "by": "ana", "run": "r1"}
    with pytest.raises(UsageError):
        Correction(**{**whole, **fields})


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "{}", '{"segment": "0", "text": "a", "at": 1, "by": "x", "run": "r"}',
     '{"segment": 0, "at": 1, "by": "x", "run": "r"}', b"\xff\xfe"],
)  # fmt: skip
def test_lines_that_are_no_correction_are_refused(line: str | bytes) -> None:
    """What is read is checked as well."""
    with pytest.raises(UsageError):
        decode(line)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@given(TEXT, st.none() | TEXT, st.floats(0, 1e10), st.integers(0, 10**6))
def test_a_correction_survives_its_line(
    text: str, speaker: str | None, at: float, number: int
) -> None:
    """Written and read back it is the same, on one line."""
    made = Correction(segment=number, text=text, speaker=speaker, at=at, by="ana", run="r-1_x")
    line = encode(made)
    assert "\n" not in line
    assert decode(line) == made


@given(st.lists(st.sampled_from("dobar dan svima danas bilo gdje i".split()), max_size=9))
def test_words_always_spell_the_text_in_order(said: list[str]) -> None:
    """Whatever is written, the words are its words, and time never runs backwards."""
    made = correct(told(0, " ".join(said)))
    if not said:
        assert [each.id for each in made.segments] == [1, 2]
        return
    corrected = made.segments[0]
    assert [word.text.strip() for word in corrected.words] == said
    times = [time for word in corrected.words for time in (word.start, word.end)]
    assert all(a <= b + 1e-9 for a, b in pairwise(times))
    assert times[0] >= 1.0 - 1e-9
    assert times[-1] <= corrected.end + 1e-9
