"""Bounds and choices in a schema: that they are numbers, and that some value keeps them all."""

import unicodedata
from fractions import Fraction
from math import ceil, floor
from typing import Any

from hansard.models.llm.answering.json_text import join, show
from hansard.models.llm.shapes import words
from hansard.models.llm.shapes.words import refused

MAX_CHOICES = 200
MAX_ITEMS = 1_000
MAX_LENGTH = 1_000_000

_BOUNDS_HINT = "write bounds that some value keeps"
_Kinds = tuple[str, ...]


def checked(schema: dict[str, Any], kinds: _Kinds, where: str) -> dict[str, Any]:
    """What of a schema bounds and lists its values, without what its type has no use for.

    Raises:
        TemplateError: a bound is no bound, or no value can keep all of them.
    """
    bounds = _lengths(schema, words.ITEM_COUNTS, MAX_ITEMS, where)
    bounds |= _lengths(schema, words.LENGTHS, MAX_LENGTH, where)
    bounds |= _range(schema, kinds, where)
    if _flag(schema.get("uniqueItems", False), join(where, "uniqueItems")):
        bounds["uniqueItems"] = True
    if "format" in schema:
        bounds["format"] = _format(schema["format"], join(where, "format"))
    choices = _choices(schema, kinds, bounds, where)
    useful = {word for kind in kinds for word in words.OF_TYPE.get(kind, ())}
    return {word: bound for word, bound in bounds.items() if word in useful} | choices


def kinds_of_choices(schema: dict[str, Any], where: str) -> _Kinds:
    """The types of what `enum` or `const` list, where it is one, and perhaps null."""
    listed = _listed(schema, where)
    kinds = {_kind(value) for value in listed}
    others = sorted(kinds - {"null"})
    if len(others) > 1:
        return ()
    return (*others, "null") if "null" in kinds else tuple(others)


