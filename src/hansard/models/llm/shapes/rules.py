"""The subset of JSON Schema that templates are written in: what is accepted, in one plain form.

A schema comes from a user, and goes to servers and grammar compilers that fall over odd ones; so
what is not known to be harmless is refused. The plain form never allows more than the schema did:
what is valid against it is valid against what the user wrote.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from hansard.models.llm.answering.json_text import join, show
from hansard.models.llm.shapes import limits as schema_limits
from hansard.models.llm.shapes import words
from hansard.models.llm.shapes.words import refused

MAX_DEPTH = 6
"""Schemas within schemas; the object at the top is the first."""
MAX_PROPERTIES = 100
MAX_TAGS = 10

_TAGS = "tags"
_KEY_LENGTH = 100


def plain_form(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a summary in its plain form; it must be plain JSON already.

    Raises:
        TemplateError: it is not within the subset, no value can satisfy it, or it has no `tags`.
    """
    rest = dict(schema)
    top = _top_words(rest)
    checked = _node(rest, "", 1)
    if checked.get("type") != "object":
        raise refused("/type", "a summary is an object", hint='write "type": "object" at the top')
    count = _count_properties(checked)
    if count > MAX_PROPERTIES:
        raise refused("", f"it has {count} properties, {MAX_PROPERTIES} are allowed")
    return top | _with_tags(checked)


def _top_words(schema: dict[str, Any]) -> dict[str, Any]:
    """Take out what may stand at the top only. `$id` is a note: nothing is ever fetched."""
    name = schema.pop("$id", "")
    if not isinstance(name, str) or not name.isprintable():
        raise refused("/$id", f"it is {show(name)}, not a text", hint=words.HINTS["$id"])
    if "$schema" not in schema:
        return {}
    dialect = schema.pop("$schema")
    if not isinstance(dialect, str) or not re.fullmatch(words.DIALECTS, dialect):
        raise refused(
            "/$schema",
            f"the dialect {show(dialect, 100)} is not known",
            hint=f"write it in {words.DIALECT}; also accepted: 2019-09, draft-07, draft-06",
        )
    return {"$schema": words.DIALECT}


def _node(schema: Any, where: str, depth: int) -> dict[str, Any]:
    if not isinstance(schema, dict):
        hint = words.ALL_ITEMS_HINT if isinstance(schema, list) else "write an object"
        raise refused(where, f"it is {show(schema)}, not a schema", hint=hint)
    if depth > MAX_DEPTH:
        raise refused(where, f"schemas are nested more than {MAX_DEPTH} deep")
    for word in schema:
        _check_word(word, schema[word], where)
    if "anyOf" in schema:
        return _nullable(schema, where, depth)
    kinds = _kinds(schema, where)
    result = {word: schema[word] for word in words.NOTES if word in schema}
    result |= schema_limits.checked(schema, kinds, where)
    _check_nesting(schema, kinds, where)
    if "object" in kinds:
        result |= _object(schema, where, depth)
    if "array" in kinds:
        result |= _array(schema, where, depth)
    return ({"type": kinds[0] if len(kinds) == 1 else list(kinds)} if kinds else {}) | result


def _check_word(word: str, value: Any, where: str) -> None:
    place = join(where, word)
    if word not in words.ALLOWED:
        hint = words.HINTS.get(word) or f"accepted are: {', '.join(sorted(words.ALLOWED))}"
        raise refused(place, f"the word {show(word)} (of {show(value)}) is not accepted", hint=hint)
    if word in ("title", "description", "$comment") and not isinstance(value, str):
        raise refused(place, f"it is {show(value)}, not a text")
    if word == "examples" and not isinstance(value, list):
        raise refused(place, f"it is {show(value)}, not an array")


def _check_nesting(schema: dict[str, Any], kinds: tuple[str, ...], where: str) -> None:
    """See that nothing is said of properties or items where there are none."""
    useful = {word for kind in kinds for word in words.OF_TYPE.get(kind, ())}
    for word in words.NESTING:
        if word in schema and word not in useful:
            hint = words.REQUIRED_HINT if word == "required" else "leave it out, or mend the type"
            why = f"it is {show(schema[word])}, and the type is {' or '.join(kinds)}"
            raise refused(join(where, word), why, hint=hint)


def _kinds(schema: dict[str, Any], where: str) -> tuple[str, ...]:
    """The type, and perhaps null; nothing where `enum` or `const` mix types."""
    if "type" not in schema:
        return _guessed_kinds(schema, where)
    place = join(where, "type")
    named = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    for kind in named:
        if kind not in words.TYPES:
            hint = f"one of {', '.join(words.TYPES)}"
            raise refused(place, f"{show(kind)} is no type", hint=hint)
    kinds = [kind for kind in named if kind != "null"]
    if not named or len(kinds) > 1 or len(named) != len(set(named)):
        raise refused(place, "it must name one type, and perhaps null", hint=words.NULLABLE_HINT)
    return (*kinds, "null") if "null" in named else tuple(kinds)


