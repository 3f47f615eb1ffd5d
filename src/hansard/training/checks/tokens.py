"""How many tokens a transcript is, as a model counts, or as can be guessed."""

from pathlib import Path
from typing import Any, Protocol
from unicodedata import category

from hansard.errors import ModelDamagedError

MARKS = 5
"""Tokens that a model adds: start, language, task, no timestamps, end."""
ASCII, LETTER, IDEOGRAPH = 1 / 3, 0.6, 1.5
"""Tokens to a character, at the upper end of what Whisper's tokenizer makes of speech."""


class TokenCounter(Protocol):
    """Tells how many tokens a text is, the model's own marks included."""

    @property
    def name(self) -> str:
        """Whose tokens: a model's name, or `estimate`."""
        ...

    def count(self, text: str) -> int:
        """How many."""
        ...


class Estimate:
    """Guesses on the high side: no transcript that is too long passes, some that fit may not."""

    name = "estimate"

    def count(self, text: str) -> int:
        """How many tokens at most, about."""
        return MARKS + round(sum(map(_weight, text)))


class Tokenizer:
    """Counts with a model's own tokenizer."""

    def __init__(self, file: Path, name: str) -> None:
        """`file` is a model's `tokenizer.json`.

        Raises:
            ModelDamagedError: it cannot be read.
        """
        import tokenizers

        self.name = name
        try:
            loaded = tokenizers.Tokenizer.from_file(str(file))
        except Exception as error:
            # the library raises bare exceptions
            raise ModelDamagedError(
                f"tokenizer {str(file)!r} cannot be read: {error}",
                hint="choose another --model, or fetch it again",
            ) from error
        self._tokenizer: Any = loaded

    def count(self, text: str) -> int:
        """How many tokens the text is."""
        encoded = self._tokenizer.encode(" " + text.strip(), add_special_tokens=False)
        return MARKS + len(encoded.ids)


def _weight(character: str) -> float:
    if character.isascii():
        return ASCII
    return IDEOGRAPH if category(character) == "Lo" else LETTER
