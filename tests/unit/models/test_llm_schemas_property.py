"""Any JSON is either a schema in its plain form or refused, and the plain form can be kept."""

import json
from collections.abc import Callable
from string import ascii_lowercase
from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hansard.errors import TemplateError
from hansard.models.llm.shapes import words as schema_words
from hansard.models.llm.shapes.schemas import check_schema, load_schema, problems_of

WORDS = [*sorted(schema_words.ALLOWED), *sorted(schema_words.HINTS), "tags", "x"]
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([*schema_words.TYPES, *schema_words.FORMATS, schema_words.DIALECT])
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=25,
)
TAGS = {"type": "array", "items": {"type": "string"}}
near_schemas = st.builds(
    lambda inner, top: (
        {"type": "object", "properties": {"tags": TAGS, "x": inner}, "required": ["tags"]} | top
    ),
    anything,
    st.dictionaries(st.sampled_from(WORDS), anything, max_size=1),
)

counts = st.integers(0, 6)
numbers = st.integers(-20, 20) | st.floats(-20, 20).map(lambda number: round(number, 2))
names = st.text(ascii_lowercase, min_size=1, max_size=4)


def some_of(**words: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of these words, or none."""
    return st.fixed_dictionaries({}, optional=words)


def of_type(kind: str, words: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Any]:
    forms = st.sampled_from([kind, [kind, "null"]])
    return st.builds(lambda form, more: {"type": form} | more, forms, words)


leaves = (
    of_type("string", some_of(minLength=counts, maxLength=counts, title=st.text(max_size=3)))
    | of_type(
        "integer",
        some_of(minimum=numbers, maximum=numbers, multipleOf=st.sampled_from([1, 3, 2.5])),
    )
    | of_type(
        "number",
        some_of(
            minimum=numbers,
            exclusiveMinimum=numbers,
            exclusiveMaximum=numbers,
            multipleOf=st.sampled_from([1, 0.5, 0.1]),
        ),
    )
    | of_type("boolean", some_of(description=st.text(max_size=3)))
    | st.builds(
        lambda values: {"enum": values},
        st.lists(st.integers(-3, 3) | names | st.none(), min_size=1, max_size=4),
    )
    | st.builds(lambda value: {"const": value}, st.booleans() | names)
)


def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    arrays = st.builds(
        lambda items, words: {"type": "array", "items": items} | words,
        inner,
        some_of(minItems=counts, maxItems=counts, uniqueItems=st.booleans()),
    )
    objects = st.builds(
        lambda properties, named: {
            "type": "object",
            "properties": properties,
            "required": [name for name in properties if name in named],
        },
        st.dictionaries(names, inner, max_size=3),
        st.sets(names),
    )
    nullable = st.builds(lambda one: {"anyOf": [one, {"type": "null"}]}, inner)
    return arrays | objects | nullable


schemas = st.builds(
    lambda properties: {"type": "object", "properties": {"tags": TAGS} | properties},
    st.dictionaries(names, st.recursive(leaves, larger, max_leaves=4), max_size=3),
)


def an_instance(data: st.DataObject, schema: dict[str, Any]) -> Any:
    """A value made by the plain meaning of a schema in its plain form."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        kinds = schema.get("type", [])
        allowed = [one for one in schema["enum"] if one is not None or not kinds or "null" in kinds]
        return data.draw(st.sampled_from(allowed))
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = data.draw(st.sampled_from(kinds))
    return MAKERS[kind](data, schema)


def a_string(data: st.DataObject, schema: dict[str, Any]) -> str:
    low = schema.get("minLength", 0)
    return data.draw(st.text(min_size=low, max_size=schema.get("maxLength", low + 3)))


def a_number(data: st.DataObject, schema: dict[str, Any]) -> Any:
    """A multiple of a small step that keeps the bounds; they lie within 20 of zero."""
    step = schema.get(
        "multipleOf", 1 if schema["type"] in ("integer", ["integer", "null"]) else 0.01
    )
    steps = range(int(-45 / step), int(45 / step) + 1)
    candidates = [
        number for number in (round(one * step, 2) for one in steps) if keeps(number, schema)
    ]
    assume(candidates)
    return data.draw(st.sampled_from(candidates))


def keeps(number: float, schema: dict[str, Any]) -> bool:
    whole = "integer" in schema["type"]
    return (
        schema.get("minimum", -99) <= number <= schema.get("maximum", 99)
        and schema.get("exclusiveMinimum", -99) < number < schema.get("exclusiveMaximum", 99)
        and (not whole or number == int(number))
    )


def an_array(data: st.DataObject, schema: dict[str, Any]) -> list[Any]:
    low = schema.get("minItems", 0)
    count = data.draw(st.integers(low, schema.get("maxItems", low + 2)))
    items = [an_instance(data, schema["items"]) for _ in range(count)]
    if schema.get("uniqueItems"):
        different = list(
            {json.dumps(item, sort_keys=True).replace(".0", ""): item for item in items}.values()
        )
        assume(len(different) >= low)
        return different
    return items


def an_object(data: st.DataObject, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        name: an_instance(data, inner)
        for name, inner in schema["properties"].items()
        if name in schema["required"] or data.draw(st.booleans())
    }


MAKERS: dict[str, Any] = {
    "object": an_object,
    "array": an_array,
    "string": a_string,
    "integer": a_number,
    "number": a_number,
    "boolean": lambda data, _: data.draw(st.booleans()),
    "null": lambda *_: None,
}  # fmt: skip


def outcome(check: Callable[[Any], Any], schema: Any) -> tuple[Any, str]:
    """The plain form, or none and why not."""
    try:
        return check(schema), ""
    except TemplateError as error:
        return None, str(error)


def settles(schema: Any) -> bool:
    """Whether it is accepted; if so, its plain form is one, and a validator can be made of it."""
    form, refusal = outcome(check_schema, schema)
    if form is None:
        assert refusal.isprintable()
        return False
    assert check_schema(form) == form
    assert load_schema(json.dumps(form, ensure_ascii=False)) == form
    jsonschema_rs.meta.validate(dict(form))
    jsonschema_rs.Draft202012Validator(dict(form))
    return True


@given(anything | near_schemas)
@settings(max_examples=400, deadline=None)
def test_any_json_is_a_schema_or_refused(value: Any) -> None:
    """Nothing but a TemplateError ever comes, and what was accepted stays as it is."""
    settles(value)


@given(st.text(max_size=80) | (anything | near_schemas).map(json.dumps))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_schema_or_refused(text: str) -> None:
    """Text that is no JSON is refused in the same way."""
    form, refusal = outcome(load_schema, text)
    assert form or refusal.isprintable()


@given(schemas, st.data())
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_a_plain_form_means_is_valid(schema: dict[str, Any], data: st.DataObject) -> None:
    """A value made for the plain form is valid against it, and against what the user wrote."""
    assume(settles(schema))
    value = an_instance(data, dict(check_schema(schema)))
    assert problems_of(value, check_schema(schema)) == ()
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(value)


@given(schemas, st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_plain_form_never_allows_more_than_the_schema(
    schema: dict[str, Any], data: st.DataObject
) -> None:
    """Whatever is valid against the plain form is valid against the schema."""
    assume(settles(schema))
    value = {"tags": ["a"]} | {
        name: data.draw(anything) for name in schema["properties"] if name != "tags"
    }
    if not problems_of(value, check_schema(schema)):
        assert jsonschema_rs.Draft202012Validator(schema).is_valid(value)


@given(schemas, anything)
@settings(max_examples=200, deadline=None)
def test_problems_agree_with_the_library(schema: dict[str, Any], value: Any) -> None:
    """There are problems exactly where another validator of the same schema sees one."""
    if settles(schema):
        form = check_schema(schema)
        problems = problems_of(value, form)
        assert bool(problems) or jsonschema_rs.Draft202012Validator(dict(form)).is_valid(value)
        assert all(problem.isprintable() for problem in problems)
