"""Manifests of NeMo and of Whisper-Finetune."""

import json
from pathlib import Path
from typing import Any

import pytest
from shape_entries import make_wav

from hansard.errors import ManifestError
from hansard.training.manifest import Entry, write_manifest
from hansard.training.project import Project
from hansard.training.shapes import ConvertOptions, Kind, convert, finetune, nemo


def write_rows(path: Path, *rows: dict[str, Any] | str) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def make(tmp_path: Path, kind: Kind, *entries: Entry) -> list[dict[str, Any]]:
    source = write_manifest(tmp_path / "in.jsonl", entries)
    convert(source, tmp_path / "out.jsonl", ConvertOptions(to=kind), Project(tmp_path))
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]


def test_nemo_gets_its_fields_and_measured_lengths(tmp_path: Path) -> None:
    """A slice has an offset, a whole file has none, and a length that nobody knew is measured."""
    audio = make_wav(tmp_path / "wavs" / "a b.wav", rate=22_050)
    whole = Entry(id="w", audio=audio, transcript="dobar dan", language="hr", extra={"snr": 4})
    clip = Entry(id="c", audio=audio, transcript="dan", start=0.5, end=1.25, duration=0.75)
    rows = make(tmp_path, "nemo", whole, clip)
    assert rows[0] == {
        "audio_filepath": "wavs/a b.wav", "duration": 2.0, "text": "dobar dan", "lang": "hr",
        "id": "w", "snr": 4,
    }  # fmt: skip
    assert rows[1] == {
        "audio_filepath": "wavs/a b.wav", "offset": 0.5, "duration": 0.75, "text": "dan", "id": "c",
    }  # fmt: skip


def test_lengths_of_compressed_and_lying_files_are_measured_by_decoding(tmp_path: Path) -> None:
    """A WAV that was cut off is as long as the sound that is left in it."""
    audio = make_wav(tmp_path / "cut.wav", rate=16_000)
    audio.write_bytes(audio.read_bytes()[: 44 + 16_000])
    (row,) = make(tmp_path, "nemo", Entry(id="x", audio=audio, transcript="da"))
    assert row["duration"] == 0.5


def test_a_clip_without_length_or_audio_is_left_out_and_the_others_stay(tmp_path: Path) -> None:
    """Sound is only needed where a length is not known."""
    gone = tmp_path / "gone.wav"
    entries = [
        Entry(id="known", audio=gone, transcript="da", duration=1.0),
        Entry(id="unknown", audio=gone, transcript="ne"),
    ]
    source = write_manifest(tmp_path / "in.jsonl", entries)
    made = convert(source, tmp_path / "o.jsonl", ConvertOptions(to="nemo"), Project(tmp_path))
    assert [failure.id for failure in made.failures] == ["unknown"]
    assert (made.written, made.missing) == (1, (gone,))
    entries = [Entry(id="unknown", audio=gone, transcript="ne")]
    source = write_manifest(tmp_path / "in.jsonl", entries)
    with pytest.raises(ManifestError, match="no clip could be converted"):
        convert(source, tmp_path / "p.jsonl", ConvertOptions(to="nemo"), Project(tmp_path))
    assert not (tmp_path / "p.jsonl").exists()


def test_nemo_lines_without_ids_are_named_after_their_files(tmp_path: Path) -> None:
    """Ids are stable and unique, and keep clear of those that are given."""
    rows = [
        {"audio_filepath": "x/a.wav", "duration": 1, "text": "da"},
        {"audio_filepath": "y/a.wav", "duration": 1, "text": "ne"},
        {"audio_filepath": "x/a.wav", "duration": 1, "offset": 1.5, "text": "da"},
        {"audio_filepath": "z.wav", "duration": 1, "text": "da", "id": "a-2"},
    ]
    found = nemo.read(write_rows(tmp_path / "m.json", *rows))
    assert [entry.id for entry in found.entries] == ["a", "a-3", "a-0001500", "a-2"]
    assert [entry.end for entry in found.entries] == [None, None, 2.5, None]


