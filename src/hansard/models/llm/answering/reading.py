"""From what a model wrote to an object that keeps its schema, or to what is wrong with it.

A model that nothing holds to a schema wraps its JSON into prose, fences or other objects, adds
keys, or leaves quotes open. What is meant is taken where there is no doubt about it; nothing is
made up, shortened or turned into another type: for that the model is asked again.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hansard.models.llm.answering import json_text
from hansard.models.llm.answering.json_repairs import repaired
from hansard.models.llm.protocol import Schema
from hansard.models.llm.shapes.schemas import is_valid, problems_of

MAX_LENGTH = 2_000_000
"""Characters of an answer; a longer one is not read."""
MAX_OBJECTS = 20
"""Objects in an answer that are looked at."""

MAX_WRAPPERS = 2
"""Objects or arrays around the one that is meant."""

CUT = "the answer was cut before its end"


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of an answer."""

    value: Any = None
    """Valid, where `valid`."""
    valid: bool = False
    problems: tuple[str, ...] = ()
    """What is wrong; of a valid value, what is missing at its end."""
    cut: bool = False


def read_answer(text: str, schema: Schema, *, finished: bool = True, last: bool = False) -> Reading:
    """Find the object in an answer that keeps the schema.

    In this order: the whole text, what stands between fences, the first object in prose, each also
    within one other object around it; then what can be repaired. Keys that the schema does not
    know, and nulls where an optional property may not be null, go if all else is valid. Control
    characters become spaces, halves of characters U+FFFD.

    An answer that was cut is closed only if it is the `last` that will be had; `problems` say so.
    """
    if len(text) > MAX_LENGTH:
        return Reading(problems=(f"the answer has {len(text)} characters, which is too long",))
    found = _search(text)
    for value in found.values:
        fitting = _fit(value, schema)
        if fitting is not None:
            return Reading(fitting, valid=True)
    cut = _is_cut(found, finished=finished)
    mended = _mend(found, cut=cut, last=last)
    for value in mended:
        fitting = _fit(value, schema)
        if fitting is not None:
            return Reading(fitting, valid=True, problems=(CUT,) if cut else (), cut=cut)
    problems = _problems([*found.values, *mended], found, schema)
    return Reading(problems=(CUT, *problems) if cut else problems, cut=cut)


