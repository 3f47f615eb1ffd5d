"""How large a schema may be, and how it is read."""

import json
from typing import Any

import pytest

from hansard.errors import TemplateError
from hansard.models.llm.shapes.schemas import MAX_BYTES, check_schema, load_schema

TAGS = {"type": "array", "items": {"type": "string"}}


def with_property(inner: Any, **more: Any) -> dict[str, Any]:
    """A schema with one property beside its tags."""
    return {"type": "object", "properties": {"tags": TAGS, "x": inner}, "required": ["tags"]} | more


def refusal(schema: Any) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        check_schema(schema)
    return caught.value


def nested(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "string"}
    for _ in range(levels - 2):
        inner = {"type": "object", "properties": {"y": inner}}
    return with_property(inner)


def test_six_schemas_may_lie_within_each_other() -> None:
    """The seventh is refused, at its place."""
    assert check_schema(nested(6))
    assert "/properties/x/properties/y" in str(refusal(nested(7)))


def test_a_hundred_properties_are_allowed_altogether() -> None:
    """Counted through all levels."""
    many = {f"p{number}": {"type": "null"} for number in range(49)}
    inner = {"type": "object", "properties": many}
    assert check_schema(with_property(inner, properties={"tags": TAGS, "a": inner, **many}))
    error = refusal(with_property(inner, properties={"tags": TAGS, "a": inner, "b": TAGS, **many}))
    assert "101 properties" in str(error)


def test_a_schema_is_no_larger_than_32_kilobytes() -> None:
    """Neither as text, nor as an object, nor in its plain form."""
    text = json.dumps(with_property({"type": "string", "description": "ä" * 16_000}))
    assert load_schema(json.dumps(json.loads(text), ensure_ascii=False))
    for schema in (
        with_property({"type": "string", "description": "ä" * 17_000}),
        with_property({"type": "string", "examples": [[]] * MAX_BYTES}),
    ):
        assert "larger" in str(refusal(schema))
        with pytest.raises(TemplateError, match="larger"):
            load_schema(json.dumps(schema))


def test_a_schema_that_holds_itself_is_refused() -> None:
    """Also where it branches on its way down."""
    inner: dict[str, Any] = {"type": "array"}
    inner["items"] = inner
    assert "nested" in str(refusal(with_property(inner)))
    inner["default"] = [inner] * 5
    assert refusal(with_property(inner))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '"text"',
        "{} {}",
        '{"type": "object", "type": "object"}',
        '{"type": NaN}',
        '{"maximum": 1e999}',
        '{"maximum": ' + "9" * 5000 + "}",
        "[" * 20_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        '{"properties": {"tags": {"title": "\\ud800"}}}',
        "{'type': 'object'}",
        '{"title": "line\nbreak"}',
        "\ud800",
    ],
)
def test_texts_that_are_no_schema_are_refused(text: str) -> None:
    """Deep, doubled, endless or half: always a TemplateError of one printable line."""
    with pytest.raises(TemplateError) as caught:
        load_schema(text)
    assert str(caught.value).isprintable()


def test_a_schema_is_read_from_its_text() -> None:
    """A byte order mark in front of it does no harm."""
    text = "\ufeff" + json.dumps(with_property({"type": "string"}))
    assert load_schema(text) == check_schema(with_property({"type": "string"}))
