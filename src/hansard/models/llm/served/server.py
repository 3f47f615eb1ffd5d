"""A server that speaks OpenAI's interface, asked through the `openai` library.

Little is left to the library: no retries, no environment, no redirects, no headers of its own.
Each request has a client of its own, whose every wait (look-up, connect, TLS, silence, slow bytes)
ends with the request's patience, or soon after it is cancelled.
"""

import json
import logging
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import openai

from hansard.errors import (
    AddressRefusedError,
    FetchError,
    LanguageModelError,
    LlmAnswerError,
    LlmUnreachableError,
)
from hansard.models.llm.served.failures import (
    PLACEHOLDER,
    Failure,
    TooSlowError,
    read_failure,
)
from hansard.models.llm.served.reading import Reader, Spoken
from hansard.models.llm.served.wire import Envelope
from hansard.net.addresses import check_url, shown
from hansard.net.client import CONNECT
from hansard.net.patience import Patience


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is, and what it is told of us."""

    url: str
    """With `/v1` where the server has that; checked."""
    key: str = field(repr=False)
    timeout: float
    """Seconds that one request may take."""
    trusted: ssl.SSLContext = field(repr=False)

    def complete(
        self, request: dict[str, Any], most_characters: int, cancelled: Callable[[], bool]
    ) -> Spoken | Failure:
        """Ask once.

        Raises:
            TooSlowError: it took longer than `timeout`.
            LlmUnreachableError: it is down, or broke the connection.
            LlmAnswerError: what came is no answer.
            LanguageModelError: the address or its certificate is wrong.
            Cancelled: `cancelled` said so.
        """
        reader = Reader(url=self.url, key=self.key, most_characters=most_characters)
        patience = Patience.lasting(self.timeout, cancelled)
        with self._explained(patience), self._client(patience) as client:
            try:
                with client.chat.completions.with_streaming_response.create(**request) as answer:
                    return self._read(answer.http_response, reader)
            except openai.APIStatusError as error:
                return self._failure(error.response)

    def list_models(self, seconds: float, cancelled: Callable[[], bool]) -> Any | Failure:
        """What `GET /models` says, as JSON; raises as `complete` does."""
        patience = Patience.lasting(min(seconds, self.timeout), cancelled)
        with self._explained(patience), self._client(patience) as client:
            try:
                with client.models.with_streaming_response.list() as answer:
                    return json.loads(b"".join(answer.http_response.iter_bytes()))
            except openai.APIStatusError as error:
                return self._failure(error.response)
            except (ValueError, RecursionError) as error:
                raise LlmAnswerError(f"{self.url}/models answered with no JSON") from error

    def _read(self, answer: httpx2.Response, reader: Reader) -> Spoken:
        try:
            for chunk in answer.iter_bytes():
                if reader.feed(chunk):
                    break
        except FetchError:
            if not reader.complete:
                raise
        # Without a length or chunks, a fault looks just like an end.
        return reader.finish(
            whole="transfer-encoding" in answer.headers or "content-length" in answer.headers
        )

    def _failure(self, answer: httpx2.Response) -> Failure:
        return read_failure(answer.status_code, answer.headers, answer.content, self.key)

    @contextmanager
    def _client(self, patience: Patience) -> Iterator[openai.OpenAI]:
        timeout = httpx2.Timeout(None, connect=min(CONNECT, self.timeout))
        transport = Envelope(self.key, patience, self.trusted)
        with httpx2.Client(
            transport=transport, trust_env=False, follow_redirects=False, timeout=timeout
        ) as http:
            # What is None here, the library would read from the environment.
            yield openai.OpenAI(
                api_key=PLACEHOLDER,
                admin_api_key="",
                organization="",
                project="",
                webhook_secret="",
                base_url=self.url,
                max_retries=0,
                timeout=timeout,
                http_client=http,
            )

    @contextmanager
    def _explained(self, patience: Patience) -> Iterator[None]:
        """What goes wrong on the way, as errors of language models."""
        try:
            yield
        except FetchError as error:
            if patience.until <= time.monotonic():
                raise TooSlowError(
                    f"{self.url} took longer than {self.timeout:g} seconds",
                    hint="raise llm_timeout, or take a smaller model",
                ) from error
            raise _unreachable(error) from error
        except AddressRefusedError as error:
            raise LanguageModelError(f"{self.url} cannot be asked: {error}") from error
        except openai.OpenAIError as error:
            # Its own words may hold what was sent; only its kind is told.
            raise LanguageModelError(
                f"{self.url} cannot be asked: {type(error).__name__}"
            ) from None


def new_server(url: str, key: str, timeout: float) -> Server:
    """Check where a server is, before anything is sent there.

    Raises:
        LanguageModelError: the address or the key cannot be used.
    """
    # They may log addresses and, in detail, what was said and the headers that came.
    for name in ("openai", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    key = key.strip() or PLACEHOLDER
    if not (key.isascii() and key.isprintable()):
        raise LanguageModelError(
            "the key of the language model holds characters that cannot be sent",
            hint="set llm_key to the key alone",
        )
    try:
        checked = check_url(url.strip(), allow_private=True)
    except AddressRefusedError as error:
        raise LanguageModelError(
            f"the address of the language model cannot be used: {error}",
            hint="set llm_url to an address such as http://localhost:11434/v1",
        ) from error
    if checked.query or checked.fragment:
        raise LanguageModelError(
            f"the address of the language model has more than a path: {shown(checked)}?...",
            hint="set llm_url to what comes before the question mark",
        )
    trusted = httpx2.create_ssl_context(trust_env=False)
    return Server(str(checked).rstrip("/"), key, timeout, trusted)


def _unreachable(error: FetchError) -> LanguageModelError:
    hint = error.hint or "see whether the server is up, and whether llm_url is right"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            hint = error.hint or "does the server speak https at all? Try http in llm_url"
            if not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
                return LanguageModelError(str(error), hint=hint)
        cause = cause.__cause__ or cause.__context__
    return LlmUnreachableError(str(error), hint=hint)
