"""One thing that was found, as an item of an array: a text, or an object that tells of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hansard.models.llm import Schema
from hansard.writing.cues.spotting import links_in
from hansard.writing.forms.template import Method
from hansard.writing.language.words import count_words
from hansard.writing.quoting.fields import Role, role_of
from hansard.writing.quoting.finds import Find
from hansard.writing.quoting.fit import (
    allows,
    fit_number,
    fit_quote,
    fit_time,
    kind_of,
    settled,
)
from hansard.writing.quoting.quotes import shorter
from hansard.writing.quoting.talk import Quote, Talk
from hansard.writing.quoting.values import Filled, joined, of_quote

OfPart = Callable[[str, Schema, Talk], Filled | None]
"""Fills a property that is about a stretch of talk."""


def fill_item(
    node: Schema, one: Find, *, method: Method, talk: Talk, ordinal: int, part: OfPart
) -> Filled | None:
    """The item for a find; None where the schema asks of it what cannot be quoted.

    An object without any text would say nothing, and is None too.
    """
    filler = _ItemFiller(one=one, method=method, talk=talk, ordinal=ordinal, part=part)
    kind = kind_of(node)
    if kind == "string":
        return filler.text(node)
    if kind != "object":
        return None
    filled = filler.object(node)
    return replace(filled, key=one.quote.text.casefold()) if filled and filled.cited else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ItemFiller:
    one: Find
    method: Method
    talk: Talk
    ordinal: int
    part: OfPart

    def object(self, node: Schema) -> Filled | None:
        parts: dict[str, Filled] = {}
        roles = self._roles(node["properties"])
        for name, inner in node["properties"].items():
            filled = self._property(name, inner, roles[name])
            if filled is None and allows(inner, None):
                filled = Filled(None)
            if filled is None and kind_of(inner) == "array" and allows(inner, []):
                filled = Filled([])
            if filled is not None:
                parts[name] = filled
            elif name in node.get("required", ()):
                return None
        return joined(parts)

    def text(self, node: Schema) -> Filled | None:
        quote = fit_quote(self.one.quote, node, talk=self.talk, place=self.one.place)
        return None if quote is None else of_quote(quote)

    def _roles(self, properties: Mapping[str, Schema]) -> dict[str, Role | None]:
        """What each property says; the only text of an unknown name is the text of the item."""
        roles = {name: role_of(name, node, self.method) for name, node in properties.items()}
        if not {"text", "title"} & set(roles.values()):
            unknown = [
                name
                for name, node in properties.items()
                if roles[name] is None and kind_of(node) == "string" and "enum" not in node
            ]
            if len(unknown) == 1:
                roles[unknown[0]] = "text"
        return roles

    def _property(self, name: str, node: Schema, role: Role | None) -> Filled | None:
        if value := settled(node):
            return Filled(value[0])
        kind = kind_of(node)
        if kind == "object":
            return self.object(node)
        if role is not None and kind == "array":
            items = node["items"]
            inner = self._value(items, role) if role in {"speaker", "owner", "link"} else None
            filled = None if inner is None else joined([inner])
            return filled if filled and allows(node, filled.value) else None
        if role is not None:
            return self._value(node, role)
        return None if self.one.part is None else self.part(name, node, self.one.part)

    def _value(self, node: Schema, role: Role) -> Filled | None:
        if kind_of(node) == "string" and role not in {"start", "end"}:
            quote = self._quote(node, role)
            return None if quote is None else of_quote(quote)
        value = self._number(node, role)
        if value is None:
            return None
        return Filled(value, {"": self.one.quote.lines} if isinstance(value, str) else {})

    def _quote(self, node: Schema, role: Role) -> Quote | None:
        if role == "text":
            return fit_quote(self.one.quote, node, talk=self.talk, place=self.one.place)
        quote = self._named(role)
        return None if quote is None else fit_quote(quote, node, whole=role in {"speaker", "owner"})

    def _named(self, role: Role) -> Quote | None:
        """What there is to say in a role, before it is made to fit."""
        if role == "title":
            return self.one.title or _short(self.one.quote)
        if role == "answer":
            return self.one.answer
        if role == "link":
            found = links_in(self.one.quote.text, self.talk.language)
            return Quote(found[0], self.one.quote.lines) if found else None
        told = {"speaker": self.one.speaker, "owner": self.one.owner, "due": self.one.due}.get(role)
        return Quote(told, self.one.quote.lines) if told and told.strip() else None

    def _number(self, node: Schema, role: Role) -> Any:
        if role == "number":
            return fit_number(self.ordinal, node)
        if role == "duration":
            span = self.one.span
            length = self.one.duration or (span[1] - span[0] if span and self.one.part else None)
            return None if length is None else fit_number(length, node)
        if self.one.span is None or role not in {"start", "end"}:
            return None
        return fit_time(self.one.span[role == "end"], node)


def _short(quote: Quote) -> Quote:
    """The longest clause of three to ten words, or else the whole."""
    found = (part for part in shorter(quote.text) if 3 <= count_words(part) <= 10)
    return Quote(next(found, quote.text), quote.lines)
