"""Hugging Face's AudioFolder."""

import json
import wave
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from shape_entries import make_wav

from hansard.errors import Cancelled, ManifestError, MissingExtraError
from hansard.training.manifest import Entry, write_manifest
from hansard.training.project import Project
from hansard.training.shapes import Conversion, ConvertOptions, convert
from hansard.training.shapes.audiofolder_reading import read
from hansard.training.watching import Watch


def write(tmp_path: Path, *entries: Entry, **options: object) -> tuple[Path, Conversion]:
    source = write_manifest(tmp_path / "in.jsonl", entries)
    chosen = ConvertOptions(to="audiofolder", **options)  # type: ignore[arg-type]
    return tmp_path / "made", convert(source, tmp_path / "made", chosen, Project(tmp_path))


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def samples(path: Path) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def test_clips_become_files_of_their_own_sample_by_sample(tmp_path: Path) -> None:
    """A part of a recording is cut out exactly; a whole one is copied byte by byte."""
    audio = make_wav(tmp_path / "long.wav")
    folder, made = write(
        tmp_path,
        Entry(id="part", audio=audio, transcript="da", start=0.5, end=0.75),
        Entry(id="whole", audio=audio, transcript="ne"),
    )
    np.testing.assert_array_equal(
        samples(folder / "train" / "part.wav"), samples(audio)[8_000:12_000]
    )
    assert (folder / "train" / "whole.wav").read_bytes() == audio.read_bytes()
    assert [row["file_name"] for row in rows(folder / "train" / "metadata.jsonl")] == [
        "part.wav",
        "whole.wav",
    ]
    assert made.notes == ("1 clip cut or decoded into WAV files, 16 kHz mono",)


def test_names_are_safe_and_unique(tmp_path: Path) -> None:
    """Ids that would leave the folder, meet, or be too long get names that do not."""
    audio = make_wav(tmp_path / "a.WAV")
    ids = ["../up", "/etc/x", "A", "a", "č/ž", "č ž", "nul", "x" * 300, "..."]
    folder, _ = write(tmp_path, *(Entry(id=each, audio=audio, transcript="da") for each in ids))
    names = [str(row["file_name"]) for row in rows(folder / "train" / "metadata.jsonl")]
    assert names[:7] == [
        "up.wav", "etc_x.wav", "A.wav", "a_2.wav", "č_ž.wav", "č_ž_2.wav", "nul_.wav",
    ]  # fmt: skip
    assert {path.name for path in (folder / "train").iterdir()} == {*names, "metadata.jsonl"}
    assert [row["id"] for row in rows(folder / "train" / "metadata.jsonl")] == ids


def test_splits_are_folders_both_ways(tmp_path: Path) -> None:
    """A folder of manifests called like splits becomes folders, and those become fields again."""
    audio = make_wav(tmp_path / "a.wav")
    for split in ("train", "test"):
        write_manifest(
            tmp_path / "splits" / f"{split}.jsonl", [Entry(id="x", audio=audio, transcript=split)]
        )
    options = ConvertOptions(to="audiofolder")
    made = convert(tmp_path / "splits", tmp_path / "made", options, Project(tmp_path))
    assert "1 id came in several splits" in made.notes[0]
    found = {entry.transcript: entry for entry in read(tmp_path / "made").entries}
    assert {name: entry.extra for name, entry in found.items()} == {
        "train": {"split": "train"},
        "test": {"split": "test"},
    }
    assert found["test"].audio.parent == tmp_path / "made" / "test"


def test_audio_can_be_linked(tmp_path: Path) -> None:
    """With links no second copy of a recording takes room."""
    audio = make_wav(tmp_path / "a.wav")
    (tmp_path / "alias.wav").symlink_to(audio)
    entry = Entry(id="x", audio=tmp_path / "alias.wav", transcript="da")
    folder, _ = write(tmp_path, entry, link=True)
    assert (folder / "train" / "x.wav").samefile(audio)


def test_audio_that_cannot_be_had_is_left_out_and_told(tmp_path: Path) -> None:
    """Missing, empty and broken files fail alone; nothing half-made stays."""
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.mp3").write_text("no sound " * 200)
    good = make_wav(tmp_path / "good.wav")
    names = ("empty.wav", "text.mp3", "gone.wav", "good.wav")
    entries = [Entry(id=name, audio=tmp_path / name, transcript="da") for name in names]
    outside = Entry(id="outside", audio=good, transcript="da", start=7.0)
    folder, made = write(tmp_path, *entries, outside)
    assert sorted(failure.id for failure in made.failures) == [
        "empty.wav", "gone.wav", "outside", "text.mp3",
    ]  # fmt: skip
    assert sorted(path.name for path in (folder / "train").iterdir()) == [
        "good.wav.wav",
        "metadata.jsonl",
    ]


