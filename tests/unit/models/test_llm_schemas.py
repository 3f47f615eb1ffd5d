"""Which schemas are accepted, in which form, and what is said of the others."""

import json
from types import MappingProxyType
from typing import Any

import pytest

from hansard.errors import TemplateError
from hansard.models.llm.shapes.schemas import check_schema

TAGS = {"type": "array", "items": {"type": "string"}}


def with_property(inner: Any, **more: Any) -> dict[str, Any]:
    """A schema with one property beside its tags."""
    return {"type": "object", "properties": {"tags": TAGS, "x": inner}, "required": ["tags"]} | more


def refusal(schema: Any) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        check_schema(schema)
    return caught.value


def checked_property(inner: Any) -> dict[str, Any]:
    return dict(check_schema(with_property(inner))["properties"]["x"])


def test_a_plain_schema_is_settled_where_it_leaves_things_open() -> None:
    """Tags get their bounds and are required, and other properties are forbidden everywhere."""
    schema = {
        "type": "object",
        "properties": {
            "tags": TAGS,
            "points": {"items": {"properties": {"text": {"type": "string"}}}},
        },
    }
    assert check_schema(schema) == {
        "type": "object",
        "properties": {
            "tags": TAGS | {"minItems": 1, "maxItems": 10},
            "points": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"text": {"type": "string"}},
                    "required": [],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["tags"],
        "additionalProperties": False,
    }


def test_the_schema_that_was_given_stays_as_it_was() -> None:
    """Checking makes a copy, of mappings and tuples too, down to the last list."""
    schema = MappingProxyType(with_property({"type": "string", "enum": ("a", "b")}))
    before = json.dumps(dict(schema))
    form = check_schema(schema)
    form["properties"]["x"]["enum"].append("c")
    assert json.dumps(dict(schema)) == before


def test_the_order_of_properties_stays() -> None:
    """A model writes properties in the order of the schema, so the author's order is kept."""
    names = ["zeta", "tags", "alpha", "mid"]
    schema = {
        "type": "object",
        "properties": {name: TAGS if name == "tags" else {"type": "string"} for name in names},
    }
    assert list(check_schema(schema)["properties"]) == names


@pytest.mark.parametrize(
    ("inner", "form"),
    [
        (
            {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}], "title": "X"},
            {"type": ["string", "null"], "maxLength": 3, "title": "X"},
        ),
        (
            {"anyOf": [{"type": "null"}, {"const": 3}]},
            {"type": ["integer", "null"], "enum": [3, None]},
        ),
        (
            {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}], "default": None},
            {"type": ["string", "null"], "enum": ["a", None], "default": None},
        ),
        (
            {"type": "array", "items": {"type": "string"}, "uniqueItems": False},
            {"type": "array", "items": {"type": "string"}},
        ),
        ({"type": ["null", "integer"]}, {"type": ["integer", "null"]}),
        ({"type": ["boolean"]}, {"type": "boolean"}),
        ({"type": ["null"]}, {"type": "null"}),
        ({"enum": ["a", "b", None]}, {"type": ["string", "null"], "enum": ["a", "b", None]}),
        ({"enum": ["a", 1, True]}, {"enum": ["a", 1, True]}),
        ({"type": "string", "maxLength": 8.0}, {"type": "string", "maxLength": 8}),
        ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}),
        ({"type": "integer", "maxLength": 3, "minimum": 1}, {"type": "integer", "minimum": 1}),
    ],
)  # fmt: skip
def test_a_property_takes_its_plain_form(inner: Any, form: Any) -> None:
    """Nullable forms become lists of types, and words without a meaning there go."""
    assert checked_property(inner) == form


