"""`hansard data preprocess` and `augment` on files as they come: speech, silence, rubbish."""

import json
import subprocess
import sys
import time
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hansard.audio import SAMPLE_RATE
from hansard.audio.media import open_sound, probe
from hansard.cli.main import run
from hansard.testing.espeak import EspeakVoice, Spoken, can_speak, speak
from hansard.training.manifest import Entry, Stretch, TimedWord, read_manifest, write_manifest
from hansard.training.project import Project

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

TEXT = "Please write that down in the notes."
LEAD, TAIL = 1.3, 1.7


@pytest.fixture(scope="module")
def said() -> Spoken:
    if not can_speak():
        pytest.skip("needs espeak-ng")
    return speak(TEXT, EspeakVoice())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "my project")


def padded(said: Spoken) -> "Samples":
    """The speech between two silences, with a little noise, as rooms have."""
    noise = np.random.default_rng(0).normal(0, 2e-4, round((LEAD + TAIL) * SAMPLE_RATE))
    lead = round(LEAD * SAMPLE_RATE)
    quiet = noise.astype(np.float32)
    return np.concatenate([quiet[:lead], 0.3 * said.samples, quiet[lead:]])


def write_wav(path: Path, samples: "Samples", rate: int = SAMPLE_RATE, channels: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        pcm = np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2")
        file.writeframes(np.repeat(pcm, channels).tobytes())
    return path


def words_of(said: Spoken, lead: float) -> tuple[Stretch, ...]:
    timed = tuple(
        TimedWord(word=w.text.strip(), start=w.start + lead, end=w.end + lead) for w in said.words
    )
    return (Stretch(text=TEXT, start=timed[0].start, end=timed[-1].end, words=timed),)


def make(project: Project, said: Spoken) -> Path:
    """A manifest with clips of many kinds, each id telling which."""
    sound = padded(said)
    up = project.uploads
    good = write_wav(up / "good č.wav", sound)
    write_wav(up / "fast.wav", np.repeat(sound, 3), 48_000, 2)
    write_wav(up / "silence.wav", np.zeros(SAMPLE_RATE, np.float32))
    (up / "empty.wav").write_bytes(b"")
    (up / "rubbish.mp3").write_bytes(b"\x00\x01not media" * 500)
    (up / "cut.wav").write_bytes(good.read_bytes()[:60])
    segments = words_of(said, LEAD)
    part = LEAD + said.words[2].start - 0.05
    entries = [
        Entry(id="good", audio=good, transcript=TEXT, segments=segments, speaker="ana"),
        Entry(id="../fast 48", audio=up / "fast.wav", transcript=TEXT, language="en"),
        Entry(id="part", audio=good, transcript="that down", start=part, end=part + 1.0),
        Entry(id="silence", audio=up / "silence.wav", transcript="nothing"),
        Entry(id="nobody", audio=up / "silence.wav", no_speech=True),
        Entry(id="gone", audio=up / "gone.wav", transcript="x"),
        Entry(id="empty", audio=up / "empty.wav", transcript="x"),
        Entry(id="rubbish", audio=up / "rubbish.mp3", transcript="x"),
        Entry(id="cut", audio=up / "cut.wav", transcript="x"),
        Entry(id="beyond", audio=good, transcript="x", start=1000.0),
    ]
    path = write_manifest(project.manifests / "run1.jsonl", entries)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"id": "good", "audio": "x.wav", "transcript": "again"}\nnot json\n')
    return path


BAD = {"gone", "empty", "rubbish", "cut", "beyond"}


