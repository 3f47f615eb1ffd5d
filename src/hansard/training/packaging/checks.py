"""Faults of a checkpoint that would make it useless where it is served, found before conversion.

Each was met by users: token tables of another Whisper (large-v3 has one language more, so that
`<|0.00|>` moves), alignment heads of another model, a tokeniser that is not there, 80 bands where
the weights want 128. Pure: what was read goes in, faults come out.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from hansard.errors import ModelDamagedError, ModelError

TIMESTAMPS = 1501
"""`<|0.00|>` to `<|30.00|>`, 20 ms apart."""
_NEEDED = ("startoftranscript", "endoftext", "translate", "transcribe", "startoflm",
           "startofprev", "notimestamps")  # fmt: skip
_NO_SPEECH = ("<|nospeech|>", "<|nocaptions|>")
_SINGLE = "model.safetensors"
_EMBEDDING = "model.decoder.embed_tokens.weight"
_COPY = "copy {} there from the model that the training began with"


class Fault(NamedTuple):
    """What is wrong, and what can be done."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What the small files of a model in Hugging Face's layout say."""

    config: Mapping[str, Any]
    generation: Mapping[str, Any]
    features: Mapping[str, Any]
    tokens: Mapping[str, int]
    """Every piece of the tokeniser and its id."""
    rows: int | None = None
    """Tokens that the embedding has room for; None where it is not told."""

    @property
    def is_multilingual(self) -> bool:
        """Whether its prompts name a language and a task."""
        return bool(self.generation.get("is_multilingual", self.generation.get("lang_to_id")))

    @property
    def language(self) -> str | None:
        """The code of the one language that it writes unless told otherwise; None = not told."""
        return str(self.generation.get("language") or "").strip("<|>") or None

    @property
    def heads(self) -> tuple[tuple[int, int], ...]:
        """The decoder's (layer, head) pairs that word times are read from; empty = not chosen."""
        given = self.generation.get("alignment_heads") or ()
        return tuple((int(layer), int(head)) for layer, head in given)

    @property
    def first_timestamp(self) -> int:
        """The id of `<|0.00|>` by the rule that every server goes by."""
        return self.tokens["<|notimestamps|>"] + 1


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read the small files.

    Raises:
        ModelError: it is not a Whisper.
        ModelDamagedError: a file is missing or cannot be read.
    """
    config = _read(folder, "config.json")
    if config.get("model_type") != "whisper":
        raise ModelError(
            f"{str(folder)!r} holds a model of the kind {config.get('model_type')!r}, and only "
            "'whisper' can be packaged"
        )
    return Checkpoint(
        config=config,
        generation=_read(folder, "generation_config.json"),
        features=_read(folder, "preprocessor_config.json"),
        tokens=_tokens(_read(folder, "tokenizer.json")),
        rows=_rows(folder / _SINGLE),
    )


def check(checkpoint: Checkpoint, where: str) -> None:
    """Refuse a checkpoint with faults.

    Raises:
        ModelDamagedError: names the first fault, and how many more there are.
    """
    faults = list(find_faults(checkpoint))
    if faults:
        more = f" (and {len(faults) - 1} more faults)" if len(faults) > 1 else ""
        raise ModelDamagedError(f"{where}: {faults[0].message}{more}", hint=faults[0].hint)


def find_faults(checkpoint: Checkpoint) -> Iterator[Fault]:
    """All that is wrong with a checkpoint."""
    missing = [f"<|{name}|>" for name in _NEEDED if f"<|{name}|>" not in checkpoint.tokens]
    if not any(name in checkpoint.tokens for name in _NO_SPEECH):
        missing.append(_NO_SPEECH[0])
    if missing:
        yield Fault(f"tokenizer.json has no {', '.join(missing)}", _COPY.format("tokenizer.json"))
        return  # the rest is told in ids of these
    yield from _timestamps(checkpoint)
    yield from _ids(checkpoint)
    yield from _languages(checkpoint)
    yield from _heads(checkpoint)
    yield from _bands(checkpoint)


def _timestamps(checkpoint: Checkpoint) -> Iterator[Fault]:
    """Where `<|0.00|>` is: servers take it for the token after `<|notimestamps|>`."""
    tokens, first = checkpoint.tokens, checkpoint.first_timestamp
    known = {name: tokens[name] for n in range(TIMESTAMPS) if (name := _stamp(n)) in tokens}
    wrong = next((n for n in range(TIMESTAMPS) if known.get(_stamp(n), first + n) != first + n), -1)
    if wrong >= 0:
        yield Fault(
            f"the token {_stamp(wrong)} has the id {known[_stamp(wrong)]} in tokenizer.json, and "
            f"{first + wrong} is where the model was taught to write it",
            "tokens were added before the timestamps; take tokenizer.json of the model that the "
            "training began with",
        )
    size = checkpoint.config.get("vocab_size")
    if isinstance(size, int) and size < first + TIMESTAMPS:
        yield Fault(
            f"vocab_size is {size}, and the timestamps end at {first + TIMESTAMPS}",
            "config.json and tokenizer.json are of two different Whispers (large-v3 has one "
            "token more than those before)",
        )
    if not known and len(tokens) != first:
        yield Fault(
            f"tokenizer.json has no timestamps, and {len(tokens)} tokens where {first} come "
            "before <|0.00|>",
            "take tokenizer.json of the model that the training began with",
        )
    if checkpoint.rows is not None and checkpoint.rows != size:
        yield Fault(
            f"the weights have room for {checkpoint.rows} tokens, and vocab_size is {size}",
            "config.json is of another model; copy that which was saved with the weights",
        )


def _ids(checkpoint: Checkpoint) -> Iterator[Fault]:
    """Ids that are written down twice must agree."""
    tokens = checkpoint.tokens
    pairs = (
        ("no_timestamps_token_id", "<|notimestamps|>", True),
        ("decoder_start_token_id", "<|startoftranscript|>", True),
        ("eos_token_id", "<|endoftext|>", True),
        ("prev_sot_token_id", "<|startofprev|>", False),
    )
    for key, token, needed in pairs:
        given = checkpoint.generation.get(key)
        if given is None and needed:
            yield Fault(
                f"generation_config.json has no {key}",
                _COPY.format("generation_config.json"),
            )
        elif given is not None and given != tokens[token]:
            yield Fault(
                f"{key} is {given} in generation_config.json, and {token} is {tokens[token]} in "
                "tokenizer.json",
                "the two are of different Whispers; take both from the model that the training "
                "began with",
            )


def _languages(checkpoint: Checkpoint) -> Iterator[Fault]:
    generation, tokens = checkpoint.generation, checkpoint.tokens
    if not checkpoint.is_multilingual:
        return
    given = {**(generation.get("lang_to_id") or {})}
    given |= {f"<|{k}|>": v for k, v in (generation.get("task_to_id") or {}).items()}
    if not generation.get("lang_to_id") or not generation.get("task_to_id"):
        yield Fault(
            "the model is multilingual, and generation_config.json has no lang_to_id or task_to_id",
            _COPY.format("generation_config.json"),
        )
    wrong = next((name for name, number in given.items() if tokens.get(name) != number), None)
    if wrong is not None:
        yield Fault(
            f"generation_config.json gives {wrong} the id {given[wrong]}, and tokenizer.json "
            f"{tokens.get(wrong)}",
            "they are of different Whispers (large-v3 has one language more); take both from the "
            "model that the training began with",
        )
    language = generation.get("language")
    if language and _code(language) not in given:
        yield Fault(
            f"generation_config.json names the language {language!r}, which the model has not",
            "give the code that lang_to_id has",
        )


def _heads(checkpoint: Checkpoint) -> Iterator[Fault]:
    layers = checkpoint.config.get("decoder_layers", 0)
    heads = checkpoint.config.get("decoder_attention_heads", 0)
    try:
        given = checkpoint.heads
    except (TypeError, ValueError):
        yield Fault("alignment_heads are no pairs of layer and head", "take them out: good ones "
                    "are then found by measurement")  # fmt: skip
        return
    outside = [one for one in given if not (0 <= one[0] < layers and 0 <= one[1] < heads)]
    if outside:
        yield Fault(
            f"alignment_heads name layer {outside[0][0]}, head {outside[0][1]}, and the model has "
            f"{layers} layers of {heads} heads",
            "they are of another Whisper; take them out of generation_config.json, and good ones "
            "are found by measurement",
        )


def _bands(checkpoint: Checkpoint) -> Iterator[Fault]:
    bands, made = checkpoint.config.get("num_mel_bins", 80), checkpoint.features.get("feature_size")
    if made != bands:
        yield Fault(
            f"preprocessor_config.json makes {made} bands, and the weights want {bands}",
            _COPY.format("preprocessor_config.json"),
        )


def check_converted(folder: Path, checkpoint: Checkpoint) -> None:
    """See that a conversion to CTranslate2 kept what word times and timestamps need.

    Raises:
        ModelDamagedError: it did not.
    """
    pieces = json.loads((folder / "vocabulary.json").read_bytes())
    first = checkpoint.first_timestamp
    if pieces[first : first + 2] != [_stamp(0), _stamp(1)]:
        raise ModelDamagedError(
            f"the conversion has {pieces[first]!r} where <|0.00|> belongs (token {first})",
            hint="tokenizer.json does not fit the weights",
        )
    heads = json.loads((folder / "config.json").read_bytes()).get("alignment_heads")
    if sorted(map(tuple, heads or ())) != sorted(checkpoint.heads):
        raise ModelDamagedError(
            f"the conversion has the alignment heads {heads}, not {list(checkpoint.heads)}"
        )


def _code(language: str) -> str:
    return language if language.startswith("<|") else f"<|{language}|>"


def _stamp(number: int) -> str:
    return f"<|{number * 0.02:.2f}|>"


def _tokens(tokenizer: Mapping[str, Any]) -> dict[str, int]:
    try:
        added = {token["content"]: token["id"] for token in tokenizer.get("added_tokens") or ()}
        return {**tokenizer["model"]["vocab"], **added}
    except (KeyError, TypeError) as error:
        raise ModelDamagedError(
            f"tokenizer.json is none of a Whisper: {error}", hint=_COPY.format("tokenizer.json")
        ) from error


def _rows(weights: Path) -> int | None:
    """How many rows the embedding has, by the header of a safetensors file.

    The header is JSON after its length, eight bytes little-endian (the format's documentation).
    """
    if not weights.is_file():
        return None
    try:
        with weights.open("rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        return int(header[_EMBEDDING]["shape"][0]) if _EMBEDDING in header else None
    except (OSError, ValueError, MemoryError, OverflowError) as error:
        raise ModelDamagedError(f"{str(weights)!r} cannot be read: {error}") from error


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        found = json.loads((folder / name).read_bytes())
    except FileNotFoundError as error:
        raise ModelDamagedError(
            f"{str(folder)!r} has no {name}", hint=_COPY.format(name)
        ) from error
    except (OSError, ValueError) as error:
        raise ModelDamagedError(f"{name} in {str(folder)!r} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise ModelDamagedError(f"{name} in {str(folder)!r} is not a JSON object")
    return found
