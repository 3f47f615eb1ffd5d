"""What a checkpoint's `config.json` says of a language model, read without any library."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hansard.errors import ModelDamagedError, ModelError, SettingError
from hansard.models.hub import ModelFiles
from hansard.models.llm.options import LlmOptions

Device = Literal["cpu", "cuda"]
Precision = Literal["float32", "bfloat16", "float16"]

UNSAID = 8192
"""Tokens of context where neither the model nor the operator says."""
MOST = 32_768
"""Tokens of context that are used where the operator says nothing; memory grows with each."""
CACHED = 8192
"""Tokens of context that memory is kept for where the operator says nothing: an usual prompt."""
SCRATCH = 256 * 2**20
"""About what the libraries and the activations of one step take, in bytes."""
_BYTES: Mapping[str, int] = {"float32": 4, "bfloat16": 2, "float16": 2}
_CONTEXT = ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx", "seq_length")
_LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers")
_HEADS = ("num_attention_heads", "n_head", "n_heads")
_WIDTH = ("hidden_size", "n_embd", "d_model", "dim")
_WRITES = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
_HEARS = ("num_mel_bins", "conv_kernel", "feat_extract_norm", "sampling_rate")
"""What only the configurations of speech models say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A language model as its configuration describes it."""

    name: str
    context: int | None
    """Tokens it was made for; None = it does not say."""
    kept: int
    """Numbers that its cache keeps for each token."""
    precision: str
    """Of its weights on disk."""
    quantization: str | None
    """How its weights were made smaller, where they were."""

    def memory(self, files: ModelFiles, options: LlmOptions, device: Device) -> int:
        """About how many bytes it takes: weights, the cache of a prompt, and scratch.

        Raises:
            SettingError: `llm_context` is more than it can.
        """
        width = _BYTES[precision(options, device)]
        weights = files.size
        if self.quantization is None:
            weights = weights * width // _BYTES.get(self.precision, width)
        tokens = self.usable(options)
        if options.llm_context is None:
            tokens = min(tokens, CACHED)
        return weights + tokens * self.kept * width + SCRATCH

    def usable(self, options: LlmOptions) -> int:
        """Tokens of context that are used.

        Raises:
            SettingError: `llm_context` is more than it can.
        """
        asked = options.llm_context
        if asked is None:
            return min(self.context or UNSAID, MOST)
        if self.context is not None and asked > self.context:
            raise SettingError(
                f"llm_context = {asked} is more than the {self.context} tokens that model "
                f"{self.name!r} can take",
                hint=f"set it to {self.context} or less, or leave it out",
            )
        return asked


def precision(options: LlmOptions, device: Device) -> Precision:
    """The precision that a model is loaded in."""
    if options.llm_dtype != "auto":
        return options.llm_dtype
    return "bfloat16" if device == "cuda" else "float32"


def read_checkpoint(files: ModelFiles) -> Checkpoint:
    """What a folder says of its model.

    Raises:
        ModelDamagedError: `config.json` is missing or damaged.
        ModelError: it is a model of another kind.
    """
    config = _read(files)
    _check_kind(files, config)
    inner = config.get("text_config")
    text: Mapping[str, Any] = config | inner if isinstance(inner, dict) else config
    smaller = config.get("quantization_config")
    method = smaller.get("quant_method", "unknown") if isinstance(smaller, dict) else None
    said = text.get("dtype") or text.get("torch_dtype")
    return Checkpoint(
        name=files.name,
        context=_whole(text, _CONTEXT),
        kept=_kept(text),
        precision=str(said or "float32"),
        quantization=None if method is None else str(method),
    )


def _read(files: ModelFiles) -> dict[str, Any]:
    try:
        config = json.loads((files.path / "config.json").read_bytes())
    except (OSError, ValueError) as error:
        raise _damaged(files, f"config.json cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise _damaged(files, "config.json is no object")
    return config


def _check_kind(files: ModelFiles, config: Mapping[str, Any]) -> None:
    kind = config.get("model_type")
    names = [str(name) for name in config.get("architectures") or ()]
    writes = not names or any(name.endswith(_WRITES) for name in names)
    hears = any(key in config for key in _HEARS)
    if writes and not hears and not config.get("is_encoder_decoder"):
        return
    what = "it is made for sound" if hears else f"it is a {', '.join(names) or kind}"
    raise ModelError(
        f"model {files.name!r} is of the kind {kind!r} and no language model that answers: {what}",
        hint="name a model that chats, with safetensors, with --llm-model; speech models are named "
        "with --model",
    )


def _kept(config: Mapping[str, Any]) -> int:
    """Keys and values of all layers for one token."""
    layers, heads, width = (_whole(config, names) or 0 for names in (_LAYERS, _HEADS, _WIDTH))
    shared = _whole(config, ("num_key_value_heads",)) or heads
    size = _whole(config, ("head_dim",)) or width // max(1, heads)
    return 2 * layers * shared * size


def _whole(config: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    found = (config.get(name) for name in names)
    return next((value for value in found if isinstance(value, int) and value > 0), None)


def _damaged(files: ModelFiles, what: str) -> ModelDamagedError:
    return ModelDamagedError(
        f"language model {files.name!r} at {str(files.path)!r} cannot be used: {what}",
        hint=f"hansard models verify {files.name}, or fetch it again",
    )
