"""What is sent to servers, and how their refusals change it."""

import json
from typing import Any

import pytest

from hansard.errors import LanguageModelError
from hansard.models.llm import Ask, Generation, Message
from hansard.models.llm.served.failures import Failure
from hansard.models.llm.served.manners import (
    Manners,
    Standing,
    blind_step,
    named_step,
    request_of,
    unknown_setting,
)
from hansard.models.llm.served.models import choose, context_of, read_models

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
ASK = Ask(messages=(Message("system", "Be good."), Message("user", "Hi.")), schema=SCHEMA)
EVERYTHING = Generation(temperature=0.0, top_p=0.9, top_k=5, max_tokens=10, repetition_penalty=1.1)
STANDING = Standing(
    model="m", extra={"chat_template_kwargs": {"enable_thinking": False}, "chat_template": "x"}
)
FIRST = Manners()


def request(
    manners: Manners = FIRST, ask: Ask = ASK, standing: Standing = STANDING
) -> dict[str, Any]:
    """What is sent."""
    return request_of(ask, EVERYTHING, standing, manners)


def refused(words: str = "", status: int = 400, param: str = "") -> Failure:
    """A refusal."""
    return Failure(status=status, words=words, param=param)


def test_everything_that_is_set_is_sent() -> None:
    """OpenAI's own fields go where it has them, the others beside them."""
    assert request() == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be good."}, {"role": "user", "content": "Hi."},
        ],
        "temperature": 0.0,
        "top_p": 0.9,
        "max_tokens": 10,
        "stream": True,
        "stream_options": {"include_usage": True},
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA},
        },
        "extra_body": {
            "chat_template_kwargs": {"enable_thinking": False}, "chat_template": "x",
            "top_k": 5, "repetition_penalty": 1.1,
        },
    }  # fmt: skip


def test_what_is_not_set_is_not_sent() -> None:
    """The server decides on what nobody decided."""
    sent = request_of(
        Ask(messages=(Message("user", "Hi."),)),
        Generation(),
        Standing(model="m", extra={}),
        Manners(stream=False),
    )
    assert sent == {"model": "m", "messages": [{"role": "user", "content": "Hi."}]}


@pytest.mark.parametrize("mode", ["json_object", "none"])
@pytest.mark.parametrize("system", [True, False])
def test_a_schema_that_the_server_does_not_hold_is_told_in_words(mode: Any, system: bool) -> None:
    """The model reads the schema, apart from the user's words where that can be."""
    sent = request(Manners(schema=mode, system=system))
    assert ("response_format" in sent) == (mode == "json_object")
    first, *others = sent["messages"]
    assert json.dumps(SCHEMA) in first["content"]
    assert "JSON" in first["content"]
    assert [message["role"] for message in (first, *others)] == ["system", "user"][not system :]
    assert sent["messages"][-1]["content"].endswith("Hi.")


def test_halves_of_characters_are_not_sent() -> None:
    """A broken transcript does not break the request."""
    sent = request(ask=Ask(messages=(Message("user", "a\ud800b"),)))
    assert sent["messages"][0]["content"] == "a?b"


@pytest.mark.parametrize(
    ("failure", "change"),
    [
        (refused("'response_format.type' must be 'text'"), {"schema": "json_object"}),
        (refused("x", param="response_format"), {"schema": "json_object"}),
        (refused("Invalid schema for response_format: too long"), {"schema": "json_object"}),
        (refused("failed to make a grammar", 500), {"schema": "json_object"}),
        (refused("stream_options is not allowed", 422), {"usage": False}),
        (refused("Streaming is not supported"), {"stream": False}),
        (refused("x", param="stream"), {"stream": False}),
        (
            refused("'max_tokens' is not supported. Use 'max_completion_tokens' instead."),
            {"limit": "max_completion_tokens"},
        ),
        (refused("System role not supported"), {"system": False}),
        (refused("'messages[0].role' does not support 'system'"), {"system": False}),
    ],
)
def test_a_refusal_that_says_what_it_is_about(failure: Failure, change: dict[str, Any]) -> None:
    """Exactly that is asked another way."""
    assert named_step(failure, request(), STANDING, FIRST) == Manners(**change)


@pytest.mark.parametrize(
    "failure",
    [
        refused("No."),
        refused("overloaded", 503),
        refused("stream of errors", 500),
        refused("unknown top_k"),
        refused("maximum context length is 4096; 'max_completion_tokens' is too large"),
    ],
)
def test_a_refusal_about_something_else(failure: Failure) -> None:
    """Nothing is left out by a guess from its words."""
    assert named_step(failure, request(), STANDING, FIRST) is None