def clean_text(text: str) -> str:
    """With spaces for control characters, and U+FFFD for halves of characters."""
    if text.isprintable():
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return "".join(
        " " if unicodedata.category(letter) == "Cc" and letter not in "\t\n\r" else letter
        for letter in whole
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What an answer holds, read strictly."""

    values: list[Any] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    """What looks like an object and is no JSON, and why not."""
    refusals: list[str] = field(default_factory=list)
    """Why something in it cannot be used."""
    rests: list[str] = field(default_factory=list)
    """What begins like an object, and does not end."""


def _search(text: str) -> _Found:
    """Blocks between fences come before the prose around them."""
    blocks = [block for block in json_text.fenced(text) if "{" in block][:MAX_OBJECTS]
    begins = text.lstrip("\ufeff \t\r\n").startswith("{")
    found = _Found()
    for piece in [text, *blocks] if begins else [*blocks, text]:
        if _read_into(found, piece) is not None:
            inner = json_text.find_objects(piece)
            for one in inner.objects[:MAX_OBJECTS]:
                error = _read_into(found, one)
                if error is not None and error.broken:
                    found.broken[one] = str(error)
            found.rests.extend([inner.rest] if inner.rest else [])
    return found


def _read_into(found: _Found, piece: str) -> json_text.NotJsonError | None:
    try:
        found.values.append(json_text.parse(piece, strict=False))
    except json_text.NotJsonError as error:
        if not error.broken:
            found.refusals.append(str(error))
        return error
    return None


def _is_cut(found: _Found, *, finished: bool) -> bool:
    if not found.rests:
        return not finished and not found.values
    rest = found.rests[0]
    complete = rest.rstrip("` \t\r\n").endswith("}") and rest.count("{") == rest.count("}")
    return not (finished and complete)


def _mend(found: _Found, *, cut: bool, last: bool) -> list[Any]:
    values = [value for text in found.broken for value in repaired(text, cut=False)]
    if found.rests and (last or not cut):
        values += repaired(found.rests[0], cut=cut)
    return values


def _problems(values: Iterable[Any], found: _Found, schema: Schema) -> tuple[str, ...]:
    known = schema.get("properties", {})
    objects = [value for value in values if isinstance(value, dict)]
    if objects:
        nearest = max(objects, key=lambda value: len(value.keys() & known.keys()))
        return problems_of(_clean(nearest), schema)
    if found.refusals or found.broken:
        why = [*found.refusals, *found.broken.values()][0]
        return (f"the answer is no JSON that can be used: {why}",)
    if found.rests:
        return ("the JSON object in the answer is never closed",)
    if found.values:
        return (f"the answer is {json_text.show(found.values[0])}, not a JSON object",)
    return ("there is no JSON object in the answer",)


def _fit(value: Any, schema: Schema, depth: int = 0) -> dict[str, Any] | None:
    """The one object in a value that keeps the schema, if there is exactly one."""
    value = _unquoted(value)
    if isinstance(value, dict):
        settled = _settled(value, schema)
        if settled is not None:
            return settled
    if depth == MAX_WRAPPERS:
        return None
    inner = (_fit(one, schema, depth + 1) for one in _within(value, schema))
    fitting = [one for one in inner if one is not None]
    return fitting[0] if len(fitting) == 1 else None


def _unquoted(value: Any) -> Any:
    """What a text says that is JSON itself."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return json_text.parse(value, strict=False)
        except json_text.NotJsonError:
            return value
    return value


def _within(value: Any, schema: Schema) -> list[Any]:
    """What may be an object with something around it.

    An object is no wrapper where it has properties of the schema itself, unless it has one alone.
    """
    if isinstance(value, list):
        return value[:MAX_OBJECTS]
    if isinstance(value, dict):
        known = schema.get("properties", {})
        if len(value) == 1 or not value.keys() & known.keys():
            return list(value.values())[:MAX_OBJECTS]
    return []


def _settled(value: dict[str, Any], schema: Schema) -> dict[str, Any] | None:
    clean: dict[str, Any] = _clean(value)
    if is_valid(clean, schema):
        return clean
    tidy: dict[str, Any] = _tidy(clean, schema)
    return tidy if is_valid(tidy, schema) else None


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {clean_text(key): _clean(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    return clean_text(value) if isinstance(value, str) else value


def _tidy(value: Any, schema: Any) -> Any:
    """Without the keys and the nulls that the schema has no place for."""
    schema = _not_null(schema)
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [_tidy(item, schema["items"]) for item in value]
    properties = schema.get("properties")
    if not isinstance(value, dict) or not isinstance(properties, Mapping):
        return value
    closed = schema.get("additionalProperties") is False
    required = schema.get("required", ())
    return {
        key: _tidy(inner, properties.get(key, {}))
        for key, inner in value.items()
        if (key in properties or not closed)
        and (inner is not None or key in required or _may_be_null(properties.get(key, {})))
    }


def _not_null(schema: Any) -> Mapping[str, Any]:
    """Of a schema or null, the schema."""
    if not isinstance(schema, Mapping):
        return {}
    others = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    return others[0] if len(others) == 1 else schema


def _may_be_null(schema: Any) -> bool:
    if not isinstance(schema, Mapping) or "anyOf" in schema:
        return True
    kinds = schema.get("type", "null")
    listed = schema.get("enum", [schema["const"]] if "const" in schema else [None])
    return None in listed and "null" in ([kinds] if isinstance(kinds, str) else kinds)
