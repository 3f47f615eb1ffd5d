"""Which kind a manifest is of, and where a new one may go."""

import json
from pathlib import Path

import pytest
from shape_entries import make_wav

from hansard.errors import ManifestError, UsageError
from hansard.training.manifest import Entry, read_manifest, write_manifest
from hansard.training.project import Project
from hansard.training.shapes import ConvertOptions, Kind, convert
from hansard.training.shapes.kinds import choose_target, guess_kind


@pytest.mark.parametrize(
    ("name", "fields", "kind"),
    [
        ("m.jsonl", {"id": "a", "audio": "a.wav"}, "hansard"),
        ("m.jsonl", {"audio": {"path": "a.wav"}, "sentence": "da"}, "whisper-finetune"),
        ("m.json", {"audio_filepath": "a.wav"}, "nemo"),
        ("x.jsonl", {"recording_id": "a", "start": 0}, "lhotse"),
        ("x.jsonl", {"type": "MonoCut"}, "lhotse"),
        ("x.jsonl", {"file_name": "a.wav"}, "audiofolder"),
        ("metadata.jsonl", {"file_name": "a.wav"}, "audiofolder"),
        ("utt2spk", {}, "kaldi"),
        ("cuts/cuts.jsonl", {}, "lhotse"),
        ("splits/train.jsonl", {"audio_filepath": "a.wav"}, "nemo"),
        ("folder/train/metadata.csv", {}, "audiofolder"),
        ("data/wav.scp", {}, "kaldi"),
    ],
)
def test_kinds_are_told_by_names_and_fields(
    name: str, fields: dict[str, object], kind: Kind, tmp_path: Path
) -> None:
    """A file or its folder says what it is; a first line that is broken does not hide it."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"broken\n{json.dumps(fields)}\n")
    assert guess_kind(tmp_path / Path(name).parts[0]) == kind


def test_what_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    """Unknown fields, an empty folder and a missing file each get an answer of their own."""
    (tmp_path / "m.jsonl").write_text('{"what": 1}\n')
    with pytest.raises(UsageError, match="cannot be told") as told:
        guess_kind(tmp_path / "m.jsonl")
    assert "--from" in told.value.hint
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError):
        guess_kind(tmp_path / "empty")
    with pytest.raises(ManifestError, match="there is no"):
        guess_kind(tmp_path / "none")


def test_the_target_is_of_the_kind_asked_for_or_hansards_own() -> None:
    """A .jsonl made of something else is Hansard's; what is ambiguous or misnamed is refused."""
    assert choose_target(Path("m.jsonl"), "nemo", None) == "hansard"
    assert choose_target(Path("m.jsonl"), "hansard", "nemo") == "nemo"
    assert choose_target(Path("v1.2"), "nemo", "kaldi") == "kaldi"
    for target, wanted in (("m.jsonl", None), ("folder", None), ("cuts.jsonl.gz", "lhotse")):
        with pytest.raises(UsageError):
            choose_target(Path(target), "hansard", wanted)  # type: ignore[arg-type]


def source(tmp_path: Path) -> Path:
    audio = make_wav(tmp_path / "a.wav")
    return write_manifest(tmp_path / "in.jsonl", [Entry(id="x", audio=audio, transcript="da")])


def go(tmp_path: Path, target: Path, kind: Kind, *, force: bool = False) -> None:
    options = ConvertOptions(to=kind, force=force)
    convert(source(tmp_path), target, options, Project(tmp_path))


def test_what_is_there_stays_unless_forced(tmp_path: Path) -> None:
    """A file or a folder is replaced on demand only, and then as a whole."""
    go(tmp_path, tmp_path / "n.jsonl", "nemo")
    with pytest.raises(UsageError, match="there already"):
        go(tmp_path, tmp_path / "n.jsonl", "hansard")
    assert guess_kind(tmp_path / "n.jsonl") == "nemo"
    go(tmp_path, tmp_path / "n.jsonl", "hansard", force=True)
    assert [entry.id for entry in read_manifest(tmp_path / "n.jsonl")] == ["x"]

    go(tmp_path, tmp_path / "k", "kaldi")
    (tmp_path / "k" / "more").touch()
    with pytest.raises(UsageError, match="not empty"):
        go(tmp_path, tmp_path / "k", "lhotse")
    go(tmp_path, tmp_path / "k", "lhotse", force=True)
    assert sorted(path.name.split(".")[0] for path in (tmp_path / "k").iterdir()) == [
        "cuts",
        "recordings",
        "supervisions",
    ]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".k")]


def test_an_empty_folder_is_a_fine_target(tmp_path: Path) -> None:
    """A folder that somebody made beforehand is used."""
    (tmp_path / "k").mkdir()
    go(tmp_path, tmp_path / "k", "kaldi")
    assert (tmp_path / "k" / "wav.scp").exists()


def test_force_replaces_no_folder_that_it_should_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one with other things in it, nor with what is read, nor the working folder."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").touch()
    with pytest.raises(UsageError, match="holds no manifest"):
        go(tmp_path, tmp_path / "home", "kaldi", force=True)
    (tmp_path / "wav.scp").touch()
    with pytest.raises(UsageError, match="which is read"):
        go(tmp_path, tmp_path, "kaldi", force=True)
    monkeypatch.chdir(tmp_path / "home")
    with pytest.raises(UsageError, match="where you are"):
        go(tmp_path, Path(), "kaldi", force=True)
    with pytest.raises(UsageError, match="is what is read"):
        go(tmp_path, tmp_path / "in.jsonl", "nemo", force=True)
    with pytest.raises(UsageError, match="is a folder"):
        go(tmp_path, tmp_path / "home", "nemo", force=True)
    assert (tmp_path / "home" / "letter.txt").exists()


def test_a_link_that_is_replaced_keeps_what_it_led_to(tmp_path: Path) -> None:
    """Replacing a link to a folder leaves that folder alone."""
    go(tmp_path, tmp_path / "real", "kaldi")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    go(tmp_path, tmp_path / "link", "lhotse", force=True)
    assert guess_kind(tmp_path / "real") == "kaldi"
    assert guess_kind(tmp_path / "link") == "lhotse"


def test_paths_through_a_link_reach_the_audio(tmp_path: Path) -> None:
    """Other tools follow links; a relative path that would lead them astray is absolute."""
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere" / "deep")
    go(tmp_path, tmp_path / "out" / "n.jsonl", "nemo")
    row = json.loads((tmp_path / "out" / "n.jsonl").read_text())
    assert row["audio_filepath"] == str(tmp_path / "a.wav")


def test_measurements_are_kept_for_the_next_time(tmp_path: Path) -> None:
    """A recording that was measured is not opened again, and one that changed is."""
    go(tmp_path, tmp_path / "one.jsonl", "nemo")
    journal = tmp_path / "manifests" / ".journal" / "measured.jsonl"
    seen = journal.read_text()
    go(tmp_path, tmp_path / "two", "lhotse")  # the audio was written anew, with other times
    grown = journal.read_text()
    assert grown.startswith(seen)
    options = ConvertOptions(to="nemo")
    convert(tmp_path / "in.jsonl", tmp_path / "three.jsonl", options, Project(tmp_path))
    assert journal.read_text() == grown
