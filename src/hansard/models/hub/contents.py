"""Which files of a repository or folder make up a model. Pure: names in, a choice out.

Three layouts are read: CTranslate2 (`model.bin`, a format of its own), Hugging Face safetensors,
and one ONNX file. Pickled weights (`pytorch_model.bin`, `*.pt`) can run code when they are opened
and are refused.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass

from hansard.errors import ModelDamagedError, ModelError
from hansard.models.hub.files import Layout

INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"
_ONNX = "model.onnx"
_FOLDER = "onnx"
_SMALLER = re.compile(
    r"[._-](int8|uint8|int4|q[0-9]\w*|quantized|quant|bnb4|fp16|float16)(?=[._-])"
)
_SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
_PICKLE = re.compile(r".*\.(pt|pth|ckpt|pkl|pickle)|.*pytorch.*\.bin")
_ADAPTER = "adapter_model.safetensors"
_GGUF = ".gguf"
_VOCABULARY = frozenset({"vocabulary.json", "vocabulary.txt"})
_BOTH = frozenset(
    {
        "config.json",
        "generation_config.json",
        "hansard.json",
        "preprocessor_config.json",
        "tokenizer.json",
    }
)
_SAFETENSORS_TOO = frozenset(
    {
        "added_tokens.json",
        "chat_template.jinja",
        "chat_template.json",
        "merges.txt",
        "normalizer.json",
        "processor_config.json",
        "special_tokens_map.json",
        "tokenizer_config.json",
        "vocab.json",
    }
)
_ONNX_TOO = frozenset({"tokens.txt", "vocab.txt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The files that make up a model."""

    layout: Layout
    weights: tuple[str, ...]
    beside: tuple[str, ...]
    """Configuration, tokeniser and vocabulary."""

    @property
    def files(self) -> tuple[str, ...]:
        """All of them, in order."""
        return tuple(sorted((*self.weights, *self.beside)))


def choose(names: Collection[str], wanted: Layout, where: str, file: str | None = None) -> Contents:
    """Pick the files to use, preferring the layout that is wanted; `where` names it in messages.

    Where CTranslate2 is wanted and only safetensors are there, those are chosen (to be converted).
    Where ONNX is wanted nothing else will do; `file` says which where there are many.

    Raises:
        ModelError: there are no weights that may be read, or too many.
        ModelDamagedError: something that belongs to them is missing.
    """
    if wanted == "onnx":
        return _onnx(names, where, file)
    if wanted == "ctranslate2" and "model.bin" in names:
        contents = Contents(
            layout="ctranslate2",
            weights=("model.bin",),
            beside=tuple(sorted((_BOTH | _VOCABULARY) & set(names))),
        )
    elif weights := _safetensors(names):
        contents = Contents(
            layout="transformers",
            weights=weights,
            beside=tuple(sorted((_BOTH | _SAFETENSORS_TOO | {INDEX}) & set(names))),
        )
    else:
        raise _nothing_to_read(names, wanted, where)
    _check_complete(contents, where)
    return contents


def _safetensors(names: Collection[str]) -> tuple[str, ...]:
    if _SINGLE in names:
        return (_SINGLE,)
    return tuple(sorted(filter(_SHARD.fullmatch, names))) if INDEX in names else ()


def _onnx(names: Collection[str], where: str, file: str | None) -> Contents:
    """One ONNX file, what it keeps beside itself, and the small files that say how to use it."""
    chosen = file or onnx_file(names, where)
    if chosen not in names:
        raise ModelDamagedError(f"{where} has no {chosen}", hint="fetch the model again")
    data = sorted(name for name in names if name.startswith((f"{chosen}_data", f"{chosen}.data")))
    beside = (_BOTH | _SAFETENSORS_TOO | _ONNX_TOO) & set(names)
    return Contents(layout="onnx", weights=(chosen, *data), beside=tuple(sorted(beside)))


