"""Train the small CTC model that ships as `demo-aligner`, and write it as an ONNX folder.

    python bench/train_aligner.py synthesise TEXT... --out corpus.npz --hours 8
    python bench/train_aligner.py train corpus.npz --out state.pt --minutes 22
    python bench/train_aligner.py export state.pt --out src/hansard/data/demo-aligner

Needs torch, scipy, onnx and espeak-ng. The model is an acoustic one: a spectrogram whose bands are
computed inside the graph, a strided convolution to 20 ms frames, blocks of depthwise and pointwise
convolutions, and a letter a frame. It learns from synthetic speech, whose word times are known: CTC
(Graves 2006), and beside it a loss that keeps each word's letters within the word, so that the
letters stand where they are said and not, as CTC alone allows, somewhere near.
"""

import argparse
import json
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from aligner_model import (
    BANDS,
    FRAME,
    HOP,
    LETTERS,
    RATE,
    STRIDE,
    Samples,
    Speller,
    centre,
    draw,
    listen,
)
from scipy.signal import fftconvolve, lfilter
from torch import Tensor, nn

from hansard.testing.espeak import EspeakVoice, Spoken, Synthesiser
from hansard.transcript import Word

UNHEARD = ("linda", "travis", "Alicia", "steph3")
"""Voices that no training of this project meets: they are for tests."""
ACCENTS = ("en-us", "en", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan", "en-029")
VARIANTS = (
    "f1 f2 f3 f4 f5 m1 m2 m3 m4 m5 m6 m7 m8 Alex Andrea Andy Annie Denis Diogo Gene Gene2 Jacky "
    "Lee Marco Mario Michael Mike adam anika antonio aunty belinda benjamin boris caleb david ed "
    "edward edward2 grandma grandpa iven iven2 john klatt klatt2 klatt3 max michel miguel norbert "
    "pablo paul pedro quincy rob robert sandro shelby steph steph2 victor zac"
).split()


def spell(text: str) -> str:
    """A text in the model's letters, words apart by `|`."""
    bare = re.sub(r"[^A-Z' ]+", " ", text.upper().replace("-", " "))
    return "|".join(word for word in bare.split() if word.strip("'"))


def disturb(samples: Samples, dice: np.random.Generator) -> Samples:
    """Room, band limits and noise, as recordings have them."""
    made = samples
    if dice.random() < 0.35:
        length = int(RATE * dice.uniform(0.05, 0.3))
        tail = dice.normal(size=length) * np.exp(-6 * np.arange(length) / length)
        tail[0] = dice.uniform(3, 12)
        made = fftconvolve(made, tail / np.abs(tail).max())[: len(samples)]
    if dice.random() < 0.25:
        pole = dice.uniform(0.2, 0.7)
        made = lfilter([1 - pole], [1, -pole], made)
    noise = dice.normal(size=len(made))
    kind = dice.integers(3)
    if kind:
        noise = lfilter([1], [1, -0.97 if kind == 1 else -0.8], noise)
    level = np.sqrt((made**2).mean() / max(1e-9, (noise**2).mean()))
    return (made + noise * level * 10 ** (-dice.uniform(8, 50) / 20)).astype(np.float32)


def synthesise(texts: list[Path], out: Path, hours: float, seed: int) -> None:
    """Say random sentences in random voices and keep what the model hears of them."""
    lines = [path.read_text().splitlines() for path in texts]
    dice, random_ = np.random.default_rng(seed), random.Random(seed)
    heard, spelt, inside = [], [], []
    seconds = 0.0
    tongue = Synthesiser()
    while seconds < hours * 3600:
        made = _utterance(tongue, lines, dice, random_)
        features = listen(disturb(made.samples, dice)).astype(np.float16)
        letters = [
            LETTERS.index(letter) for letter in spell("".join(word.text for word in made.words))
        ]
        frames = (len(features) - 3) // STRIDE + 1
        if not letters or len(letters) > frames * 0.8:
            continue
        heard.append(features)
        spelt.append(np.array(letters, np.uint8))
        inside.append(_owners(made, frames))
        seconds += len(made.samples) / RATE
    tongue.close()
    np.savez(
        out,
        features=np.concatenate(heard), frames=[len(h) for h in heard],
        letters=np.concatenate(spelt), lengths=[len(s) for s in spelt],
        inside=np.concatenate(inside), insides=[len(i) for i in inside],
    )  # fmt: skip
    print(f"{len(heard)} utterances, {seconds / 3600:.2f} h")


def _utterance(
    tongue: Synthesiser,
    lines: list[list[str]],
    dice: np.random.Generator,
    random_: random.Random,
) -> Spoken:
    """A sentence or a part of one, in some voice at some rate, with silence around it."""
    words = random_.choice(random_.choice(lines)).split()
    if len(words) > 18:
        first = random_.randrange(len(words) - 16)
        words = words[first : first + random_.randint(6, 16)]
    voice = EspeakVoice(
        accent=random_.choice(ACCENTS),
        variant=random_.choice(VARIANTS),
        rate=random_.randint(120, 215),
        pitch=random_.randint(20, 85),
        range=random_.randint(20, 80),
    )
    # taller and shorter throats
    said = tongue.speak(" ".join(words), voice, speed=random_.randint(88, 114) / 100)
    before, after = dice.uniform(0.05, 0.6, size=2)
    pads = (int(before * RATE), int(after * RATE))
    moved = tuple(
        Word(text=word.text, start=word.start + before, end=word.end + before)
        for word in said.words
    )
    return Spoken(samples=np.pad(said.samples, pads), words=moved)


def _owners(made: Spoken, frames: int) -> npt.NDArray[np.uint8]:
    """For each frame the letter that is said there if letters share a word's time; 0 = none."""
    owner = np.zeros(frames, np.uint8)
    for word in made.words:
        letters = [LETTERS.index(letter) for letter in spell(word.text)]
        for frame in range(frames):
            share = (centre(frame) - word.start) / max(0.01, word.end - word.start)
            if letters and 0 <= share < 1:
                owner[frame] = letters[int(share * len(letters))]
    return owner


class Corpus:
    """What `synthesise` kept."""

    def __init__(self, path: Path) -> None:
        kept = np.load(path)
        self.features = np.split(kept["features"], np.cumsum(kept["frames"])[:-1])
        self.letters = np.split(kept["letters"], np.cumsum(kept["lengths"])[:-1])
        self.inside = np.split(kept["inside"], np.cumsum(kept["insides"])[:-1])

    def batches(self, seconds: float, dice: random.Random) -> Iterator[list[int]]:
        """Utterances of like length, together about `seconds` of sound."""
        noise = {i: len(f) * dice.uniform(0.95, 1.05) for i, f in enumerate(self.features)}
        order = sorted(noise, key=noise.__getitem__)
        batches: list[list[int]] = [[]]
        for index in order:
            if batches[-1] and len(self.features[index]) * (len(batches[-1]) + 1) > seconds * 100:
                batches.append([])
            batches[-1].append(index)
        dice.shuffle(batches)
        yield from batches

    def batch(self, rows: list[int], dice: random.Random) -> tuple[Tensor, ...]:
        """Features with stripes blanked out, letters, lengths, and owners of frames."""
        longest = -(-max(len(self.features[row]) for row in rows) // 64) * 64 + 1
        x = torch.zeros(len(rows), BANDS, longest)
        owners = torch.zeros(len(rows), (longest - 3) // STRIDE + 1, dtype=torch.long)
        for place, row in enumerate(rows):
            x[place, :, : len(self.features[row])] = torch.from_numpy(self.features[row].T.copy())
            owners[place, : len(self.inside[row])] = torch.from_numpy(self.inside[row].copy())
            for _ in range(2):
                low, begin = dice.randrange(BANDS - 6), dice.randrange(longest)
                x[place, low : low + dice.randint(0, 6)] = 0
                x[place, :, begin : begin + dice.randint(0, 12)] = 0
        letters = torch.cat([torch.from_numpy(self.letters[row].astype(np.int64)) for row in rows])
        lengths = torch.tensor([len(self.letters[row]) for row in rows])
        frames = torch.tensor([len(self.inside[row]) for row in rows])
        return x, letters, lengths, frames, owners


def losses(logits: Tensor, batch: tuple[Tensor, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """CTC, each frame's letter as if a word's letters shared its time, and letters in silence."""
    _, letters, lengths, frames, owners = batch
    scores = logits.log_softmax(-1)
    ctc = nn.functional.ctc_loss(scores.transpose(0, 1), letters, frames, lengths, blank=0)
    within = torch.arange(owners.shape[1])[None] < frames[:, None]
    spoken = within & (owners > 0)
    shared = nn.functional.nll_loss(scores[spoken], owners[spoken])
    quiet = torch.logsumexp(scores[within & (owners == 0)][:, [0, 4]], -1)
    return ctc, shared, -quiet.mean()


def train(corpus: Path, out: Path, minutes: float, rate: float) -> None:
    """Shared letters first, CTC more and more; the rate falls along half a cosine."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    data, dice, model = Corpus(corpus), random.Random(0), Speller()
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    begin, step = time.monotonic(), 0
    while (done := (time.monotonic() - begin) / (60 * minutes)) < 1:
        for rows in data.batches(48, dice):
            done = (time.monotonic() - begin) / (60 * minutes)
            if done >= 1:
                break
            for group in optimiser.param_groups:
                group["lr"] = rate * min(1, step / 100) * (0.02 + 0.49 * (1 + np.cos(np.pi * done)))
            batch = data.batch(rows, dice)
            ctc, shared, quiet = losses(model(batch[0]), batch)
            weight = max(0.1, 1 - 3 * done)
            loss = (1 - 0.9 * weight) * ctc + 0.5 * weight * shared + 0.3 * quiet
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
            if step % 100 == 0:
                parts = " ".join(f"{part.item():.3f}" for part in (ctc, shared, quiet))
                print(f"{step} {done:.2f} {parts}", flush=True)
                torch.save(model.state_dict(), out)
    torch.save(model.state_dict(), out)


def export(state: Path, out: Path) -> None:
    """Write the folder that `hansard.models.alignment.onnx` loads; weights as 16-bit floats."""
    model = Speller()
    model.load_state_dict(torch.load(state, weights_only=True))
    out.mkdir(parents=True, exist_ok=True)
    onnx.save(draw(model.eval()), out / "model.onnx")
    files = {
        "vocab.json": {letter: index for index, letter in enumerate(LETTERS)},
        "config.json": {
            "architectures": ["DemoAligner"], "pad_token_id": 0, "vocab_size": len(LETTERS),
            "conv_kernel": [FRAME, 3], "conv_stride": [HOP, STRIDE], "languages": ["en"],
        },
        "preprocessor_config.json": {
            "do_normalize": True, "sampling_rate": RATE, "feature_size": 1, "padding_value": 0.0,
        },
        "tokenizer_config.json": {"word_delimiter_token": "|", "pad_token": "<pad>"},
    }  # fmt: skip
    for name, content in files.items():
        (out / name).write_text(json.dumps(content, indent=1) + "\n")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    deeds = parser.add_subparsers(dest="deed", required=True)
    made = deeds.add_parser("synthesise")
    made.add_argument("texts", type=Path, nargs="+")
    made.add_argument("--hours", type=float, default=8)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--out", type=Path, required=True)
    taught = deeds.add_parser("train")
    taught.add_argument("corpus", type=Path)
    taught.add_argument("--minutes", type=float, default=22)
    taught.add_argument("--rate", type=float, default=2e-3)
    taught.add_argument("--out", type=Path, required=True)
    drawn = deeds.add_parser("export")
    drawn.add_argument("state", type=Path)
    drawn.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    if asked.deed == "synthesise":
        synthesise(asked.texts, asked.out, asked.hours, asked.seed)
    elif asked.deed == "train":
        train(asked.corpus, asked.out, asked.minutes, asked.rate)
    else:
        export(asked.state, asked.out)


if __name__ == "__main__":
    main()
