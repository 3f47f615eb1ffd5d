"""How back ends are found: by entry point, ours and a stranger's through the same door.

| group | names objects that keep |
|---|---|
| `hansard.engines` | `hansard.models.engines.EngineSpec` |
| `hansard.speakers` | `hansard.models.speakers.SpeakerEngineSpec` |
| `hansard.aligners` | `hansard.models.alignment.AlignerSpec` |
| `hansard.llms` | `hansard.models.llm.LanguageModelSpec` |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any, Literal, cast

from hansard.errors import EngineError, MissingExtraError, UnknownNameError
from hansard.models.alignment import AlignerSpec
from hansard.models.engines import EngineSpec
from hansard.models.llm import LanguageModelSpec
from hansard.models.speakers import SpeakerEngineSpec

Kind = Literal["engine", "speaker engine", "aligner", "language model engine"]

GROUPS: Mapping[Kind, str] = {
    "engine": "hansard.engines",
    "speaker engine": "hansard.speakers",
    "aligner": "hansard.aligners",
    "language model engine": "hansard.llms",
}


@dataclass(frozen=True, slots=True)
class FoundEngine:
    """A back end that some installed package offers."""

    name: str
    package: str
    ready: bool
    problem: str = ""


def engine_entry_points(kind: Kind = "engine") -> Mapping[str, EntryPoint]:
    """Every back end of a kind by name, without loading any."""
    return {entry.name: entry for entry in entry_points(group=GROUPS[kind])}


def load_engine_spec(name: str) -> EngineSpec:
    """The speech engine of this name; its own library is loaded, as its module needs it.

    Raises:
        UnknownNameError: no installed package offers it.
        MissingExtraError: its library is not installed.
        EngineError: its module cannot be loaded.
    """
    return cast("EngineSpec", _load("engine", name))


def load_speaker_spec(name: str) -> SpeakerEngineSpec:
    """The speaker engine of this name.

    Raises:
        HansardError: as `load_engine_spec`.
    """
    return cast("SpeakerEngineSpec", _load("speaker engine", name))


def load_aligner_spec(name: str) -> AlignerSpec:
    """The aligner of this name.

    Raises:
        HansardError: as `load_engine_spec`.
    """
    return cast("AlignerSpec", _load("aligner", name))


def load_llm_spec(name: str) -> LanguageModelSpec:
    """The back end for language models of this name.

    Raises:
        HansardError: as `load_engine_spec`.
    """
    return cast("LanguageModelSpec", _load("language model engine", name))


def _load(kind: Kind, name: str) -> Any:
    found = engine_entry_points(kind)
    if name not in found:
        raise UnknownNameError(
            f"unknown {kind} {name!r}", hint=f"installed: {', '.join(sorted(found))}"
        )
    try:
        spec = found[name].load()
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"{kind} {name!r} needs {error.name!r}, which is not installed",
            hint=f"pip install 'hansard[{name}]'",
        ) from error
    except (ImportError, OSError, AttributeError) as error:
        raise EngineError(f"{kind} {name!r} cannot be loaded: {error}") from error
    absent = [module for module in spec.needs if find_spec(module) is None]
    if absent and spec.extra:
        raise MissingExtraError(
            f"{kind} {name!r} needs {absent[0]!r}, which is not installed",
            hint=f"pip install 'hansard[{spec.extra}]'",
        )
    return spec


def list_engines(kind: Kind = "engine") -> tuple[FoundEngine, ...]:
    """What is installed of a kind, and what each still lacks."""
    listed: list[FoundEngine] = []
    for name, entry in sorted(engine_entry_points(kind).items()):
        package = entry.dist.name if entry.dist else "?"
        problem = ""
        if find_spec(entry.module.split(".")[0]) is None:
            problem = f"module {entry.module!r} is missing"
        else:
            try:
                spec = _load(kind, name)
            except (MissingExtraError, EngineError) as error:
                problem = str(error)
            else:
                absent = [module for module in spec.needs if find_spec(module) is None]
                problem = f"needs {', '.join(absent)}" if absent else ""
        listed.append(FoundEngine(name, package, not problem, problem))
    return tuple(listed)
