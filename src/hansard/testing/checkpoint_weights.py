"""Random weights of any Whisper's shape, by the names that Hugging Face gives them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Weights = dict[str, Array]

FRAMES = 1500
"""Encoder frames of a 30 s window."""
POSITIONS = 448
"""The most tokens that a decoder takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhisperShape:
    """How large a Whisper is; its feed-forward layers are four times as wide as the model."""

    width: int
    heads: int
    encoder_layers: int
    decoder_layers: int
    mels: int = 80


SMALLEST = WhisperShape(width=64, heads=2, encoder_layers=1, decoder_layers=1)
"""Built and loaded in well under a second: for tests."""
SHAPES: Mapping[str, WhisperShape] = MappingProxyType(
    {
        "smallest": SMALLEST,
        "tiny": WhisperShape(width=384, heads=6, encoder_layers=4, decoder_layers=4),
        "base": WhisperShape(width=512, heads=8, encoder_layers=6, decoder_layers=6),
        "small": WhisperShape(width=768, heads=12, encoder_layers=12, decoder_layers=12),
        "medium": WhisperShape(width=1024, heads=16, encoder_layers=24, decoder_layers=24),
        "large-v2": WhisperShape(width=1280, heads=20, encoder_layers=32, decoder_layers=32),
        "turbo": WhisperShape(width=1280, heads=20, encoder_layers=32, decoder_layers=4, mels=128),
    }
)
"""The published sizes (openai/whisper, `model-card.md`), and one for tests."""


def random_weights(
    shape: WhisperShape, vocabulary: int, *, seed: int, gain: float = 1.0
) -> Weights:
    """Weights drawn as before training; `gain` scales what each residual branch adds.

    The embeddings are also the output head, as in every published Whisper.
    """
    rng = np.random.default_rng(seed)
    draw = rng.standard_normal
    weights: Weights = {}
    for name, size in tensor_sizes(shape, vocabulary):
        if "layer_norm" in name:
            weights[name] = np.full(size, float(name.endswith("weight")), np.float32)
        elif name == "model.encoder.embed_positions.weight":
            weights[name] = sinusoids(shape.width)
        else:
            weights[name] = draw(size, np.float32) * np.float32(0.02)
            if "out_proj" in name or "fc2" in name:
                weights[name] *= np.float32(gain)
    return weights


def tensor_sizes(shape: WhisperShape, vocabulary: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every tensor's name and size, in Hugging Face's naming."""
    width = shape.width
    yield "model.encoder.conv1.weight", (width, shape.mels, 3)
    yield "model.encoder.conv1.bias", (width,)
    yield "model.encoder.conv2.weight", (width, width, 3)
    yield "model.encoder.conv2.bias", (width,)
    yield "model.encoder.embed_positions.weight", (FRAMES, width)
    yield "model.decoder.embed_tokens.weight", (vocabulary, width)
    yield "model.decoder.embed_positions.weight", (POSITIONS, width)
    for number in range(shape.encoder_layers):
        yield from layer_sizes(f"model.encoder.layers.{number}", width, cross=False)
    for number in range(shape.decoder_layers):
        yield from layer_sizes(f"model.decoder.layers.{number}", width, cross=True)
    yield from vector_pair("model.encoder.layer_norm", width)
    yield from vector_pair("model.decoder.layer_norm", width)


def layer_sizes(layer: str, width: int, *, cross: bool) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The tensors of one transformer layer."""
    for attention in ("self_attn", "encoder_attn") if cross else ("self_attn",):
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            yield f"{layer}.{attention}.{part}.weight", (width, width)
            if part != "k_proj":  # Whisper's keys have no bias
                yield f"{layer}.{attention}.{part}.bias", (width,)
        yield from vector_pair(f"{layer}.{attention}_layer_norm", width)
    yield f"{layer}.fc1.weight", (4 * width, width)
    yield f"{layer}.fc1.bias", (4 * width,)
    yield f"{layer}.fc2.weight", (width, 4 * width)
    yield f"{layer}.fc2.bias", (width,)
    yield from vector_pair(f"{layer}.final_layer_norm", width)


def vector_pair(name: str, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A layer norm's gain and offset."""
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def sinusoids(width: int) -> Array:
    """Whisper's encoder positions (Vaswani et al. 2017, section 3.5), [1500, width]."""
    rates = np.exp(-np.log(10_000) / (width // 2 - 1) * np.arange(width // 2))
    angles = np.arange(FRAMES)[:, None] * rates[None, :]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)
