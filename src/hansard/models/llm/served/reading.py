"""Reads an answer as it comes: a stream of events, or one JSON body, whatever was asked for.

    bytes ── first sign decides ──┬─ `{`              one JSON body
                                  ├─ `data:`, `:` ... events (WHATWG HTML, 9.2), each with JSON
                                  └─ anything else    no answer

`Reader.feed` takes chunks until it says that nothing more is needed; `Reader.finish` gives what was
said. Nothing here knows the network.
"""

import codecs
import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hansard.errors import LanguageModelError, LlmAnswerError, LlmUnreachableError
from hansard.models.llm.served.failures import error_within, printable

logger = logging.getLogger(__name__)

MOST_BYTES: Final = 32 * 2**20

_CUT: Final = frozenset({"length", "max_tokens", "model_length"})
_EVENTS: Final = re.compile(r"(data|event|id|retry)?:")
_SIGNS: Final = 8  # characters that are enough to know a stream of events by


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What a server said, once it was all there."""

    text: str
    finished: bool
    prompt_tokens: int | None
    completion_tokens: int | None


class Reader:
    """Collects one answer.

    Every method raises `LlmAnswerError` where what came is no answer, and `LlmUnreachableError`
    where the server says that it cannot answer now.
    """

    def __init__(self, *, url: str, key: str, most_characters: int) -> None:
        self._url = url
        self._key = key
        self._most = most_characters
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._bytes = 0
        self._parts: list[str] = []  # of a body, or of the line that is not ended yet
        self._events: bool | None = None
        self._data: list[str] = []
        self._text: list[str] = []
        self._characters = 0
        self._said = _Said()

    @property
    def complete(self) -> bool:
        """Whether the model has said that it is done; only what it cost may be missing."""
        return self._said.finish is not None or self._said.done

    def feed(self, chunk: bytes) -> bool:
        """Take the next bytes; True where nothing more is needed."""
        self._bytes += len(chunk)
        if self._bytes > MOST_BYTES:
            raise LlmAnswerError(f"{self._url} answered with more than {MOST_BYTES >> 20} MB")
        self._take(self._decoder.decode(chunk))
        return self._said.done

    def finish(self, *, whole: bool) -> Spoken:
        """What was said; `whole` where the connection was ended on purpose, not by a fault."""
        self._take(self._decoder.decode(b"", final=True), last=True)
        if self._events:
            self._line(self._unended())
            self._end_event()
        else:
            self._body(self._unended())
        said = self._said
        if self._events and not self.complete and not whole:
            raise LlmUnreachableError(f"{self._url} hung up in the middle of its answer")
        self._check(said)
        return Spoken(
            text="".join(self._text),
            finished=said.finish not in _CUT and self.complete,
            prompt_tokens=_count(said.usage.get("prompt_tokens")),
            completion_tokens=_count(said.usage.get("completion_tokens")),
        )

    def _take(self, text: str, *, last: bool = False) -> None:
        self._parts.append(text)
        if self._events is None:
            self._events = self._is_events(last=last)
        if self._events and (last or "\n" in text):
            *lines, rest = "".join(self._parts).split("\n")
            self._parts = [rest]
            for line in lines:
                self._line(line.removesuffix("\r"))

    def _is_events(self, *, last: bool) -> bool | None:
        """What kind of answer it is; None while too little is there."""
        start = "".join(self._parts)[:10_000].lstrip()
        if start.startswith(("{", "[")):
            return False
        if not last and len(start) < _SIGNS and "\n" not in start:
            return None
        if start and not _EVENTS.match(start):
            raise self._no_answer("what came is not JSON", start)
        return bool(start)

    def _unended(self) -> str:
        text = "".join(self._parts)
        self._parts.clear()
        return text

    def _line(self, line: str) -> None:
        name, _, value = line.partition(":")
        if not line:
            self._end_event()
        elif name == "data":
            self._data.append(value.removeprefix(" "))

    def _end_event(self) -> None:
        data, self._data = "\n".join(self._data), []
        if data.strip() == "[DONE]":
            self._said.done = True
        elif data.strip() and not self._said.done:
            self._object(self._json(data))

    def _body(self, text: str) -> None:
        if not text.strip():
            raise LlmUnreachableError(f"{self._url} answered with nothing")
        self._object(self._json(text))
        self._said.done = True

    def _json(self, text: str) -> Mapping[str, Any]:
        try:
            said = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._no_answer("what came is not JSON", text) from error
        if not isinstance(said, dict):
            raise self._no_answer("the JSON that came is no answer", text)
        return said

    def _object(self, said: Mapping[str, Any]) -> None:
        choices = said.get("choices")
        if not choices and (said.get("error") or said.get("object") == "error"):
            raise error_within(said, self._url, self._key)
        if isinstance(said.get("usage"), dict):
            self._said.usage = said["usage"]
        if choices is None and self._events:
            return
        if not isinstance(choices, list) or not (choices or self._events):
            raise self._no_answer("no choices came", json.dumps(said))
        for choice in choices:
            if not isinstance(choice, dict):
                raise self._no_answer("a choice of another shape came", json.dumps(said))
            if choice.get("index") in (0, None):
                self._choice(choice)

    def _choice(self, choice: Mapping[str, Any]) -> None:
        message = choice.get("delta") or choice.get("message") or {}
        if not isinstance(message, dict):
            raise self._no_answer("a message of another shape came", json.dumps(choice))
        said = self._said
        if choice.get("finish_reason") is not None:
            said.finish = str(choice["finish_reason"])
        said.refusal += str(message.get("refusal") or "")
        said.tools = said.tools or bool(message.get("tool_calls") or message.get("function_call"))
        texts = list(self._texts(message.get("content", choice.get("text"))))
        self._text += texts
        self._characters += sum(map(len, (*texts, *_hidden(message))))
        if self._characters > self._most:
            raise LlmAnswerError(f"{self._url} goes on and on: more than {self._most} characters")

    def _texts(self, content: Any) -> Iterator[str]:
        """The text of a message; some servers send it in typed parts, thinking among them."""
        if content is None:
            return
        if isinstance(content, str):
            yield content
            return
        if not isinstance(content, list):
            raise self._no_answer("a content of another shape came", json.dumps(content))
        for part in content:
            if isinstance(part, dict) and part.get("type") in {"text", "output_text"}:
                yield str(part.get("text") or "")

    def _check(self, said: "_Said") -> None:
        if said.refusal and not self._text_is_there():
            words = printable(said.refusal, self._key)
            raise LlmAnswerError(f"the model refuses to answer: {words}")
        if said.finish == "content_filter":
            raise LlmAnswerError(
                f"the content filter of {self._url} withheld the answer",
                hint="take a server or model without such a filter",
            )
        if said.tools and not self._text_is_there():
            raise LlmAnswerError("the model called a tool, though it was given none")
        if self._events and not (self._text or self.complete):
            raise LlmAnswerError(f"{self._url} sent a stream without an answer")

    def _text_is_there(self) -> bool:
        return any(part.strip() for part in self._text)

    def _no_answer(self, what: str, text: str) -> LanguageModelError:
        if text.lstrip().startswith("<"):
            return LlmAnswerError(
                f"{self._url} answered with a web page",
                hint="is llm_url the address of the interface? It often ends in /v1",
            )
        # It may hold what people said, so only the most detailed log shows it.
        logger.debug("no answer: %s", printable(text, self._key))
        return LlmAnswerError(f"{self._url} gave no answer: {what}")


@dataclass(slots=True)
class _Said:
    finish: str | None = None
    refusal: str = ""
    tools: bool = False
    done: bool = False
    usage: Mapping[str, Any] = field(default_factory=dict)


def _hidden(message: Mapping[str, Any]) -> Iterator[str]:
    """Thinking in fields of its own, which is ignored, but not without end."""
    for name in ("reasoning_content", "reasoning"):
        if isinstance(message.get(name), str):
            yield message[name]


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
