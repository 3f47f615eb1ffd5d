"""The program as a person runs it: real files, real weights, its own process."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from hansard.transcript.formats import NAMES, file_name
from hansard.work.demonstrate import find_sample

NOTE = find_sample("note")
HANSARD = [sys.executable, "-m", "hansard"]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment of its own, so that nobody's settings or models matter."""
    keep = {n: v for n, v in os.environ.items() if not n.upper().startswith("HANSARD_")}
    return {
        **keep,
        "HOME": str(tmp_path / "home"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "TMPDIR": str(make(tmp_path / "tmp")),
    }


def make(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def run(
    home: dict[str, str], *arguments: str | Path, folder: Path | None = None, **more: object
) -> "subprocess.CompletedProcess[str]":
    here = folder or make(Path(home["TMPDIR"]).parent / "work")
    words = [*HANSARD, *(str(argument) for argument in arguments)]
    return subprocess.run(
        words, env=home, cwd=here, capture_output=True, text=True, timeout=120, check=False, **more
    )  # type: ignore[call-overload,no-any-return]


def left_behind(home: dict[str, str]) -> list[str]:
    return [path.name for path in Path(home["TMPDIR"]).rglob("*")]


def test_text_goes_to_standard_output(home: dict[str, str]) -> None:
    """Without -f the text is on stdout, stderr is silent, and no file is written."""
    done = run(home, "transcribe", NOTE.path, "--model", "demo")
    assert done.returncode == 0
    assert done.stdout.replace("\n", " ").strip() == NOTE.text
    assert done.stderr == ""
    assert list((Path(home["TMPDIR"]).parent / "work").iterdir()) == []
    assert left_behind(home) == []


def test_every_format_is_written(home: dict[str, str], tmp_path: Path) -> None:
    """`-f all` writes each format under the input's stem."""
    out = tmp_path / "out"
    done = run(home, "transcribe", NOTE.path, "--model", "demo", "-f", "all", "-o", out)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert sorted(path.name for path in out.iterdir()) == sorted(
        file_name("note", n) for n in NAMES
    )
    made = json.loads((out / "note.json").read_text())
    assert {"text", "segments", "language", "trust", "versions", "metrics"} <= set(made)
    assert made["segments"][0]["words"][0]["word"] == " Please"
    assert (out / "note.srt").read_text().startswith("1\n00:00:00,")


def test_files_of_one_stem_do_not_overwrite_each_other(
    home: dict[str, str], tmp_path: Path
) -> None:
    """Two inputs with one stem give two outputs; a bad one in between is reported."""
    media = make(tmp_path / "media")
    (media / "talk.ogg").write_bytes(NOTE.path.read_bytes())
    (media / "talk.mp3").write_bytes(find_sample("podcast").path.read_bytes()[:40_000])
    (media / "talk.wav").write_text("this is no recording")
    done = run(home, "transcribe", media, "--model", "demo", "-f", "txt,json", "-o", "source")
    assert done.returncode == 1
    assert "talk.wav" in done.stderr
    assert "Traceback" not in done.stderr
    written = {path.name for path in media.iterdir() if path.suffix in {".txt", ".json"}}
    assert written == {f"talk.{kind}.{form}" for kind in ("ogg", "mp3") for form in ("txt", "json")}


def test_standard_input_is_a_recording(home: dict[str, str]) -> None:
    """`-` reads a recording from a pipe, and `-o -` writes a format to stdout."""
    with NOTE.path.open("rb") as pipe:
        done = run(home, "transcribe", "-", "--model", "demo", "-f", "vtt", "-o", "-", stdin=pipe)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("WEBVTT\n")
    assert left_behind(home) == []


def test_a_clip_keeps_the_recordings_clock(home: dict[str, str]) -> None:
    """`--clip` transcribes a part, with the times of the whole."""
    sample = find_sample("standup")
    done = run(home, "transcribe", sample.path, "--model", "demo", "--clip", "7.2-16",
               "-f", "json", "-o", "-")  # fmt: skip
    made = json.loads(done.stdout)
    assert made["segments"][0]["start"] == pytest.approx(7.7, abs=0.4)
    assert made["segments"][-1]["end"] == pytest.approx(15.6, abs=0.4)


def test_flags_of_openai_whisper_are_understood(home: dict[str, str], tmp_path: Path) -> None:
    """A command line written for openai-whisper and its family does the same here."""
    done = run(home, "transcribe", NOTE.path, "--model", "demo", "--output_format", "srt",
               "--output_dir", tmp_path / "x", "--word_timestamps", "True", "--beam_size", "2",
               "--language", "English", "--vad_filter", "True", "--threads", "1")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x" / "note.srt").exists()


def test_a_benchmark_file_holds_times_and_scores(home: dict[str, str], tmp_path: Path) -> None:
    """`--benchmark` writes stage times, coverage and the subtitle score of each file."""
    done = run(home, "transcribe", NOTE.path, "--model", "demo", "--benchmark", tmp_path / "b.json")
    assert done.returncode == 0
    (row,) = json.loads((tmp_path / "b.json").read_text())
    assert row["coverage"] > 0.9
    assert 0 < row["subtitle_score"] <= 1
    assert {"read", "load", "vad", "decode", "align"} <= set(row["metrics"]["stage_seconds"])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["absent.mp3", "--model", "demo"], 1, "does not exist"),
        ([NOTE.path, "--model", "demo", "--beam-size", "99"], 2, "beam_size = 99"),
        ([NOTE.path, "--model", "demo", "--language", "Klingon"], 2, "Klingon"),
        ([NOTE.path, "--model", "demo", "--language", "de"], 2, "does not know language"),
        ([NOTE.path, "--model", "demo", "--task", "translate"], 2, "cannot translate"),
        ([NOTE.path, "--model", "demo", "-f", "docx"], 2, "docx"),
        ([NOTE.path, "--model", "demo", "--engine", "magic"], 2, "magic"),
        ([NOTE.path, "--model", "demo", "--clip", "5-2"], 2, "clip"),
        ([NOTE.path, "--model", "no-such-model"], 2, "no-such-model"),
        ([NOTE.path, "--model", "small", "--offline"], 1, "small"),
        ([NOTE.path, "--model", "demo", "--condition-on-previous-text"], 2, "condition_on"),
        ([NOTE.path, "--nonsense"], 2, "--nonsense"),
        ([], 2, "INPUTS"),
    ],
)
def test_wrong_use_is_one_clear_error(
    home: dict[str, str], arguments: list[str | Path], code: int, said: str
) -> None:
    """Each mistake gives one error with its value and a hint, the right code, no traceback."""
    done = run(home, "transcribe", *arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "hint:" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert left_behind(home) == []


def test_without_a_model_the_error_shows_the_ways_out(home: dict[str, str]) -> None:
    """No model named and none here: the error names the default, the demo and `models pull`."""
    done = run(home, "transcribe", NOTE.path, "--offline")
    assert done.returncode == 1
    assert "small" in done.stderr
    assert "--model demo" in done.stderr
    assert "hansard models pull" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(
    home: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C or SIGTERM ends with 130, without a half file or a spool left."""
    out = make(tmp_path / "out")
    sample = find_sample("standup").path
    words = [*HANSARD, "transcribe", *[str(sample)] * 20, "--model", "demo", "-f", "json"]
    started = subprocess.Popen(words, env=home, cwd=out, stderr=subprocess.PIPE)
    while not left_behind(home) and started.poll() is None:
        time.sleep(0.02)
    started.send_signal(number)
    _, said = started.communicate(timeout=60)
    assert started.returncode == 130
    assert b"Traceback" not in said
    assert left_behind(home) == []
    for path in out.iterdir():
        json.loads(path.read_text())


def test_output_may_be_cut_short_by_its_reader(home: dict[str, str]) -> None:
    """A reader that closes the pipe early is no error."""
    words = " ".join(HANSARD) + " formats | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", words],
        env=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == ""


def read_all(terminal: int) -> str:
    """Everything that was written to a terminal whose other end is closed."""
    shown = b""
    with suppress(OSError):  # how Linux says that the other end is closed
        while block := os.read(terminal, 65536):
            shown += block
    return shown.decode()


def test_a_terminal_shows_progress_and_trust(home: dict[str, str], tmp_path: Path) -> None:
    """On a terminal there is a bar and a trust line on stderr; stdout has the text alone."""
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    ours, theirs = pty.openpty()
    words = [*HANSARD, "transcribe", str(NOTE.path), "--model", "demo"]
    mine = {**home, "TERM": "xterm"}
    with subprocess.Popen(
        words, env=mine, cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs
    ) as started:
        text = started.communicate(timeout=60)[0].decode()
    os.close(theirs)
    shown = read_all(ours)
    os.close(ours)
    assert text.replace("\n", " ").strip() == NOTE.text
    assert "transcribing" in shown
    assert "trust: " in shown


def test_demo_shows_text_times_and_error_rate(home: dict[str, str]) -> None:
    """`demo` prints the transcript with times, the error rate and where the files lie."""
    done = run(home, "demo")
    assert done.returncode == 0, done.stderr
    assert "Good morning everyone, let's start the meeting." in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("WER ")]
    assert float(line.split()[1]) < 12
    folder = Path(home["XDG_DATA_HOME"]) / "hansard" / "demo"
    assert {path.suffix for path in folder.iterdir()} == {".txt", ".srt", ".vtt", ".json"}


def test_doctor_measures_this_machine(home: dict[str, str]) -> None:
    """`doctor` finds the engines and times the bundled model, without a network."""
    done = run(home, "doctor", "--json", "--offline")
    facts = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert facts["measured"]["rtfx"] > 1
    assert {e["name"] for e in facts["engines"] if e["ready"]} >= {"faster-whisper"}
    assert facts["models_here"][0] == "demo"
    assert {e["name"] for e in facts["speaker_engines"] if e["ready"]} >= {"baseline", "onnx"}
    assert {e["name"] for e in facts["aligners"] if e["ready"]} >= {"onnx"}


def test_probe_tells_what_a_file_holds(home: dict[str, str]) -> None:
    """`probe` reads the headers, and a file that is no media is an error."""
    done = run(home, "probe", NOTE.path, "--json")
    facts = json.loads(done.stdout)
    assert facts["duration"] == pytest.approx(5.9, abs=0.1)
    assert facts["channels"] == 1
    assert run(home, "probe", __file__).returncode == 1


def test_models_are_listed_and_verified(home: dict[str, str]) -> None:
    """The bundled model is here, verified, and cannot be removed."""
    listed = json.loads(run(home, "models", "list", "--json").stdout)
    here = {m["name"]: m["kind"] for m in listed if m["here"]}
    assert here["demo"] == "speech"
    assert here["demo-aligner"] == "aligner"
    assert {"tiny", "large-v3-turbo", "distil-large-v3", "erax-wow-turbo"} <= {
        m["name"] for m in listed
    }
    assert run(home, "models", "verify", "demo").returncode == 0
    assert run(home, "models", "remove", "demo").returncode != 0


def test_settings_show_where_values_come_from(home: dict[str, str], tmp_path: Path) -> None:
    """`settings` names each value's source, `init` writes a file, `check` finds a bad value."""
    here = make(tmp_path / "project")
    assert run(home, "settings", "init", folder=here).returncode == 0
    assert run(home, "settings", "init", folder=here).returncode == 1
    with (here / "hansard.toml").open("a") as file:
        file.write("\n")
    shown = json.loads(run({**home, "HANSARD_BEAM_SIZE": "3"}, "settings", "--json").stdout)
    beam = next(s for s in shown["settings"] if s["name"] == "beam_size")
    assert (beam["value"], beam["origin"]) == (3, "environment")
    assert run({**home, "HANSARD_BEAM_SIZE": "x"}, "settings", "check").returncode == 2


def test_secrets_are_masked(home: dict[str, str]) -> None:
    """The hub's token is never shown."""
    done = run({**home, "HANSARD_HF_TOKEN": "hf_abcdefghijklmnop"}, "settings")
    assert "hf_abcdefghijklmnop" not in done.stdout
    assert "***" in done.stdout