def test_a_refusal_without_words_leads_down_step_by_step() -> None:
    """First the schema, then what streams cost, then the stream; then there is nothing left."""
    way: Manners | None = FIRST
    ways = []
    while way is not None:
        ways.append(way)
        way = blind_step(refused(), request(way), STANDING, way)
    assert ways == [
        FIRST,
        Manners(schema="json_object"),
        Manners(schema="none"),
        Manners(schema="none", usage=False),
        Manners(schema="none", usage=False, stream=False),
    ]


@pytest.mark.parametrize(
    "failure",
    [
        refused("", 404),
        refused("", 413),
        refused("", 500),
        refused("the prompt is too long"),
        refused("x", param="model"),
        refused("unknown top_k"),
    ],
)
def test_nothing_is_tried_blindly_where_the_reason_is_known(failure: Failure) -> None:
    """Asking another way costs time, and helps only where the way is what was refused."""
    assert blind_step(failure, request(), STANDING, FIRST) is None


def test_a_chosen_schema_mode_is_kept_to() -> None:
    """An operator who sets a mode gets it, or an error that says so."""
    fixed = Standing(model="m", extra={}, schema="json_schema")
    failure = refused("no json_schema here")
    sent = request(fixed.first_manners, standing=fixed)
    assert named_step(failure, sent, fixed, FIRST) is None
    assert blind_step(failure, sent, fixed, FIRST) is None
    error = unknown_setting(failure, sent, "http://here/v1")
    assert error is not None
    assert "llm_schema" in error.hint


@pytest.mark.parametrize(
    ("words", "setting"),
    [
        ("Unknown parameter: 'top_k'.", "summary_top_k"),
        ("extra fields not permitted: repetition_penalty", "clean_repetition_penalty"),
        ("temperature does not support 0", "summary_temperature"),
        ("top_p must be 1", "summary_top_p"),
        ("unknown field chat_template_kwargs", "llm_thinking"),
        ("Chat template is trusted only: chat_template", "llm_chat_template"),
        ("max_tokens: no", "summary_max_tokens"),
    ],
)
def test_a_setting_that_the_server_refuses_is_named(words: str, setting: str) -> None:
    """An option is never left out silently: the error says which to unset."""
    error = unknown_setting(refused(words), request(), "http://here/v1")
    assert error is not None
    assert setting in error.hint


def test_what_was_learnt_stays_learnt() -> None:
    """Threads that learn different things at once do not undo each other's."""
    one = Manners(schema="none", limit="max_completion_tokens")
    other = Manners(schema="json_object", stream=False, usage=False, system=False)
    both = Manners(
        schema="none", limit="max_completion_tokens", stream=False, usage=False, system=False
    )
    assert one.joined(other) == other.joined(one) == both
    assert FIRST.joined(FIRST) == FIRST


def test_models_are_read_from_listings_of_all_kinds() -> None:
    """Each server says in its own field how long a context may be; nonsense is not believed."""
    said = {
        "data": [
            {"id": "vllm", "max_model_len": 4096},
            {"id": "llama", "meta": {"n_ctx": 8192, "n_ctx_train": 131072}},
            {"id": "router", "context_length": 128000},
            {"id": "odd", "context_length": "many", "context_window": -1, "max_model_len": True},
            {"id": "tagged:latest", "max_context_length": 1024},
            {"id": ""}, {"name": 7}, None, 7, "plain",
        ]
    }  # fmt: skip
    found = read_models(said)
    names = ["vllm", "llama", "router", "odd", "tagged:latest", "plain"]
    assert [model.name for model in found] == names
    contexts = [context_of(found, name) for name in ("vllm", "llama", "router", "odd", "tagged")]
    assert contexts == [4096, 8192, 128000, None, 1024]
    assert context_of(found, "other") is None


@pytest.mark.parametrize("said", [None, 7, "x", [], {}, {"data": None}, {"data": {"id": "a"}}])
def test_listings_of_no_use_list_nothing(said: object) -> None:
    """A listing of another shape is an empty one."""
    assert read_models(said) == []


def test_the_only_model_is_taken() -> None:
    """Where there is a choice, the operator has it."""
    assert choose(read_models(["a"]), "u") == "a"
    with pytest.raises(LanguageModelError, match="2 models: a, b"):
        choose(read_models(["a", "b"]), "u")
    with pytest.raises(LanguageModelError, match="a, b, c, d, e and others"):
        choose(read_models(list("abcdef")), "u")
    with pytest.raises(LanguageModelError, match="names no models"):
        choose([], "u")
