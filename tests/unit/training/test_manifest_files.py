"""Manifests as files."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shape_entries import entries

from hansard.errors import ManifestError
from hansard.training.manifest import (
    Entry,
    read_leniently,
    read_manifest,
    write_manifest,
)

GOOD = '{"id": "a", "audio": "a.wav", "transcript": "da"}'


def write(folder: Path, *lines: str | bytes) -> Path:
    path = folder / "run.jsonl"
    path.write_bytes(b"\n".join(x if isinstance(x, bytes) else x.encode() for x in lines))
    return path


@given(data=st.data())
def test_what_is_written_is_read_again(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every field of an entry survives the file."""
    folder = tmp_path_factory.mktemp("manifests")
    given_ = data.draw(entries({"a": folder / "x y" / "a.wav", "b": folder / "b.mp3"}))
    assert read_manifest(write_manifest(folder / "m.jsonl", given_)) == given_


def test_audio_is_relative_to_the_manifest_or_absolute(tmp_path: Path) -> None:
    """A manifest may be moved together with its audio."""
    path = write(
        tmp_path,
        '{"id": 1, "audio": "../up/a.wav", "transcript": "da"}',
        '{"id": "b", "audio": "/data/b.wav", "transcript": "da"}',
    )
    first, second = read_manifest(path)
    assert (first.id, first.audio) == ("1", tmp_path.parent / "up" / "a.wav")
    assert second.audio == Path("/data/b.wav")
    made = write_manifest(tmp_path / "below" / "m.jsonl", [first])
    assert json.loads(made.read_text())["audio"] == "../../up/a.wav"


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        ("not json", "line", "not JSON"),
        ("[1]", "line", "not a JSON object"),
        ('{"id": "b", "audio": "x.wav", "transcript": "da", "snr": NaN}', "line", "NaN"),
        ('{"id": "b", "audio": "x.wav", "transcript": "zdrav\xe8"}'.encode("latin-1"),
         "line", "UTF-8"),
        ('{"audio": "x.wav", "transcript": "da"}', "field", "no id"),
        ('{"id": " ", "audio": "x.wav"}', "field", "id is ' '"),
        ('{"id": "b", "transcript": "da"}', "field", "no audio"),
        ('{"id": "b", "audio": "x\\u0000.wav", "transcript": "da"}', "field", "no path has"),
        ('{"id": "b", "audio": "x.wav", "transcript": 5}', "field", "not text"),
        ('{"id": "b", "audio": "x.wav", "transcript": "\\ud83d"}', "field", "no text has"),
        ('{"id": "b", "audio": "x.wav", "transcript": "da", "start": -1}', "field", "start is -1"),
        ('{"id": "b", "audio": "x.wav", "transcript": "da", "duration": 1%s}' % ("0" * 400),
         "field", "duration is 1000"),
        ('{"id": "b", "audio": "x.wav", "transcript": "da", "start": 2, "end": 2}',
         "field", "not after start"),
        ('{"id": "b", "audio": "x.wav", "transcript": "da", "no_speech": true}',
         "field", "there is a transcript"),
        ('{"id": "b", "audio": "x.wav", "segments": [{"start": 0, "end": 1, "words": 5}]}',
         "field", "words is not a list"),
        ('{"id": "b", "audio": "x.wav", "transcript": "da", "segments": [{"start": 0}]}',
         "field", "no end"),
        ('{"id": "b", "audio": "x.wav", "transcript": " "}', "empty transcript", "empty"),
        (GOOD, "duplicate id", "'a' is there already"),
    ],
)  # fmt: skip
def test_a_bad_line_is_a_fault_and_the_others_stay(
    line: str | bytes, kind: str, message: str, tmp_path: Path
) -> None:
    """Each kind of bad line is told with its number, and costs only itself."""
    other = '{"id": "c", "audio": "c.wav", "transcript": "ne"}'
    path = write(tmp_path, GOOD, line, "", other)
    read = read_leniently(path)
    assert [entry.id for entry in read.entries] == ["a", "c"]
    (fault,) = read.faults
    assert (fault.line, fault.kind) == (2, kind)
    assert message in fault.message
    with pytest.raises(ManifestError, match="line 2"):
        read_manifest(path)


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    """A folder, a missing file and UTF-16 each get a clear error."""
    with pytest.raises(ManifestError, match="there is no manifest"):
        read_manifest(tmp_path / "none.jsonl")
    with pytest.raises(ManifestError, match="cannot be read"):
        read_manifest(tmp_path)
    path = tmp_path / "wide.jsonl"
    path.write_text(GOOD, encoding="utf-16")
    with pytest.raises(ManifestError, match="not text in UTF-8"):
        read_manifest(path)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    """What Windows editors put into a file is read past."""
    path = write(tmp_path, b"\xef\xbb\xbf" + GOOD.encode() + b"\r")
    assert [entry.id for entry in read_manifest(path)] == ["a"]


def test_other_fields_are_kept_and_cannot_displace_known_ones(tmp_path: Path) -> None:
    """An extra field stays; one that is called like a known field gives way."""
    entry = Entry(id="a", audio=tmp_path / "a.wav", transcript="da", extra={"snr": 12, "id": "x"})
    (read,) = read_manifest(write_manifest(tmp_path / "m.jsonl", [entry]))
    assert read == replace(entry, extra={"snr": 12})


@pytest.mark.parametrize("name", [b"\xe8.wav", "žaba, ljeto.wav".encode()])
def test_names_of_files_that_are_not_utf8_survive(name: bytes, tmp_path: Path) -> None:
    """A file keeps its name in the manifest, whatever bytes it is made of."""
    audio = tmp_path / os.fsdecode(name)
    entry = Entry(id="a", audio=audio, transcript="da")
    path = write_manifest(tmp_path / "m.jsonl", [entry])
    assert read_manifest(path) == (entry,)
    path.read_text(encoding="utf-8")