@pytest.mark.parametrize(
    "dialect",
    [
        "https://json-schema.org/draft/2020-12/schema",
        "https://json-schema.org/draft/2019-09/schema",
        "http://json-schema.org/draft-07/schema#",
        "http://json-schema.org/draft-06/schema",
    ],
)
def test_dialects_since_draft_6_are_accepted(dialect: str) -> None:
    """The subset means the same in all of them, so each is written as the newest."""
    schema = with_property({"type": "string"}, **{"$schema": dialect, "$id": "https://a.example/b"})
    form = check_schema(schema)
    assert form["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "$id" not in form


@pytest.mark.parametrize(
    "dialect",
    [
        "http://json-schema.org/draft-04/schema#",
        "http://json-schema.org/draft-03/schema#",
        "http://json-schema.org/schema#",
        "https://spec.openapis.org/oas/3.1/dialect/base",
        "https://schemas.example/mine",
        7,
        None,
        "",
    ],
)
def test_other_dialects_are_refused_by_name(dialect: Any) -> None:
    """The message names the dialect, and the hint says which are accepted."""
    error = refusal(with_property({"type": "string"}, **{"$schema": dialect}))
    assert "/$schema" in str(error)
    assert str(dialect) in str(error) or dialect is None
    assert "2020-12" in error.hint
    assert "draft-07" in error.hint


@pytest.mark.parametrize(
    ("inner", "place", "hint"),
    [
        ({"type": "string", "required": True}, "/properties/x/required", "draft 3"),
        ({"type": "any"}, "/properties/x/type", "string"),
        ({"type": "integer", "divisibleBy": 2}, "/properties/x/divisibleBy", "multipleOf"),
        ({"type": "string", "nullable": True}, "/properties/x/nullable", '["string", "null"]'),
        ({"type": "number", "minimum": 1, "exclusiveMinimum": True}, "exclusiveMinimum", "draft 4"),
        ({"type": "string", "id": "#x"}, "/properties/x/id", "$id"),
        ({"type": "string", "example": "a"}, "/properties/x/example", "examples"),
        ({"type": "object", "properties": {}, "dependencies": {}}, "dependencies", "draft 7"),
        ({"type": "string", "disallow": "x"}, "/properties/x/disallow", "draft 3"),
    ],
)
def test_signs_of_another_dialect_get_a_hint(inner: Any, place: str, hint: str) -> None:
    """The hint says how the same thing is written today."""
    error = refusal(with_property(inner))
    assert place in str(error)
    assert hint in error.hint


@pytest.mark.parametrize(
    "word",
    """pattern patternProperties $ref $dynamicRef $defs definitions if then else not allOf oneOf
    dependentRequired dependentSchemas propertyNames unevaluatedProperties unevaluatedItems
    contentEncoding contentMediaType prefixItems additionalItems contains minProperties $anchor
    $vocabulary $id $schema x-mine readOnly __proto__""".split(),
)
@pytest.mark.parametrize("value", [{}, "a", [], True])
def test_words_outside_the_subset_are_refused(word: str, value: Any) -> None:
    """Whatever is in them, and the message names the place."""
    error = refusal(with_property({"type": "string", word: value}))
    assert f"/properties/x/{word}" in str(error)
    assert error.hint


def test_definitions_at_the_top_are_refused_even_when_empty() -> None:
    """Nothing may be referred to."""
    assert "/$defs" in str(refusal(with_property({"type": "string"}, **{"$defs": {}})))


@pytest.mark.parametrize(
    "inner",
    [
        True,
        False,
        None,
        "string",
        [],
        {},
        {"description": "anything"},
        {"type": ["string", "integer"]},
        {"type": []},
        {"type": ["string", "string"]},
        {"type": None},
        {"type": {"type": "string"}},
        {"type": "array"},
        {"type": "array", "items": [{"type": "string"}]},
        {"type": "array", "items": True},
        {"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 2},
        {"type": "array", "items": {"type": "string"}, "maxItems": 1001},
        {"type": "array", "items": {"type": "string"}, "maxItems": -1},
        {"type": "array", "items": {"type": "string"}, "maxItems": 1.5},
        {"type": "array", "items": {"type": "string"}, "maxItems": "3"},
        {"type": "array", "items": {"type": "string"}, "maxItems": True},
        {"type": "array", "items": {"type": "string"}, "uniqueItems": 1},
        {"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": True, "minItems": 3},
        {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 3},
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "string", "maxLength": 1_000_001},
        {"type": "string", "format": "regex"},
        {"type": "string", "format": ["date"]},
        {"type": "string", "title": 3},
        {"type": "string", "examples": "a"},
        {"type": "string", "properties": {}},
        {"type": "string", "items": {"$ref": "https://evil.example"}},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "integer", "minimum": 0.2, "maximum": 0.8},
        {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2},
        {"type": "number", "exclusiveMinimum": 1, "maximum": 1},
        {"type": "number", "minimum": 1, "exclusiveMinimum": 2, "maximum": 2},
        {"type": "number", "minimum": 1, "maximum": 2, "multipleOf": 5},
        {"type": "integer", "minimum": 1, "maximum": 2, "multipleOf": 1.5},
        {"type": "number", "multipleOf": 0},
        {"type": "number", "minimum": "1"},
        {"type": "number", "minimum": float("nan")},
        {"type": "number", "maximum": float("inf")},
        {"type": "number", "maximum": 10**5000},
        {"type": "string", "enum": []},
        {"type": "string", "enum": "abc"},
        {"type": "string", "enum": ["a", 1]},
        {"type": "string", "enum": ["a", "a"]},
        {"type": "string", "enum": ["abc"], "maxLength": 2},
        {"type": "integer", "enum": [5], "maximum": 4},
        {"type": "integer", "enum": [1.5]},
        {"type": "integer", "enum": [True]},
        {"enum": [["a"]]},
        {"enum": list(range(201))},
        {"enum": ["a\x00b"]},
        {"const": {"a": 1}},
        {"type": "string", "const": 3},
        {"enum": ["a"], "const": "b"},
        {"type": "object"},
        {"type": "object", "properties": []},
        {"type": "object", "properties": {}, "additionalProperties": True},
        {"type": "object", "properties": {}, "additionalProperties": {"type": "string"}},
        {"type": "object", "properties": {}, "additionalProperties": 0},
        {"type": "object", "properties": {}, "required": ["y"]},
        {"type": "object", "properties": {}, "required": True},
        {"type": "object", "properties": {}, "required": [["y"]]},
        {"type": "object", "properties": {"y": {"type": "null"}}, "required": ["y", "y"]},
        {"anyOf": []},
        {"anyOf": [{"type": "string"}]},
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
        {"anyOf": [{"type": "string"}, {"type": "null"}], "maxLength": 3},
        {"anyOf": {"type": "string"}},
        {"type": "string", "description": "\ud800"},
        {"type": "string", "default": object()},
        {"type": "string", "default": b"a"},
        {"type": "string", 3: 4},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(inner: Any) -> None:
    """With a TemplateError that names the place, whatever was written there."""
    error = refusal(with_property(inner))
    assert "/properties/x" in str(error)
    assert str(error).isprintable()
    assert len(str(error)) < 600


@pytest.mark.parametrize(
    "name", ["", "  ", "a\nb", "\x00", "__proto__", "x" * 101, "a\u202eb", "\ud800"]
)
def test_odd_names_of_properties_are_refused(name: str) -> None:
    """Names go into pointers, prompts, files and browsers."""
    schema = {"type": "object", "properties": {"tags": TAGS, name: {"type": "string"}}}
    assert "/properties" in str(refusal(schema))


@pytest.mark.parametrize("name", ["zusammenfassung_ä", "概要", "a b", "a/b~c", "constructor"])
def test_names_in_any_language_are_accepted(name: str) -> None:
    """Only what cannot be seen or does harm is refused."""
    schema = {"type": "object", "properties": {"tags": TAGS, name: {"type": "string"}}}
    assert name in check_schema(schema)["properties"]


@pytest.mark.parametrize(
    "tags",
    [
        None,
        {"type": "string"},
        {"type": ["array", "null"], "items": {"type": "string"}},
        {"type": "array", "items": {"type": "integer"}},
        {"type": "array", "items": {"type": ["string", "null"]}},
        TAGS | {"minItems": 0},
        TAGS | {"maxItems": 11},
        TAGS | {"minItems": 11},
        TAGS | {"maxItems": 0},
    ],
)
def test_a_schema_without_one_to_ten_tags_is_refused(tags: Any) -> None:
    """Tags are an array of strings, at least one, at most ten."""
    properties = {"x": {"type": "string"}} | ({"tags": tags} if tags else {})
    error = refusal({"type": "object", "properties": properties})
    assert "tags" in str(error)
    assert error.hint


def test_bounds_of_tags_that_are_given_stay() -> None:
    """Only what is missing is added."""
    schema = {"type": "object", "properties": {"tags": TAGS | {"maxItems": 5}}, "required": []}
    tags = check_schema(schema)["properties"]["tags"]
    assert (tags["minItems"], tags["maxItems"]) == (1, 5)


@pytest.mark.parametrize(
    "schema",
    [
        None, 3, "text", [], True, {}, {"type": "array"},
        {"type": ["object", "null"], "properties": {"tags": TAGS}},
    ],
)  # fmt: skip
def test_a_summary_is_an_object(schema: Any) -> None:
    """Anything else at the top is refused."""
    assert "the schema is not accepted at" in str(refusal(schema))