def report(project: Project, name: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((project.manifests / f"{name}.json").read_text())
    return made


def samples_of(path: Path, folder: Path) -> "Samples":
    sound = open_sound(path, folder).sound
    return sound.read(0, sound.end)


def entries_of(path: Path) -> dict[str, Entry]:
    return {entry.id: entry for entry in read_manifest(path)}


def test_clips_are_trimmed_and_times_stay_true(
    project: Project, said: Spoken, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Good clips become 16 kHz mono files whose words are where the manifest says; bad are told."""
    path = make(project, said)
    assert run(["data", "preprocess", str(path), "--project", str(project.root)]) == 1
    told = capsys.readouterr()
    assert "left out: gone" in told.err
    made = entries_of(project.manifests / "run1.processed.jsonl")
    assert set(made) == {"good", "../fast 48", "part", "silence", "nobody"}
    good = made["good"]
    assert good.audio == project.processed / "good.wav"
    assert (good.start, good.end, good.speaker) == (0.0, None, "ana")
    info = probe(good.audio)
    assert (info.sample_rate, info.channels, info.codec) == (16_000, 1, "pcm_s16le")
    length = len(said.samples) / SAMPLE_RATE
    assert good.duration == pytest.approx(length + 0.4, abs=0.15)
    before = samples_of(project.uploads / "good č.wav", tmp_path)
    after = samples_of(good.audio, tmp_path)
    assert len(after) == round((good.duration or 0) * SAMPLE_RATE)
    for old, new in zip(words_of(said, LEAD)[0].words, good.segments[0].words, strict=True):
        count = int((old.end - old.start) * SAMPLE_RATE) - 1
        first, last = round(old.start * SAMPLE_RATE), round(new.start * SAMPLE_RATE)
        assert any(
            np.array_equal(before[first : first + count], after[last + n : last + n + count])
            for n in (-1, 0, 1)
        )
    told_report = report(project, "preprocess_report")
    assert {one["id"] for one in told_report["failures"]} == BAD
    assert [one["kind"] for one in told_report["faults"]] == ["duplicate id", "line"]
    assert told_report["resampled_from"] == {"48000": 1}
    assert told_report["untrimmed_no_speech_heard"] == [{"id": "silence", "loudest_dbfs": -100.0}]
    assert told_report["seconds_trimmed"] > 4
    assert all(one.audio.parent == project.processed for one in made.values())
    assert not list(project.root.rglob("*.part"))


def test_done_work_is_not_done_again(project: Project, said: Spoken) -> None:
    """A second run writes no file; a lost or changed one is made again; other options are, too."""
    path = make(project, said)
    words = ["data", "preprocess", str(path), "--project", str(project.root), "-q"]
    run(words)
    output = project.manifests / "run1.processed.jsonl"
    first, files = output.read_bytes(), sorted(project.processed.iterdir())
    times = {file: file.stat().st_mtime_ns for file in files}
    run(words)
    assert output.read_bytes() == first
    assert {file: file.stat().st_mtime_ns for file in files} == times
    (project.processed / "good.wav").unlink()
    (project.processed / "part.wav").write_bytes(b"RIFF")
    run(words)
    assert output.read_bytes() == first
    assert sorted(project.processed.iterdir()) == files
    run([*words, "--no-trim", "--level", "-23"])
    longer = entries_of(output)["good"]
    assert longer.duration == pytest.approx(len(padded(said)) / SAMPLE_RATE, abs=0.001)
    assert sorted(project.processed.iterdir()) == files


def test_speech_gets_the_level_that_was_asked(
    project: Project, said: Spoken, tmp_path: Path
) -> None:
    """With --level and --format flac, the speech is that loud, and the file is FLAC."""
    path = make(project, said)
    words = ["data", "preprocess", str(path), "--project", str(project.root), "-q"]
    run([*words, "--level", "-30", "--format", "flac", "-o", str(tmp_path / "new.jsonl")])
    made = entries_of(tmp_path / "new.jsonl")["good"]
    assert made.audio.name == "good.flac"
    assert probe(made.audio).codec == "flac"
    sound = samples_of(made.audio, tmp_path)
    assert len(sound) == round((made.duration or 0) * SAMPLE_RATE)
    frames = sound[: len(sound) // 6400 * 6400].reshape(-1, 6400)
    power = np.square(frames).mean(axis=1)
    loud = 10 * np.log10(power[power > power.max() / 30].mean())
    assert loud == pytest.approx(-30, abs=1)


def test_two_manifests_do_not_spoil_each_other(project: Project, said: Spoken) -> None:
    """Another manifest with the same id, or a processed one, gets files of its own."""
    path = make(project, said)
    words = ["data", "preprocess", "--project", str(project.root), "-q"]
    run([*words, str(path)])
    first = entries_of(project.manifests / "run1.processed.jsonl")["good"]
    content = first.audio.read_bytes()
    other = write_wav(project.uploads / "other.wav", padded(said)[::-1].copy())
    entry = Entry(id="good", audio=other, transcript=TEXT)
    two = write_manifest(project.manifests / "two.jsonl", [entry])
    assert run([*words, str(two)]) == 0
    assert entries_of(project.manifests / "two.processed.jsonl")["good"].audio != first.audio
    once_more = project.manifests / "run1.processed.jsonl"
    assert run([*words, str(once_more)]) == 0
    again = entries_of(project.manifests / "run1.processed.processed.jsonl")["good"]
    assert again.audio != first.audio
    assert first.audio.read_bytes() == content


def test_what_was_aligned_follows(project: Project, said: Spoken) -> None:
    """`outputs/` is moved with the sound, once, from wherever it was."""
    path = make(project, said)
    base = project.outputs / "good" / "transcription_base.json"
    base.parent.mkdir(parents=True)
    word = {"word": "Please", "start": LEAD, "end": LEAD + 0.3}
    line = {"text": "Please", "start": LEAD, "end": LEAD + 0.3, "words": [word]}
    base.write_text(json.dumps({"text": "Please", "segments": [line]}))
    words = ["data", "preprocess", str(path), "--project", str(project.root), "-q"]
    for extra in ([], [], ["--pad", "0.5"], ["--no-trim"]):
        run([*words, *extra])
        moved = json.loads(base.read_text())
        good = entries_of(project.manifests / "run1.processed.jsonl")["good"]
        cut = good.extra["trimmed_start"]
        assert moved["offset"] == pytest.approx(cut, abs=1e-6)
        assert moved["segments"][0]["words"][0]["start"] == pytest.approx(LEAD - cut, abs=1e-4)
        assert good.segments[0].start == pytest.approx(said.words[0].start + LEAD - cut, abs=1e-4)
    assert cut == 0.0


def test_a_kill_loses_nothing(project: Project, said: Spoken) -> None:
    """After kill -9 in the middle, the same command ends with what it would have had."""
    sound = padded(said)
    entries = [
        Entry(id=f"c{n}", audio=write_wav(project.uploads / f"{n}.wav", sound), transcript=TEXT)
        for n in range(30)
    ]
    path = write_manifest(project.manifests / "run1.jsonl", entries)
    words = ["data", "preprocess", str(path), "--project", str(project.root), "-q"]
    with subprocess.Popen([sys.executable, "-m", "hansard", *words]) as process:
        while process.poll() is None and not (project.processed / "c3.wav").exists():
            time.sleep(0.01)
        process.kill()
    written = {p: p.stat().st_mtime_ns for p in project.processed.glob("c[012].wav")}
    assert written
    assert run(words) == 0
    assert len(entries_of(project.manifests / "run1.processed.jsonl")) == 30
    assert {p: p.stat().st_mtime_ns for p in written} == written


def test_copies_are_written_with_true_times(project: Project, said: Spoken, tmp_path: Path) -> None:
    """Each original has its copies, which name it, its speaker, their effects and times."""
    path = make(project, said)
    recipe = tmp_path / "r.yaml"
    recipe.write_text(
        "- {type: speed, params: {min_rate: 1.2, max_rate: 1.3}}\n"
        "- {type: noise, params: {min_snr: 20, max_snr: 30}}\n"
        "- {type: specaugment}\n"
    )
    words = ["data", "augment", str(path), "--project", str(project.root), "-q", "--copies", "2"]
    assert run([*words, "--recipe", str(recipe)]) == 1
    made = entries_of(project.manifests / "run1.augmented.jsonl")
    assert len(made) == 3 * 5
    good, copies = made["good"], [made["good-a1"], made["good-a2"]]
    assert good.audio.parent == project.uploads
    for copy in copies:
        speed = copy.extra["speed"]
        assert 1.18 < speed < 1.32
        assert copy.speaker == "ana"
        assert copy.extra["augmented_from"] == "good"
        assert copy.extra["effects"] == ["speed", "noise"]
        assert 20 <= copy.extra["snr"] <= 30
        assert copy.audio.parent == project.augmented
        seconds = len(samples_of(copy.audio, tmp_path)) / SAMPLE_RATE
        assert copy.duration == pytest.approx(seconds, abs=1e-4)
        assert seconds == pytest.approx(len(padded(said)) / SAMPLE_RATE / speed, abs=0.001)
        for old, new in zip(good.segments[0].words, copy.segments[0].words, strict=True):
            assert new.start == pytest.approx(old.start / speed, abs=1e-3)
    assert copies[0].audio.read_bytes() != copies[1].audio.read_bytes()
    told = report(project, "augment_report")
    assert {one["id"] for one in told["failures"]} == BAD
    assert told["copies"] == told["effects"]["speed"] == 10
    times = {p: p.stat().st_mtime_ns for p in project.augmented.iterdir()}
    run([*words, "--recipe", str(recipe), "--only-copies"])
    assert {p: p.stat().st_mtime_ns for p in project.augmented.iterdir()} == times
    assert len(entries_of(project.manifests / "run1.augmented.jsonl")) == 10


def test_copies_of_copies_are_not_made(project: Project, said: Spoken) -> None:
    """Augmenting an augmented manifest leaves copies as they are, and makes new ids."""
    audio = write_wav(project.uploads / "a.wav", padded(said))
    entry = Entry(id="a", audio=audio, transcript=TEXT)
    one = write_manifest(project.manifests / "one.jsonl", [entry])
    words = ["data", "augment", "--project", str(project.root), "-q"]
    assert run([*words, str(one)]) == 0
    assert run([*words, str(project.manifests / "one.augmented.jsonl"), "-o", f"{one}2"]) == 0
    made = entries_of(Path(f"{one}2"))
    assert len(made) == 3
    assert {entry.extra.get("augmented_from") for entry in made.values()} == {None, "a"}


def test_what_models_are_judged_by_is_left_alone(
    project: Project, said: Spoken, capsys: pytest.CaptureFixture[str]
) -> None:
    """test.jsonl and validation.jsonl are refused without --force; so is a recipe without sound."""
    audio = write_wav(project.uploads / "a.wav", padded(said))
    for name in ("test", "validation", "test.processed"):
        path = project.splits / f"{name}.jsonl"
        write_manifest(path, [Entry(id="a", audio=audio, transcript=TEXT)])
        words = ["data", "augment", str(path), "--project", str(project.root), "-q"]
        assert run(words) == 2
        assert "--force" in capsys.readouterr().err
    assert run([*words, "--force"]) == 0
    quiet = project.root / "quiet.yaml"
    quiet.write_text("- {type: specaugment}\n")
    assert run([*words, "--force", "--recipe", str(quiet)]) == 2


def test_the_recipe_is_written_and_used(
    project: Project, said: Spoken, capsys: pytest.CaptureFixture[str]
) -> None:
    """--write-recipe writes configs/augment.yaml, once; what it says is done."""
    words = ["data", "augment", "--project", str(project.root), "-q"]
    assert run([*words, "--write-recipe"]) == 0
    own = project.root / "configs" / "augment.yaml"
    assert "type: noise" in own.read_text()
    assert run([*words, "--write-recipe"]) == 2
    own.write_text("- {type: pitch}\n")
    audio = write_wav(project.uploads / "a.wav", padded(said))
    path = write_manifest(
        project.manifests / "a.jsonl", [Entry(id="a", audio=audio, transcript=TEXT)]
    )
    capsys.readouterr()
    assert run([*words, str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["effects"] == {"pitch": 1}
    assert told["recipe_file"] == str(own)


def test_wrong_use_is_told(project: Project, said: Spoken) -> None:
    """No manifest, a missing one, one without clips, and writing over it."""
    root = str(project.root)
    assert run(["data", "augment", "--project", root]) == 2
    assert run(["data", "preprocess", "nothing.jsonl", "--project", root]) == 1
    path = make(project, said)
    assert run(["data", "preprocess", str(path), "-o", str(path), "--project", root]) == 2
    assert run(["data", "preprocess", str(path), "--pad", "99", "--project", root]) == 2
    path.write_text("")
    assert run(["data", "preprocess", str(path), "--project", root]) == 1
