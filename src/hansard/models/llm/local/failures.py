"""What torch and transformers raise, in the words of somebody who wants a model to write."""

import contextlib
from collections.abc import Iterator

from hansard.errors import (
    EngineError,
    LanguageModelError,
    MemoryExhaustedError,
    ModelDamagedError,
)
from hansard.models.hub import ModelFiles

_NO_MEMORY = ("out of memory", "not enough memory", "allocat", "bad_alloc")


@contextlib.contextmanager
def failing_to_load(files: ModelFiles) -> Iterator[None]:
    """What libraries say of a model that cannot be loaded, in our words."""
    what = f"language model {files.name!r} at {str(files.path)!r}"
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if _is_memory(error):
            raise _no_memory(f"out of memory while loading {what}") from error
        raise _damaged(files, what, error) from error
    except ImportError as error:
        raise EngineError(
            f"{what} cannot be loaded: {_line(error)}",
            hint="install what it asks for, or choose a model that is not quantised",
        ) from error
    except Exception as error:  # whatever libraries make of a stranger's files
        raise _damaged(files, what, error) from error


@contextlib.contextmanager
def failing_to_answer(name: str) -> Iterator[None]:
    """What libraries say of an answer that failed, in our words."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if _is_memory(error):
            raise _no_memory(f"out of memory while model {name!r} answered") from error
        raise LanguageModelError(f"language model {name!r} failed: {_line(error)}") from error
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise LanguageModelError(f"language model {name!r} failed: {_line(error)}") from error


def _is_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in _NO_MEMORY)


def _no_memory(what: str) -> MemoryExhaustedError:
    return MemoryExhaustedError(
        what,
        hint="choose a smaller model, a smaller llm_context or llm_dtype = bfloat16, or end what "
        "else uses memory",
    )


def _damaged(files: ModelFiles, what: str, error: Exception) -> ModelDamagedError:
    return ModelDamagedError(
        f"{what} cannot be loaded: {_line(error)}",
        hint=f"hansard models verify {files.name}, or choose another model with --llm-model",
    )


def _line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
