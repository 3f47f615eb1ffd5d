"""A user's text gets times: recognised by a scripted engine, corrected, aligned again."""

import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hansard.audio import Sound
from hansard.errors import AlignmentError, Cancelled, UnsupportedOptionError, UsageError
from hansard.models.alignment import Aligner, AlignerInfo
from hansard.models.engines import DecodeOptions, Hypothesis, Piece, Window
from hansard.models.engines.fake import INFO, FakeEngine
from hansard.models.vad import FRAME
from hansard.pipeline import Event, Staged, Tools
from hansard.pipeline.anchoring import is_placed
from hansard.pipeline.attention import by_letters
from hansard.testing.sounds import ScriptedDetector, make_script, speech_of
from hansard.transcript import Segment, Span, Transcript, Word
from hansard.transcript.formats import read, render
from hansard.work.align import align, is_touched, knows_words, realign
from hansard.work.lending import Lent, SpeakersLent
from hansard.work.options import TranscribeOptions
from hansard.work.wires import Wires

LINES = (
    "Good morning, everyone here!",
    "We went to Zagreb on Thursday.",
    "Then nobody knew what came next.",
)
SCRIPT = tuple(
    word
    for start, line in zip((1.0, 10.0, 20.0), LINES, strict=True)
    for word in make_script(line, start)
)
STARTS = [1.0, 10.0, 20.0]


class ScriptedAligner:
    """Finds the script's words, wherever they are."""

    info = AlignerInfo(name="scripted", version="1", model="none", digest="")

    def align(
        self, sound: Sound, span: Span, words: Sequence[str], language: str | None
    ) -> tuple[Word | None, ...]:
        del sound, language
        inside = {w.text: w for w in SCRIPT if span.start <= w.start and w.end <= span.end}
        return tuple(
            replace(inside[text], method="ctc", confidence=0.7) if text in inside else None
            for text in words
        )

    def close(self) -> None:
        """Nothing is held."""


