"""Quotations and facts into the room that a schema gives them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hansard.models.llm import Schema
from hansard.models.llm.shapes.schemas import problems_of
from hansard.transcript import Seconds
from hansard.writing.quoting.quotes import clip, shorter
from hansard.writing.quoting.talk import Quote, Talk

_UNSAID: Final = frozenset({"date", "date-time", "time", "duration", "email", "uuid"})
"""Formats that nobody speaks in."""


def kind_of(node: Schema) -> str:
    """The type that values of a node have where they are not null; empty where it mixes types."""
    kinds = node.get("type", [])
    named = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    return str(named[0]) if len(named) == 1 else ""


def allows(node: Schema, value: Any) -> bool:
    """Whether a value is valid here."""
    return not problems_of(value, node)


def settled(node: Schema) -> tuple[Any, ...]:
    """The one value that a node allows, where it allows but one."""
    if "const" in node:
        return (node["const"],)
    options = node.get("enum", ())
    return (options[0],) if len(options) == 1 else ()


def fit_quote(
    quote: Quote, node: Schema, *, talk: Talk | None = None, place: int | None = None,
    whole: bool = False,
) -> Quote | None:  # fmt: skip
    """A quotation that is valid here, as near to the given one as the schema allows; or None.

    What is too short takes in what was said around it, where `place` says which sentence of the
    talk it is. What is too long becomes one of its clauses, or is cut between words; with `whole`
    it is None.
    """
    if node.get("format") in _UNSAID or (node.get("format") == "uri" and "://" not in quote.text):
        return None
    least = node.get("minLength", 0)
    if len(quote.text) < least and talk is not None and place is not None:
        quote = talk.passage(place, 0, least)
    for text in _ways(quote.text, node, whole=whole):
        if allows(node, text):
            return Quote(text, quote.lines)
    return None


def fit_time(seconds: Seconds, node: Schema) -> Any:
    """A time as a number of seconds or as `HH:MM:SS`, as the schema asks; None if neither."""
    kind = kind_of(node)
    if kind == "string":
        whole = int(seconds)
        told = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
        return told if allows(node, told) else None
    return fit_number(seconds, node)


def fit_number(value: float, node: Schema) -> float | int | None:
    """A number that is valid here, whole where the schema wants that; or None."""
    kind = kind_of(node)
    if kind not in {"integer", "number"}:
        return None
    told = int(value) if kind == "integer" or float(value).is_integer() else round(value, 3)
    return told if allows(node, told) else None


def choices(node: Schema) -> Iterator[str]:
    """The texts that a node allows, where it lists them."""
    items = node.get("items")
    listed = (items if isinstance(items, Mapping) else node).get("enum", ())
    yield from (option for option in listed if isinstance(option, str) and option.strip())


def _ways(text: str, node: Schema, *, whole: bool) -> Iterator[str]:
    yield text
    limit = node.get("maxLength")
    if whole or limit is None or len(text) <= limit:
        return
    yield from (part for part in shorter(text) if limit / 2 <= len(part) <= limit)
    if (cut := clip(text, limit)) is not None:
        yield cut
    yield from (part for part in shorter(text) if len(part) <= limit)
