"""A Whisper that knows nothing yet: a tokeniser learnt from texts, and random weights."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GenerationConfig,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperTokenizerFast,
)

from growth import ALWAYS

SHAPE = {
    "d_model": 192,
    "encoder_layers": 4,
    "encoder_attention_heads": 3,
    "encoder_ffn_dim": 768,
    "decoder_layers": 3,
    "decoder_attention_heads": 3,
    "decoder_ffn_dim": 768,
}
"""4.6 million parameters with 1,000 pieces."""


def make_fresh(
    folder: Path, texts: Iterable[str], specials: Sequence[str], pieces: int = 1000, seed: int = 0
) -> Path:
    """Write a model for one language, in Hugging Face's layout. Returns the folder.

    `specials` are Whisper's special tokens in their order, `<|endoftext|>` first and the timestamps
    last; they stand behind the `pieces` of text.
    """
    tokenizer = train_tokenizer(texts, pieces)
    size = tokenizer.get_vocab_size()
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in specials])
    ids = {name: tokenizer.token_to_id(name) for name in specials}
    torch.manual_seed(seed)
    config = WhisperConfig(
        vocab_size=size + len(specials),
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"],
        pad_token_id=ids["<|endoftext|>"],
        decoder_start_token_id=ids["<|startoftranscript|>"],
        suppress_tokens=None,
        begin_suppress_tokens=None,
        **SHAPE,
    )
    model = WhisperForConditionalGeneration(config)
    model.generation_config = _generation(ids, tokenizer.token_to_id("Ġ"))
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer.model.save(str(folder))
    WhisperTokenizerFast(tokenizer_object=tokenizer, add_prefix_space=False).save_pretrained(folder)
    WhisperFeatureExtractor().save_pretrained(folder)
    card = {"window": 10.0, "short_context": True, "conditions": False}
    (folder / "hansard.json").write_text(json.dumps(card) + "\n")
    return folder


def train_tokenizer(texts: Iterable[str], pieces: int) -> Tokenizer:
    """Byte-level pieces as GPT-2 has them, `pieces` in all."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=pieces - len(ALWAYS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((f" {text}" for text in texts), trainer)
    told = json.loads(tokenizer.to_str())
    vocabulary, merges = told["model"]["vocab"], told["model"]["merges"]
    for left, right in ALWAYS:
        if left + right not in vocabulary:
            vocabulary[left + right] = len(vocabulary)
            merges.append([left, right])
    return Tokenizer.from_str(json.dumps(told))


def _generation(ids: dict[str, int], space: int) -> GenerationConfig:
    layers, heads = SHAPE["decoder_layers"], SHAPE["decoder_attention_heads"]
    never = ("translate", "transcribe", "startoflm", "startofprev", "nospeech")
    return GenerationConfig(
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"],
        pad_token_id=ids["<|endoftext|>"],
        decoder_start_token_id=ids["<|startoftranscript|>"],
        no_timestamps_token_id=ids["<|notimestamps|>"],
        prev_sot_token_id=ids["<|startofprev|>"],
        is_multilingual=False,
        max_initial_timestamp_index=50,
        max_length=448,
        return_timestamps=False,
        suppress_tokens=[*(ids[f"<|{name}|>"] for name in never), ids["<|startoftranscript|>"]],
        begin_suppress_tokens=[space, ids["<|endoftext|>"]],
        alignment_heads=[[layer, head] for layer in range(1, layers) for head in range(heads)],
    )
