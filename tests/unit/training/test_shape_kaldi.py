"""Kaldi's data folders."""

import subprocess
from pathlib import Path

import pytest
from shape_entries import make_wav

from hansard.errors import ManifestError
from hansard.training.manifest import Entry, write_manifest
from hansard.training.project import Project
from hansard.training.shapes import Conversion, ConvertOptions, convert
from hansard.training.shapes.kaldi_reading import read


def data_folder(folder: Path, **tables: str) -> Path:
    """A data folder with these tables; dots in their names are written as double underscores."""
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def keys(path: Path) -> list[bytes]:
    return [line.split(b" ")[0] for line in path.read_bytes().splitlines()]


def write(tmp_path: Path, *entries: Entry) -> tuple[Path, Conversion]:
    source = write_manifest(tmp_path / "in.jsonl", entries)
    made = convert(source, tmp_path / "data", ConvertOptions(to="kaldi"), Project(tmp_path))
    return tmp_path / "data", made


def test_tables_are_in_the_order_of_bytes_by_utterance_and_by_speaker(tmp_path: Path) -> None:
    """Whatever the names, `sort` in the C locale finds nothing to do, as Kaldi demands."""
    audio = make_wav(tmp_path / "a.wav")
    people = ["ana", "ana-marija", "Ana", "ćiro", "b b", "b_b", None, "ana!"]
    entries = [
        Entry(id=f"{name}{n}", audio=audio, transcript="da", speaker=person, start=n / 10)
        for name in ("x", "ana-", "Z", "a-", "č ")
        for n, person in enumerate(people)
    ]
    folder, made = write(tmp_path, *entries)
    assert made.written == 40
    for table in folder.iterdir():
        assert keys(table) == sorted(set(keys(table))), table.name
    sort = ["sort", "-c", "-k2", folder / "utt2spk"]
    assert subprocess.run(sort, env={"LC_ALL": "C"}, check=False).returncode == 0
    pairs = [line.split() for line in (folder / "utt2spk").read_text().splitlines()]
    assert all(utterance.startswith(speaker) for utterance, speaker in pairs)
    listed = [
        [utterance, speaker]
        for speaker, *owned in map(str.split, (folder / "spk2utt").read_text().splitlines())
        for utterance in owned
    ]
    assert listed == pairs
    for table in ("text", "segments", "utt2dur"):
        assert keys(folder / table) == keys(folder / "utt2spk")


def test_whole_recordings_need_no_segments(tmp_path: Path) -> None:
    """Where each file is one utterance, wav.scp is keyed by utterance and holds full paths."""
    audio = make_wav(tmp_path / "with space.wav")
    folder, _ = write(tmp_path, Entry(id="u1", audio=audio, transcript="dobar  dan", speaker="ana"))
    assert (folder / "wav.scp").read_text() == f"ana-u1 {audio}\n"
    assert (folder / "text").read_text() == "ana-u1 dobar dan\n"
    assert (folder / "reco2dur").read_text() == "ana-u1 2\n"
    assert not (folder / "segments").exists()


def test_what_kaldi_cannot_hold_is_told(tmp_path: Path) -> None:
    """Other fields and changed blanks are counted by name, and other codecs than WAV are noted."""
    audio = make_wav(tmp_path / "a.wav")
    one = Entry(id="u1", audio=audio, transcript="a\nb", extra={"year": 7, "snr": 3})
    two = Entry(id="u2", audio=audio, transcript="c", extra={"year": 8})
    _, made = write(tmp_path, one, two)
    assert [(loss.field, loss.entries) for loss in made.losses] == [
        ("snr", 1),
        ("year", 2),
        ("line breaks and runs of spaces in transcript", 1),
    ]


def test_missing_audio_does_not_stop_what_needs_no_sound(tmp_path: Path) -> None:
    """A missing file is told; only an utterance whose end nobody knows is left out."""
    gone, here = tmp_path / "gone.wav", make_wav(tmp_path / "here.wav")
    known = Entry(id="known", audio=gone, transcript="a", start=1.0, end=2.0)
    unknown = Entry(id="unknown", audio=gone, transcript="b", start=1.0)
    behind = Entry(id="behind", audio=here, transcript="c", start=5.0, end=6.0)
    (tmp_path / "empty.wav").touch()
    empty = Entry(id="empty", audio=tmp_path / "empty.wav", transcript="d", duration=3.0)
    folder, made = write(tmp_path, known, unknown, behind, empty)
    assert [failure.id for failure in made.failures] == ["unknown", "behind"]
    assert made.missing == (gone,)
    assert made.notes == ("1 recording cannot be read, so lengths are left out: empty.wav",)
    assert (folder / "segments").read_text() == "empty empty 0 3\nknown gone 1 2\n"
    assert not (folder / "reco2dur").exists()