def onnx_file(names: Collection[str], where: str) -> str:
    """Which ONNX file to use: `model.onnx`, else the only one, in the folder or in `onnx/` below.

    A file of lower precision is taken only where there is no other.

    Raises:
        ModelError: there is none, or nothing says which of several.
    """
    for below in ("", f"{_FOLDER}/"):
        here = [n for n in names if n.endswith(".onnx") and n.rpartition("/")[0] == below[:-1]]
        if f"{below}{_ONNX}" in here:
            return f"{below}{_ONNX}"
        whole = [name for name in here if not _SMALLER.search(name)]
        if len(whole) == 1 or len(here) == 1:
            return (whole or here)[0]
        if here:
            some = ", ".join(sorted(here)[:3])
            raise ModelError(
                f"{where} holds {len(here)} ONNX files ({some} among them), and none is called "
                f"{_ONNX}",
                hint="put the one to use into a folder of its own, and name that",
            )
    raise ModelError(
        f"{where} holds no ONNX file", hint="name a folder or a repository with a model.onnx in it"
    )


def _nothing_to_read(names: Collection[str], wanted: Layout, where: str) -> ModelError:
    if "model.bin" in names:
        return ModelError(
            f"{where} holds only CTranslate2 weights, and safetensors are wanted",
            hint="choose the model that it was converted from, or the engine faster-whisper",
        )
    if any(map(_PICKLE.fullmatch, names)):
        return ModelError(
            f"{where} holds only pickled weights, which can run code when they are opened",
            hint="ask its author for safetensors, or convert it once where you trust it: "
            "transformers' save_pretrained(folder) writes them",
        )
    if any(name.endswith(_GGUF) for name in names):
        return ModelError(
            f"{where} holds only GGUF weights, and safetensors are wanted",
            hint="name the repository that they were made from, or have a server for GGUF files "
            "(llama.cpp, Ollama) read them and set llm_url",
        )
    if _ADAPTER in names:
        return ModelError(
            f"{where} holds an adapter for another model, and no model of its own",
            hint="merge it into that model first, and name the folder that this gives",
        )
    kind = "a Whisper model" if wanted == "ctranslate2" else "model.safetensors"
    return ModelError(
        f"{where} holds no model: neither model.bin (CTranslate2) nor model.safetensors",
        hint=f"name a folder or a repository with {kind} in it",
    )


def _check_complete(contents: Contents, where: str) -> None:
    have = set(contents.beside)
    if "config.json" not in have:
        raise ModelDamagedError(f"{where} has no config.json", hint="fetch the model again")
    if contents.layout == "ctranslate2":
        if not have & _VOCABULARY:
            raise ModelDamagedError(
                f"{where} has no vocabulary.json or vocabulary.txt", hint="fetch the model again"
            )
        if "tokenizer.json" not in have:
            raise ModelDamagedError(
                f"{where} has no tokenizer.json",
                hint="copy tokenizer.json there from the model that it was converted from; "
                "without it another one would be fetched, and it may not fit",
            )
    elif "tokenizer.json" not in have and not (
        # vocab.json is all that a CTC model of single letters has; its config says so.
        "vocab.json" in have and have & {"merges.txt", "tokenizer_config.json"}
    ):
        raise ModelDamagedError(
            f"{where} has no tokeniser: neither tokenizer.json nor vocab.json with merges.txt",
            hint="copy tokenizer.json there from the model that it was trained from",
        )


def check_index(index: bytes, weights: Collection[str], where: str) -> None:
    """Check that every shard that a safetensors index names is there.

    Raises:
        ModelDamagedError: the index cannot be read, or shards are missing.
    """
    try:
        named = set(json.loads(index)["weight_map"].values())
        missing = sorted(named - set(weights))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelDamagedError(
            f"{INDEX} in {where} cannot be read: {error}", hint="fetch the model again"
        ) from error
    if missing:
        raise ModelDamagedError(
            f"{where} lacks {len(missing)} of {len(named)} weight files, {missing[0]!r} among them",
            hint="fetch the model again",
        )


def check_magic(start: bytes, where: str) -> None:
    """Check that a `model.bin` begins as CTranslate2 writes it, not as a pickle or a web page.

    CTranslate2 begins with a format version below 256, little-endian in four bytes
    (`ctranslate2/specs/model_spec.py`); zip archives and pickles read as huge numbers there.

    Raises:
        ModelDamagedError: it does not.
    """
    if len(start) < 4 or not 0 < int.from_bytes(start[:4], "little") < 256:
        raise ModelDamagedError(
            f"model.bin in {where} is not in CTranslate2's format",
            hint="a model.bin of another library cannot be used; fetch the model again",
        )
