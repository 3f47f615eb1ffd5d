"""A Hugging Face folder as openai-whisper's own model object, without a pickle on disk.

openai-whisper reads only its own `.pt` files and has its tokenizers built in; here its public
classes are filled from the safetensors, and its decoder is handed the folder's tokenizer.
"""

import json
from pathlib import Path
from typing import Any

import tiktoken
import torch
import whisper
from safetensors.torch import load_file
from whisper.tokenizer import Tokenizer

RENAMED = (
    ("model.", ""),
    ("layers", "blocks"),
    ("encoder_attn_layer_norm", "cross_attn_ln"),
    ("self_attn_layer_norm", "attn_ln"),
    ("encoder_attn", "cross_attn"),
    ("self_attn", "attn"),
    ("q_proj", "query"),
    ("k_proj", "key"),
    ("v_proj", "value"),
    ("out_proj", "out"),
    ("fc1", "mlp.0"),
    ("fc2", "mlp.2"),
    ("final_layer_norm", "mlp_ln"),
    ("encoder.layer_norm", "encoder.ln_post"),
    ("decoder.layer_norm", "decoder.ln"),
    ("embed_tokens", "token_embedding"),
    ("encoder.embed_positions.weight", "encoder.positional_embedding"),
    ("decoder.embed_positions.weight", "decoder.positional_embedding"),
)


def load_checkpoint(folder: Path) -> Any:
    """The model, with the folder's tokenizer in place of the built-in ones."""
    config = read_json(folder / "config.json")
    dimensions = whisper.ModelDimensions(
        n_mels=config["num_mel_bins"],
        n_audio_ctx=config["max_source_positions"],
        n_audio_state=config["d_model"],
        n_audio_head=config["encoder_attention_heads"],
        n_audio_layer=config["encoder_layers"],
        n_vocab=config["vocab_size"],
        n_text_ctx=config["max_target_positions"],
        n_text_state=config["d_model"],
        n_text_head=config["decoder_attention_heads"],
        n_text_layer=config["decoder_layers"],
    )
    model = whisper.model.Whisper(dimensions)
    weights = load_file(folder / "model.safetensors")
    model.load_state_dict({rename(name): tensor.float() for name, tensor in weights.items()})
    heads = torch.zeros(
        config["decoder_layers"], config["decoder_attention_heads"], dtype=torch.bool
    )
    for layer, head in read_json(folder / "generation_config.json")["alignment_heads"]:
        heads[layer, head] = True
    model.register_buffer("alignment_heads", heads.to_sparse(), persistent=False)
    hand_tokenizer(folder)
    return model.eval()


def rename(name: str) -> str:
    """Hugging Face's name of a tensor -> openai-whisper's."""
    for old, new in RENAMED:
        name = name.replace(old, new)
    return name


def read_json(path: Path) -> Any:
    """One file."""
    return json.loads(path.read_text(encoding="utf-8"))


def hand_tokenizer(folder: Path) -> None:
    """Make openai-whisper use the folder's pieces wherever it asks for a tokenizer."""
    encoding = read_encoding(folder / "tokenizer.json")

    def get_tokenizer(
        multilingual: bool, *, language: str | None = None, task: str | None = None, **_: Any
    ) -> Tokenizer:
        if not multilingual:
            return Tokenizer(encoding=encoding, num_languages=99)
        language, task = language or "en", task or "transcribe"
        return Tokenizer(encoding=encoding, num_languages=99, language=language, task=task)

    for module in (whisper.decoding, whisper.transcribe):
        vars(module_of(module))["get_tokenizer"] = get_tokenizer


def module_of(thing: Any) -> Any:
    """`whisper.transcribe` names a function that hides its module."""
    import sys

    return thing if hasattr(thing, "__file__") else sys.modules[thing.__module__]


def read_encoding(path: Path) -> tiktoken.Encoding:
    """`tokenizer.json` in tiktoken's form: bytes -> id; ids grow with the order of merges."""
    content = read_json(path)
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    back = {chr(byte): byte for byte in visible}
    back |= {chr(256 + place): byte for place, byte in enumerate(hidden)}
    pieces = content["model"]["vocab"]
    ranks = {bytes(back[char] for char in piece): rank for piece, rank in pieces.items() if piece}
    return tiktoken.Encoding(
        name=path.parent.name,
        pat_str=r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        mergeable_ranks=ranks,
        special_tokens={token["content"]: token["id"] for token in content["added_tokens"]},
    )
