"""Clips a second while training: Hansard's loop beside the plain Hugging Face recipe."""

import argparse
import json
import random
import statistics
import tempfile
import time
import wave
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from places import DEMO

from hansard.models.hub.hub import Hub
from hansard.settings import Options
from hansard.testing.checkpoint_weights import SHAPES
from hansard.testing.checkpoints import Files, random_checkpoint
from hansard.testing.conversation_texts import demo_sentences
from hansard.testing.conversation_voices import DEV_VOICES
from hansard.testing.espeak import EspeakVoice, Synthesiser
from hansard.training.fitting.options import FitOptions
from hansard.training.manifest import Entry, read_manifest, write_manifest
from hansard.training.project import Project
from hansard.work.fine_tune import Helpers, Order, fine_tune

WARM = 3
"""Steps that are not counted: the first of each shape prepare kernels."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument(
        "--model", default="demo", choices=("demo", *SHAPES), help="random but for demo"
    )
    parser.add_argument("--clips", type=int, default=128)
    parser.add_argument("--rows", type=int, default=16, help="clips in a batch of the plain recipe")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--precision", default="auto")


def main(given: argparse.Namespace) -> int:
    """Measure both, in turn, and print what came out."""
    with tempfile.TemporaryDirectory() as home:
        project = Project(Path(home))
        start = _start(given.model, project)
        manifest = _make_clips(project, given.clips)
        figures: dict[str, list[float]] = {}
        for number in range(given.repeats):
            for name in ("hansard", "hansard, full context", "plain recipe"):
                run = f"{name.replace(' ', '-').replace(',', '')}-{number}"
                measure = _plain if name == "plain recipe" else _ours
                rate = measure(given, project, (start, manifest, run))
                figures.setdefault(name, []).append(rate)
                print(f"{name}: {rate:.2f} clips a second", flush=True)
    medians = {name: statistics.median(rates) for name, rates in figures.items()}
    plain = medians["plain recipe"]
    for name, rate in medians.items():
        print(f"{name:24} {rate:8.2f} clips/s {rate / plain:6.2f} x the plain recipe")
    if given.json:
        Path(given.json).write_text(json.dumps({"clips_per_second": figures}, indent=2))
    return 0


def _start(model: str, project: Project) -> Path:
    if model == "demo":
        return DEMO / "hf"
    folder = project.root / "start"
    files = Files(layout="transformers")
    return random_checkpoint(folder, shape=SHAPES[model], multilingual=False, files=files)


def _make_clips(project: Project, count: int) -> Path:
    """Clips of 4 to 6 s, of two or three sentences each."""
    dice = random.Random(7)
    voices = [voice for voice in DEV_VOICES if isinstance(voice, EspeakVoice)]
    sentences = iter(demo_sentences(count * 6, seed=3))
    entries: list[Entry] = []
    project.uploads.mkdir(parents=True)
    with Synthesiser() as synthesiser:
        while len(entries) < count:
            text, samples = "", np.zeros(0, dtype=np.float32)
            voice = dice.choice(voices)
            while len(samples) < 4 * 16_000:
                sentence = next(sentences)
                text = f"{text} {sentence}".strip()
                said = synthesiser.speak(sentence, voice).samples
                samples = np.concatenate([samples, said])
            if len(samples) > 6 * 16_000:
                continue
            path = project.uploads / f"{len(entries):04d}.wav"
            _write(path, samples)
            entries.append(Entry(id=path.stem, audio=path, transcript=text, language="en"))
    return write_manifest(project.manifests / "clips.jsonl", entries)


def _write(path: Path, samples: "np.ndarray") -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def _ours(given: argparse.Namespace, project: Project, what: tuple[Path, Path, str]) -> float:
    start, manifest, run = what
    full = "full" in run
    options = FitOptions(
        max_steps=given.steps + WARM,
        batch_seconds=given.rows * (30.0 if full else 6.0),
        context="full" if full else "short",
        pack=0,
        no_speech_share=0,
        condition_on_prev_probability=0,
        evaluate_every=10_000,
        save_every=10_000,
        log_every=1,
        train_device=given.device,
        precision=given.precision,
        train_threads=given.threads,
    )
    files = Hub(Options(data_dir=project.root / "hub")).find(str(start), layout="transformers")
    if full:
        files = replace(files, card=replace(files.card, short_context=False))
    steps: list[tuple[float, float]] = []

    def tell(stage: str, facts: Any) -> None:
        if stage == "train":
            clips = facts["windows_per_second"] * facts["seconds"]
            steps.append((clips, time.monotonic()))

    order = Order(project=project, run=run, data=manifest, start=files, options=options)
    fine_tune(order, Helpers(tell=tell))
    return sum(clips for clips, _ in steps[WARM:]) / (steps[-1][1] - steps[WARM - 1][1])


def _plain(given: argparse.Namespace, project: Project, what: tuple[Path, Path, str]) -> float:
    """The recipe of Hugging Face's guides: features of 30 s made beforehand, Seq2SeqTrainer."""
    from transformers import (
        Seq2SeqTrainer,
        Seq2SeqTrainingArguments,
        TrainerCallback,
        WhisperForConditionalGeneration,
    )

    start, manifest, run = what
    stamps: list[float] = []

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *_args: Any, **_kwargs: Any) -> None:
            stamps.append(time.monotonic())

    model = WhisperForConditionalGeneration.from_pretrained(start, dtype="float32")
    model.config.use_cache = False
    arguments = Seq2SeqTrainingArguments(
        output_dir=str(project.root / run),
        per_device_train_batch_size=given.rows,
        max_steps=given.steps + WARM,
        learning_rate=1e-5,
        use_cpu=given.device == "cpu",
        bf16=given.precision == "bf16",
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
    )
    samples = _features(start, read_manifest(manifest))
    trainer = Seq2SeqTrainer(
        model=model,
        args=arguments,
        train_dataset=samples,
        data_collator=_collate,
        callbacks=[Clock()],
    )
    trainer.train()
    return given.rows * given.steps / (stamps[-1] - stamps[WARM - 1])


def _features(start: Path, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    from transformers import WhisperFeatureExtractor, WhisperTokenizer

    extractor = WhisperFeatureExtractor.from_pretrained(start)
    tokenizer = WhisperTokenizer.from_pretrained(start)
    made = []
    for entry in entries:
        with wave.open(str(entry.audio)) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        found = extractor(pcm.astype(np.float32) / 32768, sampling_rate=16_000)
        labels = tokenizer(entry.transcript).input_ids
        made.append({"input_features": found.input_features[0], "labels": labels})
    return made


def _collate(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    import torch

    longest = max(len(row["labels"]) for row in rows)
    labels = torch.full((len(rows), longest), -100)
    for place, row in enumerate(rows):
        labels[place, : len(row["labels"])] = torch.tensor(row["labels"])
    features = np.stack([row["input_features"] for row in rows])
    return {"input_features": torch.from_numpy(features), "labels": labels}
