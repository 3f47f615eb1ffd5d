"""A scripted server of language models on a real socket, well-mannered or not.

    with LlmServer("Good morning.") as server:                      # always says this
        ... server.url                                              # http://127.0.0.1:PORT/v1
        ... server.asked[0].body["temperature"]                     # what it was asked

    LlmServer(["first", {"tags": []}, status(503)])                 # one after the other; the last
                                                                    # again and again
    LlmServer(lambda request: write_json(request.schema))           # chosen for each request
    LlmServer(refusing(agreeable, "response_format", "stream"))     # 400 where a field is sent
    LlmServer(obey)                                                 # falls for injections

What may be said (`Said`): a text; a mapping (sent as its JSON text); a `Completion` with its
finish_reason, reasoning, refusal, usage and pauses; or a `Manner`, which writes to the `Wire` as it
likes: `Manner(lambda wire: wire.reset())`. The ready ones are made by functions: `status(503)`,
`silence()`, `endless_stream()`.
Texts are sent as a stream of events where that was asked for, else as one JSON body. `GET /models`
is answered from `models`: names, or mappings such as `{"id": "m", "max_model_len": 4096}`, or a
manner. With `key=` every request must carry it. `asked` holds the requests for completions,
`requests` all.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from hansard.testing.llm_json import write_json
from hansard.testing.llm_obedience import obey
from hansard.testing.llm_wire import LlmRequest, Wire, WireServer

__all__ = [
    "Completion",
    "LlmRequest",
    "LlmServer",
    "Manner",
    "Said",
    "Wire",
    "agreeable",
    "cut_stream",
    "endless_body",
    "endless_stream",
    "failing_stream",
    "obey",
    "raw",
    "refusing",
    "silence",
    "silent_stream",
    "status",
    "truncated_json",
    "write_json",
    "wrong_type",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """An answer in all its parts."""

    text: str | None = ""
    reasoning: str = ""
    """Sent as `reasoning_content`."""
    finish: str | None = "stop"
    refusal: str | None = None
    tool_calls: Sequence[Mapping[str, Any]] = ()
    usage: Mapping[str, Any] | None = None
    """By default a count of words."""
    piece: int = 7
    """Characters in each event of a stream."""
    pause: float = 0.0
    """Seconds before each event, or before the one body."""
    done: bool = True
    """Whether a stream ends with `[DONE]`."""
    stream: bool | None = None
    """Stream or not, whatever was asked for."""


@dataclass(frozen=True, slots=True)
class Manner:
    """A way to treat a connection: `Manner(lambda wire: wire.reset())`."""

    behave: Callable[[Wire], None]

    def __call__(self, wire: Wire) -> None:
        """Do it."""
        self.behave(wire)


Said = str | Mapping[str, Any] | Completion | Manner
Answerer = Callable[[LlmRequest], Said]


class LlmServer:
    """The server, in threads of this process."""

    def __init__(
        self,
        answer: Said | Sequence[Said] | Answerer = "Good morning.",
        *,
        models: Sequence[str | Mapping[str, Any]] | Manner = ("test-model",),
        key: str | None = None,
    ) -> None:
        self.requests: list[LlmRequest] = []
        self.asked: list[LlmRequest] = []
        self._answer = _answerer(answer)
        self._models = models
        self._key = key
        self._turn = threading.Lock()
        self._closing = threading.Event()
        wire = type("_Wire", (Wire,), {"on_request": self._on_request, "closing": self._closing})
        self._server = WireServer(("127.0.0.1", 0), wire)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """What a client takes as its base."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _on_request(
        self, wire: Wire, method: str, path: str, headers: Mapping[str, str], raw: bytes
    ) -> None:
        said = self._choose(wire, method, path, headers, raw)
        if isinstance(said, str):
            said = Completion(text=said)
        elif isinstance(said, Mapping):
            said = Completion(text=json.dumps(said, ensure_ascii=False))
        if not isinstance(said, Completion):
            said(wire)
        elif wire.asked.stream if said.stream is None else said.stream:
            _stream(wire, said)
        else:
            _whole(wire, said)

    def _choose(
        self, wire: Wire, method: str, path: str, headers: Mapping[str, str], raw: bytes
    ) -> Said:
        with self._turn:
            asked = LlmRequest(method, path, headers, _parsed(raw), len(self.asked))
            self.requests.append(asked)
            chat = (method, path) == ("POST", "/v1/chat/completions")
            if chat:
                self.asked.append(asked)
        wire.asked = asked
        if self._key is not None and headers.get("authorization") != f"Bearer {self._key}":
            return status(401, _error("Incorrect API key provided", code="invalid_api_key"))
        if (method, path) == ("GET", "/v1/models"):
            return (
                self._models
                if isinstance(self._models, Manner)
                else status(200, _listed(self._models))
            )
        return self._answer(asked) if chat else status(404, {"detail": "Not Found"})


def agreeable(request: LlmRequest) -> str:
    """A valid answer, made of words of the user's message, to whatever was asked."""
    words = [word for word in request.user.split() if word.isalpha()][:200] or ["nothing"]
    if request.schema is not None:
        return write_json(request.schema, words)
    return " ".join(words[:20])


def refusing(answer: Answerer | Said, *fields: str) -> Answerer:
    """The same, but 400 where one of these fields is sent; `json_schema` is a field as well."""
    usual = _answerer(answer)

    def reply(request: LlmRequest) -> Said:
        sent = {*request.body, request.response_format}
        for name in fields:
            if name in sent:
                return status(400, _error(f"Unsupported parameter: '{name}'", param=name))
        return usual(request)

    return reply


