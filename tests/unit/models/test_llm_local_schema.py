"""Answers that fit a schema, whatever the model: tokens are drawn by chance here."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansard.errors import LanguageModelError
from hansard.models.llm.shapes.schemas import check_schema, problems_of
from hansard.testing.language_models import make_language_model

pytestmark = pytest.mark.torch

TEXT = {"type": "string"}
END = 2


@pytest.fixture(scope="module")
def constraint(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Llguidance with the tokens of a tiny model."""
    pytest.importorskip("llguidance")
    transformers = pytest.importorskip("transformers")
    from hansard.models.llm.local.constraint import Constraint

    folder = make_language_model(tmp_path_factory.mktemp("llm") / "tiny")
    return Constraint(transformers.AutoTokenizer.from_pretrained(str(folder)), [END])


def wander(constraint: Any, schema: Any, budget: int, seed: int) -> Any:
    """An answer of at most `budget` tokens, each drawn from what is allowed."""
    random = np.random.default_rng(seed)
    guide = constraint.guide(schema, budget)
    for _ in range(budget):
        guide.take(int(random.choice(np.flatnonzero(guide.landing(guide.allowed())))))
        if guide.ended:
            break
    return guide


def template(**properties: Any) -> Any:
    tags = {"type": "array", "items": TEXT}
    return check_schema(
        {
            "type": "object",
            "properties": {**properties, "tags": tags},
            "required": list(properties),
        }
    )


SCHEMAS = {
    "nested": template(
        title=TEXT,
        decisions={
            "type": "array",
            "minItems": 2,
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "minLength": 3, "maxLength": 30},
                    "owner": {"type": ["string", "null"]},
                    "due": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
                    "sure": {"type": "boolean"},
                },
                "required": ["text", "owner", "due", "sure"],
            },
        },
    ),
    "other scripts": template(
        größe={"type": "number", "minimum": 0, "exclusiveMaximum": 2.5},
        決定={"enum": ["はい", "いいえ", 3, None]},
        емоция={"const": 'a "quoted" \\ one'},
        count={"type": "integer", "minimum": -3, "maximum": 12},
        far={"type": "integer", "minimum": -(2**63), "maximum": 2**64},
        step={"type": "integer", "multipleOf": 7},
    ),
    "different": template(
        kinds={
            "type": "array",
            "uniqueItems": True,
            "minItems": 4,
            "items": {"enum": ["ab", "abc", "b", 'é"x', True]},
        },
        places={
            "type": "array",
            "uniqueItems": True,
            "minItems": 5,
            "items": {"type": "integer", "minimum": 0, "maximum": 11},
        },
        names={"type": "array", "uniqueItems": True, "minItems": 4, "items": TEXT},
        both={"type": "array", "uniqueItems": True, "minItems": 2, "items": {"type": "boolean"}},
    ),
    "long": template(
        text={"type": "string", "maxLength": 1_000_000},
        numbers={"type": "array", "minItems": 100, "maxItems": 1000, "items": {"type": "number"}},
        **{f"k{number}": {"type": ["string", "null"]} for number in range(40)},
    ),
    "optional": check_schema(
        {"type": "object", "properties": {"tags": {"type": "array", "items": TEXT}, "a": TEXT}}
    ),
    "flat": {"type": "string", "minLength": 4, "maxLength": 5},
    "number": {"type": "number"},
    "list": {"type": "array", "items": {"enum": ["x"]}, "maxItems": 3},
}


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("spare", [0, 40, 700])
def test_a_random_answer_fits_its_schema(name: str, spare: int, constraint: Any) -> None:
    """Whatever is drawn, the answer ends in time, is valid, and is whole UTF-8."""
    schema = SCHEMAS[name]
    constraint.guide(schema, 1)
    least = next(reversed(constraint._grammars.values())).reserve
    for seed in range(6 if name == "long" else 12):
        guide = wander(constraint, schema, least + spare, seed)
        assert guide.complete
        assert problems_of(json.loads(guide.text), schema) == ()
        assert "\ufffd" not in guide.text


