"""Weights and a vocabulary, written as the folder that CTranslate2 and faster-whisper load."""

from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec

from hansard.testing.checkpoint_folders import Heads, Precision, write_shared
from hansard.testing.checkpoint_vocabulary import Vocabulary
from hansard.testing.checkpoint_weights import Weights, WhisperShape


def write_ctranslate2(
    folder: Path,
    weights: Weights,
    shape: WhisperShape,
    vocabulary: Vocabulary,
    kind: tuple[Heads, Precision],
) -> None:
    """`model.bin`, its configuration, vocabulary and tokenizer."""
    heads, precision = kind
    spec = WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    fill(spec, weights)
    pieces = sorted(vocabulary.ids, key=vocabulary.ids.__getitem__)
    spec.register_vocabulary(pieces)
    spec.validate()
    spec.optimize(quantization=precision)
    languages = [vocabulary.special(code) for code in vocabulary.languages]
    spec.config.suppress_ids = vocabulary.suppressed()
    spec.config.suppress_ids_begin = vocabulary.suppressed_first()
    spec.config.lang_ids = languages if vocabulary.multilingual else []
    spec.config.alignment_heads = heads
    spec.save(str(folder))
    write_shared(folder, shape, vocabulary)


def fill(spec: Any, weights: Weights) -> None:
    """Give every weight of the specification its array."""
    for name in ("conv1", "conv2"):
        set_linear(getattr(spec.encoder, name), weights, f"model.encoder.{name}")
    for side in ("encoder", "decoder"):
        part = getattr(spec, side)
        part.position_encodings.encodings = weights[f"model.{side}.embed_positions.weight"]
        set_norm(part.layer_norm, weights, f"model.{side}.layer_norm")
        for number, layer in enumerate(part.layer):
            set_layer(layer, weights, f"model.{side}.layers.{number}")
    embeddings = weights["model.decoder.embed_tokens.weight"]
    spec.decoder.embeddings.weight = embeddings
    spec.decoder.projection.weight = embeddings


def set_layer(layer: Any, weights: Weights, name: str) -> None:
    """One transformer layer; keys and values of cross-attention are one product, as are q, k, v."""
    own = f"{name}.self_attn"
    fuse(layer.self_attention.linear[0], weights, own, ("q_proj", "k_proj", "v_proj"))
    set_linear(layer.self_attention.linear[1], weights, f"{own}.out_proj")
    set_norm(layer.self_attention.layer_norm, weights, f"{own}_layer_norm")
    if hasattr(layer, "attention"):
        cross = f"{name}.encoder_attn"
        set_linear(layer.attention.linear[0], weights, f"{cross}.q_proj")
        fuse(layer.attention.linear[1], weights, cross, ("k_proj", "v_proj"))
        set_linear(layer.attention.linear[2], weights, f"{cross}.out_proj")
        set_norm(layer.attention.layer_norm, weights, f"{cross}_layer_norm")
    set_linear(layer.ffn.linear_0, weights, f"{name}.fc1")
    set_linear(layer.ffn.linear_1, weights, f"{name}.fc2")
    set_norm(layer.ffn.layer_norm, weights, f"{name}.final_layer_norm")


def set_linear(spec: Any, weights: Weights, name: str) -> None:
    """A matrix product or a convolution with its offset."""
    spec.weight = weights[f"{name}.weight"]
    spec.bias = weights[f"{name}.bias"]


def set_norm(spec: Any, weights: Weights, name: str) -> None:
    """A layer norm."""
    spec.gamma = weights[f"{name}.weight"]
    spec.beta = weights[f"{name}.bias"]


def fuse(spec: Any, weights: Weights, name: str, parts: tuple[str, ...]) -> None:
    """Several matrix products of one input as one; keys have no offset in Whisper, here 0."""
    matrices = [weights[f"{name}.{part}.weight"] for part in parts]
    nothing = np.zeros(len(matrices[0]), np.float32)
    spec.weight = np.concatenate(matrices)
    spec.bias = np.concatenate([weights.get(f"{name}.{part}.bias", nothing) for part in parts])
