"""Makes the two small speaker models in src/hansard/data/demo-speakers, from synthetic voices.

    python bench/train_speakers.py corpus WORK --texts FILE...    # voices speak; DEV voices only
    python bench/train_speakers.py segmentation WORK --steps 1000 # about 15 minutes on a core
    python bench/train_speakers.py voices WORK --steps 1300       # about 10 minutes on a core
    python bench/train_speakers.py export WORK

Needs torch, onnx, scipy, kaldi-native-fbank and espeak-ng. Both models have the very
layout of the public ones (pyannote's segmentation-3.0 and WeSpeaker's ResNet34, as sherpa-onnx
exports them): names, shapes, metadata. They know synthetic voices, not people's.
"""

import argparse
import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import kaldi_native_fbank as knf
import numpy as np
import onnx
import torch
from scipy.signal import fftconvolve
from speaker_models import (
    CLASSES,
    HALF_HOP,
    N_FFT,
    RATE,
    SHIFT,
    SIZE,
    SPEAKERS,
    WINDOW,
    Segmentation,
    Voice,
    halve,
)
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from hansard.testing.conversation_voices import DEV_VOICES
from hansard.testing.espeak import Synthesiser

PACES = (1.0, 0.88, 1.13)
"""How fast a voice is played; each makes another voice of it."""

Voices = dict[str, list[np.ndarray]]


def speak_corpus(work: Path, texts: list[Path]) -> None:
    """Let every DEV voice, and kin of it with another accent and pitch, say 30 sentences."""
    lines = [line for path in texts for line in path.read_text().splitlines()]
    lines = [line for line in lines if 20 < len(line) < 140]
    rng = np.random.default_rng(0)
    (work / "corpus").mkdir(parents=True, exist_ok=True)
    with Synthesiser() as synthesiser:
        for number, voice in enumerate(DEV_VOICES):
            accent = DEV_VOICES[(number + 9) % len(DEV_VOICES)].accent
            kin = replace(voice, pitch=voice.pitch + (14 if voice.pitch < 50 else -14))
            for one in (voice, replace(kin, accent=accent)):
                said = [
                    synthesiser.speak(lines[i], replace(one, rate=int(rng.integers(140, 185))))
                    for i in rng.integers(len(lines), size=30)
                ]
                sounds = [(each.samples * 32767).astype(np.int16) for each in said]
                np.savez(work / "corpus" / f"{one.name}-{one.pitch}.npz", *sounds)


def read_corpus(work: Path) -> Voices:
    """Every voice with its utterances as float32 in -1 to 1, silence at both ends cut off."""
    voices = {}
    for path in sorted((work / "corpus").glob("*.npz")):
        with np.load(path) as file:
            utterances = [file[key].astype(np.float32) / 32768 for key in file.files]
        voices[path.stem] = [one for one in utterances if len(one) > RATE]
    return voices


# --- sound ------------------------------------------------------------------------------------


def room(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    """The same in a small room: an exponentially fading tail."""
    length = int(RATE * rng.uniform(0.05, 0.3))
    tail = rng.standard_normal(length) * np.exp(-np.linspace(0, 7, length))
    tail *= rng.uniform(0.05, 0.4) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return fftconvolve(samples, tail)[: len(samples)].astype(np.float32)


def noise(rng: np.random.Generator, length: int) -> np.ndarray:
    """White or brownish noise of power 1."""
    made = rng.standard_normal(length).astype(np.float32)
    if rng.random() < 0.5:
        made = np.convolve(made, np.exp(-np.arange(40) / rng.uniform(2, 12)), "same")
    return (made / (made.std() + 1e-9)).astype(np.float32)


def level(samples: np.ndarray, decibels: float) -> np.ndarray:
    """The same with this root mean square, in decibels of full scale."""
    return samples * (10 ** (decibels / 20) / (np.sqrt((samples**2).mean()) + 1e-9))


def faster(samples: np.ndarray, factor: float) -> np.ndarray:
    """The same played faster: other pitch, other formants, so another voice."""
    places = np.arange(0, len(samples) - 1, factor)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.float32)


