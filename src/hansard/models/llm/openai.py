"""Any server that speaks OpenAI's interface, as a language model.

    complete ── request_of ── ask ──┬─ answer ─────────────── Reply
                    ▲               ├─ down, busy ── wait ──┐ at most `llm_attempts`
                    │               │      ▲────────────────┘
                    └─ step_down ◄──┴─ refuses a field (remembered when it worked)

`openai_manners` decides what is sent, `openai_server` asks, `openai_reading` reads the answer,
`openai_failures` understands refusals.
"""

import hashlib
import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from hansard.errors import LanguageModelError
from hansard.models.llm.options import Generation, LlmOptions
from hansard.models.llm.protocol import (
    Ask,
    LanguageModel,
    LanguageModelInfo,
    LanguageModelPlace,
    Reply,
    Usage,
)
from hansard.models.llm.reasoning import strip_reasoning
from hansard.models.llm.served import failures, manners
from hansard.models.llm.served.attempts import Cancelling, persist
from hansard.models.llm.served.failures import Failure
from hansard.models.llm.served.models import Offered, choose, context_of, named, read_models
from hansard.models.llm.tokens import estimate_tokens

if TYPE_CHECKING:
    from hansard.models.llm.served.reading import Spoken
    from hansard.models.llm.served.server import Server

logger = logging.getLogger(__name__)

_CONTEXT: Final = 8192  # tokens, where nobody says
_LOOK: Final = 5.0  # seconds for a listing that is not needed
_CHARACTERS: Final = 32  # of one token at the very most, on average
_SLACK: Final = 10_000  # characters


class OpenAiSpec:
    """The entry point."""

    name = "openai"
    needs: tuple[str, ...] = ("openai",)
    extra = "llm"
    local = False

    def memory(self, place: LanguageModelPlace) -> int:
        """None: the model is elsewhere."""
        del place
        return 0

    def load(self, place: LanguageModelPlace) -> LanguageModel:
        """Get to know the server.

        It need not answer yet, as long as the model is named.

        Raises:
            LlmUnreachableError: no model is named, and the server does not answer.
            LanguageModelError: the address, the key or the template cannot be used, or no model is
                named and the server has not exactly one.
        """
        # The library takes most of a second to import.
        from hansard.models.llm.served.server import new_server

        if not place.url.strip():
            raise LanguageModelError(
                "no server of language models is set",
                hint="set llm_url to an address such as http://localhost:11434/v1",
            )
        options = place.options
        server = new_server(place.url, place.key, options.llm_timeout)
        template = _read_template(options)
        extra = _extra(options, template)
        offered = _look(server) if place.model else _listed(server, options)
        standing = manners.Standing(
            model=place.model or choose(offered or (), server.url),
            extra=extra,
            schema=options.llm_schema,
        )
        digest = hashlib.sha256(template.encode()).hexdigest() if template is not None else "model"
        return OpenAiModel(server, options, standing, offered, digest)


