"""The two speaker models that `train_speakers.py` trains, and how their graphs are made small."""

import itertools
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional

RATE = 16_000
WINDOW = 160_000
FRAMES, SHIFT, SIZE = 589, 270, 991
SPEAKERS = 3
CLASSES = [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
"""The powerset: who speaks at once, at most two."""
N_FFT, HALF_HOP, BINS = 721, 135, 256
WIDE, EMBEDDING = 96, 48


def mel_bands(bands: int, bins: int, top: float) -> np.ndarray:
    """Triangles on the mel scale over `bins` frequencies from 0 to `top` Hz; (bins, bands)."""
    mel = np.linspace(0, 1127 * np.log1p(top / 700), bands + 2)
    edges = 700 * np.expm1(mel / 1127)
    at = np.arange(bins) * top / bins
    up = (at[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    down = (edges[None, 2:] - at[:, None]) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(up, down)).astype(np.float32)


class Segmentation(nn.Module):
    """Who of up to three speaks when: (N, 1, samples) to (N, frames, 7) log-probabilities."""

    def __init__(self, voices: int = 1) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(N_FFT, periodic=False))
        self.register_buffer("mel", torch.from_numpy(mel_bands(40, BINS, 8000)))
        angle = torch.outer(torch.arange(BINS), torch.arange(N_FFT)) * (2 * torch.pi / 512)
        basis = torch.cat([angle.cos(), angle.sin()]) * self.window
        self.register_buffer("basis", basis[:, None])
        self.first = nn.Conv1d(72, WIDE, 3, stride=2)
        self.second = nn.Conv1d(WIDE, WIDE, 5, stride=2, padding=2)
        self.deeper = nn.ModuleList(
            nn.Conv1d(WIDE, WIDE, 5, padding=2 * far, dilation=far) for far in (1, 2, 4)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(WIDE) for _ in range(5))
        self.talk = nn.Conv1d(WIDE, 1, 1)
        self.sound = nn.Conv1d(WIDE, EMBEDDING, 1)
        self.near = nn.Parameter(torch.tensor([8.0, 4.0]))
        self.memory = nn.LSTM(32 + 8, 48, bidirectional=True, batch_first=True)
        self.narrow = nn.Conv1d(WIDE, 32, 1)
        self.fine = nn.Conv1d(WIDE, 24, 1)
        self.join = nn.Conv1d(96 + 8 + 24, 48, 5, padding=2)
        self.out = nn.Conv1d(48, len(CLASSES), 1)
        self.voice = nn.Parameter(torch.randn(voices, EMBEDDING) * 0.1)
        """For training only: which voice speaks, so that voices are told apart early."""
        self.exporting = False

    def power(self, samples: torch.Tensor) -> torch.Tensor:
        """(N, 1, samples) to (N, 256, frames of 135 samples): one bin each 31.25 Hz."""
        if self.exporting:
            both = functional.conv1d(samples, self.basis, stride=HALF_HOP)
            return both[:, :BINS] ** 2 + both[:, BINS:] ** 2
        rows = samples[:, 0].unfold(1, N_FFT, HALF_HOP) * self.window
        turned = torch.fft.rfft(rows, 1024)[..., : 2 * BINS : 2]
        return (turned.real**2 + turned.imag**2).transpose(1, 2)

    def features(self, samples: torch.Tensor) -> torch.Tensor:
        """Log mel bands, and the lowest kilohertz bin by bin, where pitch is heard."""
        power = self.power(samples)
        power = power / (power.mean((1, 2), keepdim=True) + 1e-3)
        bands = torch.cat([torch.matmul(self.mel.T, power), power[:, :32]], 1)
        return (bands + 1e-3).log() * 0.3

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        """What the shipped model computes."""
        return self.all(self.features(samples))[0]

    def all(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Log-probabilities (N, frames, 7); speech and voice for half as many frames."""
        fine = functional.relu(self.norms[0](self.first(features)))
        coarse = functional.relu(self.norms[1](self.second(fine)))
        for layer, norm in zip(self.deeper, self.norms[2:], strict=True):
            coarse = coarse + functional.relu(norm(layer(coarse)))
        talk = self.talk(coarse)
        voice = functional.normalize(self.sound(coarse), dim=1)
        groups = self.groups(talk.sigmoid(), voice)
        memory = self.memory(torch.cat([self.narrow(coarse), groups], 1).transpose(1, 2))[0]
        spread = torch.cat([memory.transpose(1, 2), groups], 1).repeat_interleave(2, 2)
        both = torch.cat([spread[..., : fine.shape[2]], self.fine(fine)], 1)
        logs = self.out(functional.relu(self.join(both)))
        return logs.transpose(1, 2).log_softmax(-1), talk[:, 0], voice.transpose(1, 2)

    def groups(self, talk: torch.Tensor, voice: torch.Tensor) -> torch.Tensor:
        """How near each frame is to the voice heard first, to the next one, to the third.

        The first second of speech that no group has yet names a group, and those near it refine
        it. (N, 1, frames), (N, D, frames) to (N, 8, frames).
        """
        rest, found = talk, [talk]
        for _ in range(SPEAKERS):
            early = rest * (-rest.cumsum(2) / 15).exp()
            near = talk
            for first in (True, False):
                weight = early if first else rest * near
                centre = functional.normalize((voice * weight).sum(2, keepdim=True), dim=1)
                alike = (voice * centre).sum(1, keepdim=True)
                near = (self.near[0] * alike - self.near[1]).sigmoid()
            found += [alike, rest * near]
            rest = rest * (1 - near)
        return torch.cat([*found, rest], 1)


class Voice(nn.Module):
    """One voice as a vector: kaldi features (N, frames, 80) to (N, 96)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                nn.Conv1d(80, 128, 5, padding=2),
                nn.Conv1d(128, 128, 3, padding=2, dilation=2),
                nn.Conv1d(128, 128, 3, padding=3, dilation=3),
                nn.Conv1d(128, 256, 1),
            ]
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(layer.out_channels) for layer in self.layers)
        self.out = nn.Linear(512, 96)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """The embedding, of any length."""
        hidden = (features - features.mean(1, keepdim=True)).transpose(1, 2) * 0.3
        for layer, norm in zip(self.layers, self.norms, strict=True):
            after = norm(functional.relu(layer(hidden)))
            hidden = hidden + after if hidden.shape[1] == after.shape[1] else after
        middle = hidden.mean(2)
        spread = ((hidden - middle[..., None]) ** 2).mean(2)
        return self.out(torch.cat([middle, (spread + 1e-5).sqrt()], 1))


