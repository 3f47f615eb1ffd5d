"""Segments timed anew by an aligner that says what it is told to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansard.audio import Sound
from hansard.errors import Cancelled
from hansard.models.alignment import AlignerInfo
from hansard.pipeline.retiming import retime, split_words
from hansard.testing.sounds import make_noise
from hansard.transcript import Seconds, Segment, Span, Word


@dataclass
class Told:
    """An aligner that knows some words' times, by text, and None of the rest."""

    times: dict[str, tuple[Seconds, Seconds]]
    languages: frozenset[str] | None = None
    asked: list[tuple[Span, tuple[str, ...], str | None]] = field(default_factory=list)

    @property
    def info(self) -> AlignerInfo:
        return AlignerInfo(
            name="told", version="1", model="told", digest="", languages=self.languages
        )

    def align(
        self, sound: Sound, span: Span, words: Sequence[str], language: str | None
    ) -> tuple[Word | None, ...]:
        del sound
        self.asked.append((span, tuple(words), language))
        return tuple(self._time(word) for word in words)

    def _time(self, text: str) -> Word | None:
        if text not in self.times:
            return None
        start, end = self.times[text]
        return Word(text=text, start=start, end=end, method="ctc", confidence=0.9)

    def close(self) -> None:
        pass


def segment(number: int, *words: Word, text: str = "", span: Span | None = None) -> Segment:
    start, end = span or Span(words[0].start, words[-1].end)
    text = text or "".join(word.text for word in words).strip()
    return Segment(id=number, text=text, start=start, end=end, words=words, language="en")


def word(text: str, start: Seconds, end: Seconds) -> Word:
    return Word(
        text=text, start=start, end=end, probability=0.7, tokens=(1, 2), speakers=("S01",),
        method="cross-attention", confidence=0.4,
    )  # fmt: skip


@pytest.fixture
def sound(tmp_path: Path) -> Sound:
    return make_noise(60.0, tmp_path)


def test_words_get_the_aligners_times(sound: Sound) -> None:
    """Times, method and confidence are the aligner's; all else of a word stays."""
    told = Told({" Hello": (1.1, 1.4), " there.": (1.5, 1.9)})
    (made,) = retime([segment(0, word(" Hello", 1.0, 1.5), word(" there.", 1.5, 2.2))], sound, told)
    assert [(w.text, w.start, w.end, w.method, w.confidence) for w in made.words] == [
        (" Hello", 1.1, 1.4, "ctc", 0.9),
        (" there.", 1.5, 1.9, "ctc", 0.9),
    ]
    assert all(w.probability == 0.7 and w.tokens == (1, 2) for w in made.words)
    assert all(w.speakers == ("S01",) for w in made.words)
    assert (made.start, made.end, made.text) == (1.1, 1.9, "Hello there.")


def test_words_that_are_not_found_keep_their_times(sound: Sound) -> None:
    """A word that the aligner cannot place keeps its method, and its times as far as they fit."""
    told = Told({" one": (1.1, 1.4), " three": (2.0, 2.5)})
    before = segment(0, word(" one", 1.0, 1.3), word(" two", 1.3, 2.2), word(" three", 2.2, 2.6))
    (made,) = retime([before], sound, told)
    two = made.words[1]
    assert (two.start, two.end, two.method, two.confidence) == (1.4, 2.0, "cross-attention", 0.4)


def test_segments_without_words_get_some(sound: Sound) -> None:
    """An engine's bare text is cut into words and timed; where one is missing it stays bare."""
    told = Told({"Well,": (1.0, 1.2), " yes —": (1.3, 1.6), " No": (4.0, 4.2)})
    bare = [
        segment(0, text="Well, yes —", span=Span(0.5, 2.0)),
        segment(1, text=" No idea", span=Span(4.0, 5.0)),
    ]
    first, second = retime(bare, sound, told)
    assert [w.text for w in first.words] == ["Well,", " yes —"]
    assert (first.start, first.end) == (1.0, 1.6)
    assert second == bare[1]


def test_near_segments_are_aligned_together(sound: Sound) -> None:
    """Neighbours go at once, far ones apart; each is looked for near its old times."""
    told = Told({})
    given_segments = [
        segment(0, word(" a", 1.0, 2.0)),
        segment(1, word(" b", 2.5, 3.0)),
        segment(2, word(" c", 20.0, 21.0)),
    ]
    seen: list[tuple[int, int]] = []
    retime(given_segments, sound, told, on_progress=lambda done, of: seen.append((done, of)))
    assert [words for _, words, _ in told.asked] == [(" a", " b"), (" c",)]
    assert all(language == "en" for _, _, language in told.asked)
    assert told.asked[0][0].start <= 1.0
    assert 3.0 <= told.asked[0][0].end <= 4.0
    assert 19.0 <= told.asked[1][0].start <= 20.0
    assert seen == [(2, 3), (3, 3)]


def test_a_language_that_the_aligner_lacks(sound: Sound) -> None:
    """Where the aligner does not know the language, all stays as it was."""
    told = Told({" Hello": (1.1, 1.4)}, languages=frozenset({"de"}))
    before = segment(0, word(" Hello", 1.0, 1.5))
    assert retime([before], sound, told) == (before,)
    assert not told.asked


def test_it_can_be_cancelled(sound: Sound) -> None:
    """Between two stretches it stops when told to."""
    with pytest.raises(Cancelled):
        retime([segment(0, word(" a", 1.0, 2.0))], sound, Told({}), cancelled=lambda: True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" Well, yes.", (" Well,", " yes.")),
        ("« Oui »", ("« Oui »",)),
        ("你好吗?", ("你", "好", "吗?")),
        ("", ()),
    ],
)
def test_texts_are_cut_whole(text: str, words: tuple[str, ...]) -> None:
    """Words are what spaces part, or characters; lone marks go with a word; nothing is lost."""
    cut = split_words(Segment(id=0, text=text, start=0, end=1))
    assert cut == words
    assert "".join(cut) == text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.floats(0.05, 0.6), min_size=2, max_size=8),
    shift=st.floats(-0.4, 0.4),
    lost=st.sets(st.integers(0, 7)),
)
def test_words_stay_in_order(
    steps: list[float], shift: float, lost: set[int], sound: Sound
) -> None:
    """Whatever is found and whatever is not, words keep their texts and come in order."""
    starts = [1 + sum(steps[:index]) for index in range(len(steps))]
    words = [
        word(f" w{index}", start, start + step)
        for index, (start, step) in enumerate(zip(starts, steps, strict=True))
    ]
    times = {w.text: (w.start + shift, w.end + shift) for i, w in enumerate(words) if i not in lost}
    (made,) = retime([segment(0, *words)], sound, Told(times))
    assert [w.text for w in made.words] == [w.text for w in words]
    assert all(w.start <= w.end for w in made.words)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(made.words))
