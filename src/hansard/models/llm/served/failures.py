"""What a server says in place of an answer, in plain words; what passes, and how long to wait."""

import json
import math
import random
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

from hansard.errors import (
    LanguageModelError,
    LlmAccessError,
    LlmAnswerError,
    LlmUnreachableError,
)

MOST_WAIT: Final = 60.0
"""Seconds that a server may have us wait before another try."""
PLACEHOLDER: Final = "none"
"""Sent in place of an empty key, because the interface has no request without one."""

_PASSING: Final = frozenset({408, 409, 425, 429})
_SHOWN: Final = 300  # characters of a server's message that an error repeats
_READ: Final = 4000  # characters of it that are looked through
_DEEP: Final = 4  # levels of an error that are looked into
_FIRST_WAIT: Final = 0.5
_SECRET_FROM: Final = 4  # characters; shorter keys are stand-ins such as "x"
_TOO_LONG: Final = re.compile(
    r"context[ _](length|window|size)|n_ctx|prompt is too long|too many (input )?tokens"
    r"|maximum (context|model|number of tokens|input)|max_model_len|reduce the length",
    re.IGNORECASE,
)
_TRANSIENT: Final = re.compile(
    r"overload|rate.?limit|too many requests|server.?error|internal|unavailable|time.?out|capacity"
    r"|temporar|try again|loading model",
    re.IGNORECASE,
)


class TooSlowError(LlmUnreachableError):
    """The server took longer than one request may; another try would take as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A status that is no success, and what came with it."""

    status: int
    words: str
    """The server's own message, printable and without the key."""
    param: str = ""
    """The field that it is about, where the server says."""
    code: str = ""
    retry_after: float | None = None
    """Seconds."""
    location: str = ""
    """Where a redirect points."""

    @property
    def passes(self) -> bool:
        """Whether another try may help."""
        return (self.status in _PASSING or self.status >= 500) and self.code != "insufficient_quota"

    @property
    def too_long(self) -> bool:
        """Whether the prompt does not fit into the model's context."""
        return _TOO_LONG.search(self.words) is not None

    def names(self, field: str) -> bool:
        """Whether it is about this field of the request."""
        named = re.search(rf"(?<![A-Za-z0-9_]){re.escape(field)}(?![A-Za-z0-9_])", self.words)
        return self.param.split(".")[0] == field or named is not None


def read_failure(status: int, headers: Mapping[str, str], body: bytes, key: str) -> Failure:
    """Understand a refusal, whoever wrote it: OpenAI, vLLM, FastAPI, Ollama, a proxy's page."""
    text = body.decode("utf-8", "replace")
    said = _parsed(text)
    inner = _mapping(said.get("error")) or said
    return Failure(
        status=status,
        words=printable(_message(said) if said else _untagged(text), key, _READ),
        param=printable(str(inner.get("param") or ""), key, 100),
        code=printable(str(inner.get("code") or ""), key, 100),
        retry_after=read_retry_after(headers),
        location=printable(headers.get("location", ""), key, 200),
    )


def error_of(failure: Failure, url: str) -> LanguageModelError:
    """The error that a refusal is, where nothing better is known of it."""
    what = f"{url} answered {failure.status}"
    message = f"{what}: {failure.words[:_SHOWN]}" if failure.words else what
    if failure.status in {401, 403}:
        return LlmAccessError(message, hint="is the key of this server set, and right (llm_key)?")
    if 300 <= failure.status < 400:
        place = f"{what}: it points to {failure.location or 'another address'}"
        return LanguageModelError(place, hint="set llm_url to that address, if it is the right one")
    if failure.passes:
        return LlmUnreachableError(message, hint="see whether the server is up, or try later")
    if failure.too_long:
        hint = "set llm_context to the tokens that the server's model holds, or lower max_tokens"
        return LanguageModelError(message, hint=hint)
    return LanguageModelError(message)


def error_within(said: Mapping[str, Any], url: str, key: str) -> LanguageModelError:
    """The error that came with a status of 200."""
    inner = _mapping(said.get("error")) or said
    signs = " ".join(str(inner.get(name) or "") for name in ("code", "type", "status"))
    words = printable(_message(said), key, _SHOWN)
    message = f"{url} gave an error in place of an answer: {words or 'without a message'}"
    passing = any(int(number) in _PASSING for number in re.findall(r"\b4\d\d\b", signs))
    if passing or re.search(r"\b5\d\d\b", signs) or _TRANSIENT.search(f"{signs} {words}"):
        return LlmUnreachableError(message)
    return LlmAnswerError(message)


def printable(text: str, key: str, most: int = _SHOWN) -> str:
    """On one line, without control characters and without the key, at most so long."""
    if len(key) >= _SECRET_FROM and key != PLACEHOLDER:
        text = text.replace(key, "[key]")
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: most * 4]).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server wants us to wait (RFC 9110, 10.2.3), between 0 and `MOST_WAIT`."""
    said = headers.get("retry-after", "").strip()
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(said).timestamp() - time.time()
        except (ValueError, OverflowError, OSError):
            return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), MOST_WAIT)


def pause_after(attempt: int, retry_after: float | None) -> float:
    """Seconds to wait after this attempt, counted from 1: what the server says, else doubling."""
    if retry_after is not None:
        return retry_after
    most = min(_FIRST_WAIT * 2.0 ** min(attempt - 1, 10), MOST_WAIT / 2)
    return random.uniform(most / 2, most)  # so that many clients do not come back at once


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if isinstance(said, list) and said:  # Google wraps its errors in a list
        said = said[0]
    return said if isinstance(said, dict) else {"message": str(said)}


def _message(said: Mapping[str, Any]) -> str:
    return "; ".join(part for part in _messages(said, _DEEP) if part)


def _messages(said: Any, depth: int) -> Iterator[str]:
    """The messages of an error: never what it repeats of the request."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, list) and depth:
        for part in said[:8]:
            yield from _messages(part, depth - 1)
    elif isinstance(said, dict) and depth:
        place = said.get("loc")
        at = f"{'.'.join(map(str, place[:8]))}: " if isinstance(place, list) else ""
        for name in ("error", "message", "msg", "detail", "error_description"):
            for words in _messages(said.get(name), depth - 1):
                yield at + words


def _untagged(text: str) -> str:
    """A page's words."""
    text = re.sub(r"(?is)<(script|style)\b.{0,20000}?</\1>", " ", text[: _READ * 8])
    return re.sub(r"<[^<>]{0,1000}>", " ", text)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
