"""Weights and a vocabulary, written as the folder that Hugging Face's libraries load."""

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np

from hansard.testing.checkpoint_vocabulary import Vocabulary
from hansard.testing.checkpoint_weights import FRAMES, POSITIONS, Weights, WhisperShape

Precision = Literal["float32", "float16", "int8"]
Heads = list[tuple[int, int]]


def write_transformers(
    folder: Path, weights: Weights, shape: WhisperShape, vocabulary: Vocabulary, heads: Heads
) -> None:
    """Configuration, tokenizer and `model.safetensors`, in the precision of the arrays."""
    from safetensors.numpy import save_file

    write_json(folder / "config.json", model_config(shape, vocabulary, weights))
    write_json(folder / "generation_config.json", generation_config(vocabulary, heads))
    write_json(folder / "tokenizer_config.json", tokenizer_config())
    write_shared(folder, shape, vocabulary)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def write_shared(folder: Path, shape: WhisperShape, vocabulary: Vocabulary) -> None:
    """The files that every layout has."""
    write_json(folder / "tokenizer.json", vocabulary.tokenizer())
    write_json(folder / "preprocessor_config.json", preprocessor_config(shape))


def write_json(path: Path, content: dict[str, Any] | list[str]) -> None:
    """One file."""
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def in_precision(weights: Weights, precision: Precision) -> Weights:
    """The arrays as half precision where that was asked for."""
    if precision != "float16":
        return weights
    return {name: array.astype(np.float16) for name, array in weights.items()}


def model_config(shape: WhisperShape, vocabulary: Vocabulary, weights: Weights) -> dict[str, Any]:
    """The content of `config.json`."""
    return {
        "model_type": "whisper",
        "architectures": ["WhisperForConditionalGeneration"],
        "activation_function": "gelu",
        "d_model": shape.width,
        "encoder_layers": shape.encoder_layers,
        "decoder_layers": shape.decoder_layers,
        "encoder_attention_heads": shape.heads,
        "decoder_attention_heads": shape.heads,
        "encoder_ffn_dim": 4 * shape.width,
        "decoder_ffn_dim": 4 * shape.width,
        "max_source_positions": FRAMES,
        "max_target_positions": POSITIONS,
        "num_mel_bins": shape.mels,
        "vocab_size": len(vocabulary.ids),
        "scale_embedding": False,
        "tie_word_embeddings": True,
        "dtype": str(next(iter(weights.values())).dtype),
        "decoder_start_token_id": vocabulary.special("startoftranscript"),
        "bos_token_id": vocabulary.end,
        "eos_token_id": vocabulary.end,
        "pad_token_id": vocabulary.end,
        "begin_suppress_tokens": None,
    }


def generation_config(vocabulary: Vocabulary, heads: Heads) -> dict[str, Any]:
    """The content of `generation_config.json`."""
    content: dict[str, Any] = {
        "alignment_heads": heads,
        "begin_suppress_tokens": vocabulary.suppressed_first(),
        "suppress_tokens": vocabulary.suppressed(),
        "decoder_start_token_id": vocabulary.special("startoftranscript"),
        "bos_token_id": vocabulary.end,
        "eos_token_id": vocabulary.end,
        "pad_token_id": vocabulary.end,
        "prev_sot_token_id": vocabulary.special("startofprev"),
        "no_timestamps_token_id": vocabulary.special("notimestamps"),
        "is_multilingual": vocabulary.multilingual,
        "max_initial_timestamp_index": 50,
        "max_length": POSITIONS,
        "return_timestamps": False,
    }
    if vocabulary.multilingual:
        tasks = ("transcribe", "translate")
        content["task_to_id"] = {task: vocabulary.special(task) for task in tasks}
        content["lang_to_id"] = {
            f"<|{code}|>": vocabulary.special(code) for code in vocabulary.languages
        }
    return content


def tokenizer_config() -> dict[str, Any]:
    """The content of `tokenizer_config.json`."""
    marks = dict.fromkeys(("bos_token", "eos_token", "unk_token", "pad_token"), "<|endoftext|>")
    return marks | {
        "tokenizer_class": "WhisperTokenizer",
        "processor_class": "WhisperProcessor",
        "model_max_length": POSITIONS,
        "add_prefix_space": False,
        "errors": "replace",
    }


def preprocessor_config(shape: WhisperShape) -> dict[str, Any]:
    """The content of `preprocessor_config.json`."""
    return {
        "feature_extractor_type": "WhisperFeatureExtractor",
        "processor_class": "WhisperProcessor",
        "feature_size": shape.mels,
        "sampling_rate": 16_000,
        "hop_length": 160,
        "n_fft": 400,
        "chunk_length": 30,
        "n_samples": 480_000,
        "nb_max_frames": 2 * FRAMES,
        "padding_side": "right",
        "padding_value": 0.0,
        "return_attention_mask": False,
    }