def test_an_interrupted_conversion_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Nothing appears under the target's name before all is done, and nothing is done twice."""
    audio = make_wav(tmp_path / "a.wav")
    entries = [
        Entry(id=f"e{n}", audio=audio, transcript="da", start=n / 10, end=1.0) for n in range(5)
    ]
    source = write_manifest(tmp_path / "in.jsonl", entries)
    target, options = tmp_path / "made", ConvertOptions(to="audiofolder")
    begun: list[str] = []
    watch = Watch(
        advance=lambda _done, _total, name: begun.append(name), cancelled=lambda: len(begun) == 3
    )
    with pytest.raises(Cancelled):
        convert(source, target, options, Project(tmp_path), watch)
    assert not target.exists()
    part = tmp_path / ".made.hansard-part" / "train"
    before = {path.name: path.stat().st_mtime_ns for path in part.iterdir()}
    assert sorted(before) == ["e0.wav", "e1.wav", "e2.wav"]
    (part / "stale.wav").touch()
    convert(source, target, options, Project(tmp_path))
    after = {path.name: path.stat().st_mtime_ns for path in (target / "train").iterdir()}
    assert sorted(after) == ["e0.wav", "e1.wav", "e2.wav", "e3.wav", "e4.wav", "metadata.jsonl"]
    assert {name: after[name] for name in before} == before
    assert not part.parent.exists()


def test_metadata_of_others_is_read(tmp_path: Path) -> None:
    """Any of the usual columns tells what is said; empty cells are nothing."""
    folder = tmp_path / "data"
    (folder / "test").mkdir(parents=True)
    (folder / "test" / "metadata.csv").write_text(
        'file_name,sentence,speaker,year,duration\n"a,1.wav","Dobar, ""dan""\nsvima",,2020,1.5\n'
    )
    (entry,) = read(folder).entries
    assert entry.audio == folder / "test" / "a,1.wav"
    assert (entry.transcript, entry.duration) == ('Dobar, "dan"\nsvima', 1.5)
    assert (entry.id, entry.speaker, entry.extra) == (
        "a,1",
        None,
        {"year": "2020", "split": "test"},
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("file_name,text\na.wav,da\n,ne\n", 3, "no file_name"),
        ("file_name,text\na.wav,da\nb.wav,\n", 3, "transcript is empty"),
        ("file_name,text\na.wav,da\nb.wav,ne,x\n", 3, "more cells"),
        ("file_name,text,duration\na.wav,da,1\nb.wav,ne,long\n", 3, "duration is 'long'"),
        ("file_name,text,id\na.wav,da,x\nb.wav,ne,x\n", 3, "'x' is there already"),
    ],
)
def test_a_bad_row_is_told(text: str, line: int, message: str, tmp_path: Path) -> None:
    """The faults of a table come with their lines."""
    path = tmp_path / "metadata.csv"
    path.write_text(text)
    found = read(path)
    assert len(found.entries) == 1
    assert found.faults[0].line == line
    assert message in found.faults[0].message


def test_a_cell_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    """Text of another encoding costs its row only."""
    path = tmp_path / "metadata.csv"
    path.write_bytes("file_name,text\na.wav,da\nb.wav,čaj\n".encode("cp1250"))
    found = read(path)
    assert [entry.id for entry in found.entries] == ["a"]
    assert found.faults[0].line == 3


def test_folders_that_tell_nothing_are_refused(tmp_path: Path) -> None:
    """Without metadata, or with two of one folder, it is not clear what is said."""
    with pytest.raises(ManifestError, match=r"no metadata\.csv"):
        read(tmp_path)
    (tmp_path / "metadata.csv").touch()
    (tmp_path / "metadata.jsonl").touch()
    with pytest.raises(ManifestError, match="several metadata files"):
        read(tmp_path)


@pytest.mark.skipif(find_spec("pyarrow") is not None, reason="pyarrow is installed")
def test_parquet_without_its_library_is_a_clear_error(tmp_path: Path) -> None:
    """It says which library is missing."""
    (tmp_path / "metadata.parquet").write_bytes(b"PAR1")
    with pytest.raises(MissingExtraError, match="pyarrow"):
        read(tmp_path)