def halve(graph: onnx.GraphProto) -> None:
    """Store large weights in half precision; compute the Fourier basis instead of storing it."""
    kept, before = [], []
    for weights in graph.initializer:
        values = numpy_helper.to_array(weights)
        if values.shape == (2 * BINS, 1, N_FFT):
            before += fourier(weights.name)
        elif values.dtype == np.float32 and values.size > 256:
            half = weights.name + "_half"
            kept.append(numpy_helper.from_array(values.astype(np.float16), half))
            before.append(helper.make_node("Cast", [half], [weights.name], to=TensorProto.FLOAT))
        else:
            kept.append(weights)
    nodes = [*before, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)


def fourier(name: str) -> list[onnx.NodeProto]:
    """Nodes that compute windowed cosines and sines of `BINS` frequencies; (512, 1, 721)."""
    made = itertools.count()
    nodes: list[onnx.NodeProto] = []

    def node(kind: str, *inputs: str, **facts: Any) -> str:
        output = f"{name}_{next(made)}"
        nodes.append(helper.make_node(kind, list(inputs), [output], **facts))
        return output

    def number(value: Any) -> str:
        array = np.asarray(value, np.int64 if isinstance(value, list) else np.float32)
        return node("Constant", value=numpy_helper.from_array(array))

    def count(end: int, axis: int) -> str:
        return node("Unsqueeze", node("Range", *map(number, (0, end, 1))), number([axis]))

    times, bins = count(N_FFT, 0), count(BINS, 1)
    angle = node("Mul", node("Mul", bins, number(2 * np.pi / 512)), times)
    slope = node("Cos", node("Mul", times, number(2 * np.pi / (N_FFT - 1))))
    window = node("Sub", number(0.5), node("Mul", number(0.5), slope))
    both = node("Concat", node("Cos", angle), node("Sin", angle), axis=0)
    whole = node("Unsqueeze", node("Mul", both, window), number([1]))
    nodes.append(helper.make_node("Identity", [whole], [name]))
    return nodes
