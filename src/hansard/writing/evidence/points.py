"""What of a summary is a point: something said about the recording that needs evidence."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hansard.models.llm import Schema
from hansard.models.llm.answering.json_text import join

_BRANCHES = ("anyOf", "oneOf", "allOf")


def points_of(content: Any, schema: Schema) -> Iterator[tuple[str, str]]:
    """JSON pointer (RFC 6901) and text of each point, in the order of the content.

    Points are the strings that are not one of a fixed choice (`enum`, `const`) and not empty, also
    those within arrays and objects, tags among them. Numbers are none.
    """
    yield from _walk(content, (schema,), "", schema)


def owner_of(pointer: str, cited: Mapping[str, Sequence[int]]) -> Sequence[int]:
    """What was cited for a point, or else for the nearest thing that it is part of."""
    while pointer:
        if cited.get(pointer):
            return cited[pointer]
        pointer = pointer.rpartition("/")[0]
    return cited.get("", ())


def _walk(
    value: Any, shapes: Sequence[Schema], pointer: str, root: Schema
) -> Iterator[tuple[str, str]]:
    shapes = tuple(_resolved(shapes, root))
    if isinstance(value, str):
        if value.strip() and not any(_fixed(shape, value) for shape in shapes):
            yield pointer, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            inner = [_part(shape, "properties", name) for shape in shapes]
            yield from _walk(part, _given(inner), join(pointer, name), root)
    elif isinstance(value, Sequence):
        inner = [shape.get("items") for shape in shapes]
        for number, part in enumerate(value):
            yield from _walk(part, _given(inner), join(pointer, number), root)


def _resolved(shapes: Sequence[Schema], root: Schema, depth: int = 0) -> Iterator[Schema]:
    """The shapes and every branch of them that a value may take."""
    for shape in shapes:
        yield shape
        if depth > 16:
            continue
        for name in _BRANCHES:
            yield from _resolved(_given(shape.get(name, ())), root, depth + 1)
        if "$ref" in shape:
            yield from _resolved(_given([_referred(shape["$ref"], root)]), root, depth + 1)


def _referred(reference: str, root: Schema) -> Any:
    found: Any = root
    for part in reference.removeprefix("#").split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _part(shape: Schema, kind: str, name: str) -> Any:
    return shape.get(kind, {}).get(name)


def _given(shapes: Sequence[Any]) -> tuple[Schema, ...]:
    return tuple(shape for shape in shapes if isinstance(shape, Mapping))


def _fixed(shape: Schema, value: str) -> bool:
    return value in shape.get("enum", ()) or ("const" in shape and shape["const"] == value)