def test_commands_in_wav_scp_are_refused_and_never_run(tmp_path: Path) -> None:
    """A pipe is a clear error with its line, and what it would do does not happen."""
    folder = data_folder(
        tmp_path / "data", wav__scp=f"a touch {tmp_path}/run |\nb b.wav\n", text="a da\nb ne\n"
    )
    found = read(folder)
    assert [entry.id for entry in found.entries] == ["b"]
    assert "a command, which is never run" in str(found.faults[0])
    assert not (tmp_path / "run").exists()
    with pytest.raises(ManifestError, match="never run"):
        convert(folder, tmp_path / "out.jsonl", ConvertOptions(), Project(tmp_path))


@pytest.mark.parametrize(
    ("tables", "file", "line", "message"),
    [
        ({"wav__scp": "a raw.ark:120"}, "text", 1, "no file of its own"),
        ({"wav__scp": "a -"}, "text", 1, "no file of its own"),
        ({"wav__scp": "b b.wav"}, "text", 1, "'a' is not in wav.scp"),
        ({"text": "a"}, "text", 1, "transcript of 'a' is empty"),
        ({"text": "a da\na ne"}, "text", 2, "'a' is there already"),
        ({"segments": "a a 2 1"}, "text", 1, "ends at 1, not after 2"),
        ({"segments": "a a x 1"}, "text", 1, "start is 'x'"),
        ({"segments": "a a 1"}, "text", 1, "not of recording, start and end"),
        ({"segments": "b a 0 1"}, "text", 1, "not in segments"),
        ({"utt2dur": "a long"}, "text", 1, "duration is 'long'"),
        ({"wav__scp": "a a.wav\nb b.wav"}, "wav.scp", 2, "'b' has no text"),
    ],
)
def test_a_bad_line_is_told_with_its_file(
    tables: dict[str, str], file: str, line: int, message: str, tmp_path: Path
) -> None:
    """What is wrong in a folder is told by file and line."""
    folder = data_folder(tmp_path / "data", **{"wav__scp": "a a.wav", "text": "a da", **tables})
    told = {(fault.file.name, fault.line): fault.message for fault in read(folder).faults}
    assert message in told[file, line]


def test_paths_are_found_from_the_folder_or_those_above(tmp_path: Path) -> None:
    """Kaldi's relative paths count from where a recipe runs, some folders above its data."""
    audio = make_wav(tmp_path / "recipe" / "wavs" / "a b.wav")
    (tmp_path / "recipe" / "data").mkdir()
    folder = data_folder(
        tmp_path / "recipe" / "data" / "train",
        wav__scp="a wavs/a b.wav\n",
        text="u  dobar dan \n",
        segments="u a 0.5 -1\n",
    )
    (found,) = read(folder).entries
    assert found.audio == audio
    assert (found.transcript, found.start, found.end) == ("dobar dan", 0.5, None)


def test_speakers_languages_and_lengths_are_read(tmp_path: Path) -> None:
    """The optional tables of other people's folders are used."""
    folder = data_folder(
        tmp_path / "data",
        wav__scp="r r.wav\n",
        text="ana-1 da\nzz ne\n",
        segments="ana-1 r 0 1.5\nzz r 0 9.5\n",
        utt2spk="ana-1 ana\nzz zz\n",
        utt2lang="ana-1 Croatian\nzz und\n",
        spk2gender="ana f\n",
        reco2dur="r 9.5\n",
    )
    one, two = read(folder).entries
    assert (one.speaker, one.language, one.extra) == ("ana", "hr", {"gender": "f"})
    assert (one.start, one.end, one.duration) == (0.0, 1.5, 1.5)
    assert (two.speaker, two.language, two.end) == (None, None, None)


def test_a_folder_without_text_is_refused(tmp_path: Path) -> None:
    """Audio alone is nothing to learn from."""
    with pytest.raises(ManifestError, match="there is no 'text'"):
        read(data_folder(tmp_path / "data", wav__scp="a a.wav"))
