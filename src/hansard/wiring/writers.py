"""Language models: chosen, found, loaded, lent."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from hansard.errors import SettingError
from hansard.models.hub import ModelFiles
from hansard.models.llm import LanguageModelPlace, LanguageModelSpec
from hansard.models.residency import Residents
from hansard.plugins import engine_entry_points, load_llm_spec
from hansard.settings import Options
from hansard.wiring.machine import choose_device, count_cores
from hansard.work.lending import WriterLent, Writing
from hansard.work.options import WriteOptions

logger = logging.getLogger(__name__)

EXTRACTIVE = "extractive"
FIXED = (
    "llm_context", "llm_dtype", "llm_chat_template", "llm_thinking", "llm_timeout",
    "llm_reasoning_parser",
)  # fmt: skip
"""Settings that a loaded model keeps."""
FOREIGN = {"openai": ("llm_dtype",), "transformers": ("llm_schema", "llm_parallel")}
"""Settings that a back end cannot honour."""
Find = Callable[[str], ModelFiles]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is to write: which back end, where, with which model."""

    engine: str
    url: str = ""
    key: str = ""
    model: str = ""


def choose_writer(task: Writing, options: WriteOptions) -> Chosen:
    """What the settings mean for a task: its own are stronger than the common ones.

    A key goes only where it was meant to go: the common one is not sent to another address.

    Raises:
        SettingError: they do not go together.
    """
    own_url = options.clean_llm_url if task == "clean" else options.summary_llm_url
    own_key = options.clean_llm_key if task == "clean" else options.summary_llm_key
    own_model = options.clean_llm_model if task == "clean" else options.summary_llm_model
    url = own_url or options.llm_url
    key = own_key or (options.llm_key if url == options.llm_url else "")
    model = own_model or options.llm_model
    engine = options.llm_engine
    if engine == "auto":
        engine = "openai" if url else "transformers" if model else EXTRACTIVE
    if engine != EXTRACTIVE and engine not in engine_entry_points("language model engine"):
        known = ", ".join((EXTRACTIVE, *sorted(engine_entry_points("language model engine"))))
        raise SettingError(f"llm_engine = {engine!r}: there is none of this name", hint=known)
    if engine == "openai":
        _check_url(url)
    if engine == "transformers" and not model:
        raise SettingError(
            "llm_engine = 'transformers' needs a model, and none is named",
            hint="--llm-model FOLDER, or a repository such as owner/name",
        )
    for name in FOREIGN.get(engine, ()):
        if getattr(options, name) != getattr(WriteOptions, name):
            raise SettingError(
                f"{name} = {getattr(options, name)!r}: the engine {engine!r} has no such choice",
                hint=f"leave {name} unset, or choose another llm_engine",
            )
    return Chosen(engine=engine, url=url, key=key, model=model)


def _check_url(url: str) -> None:
    if not url:
        raise SettingError(
            "llm_engine = 'openai' needs the address of a server, and none is set",
            hint="--llm-url http://localhost:11434/v1",
        )
    if not url.startswith(("http://", "https://")):
        raise SettingError(
            f"llm_url = {url!r}: no address of a server", hint="http://localhost:11434/v1"
        )


@dataclass(frozen=True, slots=True)
class Writers:
    """What language models are made from here."""

    options: Options
    residents: Residents[Any]
    fetch: Find
    """Finds a language model's files, or fetches them where that is allowed."""

    def writes(self, task: Writing, options: WriteOptions) -> bool:
        """Whether a language model is set; a local one must be here, and its library installed."""
        chosen = choose_writer(task, options)
        if chosen.engine == EXTRACTIVE:
            return False
        spec = load_llm_spec(chosen.engine)
        if spec.local:
            self.fetch(chosen.model)
        return True

    @contextmanager
    def lend(self, task: Writing, options: WriteOptions) -> Iterator[WriterLent]:
        """The model for a task, loaded if need be."""
        chosen = choose_writer(task, options)
        if chosen.engine == EXTRACTIVE:
            yield WriterLent(None)
            return
        spec = load_llm_spec(chosen.engine)
        place = self._place(chosen, spec, options)
        logger.info("language model: %s %s", chosen.engine, chosen.model or "(the server's own)")
        secrets = tuple(secret for secret in (chosen.key,) if secret)
        memory = spec.memory(place)
        if not memory:  # it is elsewhere: nothing to keep here
            model = spec.load(place)
            try:
                yield WriterLent(model, secrets)
            finally:
                model.close()
            return
        digest = place.files.digest if place.files else ""
        facts = tuple(getattr(options, name) for name in FIXED)
        key = ("llm", spec.name, digest, place.device, facts)
        with self.residents.lend(
            key, memory, lambda: spec.load(place), lambda model: model.close()
        ) as model:
            yield WriterLent(model, secrets)

    def _place(
        self, chosen: Chosen, spec: LanguageModelSpec, options: WriteOptions
    ) -> LanguageModelPlace:
        device: Literal["cpu", "cuda"] = "cpu"
        if spec.local:
            device = choose_device(self.options)
        return LanguageModelPlace(
            options=options,
            url=chosen.url,
            key=chosen.key,
            model=chosen.model,
            files=self.fetch(chosen.model) if spec.local else None,
            device=device,
            device_index=self.options.device_index,
            threads=self.options.threads or count_cores(),
        )
