"""What is wrong with a value, in sentences that people and models understand."""

from typing import Any

import pytest

from hansard.errors import TemplateError
from hansard.models.llm.shapes.schemas import check_schema, is_valid, problems_of

TAGS = {"type": "array", "items": {"type": "string"}}
SCHEMA = check_schema(
    {
        "type": "object",
        "properties": {
            "tags": TAGS | {"maxItems": 3, "uniqueItems": True},
            "n": {"type": ["integer", "null"], "minimum": 0},
            "kind": {"enum": ["a", "b"]},
            "list/of": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"text": {"type": "string", "maxLength": 5}},
                },
            },
        },
        "required": ["tags", "n"],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "problems"),
    [
        ({"tags": ["a"], "n": 1.0, "kind": "b", "list/of": [{"text": "a"}]}, ()),
        ({"tags": ["a"], "n": None}, ()),
        ({"n": 1}, ("/tags: is missing, and required",)),
        ([], ("the whole: is an array of 0, and must be of type object",)),
        ({"tags": [], "n": 1}, ("/tags: has 0 items, and must have at least 1",)),
        ({"tags": list("abcd"), "n": 1}, ("/tags: has 4 items, and must have at most 3",)),
        ({"tags": ["a", "a"], "n": 1}, ("/tags: has the same item twice",)),
        ({"tags": ["a"], "n": "5"}, ('/n: is "5", and must be of type integer or null',)),
        ({"tags": ["a"], "n": True}, ("/n: is true, and must be of type integer or null",)),
        ({"tags": ["a"], "n": 1, "kind": "c"}, ('/kind: is "c", and must be one of "a", "b"',)),
        (
            {"tags": ["a"], "n": 1, "list/of": [{"text": "abcdef", "y": 1}]},
            (
                "/list~1of/0/text: has 6 characters, and must have at most 5",
                "/list~1of/0/y: is no property of the schema",
            ),
        ),
    ],
)  # fmt: skip
def test_problems_are_said_in_plain_sentences(value: Any, problems: tuple[str, ...]) -> None:
    """Each begins with the pointer of its place."""
    assert sorted(problems_of(value, SCHEMA)) == sorted(problems)
    assert is_valid(value, SCHEMA) == (not problems)


def test_a_number_out_of_its_range_is_named() -> None:
    """With the bound that it breaks."""
    [problem] = problems_of({"tags": ["a"], "n": -1}, SCHEMA)
    assert problem.startswith("/n: is -1: ")
    assert "minimum of 0" in problem


def test_both_sides_of_a_nullable_any_of_are_understood() -> None:
    """A schema that was not brought into its plain form is held against values as well."""
    schema = {
        "properties": {"x": {"anyOf": [{"type": "string", "maxLength": 1}, {"type": "null"}]}}
    }
    assert problems_of({"x": None}, schema) == ()
    assert problems_of({"x": "ab"}, schema) == ("/x: has 2 characters, and must have at most 1",)


@pytest.mark.parametrize(
    "value",
    [
        {"tags": ["a"], "n": float("nan")},
        {"tags": ["a"], "n": float("inf")},
        {"tags": ["a"], "n": 10**5000},
        {"tags": ["\ud800"], "n": 1},
        {"tags": ["a"], "n": 1, 2: 3},
        {"tags": ["a"], "n": 1, "\ud800": 3},
        {"tags": ("a",), "n": 1},
        {"tags": [b"a"], "n": 1},
    ],
)
def test_what_is_no_json_is_a_problem(value: Any) -> None:
    """Even where the library would take it for something else."""
    assert problems_of(value, SCHEMA)
    assert not is_valid(value, SCHEMA)


def test_a_value_that_is_nested_without_end_is_a_problem() -> None:
    """And neither a crash nor an endless search."""
    deep: list[Any] = []
    deep.append(deep)
    [problem] = problems_of(deep, SCHEMA)
    assert "nested" in problem


def test_problems_are_few_short_and_printable() -> None:
    """Whatever a model wrote, twenty lines of moderate length come back."""
    value = {"tags": ["\x1b[31m" * 1000] * 500, "n": 1} | {f"{n}\n" * 500: 1 for n in range(500)}
    problems = problems_of(value, SCHEMA)
    assert 0 < len(problems) <= 20
    assert all(len(problem) < 500 and problem.isprintable() for problem in problems)


def test_a_large_value_gets_its_first_problem_only() -> None:
    """Looking for all of them in hundreds of thousands would take long."""
    assert len(problems_of({"tags": [1] * 300_000, "n": 1}, SCHEMA)) == 1


def test_a_schema_that_is_none_is_refused_when_it_is_used() -> None:
    """It may not have been checked before."""
    with pytest.raises(TemplateError, match="cannot be used"):
        problems_of({}, {"type": "nothing"})


def test_a_reference_to_elsewhere_is_never_followed() -> None:
    """Not even in a schema that was not checked."""
    with pytest.raises(TemplateError, match="cannot be used"):
        problems_of({}, {"$ref": "http://127.0.0.1:9/schema.json"})
