"""`hansard data validate`, `dedupe`, `split` and `audit` on a set with planted faults."""

import json
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hansard.cli.main import DONE, FAILED, WRONG_USE, run
from hansard.testing.espeak import EspeakVoice, Synthesiser, can_speak

pytestmark = pytest.mark.skipif(not can_speak(), reason="espeak-ng is not installed")

RATE = 16_000
TEXT = "The release is planned for the end of the month."
OTHER = "We should talk about the budget and what it costs."
Samples = NDArray[np.float32]


@pytest.fixture(scope="module")
def voices() -> tuple[Samples, Samples]:
    """Two sentences by two voices, with silence around them."""
    pause = np.zeros(RATE // 4, np.float32)
    with Synthesiser() as speaker:
        said = [
            speaker.speak(text, EspeakVoice(variant=voice)).samples * 0.7
            for text, voice in ((TEXT, "m1"), (OTHER, "f2"))
        ]
    return (np.concatenate([pause, said[0], pause]), np.concatenate([pause, said[1], pause]))


def write(path: Path, samples: Samples, rate: int = RATE, channels: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def line(ident: str, audio: str, text: str = TEXT, **fields: Any) -> dict[str, Any]:
    known = {"language": "en", "speaker": "ana", "licence": "CC0-1.0", "duration": None, **fields}
    entry = {"id": ident, "audio": f"../uploads/{audio}", "transcript": text, **known}
    return {name: value for name, value in entry.items() if value is not None}


def write_lines(project: Path, lines: Sequence[dict[str, Any] | str]) -> Path:
    path = project / "manifests" / "run1.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in lines]
    path.write_text("\n".join(shown) + "\n", encoding="utf-8")
    return path


def report(project: Path) -> dict[str, Any]:
    path = project / "manifests" / "validation_report.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def kinds(project: Path) -> dict[str, set[str]]:
    """The errors and warnings of each entry or line."""
    return {
        one["id"] or f"line {one['line']}": {
            fault["kind"] for fault in one["faults"] if fault["severity"] != "note"
        }
        for one in report(project)["entries"]
    }


def plant(project: Path, voices: tuple[Samples, Samples]) -> tuple[Path, dict[str, str]]:
    """A manifest with one fault an entry, and which kind each is."""
    good, other = voices
    uploads = project / "uploads"
    stereo = np.stack([good, -good], axis=1).ravel()
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.05, len(good)).astype(np.float32)
    sounds = {
        "good.wav": good,
        "naïve Ćiro 1.wav": other,
        "silence.wav": np.zeros(RATE * 2, np.float32),
        "nobody.wav": noise,
        "clipped.wav": good * 8,
        "noisy.wav": good * 0.5 + noise,
        "dc.wav": good * 0.5 + 0.1,
        "short.wav": good[8000:10_000],
        "long.wav": np.tile(np.concatenate([good, other]), 6),
    }
    for name, samples in sounds.items():
        write(uploads / name, samples)
    write(uploads / "phase.wav", stereo, channels=2)
    write(uploads / "slow.wav", good[::3], rate=RATE // 3)
    write(uploads / "telephone.wav", good[::2], rate=8000)
    whole = (uploads / "good.wav").read_bytes()
    (uploads / "cut.wav").write_bytes(whole[: len(whole) // 2])
    (uploads / "empty.wav").write_bytes(b"")
    (uploads / "text.mp3").write_text("this is no sound")
    planted = {
        "good": ("good.wav", {}, ""),
        "unicode": ("naïve Ćiro 1.wav", {"text": OTHER}, ""),
        "missing": ("nowhere.wav", {}, "missing audio"),
        "zero": ("empty.wav", {}, "empty file"),
        "no media": ("text.mp3", {}, "unreadable audio"),
        "cut": ("cut.wav", {}, "truncated audio"),
        "declared": ("good.wav", {"duration": 9.0, "start": 0.01}, "duration"),
        "outside": ("good.wav", {"start": 50.0}, "outside"),
        "late": ("good.wav", {"start": 0.02, "end": 60.0}, "outside"),
        "long": ("long.wav", {"text": " ".join([TEXT, OTHER] * 6)}, "too long"),
        "short": ("short.wav", {"text": "Yes."}, "too short"),
        "silence": ("silence.wav", {}, "silence"),
        "nobody": ("nobody.wav", {}, "silence"),
        "clipped": ("clipped.wav", {}, "clipping"),
        "noisy": ("noisy.wav", {}, "noise"),
        "dc": ("dc.wav", {}, "dc"),
        "phase": ("phase.wav", {}, "channels"),
        "slow": ("slow.wav", {}, "sampling rate"),
        "telephone": ("telephone.wav", {}, "bandwidth"),
        "fast": ("good.wav", {"text": " ".join([TEXT] * 4), "start": 0.03}, "rate"),
        "tokens": ("good.wav", {"text": "word " * 500, "start": 0.04}, "too many tokens"),
        "mixed": ("good.wav", {"text": TEXT + " \u0434\u0430", "start": 0.05}, "mixed scripts"),
        "control": ("good.wav", {"text": TEXT + "\u0007", "start": 0.06}, "characters"),
        "language": ("good.wav", {"language": "hr", "start": 0.07}, "other language"),
        "code": ("good.wav", {"language": "klingon", "start": 0.08}, "language"),
        "free": ("good.wav", {"licence": None, "start": 0.09}, "no licence"),
        "twice": ("good.wav", {"start": 0.1}, "duplicate audio"),
        "again": ("good.wav", {"start": 0.1}, "duplicate audio"),
        "yes": ("good.wav", {"text": "Yes, of course.", "start": 0.11}, "contradiction"),
        "no": ("good.wav", {"text": "No, not at all.", "start": 0.11}, "contradiction"),
        "empty": ("good.wav", {"text": " "}, "empty transcript"),
    }
    lines: list[dict[str, Any] | str] = [
        line(ident, audio, **fields) for ident, (audio, fields, _) in planted.items()
    ]
    lines += ['{"id": "broken",', "", line("good", "good.wav")]
    return write_lines(project, lines), {name: kind for name, (_, _, kind) in planted.items()}


@pytest.fixture(scope="module")
def planted(
    tmp_path_factory: pytest.TempPathFactory, voices: tuple[Samples, Samples]
) -> tuple[Path, Path, dict[str, str]]:
    """A project that was validated: its folder, its manifest, what was planted."""
    project = tmp_path_factory.mktemp("planted")
    manifest, faults = plant(project, voices)
    good = str(project / "good.jsonl")
    assert run(_validate(project, manifest, "-o", good)) == FAILED
    return project, manifest, faults


def _validate(project: Path, manifest: Path, *flags: str) -> list[str]:
    return ["data", "validate", str(manifest), "--project", str(project), "-q", *flags]


def test_every_planted_fault_is_found(planted: tuple[Path, Path, dict[str, str]]) -> None:
    """Each entry has the kind of fault that was planted, and a good one has none."""
    project, _, faults = planted
    found = kinds(project)
    assert {name for name, kind in faults.items() if kind and kind not in found[name]} == set()
    assert found["unicode"] == set()


def test_lines_that_are_no_entries_are_reported(
    planted: tuple[Path, Path, dict[str, str]],
) -> None:
    """A broken line and an id that was there already are told by their line."""
    entries = report(planted[0])["entries"]
    last = [(one["line"], one["id"], one["faults"][0]["kind"]) for one in entries[-2:]]
    assert last == [(32, None, "line"), (34, "good", "duplicate id")]


def test_what_is_written_has_no_errors_and_measured_lengths(
    planted: tuple[Path, Path, dict[str, str]],
) -> None:
    """The good entries can be used: validated again there is no error left."""
    project, _, _ = planted
    good = project / "good.jsonl"
    lines = [json.loads(one) for one in good.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == report(project)["good"]
    assert {"good", "unicode", "declared", "clipped", "twice"} <= {one["id"] for one in lines}
    assert not {"tokens", "phase", "yes", "cut"} & {one["id"] for one in lines}
    declared = next(one for one in lines if one["id"] == "declared")
    assert 2 < declared["duration"] < 4


def test_a_good_manifest_is_done_and_says_so(
    tmp_path: Path, planted: tuple[Path, Path, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """What validate wrote has no errors: exit code 0, and the table counts them."""
    good = planted[0] / "good.jsonl"
    assert run(["data", "validate", str(good), "--project", str(tmp_path)]) == DONE
    told = capsys.readouterr().out.split()
    assert told[told.index("errors", told.index("checked")) + 1] == "0"


def test_fix_puts_right_what_can_be(
    tmp_path: Path, planted: tuple[Path, Path, dict[str, str]]
) -> None:
    """The clip that ended late is cut, and control characters are gone."""
    _, manifest, _ = planted
    out = tmp_path / "fixed.jsonl"
    run(_validate(tmp_path, manifest, "--fix", "-o", str(out)))
    lines = {
        one["id"]: one for one in map(json.loads, out.read_text(encoding="utf-8").splitlines())
    }
    assert lines["control"]["transcript"] == TEXT
    assert 2 < lines["late"]["end"] < 5
    assert run(_validate(tmp_path, manifest, "--fix")) == WRONG_USE


def test_what_was_looked_at_is_not_looked_at_again(
    tmp_path: Path, voices: tuple[Samples, Samples]
) -> None:
    """A second run takes outcomes from the journal: it never opens a file of same size and time."""
    audio = write(tmp_path / "uploads" / "a.wav", voices[0])
    manifest = write_lines(tmp_path, [line("a", "a.wav")])
    assert run(_validate(tmp_path, manifest)) == DONE
    first = report(tmp_path)
    status = audio.stat()
    audio.write_bytes(bytes(status.st_size))
    os.utime(audio, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run(_validate(tmp_path, manifest)) == DONE
    assert report(tmp_path) == first
    assert run(_validate(tmp_path, manifest, "--min-snr", "99")) == FAILED


def test_a_killed_run_goes_on_and_tells_the_same(tmp_path: Path) -> None:
    """After kill -9 no clip is looked at twice, and the report is that of a run in one go."""
    noise = np.random.default_rng(0).normal(0, 0.02, (60, RATE)).astype(np.float32)
    for number, samples in enumerate(noise):
        write(tmp_path / "uploads" / f"{number}.wav", samples)
    manifest = write_lines(tmp_path, [line(f"e{n}", f"{n}.wav") for n in range(60)])
    command = [sys.executable, "-m", "hansard", *_validate(tmp_path, manifest)]
    journal = tmp_path / "manifests" / ".journal" / "validate.jsonl"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and _lines(journal) < 5:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert run(_validate(tmp_path, manifest)) == FAILED
    keys = [json.loads(one)["key"] for one in journal.read_text().splitlines() if _whole(one)]
    assert len(keys) == len(set(keys)) == 60
    other = tmp_path / "other"
    run(_validate(other, manifest))
    assert report(tmp_path) == report(other)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _whole(text: str) -> bool:
    return text.startswith("{") and text.endswith("}")


def test_a_manifest_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing manifest is told with its name and what makes one."""
    assert run(_validate(tmp_path, tmp_path / "none.jsonl")) == FAILED
    assert "there is no manifest" in capsys.readouterr().err


def test_tokens_are_counted_by_the_model_that_is_named(
    tmp_path: Path, voices: tuple[Samples, Samples]
) -> None:
    """With --model its tokenizer counts; without, the report says that it is an estimate."""
    write(tmp_path / "uploads" / "a.wav", voices[0])
    manifest = write_lines(tmp_path, [line("a", "a.wav")])
    assert run(_validate(tmp_path, manifest)) == DONE
    assert report(tmp_path)["entries"][0]["measures"]["tokens_by"] == "estimate"
    assert run(_validate(tmp_path, manifest, "--model", "demo")) == DONE
    assert report(tmp_path)["entries"][0]["measures"]["tokens_by"].startswith("demo")


@pytest.mark.parametrize("score", [["engine", "--model", "demo"], ["ctc", "--align-model",
                                                                   "demo-aligner"]])  # fmt: skip
def test_a_transcript_of_something_else_is_found(tmp_path: Path, score: list[str]) -> None:
    """Of three clips that the demo models know, the one with another's transcript is flagged."""
    samples = Path(__file__).parents[2] / "src" / "hansard" / "data" / "samples"
    said = json.loads((samples / "standup.json").read_text())["segments"]
    lines = [
        line(f"s{n}", "", said[n]["text"], start=said[n]["start"] - 0.2, end=said[n]["end"] + 0.2)
        | {"audio": str(samples / "standup.wav")}
        for n in (0, 6, 7)
    ]
    lines[2]["transcript"] = said[4]["text"]
    manifest = write_lines(tmp_path, lines)
    assert run(_validate(tmp_path, manifest, "--score", *score)) == FAILED
    found = kinds(tmp_path)
    assert {name for name, faults in found.items() if "mismatch" in faults} == {"s7"}
