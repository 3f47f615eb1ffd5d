"""Scripted checkpoints of real size, and the check that every engine reads the same from them."""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from material import cut, domain_speech, read_samples
from places import MODELS
from runs import Job, Place, WorkerFailedError, installed, print_table, run

CHECKED = (
    "hansard",
    "faster-whisper",
    "faster-whisper batched",
    "openai-whisper",
    "transformers generate",
)


@dataclass(frozen=True)
class ScriptedModel:
    """A checkpoint and what every engine must read from every window."""

    path: Path
    text: str
    ids: tuple[int, ...]
    end: int
    """The id of end-of-text: smaller ones are text."""


def scripted_model(size: str, tokens: int) -> ScriptedModel:
    """Make `bench/out/models/<size>-<tokens>` unless it is there."""
    path = MODELS / f"{size}-{tokens}"
    if not (path / "script.json").exists():
        make(path, size, tokens)
    truth = json.loads((path / "script.json").read_text(encoding="utf-8"))
    return ScriptedModel(path, truth["text"], tuple(truth["ids"]), truth["end"])


def make(path: Path, size: str, tokens: int) -> None:
    """Both layouts from the same numbers: float16 for PyTorch, int8 for CTranslate2."""
    from hansard.testing.checkpoint_vocabulary import build_vocabulary
    from hansard.testing.checkpoints import SHAPES, Files, Script, scripted_checkpoint

    words = distinct_words(tokens)
    script = Script(transcribe=" ".join(words), languages={"en": 1.0})
    layouts = (
        ("hf", Files(layout="transformers", precision="float16")),
        ("ct2", Files(precision="int8")),
    )
    for layout, files in layouts:
        scripted_checkpoint(path / layout, script, shape=SHAPES[size], files=files)
    vocabulary = build_vocabulary(script.words, multilingual=True)
    truth = {
        "text": script.transcribe,
        "ids": [vocabulary.word(word) for word in words],
        "end": vocabulary.end,
    }
    (path / "script.json").write_text(json.dumps(truth), encoding="utf-8")


def distinct_words(count: int) -> list[str]:
    """The first words of the bundled samples, each once; each is one token in the checkpoint."""
    words = list(dict.fromkeys(" ".join(said.text for _, said in read_samples()).split()))
    if count > len(words):
        raise SystemExit(f"at most {len(words)} tokens per window can be scripted")
    return words[:count]


def check(model: ScriptedModel, place: Place) -> dict[str, str]:
    """What each engine made of 30 s, judged by its token ids: engine -> verdict."""
    window = cut(domain_speech(1), 30, "window-30s").path
    return {name: judge(name, model, window, place) for name in CHECKED}


def judge(name: str, model: ScriptedModel, window: Path, place: Place) -> str:
    """`same ids`, or what is different."""
    if not installed(name, place):
        return "not installed"
    try:
        answer = run(Job(name, model.path, [window]), place)
    except WorkerFailedError as error:
        return f"failed: {error}"
    ids = [id_ for id_ in answer["readings"][0]["tokens"] if id_ < model.end]
    windows = len(ids) // len(model.ids)
    if windows and ids == list(model.ids) * windows:
        return f"same ids ({windows} x {len(model.ids)})"
    return f"OTHER ids: {ids[:5]}... ({len(ids)})"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `run.py scripted`."""
    parser.description = __doc__
    parser.add_argument("sizes", nargs="*", default=["base", "small"])
    parser.add_argument("--tokens", type=int, default=100, help="text tokens per window")


def main(given: argparse.Namespace) -> int:
    """Build, check, print; 1 where an engine read something else."""
    place = Place(given.threads, given.peers_python)
    verdicts = {}
    for size in given.sizes:
        verdicts[size] = check(scripted_model(size, given.tokens), place)
        rows = [[name, verdict] for name, verdict in verdicts[size].items()]
        print_table(f"scripted {size}", ["engine", "token ids"], rows)
    said = [verdict for case in verdicts.values() for verdict in case.values()]
    return int(any(verdict.startswith(("OTHER", "failed")) for verdict in said))