shapes = st.recursive(
    st.sampled_from(
        [
            TEXT, {"type": "string", "minLength": 2, "maxLength": 3}, {"type": "boolean"},
            {"type": "integer"}, {"type": ["number", "null"]}, {"enum": ["ä", None, 1]},
            {"type": "integer", "exclusiveMinimum": 5}, {"type": "null"},
        ]
    ),
    lambda inner: (
        st.builds(lambda one: {"type": "array", "items": one, "minItems": 1}, inner)
        | st.builds(
            lambda names, one: {
                "type": "object", "properties": dict.fromkeys(names, one), "required": names[:1]
            },
            st.lists(st.sampled_from(["a", "b c", "ключ", '"', "\\n"]), unique=True, min_size=1),
            inner,
        )
    ),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=40)
@given(schema=shapes, seed=st.integers(0, 9))
def test_any_schema_is_kept(constraint: Any, schema: dict[str, Any], seed: int) -> None:
    """Schemas put together by chance are kept as well."""
    guide = wander(constraint, schema, 400, seed)
    assert guide.complete
    assert problems_of(json.loads(guide.text), schema) == ()


@pytest.mark.parametrize("length", [1, 2, 7])
def test_lengths_are_in_characters(length: int, constraint: Any) -> None:
    """MaxLength counts characters, of however many bytes and tokens each is made."""
    schema = {"type": "string", "minLength": length, "maxLength": length}
    texts = [json.loads(wander(constraint, schema, 300, seed).text) for seed in range(40)]
    assert {len(text) for text in texts} == {length}
    assert any(len(text.encode()) > len(text) for text in texts)


def test_too_small_a_budget_leaves_the_answer_open(constraint: Any) -> None:
    """Where there is no room for the least that a schema asks, the answer is not complete."""
    assert not wander(constraint, SCHEMAS["nested"], 10, 0).complete


def test_grammars_are_kept_for_the_latest_schemas(constraint: Any) -> None:
    """A schema that comes again is not made ready again; old ones go."""
    from hansard.models.llm.local.constraint import KEPT

    constraint.guide(SCHEMAS["flat"], 10)
    kept = next(reversed(constraint._grammars.values()))
    constraint.guide(dict(SCHEMAS["flat"]), 10)
    assert next(reversed(constraint._grammars.values())) is kept
    for number in range(KEPT):
        constraint.guide({"type": "string", "maxLength": number + 1}, 10)
    assert len(constraint._grammars) == KEPT
    assert kept not in constraint._grammars.values()


def test_a_schema_without_values_is_refused(constraint: Any) -> None:
    """A schema that contradicts itself is refused by name, not answered with nothing."""
    with pytest.raises(LanguageModelError, match="cannot be held to this schema"):
        constraint.guide({"type": "string", "minLength": 5, "maxLength": 2}, 50)


def test_what_llguidance_does_not_know_is_left_to_the_check(constraint: Any) -> None:
    """A keyword that no grammar can keep does not stop the answer."""
    guide = wander(constraint, {"type": "string", "not": {"const": "x"}, "maxLength": 4}, 60, 1)
    assert isinstance(json.loads(guide.text), str)


def test_nothing_else_than_what_is_allowed_is_taken(constraint: Any) -> None:
    """A token that does not fit is refused."""
    guide = constraint.guide({"type": "boolean"}, 20)
    with pytest.raises(LanguageModelError, match="left its schema"):
        guide.take(int(np.flatnonzero(~guide.allowed())[0]))


def test_the_tokens_of_a_model_are_read(tmp_path: Path) -> None:
    """Tokens that end an answer are no part of its text."""
    pytest.importorskip("llguidance")
    transformers = pytest.importorskip("transformers")
    from hansard.models.llm.local.constraint import Constraint

    folder = make_language_model(tmp_path / "tiny")
    made = Constraint(transformers.AutoTokenizer.from_pretrained(str(folder)), [0, END])
    guide = made.guide({"type": "integer", "minimum": 0}, 40)
    digit = int(np.flatnonzero(guide.allowed())[0])
    guide.take(digit)
    assert guide.complete
    assert guide.allowed()[[0, END]].all()
    guide.take(0)
    assert guide.ended
    assert guide.text.isdigit()
