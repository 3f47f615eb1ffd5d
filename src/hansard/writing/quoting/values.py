"""What a filled node is: a value, and the lines that its texts stand in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hansard.models.llm.answering.json_text import join
from hansard.writing.lines import Line
from hansard.writing.quoting.talk import Quote


@dataclass(frozen=True, slots=True)
class Filled:
    """A value with, for each text in it, the lines that have it."""

    value: Any
    cited: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)
    """JSON pointer within the value to lines."""
    key: str = ""
    """Two of one key say the same."""


class Unquotable(Exception):  # noqa: N818 - it says what a schema asks for, and is always caught
    """A schema asks for what cannot be quoted."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


def of_quote(quote: Quote) -> Filled:
    """A text."""
    return Filled(quote.text, {"": quote.lines}, quote.text.casefold())


def joined(parts: Mapping[str, Filled] | Sequence[Filled]) -> Filled:
    """An object or an array of parts."""
    named = isinstance(parts, Mapping)
    pairs = list(parts.items()) if isinstance(parts, Mapping) else list(enumerate(parts))
    value: Any = (
        {name: part.value for name, part in pairs} if named else [part.value for _, part in pairs]
    )
    return Filled(
        value,
        {
            join("", name) + pointer: lines
            for name, part in pairs
            for pointer, lines in part.cited.items()
        },
    )