def conversation(
    rng: np.random.Generator, voices: Voices, names: list[str], length: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Talk among up to three voices: samples, who speaks in each frame, and which voice that is."""
    count = rng.choice(4, p=[0.03, 0.22, 0.4, 0.35])
    chosen = rng.choice(len(names), count, replace=False)
    samples = np.zeros(length, np.float32)
    heard = np.zeros((length, SPEAKERS), bool)
    loudness = rng.uniform(-32, -18) + rng.uniform(-4, 4, SPEAKERS)
    reverberant = rng.random() < 0.3
    at, speaker = int(rng.uniform(-3, 2) * RATE), int(rng.integers(max(1, count)))
    while count and at < length:
        utterances = voices[names[chosen[speaker]]]
        said = utterances[rng.integers(len(utterances))]
        if rng.random() < 0.4:
            said = said[: int(rng.uniform(0.5, 2.5) * RATE)]
        said = level(room(rng, said) if reverberant else said, loudness[speaker])
        first, last = max(0, at), min(length, at + len(said))
        if last > first:
            samples[first:last] += said[first - at : last - at]
            heard[first:last, speaker] = True
        if count > 1 and rng.random() < 0.75:
            speaker = int((speaker + 1 + rng.integers(count - 1)) % count)
            gap = rng.uniform(-1.5, 0) if rng.random() < 0.25 else rng.exponential(0.35)
        else:
            gap = 0.05 + rng.exponential(0.5)
        at += len(said) + int(gap * RATE)
    if rng.random() < 0.7:
        samples += noise(rng, length) * 10 ** ((loudness.min() - rng.uniform(8, 45)) / 20)
    frames = (length - N_FFT) // HALF_HOP // 2
    centres = np.minimum(np.arange(frames) * SHIFT + SIZE // 2, length - 1)
    who = np.full(SPEAKERS, -1)
    who[:count] = chosen
    return samples, heard[centres], who


# --- segmentation -----------------------------------------------------------------------------


def powerset(active: torch.Tensor) -> torch.Tensor:
    """(N, frames, 3) of who speaks to the class of each frame; a third voice at once is dropped."""
    table = torch.zeros(8, dtype=torch.long)
    for number, members in enumerate(CLASSES):
        table[sum(1 << one for one in members)] = number
    table[7] = CLASSES.index((0, 1))
    return table[(active.long() * torch.tensor([1, 2, 4])).sum(-1)]


def whoever_loss(logs: torch.Tensor, active: torch.Tensor) -> torch.Tensor:
    """Cross-entropy under the best naming of the three, window by window."""
    losses = [
        functional.nll_loss(
            logs.transpose(1, 2), powerset(active[..., list(order)]), reduction="none"
        ).mean(1)
        for order in itertools.permutations(range(SPEAKERS))
    ]
    return torch.stack(losses).min(0).values.mean()


Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class Talk(IterableDataset[Batch]):
    """Batches of made-up talk without end: features, who speaks, which voice that is."""

    def __init__(self, voices: Voices, length: int) -> None:
        self.voices, self.length = voices, length

    def __iter__(self) -> Iterator[Batch]:
        """Runs in a process of its own."""
        rng, names = np.random.default_rng(self.length), list(self.voices)
        model = Segmentation()
        while True:
            made = [conversation(rng, self.voices, names, self.length) for _ in range(24)]
            samples, active, who = (
                torch.from_numpy(np.stack(part)) for part in zip(*made, strict=True)
            )
            with torch.no_grad():
                yield model.features(samples[:, None]), active, who


def replayed(made: IterableDataset[Any], most: int) -> Iterator[Any]:
    """Each new batch, and after it two that were seen before: making them is the slow part."""
    kept: list[Any] = []
    rng = np.random.default_rng(3)
    for batch in DataLoader(made, batch_size=None, num_workers=1):
        kept = [*kept[1 - most :], batch]
        yield batch
        for _ in range(2):
            yield kept[rng.integers(len(kept))]


def all_losses(model: Segmentation, batch: Batch) -> list[torch.Tensor]:
    """Who speaks when; and to help, whether anybody does, and whose voice it is."""
    features, active, who = batch
    logs, talk, voice = model.all(features)
    active = active[:, : logs.shape[1]]
    coarse = active[:, ::2]
    alone = coarse.sum(-1) == 1
    right = (coarse.long() * who[:, None]).sum(-1)[alone]
    anybody = coarse.any(-1).float()
    scores = 16 * voice[:, : coarse.shape[1]][alone] @ functional.normalize(model.voice).T
    return [
        whoever_loss(logs[:, : active.shape[1]], active),
        functional.binary_cross_entropy_with_logits(talk[:, : coarse.shape[1]], anybody),
        functional.cross_entropy(scores, right),
    ]


def train_segmentation(work: Path, steps: int) -> None:
    """Train, and keep the weights in `work`."""
    voices = read_corpus(work)
    model = Segmentation(len(voices))
    best = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    step = 0
    for length, until in ((WINDOW // 2, 0.4), (WINDOW, 1.0)):
        for batch in replayed(Talk(voices, length), 300):
            if step >= until * steps:
                break
            losses = all_losses(model, batch)
            set_rate(best, step, steps)
            best.zero_grad()
            (losses[0] + 0.2 * losses[1] + 0.3 * losses[2]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            best.step()
            if step % 20 == 0:
                print(step, *(f"{loss:.3f}" for loss in losses), flush=True)
            if step % 100 == 99:
                torch.save(model.state_dict(), work / "segmentation.pt")
            step += 1
    torch.save(model.state_dict(), work / "segmentation.pt")


def set_rate(best: torch.optim.Optimizer, step: int, steps: int) -> None:
    """Warm up, then fall nearly to nothing."""
    for group in best.param_groups:
        group["lr"] = 2e-3 * min(1, (step + 1) / 50) * (1 - step / steps) ** 0.8 + 1e-5


# --- voices -----------------------------------------------------------------------------------


def fbank(samples: np.ndarray) -> np.ndarray:
    """Features as sherpa-onnx computes them for WeSpeaker's models; (frames, 80)."""
    options = knf.FbankOptions()
    options.frame_opts.dither = 0
    options.frame_opts.snip_edges = False
    options.mel_opts.num_bins = 80
    options.mel_opts.low_freq = 20
    options.mel_opts.high_freq = -400
    online = knf.OnlineFbank(options)
    online.accept_waveform(RATE, (samples * 32768).tolist())
    online.input_finished()
    return np.stack([online.get_frame(i) for i in range(online.num_frames_ready)])


class Crops(IterableDataset[tuple[torch.Tensor, torch.Tensor]]):
    """Batches of features and classes without end; a voice played faster is another class."""

    def __init__(self, voices: Voices) -> None:
        self.voices = voices

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Runs in a process of its own."""
        rng, names = np.random.default_rng(2), list(self.voices)
        while True:
            length = int(rng.uniform(0.8, 2.5) * RATE)
            classes = rng.integers(len(PACES) * len(names), size=64)
            rows = [crop(rng, self.voices[names[c // 3]], PACES[c % 3], length) for c in classes]
            yield torch.from_numpy(np.stack(rows)), torch.from_numpy(classes)


def crop(
    rng: np.random.Generator, utterances: list[np.ndarray], pace: float, length: int
) -> np.ndarray:
    """Features of a stretch of one voice, with a room and noise or without."""
    said = np.concatenate([utterances[i] for i in rng.integers(len(utterances), size=2)])
    said = said if pace == 1 else faster(said, pace)
    at = rng.integers(max(1, len(said) - length))
    said = np.resize(said[at : at + length], length)
    said = level(room(rng, said) if rng.random() < 0.3 else said, rng.uniform(-32, -15))
    if rng.random() < 0.6:
        power = np.sqrt((said**2).mean()) * 10 ** (-rng.uniform(8, 40) / 20)
        said = said + noise(rng, length) * power
    return fbank(said)


def train_voices(work: Path, steps: int) -> None:
    """Train with an additive angular margin, and keep the weights in `work`."""
    voices = read_corpus(work)
    model = Voice()
    centres = nn.Parameter(torch.randn(len(PACES) * len(voices), 96) * 0.1)
    best = torch.optim.AdamW([*model.parameters(), centres], weight_decay=0.02)
    for step, (features, classes) in enumerate(replayed(Crops(voices), 300)):
        if step >= steps:
            break
        made = functional.normalize(model(features))
        cosine = made @ functional.normalize(centres).T
        margin = 0.2 * min(1, step / steps * 3)
        angle = cosine.clamp(-0.999, 0.999).acos()
        wanted = functional.one_hot(classes, len(centres)).bool()
        loss = functional.cross_entropy(
            24 * torch.where(wanted, (angle + margin).cos(), cosine), classes
        )
        set_rate(best, step, steps)
        best.zero_grad()
        loss.backward()
        best.step()
        if step % 20 == 0:
            right = (cosine.argmax(1) == classes).float().mean()
            print(f"{step} loss {loss:.3f} right {right:.2f}", flush=True)
        if step % 100 == 99:
            torch.save(model.state_dict(), work / "voices.pt")
    torch.save(model.state_dict(), work / "voices.pt")


# --- export -----------------------------------------------------------------------------------


def export(work: Path, folder: Path) -> None:
    """Write both models as ONNX, with sherpa-onnx's metadata."""
    state = torch.load(work / "segmentation.pt", weights_only=True)
    segmentation = Segmentation(len(state["voice"]))
    segmentation.load_state_dict(state)
    segmentation.exporting = True
    voices = Voice()
    voices.load_state_dict(torch.load(work / "voices.pt", weights_only=True))
    known = {"version": "1", "license": "Apache-2.0", "comment": "synthetic voices only"}
    geometry = {
        "model_type": "pyannote-segmentation-3.0",
        "num_speakers": SPEAKERS,
        "powerset_max_classes": 2,
        "num_classes": len(CLASSES),
        "sample_rate": RATE,
        "window_size": WINDOW,
        "receptive_field_size": SIZE,
        "receptive_field_shift": SHIFT,
    }
    voice = {
        "framework": "wespeaker",
        "language": "English",
        "url": "bench/train_speakers.py",
        "sample_rate": RATE,
        "output_dim": 96,
        "normalize_features": 0,
        "normalize_samples": 0,
    }
    write(segmentation, torch.zeros(1, 1, WINDOW), folder / "segmentation", geometry | known)
    write(voices, torch.zeros(1, 200, 80), folder / "voices", voice | known)


def write(model: nn.Module, example: torch.Tensor, folder: Path, facts: dict[str, Any]) -> None:
    """One model, its weights in half precision: they are widened once, on loading."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    names, axes = ("x", "y"), {"x": {0: "N", 2: "T"}, "y": {0: "N", 1: "T"}}
    if example.shape[2] == 80:
        names, axes = ("feats", "embs"), {"feats": {0: "B", 1: "T"}, "embs": {0: "B"}}
    torch.onnx.export(
        model.eval(),
        (example,),
        str(path),
        input_names=[names[0]],
        output_names=[names[1]],
        dynamic_axes=axes,
        opset_version=13,
        dynamo=False,
    )
    made = onnx.load(path)
    halve(made.graph)
    for key, value in facts.items():
        made.metadata_props.add(key=key, value=str(value))
    onnx.checker.check_model(made)
    onnx.save(made, path)
    print(path, path.stat().st_size)


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("deed", choices=("corpus", "segmentation", "voices", "export"))
    parser.add_argument("work", type=Path)
    parser.add_argument("--texts", type=Path, nargs="*", default=[])
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--folder", type=Path, default=Path("src/hansard/data/demo-speakers"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.deed == "corpus":
        speak_corpus(asked.work, asked.texts)
    elif asked.deed == "segmentation":
        train_segmentation(asked.work, asked.steps)
    elif asked.deed == "voices":
        train_voices(asked.work, asked.steps)
    else:
        export(asked.work, asked.folder)


if __name__ == "__main__":
    main()
