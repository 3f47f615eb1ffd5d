"""Lhotse's manifests."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from shape_entries import make_wav

from hansard.errors import ManifestError
from hansard.training.manifest import Entry, Stretch, TimedWord, read_manifest, write_manifest
from hansard.training.project import Project
from hansard.training.shapes import ConvertOptions, convert
from hansard.training.shapes.lhotse_reading import read

WORDS = (
    TimedWord(word="dobar", start=0.1, end=0.4, score=0.75),
    TimedWord(word="dan", start=0.5, end=0.8),
)


def recording(audio: Path | str, **more: Any) -> dict[str, Any]:
    source = {"type": "file", "channels": [0], "source": str(audio)}
    facts = {"sampling_rate": 16000, "num_samples": 32000, "duration": 2.0, "channel_ids": [0]}
    return {"id": "r", "sources": [source], **facts, **more}


def supervision(**more: Any) -> dict[str, Any]:
    fields = {"id": "s", "recording_id": "r", "start": 0.5, "duration": 1.0, "channel": 0}
    return {**fields, "text": "dobar dan", **more}


def write_rows(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def data_set(folder: Path, *supervisions: dict[str, Any], **more: Any) -> Path:
    write_rows(folder / "recordings.jsonl.gz", recording("r.wav", **more))
    write_rows(folder / "supervisions.jsonl.gz", *supervisions)
    return folder


def make_entries(folder: Path) -> tuple[Entry, ...]:
    mono, stereo = make_wav(folder / "a b.wav"), make_wav(folder / "st.wav", rate=8000, channels=2)
    part = Stretch(text="dobar dan", start=0.1, end=0.9, words=WORDS)
    return (
        Entry(id="clip", audio=mono, transcript="dobar dan", speaker="ana", language="hr",
              duration=1.0, start=0.75, end=1.75, licence="CC0", segments=(part,),
              extra={"topic": "x"}),
        Entry(id="whole", audio=stereo, transcript="sve", duration=2.0, segments=(part,)),
        Entry(id="silence", audio=mono, duration=0.5, start=0.0, end=0.5, no_speech=True),
    )  # fmt: skip


def test_lhotse_accepts_what_we_write_and_we_read_what_it_writes(tmp_path: Path) -> None:
    """Lhotse loads and validates all three files, sound included, and its copies read back."""
    lhotse = pytest.importorskip("lhotse", reason="Lhotse is not installed")
    qa = pytest.importorskip("lhotse.qa")
    given = make_entries(tmp_path)
    source = write_manifest(tmp_path / "in.jsonl", given)
    project = Project(tmp_path)
    convert(source, tmp_path / "made", ConvertOptions(to="lhotse"), project)
    recordings, supervisions, cuts = (
        lhotse.load_manifest(tmp_path / "made" / f"{name}.jsonl.gz")
        for name in ("recordings", "supervisions", "cuts")
    )
    qa.validate_recordings_and_supervisions(recordings, supervisions, read_data=True)
    lhotse.validate(cuts, read_data=True)
    word = supervisions["clip"].alignment["word"][0]
    assert (word.symbol, word.start, word.duration, word.score) == ("dobar", 0.85, 0.3, 0.75)

    (tmp_path / "theirs").mkdir()
    trimmed = lhotse.CutSet.from_manifests(recordings, supervisions).trim_to_supervisions(
        keep_overlapping=False
    )
    trimmed.to_file(tmp_path / "theirs" / "cuts.jsonl.gz")
    recordings.to_file(tmp_path / "parts_recordings.jsonl.gz")
    supervisions.to_file(tmp_path / "parts_supervisions.jsonl.gz")
    for theirs in ("theirs", "made/cuts.jsonl.gz", "parts_supervisions.jsonl.gz"):
        out = tmp_path / f"{theirs.replace('/', '-')}.jsonl"
        convert(tmp_path / theirs, out, ConvertOptions(to="hansard"), project)
        assert {e.id: e for e in read_manifest(out)} == {e.id: e for e in given}, theirs


def test_lengths_and_rates_are_those_of_the_file(tmp_path: Path) -> None:
    """Every recording is described once, as it really is, and not as the manifest claims."""
    audio = make_wav(tmp_path / "a.wav", rate=44100, seconds=1.5)
    liar = Entry(id="x", audio=audio, transcript="da", duration=99.0)
    twice = Entry(id="y", audio=audio, transcript="ne", start=1.0, end=9.0)
    source = write_manifest(tmp_path / "in.jsonl", [liar, twice])
    convert(source, tmp_path / "made", ConvertOptions(to="lhotse"), Project(tmp_path))
    (facts,) = rows_of(tmp_path / "made" / "recordings.jsonl.gz")
    assert (facts["sampling_rate"], facts["num_samples"], facts["duration"]) == (44100, 66150, 1.5)
    rows = rows_of(tmp_path / "made" / "supervisions.jsonl.gz")
    assert [row["duration"] for row in rows] == [1.5, 0.5]


def test_words_without_parts_make_one_part(tmp_path: Path) -> None:
    """An aligner's words come with the whole transcript around them, on the clip's clock."""
    aligned = {"word": [["dobar", 0.6, 0.3, 0.9], ["dan", 1.0, 0.3]]}
    (entry,) = read(data_set(tmp_path, supervision(alignment=aligned))).entries
    (part,) = entry.segments
    assert (part.text, part.start, part.end) == ("dobar dan", 0.1, 0.8)
    assert [(w.word, w.start, w.end, w.score) for w in part.words] == [
        ("dobar", 0.1, 0.4, 0.9),
        ("dan", 0.5, 0.8, None),
    ]


@pytest.mark.parametrize(
    ("alignment", "note"),
    [
        ({"phone": [["d", 0.6, 0.1]]}, "an alignment of kind 'phone' is left out"),
        ({"word": [["dan", 8.0, 0.1]]}, "an alignment that lies outside its clip is left out"),
    ],
)
def test_alignments_of_no_use_are_left_out_and_told(
    alignment: dict[str, Any], note: str, tmp_path: Path
) -> None:
    """What we cannot keep does not go silently."""
    found = read(data_set(tmp_path, supervision(alignment=alignment)))
    assert found.entries[0].segments == ()
    assert found.notes == (note,)


def test_fields_of_others_are_kept(tmp_path: Path) -> None:
    """Gender, custom fields and English names of languages find their places."""
    folder = data_set(
        tmp_path,
        supervision(language="Croatian", gender="F", custom={"snr": 3, "source": "radio"}),
        supervision(id="t", start=0, duration=2.0, text="sve"),
    )
    one, two = read(folder).entries
    assert (one.language, one.source, one.extra) == ("hr", "radio", {"gender": "F", "snr": 3})
    assert (one.audio, one.start, one.end) == (tmp_path / "r.wav", 0.5, 1.5)
    assert (two.start, two.end, two.duration) == (0.0, None, 2.0)


def test_a_channel_of_a_file_with_several_is_kept_and_told(tmp_path: Path) -> None:
    """Which channel a clip is of stays a field, as Hansard mixes channels."""
    both = [{"type": "file", "channels": [0, 1], "source": "st.wav"}]
    apart = [{"type": "file", "channels": [n], "source": f"{n}.wav"} for n in (0, 1)]
    found = read(data_set(tmp_path / "a", supervision(channel=1), sources=both))
    assert found.entries[0].extra == {"channel": 1}
    assert "one channel" in found.notes[0]
    found = read(data_set(tmp_path / "b", supervision(channel=1), sources=apart))
    assert (found.entries[0].audio.name, found.notes) == ("1.wav", ())


@pytest.mark.parametrize(
    ("fields", "more", "message"),
    [
        ({"recording_id": "q"}, {}, "no recording 'q'"),
        ({"duration": 0}, {}, "duration is 0"),
        ({"text": None}, {}, "transcript of 's' is empty"),
        ({"channel": 7}, {}, "no channel 7"),
        ({"alignment": {"word": [["a"]]}}, {}, "symbol, start, duration"),
        ({}, {"sources": [{"type": "command", "source": "touch x"}]}, "commands are never run"),
        ({}, {"sources": [{"type": "url", "source": "https://x"}]}, "addresses are not fetched"),
        ({}, {"transforms": [{"name": "Speed", "kwargs": {"factor": 1.1}}]}, "changed by 'Speed'"),
    ],
)
def test_what_cannot_be_used_is_a_fault(
    fields: dict[str, Any], more: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """Bad lines of both files are told, and others stay."""
    found = read(data_set(tmp_path, supervision(**fields), **more))
    assert found.entries == ()
    assert message in " ".join(fault.message for fault in found.faults)


def test_cuts_of_several_recordings_are_faults_and_empty_ones_notes(tmp_path: Path) -> None:
    """A mixed cut has no place in one file; a cut in which nothing is said is left out."""
    empty = {"type": "MonoCut", "id": "c", "start": 0, "duration": 1, "channel": 0,
             "recording": recording("r.wav")}  # fmt: skip
    path = write_rows(tmp_path / "cuts.jsonl", {"type": "MixedCut", "tracks": []}, empty)
    found = read(path)
    assert "a MixedCut is not a stretch" in found.faults[0].message
    assert found.notes == ("a cut without supervisions is left out",)


def test_files_that_may_not_belong_together_are_refused(tmp_path: Path) -> None:
    """Several splits in a folder have to be named one by one; a lone half is told."""
    for split in ("train", "test"):
        write_rows(tmp_path / f"x_supervisions_{split}.jsonl.gz", supervision(text=split))
        write_rows(tmp_path / f"x_recordings_{split}.jsonl.gz", recording("r.wav"))
    with pytest.raises(ManifestError, match="belong together"):
        read(tmp_path)
    (entry,) = read(tmp_path / "x_supervisions_test.jsonl.gz").entries
    assert entry.transcript == "test"
    (tmp_path / "x_recordings_test.jsonl.gz").unlink()
    with pytest.raises(ManifestError, match="not there"):
        read(tmp_path / "x_supervisions_test.jsonl.gz")


def test_a_truncated_archive_is_told(tmp_path: Path) -> None:
    """Half a .gz file is a clear error."""
    folder = data_set(tmp_path, supervision())
    path = folder / "supervisions.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(ManifestError, match="cannot be read"):
        read(folder)
