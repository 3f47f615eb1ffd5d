"""The back end `openai` against a real socket, well-mannered and not."""

import logging
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from llm_openai_bench import BUSY, KEY, PLAIN, SHAPED, asking, load

from hansard.errors import (
    HansardError,
    LanguageModelError,
    LlmAccessError,
    LlmAnswerError,
    LlmUnreachableError,
)
from hansard.models.llm import (
    Generation,
    LanguageModelPlace,
    LlmOptions,
    Reply,
    Usage,
)
from hansard.models.llm.openai import SPEC
from hansard.testing.llm_server import (
    Completion,
    LlmServer,
    Manner,
    agreeable,
    cut_stream,
    endless_body,
    endless_stream,
    failing_stream,
    raw,
    refusing,
    status,
    truncated_json,
    wrong_type,
)


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_comes_with_what_it_cost(stream: bool) -> None:
    """Streams and whole bodies give the same, whatever was asked for."""
    with asking(Completion(text="Grüße, 世界.", stream=stream)) as ask:
        assert ask() == Reply(
            text="Grüße, 世界.",
            usage=Usage(requests=1, prompt_tokens=4, completion_tokens=2),
            finished=True,
        )
        assert ask.model.info.model == "m"
        assert SPEC.memory(LanguageModelPlace(options=LlmOptions())) == 0


def test_only_what_is_needed_is_told_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """No header tells of this machine, and nothing of the environment gets in."""
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", "from-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer env\nX-Env: 1\nHost: env")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with asking(key="") as ask:
        ask()
        for request in ask.server.requests:
            assert request.headers["authorization"] == "Bearer none"
            assert request.headers["user-agent"].startswith("hansard/")
            assert request.headers["host"] == f"127.0.0.1:{ask.server.port}"
            usual = {"host", "accept", "accept-encoding", "authorization", "user-agent"}
            assert set(request.headers) <= usual | {"content-type", "content-length"}
        assert "from-the-environment" not in str(ask.server.requests)


def test_what_is_set_is_sent_and_what_is_not_is_not(tmp_path: Path) -> None:
    """Generation values, thinking and a chat template reach the server as it names them."""
    template = tmp_path / "chat.jinja"
    template.write_text("{{ messages }} ü", "utf-8")
    with asking(llm_thinking=False, llm_chat_template=template) as ask:
        ask(temperature=0.0, top_p=0.5, top_k=7, max_tokens=99, repetition_penalty=1.5)
        assert {name: ask.sent[name] for name in ("temperature", "top_p", "top_k")} == {
            "temperature": 0.0, "top_p": 0.5, "top_k": 7,
        }  # fmt: skip
        assert ask.sent["max_tokens"] == 99
        assert ask.sent["repetition_penalty"] == 1.5
        assert ask.sent["chat_template_kwargs"] == {"enable_thinking": False}
        assert ask.sent["chat_template"] == "{{ messages }} ü"
        assert ask.model.info.chat_template == sha256(template.read_bytes()).hexdigest()
        assert ask.model.info.thinking is False
    with asking() as ask:
        ask()
        assert set(ask.sent) == {"model", "messages", "stream", "stream_options"}
        assert ask.model.info.chat_template == "model"


@pytest.mark.parametrize(
    ("refused", "mode", "requests"),
    [
        ((), "json_schema", 1),
        (("json_schema",), "json_object", 2),
        (("response_format",), "none", 3),
        (("json_schema", "stream_options", "stream"), "json_object", 4),
    ],
)
def test_a_server_that_refuses_is_asked_another_way(
    refused: tuple[str, ...], mode: str, requests: int
) -> None:
    """What it refuses is left out, the schema told in words, and the way that worked kept."""
    with asking(refusing(agreeable, *refused)) as ask:
        first = ask(SHAPED)
        assert first.usage.requests == requests
        assert ask.model.info.structured_output == mode
        assert (mode == "json_schema") != ("JSON Schema" in ask.server.asked[-1].system)
        assert ask(SHAPED).usage.requests == 1
        assert first.text == '{"tags": ["Say"]}'


def test_newer_models_of_openai_want_another_limit() -> None:
    """`max_completion_tokens` is sent where the server asks for it, from then on."""
    said = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    with asking([status(400, said), "Yes."]) as ask:
        ask(max_tokens=5)
        ask(max_tokens=5)
        assert [r.body.get("max_completion_tokens") for r in ask.server.asked] == [None, 5, 5]
        assert "max_tokens" not in ask.sent


def test_a_server_that_says_nothing_useful_is_tried_every_way() -> None:
    """A refusal without a reason leads down, and is told as it was where nothing helps."""
    with asking([status(400), status(422), "{}"]) as ask:
        assert ask(SHAPED).usage.requests == 3
        assert ask.model.info.structured_output == "none"
    with asking(status(400, "The stars are wrong")) as ask:
        with pytest.raises(LanguageModelError, match="The stars are wrong"):
            ask(SHAPED)
        assert ask.model.info.structured_output == "json_schema"


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k", "repetition_penalty"])
def test_a_setting_that_the_server_refuses_is_an_error(name: str) -> None:
    """It is never left out silently."""
    with (
        asking(refusing("Yes.", name)) as ask,
        pytest.raises(LanguageModelError, match=name) as caught,
    ):
        ask(temperature=1.0, top_p=1.0, top_k=1, repetition_penalty=1.0)
    assert f"summary_{name}" in caught.value.hint


