"""A schema filled with quotations, node by node.

section  an object whose properties are each about the whole talk (the top of a template)
array    what one method finds, each as an item
item     one thing that was found: a text, or an object whose properties tell of it
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from hansard.models.llm import Schema
from hansard.models.llm.answering.json_text import join
from hansard.transcript import Transcript
from hansard.writing.forms.template import Method
from hansard.writing.quoting.facts import fact
from hansard.writing.quoting.fields import (
    ITEMS,
    guess_method,
    is_about_guests,
    is_about_open_ones,
)
from hansard.writing.quoting.finds import Find, Finds, Wish, find
from hansard.writing.quoting.fit import allows, choices, fit_quote, kind_of, settled
from hansard.writing.quoting.items import fill_item
from hansard.writing.quoting.talk import Quote, Talk
from hansard.writing.quoting.values import Filled, Unquotable, joined, of_quote

_TRIED: Final = 10
"""Finds among which one is looked for that fits whole, before one is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filler:
    """Fills the nodes of one schema from one transcript."""

    transcript: Transcript
    chosen: Mapping[str, Method] = field(default_factory=dict)
    """Properties of the top level whose method the template names."""

    def section(self, node: Schema, talk: Talk, where: str = "") -> Filled:
        """An object whose properties are each about the whole of a talk.

        Raises:
            Unquotable: a property must be there, and cannot be.
        """
        parts: dict[str, Filled] = {}
        for name, inner in node["properties"].items():
            place = join(where, name)
            method = self.chosen.get(name) if not where else None
            try:
                filled = self.property(name, inner, talk, place, method)
                reason = place
            except Unquotable as error:
                filled, reason = None, error.where
            filled = filled or _empty(inner)
            if filled is not None:
                parts[name] = filled
            elif name in node.get("required", ()):
                raise Unquotable(reason)
        return joined(parts)

    def property(
        self, name: str, node: Schema, talk: Talk, where: str, method: Method | None = None
    ) -> Filled | None:
        """The value of a property that is about a talk; None where there is none to quote."""
        if value := settled(node):
            return Filled(value[0])
        if (told := fact(name, node, self.transcript)) is not None:
            return Filled(told)
        method = method or guess_method(name, node)
        kind = kind_of(node)
        if kind == "object":
            return self._object(node, talk, where, method)
        if method is None or kind not in {"string", "array"}:
            return None
        finds = self._finds(method, name, node, talk)
        return (
            self._array(node, finds, method, talk)
            if kind == "array"
            else _text(node, finds, method, talk)
        )

    def _finds(self, method: Method, name: str, node: Schema, talk: Talk) -> Finds:
        if listed := tuple(choices(node)):
            return _of_choices(listed, method, talk, self.transcript)
        description = str(node.get("description", ""))
        wish = Wish(
            guests_only=is_about_guests(name),
            open_only=is_about_open_ones(name, description),
        )
        return find(method, talk, self.transcript, wish)

    def _object(self, node: Schema, talk: Talk, where: str, method: Method | None) -> Filled | None:
        if method in ITEMS:
            finds = find(method, talk, self.transcript, Wish())
            tried = (self._item(node, finds.finds[n], method, talk) for n in finds.best()[:_TRIED])
            return next((filled for filled in tried if filled is not None), None)
        return self.section(node, talk, where)

    def _array(self, node: Schema, finds: Finds, method: Method, talk: Talk) -> Filled | None:
        """As many finds as are wanted and fit, in their own order; None where they are too few."""
        least, most = node.get("minItems", 0), node.get("maxItems", len(finds.finds))
        wanted = min(most, max(finds.usual, least))
        taken: dict[int, Filled] = {}
        seen: set[str] = set()
        for number in finds.best():
            if len(taken) >= wanted:
                break
            filled = self._item(node["items"], finds.finds[number], method, talk)
            if filled is not None and filled.key not in seen:
                seen.add(filled.key)
                taken[number] = filled
        if len(taken) < max(least, 1):
            return None
        items = self._numbered(node["items"], finds, sorted(taken), method, talk)
        return joined(items) if allows(node, [item.value for item in items]) else None

    def _numbered(
        self, node: Schema, finds: Finds, order: Sequence[int], method: Method, talk: Talk
    ) -> list[Filled]:
        """The items again, each with its number in the array."""
        filled = (
            self._item(node, finds.finds[number], method, talk, ordinal)
            for ordinal, number in enumerate(order, start=1)
        )
        return [item for item in filled if item is not None]

    def _item(
        self, node: Schema, one: Find, method: Method, talk: Talk, ordinal: int = 1
    ) -> Filled | None:
        return fill_item(node, one, method=method, talk=talk, ordinal=ordinal, part=self._of_part)

    def _of_part(self, name: str, node: Schema, talk: Talk) -> Filled | None:
        """A property of an item that stands for a stretch of talk: its summary, its points."""
        try:
            return self.property(name, node, talk, "/")
        except Unquotable:
            return None


def _text(node: Schema, finds: Finds, method: Method, talk: Talk) -> Filled | None:
    """One text: the best that fits whole, else the best that can be cut to fit."""
    best = [finds.finds[number] for number in finds.best()]
    if method == "people" and len(best) > 1:
        lines = tuple(line for one in best for line in one.quote.lines)
        best = [replace(best[0], quote=Quote(", ".join(one.quote.text for one in best), lines))]
    for whole in (True, False):
        for one in best[:_TRIED] if whole else best[:200]:
            fitted = fit_quote(one.quote, node, talk=talk, place=one.place, whole=whole)
            if fitted is not None:
                return of_quote(fitted)
    return None


def _of_choices(listed: Sequence[str], method: Method, talk: Talk, transcript: Transcript) -> Finds:
    """Of a fixed choice, what was said in so many words, or speaks."""
    if method == "people":
        finds = find(method, talk, transcript, Wish())
        return replace(finds, finds=tuple(f for f in finds.finds if f.quote.text in listed))
    if method != "tags":
        return Finds()
    held = ((option, talk.locate(option)) for option in listed)
    return Finds(
        finds=tuple(
            Find(quote=Quote(option, quote.lines)) for option, quote in held if quote is not None
        )
    )


def _empty(node: Schema) -> Filled | None:
    """What says that there is nothing, where the schema has a way to say so."""
    if allows(node, None):
        return Filled(None)
    if kind_of(node) == "array" and allows(node, []):
        return Filled([])
    return None