@pytest.mark.parametrize(
    ("fields", "language", "extra"),
    [
        ({"lang": "hr"}, "hr", {}),
        ({"language": "Serbian"}, "sr", {}),
        ({"source_lang": "en", "target_lang": "de", "pnc": "yes"}, "de",
         {"source_lang": "en", "target_lang": "de", "pnc": "yes"}),
        ({"lang": "tlh"}, "tlh", {}),
        ({"pred_text": "daa", "audio": "x"}, None, {"pred_text": "daa", "other_audio": "x"}),
    ],
)  # fmt: skip
def test_nemo_fields_find_their_places(
    fields: dict[str, Any], language: str | None, extra: dict[str, Any], tmp_path: Path
) -> None:
    """Languages are understood in all of NeMo's fields; what has no place stays beside it."""
    row = {"audio_filepath": "a.wav", "duration": 1.0, "text": "da", "speaker_id": 12, **fields}
    (entry,) = nemo.read(write_rows(tmp_path / "m.json", row)).entries
    assert (entry.language, entry.speaker, entry.extra) == (language, "12", extra)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "not JSON"),
        ({"duration": 1, "text": "da"}, "no audio_filepath"),
        ({"audio_filepath": ["a.wav", "b.wav"], "text": "da"}, "not a path"),
        ({"audio_filepath": "a.wav", "duration": "1", "text": "da"}, "duration is '1'"),
        ({"audio_filepath": "a.wav", "duration": 0, "offset": 1, "text": "da"}, "not above zero"),
        ({"audio_filepath": "a.wav", "duration": 1, "text": ""}, "transcript is empty"),
        ({"audio_filepath": "a.wav", "duration": 1, "text": "da", "id": "x"}, "'x' is there"),
    ],
)
def test_a_bad_nemo_line_is_told(row: dict[str, Any] | str, message: str, tmp_path: Path) -> None:
    """The faults of a line come with its number, and the other lines are read."""
    good = {"audio_filepath": "g.wav", "duration": 1, "text": "da", "id": "x"}
    found = nemo.read(write_rows(tmp_path / "m.json", good, row))
    assert [entry.id for entry in found.entries] == ["x"]
    assert found.faults[0].line == 2
    assert message in found.faults[0].message


def test_whisper_finetune_gets_its_fields(tmp_path: Path) -> None:
    """Clips have a start and an end, and silence is an empty sentence without sentences."""
    audio = make_wav(tmp_path / "a.wav")
    clip = Entry(id="c", audio=audio, transcript="dan", language="hr", start=0.5)
    silence = Entry(id="s", audio=audio, no_speech=True)
    rows = make(tmp_path, "whisper-finetune", clip, silence)
    assert rows[0] == {
        "audio": {"path": str(audio), "start_time": 0.5, "end_time": 2.0},
        "sentence": "dan", "language": "hr", "duration": 1.5, "id": "c",
    }  # fmt: skip
    assert rows[1] == {
        "audio": {"path": str(audio)}, "sentence": "", "sentences": [], "duration": 2.0, "id": "s",
    }  # fmt: skip


def test_whisper_finetune_is_read(tmp_path: Path) -> None:
    """Times of sentences, names of languages and samples without speech are understood."""
    sentences = [{"start": 0, "end": 1.2, "text": "Dobar dan."}]
    path = write_rows(
        tmp_path / "m.json",
        {"audio": {"path": "d/a.wav"}, "sentence": "Dobar dan.", "language": "Croatian",
         "sentences": sentences, "duration": 1.3},
        {"audio": {"path": "d/b.wav"}, "sentence": "", "sentences": [], "duration": 2},
        {"audio": {"path": "d/c.wav"}, "sentence": "", "duration": 2},
        {"audio": "d/d.wav", "sentence": "da", "duration": 2},
    )  # fmt: skip
    found = finetune.read(path)
    spoken, silent = found.entries
    assert (spoken.language, spoken.segments[0].end, spoken.no_speech) == ("hr", 1.2, False)
    assert (silent.transcript, silent.no_speech) == ("", True)
    assert [fault.line for fault in found.faults] == [3, 4]
