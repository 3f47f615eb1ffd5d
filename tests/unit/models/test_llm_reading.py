"""Answers are read from whatever bytes come, however they are cut."""

import json
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import LanguageModelError, LlmAnswerError, LlmUnreachableError
from hansard.models.llm.served.reading import MOST_BYTES, Reader, Spoken


def read(chunks: bytes | Iterable[bytes], *, whole: bool = True, most: int = 1000) -> Spoken:
    """What a reader makes of bytes."""
    reader = Reader(url="http://here/v1", key="secret-key", most_characters=most)
    for chunk in [chunks] if isinstance(chunks, bytes) else chunks:
        if reader.feed(chunk):
            break
    return reader.finish(whole=whole)


def body(**more: Any) -> bytes:
    """A whole answer."""
    choice = {"index": 0, "message": {"content": "Grüße."}, "finish_reason": "stop", **more}
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    return json.dumps({"choices": [choice], "usage": usage}, ensure_ascii=False).encode()


def events(*said: Any) -> bytes:
    """A stream of events."""
    texts = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in said]
    return "".join(f"data: {text}\n\n" for text in texts).encode()


def piece(text: str | None, finish: str | None = None) -> dict[str, Any]:
    """An event with some text."""
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


STREAM = events(
    {"choices": [], "prompt_filter_results": []},
    piece("Gr"),
    piece("üße"),
    piece(".", "stop"),
    {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}},
    "[DONE]",
)
GOOD = Spoken(text="Grüße.", finished=True, prompt_tokens=3, completion_tokens=2)


@pytest.mark.parametrize(
    "raw",
    [
        body(),
        b"\xef\xbb\xbf \n" + body(),
        STREAM,
        b"\xef\xbb\xbf" + STREAM,
        STREAM.replace(b"\n", b"\r\n"),
        b": hello\n\nevent: message\nid: 1\nretry: 5\n" + STREAM.replace(b"data: ", b"data:"),
        STREAM.removesuffix(b"data: [DONE]\n\n"),
        STREAM.removesuffix(b"\n\n"),
        STREAM + b"data: {broken\n\n",
    ],
)
@given(cuts=st.lists(st.integers(0, 400), max_size=5))
def test_bodies_and_streams_are_understood_however_they_are_cut(
    raw: bytes, cuts: list[int]
) -> None:
    """The same bytes in other chunks are the same answer, and nobody is asked which kind it is."""
    at = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    assert read(raw[a:b] for a, b in pairwise(at)) == GOOD


def test_bytes_one_by_one() -> None:
    """Characters that come in halves are put together."""
    assert read(bytes([byte]) for byte in STREAM) == GOOD


@pytest.mark.parametrize(
    ("raw", "text", "finished"),
    [
        (body(finish_reason="length"), "Grüße.", False),
        (body(finish_reason=None), "Grüße.", True),
        (body(message={"content": None}), "", True),
        (body(message={"content": None}, finish_reason="length"), "", False),
        (body(message={"content": "Yes", "reasoning_content": "No"}), "Yes", True),
        (body(message={"content": "Yes", "reasoning": "No", "tool_calls": [1]}), "Yes", True),
        (
            body(message={"content": [{"type": "thinking", "thinking": []},
                                      {"type": "text", "text": "Yes"}]}),
            "Yes",
            True,
        ),
        (b'{"choices": [{"text": "Yes"}]}', "Yes", True),
        (
            b'{"choices": [{"index": 1, "text": "No"}, {"index": 0, "text": "Yes"}]}',
            "Yes",
            True,
        ),
        (events(piece("Yes", "length"), "[DONE]"), "Yes", False),
        (events(piece("Yes"), "[DONE]"), "Yes", True),
        (events(piece("Yes")), "Yes", False),
        (events({"choices": [{"message": {"content": "Yes"}}]}, "[DONE]"), "Yes", True),
    ],
)  # fmt: skip
def test_what_servers_leave_out_or_add(raw: bytes, text: str, finished: bool) -> None:
    """Missing ends, typed parts, thinking in its own field and other dialects are understood."""
    spoken = read(raw)
    assert (spoken.text, spoken.finished) == (text, finished)


