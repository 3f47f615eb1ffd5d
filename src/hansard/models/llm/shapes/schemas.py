"""Schemas of summaries: read, checked against a small subset, and values held against them.

The subset is that of `schema_rules`: an object with `tags`, nothing that refers elsewhere, no
patterns, bounded in every direction. Nothing is ever fetched.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

import jsonschema_rs

from hansard.errors import TemplateError
from hansard.models.llm.answering import json_text
from hansard.models.llm.answering.json_text import MAX_NESTING, join, show
from hansard.models.llm.protocol import Schema
from hansard.models.llm.shapes.rules import plain_form
from hansard.models.llm.shapes.words import refused

MAX_BYTES = 32 * 1024
"""Of a schema, as UTF-8."""
MAX_NUMBER = 2**64
"""In a schema; grammar compilers stumble over larger whole numbers."""
MAX_PROBLEMS = 20

_MANY_NODES = 20_000
"""In a value; where it has more, only its first problem is looked for."""


def load_schema(text: str) -> Schema:
    """Read a schema from its JSON text.

    Raises:
        TemplateError: it is larger than 32 KB, is no JSON object, has a key twice, or is not within
            the subset.
    """
    if len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES:
        raise _too_large()
    try:
        schema = json_text.parse(text)
    except json_text.NotJsonError as error:
        hint = "write it as JSON text (RFC 8259)"
        raise TemplateError(f"the schema is no JSON: {error}", hint=hint) from error
    return check_schema(schema)


def check_schema(schema: Mapping[str, Any]) -> Schema:
    """The schema in a plain form that never allows more than the schema does.

    What it leaves open is settled: `additionalProperties` is false everywhere, `tags` is required
    and holds 1 to 10 strings, a nullable `anyOf` becomes a list of types. A form that was given out
    comes back unchanged.

    Raises:
        TemplateError: it is not within the subset, or no value can satisfy it.
    """
    if not isinstance(schema, Mapping):
        hint = 'write an object: {"type": "object", "properties": {...}}'
        raise refused("", f"it is {show(schema)}, not an object", hint=hint)
    plain = _plain(schema, "", iter(range(MAX_BYTES)))
    _check_plain(plain)
    form = plain_form(plain)
    _check_plain(form)
    return form


def problems_of(value: Any, schema: Schema) -> tuple[str, ...]:
    """What is wrong with a value; empty where it is valid.

    Each problem is one sentence, beginning with the JSON pointer of its place; 20 at most.

    Raises:
        TemplateError: the schema is none.
    """
    faults = [f"{_place(where)}: {reason}" for where, reason in json_text.faults(value)]
    if faults:
        return tuple(faults[:MAX_PROBLEMS])
    validator = _validator(_canonical(schema))
    if validator.is_valid(value):
        return ()
    found = _errors(validator, value)
    sentences = (sentence for error in found for sentence in _sentences(error, value))
    return tuple(dict.fromkeys(islice(sentences, MAX_PROBLEMS)))


def is_valid(value: Any, schema: Schema) -> bool:
    """Whether `problems_of` would find none; quicker.

    Raises:
        TemplateError: the schema is none.
    """
    if any(True for _ in json_text.faults(value)):
        return False
    return _validator(_canonical(schema)).is_valid(value)


def _canonical(schema: Schema) -> str:
    return json.dumps(schema, sort_keys=True, default=_as_json)


@lru_cache(maxsize=64)
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    try:
        return jsonschema_rs.Draft202012Validator(
            json.loads(schema), mask="it", validate_formats=False, offline=True
        )
    except ValueError as error:
        raise TemplateError(
            f"the schema cannot be used: {json_text.shorten(str(error), 200)}",
            hint="see that it is a JSON Schema of draft 2020-12",
        ) from error


def _errors(
    validator: jsonschema_rs.Draft202012Validator, value: Any
) -> Iterator[jsonschema_rs.ValidationError]:
    """The library finds all problems before it gives the first, which a large value makes slow."""
    if _has_many_nodes(value):
        try:
            validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            yield error
    else:
        yield from validator.iter_errors(value)


def _sentences(error: jsonschema_rs.ValidationError, value: Any) -> Iterator[str]:
    where, node = "", value
    for step in error.instance_path:
        where, node = join(where, step), node[step]
    kind, facts = error.kind.name, error.kind.as_dict()
    if kind == "required":
        yield f"{_place(join(where, facts['property']))}: is missing, and required"
    elif kind == "additionalProperties":
        yield from (
            f"{_place(join(where, name))}: is no property of the schema"
            for name in facts["unexpected"]
        )
    elif kind == "anyOf":
        for branch in facts["context"]:
            if not _is_null_only(branch):
                yield from (sentence for inner in branch for sentence in _sentences(inner, value))
    else:
        yield f"{_place(where)}: {_reason(kind, facts, node, error.message)}"


def _place(pointer: str) -> str:
    return json_text.shorten(pointer, 200) or "the whole"


def _is_null_only(branch: list[jsonschema_rs.ValidationError]) -> bool:
    return any(
        one.kind.name == "type" and one.kind.as_dict()["types"] == ["null"] for one in branch
    )


def _reason(kind: str, facts: Mapping[str, Any], node: Any, message: str) -> str:
    if kind == "type":
        return f"is {show(node)}, and must be of type {' or '.join(sorted(facts['types']))}"
    if kind in ("enum", "const"):
        options = facts.get("options", [facts.get("expected_value")])
        listed = json_text.shorten(", ".join(show(option) for option in options), 200)
        return f"is {show(node)}, and must be {'one of ' if kind == 'enum' else ''}{listed}"
    if kind in ("minItems", "maxItems", "minLength", "maxLength"):
        unit = "items" if kind.endswith("Items") else "characters"
        bound = "at least" if kind.startswith("min") else "at most"
        return f"has {len(node)} {unit}, and must have {bound} {facts['limit']}"
    if kind == "uniqueItems":
        return "has the same item twice"
    return f"is {show(node)}: {json_text.shorten(message, 200)}"


def _has_many_nodes(value: Any) -> bool:
    waiting, count = [value], 0
    while waiting and count + len(waiting) <= _MANY_NODES:
        node = waiting.pop()
        count += 1
        waiting += (
            node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        )
    return bool(waiting)


def _plain(node: Any, where: str, budget: Iterator[int]) -> Any:
    """A copy of a schema in JSON's own types, of at most as many nodes as the budget."""
    if next(budget, None) is None:
        raise _too_large()
    if where.count("/") > MAX_NESTING:
        raise refused(where, f"it is nested more than {MAX_NESTING} levels deep")
    if isinstance(node, Mapping):
        for key in node:
            if not isinstance(key, str):
                raise refused(where, f"the key {show(key)} is no text", hint="quote it")
        return {key: _plain(inner, join(where, key), budget) for key, inner in node.items()}
    if isinstance(node, list | tuple):
        return [_plain(inner, join(where, place), budget) for place, inner in enumerate(node)]
    if isinstance(node, int) and abs(node) > MAX_NUMBER:
        raise refused(where, f"{show(node)} is too large a number", hint="stay below 2**64")
    return node


def _check_plain(schema: Any) -> None:
    for where, reason in json_text.faults(schema):
        raise refused(where, f"it {reason}", hint="write nothing but JSON")
    if len(json.dumps(schema, ensure_ascii=False).encode()) > MAX_BYTES:
        raise _too_large()


def _too_large() -> TemplateError:
    return TemplateError(
        f"the schema is larger than {MAX_BYTES} bytes",
        hint="shorten its descriptions, or leave properties out",
    )


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value)
