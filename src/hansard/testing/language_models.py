"""A tiny language model with random weights: a folder as Hugging Face's libraries load it.

    folder = make_language_model(tmp_path / "tiny", seed=3)

It is a Llama of two layers with a byte-level BPE tokenizer of its own and a chat template, made in
well under a second, without torch and without a network. What it writes is noise, the same each
time; whatever holds for it (answers that fit a schema, budgets, cancelling) holds for a model that
knows something.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

CHAT_TEMPLATE = """\
{%- for message in messages %}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}
{{- '<think>\\n\\n</think>\\n\\n' }}
{%- endif %}
{%- endif %}
"""
"""ChatML, with the empty thought by which Qwen's models are told not to think."""
SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
"""Tokens that no text of a user may turn into."""
MARKS = ("<think>", "</think>")
"""Added tokens that are not special, as Qwen's are."""
_WORDS = """
the quick brown fox jumps over a lazy dog while people talk about plans and costs of the project
{"title":"","summary":[],"points":[{"text":"","owner":null,"due":true}],"decisions":false}
System: User: Assistant: segment speaker said that we will meet on Monday at ten to decide it
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large the model is."""

    width: int = 32
    layers: int = 2
    heads: int = 4
    shared: int = 2
    """Key and value heads."""
    context: int = 2048


def make_language_model(
    folder: Path,
    *,
    seed: int = 0,
    shape: Shape = Shape(),
    template: str | None = CHAT_TEMPLATE,
    generation: Mapping[str, Any] | None = None,
    shards: int = 1,
) -> Path:
    """Write the model into `folder` and return it; `shards` is the number of weight files.

    `template` is the content of `chat_template.jinja`, None = a base model without one;
    `generation` goes into `generation_config.json` beside the ids of its tokens.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    ids = {name: tokenizer.token_to_id(name) for name in SPECIALS}
    ends = {"bos_token_id": None, "eos_token_id": ids["<|im_end|>"], "pad_token_id": 0}
    size = tokenizer.get_vocab_size()
    _write(folder / "config.json", _config(shape, size) | ends)
    _write(folder / "generation_config.json", {**ends, **(generation or {})})
    _write(folder / "tokenizer_config.json", _naming(shape))
    _write(folder / "special_tokens_map.json", {"eos_token": SPECIALS[2], "pad_token": SPECIALS[0]})
    if template is not None:
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    _save(folder, _weights(shape, size, seed), shards)
    return folder


def _tokenizer() -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=list(SPECIALS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([_WORDS], trainer)
    tokenizer.add_tokens([AddedToken(mark, special=False, normalized=False) for mark in MARKS])
    return tokenizer


def _config(shape: Shape, size: int) -> dict[str, Any]:
    return {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "vocab_size": size,
        "hidden_size": shape.width,
        "intermediate_size": 2 * shape.width,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.shared,
        "head_dim": shape.width // shape.heads,
        "max_position_embeddings": shape.context,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-6,
        "tie_word_embeddings": True,
        "dtype": "float32",
    }


def _naming(shape: Shape) -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": SPECIALS[2],
        "pad_token": SPECIALS[0],
        "clean_up_tokenization_spaces": False,
        "model_max_length": shape.context,
    }


def _weights(shape: Shape, size: int, seed: int) -> dict[str, Any]:
    """Tensors by the names that Hugging Face gives them, drawn large enough to differ by token."""
    draw = np.random.default_rng(seed).standard_normal
    width, shared = shape.width, shape.shared * (shape.width // shape.heads)
    sizes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (size, width)}
    for number in range(shape.layers):
        layer = f"model.layers.{number}"
        sizes |= {
            f"{layer}.self_attn.q_proj.weight": (width, width),
            f"{layer}.self_attn.k_proj.weight": (shared, width),
            f"{layer}.self_attn.v_proj.weight": (shared, width),
            f"{layer}.self_attn.o_proj.weight": (width, width),
            f"{layer}.mlp.gate_proj.weight": (2 * width, width),
            f"{layer}.mlp.up_proj.weight": (2 * width, width),
            f"{layer}.mlp.down_proj.weight": (width, 2 * width),
        }
    weights: dict[str, Any] = {
        name: draw(dims, np.float32) * np.float32(0.3) for name, dims in sizes.items()
    }
    for number in range(shape.layers):
        for norm in ("input_layernorm", "post_attention_layernorm"):
            weights[f"model.layers.{number}.{norm}.weight"] = np.ones(width, np.float32)
    weights["model.norm.weight"] = np.ones(width, np.float32)
    return weights


def _save(folder: Path, weights: dict[str, Any], shards: int) -> None:
    from safetensors.numpy import save_file

    if shards == 1:
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        return
    place: dict[str, str] = {}
    names = sorted(weights)
    for number in range(shards):
        file = f"model-{number + 1:05}-of-{shards:05}.safetensors"
        part = {name: weights[name] for name in names[number::shards]}
        save_file(part, folder / file, metadata={"format": "pt"})
        place |= dict.fromkeys(part, file)
    total = sum(array.nbytes for array in weights.values())
    _write(
        folder / "model.safetensors.index.json",
        {"metadata": {"total_size": total}, "weight_map": place},
    )


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
