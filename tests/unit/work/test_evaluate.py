"""Transcribing the clips of a manifest, to score what was heard."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from hansard.audio import SAMPLE_RATE
from hansard.audio.wav import header
from hansard.errors import Cancelled, DataError, ModelError
from hansard.evaluation.batch import Table
from hansard.settings import Options
from hansard.training.journal import Journal
from hansard.training.manifest import Entry, Stretch, TimedWord, write_manifest
from hansard.training.watching import Watch
from hansard.wiring.workshop import LocalWorkshop
from hansard.work.demonstrate import find_sample
from hansard.work.evaluate import Bench, entries_of, hear, read_entries

NOTE = find_sample("note")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    options = Options(model="demo", offline=True, data_dir=tmp_path / "data")
    with closing(LocalWorkshop(options)) as workshop, Journal(tmp_path / "j.jsonl") as journal:
        yield Bench(options, workshop, journal, Watch())


def note(ident: str = "note", **more: object) -> Entry:
    text = " ".join(line.text for line in NOTE.segments)
    entry = Entry(id=ident, audio=NOTE.path, transcript=text, language="en")
    return replace(entry, **more)  # type: ignore[arg-type]


def test_a_clip_and_a_whole_file_are_heard(bench: Bench) -> None:
    """The words are right, times begin with the clip, and it is told what did the work."""
    heard = hear("demo", [note(), note("clip", start=0.2, end=5.8, duration=5.6)], bench)
    whole, clip = heard.utterances
    assert whole.hypothesis == clip.hypothesis == whole.reference
    assert whole.transcript is not None
    assert clip.transcript is not None
    shift = whole.transcript.words[3].start - clip.transcript.words[3].start
    assert shift == pytest.approx(0.2, abs=0.12)
    assert clip.duration == 5.6
    assert whole.duration == pytest.approx(5.908, abs=0.01)
    assert clip.seconds is not None
    assert len(heard.digest) == 64
    assert heard.facts["engine"].startswith("faster-whisper")


def test_what_was_heard_is_not_heard_again(bench: Bench, tmp_path: Path) -> None:
    """Unless the file, the clip or an option is another one."""
    audio = shutil.copy(NOTE.path, tmp_path / "note.ogg")
    entry = note(audio=Path(audio))
    first = hear("demo", [entry], bench)
    again = hear("demo", [entry], bench)
    assert (first.resumed, again.resumed) == (0, 1)
    assert again.utterances == first.utterances
    assert hear("demo", [replace(entry, end=4.0)], bench).resumed == 0
    other = replace(bench, options=replace(bench.options, beam_size=1))
    assert hear("demo", [entry], other).resumed == 0
    with Path(audio).open("ab") as file:
        file.write(b"\0")
    assert hear("demo", [entry], bench).resumed == 0


def test_a_failing_clip_is_told_and_costs_nothing_else(bench: Bench, tmp_path: Path) -> None:
    """Missing, empty and damaged files, and clips beyond the end: each with its reason."""
    empty, text = tmp_path / "empty.wav", tmp_path / "text.wav"
    empty.write_bytes(b"")
    text.write_text("this is no sound", encoding="utf-8")
    entries = [
        note("missing", audio=tmp_path / "no.wav"), note("empty", audio=empty),
        note("text", audio=text), note("beyond", start=60.0, end=61.0), note(),
    ]  # fmt: skip
    heard = hear("demo", entries, bench).utterances
    assert [bool(one.failure) for one in heard] == [True, True, True, True, False]
    assert all(one.hypothesis == "" for one in heard[:4])
    assert "no.wav" in heard[0].failure
    assert len(bench.journal) == 1


def test_a_language_that_the_model_does_not_know_is_not_asked_for(bench: Bench) -> None:
    """An English model hears a Croatian entry as what it knows."""
    (one,) = hear("demo", [note(language="hr")], bench).utterances
    assert (one.failure, one.language) == ("", "hr")


def test_silence_has_an_empty_reference(bench: Bench, tmp_path: Path) -> None:
    """What is heard in it was invented."""
    silent = tmp_path / "silence.wav"
    silent.write_bytes(header(3 * SAMPLE_RATE, SAMPLE_RATE) + bytes(6 * SAMPLE_RATE))
    entry = Entry(id="silence", audio=silent, no_speech=True)
    (one,) = hear("demo", [entry], bench).utterances
    assert (one.reference, one.failure) == ("", "")


def test_references_with_times_are_kept(bench: Bench, tmp_path: Path) -> None:
    """From the entry's segments, or from the transcript that it names."""
    (tmp_path / "n.srt").write_text("1\n00:00:00,400 --> 00:00:05,500\nPlease\n", encoding="utf-8")
    words = (TimedWord(word="Please", start=0.4, end=0.8),)
    timed = Stretch(text="Please", start=0.4, end=0.8, words=words)
    entries = [
        note("segments", segments=(timed,)),
        note("file", transcript="", extra={"transcript_path": "n.srt"}),
    ]
    one, two = hear("demo", entries, replace(bench, folder=tmp_path)).utterances
    assert one.reference_transcript is not None
    assert one.reference_transcript.words[0].start == 0.4
    assert two.reference == "Please"
    broken = note("file", extra={"transcript_path": "no.srt"})
    with pytest.raises(DataError, match=r"no\.srt"):
        hear("demo", [broken], replace(bench, folder=tmp_path))


