"""How engines are found: by entry point, ours and a stranger's through the same door.

An engine is an object that keeps `hansard.models.engines.EngineSpec`, named in the entry point
group `hansard.engines` of any installed package.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import cast

from hansard.errors import EngineError, MissingExtraError, UnknownNameError
from hansard.models.engines import EngineSpec

GROUP = "hansard.engines"


@dataclass(frozen=True, slots=True)
class FoundEngine:
    """An engine that some installed package offers."""

    name: str
    package: str
    ready: bool
    problem: str = ""


def engine_entry_points() -> Mapping[str, EntryPoint]:
    """Every engine by name, without loading any."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def load_engine_spec(name: str) -> EngineSpec:
    """The engine of this name; its own library is loaded, as its module needs it.

    Raises:
        UnknownNameError: no installed package offers it.
        MissingExtraError: its library is not installed.
        EngineError: its module cannot be loaded.
    """
    found = engine_entry_points()
    if name not in found:
        raise UnknownNameError(
            f"unknown engine {name!r}", hint=f"installed engines: {', '.join(sorted(found))}"
        )
    try:
        return cast("EngineSpec", found[name].load())
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"engine {name!r} needs {error.name!r}, which is not installed",
            hint=f"pip install 'hansard[{name}]'",
        ) from error
    except (ImportError, OSError, AttributeError) as error:
        raise EngineError(f"engine {name!r} cannot be loaded: {error}") from error


def list_engines() -> tuple[FoundEngine, ...]:
    """What is installed, and what each engine still lacks."""
    listed: list[FoundEngine] = []
    for name, entry in sorted(engine_entry_points().items()):
        package = entry.dist.name if entry.dist else "?"
        problem = ""
        if find_spec(entry.module.split(".")[0]) is None:
            problem = f"module {entry.module!r} is missing"
        else:
            try:
                spec = load_engine_spec(name)
            except (MissingExtraError, EngineError) as error:
                problem = str(error)
            else:
                absent = [module for module in spec.needs if find_spec(module) is None]
                problem = f"needs {', '.join(absent)}" if absent else ""
        listed.append(FoundEngine(name, package, not problem, problem))
    return tuple(listed)
