"""What engines lose and invent: on the samples, between noises, and at awkward places."""

import argparse
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import material
from engines import ENGINES
from material import RATE, Recording, Said, background, decode, read_samples, sample_audio, save
from places import DEMO, SAMPLES
from runs import Job, Place, WorkerFailedError, installed, print_table, report, run

COMPARED = (
    "hansard",
    "faster-whisper defaults",
    "faster-whisper",
    "faster-whisper VAD",
    "faster-whisper batched words",
    "openai-whisper",
)
KINDS = ("silence", "white", "pink", "hum", "music")
NEAR = 0.5
"""Seconds by which a word may miss the speech that it belongs to."""


@dataclass(frozen=True)
class Scene:
    """A recording made to provoke one kind of fault."""

    group: str
    recording: Recording


def sample_scenes() -> list[Scene]:
    """The bundled recordings as they are."""
    found = []
    for truth in sorted(SAMPLES.glob("*.json")):
        sound = decode(sample_audio(truth))
        whole = save(f"sample-{truth.stem}", [(sound, None)])
        found.append(
            Scene(
                "samples", Recording(whole.path, whole.duration, tuple(material.read_truth(truth)))
            )
        )
    return found


def island_scenes(minutes: float) -> list[Scene]:
    """Five sentences with a minute or so of one noise before, between and after them."""
    sentences = read_samples()
    chosen = sentences[:: max(1, len(sentences) // 5)][:5]
    gap = (minutes * 60 - sum(len(sound) for sound, _ in chosen) / RATE) / (len(chosen) + 1)
    scenes = []
    for kind in KINDS:
        parts: list[tuple[material.Sound, str | None]] = [(background(kind, gap), None)]
        for number, (sound, said) in enumerate(chosen, 1):
            parts += [(sound, said.text), (background(kind, gap, number), None)]
        scenes.append(Scene(kind, save(f"islands-{kind}-{minutes:g}min", parts)))
    pause = material.silence(1)
    alone = [part for sound, said in chosen for part in ((sound, said.text), (pause, None))]
    return [Scene("islands alone", save("islands-alone", alone)), *scenes]


def ending_scenes() -> list[Scene]:
    """A sentence, a long silence, and speech in the last 0.5 to 5 s of the file."""
    sentences = sorted(read_samples(), key=lambda pair: len(pair[0]))
    opening, said = sentences[len(sentences) // 2]
    scenes = []
    for length in (0.5, 1, 2, 3, 4, 5):
        sound, text = short_speech(length, sentences)
        parts = [(opening, said.text), (material.silence(24), None), (sound, text)]
        scenes.append(Scene("endings", save(f"ending-{length:g}s", parts)))
    return scenes


def short_speech(length: float, sentences: list[tuple[material.Sound, Said]]) -> tuple[Any, str]:
    """Speech of about this length: a word by espeak-ng, or the sentence that comes nearest."""
    words = {0.5: "Thanks.", 1: "Thanks everyone.", 2: "I agree with Emma, thanks."}
    if length in words and shutil.which("espeak-ng"):
        return material.speak(words[length], "en-us+f2", (160, 55)), words[length]
    sound, said = min(sentences, key=lambda pair: abs(len(pair[0]) / RATE - length))
    return sound, said.text


def boundary_scenes() -> list[Scene]:
    """Sentences that lie across every 30 s boundary, with silence or pink noise between them."""
    sentences = read_samples()[:12]
    scenes = []
    for kind in ("silence", "pink"):
        parts: list[tuple[material.Sound, str | None]] = []
        place = 0.0
        for number, (sound, said) in enumerate(sentences, 1):
            length = len(sound) / RATE
            gap = number * 30 - length / 2 - place
            parts += [(background(kind, gap, number), None), (sound, said.text)]
            place += gap + length
        parts.append((background(kind, 5), None))
        scenes.append(Scene("30 s boundaries", save(f"boundaries-{kind}", parts)))
    return scenes


def score(scenes: Iterable[Scene], readings: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """For each group: word errors, words lost, and words invented where nobody spoke."""
    from hansard.evaluation import invented_words, pool, word_error_rate
    from hansard.transcript import Span, Word

    groups: dict[str, list[tuple[Any, Any]]] = {}
    for scene, reading in zip(scenes, readings, strict=True):
        speech = [Span(part.start, part.end) for part in scene.recording.said]
        words = [Word(text=text, start=start, end=end) for text, start, end in reading["words"]]
        invented = invented_words(words, speech, scene.recording.duration, tolerance=NEAR)
        rate = word_error_rate(scene.recording.text, reading["text"], normaliser="english")
        groups.setdefault(scene.group, []).append((rate, invented))
    return {
        name: summarise(pool(rate for rate, _ in found), [invented for _, invented in found])
        for name, found in groups.items()
    }


def summarise(rate: Any, inventions: list[Any]) -> dict[str, Any]:
    """The figures of a group of recordings."""
    silence = sum(invented.silence for invented in inventions)
    words = [word.text.strip() for invented in inventions for word in invented.words]
    return {
        "wer": rate.rate,
        "words": rate.reference_length,
        "lost": rate.deletions,
        "wrong": rate.substitutions,
        "added": rate.insertions,
        "invented": words,
        "invented_per_hour": len(words) * 3600 / silence if silence else None,
    }


def show(results: dict[str, dict[str, dict[str, Any]] | str], groups: list[str]) -> None:
    """A table for each group of recordings."""
    head = ("engine", "WER", "lost", "wrong", "added", "invented per hour")
    for group in groups:
        rows = [line(name, found, group) for name, found in results.items()]
        print_table(group, head, rows)


def line(name: str, found: dict[str, dict[str, Any]] | str, group: str) -> list[str]:
    """One engine's figures on one group."""
    if isinstance(found, str):
        return [name, found, "", "", "", ""]
    figures = found[group]
    hour = figures["invented_per_hour"]
    lost = f"{figures['lost']} of {figures['words']}"
    invented = "-" if hour is None or group == "samples" else f"{hour:.0f}"
    counts = [str(figures[kind]) for kind in ("wrong", "added")]
    return [name, f"{100 * figures['wer']:.1f} %", lost, *counts, invented]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `run.py quality`."""
    parser.description = __doc__
    parser.add_argument("--engines", nargs="+", default=list(COMPARED), choices=list(ENGINES))
    parser.add_argument("--model", type=Path, default=DEMO, help="a folder with `ct2` and `hf`")
    parser.add_argument("--minutes", type=float, default=5, help="length of each noise file")


def main(given: argparse.Namespace) -> int:
    """Every engine reads every recording once, in one process."""
    place = Place(given.threads, given.peers_python)
    scenes = [
        *sample_scenes(),
        *island_scenes(given.minutes),
        *ending_scenes(),
        *boundary_scenes(),
    ]
    results: dict[str, Any] = {}
    read: dict[str, list[str]] = {}
    for name in given.engines:
        print(f"reading {len(scenes)} recordings: {name}", flush=True)
        if not installed(name, place):
            results[name] = "not installed"
            continue
        job = Job(name, given.model, [scene.recording.path for scene in scenes])
        try:
            readings = run(job, place)["readings"]
            results[name] = score(scenes, readings)
            read[name] = [reading["text"] for reading in readings]
        except WorkerFailedError as error:
            results[name] = f"failed: {error}"
    show(results, list(dict.fromkeys(scene.group for scene in scenes)))
    said = {scene.recording.path.name: scene.recording.text for scene in scenes}
    report({"quality": results, "said": said, "read": read}, given.json)
    return 0