def test_a_model_that_is_not_there_ends_all(bench: Bench) -> None:
    """The next clip would meet the same."""
    with pytest.raises(ModelError):
        hear("nobody/has-this", [note()], bench)


def test_a_stop_keeps_what_was_done(bench: Bench) -> None:
    """The same call goes on after the clip that was finished."""
    entries = [note("one"), note("two", end=5.8)]
    stopped = replace(bench, watch=Watch(cancelled=lambda: len(bench.journal) > 0))
    with pytest.raises(Cancelled):
        hear("demo", entries, stopped)
    assert hear("demo", entries, bench).resumed == 1


def test_manifests_of_others_are_read(tmp_path: Path) -> None:
    """NeMo's fields; of our own, the lines that can be used, and the faults of the rest."""
    path = tmp_path / "nemo.jsonl"
    row = {"audio_filepath": "a.wav", "offset": 1.5, "duration": 2.0, "text": "da", "lang": "hr"}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    (entry,), faults = read_entries(path)
    assert (entry.audio, entry.start, entry.end) == (tmp_path / "a.wav", 1.5, 3.5)
    assert (entry.transcript, entry.language, faults) == ("da", "hr", ())
    ours = write_manifest(tmp_path / "ours.jsonl", [note()])
    with ours.open("a", encoding="utf-8") as file:
        file.write('{"id": "x"}\n')
    entries, faults = read_entries(ours)
    assert (len(entries), [fault.line for fault in faults]) == (1, [2])


def test_a_manifest_without_a_usable_line_is_an_error(tmp_path: Path) -> None:
    """It names the first fault."""
    path = tmp_path / "m.jsonl"
    path.write_text('{"id": "x"}\n', encoding="utf-8")
    with pytest.raises(DataError, match="line 1: it names no audio"):
        read_entries(path)


def test_rows_of_a_table_are_entries(tmp_path: Path) -> None:
    """Paths are relative to the table; a language column is stronger than the default."""
    table = Table(
        ("audio_path", "language"),
        ({"audio_path": " a b.wav ", "language": ""}, {"audio_path": "/x/c.wav", "language": "sr"}),
    )
    one, two = entries_of(table, tmp_path / "t.tsv", "hr")
    assert (one.audio, one.language) == (tmp_path / "a b.wav", "hr")
    assert (two.audio, two.language) == (Path("/x/c.wav"), "sr")
