"""Language models in this process: safetensors by transformers, held to a schema by llguidance.

Nothing heavy is imported before a model is loaded. Code that comes with a model is never run, and
nothing is fetched. A question is answered by one thread at a time; the others wait their turn.
"""

import contextlib
import importlib.metadata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hansard.errors import SettingError
from hansard.models.hub import ModelFiles
from hansard.models.llm.generation import from_file
from hansard.models.llm.local.chat import Chat
from hansard.models.llm.local.checkpoint import Checkpoint, precision, read_checkpoint
from hansard.models.llm.local.failures import failing_to_load
from hansard.models.llm.protocol import LanguageModel, LanguageModelInfo, LanguageModelPlace

NAME = "transformers"


@dataclass(frozen=True, slots=True)
class TransformersSpec:
    """The entry point."""

    name: str = NAME
    needs: tuple[str, ...] = ("torch", "transformers", "llguidance")
    extra: str = "llm-local"
    local: bool = True

    def memory(self, place: LanguageModelPlace) -> int:
        """The weights in the precision in use, the cache for a prompt, and scratch.

        Raises:
            ModelError: it is no language model.
            SettingError: `llm_context` is more than it can.
        """
        files = _files(place)
        return read_checkpoint(files).memory(files, place.options, place.device)

    def load(self, place: LanguageModelPlace) -> LanguageModel:
        """Load the model.

        Raises:
            ModelError: it is no language model.
            ModelDamagedError: its files cannot be loaded.
            EngineError: a library that it asks for is missing.
            SettingError: `llm_context` or `llm_chat_template` does not fit it.
            MemoryExhaustedError: there is no room for it.
        """
        files, options = _files(place), place.options
        checkpoint = read_checkpoint(files)
        context = checkpoint.usable(options)
        defaults = from_file(files.path)
        with _quiet(), failing_to_load(files):
            tokenizer, model = _load(place, files, checkpoint)
        chat = Chat(tokenizer, files.name, options.llm_chat_template)
        ends = _ends(model, tokenizer)
        info = LanguageModelInfo(
            name=NAME,
            version=_version(),
            model=files.name,
            digest=files.digest,
            context=context,
            quantization=checkpoint.quantization or precision(options, place.device),
            chat_template=chat.layout,
            thinking=options.llm_thinking,
            reasoning_parser="tags" if options.llm_reasoning_parser == "auto" else None,
            structured_output="llguidance",
            defaults=defaults,
        )
        from hansard.models.llm.local.model import TransformersModel
        from hansard.models.llm.local.run import Parts

        return TransformersModel(info, Parts(model, tokenizer, chat, ends), options)


def _files(place: LanguageModelPlace) -> ModelFiles:
    if place.files is None:
        raise SettingError(
            "a language model in this process needs a model", hint="--llm-model FOLDER"
        )
    return place.files


def _load(place: LanguageModelPlace, files: ModelFiles, checkpoint: Checkpoint) -> tuple[Any, Any]:
    """Tokenizer and model, on their device."""
    import torch
    import transformers

    torch.set_num_threads(max(1, place.threads))
    safe = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(files.path), **safe)
    dtype = getattr(torch, precision(place.options, place.device))
    model, told = transformers.AutoModelForCausalLM.from_pretrained(
        str(files.path),
        use_safetensors=True,
        dtype="auto" if checkpoint.quantization else dtype,
        output_loading_info=True,
        **safe,
    )
    absent = sorted({*told["missing_keys"], *told["mismatched_keys"]}, key=str)
    if absent:
        raise ValueError(f"it lacks {len(absent)} of its weights, {absent[0]} among them")
    if place.device == "cuda":
        model = model.to(torch.device("cuda", place.device_index))
    return tokenizer, model.eval().requires_grad_(requires_grad=False)


def _ends(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """Every token that ends an answer; and leave nothing else of the model's own settings."""
    found: list[int] = []
    for said in (model.generation_config.eos_token_id, tokenizer.eos_token_id):
        found += said if isinstance(said, list) else [] if said is None else [said]
    model.generation_config = type(model.generation_config)()
    if not found:  # then a special token that no text can hold must do
        found = [token for token, one in tokenizer.added_tokens_decoder.items() if one.special][:1]
    return tuple(dict.fromkeys(found))


def _version() -> str:
    names = ("transformers", "torch", "llguidance")
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep progress bars, and warnings that are for developers, from the screen."""
    import transformers

    log = transformers.utils.logging
    level, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.set_verbosity(level)
        if bars:
            log.enable_progress_bar()


SPEC = TransformersSpec()
