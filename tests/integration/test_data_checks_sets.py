"""`hansard data dedupe`, `split` and `audit` as commands."""

import json
import subprocess
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hansard.audio.fingerprints import can_fingerprint
from hansard.cli.main import DONE, FAILED, run
from hansard.testing.espeak import EspeakVoice, Synthesiser, can_speak

RATE = 16_000


def record(path: Path, seed: int, seconds: float = 0.5) -> Path:
    """A WAV file of noise with pauses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = round(RATE * seconds)
    samples = np.random.default_rng(seed).normal(0, 2000, count) * (np.arange(count) % 4000 > 1500)
    return write(path, samples / 32768)


def write(path: Path, samples: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def make(project: Path, count: int, **fields: Any) -> Path:
    """A project with clips of many speakers; returns its manifest."""
    lines = []
    for number in range(count):
        record(project / "uploads" / f"{number}.wav", number)
        entry = {
            "id": f"e{number}",
            "audio": f"../uploads/{number}.wav",
            "transcript": f"rečenica broj {number}",
            "duration": 0.5,
            "speaker": f"s{number % 10}",
            "language": "hr" if number % 2 else "sr",
            **fields,
        }
        lines.append(json.dumps(entry, ensure_ascii=False))
    path = project / "manifests" / "run1.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(project: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project / "manifests" / name).read_text(encoding="utf-8"))
    return found


@pytest.mark.skipif(not can_fingerprint(), reason="fpcalc is not installed")
@pytest.mark.skipif(not can_speak(), reason="espeak-ng is not installed")
def test_other_encodings_are_found_by_ear(tmp_path: Path) -> None:
    """Long and short speech as MP3 and as telephone is known again; other speech is not."""
    uploads = tmp_path / "uploads"
    texts = {
        "short": "Good morning to all of you.",
        "other": "We will meet again on Friday.",
        "long": "The release is planned for the end of the month, and the budget is not ready "
        "yet, so we should talk about what it will cost us in the next year.",
        "else": "Nobody knows how many people came to the meeting, but the room was full and "
        "many had to stand at the door until somebody brought more chairs.",
    }
    with Synthesiser() as speaker:
        for name, text in texts.items():
            write(uploads / f"{name}.wav", speaker.speak(text, EspeakVoice()).samples * 0.7)
    for name in ("short", "long"):
        for target, flags in ((f"{name}2.mp3", ["-b:a", "48k"]), (f"{name}3.wav", ["-ar", "8000"])):
            source = uploads / f"{name}.wav"
            command = ["ffmpeg", "-loglevel", "error", "-i", source, *flags, uploads / target]
            subprocess.run(command, check=True)
    assert run(["data", "dedupe", "--project", str(tmp_path), "-q"]) == DONE
    assert read(tmp_path, "duplicates_report.json")["duplicates"] == 0
    assert run(["data", "dedupe", "--acoustic", "--project", str(tmp_path), "-q"]) == DONE
    groups = read(tmp_path, "duplicates_report.json")["groups"]
    assert {group["kept"]: [twin["path"] for twin in group["twins"]] for group in groups} == {
        "uploads/long.wav": ["uploads/long2.mp3", "uploads/long3.wav"],
        "uploads/short.wav": ["uploads/short2.mp3", "uploads/short3.wav"],
    }
    left = sorted(path.name for path in uploads.glob("*.*"))
    assert left == ["else.wav", "long.wav", "other.wav", "short.wav"]


def test_a_manifest_follows_its_recordings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Entries of moved copies are of the kept recording, and twice the same is once."""
    manifest = make(tmp_path, 4)
    (tmp_path / "uploads" / "3.wav").write_bytes((tmp_path / "uploads" / "0.wav").read_bytes())
    text = manifest.read_text(encoding="utf-8").replace("broj 3", "broj 0")
    manifest.write_text(text, encoding="utf-8")
    command = ["data", "dedupe", str(manifest), "--project", str(tmp_path)]
    assert run([*command, "--dry-run", "--json"]) == DONE
    dry = json.loads(capsys.readouterr().out)
    assert (len(dry["planned"]), dry["moved"]) == (1, [])
    assert not (tmp_path / "manifests" / "duplicates_report.json").exists()
    assert run([*command, "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["moved"] == dry["planned"]
    thinned = tmp_path / "manifests" / "run1.unique.jsonl"
    assert [json.loads(one)["id"] for one in thinned.read_text().splitlines()] == ["e0", "e1", "e2"]
    assert run(["data", "dedupe", str(thinned), "--project", str(tmp_path), "-q"]) == DONE


def test_conflicts_and_unreadable_files_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Different transcripts of one sound stay and are shown; an empty file makes the code 1."""
    manifest = make(tmp_path, 2)
    (tmp_path / "uploads" / "1.wav").write_bytes((tmp_path / "uploads" / "0.wav").read_bytes())
    (tmp_path / "uploads" / "empty.wav").write_bytes(b"")
    assert run(["data", "dedupe", str(manifest), "--project", str(tmp_path)]) == FAILED
    told = capsys.readouterr()
    assert "transcripts differ" in told.out
    assert "empty.wav' is empty" in told.err
    assert (tmp_path / "uploads" / "1.wav").exists()


def test_a_split_is_written_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Parts and facts are files, the same for another order of lines; the table shows the parts."""
    manifest = make(tmp_path, 60)
    assert run(["data", "split", str(manifest), "--project", str(tmp_path), "--seed", "7"]) == DONE
    assert "in two parts: nothing" in capsys.readouterr().out
    folder = tmp_path / "manifests" / "splits"
    parts = {path.name: path.read_bytes() for path in folder.glob("*.jsonl")}
    assert sorted(parts) == ["test.jsonl", "train.jsonl", "validation.jsonl"]
    manifest.write_text("\n".join(reversed(manifest.read_text().splitlines())) + "\n")
    assert run(["data", "split", str(manifest), "--project", str(tmp_path), "--seed", "7"]) == DONE
    assert {path.name: path.read_bytes() for path in folder.glob("*.jsonl")} == parts


def test_a_split_of_too_few_speakers_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence says how many there are, and a hint what to do; `--by none` does it."""
    manifest = make(tmp_path, 12, speaker="ana")
    command = ["data", "split", str(manifest), "--project", str(tmp_path)]
    assert run(command) == FAILED
    told = capsys.readouterr().err
    assert "1 speakers are too few for 3 parts" in told
    assert "--by none" in told
    assert run([*command, "--by", "none", "--json"]) == DONE
    facts = json.loads(capsys.readouterr().out)
    assert facts["leakage"]["speakers"] == 1
    assert facts["leakage"]["recordings"] == 0


def test_an_audit_measures_and_advises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Languages, speakers, noise and unknown words are in the report; advice has numbers."""
    manifest = make(tmp_path, 30)
    project = ["--project", str(tmp_path)]
    assert run(["data", "split", str(manifest), *project, "-q"]) == DONE
    splits = str(tmp_path / "manifests" / "splits")
    capsys.readouterr()
    command = ["data", "audit", str(manifest), *project, "--splits", splits]
    assert run([*command, "--target-hours", "1"]) == DONE
    told = capsys.readouterr().out
    assert "advice: hr has 8 s, 1.0 h are aimed at" in told
    facts = read(tmp_path, "dataset_balance.json")
    assert facts["languages"]["hr"]["clips"] == 15
    assert facts["speakers"]["count"] == 10
    assert "unknown" not in facts["noise"]
    assert facts["unknown_words"]["test"]["words"] > 0
    assert facts["words"]["hr"]["words"] == 45


def test_an_audit_takes_noise_from_the_last_validation(tmp_path: Path) -> None:
    """What was measured is not measured again; a clip that cannot be read makes the code 1."""
    manifest = make(tmp_path, 2)
    entries = [{"id": "e0", "measures": {"snr": 7.5, "duration": 0.5}}]
    (tmp_path / "manifests" / "validation_report.json").write_text(json.dumps({"entries": entries}))
    (tmp_path / "uploads" / "1.wav").unlink()
    command = ["data", "audit", str(manifest), "--project", str(tmp_path), "-q"]
    assert run(command) == FAILED
    facts = read(tmp_path, "dataset_balance.json")
    assert facts["noise"]["5 to 10 dB"]["clips"] == 1
    assert facts["unreadable"] == ["e1"]


def test_faulty_lines_are_left_out_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Split and audit use the good lines, say how many were not, and end with 1."""
    manifest = make(tmp_path, 12)
    with manifest.open("a", encoding="utf-8") as file:
        file.write("{\n")
    for command in ("split", "audit"):
        assert run(["data", command, str(manifest), "--project", str(tmp_path)]) == FAILED
        told = capsys.readouterr()
        assert "1 lines of the manifest cannot be used" in told.out + told.err
