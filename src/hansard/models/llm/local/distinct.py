"""Where in a compact JSON text one is, and which next bytes would repeat an item. Pure.

llguidance knows no `uniqueItems`. So the text is followed by its schema, byte by byte, and a
continuation that ends an item like an earlier one is found before it is taken. Where items are
listed (`enum`, truth values, few whole numbers) that never leads into a blind alley; where items
are texts it may if they are as long as they may be, and where they are objects if these are alike
to the last brace. Then the item is let through, and those who check the answer find it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hansard.models.llm.local.bounds import choices, types_of

_QUOTE, _BACKSLASH, _COMMA = b'"'[0], b"\\"[0], b","[0]
_NUMBERS = frozenset({"number", "integer"})
_OPENERS, _CLOSERS = b"{[", b"}]"


@dataclass(frozen=True, slots=True)
class Frame:
    """An object or array that is open."""

    node: Any
    """Its schema."""
    array: bool
    written: bytes = b""
    """The current item, where none may come twice, or the current key, so far."""
    key: str | None = None
    done: frozenset[str] = frozenset()
    """Items that came, where none may come twice."""
    listed: tuple[bytes, ...] | None = None
    """What an item may be, where none may come twice and the schema lists them."""

    @property
    def distinct(self) -> bool:
        """Whether no item may come twice; of numbers only those are watched that can be listed."""
        if not self.array or self.node.get("uniqueItems") is not True:
            return False
        return self.listed is not None or not _NUMBERS & set(types_of(self.node.get("items", {})))

    def grown(self, byte: int) -> "Frame":
        """With one byte more, where what is written in it matters: items and keys."""
        if self.distinct if self.array else self.key is None:
            return replace(self, written=self.written + bytes([byte]))
        return self

    @property
    def inner(self) -> Any:
        """The schema of what comes next in it."""
        if self.array:
            return self.node.get("items")
        return self.node.get("properties", {}).get(self.key)


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a text."""

    root: Any
    frames: tuple[Frame, ...] = ()
    inside: bool = False
    """Within a string."""
    escaped: bool = False
    repeats: bool = False
    """Whether an item came twice on the way here, or must."""

    @property
    def watched(self) -> bool:
        """Whether an array is open in which no item may come twice."""
        return any(frame.distinct for frame in self.frames)

    @property
    def listed(self) -> bool:
        """Whether what comes next is an item that the schema lists."""
        return bool(self.frames) and self.frames[-1].listed is not None

    def after(self, text: bytes) -> "Where":
        """The place after these bytes."""
        where = self
        for byte in text:
            where = _string(where, byte) if where.inside else _outside(where, byte)
        return where


def _string(where: Where, byte: int) -> Where:
    where = _write(where, byte)
    if where.escaped or byte == _BACKSLASH:
        return replace(where, escaped=not where.escaped)
    if byte != _QUOTE:
        return where
    where = replace(where, inside=False)
    top = where.frames[-1] if where.frames else None
    if top is not None and not top.array and top.key is None:
        return _with_top(where, replace(top, key=json.loads(top.written)))
    return _ended(where)


def _outside(where: Where, byte: int) -> Where:
    if byte == _QUOTE:
        return replace(_write(where, byte), inside=True)
    if byte in _OPENERS:
        inner = where.frames[-1].inner if where.frames else where.root
        node = inner if isinstance(inner, Mapping) else {}
        where = _write(where, byte)
        array = byte == _OPENERS[1]
        listed = choices(node.get("items")) if array and node.get("uniqueItems") is True else None
        encoded = None if listed is None else tuple(value.encode() for value in listed)
        return replace(where, frames=(*where.frames, Frame(node, array=array, listed=encoded)))
    if byte in _CLOSERS:
        return _close(where, byte)
    if byte == _COMMA:
        return _next(where, byte)
    return _write(where, byte)


def _close(where: Where, byte: int) -> Where:
    """An object or array ends, and with it perhaps an item of what is around it."""
    if not where.frames:
        return where
    where = _item_over(where)
    where = replace(where, frames=where.frames[:-1])
    return _ended(_write(where, byte, checks=False))


def _next(where: Where, byte: int) -> Where:
    """After a comma an item or a key begins."""
    where = _item_over(where)
    around = tuple(frame.grown(byte) for frame in where.frames[:-1])
    top = replace(where.frames[-1], written=b"", key=None)
    return _checked(replace(where, frames=(*around, top)))


def _write(where: Where, byte: int, *, checks: bool = True) -> Where:
    """Every item that is open grows."""
    if not where.frames:
        return where
    where = replace(where, frames=tuple(frame.grown(byte) for frame in where.frames))
    return _checked(where) if checks else where


def _checked(where: Where) -> Where:
    """See that an item that is begun can still become one that has not come yet."""
    top = where.frames[-1]
    if top.listed is None:
        return where
    left = (value for value in top.listed if _plain(value) not in top.done)
    return where if any(value.startswith(top.written) for value in left) else _repeating(where)


def _ended(where: Where) -> Where:
    """A text, object or array has ended: is it an item that came before?"""
    top = where.frames[-1] if where.frames else None
    if top is None or not top.distinct or _plain(top.written) not in top.done:
        return where
    return _repeating(where)


def _item_over(where: Where) -> Where:
    """Note an item of the innermost array."""
    top = where.frames[-1]
    if not top.distinct or not top.written:
        return where
    item = _plain(top.written)
    where = _repeating(where) if item in top.done else where
    return _with_top(where, replace(top, done=top.done | {item}))


def _with_top(where: Where, frame: Frame) -> Where:
    return replace(where, frames=(*where.frames[:-1], frame))


def _repeating(where: Where) -> Where:
    return replace(where, repeats=True)


def _plain(text: bytes | str) -> str:
    """One way to write each value: 1 and 1.0 are the same in JSON."""
    try:
        value = json.loads(text, parse_float=_number)
    except ValueError:
        return repr(text)
    return json.dumps(value, sort_keys=True)


def _number(text: str) -> float | int:
    value = float(text)
    return int(value) if value.is_integer() else value