@pytest.mark.parametrize(
    "first",
    [
        BUSY,
        status(429, "slow down", {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}),
        status(408), status(409), status(500), status(502, b"<h1>Bad Gateway</h1>"),
        cut_stream(), Manner(lambda wire: wire.reset()), raw(""), raw("220 smtp\r\n"),
        raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
        raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
            'data: {"choices": [{"delta": {"content": "Good"}}]}\n\n'),
        failing_stream({"message": "overloaded", "code": 503}),
        wrong_type(b"", "application/json"),
    ],
)  # fmt: skip
def test_what_passes_is_asked_again(first: Any) -> None:
    """Busy servers, broken connections and nonsense on the wire get a second chance."""
    with asking([first, "Good morning."]) as ask:
        reply = ask()
    assert reply.text == "Good morning."
    assert reply.usage.requests == 2


def test_in_the_end_it_is_given_up() -> None:
    """After every attempt the last reason is told, as one that may pass."""
    with asking(BUSY, llm_attempts=3) as ask:
        with pytest.raises(LlmUnreachableError, match="503: busy"):
            ask()
        assert len(ask.server.asked) == 3


@pytest.mark.parametrize(
    ("manner", "kind", "words"),
    [
        (status(401, f"wrong key {KEY}"), LlmAccessError, r"401: wrong key \[key\]"),
        (status(403), LlmAccessError, "403"),
        (status(413, "too much"), LanguageModelError, "413: too much"),
        (endless_body(404), LanguageModelError, "404"),
        (truncated_json(), LlmAnswerError, "not JSON"),
        (endless_body(), LlmAnswerError, "more than 32 MB"),
        (endless_stream(), LlmAnswerError, "on and on"),
        (failing_stream({"message": f"bad {KEY}"}), LlmAnswerError, r"bad \[key\]"),
        (wrong_type("<!doctype html><p>Log in</p>"), LlmAnswerError, "web page"),
        (wrong_type(b"\x89PNG", "image/png"), LlmAnswerError, "not JSON"),
        (Completion(text=None, finish="content_filter"), LlmAnswerError, "content filter"),
        (Completion(text=None, refusal="I cannot"), LlmAnswerError, "refuses"),
        (Completion(text=None, tool_calls=[{"id": "1"}]), LlmAnswerError, "tool"),
        (
            status(307, "", {"Location": f"http://elsewhere.example/{KEY}"}),
            LanguageModelError,
            r"points to http://elsewhere.example/\[key\]",
        ),
        (
            raw("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nxx"),
            LlmAnswerError,
            "packed",
        ),
        (
            raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx"),
            LlmAnswerError,
            "unpacked",
        ),
    ],
)
def test_what_stays_is_told_at_once(
    manner: Any, kind: type[HansardError], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Each error says plainly what came; the key is in none of them, nor in any log."""
    caplog.set_level(logging.DEBUG)
    with asking(manner) as ask:
        with pytest.raises(kind, match=words) as caught:
            ask(max_tokens=10)
        assert len(ask.server.asked) == 1
    told: BaseException | None = caught.value
    while told is not None:
        assert KEY not in f"{told!r}{told}{getattr(told, 'hint', '')}"
        told = told.__cause__
    assert KEY not in caplog.text
    assert "Say something" not in caplog.text
    assert KEY not in repr(ask.model)


def test_a_redirect_is_not_followed() -> None:
    """The key and what was said stay with the server that they were meant for."""
    with (
        LlmServer() as other,
        asking(status(307, "", {"Location": f"{other.url}/chat/completions"})) as ask,
    ):
        with pytest.raises(LanguageModelError, match="307"):
            ask()
        assert not other.requests


def test_an_unknown_model_is_told_with_those_that_are_there() -> None:
    """A 404 is explained: by the models that the server has, or by its address."""
    missing = status(404, "The model `m` does not exist")
    with asking(missing, models=list("abcdefgh")) as ask:
        with pytest.raises(LanguageModelError, match="does not exist") as caught:
            ask()
        assert "a, b, c, d, e and others" in caught.value.hint
    with LlmServer() as server:
        model = load(server.url.removesuffix("/v1"))
        with pytest.raises(LanguageModelError, match="404") as caught:
            model.complete(PLAIN, Generation())
        assert "/v1" in caught.value.hint


def test_the_only_model_of_a_server_is_taken() -> None:
    """Nobody has to name it; and its context is taken over where the server tells."""
    listing = [{"id": "only", "max_model_len": 4096}]
    with asking(models=listing, model="") as ask:
        ask()
        assert ask.sent["model"] == ask.model.info.model == "only"
        assert ask.model.info.context == 4096
    with asking(models=listing, model="", llm_context=2048) as ask:
        assert ask.model.info.context == 2048
    with pytest.raises(LanguageModelError, match="a, b"), asking(models=("a", "b"), model=""):
        pass


@pytest.mark.parametrize("listing", [status(404), status(500), raw(""), wrong_type("<p>")])
def test_a_listing_is_not_needed_where_the_model_is_named(listing: Any) -> None:
    """A server without `GET /models` does as well."""
    with asking(models=listing) as ask:
        assert ask().text == "Good morning."
        assert ask.model.info.context == 8192
    with pytest.raises(LanguageModelError), asking(models=listing, model=""):
        pass


def test_a_context_that_was_not_told_at_first_is_asked_for_later() -> None:
    """A server that came up after us tells it with its first answer."""
    down = [True]

    def listing(wire: Any) -> None:
        if down.pop() if down else False:
            wire.answer(503, {})
        else:
            wire.answer(200, {"data": [{"id": "m", "max_model_len": 4096}]})

    with asking(models=Manner(listing)) as ask:
        assert ask.model.info.context == 8192
        ask()
        assert ask.model.info.context == 4096
        ask()
        assert len([r for r in ask.server.requests if r.method == "GET"]) == 2