class OpenAiModel:
    """A model behind a server. Threads need no turns: each request has a connection of its own."""

    def __init__(
        self,
        server: "Server",
        options: LlmOptions,
        standing: manners.Standing,
        offered: Sequence[Offered] | None,
        chat_template: str,
    ) -> None:
        self._server = server
        self._options = options
        self._standing = standing
        self._chat_template = chat_template
        self._lock = threading.Lock()
        self._manners = standing.first_manners
        self._offered = offered

    @property
    def info(self) -> LanguageModelInfo:
        """What is known of it."""
        with self._lock:
            offered, schema = self._offered, self._manners.schema
        context = context_of(offered or (), self._standing.model)
        return LanguageModelInfo(
            name=SPEC.name,
            version=version("openai"),
            model=self._standing.model,
            context=self._options.llm_context or context or _CONTEXT,
            chat_template=self._chat_template,
            thinking=self._options.llm_thinking,
            reasoning_parser="tags" if self._options.llm_reasoning_parser == "auto" else None,
            structured_output=schema,
            parallel=self._options.llm_parallel,
        )

    def complete(
        self, ask: Ask, generation: Generation, cancelled: Cancelling = lambda: False
    ) -> Reply:
        """Answer; raises as `LanguageModel.complete` says."""
        with self._lock:
            way = self._manners
        unexplained: tuple[Failure, Mapping[str, Any]] | None = None
        requests = 0
        while True:
            request = manners.request_of(ask, generation, self._standing, way)
            outcome, tries = self._persist(request, way, generation, cancelled)
            requests += tries
            if not isinstance(outcome, Failure):
                self._learn(way, cancelled)
                return self._reply(outcome, requests)
            facts = (outcome, request, self._standing, way)
            lower = manners.named_step(*facts)
            if lower is not None:
                unexplained = None
            else:
                unexplained = unexplained or (outcome, request)
                lower = manners.blind_step(*facts)
            if lower is None:
                told = (outcome, request) if outcome.passes else unexplained
                raise self._error(*(told or (outcome, request)), cancelled)
            logger.info("the language model's server refuses a request; now with %s", lower)
            way = lower

    def count_tokens(self, text: str) -> int:
        """A guess that is rather too high."""
        return estimate_tokens(text)

    def close(self) -> None:
        """Nothing is kept open between requests."""

    def _persist(
        self,
        request: dict[str, Any],
        way: manners.Manners,
        generation: Generation,
        cancelled: Cancelling,
    ) -> "tuple[Spoken | Failure, int]":
        most = self._most_characters(generation)
        return persist(
            lambda: self._server.complete(request, most, cancelled),
            self._options.llm_attempts,
            cancelled,
            lambda f: manners.named_step(f, request, self._standing, way) is not None,
        )

    def _learn(self, way: manners.Manners, cancelled: Cancelling) -> None:
        """Keep the way that worked; look at the models where that did not work before."""
        with self._lock:
            self._manners = self._manners.joined(way)
            missing = self._offered is None
            self._offered = self._offered or ()
        if missing and (found := _look(self._server, cancelled)):
            with self._lock:
                self._offered = found

    def _most_characters(self, generation: Generation) -> int:
        tokens = generation.max_tokens or self.info.context
        return tokens * _CHARACTERS + _SLACK

    def _reply(self, spoken: "Spoken", requests: int) -> Reply:
        parse = self._options.llm_reasoning_parser == "auto"
        return Reply(
            text=strip_reasoning(spoken.text) if parse else spoken.text,
            usage=Usage(
                requests=requests,
                prompt_tokens=spoken.prompt_tokens,
                completion_tokens=spoken.completion_tokens,
            ),
            finished=spoken.finished,
        )

    def _error(
        self, failure: Failure, request: Mapping[str, Any], cancelled: Cancelling
    ) -> LanguageModelError:
        setting = manners.unknown_setting(failure, request, self._server.url)
        if setting is not None:
            return setting
        error = failures.error_of(failure, self._server.url)
        if failure.status == 404:
            error.hint = self._hint_where(cancelled)
        return error

    def _hint_where(self, cancelled: Cancelling) -> str:
        """What may be wrong where the server knows nothing of the address or the model."""
        offered = _look(self._server, cancelled)
        if offered:
            return f"is llm_model right? The server has {named(offered)}"
        if not self._server.url.endswith("/v1"):
            return "is llm_url right? It often ends in /v1"
        return "are llm_url and llm_model right?"


SPEC: Final = OpenAiSpec()


def _look(server: "Server", cancelled: Cancelling | None = None) -> Sequence[Offered] | None:
    """The server's models, where it tells them readily; None where it does not answer."""
    with suppress(LanguageModelError):
        said = server.list_models(_LOOK, cancelled or _never)
        if not isinstance(said, Failure):
            return read_models(said)
        return None if said.passes else ()
    return None


def _listed(server: "Server", options: LlmOptions) -> Sequence[Offered]:
    """The server's models, where they are needed."""
    said, _ = persist(
        lambda: server.list_models(options.llm_timeout, _never), options.llm_attempts, _never
    )
    if isinstance(said, Failure):
        raise failures.error_of(said, f"{server.url}/models")
    return read_models(said)


def _extra(options: LlmOptions, template: str | None) -> Mapping[str, Any]:
    """Fields as vLLM and its like name them."""
    extra: dict[str, Any] = {}
    if options.llm_thinking is not None:
        extra["chat_template_kwargs"] = {"enable_thinking": options.llm_thinking}
    if template is not None:
        extra["chat_template"] = template
    return extra


def _read_template(options: LlmOptions) -> str | None:
    path = options.llm_chat_template
    if path is None:
        return None
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise LanguageModelError(
            f"the chat template {str(path)!r} cannot be read: {error}",
            hint="set llm_chat_template to a Jinja file in UTF-8",
        ) from error


def _never() -> bool:
    return False
