"""Schemas with an end, and places in a text."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.models.llm.local.bounds import LARGEST_NUMBER, LONGEST_STRING, bounded, sample
from hansard.models.llm.local.distinct import Where
from hansard.models.llm.shapes.schemas import problems_of

TEXT: Mapping[str, Any] = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, {"maxLength": LONGEST_STRING}),
        ({"type": "string", "maxLength": 9}, {"maxLength": 9}),
        ({"type": "string", "minLength": 5000}, {"maxLength": 5000}),
        ({"type": ["string", "null"]}, {"maxLength": LONGEST_STRING}),
        ({"type": "integer", "minimum": 3}, {"minimum": 3, "maximum": LARGEST_NUMBER}),
        ({"type": "integer", "minimum": -(2**64)}, {"minimum": -LARGEST_NUMBER}),
        ({"type": "number", "exclusiveMinimum": 2**63}, {"maximum": LARGEST_NUMBER + 2**63}),
        ({"type": "array", "items": TEXT}, {"maxItems": 50}),
        ({"type": "array", "items": TEXT, "minItems": 90}, {"maxItems": 90}),
        ({"type": "array", "uniqueItems": True, "items": {"type": "boolean"}}, {"maxItems": 2}),
        ({"type": "object", "properties": {"a": TEXT}}, {"additionalProperties": False}),
        ({"enum": ["x" * 9000]}, {"enum": ["x" * 9000]}),
    ],
)
def test_what_is_open_is_bounded(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    """Lengths, counts and ranges are set where the schema sets none, and kept where it does."""
    made = bounded(schema)
    assert made.items() >= expected.items()


def test_bounds_go_all_the_way_down() -> None:
    """What is nested is bounded as well, and notes to readers are left out."""
    made = bounded(
        {"type": "object", "properties": {"a": {"type": "array", "items": TEXT | {"title": "A"}}}}
    )
    assert made["properties"]["a"]["items"] == {"type": "string", "maxLength": LONGEST_STRING}


values = st.recursive(
    st.sampled_from(
        [
            {"type": "string"}, {"type": "string", "minLength": 3}, {"type": "boolean"},
            {"type": "integer", "minimum": 2, "maximum": 7}, {"type": "null"},
            {"enum": ["ä", "bb"]}, {"type": ["string", "null"]}, {"type": "number"},
        ]
    ),
    lambda inner: (
        st.builds(lambda one: {"type": "array", "items": one, "minItems": 1}, inner)
        | st.builds(
            lambda one, two: {
                "type": "object", "properties": {"é": one, "b": two}, "required": ["é", "b"]
            },
            inner, inner,
        )
    ),
    max_leaves=6,
)  # fmt: skip


@given(values)
def test_a_sample_has_the_shape_of_an_answer(schema: dict[str, Any]) -> None:
    """The sample is JSON but for commas before a bracket, and about an answer of the schema."""
    text = "".join(sample(bounded(schema))).replace(",]", "]").replace(",}", "}")
    problems = problems_of(json.loads(text), schema)
    # Numbers are written as long as any may be.
    assert [one for one in problems if str(-LARGEST_NUMBER) not in one] == []


def unique(items: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"a": {"type": "array", "uniqueItems": True, "items": items}},
    }


@pytest.mark.parametrize(
    ("items", "text", "repeats"),
    [
        (TEXT, '{"a":["x","x"', True),
        (TEXT, '{"a":["x","x', False),
        (TEXT, '{"a":["x","\\u0078"', True),
        (TEXT, '{"a":["x\\"","x"', False),
        (TEXT, '{"a":["x]","x,"]}', False),
        ({"enum": ["x", "xy"]}, '{"a":["x","x', False),
        ({"enum": ["x", "xy"]}, '{"a":["x","xy",', True),
        ({"enum": ["x", "y"]}, '{"a":["x","x', True),
        ({"type": "boolean"}, '{"a":[true,t', True),
        ({"type": "integer", "minimum": 0, "maximum": 12}, '{"a":[1,12,', False),
        ({"type": "integer", "minimum": 0, "maximum": 12}, '{"a":[1,1]', True),
        (
            {"type": "object", "properties": {"k": TEXT, "l": TEXT}},
            '{"a":[{"k":"1","l":"2"},{"l":"2","k":"1"}',
            True,
        ),
        ({"type": "array", "items": TEXT}, '{"a":[["x"],["x"]', True),
        ({"type": "array", "items": TEXT}, '{"a":[["x"],["x","x"]]}', False),
    ],
)
def test_repetitions_are_seen_as_they_end(items: dict[str, Any], text: str, repeats: bool) -> None:
    """An item that came before is found where it ends; a listed one where it is begun."""
    assert Where(unique(items)).after(text.encode()).repeats is repeats


@given(st.text(max_size=12))
def test_a_text_is_left_where_it_ends(text: str) -> None:
    """Whatever is in a text, one is inside of it up to its last quotation mark, and not after."""
    whole = json.dumps([text]).encode()
    assert Where({}).after(whole[:-2]).inside
    assert not Where({}).after(whole).inside
