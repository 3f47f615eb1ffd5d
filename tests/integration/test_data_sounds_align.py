"""`hansard data align` with the models that come with Hansard, on speech whose times are known."""

import json
import wave
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hansard.audio import SAMPLE_RATE
from hansard.cli.main import run
from hansard.testing.conversation_texts import demo_sentences
from hansard.testing.espeak import EspeakVoice, Synthesiser, can_speak
from hansard.training.manifest import Entry, Stretch, TimedWord, read_manifest, write_manifest
from hansard.training.project import Project

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

LEAD = 0.7
PENGUINS = "Penguins rarely visit equatorial jungles, and nobody ever asked them why."
MODELS = ["--model", "demo", "--offline", "--threads", "1"]
CTC = [*MODELS, "--align", "ctc", "--align-model", "demo-aligner"]


def write_wav(path: Path, samples: "Samples") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.rint(samples * 16000).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Five short clips with known times, one long recording, a wrong text, and what fails."""
    if not can_speak():
        pytest.skip("needs espeak-ng")
    made = Project(tmp_path_factory.mktemp("align"))
    entries: list[Entry] = []
    gap = np.zeros(round(LEAD * SAMPLE_RATE), np.float32)
    texts = demo_sentences(18, 5)
    long: list[Samples] = []
    with Synthesiser() as synthesiser:
        for number, text in enumerate(texts):
            said = synthesiser.speak(text, EspeakVoice())
            if number >= 5:
                long += [said.samples, gap]
                continue
            words = tuple(
                TimedWord(word=w.text.strip(), start=w.start + LEAD, end=w.end + LEAD)
                for w in said.words
            )
            audio = write_wav(
                made.uploads / f"{number}.wav", np.concatenate([gap, said.samples, gap])
            )
            known = (Stretch(text=text, start=words[0].start, end=words[-1].end, words=words),)
            entries.append(
                Entry(id=f"c{number}", audio=audio, transcript=text, language="en", segments=known)
            )
    audio = write_wav(made.uploads / "long.wav", np.concatenate(long))
    whole = Entry(id="talk/long", audio=audio, transcript=" ".join(texts[5:]), speaker="m1")
    clip = made.uploads / "0.wav"
    nothing = write_wav(made.uploads / "nothing.wav", np.zeros(SAMPLE_RATE, np.float32))
    entries += [
        whole,
        Entry(id="wrong", audio=clip, transcript=PENGUINS, language="en"),
        Entry(id="silent", audio=nothing, transcript="Good morning everyone."),
        Entry(id="nobody", audio=nothing, no_speech=True),
        Entry(id="gone", audio=made.uploads / "gone.wav", transcript="x"),
        Entry(id="marks", audio=clip, transcript="..."),
        Entry(id="part", audio=clip, transcript=texts[0], start=0.2, end=30.0, language="en"),
    ]
    write_manifest(made.manifests / "run1.jsonl", entries)
    return made


FAIL = {"wrong", "silent", "gone", "marks"}


def align(project: Project, name: str, *words: str) -> tuple[int, dict[str, Any], list[Entry]]:
    manifest, output = project.manifests / "run1.jsonl", project.manifests / f"{name}.jsonl"
    where = ["--project", str(project.root), "-o", str(output), "-q"]
    code = run(["data", "align", str(manifest), *where, *words])
    report = json.loads((project.manifests / "alignment_report.json").read_text())
    return code, report, list(read_manifest(output))


@pytest.mark.parametrize("words", [MODELS, CTC], ids=["engine", "ctc"])
def test_words_are_where_they_are_said(project: Project, words: list[str]) -> None:
    """Clips are aligned within 0.2 s; a wrong text, silence and a missing file have failed."""
    code, report, entries = align(project, "aligned", *words)
    assert code == 1
    assert {one["id"] for one in report["failures"]} == FAIL
    assert report["clips"] == 11
    assert report["aligned"] == 7
    assert report["reference"]["clips"] == 5
    assert report["reference"]["share_of_clips_within_200ms"] == 1.0
    assert report["reference"]["mean_offset"] < 0.1
    assert 0 < report["mean_confidence"] <= 1
    by_id = {entry.id: entry for entry in entries}
    assert not FAIL & set(by_id)
    assert by_id["nobody"].segments == ()
    part, clip = by_id["part"].segments[0], by_id["c0"].segments[0]
    assert part.start == pytest.approx(clip.start - 0.2, abs=0.1)
    base = json.loads((project.outputs / "c0" / "transcription_base.json").read_text())
    assert base["text"] == by_id["c0"].transcript
    said = [word for line in base["segments"] for word in line["words"]]
    assert [word["word"] for word in said] == by_id["c0"].transcript.split()
    assert all(0 < word["confidence"] <= 1 and word["method"] for word in said)
    text = (project.outputs / "c0" / "transcription_base.txt").read_text()
    assert text == f"{by_id['c0'].transcript}\n"
    assert not (project.outputs / "wrong").exists()


def test_a_long_recording_is_cut_into_clips(project: Project) -> None:
    """Clips of at most 30 s, at the ends of sentences, with the words that are said in them."""
    _, report, entries = align(project, "cut", *CTC)
    clips = [entry for entry in entries if entry.extra.get("cut_from") == "talk/long"]
    assert len(clips) >= 2
    assert [clip.id for clip in clips] == [f"talk/long-{n + 1:04d}" for n in range(len(clips))]
    assert report["cut"][0]["clips"] == len(clips)
    for clip in clips:
        assert clip.end is not None
        assert 0 < clip.end - clip.start <= 30.0
        assert clip.duration == pytest.approx(clip.end - clip.start, abs=1e-4)
        assert clip.speaker == "m1"
        words = [word for line in clip.segments for word in line.words]
        assert words[0].start >= 0
        assert words[-1].end <= clip.duration
    for one, two in pairwise(clips):
        assert one.end is not None
        assert one.end <= two.start
    _, _, whole = align(project, "whole", *CTC, "--no-cut")
    assert [e.id for e in whole if e.id.startswith("talk")] == ["talk/long"]
    text = " ".join(clip.transcript for clip in clips).split()
    long = next(e for e in whole if e.id == "talk/long")
    assert len(text) >= 0.8 * len(long.transcript.split())


def test_done_work_is_not_done_again(project: Project) -> None:
    """A second run has the same manifest and touches no file; a lost one is written again."""
    align(project, "first", *CTC)
    journal = project.journals / "align.jsonl"
    lines = len(journal.read_text().splitlines())
    base = project.outputs / "c1" / "transcription_base.json"
    other = project.outputs / "c2" / "transcription_base.json"
    before, changed = base.read_bytes(), other.stat().st_mtime_ns
    base.unlink()
    align(project, "second", *CTC)
    assert len(journal.read_text().splitlines()) == lines
    first, second = (project.manifests / f"{name}.jsonl" for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    assert base.read_bytes() == before
    assert other.stat().st_mtime_ns == changed


def test_how_much_must_be_placed_can_be_chosen(project: Project) -> None:
    """With --least 1 a clip with one word too many fails; its share and confidence are told."""
    source = next(e for e in read_manifest(project.manifests / "run1.jsonl") if e.id == "c1")
    odd = Entry(
        id="odd", audio=source.audio, transcript=f"{source.transcript} Penguins", language="en"
    )
    path = write_manifest(project.manifests / "odd.jsonl", [odd])
    words = ["data", "align", str(path), "--project", str(project.root), "-q", *CTC]
    assert run(words) == 0
    made = read_manifest(project.manifests / "odd.aligned.jsonl")[0]
    assert "Penguins" not in [word.word for line in made.segments for word in line.words]
    base = json.loads((project.outputs / "odd" / "transcription_base.json").read_text())
    assert base["unplaced"] == ["Penguins"]
    assert run([*words, "--least", "1"]) == 1


def test_a_model_that_is_not_there_stops_all(project: Project) -> None:
    """Without its model the command fails at once, and writes no manifest."""
    path = project.manifests / "run1.jsonl"
    output = project.manifests / "never.jsonl"
    words = ["--project", str(project.root), "-o", str(output), "-q", "--offline"]
    assert run(["data", "align", str(path), *words, "--model", "/nowhere/at/all"]) == 1
    assert not output.exists()
