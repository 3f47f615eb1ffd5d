"""A CTC checkpoint's own files: letters, blank, sample rate, frames.

The layout is that of Hugging Face: `vocab.json` or `tokenizer.json`, `config.json`,
`preprocessor_config.json` and, where there is one, `tokenizer_config.json`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from hansard.audio import SAMPLE_RATE
from hansard.errors import ModelDamagedError
from hansard.models.alignment.emissions import Rate
from hansard.models.alignment.letters import Alphabet, make_alphabet
from hansard.models.alignment.protocol import AlignerInfo
from hansard.models.hub import ModelFiles

KERNELS = (10, 3, 3, 3, 3, 2, 2)
STRIDES = (5, 2, 2, 2, 2, 2, 2)
"""wav2vec 2.0's feature encoder (Baevski et al. 2020): a frame each 320 samples, seeing 400."""
BLANKS = ("<blank>", "<pad>", "[PAD]")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a checkpoint is fed and read."""

    alphabet: Alphabet
    rate: Rate
    normalise: bool


def read_recipe(files: ModelFiles) -> Recipe:
    """What a folder says of its model.

    Raises:
        ModelDamagedError: a file is missing or damaged, or this is no CTC model for 16 kHz sound.
    """
    config = _read(files, "config.json")
    feeding = _read(files, "preprocessor_config.json", needed=False)
    if feeding.get("sampling_rate", SAMPLE_RATE) != SAMPLE_RATE:
        raise _damaged(files, f"it wants sound at {feeding['sampling_rate']} Hz")
    naming = _read(files, "tokenizer_config.json", needed=False)
    vocabulary = _read_vocabulary(files)
    blank = _find_blank(vocabulary, config)
    if blank is None:
        raise _damaged(files, "it names no blank: neither pad_token_id nor a <pad> token")
    delimiter = str(naming.get("word_delimiter_token") or "|")
    alphabet = make_alphabet(vocabulary, blank, delimiter)
    if not alphabet.letters:
        raise _damaged(files, "its vocabulary has no letters")
    return Recipe(alphabet, _find_rate(config), bool(feeding.get("do_normalize", True)))


def describe(files: ModelFiles, version: str, name: str) -> AlignerInfo:
    """What a transcript says of the aligner."""
    config = _read(files, "config.json")
    languages = config.get("languages")
    return AlignerInfo(
        name=name,
        version=version,
        model=files.name,
        digest=files.digest,
        languages=frozenset(languages) if languages else None,
    )


def _find_blank(vocabulary: Mapping[str, int], config: Mapping[str, Any]) -> int | None:
    if BLANKS[0] in vocabulary:
        return vocabulary[BLANKS[0]]
    named = config.get("pad_token_id")
    if isinstance(named, int) and named in vocabulary.values():
        return named
    return next((vocabulary[token] for token in BLANKS if token in vocabulary), None)


def _find_rate(config: Mapping[str, Any]) -> Rate:
    kernels = config.get("conv_kernel") or KERNELS
    strides = config.get("conv_stride") or STRIDES
    field, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=False):
        field += (int(kernel) - 1) * step
        step *= int(stride)
    return Rate(step=prod(map(int, strides)), field=field)


def _read_vocabulary(files: ModelFiles) -> dict[str, int]:
    found = _read(files, "vocab.json", needed=False)
    if not found:
        tokenizer = _read(files, "tokenizer.json", needed=False)
        found = tokenizer.get("model", {}).get("vocab") or {}
        for added in tokenizer.get("added_tokens", []):
            found[added["content"]] = added["id"]
    if not found:
        raise _damaged(files, "it has neither vocab.json nor tokenizer.json")
    if not all(isinstance(index, int) for index in found.values()):
        raise _damaged(files, "it has one vocabulary for each language: choose an aligner with one")
    return {str(token): int(index) for token, index in found.items()}


def _read(files: ModelFiles, name: str, *, needed: bool = True) -> dict[str, Any]:
    path = Path(files.path) / name
    if not path.exists() and not needed:
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(files, f"{name} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise _damaged(files, f"{name} is not an object")
    return found


def _damaged(files: ModelFiles, what: str) -> ModelDamagedError:
    return ModelDamagedError(
        f"aligner {files.name!r} at {str(files.path)!r} cannot be used: {what}",
        hint=f"hansard models verify {files.name}, or choose another with --align-model",
    )
