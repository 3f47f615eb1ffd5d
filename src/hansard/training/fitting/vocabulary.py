"""The tokens that a Whisper's labels are made of, read from its folder."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hansard.errors import ModelDamagedError
from hansard.transcript import Seconds

TIMESTAMP_STEP: Seconds = 0.02
LAST_TIMESTAMP: Seconds = 30.0
_START, _TRANSLATE = "<|startoftranscript|>", "<|translate|>"
_MARK = re.compile(r"<\|[^|<>]{1,40}\|>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Ids of the special tokens, and how text becomes tokens."""

    encode: Callable[[str], list[int]] = field(compare=False)
    decode: Callable[[list[int]], str] = field(compare=False)
    start: int
    end: int
    previous: int
    no_speech: int
    no_timestamps: int
    first_timestamp: int
    """`<|0.00|>`; the others follow it in steps of 20 ms."""
    languages: Mapping[str, int]
    """Empty for models of English alone."""
    transcribe: int | None
    translate: int | None
    longest: int
    """How many tokens the decoder can hold: 448."""

    @property
    def is_multilingual(self) -> bool:
        """Whether labels name a language and a task."""
        return bool(self.languages)

    def encode_text(self, text: str) -> list[int]:
        """The tokens of a text, with the space before it that Whisper writes.

        No decoder may begin with a lone space (openai-whisper's `suppress_blank`), so where the
        space is a token of its own it is left out.
        """
        ids = self.encode(" " + text.strip())
        return ids[1:] if len(ids) > 1 and ids[:1] == self.encode(" ") else ids

    def find_mark(self, text: str) -> str:
        """The first thing in a text that would become a special token; empty = there is none."""
        found = (match[0] for match in _MARK.finditer(text))
        return next((mark for mark in found if len(self.encode(mark)) == 1), "")

    def timestamp(self, seconds: Seconds) -> int:
        """The token of the time nearest to this."""
        inside = min(max(seconds, 0.0), LAST_TIMESTAMP)
        return self.first_timestamp + round(inside / TIMESTAMP_STEP)


def read_vocabulary(folder: Path) -> Vocabulary:
    """The vocabulary of a model in Hugging Face's layout.

    Raises:
        ModelDamagedError: tokenizer.json or config.json is missing, or not a Whisper's.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        config = json.loads((folder / "config.json").read_bytes())
        generation = _generation(folder)
    except Exception as error:  # the library raises bare exceptions of its own
        raise ModelDamagedError(
            f"the tokeniser of {str(folder)!r} cannot be read: {error}",
            hint="a model to start from needs tokenizer.json, config.json and "
            "generation_config.json",
        ) from error

    def find(*names: str) -> int:
        for name in names:
            found = tokenizer.token_to_id(name)
            if found is not None:
                return int(found)
        raise ModelDamagedError(
            f"the tokeniser of {str(folder)!r} has no {names[0]}",
            hint="it is not a Whisper's, or was made without its special tokens",
        )

    many = bool(generation.get("is_multilingual", config.get("vocab_size", 0) >= 51_865))
    return Vocabulary(
        encode=lambda text: list(tokenizer.encode(text, add_special_tokens=False).ids),
        decode=lambda ids: str(tokenizer.decode(ids, skip_special_tokens=True)),
        start=find(_START),
        end=find("<|endoftext|>"),
        previous=find("<|startofprev|>"),
        no_speech=find("<|nospeech|>", "<|nocaptions|>"),
        no_timestamps=find("<|notimestamps|>"),
        first_timestamp=find("<|0.00|>"),
        languages=_languages(generation, tokenizer.get_vocab(), (find(_START), find(_TRANSLATE)))
        if many
        else {},
        transcribe=find("<|transcribe|>") if many else None,
        translate=find(_TRANSLATE) if many else None,
        longest=int(config.get("max_target_positions", 448)),
    )


def _generation(folder: Path) -> Mapping[str, object]:
    path = folder / "generation_config.json"
    found = json.loads(path.read_bytes()) if path.exists() else {}
    return found if isinstance(found, dict) else {}


def _languages(
    generation: Mapping[str, object], vocabulary: Mapping[str, int], between: tuple[int, int]
) -> dict[str, int]:
    """Languages by code: as the checkpoint says, else what stands between start and tasks."""
    named = generation.get("lang_to_id")
    if isinstance(named, dict) and named:
        return {str(token)[2:-2]: int(number) for token, number in named.items()}
    start, task = between
    return {token[2:-2]: n for token, n in vocabulary.items() if start < n < task}