def status(
    code: int, body: bytes | str | Mapping[str, Any] = "", headers: Mapping[str, str] | None = None
) -> Manner:
    """A status with a body (a text is sent as the message of an error) and headers."""
    sent = _error(body) if isinstance(body, str) else body
    return Manner(lambda wire: wire.answer(code, sent, headers=headers))


def raw(*parts: bytes | str) -> Manner:
    """These bytes, and the connection closed."""
    return Manner(lambda wire: wire.send(*parts))


def wrong_type(body: bytes | str, kind: str = "text/html", code: int = 200) -> Manner:
    """A body that says that it is of this kind."""
    return Manner(lambda wire: wire.answer(code, body, kind))


def silence() -> Manner:
    """Nothing at all, until the client hangs up."""
    return Manner(Wire.wait)


def silent_stream(text: str = "Good") -> Manner:
    """A stream that says this and then nothing, until the client hangs up."""

    def behave(wire: Wire) -> None:
        wire.open_stream()
        wire.event(_piece({"content": text}))
        wire.wait()

    return Manner(behave)


def endless_stream(text: str = "and so on ", pause: float = 0.0) -> Manner:
    """A stream that says this again and again, until the client hangs up."""

    def behave(wire: Wire) -> None:
        wire.open_stream()
        while not wire.pause(pause):
            wire.event(_piece({"content": text}))

    return Manner(behave)


def endless_body(code: int = 200) -> Manner:
    """One JSON body without an end."""

    def behave(wire: Wire) -> None:
        wire.head(code, "application/json")
        wire.send('{"choices": [{"message": {"content": "')
        while not wire.pause(0):
            wire.send(b"x" * 65_536)

    return Manner(behave)


def cut_stream(text: str = "Good mor") -> Manner:
    """A stream that says this, and a connection that breaks then."""

    def behave(wire: Wire) -> None:
        wire.open_stream()
        wire.event(_piece({"content": text}))
        time.sleep(0.01)  # so that the piece is there before the break is
        wire.reset()

    return Manner(behave)


def failing_stream(error: str | Mapping[str, Any], text: str = "Good") -> Manner:
    """A stream that says this and then an error in place of the rest."""

    def behave(wire: Wire) -> None:
        wire.open_stream()
        wire.event(_piece({"content": text}))
        wire.event({"error": error})
        wire.event("[DONE]")
        wire.close_stream()

    return Manner(behave)


def truncated_json(text: str = "Good morning.") -> Manner:
    """A body that ends in the middle, as if it were whole."""
    return Manner(
        lambda wire: wire.answer(200, json.dumps(_body(wire, Completion(text=text)))[:-40])
    )


def _answerer(answer: Said | Sequence[Said] | Answerer) -> Answerer:
    if isinstance(answer, str | Mapping | Completion | Manner):
        return lambda _request: answer
    if callable(answer):
        return answer
    script: Sequence[Said] = tuple(answer)
    return lambda request: script[min(request.number, len(script) - 1)]


def _parsed(raw: bytes) -> Mapping[str, Any]:
    body = json.loads(raw) if raw else {}
    return body if isinstance(body, dict) else {}


def _listed(models: Sequence[str | Mapping[str, Any]]) -> Mapping[str, Any]:
    data = [{"id": model} if isinstance(model, str) else model for model in models]
    return {"object": "list", "data": [{"object": "model", **model} for model in data]}


def _error(message: str, **more: str) -> Mapping[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


def _usage(wire: Wire, said: Completion) -> Mapping[str, Any]:
    if said.usage is not None:
        return said.usage
    prompt = sum(len((m.get("content") or "").split()) for m in wire.asked.messages)
    answer = len((said.text or "").split())
    return {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}


def _body(wire: Wire, said: Completion) -> Mapping[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said.text}
    message |= {"reasoning_content": said.reasoning} if said.reasoning else {}
    message |= {"refusal": said.refusal} if said.refusal else {}
    message |= {"tool_calls": list(said.tool_calls)} if said.tool_calls else {}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": wire.asked.body.get("model", ""),
        "choices": [{"index": 0, "message": message, "finish_reason": said.finish}],
        "usage": _usage(wire, said),
    }


def _whole(wire: Wire, said: Completion) -> None:
    if not wire.pause(said.pause):
        wire.answer(200, _body(wire, said))


def _piece(delta: Mapping[str, Any], finish: str | None = None) -> Mapping[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]}


def _deltas(said: Completion) -> list[Mapping[str, Any]]:
    text, step = said.text or "", max(1, said.piece)
    deltas: list[Mapping[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": said.reasoning}] if said.reasoning else []
    deltas += [{"content": text[at : at + step]} for at in range(0, len(text), step)]
    deltas += [{"refusal": said.refusal}] if said.refusal else []
    return deltas + ([{"tool_calls": list(said.tool_calls)}] if said.tool_calls else [])


def _stream(wire: Wire, said: Completion) -> None:
    wire.open_stream()
    for delta in _deltas(said):
        if wire.pause(said.pause):
            return
        wire.event(_piece(delta))
    if said.finish is not None:
        wire.event(_piece({}, said.finish))
    if (wire.asked.body.get("stream_options") or {}).get("include_usage"):
        wire.event({"object": "chat.completion.chunk", "choices": [], "usage": _usage(wire, said)})
    if said.done:
        wire.event("[DONE]")
    wire.close_stream()
