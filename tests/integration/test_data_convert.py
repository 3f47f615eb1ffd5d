"""`hansard data convert` as a person runs it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hansard.cli.main import run
from hansard.work.demonstrate import find_sample

SAMPLES = [find_sample(name) for name in ("standup", "podcast", "note")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a manifest of bundled recordings: a clip, whole ones, silence, a lost one."""
    (tmp_path / "uploads").mkdir()
    for sample in SAMPLES:
        shutil.copy(sample.path, tmp_path / "uploads")
    words = [{"word": "Good", "start": 0.1, "end": 0.3, "score": 0.9}]
    part = {"start": 0.1, "end": 2.0, "text": "Good morning.", "words": words}
    lines = [
        {"id": "clip", "audio": "../uploads/standup.wav", "transcript": "Good morning.",
         "language": "en", "speaker": "ana", "start": 1.0, "end": 3.5, "source": "demo",
         "licence": "CC0", "segments": [part], "year": 2020},
        {"id": "talk", "audio": "../uploads/podcast.mp3", "transcript": "Welcome.",
         "language": "en"},
        {"id": "room", "audio": "../uploads/note.ogg", "no_speech": True},
    ]  # fmt: skip
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    (manifests / "run1.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


def convert(project: Path, *arguments: str) -> int:
    paths = [str(project / each) if each[0].isalpha() else each for each in arguments[:2]]
    return run(["data", "convert", *paths, *arguments[2:], "--project", str(project)])


@pytest.mark.parametrize("kind", ["nemo", "whisper-finetune", "lhotse", "kaldi", "audiofolder"])
def test_a_manifest_goes_there_and_back(
    kind: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every shape is made, guessed again without --from, and keeps what was said by whom."""
    assert convert(project, "manifests/run1.jsonl", "made", "--to", kind) == 0
    assert "clips  3" in capsys.readouterr().out
    assert convert(project, "made", "back/back.jsonl", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["from"], report["to"], report["written"]) == (kind, "hansard", 3)
    back = {
        row["id"]: row
        for row in map(json.loads, (project / "back/back.jsonl").read_text().splitlines())
    }
    assert back["clip"]["transcript"] == "Good morning."
    assert (back["clip"]["speaker"], back["clip"]["licence"]) == ("ana", "CC0")
    assert back["clip"]["duration"] == 2.5
    assert back["room"]["no_speech"] is True
    assert back["talk"]["duration"] == pytest.approx(56.74, abs=0.01)
    assert all((project / "back" / row["audio"]).is_file() for row in back.values())


def test_losses_are_told_by_field_even_when_quiet(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing goes silently: each field that Kaldi cannot hold is named on stderr."""
    assert convert(project, "manifests/run1.jsonl", "data", "--to", "kaldi", "-q") == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "note: kaldi cannot hold segments: 1 clip loses it" in told.err
    assert "note: kaldi cannot hold year: 1 clip loses it" in told.err
    assert "2 recordings are not WAV" in told.err
    report = json.loads((project / "manifests" / "conversion_report.json").read_text())
    assert report["losses"] == [
        {"field": "segments", "entries": 1},
        {"field": "year", "entries": 1},
    ]


def test_bad_lines_end_it_unless_they_are_to_be_skipped(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One error with file and line, or all the rest with exit code 1."""
    path = project / "nemo.jsonl"
    good = '{"audio_filepath": "uploads/standup.wav", "duration": 2.0, "text": "da"}'
    path.write_text(f"{good}\n{{\n" + good.replace('"da"', '""') + "\n")
    assert convert(project, "nemo.jsonl", "out.jsonl") == 1
    assert not (project / "out.jsonl").exists()
    told = capsys.readouterr().err
    assert "error: line 2 of" in told
    assert "(and 1 more)" in told
    assert convert(project, "nemo.jsonl", "out.jsonl", "--skip-bad") == 1
    told = capsys.readouterr().err
    assert "line 2 of" in told
    assert "line 3 of" in told
    assert len((project / "out.jsonl").read_text().splitlines()) == 1


def test_missing_audio_is_told_and_stops_only_what_needs_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A list of paths can be made without the sound; a folder of audio cannot."""
    (project / "uploads" / "podcast.mp3").unlink()
    assert convert(project, "manifests/run1.jsonl", "copy.jsonl", "--to", "hansard") == 0
    assert "warning: there is no file" in capsys.readouterr().err
    assert convert(project, "manifests/run1.jsonl", "folder", "--to", "audiofolder") == 1
    assert "error: talk: there is no file" in capsys.readouterr().err
    assert len(list((project / "folder" / "train").iterdir())) == 3


def test_a_dry_run_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It tells what would be lost, and leaves no trace."""
    before = sorted(project.rglob("*"))
    code = convert(project, "manifests/run1.jsonl", "data", "--to", "kaldi", "--dry-run")
    told = capsys.readouterr()
    assert code == 0
    assert "nothing is written" in told.out
    assert "kaldi cannot hold segments" in told.err
    assert sorted(project.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("manifests/run1.jsonl", "out"), "what kind of manifest should"),
        (("manifests/run1.jsonl", "out", "--to", "parquet"), "parquet"),
        (("uploads", "out", "--to", "nemo"), "cannot be told"),
        (("manifests/run1.jsonl", "uploads", "--to", "kaldi"), "there already"),
        (("manifests/run1.jsonl", "manifests/run1.jsonl", "--to", "nemo"), "written over"),
    ],
)
def test_wrong_use_is_told(
    arguments: tuple[str, ...], told: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and one clear sentence."""
    assert convert(project, *arguments) == 2
    told_all = capsys.readouterr()
    assert told in told_all.err + told_all.out


def test_killed_in_the_middle_it_goes_on(project: Path) -> None:
    """After `kill -9` the target is not there, and the same command makes it whole."""
    row = {"audio": "../uploads/standup.wav", "transcript": "da", "end": 9.0}
    lines = [json.dumps({**row, "id": f"e{n:03}", "start": n / 100}) for n in range(150)]
    (project / "manifests" / "run1.jsonl").write_text("\n".join(lines))
    words = ["data", "convert", "manifests/run1.jsonl", "made", "--to", "audiofolder"]
    command = [sys.executable, "-m", "hansard", *words]
    part = project / ".made.hansard-part" / "train"
    with subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and len(list(part.glob("*.wav"))) < 10:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    assert not (project / "made").exists()
    kept = {path.name: path.stat().st_mtime_ns for path in sorted(part.glob("*.wav"))[:5]}
    assert len(kept) == 5
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    made = project / "made" / "train"
    assert len(list(made.iterdir())) == 151
    assert {name: (made / name).stat().st_mtime_ns for name in kept} == kept
    assert not part.parent.exists()
