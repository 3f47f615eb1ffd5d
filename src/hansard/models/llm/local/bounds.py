"""A schema with an end: what it allows, in texts of limited length. Pure.

A model may go on for ever inside one string, one number or one list, and a grammar made from a
schema lets it. `bounded` sets a limit where the schema sets none; whatever fits the bounded schema
fits the schema. `sample` is an answer that opens everything the schema can hold once, and writes as
little as it may into it: about what it takes to end an answer that has been begun.

Schemas are those of `shapes.schemas`: of objects, arrays, texts, numbers, truth values
and null; what else one holds is left as it is.
"""

import json
import math
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

LONGEST_STRING = 2000
"""Characters: more than a page's paragraph."""
LONGEST_ARRAY = 50
LARGEST_NUMBER = 10**12
_FEW = 200
"""Whole numbers that may be listed one by one."""
_MERELY_NOTED = ("title", "description", "$comment", "examples", "default", "format")
"""What says nothing of the value. Formats are notes to readers in this house's schemas."""

Node = Mapping[str, Any]


def bounded(schema: Any) -> Any:
    """A copy that sets lengths, counts and ranges where the schema leaves them open.

    Objects that name what they hold hold nothing else, unless the schema says what.
    """
    if not isinstance(schema, Mapping):
        return schema
    made = {key: value for key, value in schema.items() if key not in _MERELY_NOTED}
    if "const" in schema or "enum" in schema:
        return made
    for kind in types_of(schema):
        _BOUNDS.get(kind, _leave)(schema, made)
    if "anyOf" in schema:
        made["anyOf"] = [bounded(one) for one in schema["anyOf"]]
    return made


def _bound_string(schema: Node, made: dict[str, Any]) -> None:
    made.setdefault("maxLength", max(LONGEST_STRING, int(schema.get("minLength", 0))))


def _bound_array(schema: Node, made: dict[str, Any]) -> None:
    most = max(LONGEST_ARRAY, int(schema.get("minItems", 0)))
    most = int(schema.get("maxItems", most))
    different = choices(schema.get("items")) if schema.get("uniqueItems") is True else None
    made["maxItems"] = most if different is None else min(most, len(different))
    if "items" in schema:
        made["items"] = bounded(schema["items"])


def _bound_number(schema: Node, made: dict[str, Any]) -> None:
    """From -10**12 to 10**12, unless the schema asks for less, or for what lies beyond."""
    low = schema.get("minimum", schema.get("exclusiveMinimum", -math.inf))
    high = schema.get("maximum", schema.get("exclusiveMaximum", math.inf))
    if low < -LARGEST_NUMBER:
        made.pop("exclusiveMinimum", None)
        made["minimum"] = -LARGEST_NUMBER + (int(high) if high <= -LARGEST_NUMBER else 0)
    if high > LARGEST_NUMBER:
        made.pop("exclusiveMaximum", None)
        made["maximum"] = LARGEST_NUMBER + (int(low) if low >= LARGEST_NUMBER else 0)


def _bound_object(schema: Node, made: dict[str, Any]) -> None:
    named = schema.get("properties")
    if not isinstance(named, Mapping):
        return
    made["properties"] = {name: bounded(one) for name, one in named.items()}
    if set(schema.get("required", ())) <= set(named):
        made.setdefault("additionalProperties", False)


def _leave(_schema: Node, _made: dict[str, Any]) -> None:
    """Truth values and null are as short as they can be."""


_BOUNDS: Mapping[str, Callable[[Node, dict[str, Any]], None]] = {
    "string": _bound_string,
    "array": _bound_array,
    "number": _bound_number,
    "integer": _bound_number,
    "object": _bound_object,
}


def types_of(schema: Node) -> tuple[str, ...]:
    """The types that a schema names; none where it names none."""
    said = schema.get("type", ())
    return (said,) if isinstance(said, str) else tuple(said)


def choices(schema: Any) -> tuple[str, ...] | None:
    """Every value that a schema lists, as compact JSON; None where it lists none."""
    if not isinstance(schema, Mapping):
        return None
    if "const" in schema:
        return (dump(schema["const"]),)
    if "enum" in schema:
        return tuple(map(dump, schema["enum"]))
    kinds = set(types_of(schema))
    few = {"boolean": ("true", "false"), "null": ("null",)}
    if kinds and kinds <= few.keys():
        return tuple(value for kind in few if kind in kinds for value in few[kind])
    low, high = schema.get("minimum"), schema.get("maximum")
    if kinds == {"integer"} and low is not None and high is not None and high - low <= _FEW:
        return tuple(map(str, range(math.ceil(low), math.floor(high) + 1)))
    return None


def sample(schema: Any) -> list[str]:
    """The shortest answer with everything in it once, in pieces that may each be a token."""
    if not isinstance(schema, Mapping):
        return ["null"]
    if "const" in schema or "enum" in schema:
        return [max(choices(schema) or (), key=len, default="")]
    written = [_sample_of(kind, schema) for kind in types_of(schema)]
    written += [sample(one) for one in schema.get("anyOf", ())]
    return max(written, key=len, default=["null"])


def _sample_of(kind: str, schema: Node) -> list[str]:
    if kind == "object":
        named = schema.get("properties", {})
        inner = [[f"{dump(name)}:", *sample(one), ","] for name, one in named.items()]
        return ["{", *chain.from_iterable(inner), "}"]
    if kind == "array":
        count = max(1, int(schema.get("minItems", 0)))
        return ["[", *[*sample(schema.get("items")), ","] * count, "]"]
    if kind == "string":
        return ['"', *"x" * int(schema.get("minLength", 0)), '"']
    if kind in {"number", "integer"}:
        return [str(-LARGEST_NUMBER)]
    return ["false" if kind == "boolean" else "null"]


def dump(value: Any) -> str:
    """Compact JSON, as the grammar has it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
