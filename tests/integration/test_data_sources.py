"""`hansard data inventory`, `manifest` and `remove` on folders with planted faults."""

import csv
import json
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from hansard.audio.fingerprints import can_fingerprint
from hansard.cli.main import run
from hansard.library.corrections import append_correction
from hansard.library.records import Record, Recording, media_key, switch, write_run
from hansard.storage.folder import FolderStore
from hansard.testing.media import Recipe, make
from hansard.training.clips import reading_clips
from hansard.training.manifest import read_manifest, write_manifest
from hansard.training.project import Project
from hansard.training.sources.items import read_inventory
from hansard.transcript import Segment, Transcript
from hansard.transcript.overlay import Correction

HR = "Tko je rekao da će vlak stići u tisuću i devetsto, a kruh je bio na stolu u tjednu."
EN = "This is what the people said about the house and the garden, and they were right."
SR = "Ко је рекао да ће воз стићи у хиљаду и деветсто, а хлеб је био на столу прошле недеље."  # noqa: RUF001 - Serbian


def tune(path: Path, seconds: float, seed: int, rate: int = 16_000) -> Path:
    """A recording that differs for each seed: notes of a scale."""
    random = np.random.default_rng(seed)
    notes = []
    while sum(map(len, notes)) < seconds * rate:
        length = int(random.uniform(0.15, 0.4) * rate)
        hertz = 220 * 2 ** (random.integers(0, 24) / 12)
        clock = np.arange(length) / rate
        voice = sum(np.sin(2 * np.pi * hertz * k * clock) / k for k in (1, 2, 3))
        notes.append(0.2 * voice * np.hanning(length))
    samples = np.concatenate(notes)[: int(seconds * rate)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def copy_as_opus(source: Path, target: Path) -> Path:
    """The same sound in another encoding, at a third of the volume."""
    with wave.open(str(source)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768 / 3
    recipe = Recipe(container="ogg", codec="libopus", channels=1, bit_rate=24_000)
    return make(target, recipe, np.repeat(sound[None].astype(np.float32), 3, axis=1))


def plant(uploads: Path) -> None:
    """Recordings, and everything that may be wrong with them."""
    tune(uploads / "christmas.wav", 6, 1).with_suffix(".txt").write_text(EN)
    tune(uploads / "razgovor č.wav", 6, 2, 8000).with_suffix(".txt").write_text(HR, "utf-8")
    tune(uploads / "vesti.wav", 6, 3).with_suffix(".txt").write_text(SR, "utf-8")
    shutil.copy(uploads / "christmas.wav", uploads / "sub copy.wav")
    copy_as_opus(uploads / "vesti.wav", uploads / "again.opus")
    tune(uploads / "latin1.wav", 3, 4).with_suffix(".txt").write_bytes(
        "čaša šećera".encode("cp1250")
    )
    tune(uploads / "empty text.wav", 3, 5).with_suffix(".txt").write_text("\n \n")
    tune(uploads / "=alone.wav", 3, 6)
    (uploads / "zero.wav").touch()
    (uploads / "broken.mp3").write_bytes(b"this is no recording at all" * 50)
    (uploads / "lonely.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nbok\n")
    (uploads / "loop").symlink_to(uploads)
    (uploads / "outputs").mkdir()
    shutil.copy(uploads / "vesti.wav", uploads / "outputs" / "vesti.wav")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "bcs")
    plant(made.uploads)
    return made


def told(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, object]]:
    code = run(["data", *argv, "--json", "-q"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.skipif(not can_fingerprint(), reason="fpcalc is not installed")
def test_the_inventory_tells_everything(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lengths, languages by the text alone, duplicates of both kinds, faults; all of it once."""
    code, summary = told(capsys, "inventory", "--project", str(project.root))
    items = {item.path.name: item for item in read_inventory(project)}
    assert code == 1  # two recordings cannot be decoded
    assert set(items) == {
        "christmas.wav", "razgovor č.wav", "vesti.wav", "sub copy.wav", "again.opus",
        "latin1.wav", "empty text.wav", "=alone.wav", "zero.wav", "broken.mp3",
    }  # fmt: skip
    assert items["christmas.wav"].language == "en"
    assert (items["razgovor č.wav"].language, items["razgovor č.wav"].script) == ("hr", "latin")
    assert (items["vesti.wav"].language, items["vesti.wav"].script) == ("sr", "cyrillic")
    assert items["razgovor č.wav"].sample_rate == 8000
    assert items["christmas.wav"].duration == pytest.approx(6, abs=0.01)
    assert items["sub copy.wav"].duplicate_of == project.uploads / "christmas.wav"
    assert items["again.opus"].acoustic_duplicate_of == project.uploads / "vesti.wav"
    assert items["zero.wav"].error
    assert items["zero.wav"].duration is None
    assert "not UTF-8" in items["latin1.wav"].transcript_error
    assert "empty" in items["empty text.wav"].transcript_error
    assert summary["unreadable"] == 2
    assert summary["duplicates"] == {"exact": 1, "acoustic": 1, "acoustic_check": "checked"}
    assert summary["transcripts_without_audio"] == ["uploads/lonely.srt"]
    assert summary == json.loads((project.manifests / "dataset_inventory.json").read_text())
    with (project.manifests / "dataset_inventory.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["filename"]: row for row in csv.DictReader(file)}
    assert rows["'=alone.wav"]["path"] == "uploads/=alone.wav"
    assert rows["sub copy.wav"]["duplicate"] == "true"

    run(["data", "inventory", "--project", str(project.root)])
    assert "decoded now                0" in capsys.readouterr().out


def test_the_manifest_holds_what_can_be_learnt_from(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """One clip for each good recording, and a reason for every other one."""
    (project.uploads / "christmas.meta.json").write_text('{"speaker": "Ann", "license": "CC0-1.0"}')
    code, report = told(capsys, "manifest", "--project", str(project.root), "--source", "radio")
    entries = {entry.audio.name: entry for entry in read_manifest(project.manifests / "run1.jsonl")}
    left_out = {each["what"]: each["reason"] for each in report["left_out"]}
    assert code == 0
    assert set(entries) == {"christmas.wav", "razgovor č.wav", "vesti.wav"}
    english = entries["christmas.wav"]
    assert english.transcript == EN
    assert (english.speaker, english.licence, english.source) == ("Ann", "CC0-1.0", "radio")
    assert entries["razgovor č.wav"].language == "hr"
    assert entries["razgovor č.wav"].id.startswith("razgovor_c-")
    assert len(left_out) == 7
    assert "the same file as" in left_out["uploads/sub copy.wav"]
    assert "not UTF-8" in left_out["uploads/latin1.wav"]
    assert left_out["uploads/=alone.wav"] == "it has no transcript"
    assert len(read_manifest(project.manifests / "run1_small.jsonl")) == 3
    assert report == json.loads((project.manifests / "manifest_report.json").read_text())
    assert "| radio | CC0-1.0 |" in project.licences.read_text()

    again, _ = told(capsys, "manifest", "--project", str(project.root), "--source", "radio")
    after = read_manifest(project.manifests / "run1.jsonl")
    assert again == 0
    assert [entry.id for entry in after] == [entry.id for entry in entries.values()]


def test_long_recordings_become_clips(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With times they are cut between segments; without, they stay whole, and that is told."""
    project = Project(tmp_path)
    long = tune(project.uploads / "long.wav", 50, 1, 8000)
    cues = [(n, n * 10 + 1, n * 10 + 9) for n in range(5)]
    srt = "".join(
        f"{n + 1}\n00:00:{a:02d},000 --> 00:00:{b:02d},000\nrečenica broj {n}\n\n"
        for n, a, b in cues
    )
    long.with_suffix(".srt").write_text(srt, encoding="utf-8")
    long.with_suffix(".norm.txt").write_text(" ".join(f"recenica broj {n}" for n in range(5)))
    tune(project.uploads / "whole.wav", 40, 2, 8000).with_suffix(".txt").write_text(EN)
    code, report = told(capsys, "manifest", "--project", str(project.root))
    entries = read_manifest(project.manifests / "run1.jsonl")
    assert code == 0
    clips = [entry for entry in entries if entry.audio == long]
    assert [entry.transcript for entry in clips] == [
        "rečenica broj 0 rečenica broj 1 rečenica broj 2",
        "rečenica broj 3 rečenica broj 4",
    ]
    assert all(entry.end - entry.start <= 30 for entry in clips if entry.end)
    assert clips[0].segments[1].start == pytest.approx(11 - clips[0].start)
    assert len({entry.id for entry in entries}) == 3
    notes = " ".join(report["notes"])
    assert "long.srt" in notes
    assert "whole.wav: 40 s long" in notes


def test_a_source_is_removed_everywhere(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Recordings, copies, clips made of them, lines and journals go, and never come back."""
    root = str(project.root)
    told(capsys, "manifest", "--project", root, "--source", "radio")
    entries = read_manifest(project.manifests / "run1.jsonl")
    gone = next(entry for entry in entries if entry.audio.name == "christmas.wav")
    write_manifest(project.splits / "train.jsonl", entries)
    project.duplicates.mkdir()
    shutil.copy(gone.audio, project.duplicates / "put aside.wav")
    copy_as_opus(gone.audio, project.duplicates / "sounds alike.opus")
    tune(project.duplicates / "another.wav", 6, 9)
    project.processed.mkdir(parents=True)
    shutil.copy(gone.audio, project.processed / f"{gone.id}.wav")
    (project.outputs / gone.id).mkdir(parents=True)
    (project.outputs / gone.id / "transcription_base.json").write_text("{}")
    kept = next(entry for entry in entries if entry.id != gone.id)
    (project.outputs / kept.id).mkdir()
    project.shards.mkdir(parents=True)
    run_manifest = project.runs / "first" / "run_manifest.json"
    run_manifest.parent.mkdir(parents=True)
    run_manifest.write_text('{"sources": ["radio"]}')

    before = sorted(path for path in project.root.rglob("*") if path.is_file())
    code, plan = told(capsys, "remove", gone.id, "--project", root, "--dry-run")
    assert code == 0
    assert plan["kind"] == "id"
    assert sorted(path for path in project.root.rglob("*") if path.is_file()) == before

    code, report = told(capsys, "remove", gone.id, "--project", root, "--reason", "asked to")
    assert code == 0
    assert report["files"] == plan["files"]
    assert {"uploads/christmas.wav", "uploads/christmas.txt", "uploads/sub copy.wav"} <= set(
        report["files"]
    )
    left = {path.relative_to(project.root).as_posix() for path in project.root.rglob("*")}
    assert not [path for path in left if "christmas" in path or gone.id in path or "sub" in path]
    assert f"outputs/{kept.id}" in left
    aside = {path.name for path in project.duplicates.iterdir()}
    assert aside == {"another.wav", *(() if can_fingerprint() else ("sounds alike.opus",))}
    assert "data/shards" not in left
    for manifest in (project.manifests / "run1.jsonl", project.splits / "train.jsonl"):
        assert gone.id not in {entry.id for entry in read_manifest(manifest)}
        assert kept.id in {entry.id for entry in read_manifest(manifest)}
    journal = (project.journals / "inventory.jsonl").read_text()
    assert "christmas.wav" not in journal
    assert "vesti.wav" in journal
    assert "asked to" in project.licences.read_text()

    tune(project.uploads / "renamed.wav", 6, 1).with_suffix(".txt").write_text(EN)
    _, again = told(capsys, "manifest", "--project", root)
    reasons = {each["what"]: each["reason"] for each in again["left_out"]}
    assert reasons["uploads/renamed.wav"] == "it was removed"


def test_corrections_are_a_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was corrected in the library becomes clips, unless that source was removed."""
    project = Project(tmp_path / "p")
    project.uploads.mkdir(parents=True)
    store = FolderStore(tmp_path / "data" / "store")
    sound = tune(tmp_path / "talk.wav", 6, 1)
    store.adopt(sound, media_key("4f"))
    said = Segment(id=0, text="stari tekst", start=1, end=4)
    machine = Transcript(segments=(said,), language="hr", duration=6.0)
    made = write_run(store, "4f", "r1", machine.render("json").encode())
    media = Recording(key=media_key("4f"), duration=6.0)
    switch(store, Record(id="4f", created=1.0, owner="ana", media=media, run=made))
    correction = Correction(segment=0, text="Novi tekst.", at=2.0, by="ana", run="r1")
    append_correction(store, "4f", correction)
    argv = ("--corrections", "--data-dir", str(tmp_path / "data"), "--project", str(project.root))
    code, report = told(capsys, "manifest", *argv)
    (entry,) = read_manifest(project.manifests / "run1.jsonl")
    assert code == 0
    assert report["by_source"] == {"corrections": {"clips": 1, "hours": 0.0009}}
    assert (entry.transcript, entry.start, entry.end) == ("Novi tekst.", 0.8, 4.2)
    with reading_clips() as reader:
        assert len(reader.read(entry)) == pytest.approx(3.4 * 16_000, abs=1)
    code, removed = told(capsys, "remove", "corrections", "--project", str(project.root))
    assert (code, removed["files"]) == (0, [])
    assert len(removed["outside"]) == 1
    code, report = told(capsys, "manifest", *argv)
    assert report["entries"] == 0


def test_a_whole_source_is_removed(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """By its name all of it goes; runs that learnt from it are told; it stays barred."""
    root = str(project.root)
    told(capsys, "manifest", "--project", root, "--source", "radio")
    (project.runs / "first").mkdir(parents=True)
    (project.runs / "first" / "run_manifest.json").write_text('{"sources": ["radio", "tv"]}')
    assert run(["data", "remove", "radio", "--project", root]) == 0
    assert "'first' was trained on it" in capsys.readouterr().err
    assert read_manifest(project.manifests / "run1.jsonl") == ()
    assert not (project.uploads / "vesti.wav").exists()
    assert (project.uploads / "=alone.wav").exists()
    assert run(["data", "remove", "radio", "--project", root]) == 0  # what a kill left would go now
    assert run(["data", "remove", "nobody", "--project", root]) == 1
    assert "nothing in this project is called 'nobody'" in capsys.readouterr().err


def test_an_empty_project_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No recordings make an empty inventory and an empty manifest; no folder is an error."""
    assert run(["data", "inventory", "--project", str(tmp_path), "-q"]) == 1
    assert "no folder" in capsys.readouterr().err
    (tmp_path / "uploads").mkdir()
    assert run(["data", "inventory", "--project", str(tmp_path), "-q"]) == 0
    capsys.readouterr()
    code, report = told(capsys, "manifest", "--project", str(tmp_path))
    assert code == 0
    assert report["entries"] == 0