@pytest.mark.parametrize("count", [None, -1, True, "7", 1.5])
def test_counts_that_are_none_are_not_made_up(count: object) -> None:
    """A number of tokens that is no number is unknown."""
    raw = json.dumps({"choices": [{"message": {}}], "usage": {"prompt_tokens": count}}).encode()
    assert read(raw).prompt_tokens is None


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"<!DOCTYPE html><title>Log in</title>", "web page"),
        (b"\x89PNG\r\n\x1a\n", "not JSON"),
        (b"Good morning.", "not JSON"),
        (b"ok", "not JSON"),
        (body()[:-5], "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b'{"a": ' * 200_000, "not JSON"),
        (b"[1]", "no answer"),
        (b"{}", "no choices"),
        (b'{"choices": []}', "no choices"),
        (b'{"choices": {"0": 1}}', "no choices"),
        (b'{"choices": ["a"]}', "another shape"),
        (b'{"choices": [{"message": "a"}]}', "another shape"),
        (b'{"choices": [{"message": {"content": {"a": 1}}}]}', "another shape"),
        (b'{"choices": [{"message": {"content": 7}}]}', "another shape"),
        (body(message={"content": None, "tool_calls": [{}]}), "tool"),
        (body(message={"content": "", "function_call": {"name": "x"}}), "tool"),
        (body(finish_reason="content_filter"), "content filter"),
        (body(message={"content": None, "refusal": "I cannot"}), "refuses to answer: I cannot"),
        (events({"error": {"message": "bad things", "code": 400}}), "bad things"),
        (b'{"error": "model not found"}', "model not found"),
        (b'{"object": "error", "message": "bad things", "code": 40001}', "bad things"),
        (events("[DONE]").replace(b"[DONE]", b"{broken"), "not JSON"),
        (events("7"), "no answer"),
        (b"data: \n\n: ping\n\n", "without an answer"),
        (events(piece("x" * 1001)), "on and on"),
        (events({"choices": [{"delta": {"reasoning_content": "x" * 1001}}]}), "on and on"),
    ],
)
def test_what_is_no_answer_is_said_plainly(raw: bytes, words: str) -> None:
    """Everything else is an error that says what came, and of no other kind."""
    with pytest.raises(LlmAnswerError, match=words):
        read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" \n",
        b'{"error": {"message": "x", "code": 503}}',
        b'{"error": {"message": "x", "type": "server_error"}}',
        b'{"error": "Rate limit reached"}',
        events(piece("Go"), {"error": {"message": "The model is overloaded", "type": "x"}}),
    ],
)
def test_what_passes_may_be_asked_again(raw: bytes) -> None:
    """Errors that pass are told apart, though they came with a status of success."""
    with pytest.raises(LlmUnreachableError):
        read(raw)


def test_a_stream_that_breaks_off_is_no_answer() -> None:
    """Without a sign that it was all, and without an end on purpose, it is cut."""
    with pytest.raises(LlmUnreachableError, match="hung up"):
        read(events(piece("Go")), whole=False)
    assert read(events(piece("Go", "stop")), whole=False).text == "Go"


def test_too_many_bytes_are_not_held() -> None:
    """A body without an end is left at its limit."""
    endless = (b'{"a": "' + b"x" * 2**20 for _ in range(2**20))
    with pytest.raises(LlmAnswerError, match="more than 32 MB"):
        read(endless)
    assert MOST_BYTES == 32 * 2**20


def test_errors_hold_neither_the_key_nor_what_was_said() -> None:
    """A server that says the key back does not bring it into an error."""
    with pytest.raises(LanguageModelError) as caught:
        read(events({"error": {"message": "no secret-key\x1b[2J here"}}))
    assert "secret-key" not in str(caught.value)
    assert str(caught.value).isprintable()
    with pytest.raises(LanguageModelError) as caught:
        read(b"He told me about his illness")
    assert "illness" not in str(caught.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    "choices delta message content index finish_reason usage error refusal text "
                    "tool_calls prompt_tokens object code type".split()
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
    st.booleans(),
)
def test_no_json_makes_it_fall_over(value: Any, stream: bool) -> None:
    """JSON of any shape is an answer, or an error of language models."""
    raw = events({"choices": [value]}, value) if stream else json.dumps(value).encode()
    with suppress(LanguageModelError):
        assert isinstance(read(raw).text, str)
