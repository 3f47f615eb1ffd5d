"""The small CTC model that ships as `demo-aligner`: its ears, its network, its ONNX graph.

Log bands of a spectrogram, less their means; a strided convolution to frames of 20 ms; blocks of
depthwise and pointwise convolutions; a letter a frame.
"""

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

RATE = 16_000
FRAME, HOP, STRIDE = 400, 160, 2
BANDS = 40
LETTERS = ("<pad>", "<s>", "</s>", "<unk>", "|", *"ETAONIHSRDLUMWCFGYPBVK'XJQZ")
WIDTH, BLOCKS, KERNEL = 128, 7, 11

Samples = npt.NDArray[np.float32]


def bands() -> Samples:
    """Triangles on the mel scale; shape (BANDS, bins)."""
    top = 2595 * np.log10(1 + 7600 / 700)
    low = 2595 * np.log10(1 + 60 / 700)
    edges = 700 * (10 ** (np.linspace(low, top, BANDS + 2) / 2595) - 1)
    bins = np.arange(FRAME // 2 + 1) * RATE / FRAME
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    made = np.maximum(0, np.minimum(rise, fall))
    return (made / made.sum(axis=1, keepdims=True).clip(1e-6)).astype(np.float32)


def listen(samples: Samples) -> npt.NDArray[np.float32]:
    """Log bands of a waveform, each less its mean; shape (frames, BANDS)."""
    scaled = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    rows = np.lib.stride_tricks.sliding_window_view(scaled, FRAME)[::HOP]
    window = np.hanning(FRAME + 1)[:FRAME].astype(np.float32)
    power = np.abs(np.fft.rfft(rows * window, axis=1)) ** 2
    heard = np.log(power @ bands().T + 1e-3)
    return (heard - heard.mean(axis=0)).astype(np.float32)


def centre(frame: int) -> float:
    """The middle of a 20 ms output frame, in seconds."""
    return (frame * HOP * STRIDE + (FRAME + HOP * STRIDE) / 2) / RATE


class Block(nn.Module):
    """A depthwise convolution over time and a pointwise network, added to what came in."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        reach = dilation * (KERNEL - 1) // 2
        self.over = nn.Conv1d(
            WIDTH, WIDTH, KERNEL, padding=reach, dilation=dilation, groups=WIDTH, bias=False
        )
        self.norm = nn.BatchNorm1d(WIDTH)
        self.wide = nn.Conv1d(WIDTH, 2 * WIDTH, 1)
        self.back = nn.Conv1d(2 * WIDTH, WIDTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (rows, WIDTH, frames) in and out."""
        return x + self.back(torch.relu(self.wide(self.norm(self.over(x)))))


class Speller(nn.Module):
    """Bands in, a letter's logits a frame out."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv1d(BANDS, WIDTH, 3, stride=STRIDE)
        self.blocks = nn.ModuleList(Block(1 + i % 3) for i in range(BLOCKS))
        self.last = nn.BatchNorm1d(WIDTH)
        self.head = nn.Conv1d(WIDTH, len(LETTERS), 1)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (rows, BANDS, frames) to (rows, frames / 2, letters)."""
        x = torch.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return self.head(self.last(x)).transpose(1, 2)


class Drawing:
    """An ONNX graph that grows a node at a time."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def keep(self, values: npt.NDArray[np.generic]) -> str:
        """A constant; large ones are stored in half the bits and widened when loaded."""
        name = f"c{len(self.constants)}"
        if values.dtype == np.float32 and values.size > 64:
            self.constants.append(numpy_helper.from_array(values.astype(np.float16), name))
            return self.add("Cast", name, to=onnx.TensorProto.FLOAT)
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def add(self, kind: str, *inputs: str, **how: object) -> str:
        """A node; answers with the name of its output."""
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **how))
        return name

    def convolve(self, x: str, layer: nn.Conv1d, before: nn.BatchNorm1d | None = None) -> str:
        """A convolution, with the normalisation before a pointwise one folded into it."""
        weight, bias = layer.weight.detach().clone(), layer.bias
        shift = torch.zeros(weight.shape[0]) if bias is None else bias.detach().clone()
        if before is not None:
            scale = (before.weight / torch.sqrt(before.running_var + before.eps)).detach()
            offset = before.bias.detach() - before.running_mean * scale
            shift = shift + (weight[:, :, 0] * offset[None]).sum(1)
            weight = weight * scale[None, :, None]
        reach = int(layer.padding[0])
        return self.add(
            "Conv", x, self.keep(weight.numpy()), self.keep(shift.numpy()),
            strides=[layer.stride[0]], pads=[reach, reach], dilations=[layer.dilation[0]],
            group=layer.groups,
        )  # fmt: skip


def draw(model: Speller) -> onnx.ModelProto:
    """The graph from samples to logits."""
    ink = Drawing()
    x = _draw_bands(ink)
    x = ink.add("Relu", ink.convolve(x, model.stem))
    for block in model.blocks:
        wide = ink.add("Relu", ink.convolve(ink.convolve(x, block.over), block.wide, block.norm))
        x = ink.add("Add", x, ink.convolve(wide, block.back))
    last = ink.convolve(x, model.head, model.last)
    ink.nodes.append(helper.make_node("Transpose", [last], ["logits"], perm=[0, 2, 1]))
    floats = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        ink.nodes, "speller",
        [helper.make_tensor_value_info("input_values", floats, ["rows", "samples"])],
        [helper.make_tensor_value_info("logits", floats, ["rows", "frames", len(LETTERS)])],
        ink.constants,
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    return made


def _draw_bands(ink: Drawing) -> str:
    """`listen` as nodes; the Fourier kernel is computed when the graph is loaded, not stored."""
    one = ink.keep(np.array([1], np.int64))
    wave = ink.add("Unsqueeze", "input_values", one)
    bins = 2 * np.pi / FRAME * np.arange(FRAME // 2 + 1)
    places = ink.keep(np.arange(FRAME, dtype=np.float64)[None])
    angles = ink.add("Mul", ink.keep(bins[:, None]), places)
    window = ink.add("Cast", ink.keep(np.hanning(FRAME + 1)[None, :FRAME]), to=1)
    quarter = ink.add("Sub", angles, ink.keep(np.array(np.pi / 2)))
    parts = []
    for angle in (angles, quarter):
        cosine = ink.add("Cos", ink.add("Cast", angle, to=1))
        kernel = ink.add("Unsqueeze", ink.add("Mul", cosine, window), one)
        found = ink.add("Conv", wave, kernel, strides=[HOP])
        parts.append(ink.add("Mul", found, found))
    loud = ink.add("Conv", ink.add("Add", *parts), ink.keep(bands()[:, :, None]))
    x = ink.add("Log", ink.add("Add", loud, ink.keep(np.array(1e-3, np.float32))))
    return ink.add("Sub", x, ink.add("ReduceMean", x, axes=[2], keepdims=1))