def with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A checked schema that allows null as well."""
    result = dict(schema)
    if "const" in result:
        result["enum"] = [result.pop("const")]
    if "enum" in result and None not in result["enum"]:
        result["enum"] = [*result["enum"], None]
    if isinstance(result.get("type"), str) and result["type"] != "null":
        result["type"] = [result["type"], "null"]
    return result


def check_enough(schema: dict[str, Any], items: dict[str, Any], where: str) -> None:
    """See that an array without repetitions can be as long as it must.

    Raises:
        TemplateError: its items have fewer values than it needs.
    """
    if schema.get("uniqueItems") is not True:
        return
    different = len(items["enum"]) if "enum" in items else 1 if "const" in items else None
    if different is None and items.get("type") == "boolean":
        different = 2
    if different is not None and schema.get("minItems", 0) > different:
        least = schema["minItems"]
        why = f"{least} different items are asked for, and there are {different}"
        raise refused(join(where, "minItems"), why, hint=_BOUNDS_HINT)


def _lengths(
    schema: dict[str, Any], pair: tuple[str, str], most: int, where: str
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for word in pair:
        if word in schema:
            length = schema[word]
            if not _is_number(length) or length != int(length) or not 0 <= length <= most:
                why = f"it is {show(length)}, not a whole number from 0 to {most}"
                raise refused(join(where, word), why)
            result[word] = int(length)
    least, longest = (result.get(word) for word in pair)
    if least is not None and longest is not None and least > longest:
        why = f"{pair[0]} is {least} and {pair[1]} is {longest}, which nothing can satisfy"
        raise refused(join(where, pair[0]), why, hint=_BOUNDS_HINT)
    return result


def _range(schema: dict[str, Any], kinds: _Kinds, where: str) -> dict[str, Any]:
    result = {word: schema[word] for word in words.RANGE if word in schema}
    for word, bound in result.items():
        place = join(where, word)
        if isinstance(bound, bool):
            hint = f'write the number itself, such as "{word}": 0; true was draft 4\'s way'
            raise refused(place, f"it is {show(bound)}, not a number", hint=hint)
        if not _is_number(bound):
            raise refused(place, f"it is {show(bound)}, not a number")
        if word == "multipleOf" and bound <= 0:
            raise refused(place, f"it is {show(bound)}, not a number above 0")
    if not _some_number(result, whole="integer" in kinds):
        bounds = ", ".join(f"{word} {show(bound)}" for word, bound in result.items())
        raise refused(where, f"no number can satisfy {bounds}", hint=_BOUNDS_HINT)
    return result


def _some_number(bounds: dict[str, Any], *, whole: bool) -> bool:
    exact = {word: Fraction(str(bound)) for word, bound in bounds.items()}
    low, low_open = _tighter(exact, "minimum", "exclusiveMinimum", 1)
    high, high_open = _tighter(exact, "maximum", "exclusiveMaximum", -1)
    if low is None or high is None:
        return True
    step = exact.get("multipleOf")
    if whole:
        step = Fraction(step.numerator if step is not None else 1)
    if step is None:
        return low < high or (low == high and not (low_open or high_open))
    first = floor(low / step) + 1 if low_open else ceil(low / step)
    last = ceil(high / step) - 1 if high_open else floor(high / step)
    return first <= last


def _tighter(
    exact: dict[str, Fraction], closed: str, opened: str, sign: int
) -> tuple[Fraction | None, bool]:
    """The narrower of two bounds of one side, and whether it is excluded itself."""
    inside, outside = exact.get(closed), exact.get(opened)
    if outside is None or (inside is not None and (inside - outside) * sign > 0):
        return inside, False
    return outside, True


def _choices(
    schema: dict[str, Any], kinds: _Kinds, bounds: dict[str, Any], where: str
) -> dict[str, Any]:
    for value in _listed(schema, where):
        if kinds and not any(_is_of(value, kind) for kind in kinds):
            why = f"{show(value)} is listed, and the type is {' or '.join(kinds)}"
            raise refused(where, why)
        if not _within(value, bounds):
            raise refused(where, f"{show(value)} is listed, and outside of the bounds")
    if "const" in schema and "enum" in schema and not _among(schema["const"], schema["enum"]):
        raise refused(join(where, "const"), f"{show(schema['const'])} is not in the enum")
    return {word: schema[word] for word in ("enum", "const") if word in schema}


def _listed(schema: dict[str, Any], where: str) -> list[Any]:
    """The values of `enum` and `const`, each fit to be one."""
    enum = schema.get("enum", [])
    place = join(where, "enum")
    if "enum" in schema and (not isinstance(enum, list) or not 0 < len(enum) <= MAX_CHOICES):
        raise refused(place, f"it is {show(enum)}, not an array of 1 to {MAX_CHOICES}")
    listed = [*enum, *([schema["const"]] if "const" in schema else [])]
    for value in listed:
        if isinstance(value, dict | list) or not _is_clean(value):
            hint = "list texts without control characters, numbers, true, false or null"
            raise refused(where, f"{show(value)} cannot be listed as a value", hint=hint)
    if any(_among(value, enum[:number]) for number, value in enumerate(enum)):
        raise refused(place, "it lists a value twice")
    return listed


def _among(value: Any, others: list[Any]) -> bool:
    return any(isinstance(value, bool) == isinstance(one, bool) and value == one for one in others)


def _within(value: Any, bounds: dict[str, Any]) -> bool:
    if isinstance(value, str):
        least, most = bounds.get("minLength", 0), bounds.get("maxLength", MAX_LENGTH)
        return bool(least <= len(value) <= most)
    if _is_number(value):
        limits = {word: bounds[word] for word in words.RANGE if word in bounds}
        return _keeps(Fraction(str(value)), {k: Fraction(str(v)) for k, v in limits.items()})
    return True


def _keeps(value: Fraction, exact: dict[str, Fraction]) -> bool:
    return (
        ("minimum" not in exact or value >= exact["minimum"])
        and ("maximum" not in exact or value <= exact["maximum"])
        and ("exclusiveMinimum" not in exact or value > exact["exclusiveMinimum"])
        and ("exclusiveMaximum" not in exact or value < exact["exclusiveMaximum"])
        and ("multipleOf" not in exact or (value / exact["multipleOf"]).denominator == 1)
    )


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    return "integer" if value == int(value) else "number"


def _is_of(value: Any, kind: str) -> bool:
    actual = _kind(value)
    return actual == kind or (actual, kind) == ("integer", "number")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_clean(value: Any) -> bool:
    return not isinstance(value, str) or all(
        letter in "\t\n\r" or unicodedata.category(letter) != "Cc" for letter in value
    )


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise refused(where, f"it is {show(value)}, not true or false")
    return value


def _format(value: Any, where: str) -> str:
    if not isinstance(value, str) or value not in words.FORMATS:
        hint = f"accepted, as notes, are {', '.join(words.FORMATS)}"
        raise refused(where, f"the format {show(value)} is not accepted", hint=hint)
    return value