class Bench:
    """A workshop with a scripted engine, and a recording for it."""

    def __init__(self, folder: Path, heard: dict[str, str] | None = None, **info: object) -> None:
        self.misheard = heard or {}
        self.engine = FakeEngine(SCRIPT, fault=self.mishear, info=replace(INFO, **info))  # type: ignore[arg-type]
        self.path = folder / "talk.wav"
        with wave.open(str(self.path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes(bytes(2 * 16_000 * 30))
        self.events: list[Event] = []
        self.cancelled = False

    def mishear(
        self, _window: Window, hypothesis: Hypothesis, _options: DecodeOptions
    ) -> Hypothesis:
        pieces = []
        for piece in hypothesis.pieces:
            text = piece.text
            for said, heard in self.misheard.items():
                text = text.replace(said, heard)
            pieces.append(Piece(text=text, start=piece.start, end=piece.end))
        return replace(hypothesis, pieces=tuple(pieces))

    @contextmanager
    def lend(self, options: TranscribeOptions, sound: float) -> Iterator[Lent]:
        del options, sound
        detector = ScriptedDetector(speech_of(SCRIPT))
        yield Lent(Tools(self.engine, detector), versions={"model": "script"})

    @contextmanager
    def lend_aligner(self, options: TranscribeOptions) -> Iterator[Aligner]:
        del options
        yield ScriptedAligner()

    @contextmanager
    def lend_speakers(self, options: TranscribeOptions) -> Iterator[SpeakersLent]:
        del options
        raise AssertionError("a text names its speakers itself")
        yield

    @property
    def wires(self) -> Wires:
        return Wires(self.events.append, lambda: self.cancelled)

    def stages(self) -> list[str]:
        return [event.stage for event in self.events if isinstance(event, Staged)]


OPTIONS = TranscribeOptions(guards=False, window=8.0)


def text_of(*lines: str) -> Transcript:
    segments = (Segment(id=n, text=line, start=0.0, end=0.0) for n, line in enumerate(lines))
    return Transcript(segments=tuple(segments))


def timed(word: Word) -> tuple[str, float, float]:
    return word.text, word.start, word.end


def test_a_text_gets_the_times_of_what_was_said(tmp_path: Path) -> None:
    """Every word has the time at which it is heard, each line those of its words."""
    bench = Bench(tmp_path)
    made = align(bench.path, text_of(*LINES), OPTIONS, bench, bench.wires)
    assert [word.text for word in made.transcript.words] == [word.text for word in SCRIPT]
    for word, said in zip(made.transcript.words, SCRIPT, strict=True):
        assert (word.start, word.end) == pytest.approx((said.start, said.end), abs=FRAME)
    assert [line.text for line in made.transcript.segments] == list(LINES)
    assert [line.start for line in made.transcript.segments] == STARTS
    assert (made.report.matched, made.report.unplaced, made.report.extra) == (len(SCRIPT), 0, 0)
    assert made.transcript.trust is not None
    assert made.transcript.trust.notes == ("guards are off",)
    assert made.transcript.trust.unexplained < FRAME
    assert made.transcript.metrics["text_alignment"]["words"] == len(SCRIPT)
    assert made.transcript.versions["model"] == "script"
    assert bench.stages()[-1] == "matching the text"


def test_misheard_words_are_timed_from_the_text(tmp_path: Path) -> None:
    """A word that was heard as another has its own time, and says that it was forced."""
    bench = Bench(tmp_path, heard={"Zagreb": "the grip"})
    made = align(bench.path, text_of(*LINES), OPTIONS, bench, bench.wires)
    (word,) = (word for word in made.transcript.words if "Zagreb" in word.text)
    said = next(word for word in SCRIPT if "Zagreb" in word.text)
    assert timed(word) == timed(said)
    assert word.method == "forced script"
    assert (made.report.forced, made.report.unplaced) == (1, 0)
    assert made.report.unwritten == ()
    assert "timing misheard words" in bench.stages()


def test_text_and_speech_that_have_no_counterpart_are_told(tmp_path: Path) -> None:
    """Skipped text has no times; speech that is not in the text is reported with its time."""
    bench = Bench(tmp_path)
    text = text_of(LINES[0], "This whole sentence was never said.", LINES[2])
    made = align(bench.path, text, OPTIONS, bench, bench.wires)
    assert [(p.text, p.line) for p in made.report.skipped] == [(text.segments[1].text, 2)]
    assert [(p.text, p.start) for p in made.report.unwritten] == [(LINES[1], 10.0)]
    assert not any(is_placed(word) for word in made.transcript.segments[1].words)
    assert made.transcript.segments[1].start == made.transcript.segments[1].end
    assert made.transcript.trust is not None
    assert [finding.text for finding in made.transcript.trust.gaps] == [LINES[1]]
    assert made.transcript.trust.notes[1:] == (
        "6 of 16 words of the text have no time",
        "text that was not heard: 1 passage",
        "speech that is not in the text: 1 passage",
    )


def test_part_of_a_text_or_of_a_recording_is_enough(tmp_path: Path) -> None:
    """A long text of which one line is said belongs to it, and so does one line of a long talk."""
    bench = Bench(tmp_path)
    made = align(bench.path, text_of(LINES[1]), OPTIONS, bench, bench.wires)
    assert (made.report.matched, made.report.extra) == (6, len(SCRIPT) - 6)
    rest = [f"other{n} words{n} altogether{n} stand{n} here{n}" for n in range(20)]
    made = align(bench.path, text_of(*rest, *LINES, *rest), OPTIONS, bench, bench.wires)
    assert made.report.matched == len(SCRIPT)


def test_a_text_that_does_not_belong_is_refused(tmp_path: Path) -> None:
    """The error has the figures and the language, the hint says what to look at."""
    bench = Bench(tmp_path)
    foreign = text_of("Dobro jutro svima.", "Ovo je sasvim drugi tekst, na drugom jeziku.")
    with pytest.raises(AlignmentError, match="0 % of its 11 words were heard") as caught:
        align(bench.path, foreign, OPTIONS, bench, bench.wires)
    assert f"0 % of the {len(SCRIPT)} recognised words" in str(caught.value)
    assert "taken for en" in caught.value.hint


def test_a_text_without_words_is_wrong_use(tmp_path: Path) -> None:
    """Neither nothing nor marks alone are a text; the recording is not even opened."""
    bench = Bench(tmp_path)
    for text in (text_of(), text_of("...", "♪")):
        for work in (align, realign):
            with pytest.raises(UsageError, match="holds no words"):
                work(tmp_path / "missing.mp3", text, OPTIONS, bench, bench.wires)


def test_an_engine_without_word_times_is_refused(tmp_path: Path) -> None:
    """What to do is said, instead of spreading times over a sentence."""
    bench = Bench(tmp_path, words="never")
    with pytest.raises(UnsupportedOptionError, match="when words were said"):
        align(bench.path, text_of(*LINES), OPTIONS, bench, bench.wires)


def test_a_translation_is_not_aligned(tmp_path: Path) -> None:
    """Asking for one is wrong use: its words are never said."""
    bench = Bench(tmp_path)
    with pytest.raises(UsageError, match="not with its translation"):
        align(bench.path, text_of(*LINES), replace(OPTIONS, task="translate"), bench, bench.wires)


def test_speakers_are_those_of_the_text(tmp_path: Path) -> None:
    """Segments, words and turns have the names that the text gives, whatever else was asked."""
    bench = Bench(tmp_path)
    given = text_of(*LINES)
    named = zip(given.segments, ("Ann", "Ann", "Ben"), strict=True)
    text = replace(given, segments=tuple(replace(line, speaker=name) for line, name in named))
    options = replace(OPTIONS, diarize=True)
    made = align(bench.path, text, options, bench, bench.wires).transcript
    assert made.speakers == ("Ann", "Ben")
    assert [(turn.speaker, turn.start) for turn in made.turns] == [("Ann", 1.0), ("Ben", 20.0)]
    assert made.segments[2].words[0].speakers == ("Ben",)


def test_cancelling_is_heard_between_stretches(tmp_path: Path) -> None:
    """Once the caller wants to stop, no further word is timed."""
    bench = Bench(tmp_path, heard={"Zagreb": "the grip"})

    def stop_late(event: Event) -> None:
        bench.cancelled = isinstance(event, Staged) and event.stage == "timing misheard words"

    wires = Wires(stop_late, lambda: bench.cancelled)
    with pytest.raises(Cancelled):
        align(bench.path, text_of(*LINES), OPTIONS, bench, wires)


def aligned(bench: Bench, *lines: str) -> Transcript:
    """The text aligned once, as its JSON is read back."""
    made = align(bench.path, text_of(*lines), OPTIONS, bench, bench.wires)
    bench.engine.asked.clear()
    bench.events.clear()
    return read(render(made.transcript, "json"), "json")


def edited(text: Transcript, line: int, new: str) -> Transcript:
    segments = list(text.segments)
    segments[line] = replace(segments[line], text=new)
    return replace(text, segments=tuple(segments))


def test_only_touched_lines_are_aligned_again(tmp_path: Path) -> None:
    """Nothing is recognised; other lines stay to the byte; known words keep their times."""
    bench = Bench(tmp_path, heard={"Zagreb": "the grip"})
    before = aligned(bench, LINES[0], "We went to the grip on Thursday.", LINES[2])
    text = edited(before, 1, LINES[1])
    assert [is_touched(line) for line in text.segments] == [False, True, False]
    made = realign(bench.path, text, OPTIONS, bench, bench.wires)
    assert bench.engine.asked == []
    assert (made.report.lines, made.report.touched, made.report.forced) == (3, 1, 1)
    assert [timed(w) for w in made.transcript.segments[1].words] == [
        timed(w) for w in SCRIPT if 10 <= w.start < 20
    ]
    old, new = (render(one, "json").split("\n") for one in (before, made.transcript))
    same = [line for line in old if line.startswith('{"id"') and line in new]
    assert len(same) == 2
    assert made.transcript.trust is not None
    assert "1 line aligned again after a change" in made.transcript.trust.notes


def test_an_untouched_text_is_left_alone(tmp_path: Path) -> None:
    """Where every line is spelt by its words, the recording is not even opened."""
    bench = Bench(tmp_path)
    text = text_of(*LINES, "Words that nobody said.")
    first = render(align(bench.path, text, OPTIONS, bench, bench.wires).transcript, "json")
    before = read(first, "json")
    assert knows_words(before)
    made = realign(tmp_path / "missing.mp3", before, OPTIONS, bench, bench.wires)
    assert made.report.touched == 0
    assert [line for line in render(made.transcript, "json").split("\n") if '"id"' in line] == [
        line for line in first.split("\n") if '"id"' in line
    ]
    assert not any(is_placed(word) for word in made.transcript.segments[3].words)


def test_a_new_line_is_recognised_between_its_neighbours(tmp_path: Path) -> None:
    """A line without old words is heard again, and nothing else is."""
    bench = Bench(tmp_path)
    before = aligned(bench, *LINES)
    segments = list(before.segments)
    segments[1] = Segment(id=1, text=LINES[1], start=0.0, end=0.0)
    made = realign(bench.path, replace(before, segments=tuple(segments)), OPTIONS, bench,
                   bench.wires)  # fmt: skip
    assert bench.engine.asked
    assert all(w.start >= 2.2 and w.end <= 20.0 for w, _, _ in bench.engine.asked)
    assert [w.start for w in made.transcript.words] == pytest.approx(
        [w.start for w in SCRIPT], abs=FRAME
    )


def test_another_aligner_times_what_was_changed(tmp_path: Path) -> None:
    """With `align = ctc` the aligner of the workshop is asked, and named in the versions."""
    bench = Bench(tmp_path, heard={"Zagreb": "the grip"})
    before = aligned(bench, LINES[0], "We went to the grip on Thursday.", LINES[2])
    options = replace(OPTIONS, align="ctc")
    made = realign(bench.path, edited(before, 1, LINES[1]), options, bench, bench.wires)
    (word,) = (word for word in made.transcript.words if "Zagreb" in word.text)
    assert (word.method, word.confidence) == ("forced ctc", 0.7)
    assert made.transcript.versions["realignment"]["alignment"]["name"] == "scripted"


def test_subtitles_without_words_are_aligned_anew() -> None:
    """Lines of a file without word times count as touched."""
    text = read("1\n00:00:01,000 --> 00:00:02,000\nGood morning\n", "srt")
    assert not knows_words(text)
    assert is_touched(text.segments[0])


def test_words_cut_elsewhere_are_put_together() -> None:
    """Timed pieces become the given words where their letters agree; else there is no time."""
    found = [Word(text=t, start=n, end=n + 1.0, probability=0.5) for n, t in enumerate(
        [" don", "'t", " go", "."])]  # fmt: skip
    placed = by_letters([" don't", " go."], found)
    assert [w and timed(w) for w in placed] == [(" don't", 0, 2.0), (" go.", 2, 4.0)]
    assert by_letters([" don't", " go"], found) == (None, None)
    one = [Word(text=" cannot", start=0.0, end=1.0)]
    assert by_letters([" can", "not"], one) == (None, None)
