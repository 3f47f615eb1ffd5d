"""Valid instances for JSON Schemas, made of given words (see `llm_server`)."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any, Final

_FORMATS: Final = {
    "date": "2026-11-20",
    "date-time": "2026-11-20T10:00:00Z",
    "time": "10:00:00Z",
    "email": "someone@example.org",
    "uri": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "hostname": "example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}
_TRIES: Final = (
    *_FORMATS.values(),
    "a",
    "A",
    "1",
    "abc",
    "ABC",
    "Abc",
    "12",
    "00:00",
    "00:00:00",
    "",
)
_DEEP: Final = 12  # levels from which only what must be there is written


def write_json(
    schema: Mapping[str, Any] | None,
    words: Sequence[str] = ("something", "was", "said"),
    numbers: Sequence[int] = (1,),
) -> str:
    """The text of a valid instance: strings hold these words, integers these numbers, as they fit.

    It knows `type`, `properties`, `required`, `items`, `prefixItems`, the sizes of arrays, strings
    and numbers, `enum`, `const`, `anyOf`, `oneOf`, `allOf`, `$ref` into `$defs`, formats, and
    patterns of the simplest kind. With no schema the words are said as one JSON string. Each string
    holds all the words, as far as it may be long enough.
    """
    if schema is None:
        return json.dumps(" ".join(words), ensure_ascii=False)
    writer = _Writer(schema, " ".join(words) or "word", cycle(numbers or (1,)))
    return json.dumps(writer.value(schema, 0), ensure_ascii=False)


class _Writer:
    def __init__(self, root: Mapping[str, Any], text: str, numbers: Iterator[int]) -> None:
        self._root = root
        self._text = text
        self._numbers = numbers

    def value(self, schema: Any, depth: int) -> Any:
        if not isinstance(schema, Mapping):
            return self._text
        schema = self._flat(schema, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        kind = _kind(schema)
        if kind in {"boolean", "null"}:
            return True if kind == "boolean" else None
        make = {"object": self._object, "array": self._array, "string": self._string}
        return make.get(kind, self._number)(schema, depth)

    def _flat(self, schema: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        """References followed, `allOf` joined, the first alternative taken (at the end: a null)."""
        while "$ref" in schema:
            rest = {name: value for name, value in schema.items() if name != "$ref"}
            schema = {**_at(self._root, schema["$ref"]), **rest}
        for part in schema.get("allOf", ()):
            schema = _joined(schema, self._flat(part, depth))
        for name in ("anyOf", "oneOf"):
            if schema.get(name):
                choices = [self._flat(choice, depth + 1) for choice in schema[name][:8]]
                nulls = [choice for choice in choices if _kind(choice) == "null"]
                chosen = nulls[0] if depth >= _DEEP and nulls else choices[0]
                rest = {key: value for key, value in schema.items() if key != name}
                schema = _joined(rest, chosen)
        return schema

    def _object(self, schema: Mapping[str, Any], depth: int) -> Any:
        properties, required = schema.get("properties", {}), schema.get("required", ())
        names = [name for name in properties if depth < _DEEP or name in required]
        made = {name: self.value(properties[name], depth + 1) for name in names}
        more = schema.get("additionalProperties", {})
        made |= {name: self.value(more, depth + 1) for name in required if name not in made}
        for number in range(schema.get("minProperties", 0) - len(made)):
            made[f"more{number}"] = self.value(more, depth + 1)
        return made

    def _array(self, schema: Mapping[str, Any], depth: int) -> Any:
        least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
        first = [self.value(item, depth + 1) for item in schema.get("prefixItems", ())]
        wanted = max(least, min(most, 1 if depth < _DEEP else 0))
        items = schema.get("items", {})
        if items is False:
            return first
        rest = [self.value(items, depth + 1) for _ in range(int(wanted) - len(first))]
        if schema.get("uniqueItems") and isinstance(items, Mapping):
            rest = _unlike(rest, self._flat(items, depth).get("enum"))
        return first + rest

    def _string(self, schema: Mapping[str, Any], _depth: int) -> Any:
        if "format" in schema and "pattern" not in schema:
            return _FORMATS.get(schema["format"], self._text)
        least, most = schema.get("minLength", 0), schema.get("maxLength", len(self._text) + 9999)
        text = self._text * (least // len(self._text) + 1) if least else self._text
        text = text[: max(least, min(most, max(len(self._text), least)))]
        fits = re.compile(schema.get("pattern", ""))
        tries = (text, *(t for t in _TRIES if least <= len(t) <= most))
        return next((t for t in tries if fits.search(t)), text)

    def _number(self, schema: Mapping[str, Any], _depth: int) -> Any:
        whole = _kind(schema) == "integer"
        step = schema.get("multipleOf") or (1 if whole else None)
        least = schema.get("minimum", -math.inf)
        most = schema.get("maximum", math.inf)
        if "exclusiveMinimum" in schema:
            least = max(least, schema["exclusiveMinimum"] + (step or 1e-6))
        if "exclusiveMaximum" in schema:
            most = min(most, schema["exclusiveMaximum"] - (step or 1e-6))
        value = min(max(next(self._numbers), least), most)
        if step:
            value = math.ceil(value / step) * step
            value = value if value <= most else math.floor(most / step) * step
        return int(value) if whole else value


def _kind(schema: Mapping[str, Any]) -> str:
    kinds = schema.get("type")
    if isinstance(kinds, str):
        return kinds
    if kinds:
        return str(kinds[0])
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def _at(root: Mapping[str, Any], reference: str) -> Any:
    value: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        value = value[name] if name else value
    return value


def _joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    both = {**other, **one}
    both["properties"] = {**other.get("properties", {}), **one.get("properties", {})}
    both["required"] = [*one.get("required", ()), *other.get("required", ())]
    return {name: value for name, value in both.items() if value not in ({}, [])}


def _unlike(items: list[Any], choices: Sequence[Any] | None) -> list[Any]:
    """Items of which no two are the same."""
    if choices:
        return list(choices[: len(items)])
    return [
        f"{item}{number or ''}" if isinstance(item, str)
        else item + number if isinstance(item, int | float) and not isinstance(item, bool)
        else item
        for number, item in enumerate(items)
    ]  # fmt: skip