def _guessed_kinds(schema: dict[str, Any], where: str) -> tuple[str, ...]:
    if "properties" in schema:
        return ("object",)
    if "items" in schema:
        return ("array",)
    if "enum" not in schema and "const" not in schema:
        raise refused(where, "it does not say its type", hint='write for example "type": "string"')
    return schema_limits.kinds_of_choices(schema, where)


def _nullable(schema: dict[str, Any], where: str, depth: int) -> dict[str, Any]:
    """Of `anyOf` with a schema and null, that schema with null."""
    place = join(where, "anyOf")
    choices = schema["anyOf"]
    others = set(schema) - {"anyOf", *words.NOTES}
    if others or not isinstance(choices, list) or len(choices) != 2:
        why = f"it stands for {show(choices)}, not for a schema and null alone"
        raise refused(place, why, hint=words.ONE_KIND_HINT)
    checked = [_node(choice, join(place, number), depth) for number, choice in enumerate(choices)]
    nulls = [choice.get("type") == "null" for choice in checked]
    if not any(nulls):
        why = 'neither of its two schemas is {"type": "null"}'
        raise refused(place, why, hint=words.ONE_KIND_HINT)
    notes = {word: schema[word] for word in words.NOTES if word in schema}
    return schema_limits.with_null(checked[0 if nulls[1] else 1]) | notes


def _object(schema: dict[str, Any], where: str, depth: int) -> dict[str, Any]:
    properties = schema.get("properties")
    place = join(where, "properties")
    if not isinstance(properties, dict):
        why = "an object must name its properties"
        raise refused(place if "properties" in schema else where, why, hint=words.BY_NAME_HINT)
    if schema.get("additionalProperties", False) is not False:
        why = f"it is {show(schema['additionalProperties'])}, and may only be false"
        raise refused(join(where, "additionalProperties"), why, hint=words.BY_NAME_HINT)
    for name in properties:
        _check_name(name, place)
    return {
        "properties": {
            name: _node(inner, join(place, name), depth + 1) for name, inner in properties.items()
        },
        "required": _required(schema, where),
        "additionalProperties": False,
    }


def _check_name(name: str, where: str) -> None:
    if not name.strip() or not name.isprintable() or len(name) > _KEY_LENGTH or name == "__proto__":
        why = f"{show(name)} is no name for a property"
        raise refused(where, why, hint=f"a name has 1 to {_KEY_LENGTH} printable characters")


def _required(schema: dict[str, Any], where: str) -> list[str]:
    place = join(where, "required")
    named = schema.get("required", [])
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        why = f"it is {show(named)}, not an array of names"
        raise refused(place, why, hint=words.REQUIRED_HINT)
    for name in named:
        if name not in schema["properties"]:
            hint = "name it in `properties` as well"
            raise refused(place, f"{show(name)} is required and not there", hint=hint)
    if len(set(named)) != len(named):
        raise refused(place, "it names a property twice", hint="name each once")
    return cast("list[str]", named)


def _array(schema: dict[str, Any], where: str, depth: int) -> dict[str, Any]:
    if "items" not in schema:
        why = "an array must say what its items are"
        raise refused(where, why, hint='write for example "items": {"type": "string"}')
    items = _node(schema["items"], join(where, "items"), depth + 1)
    schema_limits.check_enough(schema, items, where)
    return {"items": items}


def _count_properties(schema: dict[str, Any]) -> int:
    inner = list(schema.get("properties", {}).values())
    inner += [schema["items"]] if "items" in schema else []
    return len(schema.get("properties", {})) + sum(_count_properties(node) for node in inner)


def _with_tags(schema: dict[str, Any]) -> dict[str, Any]:
    """With its tags required and counted: one to ten texts."""
    where = f"/properties/{_TAGS}"
    tags = schema["properties"].get(_TAGS)
    hint = f'add "{_TAGS}": {{"type": "array", "items": {{"type": "string"}}}} to `properties`'
    if tags is None:
        raise refused(
            "/properties", f"every summary has {_TAGS}, and this schema has none", hint=hint
        )
    if tags.get("type") != "array" or tags["items"].get("type") != "string":
        raise refused(where, f"{_TAGS} must be an array of strings", hint=hint)
    least, most = tags.get("minItems", 1), tags.get("maxItems", MAX_TAGS)
    if not 1 <= least <= most <= MAX_TAGS:
        why = f"it asks for {least} to {most} {_TAGS}"
        raise refused(where, why, hint=f"ask for 1 to {MAX_TAGS}, or less")
    counted = tags | {"minItems": least, "maxItems": most}
    required = schema["required"] if _TAGS in schema["required"] else [*schema["required"], _TAGS]
    return schema | {
        "properties": schema["properties"] | {_TAGS: counted},
        "required": required,
    }
