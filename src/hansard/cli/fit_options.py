"""Options of a training out of flags, a recipe and an earlier start."""

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from cyclopts import Parameter

from hansard.cli.clips import HERE, JsonFlag, ProjectFlag
from hansard.errors import SettingError
from hansard.training.fitting.options import FitOptions

if TYPE_CHECKING:
    from pydantic import BaseModel

DEFAULTS = FitOptions()
Fit = Annotated[FitOptions, Parameter(name="*")]
Given = Annotated[Collection[str], Parameter(parse=False)]
"""The names of the flags that were typed."""


@dataclass(frozen=True, kw_only=True)
class Reporting:
    """Where a training is, and how it is told of."""

    project: ProjectFlag = HERE
    """The folder of the training project."""
    request_id: str = ""
    """Stands in every line of the log; made up where it is not given."""
    json_: JsonFlag = False
    """Write the run's manifest as JSON at the end."""


REPORTING = Reporting()
Reported = Annotated[Reporting, Parameter(name="*")]


def wants_given(command: Callable[..., Any]) -> Callable[..., Any]:
    """Have the names of the flags that were typed passed to a command, as `given`."""
    marked: Any = command
    marked.wants_given = True
    return command


def choose_options(
    before: Mapping[str, Any], recipe: Path | None, fit: FitOptions, given: Collection[str]
) -> FitOptions:
    """Options from the weakest source to the strongest: an earlier start, a recipe, flags.

    Raises:
        SettingError: the recipe cannot be read, or a value may not be.
    """
    values = dict(before)
    if recipe is not None:
        values |= _read(recipe)
        if isinstance(values.get("augment"), str):  # beside the recipe that names it
            values["augment"] = recipe.parent / values["augment"]
    values |= {name: value for name, value in asdict(fit).items() if name in given}
    return check_options(values)


def check_options(values: Mapping[str, Any]) -> FitOptions:
    """Options of these values, checked.

    Raises:
        SettingError: names the first that may not be.
    """
    from pydantic import ValidationError

    try:
        checked = _border().model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        raise SettingError(
            f"{name} = {first['input']!r}: {first['msg'].removeprefix('Input ')}",
            hint="hansard train run --help lists the options",
        ) from error
    return FitOptions(**{field.name: getattr(checked, field.name) for field in fields(FitOptions)})


@cache
def _border() -> "type[BaseModel]":
    from pydantic import create_model

    hints = get_type_hints(FitOptions, include_extras=True)
    columns: dict[str, Any] = {f.name: (hints[f.name], f.default) for f in fields(FitOptions)}
    return create_model("Checked", __config__={"extra": "forbid"}, **columns)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingError(
            f"recipe {str(path)!r} cannot be read: {error}",
            hint="a recipe is a TOML file with lines such as: learning_rate = 1e-4",
        ) from error
