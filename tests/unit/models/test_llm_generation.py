"""Which level decides how a model chooses its words."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import ModelDamagedError
from hansard.models.llm import Generation
from hansard.models.llm.generation import from_file, resolve

LIBRARY, MODEL, SETTINGS, RUNTIME = 1.0, 0.7, 0.1, 0.05


def at(temperature: float | None) -> Generation:
    return Generation(temperature=temperature)


@pytest.mark.parametrize(
    ("runtime", "settings", "model", "value", "origin"),
    [
        (RUNTIME, SETTINGS, MODEL, 0.05, "runtime"),
        (None, SETTINGS, MODEL, 0.1, "settings"),
        (None, None, MODEL, 0.7, "model"),
        (None, None, None, 1.0, "default"),
        (0.0, SETTINGS, MODEL, 0.0, "runtime"),
    ],
)
def test_the_strongest_level_that_says_something_decides(
    runtime: float | None, settings: float | None, model: float | None, value: float, origin: str
) -> None:
    """Library 1.0, model 0.7, settings 0.1, runtime 0.05: each yields to the one above it."""
    levels = [
        ("runtime", at(runtime)),
        ("settings", at(settings)),
        ("model", at(model)),
        ("default", at(LIBRARY)),
    ]
    resolved = resolve(levels)
    assert (resolved.values.temperature, resolved.origins["temperature"]) == (value, origin)


def test_each_value_is_decided_by_itself() -> None:
    """One level may decide the temperature and another top_p; what nobody says is the library's."""
    resolved = resolve(
        [("runtime", Generation(top_p=0.5)), ("model", Generation(top_p=0.9, top_k=20))]
    )
    assert resolved.values == Generation(top_p=0.5, top_k=20)
    assert resolved.origins == {
        "temperature": "library",
        "top_p": "runtime",
        "top_k": "model",
        "max_tokens": "library",
        "repetition_penalty": "library",
    }


@given(
    st.lists(
        st.builds(
            Generation,
            temperature=st.none() | st.floats(0, 2),
            top_k=st.none() | st.integers(0, 50),
            max_tokens=st.none() | st.integers(1, 99),
        ),
        max_size=4,
    )
)
def test_values_and_origins_agree(generations: list[Generation]) -> None:
    """What has an origin comes from that level, and the levels above it say nothing."""
    levels = [(str(number), generation) for number, generation in enumerate(generations)]
    resolved = resolve(levels)
    for field in fields(Generation):
        value, origin = getattr(resolved.values, field.name), resolved.origins[field.name]
        said = [getattr(generation, field.name) for generation in generations]
        if origin == "library":
            assert value is None
            assert said == [None] * len(said)
        else:
            assert value == said[int(origin)]
            assert said[: int(origin)] == [None] * int(origin)


def write(folder: Path, content: object) -> Path:
    (folder / "generation_config.json").write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({}, Generation()),
        (
            {"temperature": 0.6, "top_p": 0.95, "top_k": 20, "max_new_tokens": 512,
             "repetition_penalty": 1.05, "do_sample": True, "eos_token_id": [1, 2]},
            Generation(temperature=0.6, top_p=0.95, top_k=20, max_tokens=512,
                       repetition_penalty=1.05),
        ),
        ({"do_sample": False, "temperature": 0.6}, Generation(temperature=0.0)),
        ({"do_sample": True}, Generation(temperature=1.0)),
        ({"temperature": None, "top_k": -1}, Generation(top_k=0)),
        ({"top_k": 50.0, "temperature": 1}, Generation(top_k=50, temperature=1.0)),
    ],
)  # fmt: skip
def test_what_a_model_says_of_itself(
    content: dict[str, object], expected: Generation, tmp_path: Path
) -> None:
    """generation_config.json gives the model's level; without sampling the temperature is 0."""
    assert from_file(write(tmp_path, content)) == expected


def test_a_model_need_not_say_anything(tmp_path: Path) -> None:
    """Without the file every value is left open."""
    assert from_file(tmp_path) == Generation()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", "hot"), ("temperature", -1), ("temperature", True), ("top_p", 0),
        ("top_p", 1.5), ("top_k", 2.5), ("top_k", -2), ("max_new_tokens", 0),
        ("repetition_penalty", 0), ("temperature", float("nan")), ("top_p", [1]),
    ],
)  # fmt: skip
def test_nonsense_is_named(name: str, value: object, tmp_path: Path) -> None:
    """A value that means nothing is refused with its name and itself."""
    with pytest.raises(ModelDamagedError, match=name) as caught:
        from_file(write(tmp_path, {name: value}))
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[]", b"3"])
def test_a_broken_file_is_damage(content: bytes, tmp_path: Path) -> None:
    """A file that is no JSON object is reported, not stumbled over."""
    (tmp_path / "generation_config.json").write_bytes(content)
    with pytest.raises(ModelDamagedError, match="generation_config"):
        from_file(tmp_path)
