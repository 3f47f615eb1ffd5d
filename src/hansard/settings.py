"""Every setting, typed; read once, by the program that the user starts.

A setting is a field of some room's option class. It has one name everywhere: `vad_threshold` in
Python and TOML, `HANSARD_VAD_THRESHOLD` in the environment and `.env`, `--vad-threshold` on the
command line. Weakest to strongest: default, TOML file, `.env`, environment, flags.
"""

import ast
import inspect
import os
import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from hansard.errors import SettingError
from hansard.jobs.options import ServiceOptions
from hansard.models.hub.options import HubOptions
from hansard.models.residency.options import ResidencyOptions
from hansard.transcript.subtitles import SubtitleOptions
from hansard.work.options import WorkOptions

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_settings import BaseSettings

PREFIX = "HANSARD_"
FILE_NAME = "hansard.toml"
SECRETS = frozenset({"hf_token", "redis_url", "llm_key", "clean_llm_key", "summary_llm_key"})


@dataclass(frozen=True, kw_only=True)
class Options(WorkOptions, HubOptions, ResidencyOptions, SubtitleOptions, ServiceOptions):
    """Every setting of Hansard, with its default. Give this object to `hansard.transcribe`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Options as they were read, and where each came from."""

    options: Options
    origins: Mapping[str, str]
    """Setting to `default`, `file PATH`, `.env`, `environment` or `flag`."""
    file: Path | None
    """The TOML file that was read."""
    unknown: tuple[str, ...] = ()
    """Names like `HANSARD_...` in `.env` or the environment that are no setting."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is declared about one setting."""

    name: str
    default: Any
    annotation: Any
    help: str
    room: str
    """The option class that declares it."""

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")


@cache
def declared() -> Mapping[str, Setting]:
    """Every setting by name, in the order of the rooms."""
    hints = get_type_hints(Options, include_extras=True)
    found: dict[str, Setting] = {}
    helps: dict[str, tuple[str, str]] = {}
    for room in Options.__mro__:
        if room is not object:
            helps.update({name: (text, room.__name__) for name, text in _field_helps(room)})
    for item in fields(Options):
        default = item.default
        if default is MISSING and item.default_factory is not MISSING:
            default = item.default_factory()
        text, room_name = helps[item.name]
        found[item.name] = Setting(item.name, default, hints[item.name], text, room_name)
    return found


def read(
    flags: Mapping[str, Any] | None = None,
    *,
    config: Path | None = None,
    folder: Path | None = None,
) -> Settings:
    """Read every source and check every value.

    `flags` are values already given; `config` names the TOML file, else `HANSARD_CONFIG` does, else
    `hansard.toml` in `folder` (default: here), else the one in the user's configuration folder.

    Raises:
        SettingError: names the setting, its value, where it came from and what is allowed.
    """
    here = folder or Path.cwd()
    file = find_file(config, here)
    layers: list[tuple[str, Mapping[str, Any]]] = [
        (f"file {file}", _read_toml(file) if file else {}),
        (".env", _read_source("dotenv", here / ".env")),
        ("environment", _read_source("environment", None)),
        ("flag", dict(flags or {})),
    ]
    values: dict[str, Any] = {}
    origins = dict.fromkeys(declared(), "default")
    for origin, layer in layers:
        for name, value in layer.items():
            values[name] = value
            origins[name] = origin
    checked = _check(values, origins)
    return Settings(Options(**checked), origins, file, _unknown_variables())


def override(base: Options, given: Mapping[str, Any]) -> Options:
    """Options with other values for some settings, checked like those of any other source.

    Raises:
        SettingError: a name is no setting, or a value may not be.
    """
    for name in given:
        if name not in declared():
            near = get_close_matches(name, declared(), n=1)
            raise SettingError(
                f"unknown setting {name!r}", hint=f"did you mean {near[0]}?" if near else ""
            )
    return replace(base, **_check(given, dict.fromkeys(given, "request")))


def pack(options: Options, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """Every setting that is not at its default, as JSON can hold it, for a child process."""
    plain: dict[str, Any] = {}
    for setting in declared().values():
        value = getattr(options, setting.name)
        if value != setting.default and setting.name not in leave_out:
            plain[setting.name] = str(value) if isinstance(value, Path) else value
    return plain


PASSED_ON = (
    "PATH", "HOME", "LANG", "LC_", "TZ", "TMPDIR", "XDG_", "PYTHON", "VIRTUAL_ENV", "SSL_CERT_",
    "LD_LIBRARY_PATH", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "OMP_", "MKL_",
    "OPENBLAS_", "CT2_", "CUDA_", "NVIDIA_", "HSA_", "HIP_", "ROCR_", "PYTORCH_", "SYSTEMROOT",
)  # fmt: skip
"""Beginnings of the environment variables that child processes get; none of them is a secret."""


def child_environment() -> dict[str, str]:
    """The environment of a child process: no settings, tokens or passwords."""
    return {name: text for name, text in os.environ.items() if name.upper().startswith(PASSED_ON)}


def find_file(config: Path | None, here: Path) -> Path | None:
    """The TOML file to read, or None where there is none.

    Raises:
        SettingError: a file was named and is not there.
    """
    import platformdirs

    named = config or (
        Path(os.environ[PREFIX + "CONFIG"]) if PREFIX + "CONFIG" in os.environ else None
    )
    if named is not None:
        if not named.is_file():
            raise SettingError(
                f"no settings file at {str(named)!r}", hint="hansard settings init writes one"
            )
        return named
    home = platformdirs.user_config_path("hansard", appauthor=False) / FILE_NAME
    return next((file for file in (here / FILE_NAME, home) if file.is_file()), None)


def _read_toml(file: Path) -> Mapping[str, Any]:
    from pydantic_settings import TomlConfigSettingsSource

    try:
        values = TomlConfigSettingsSource(_model(), file)()
    except (ValueError, OSError) as error:
        raise SettingError(f"settings file {str(file)!r} cannot be read: {error}") from error
    for name in values:
        if name not in declared():
            near = get_close_matches(name, declared(), n=1)
            raise SettingError(
                f"unknown setting {name!r} in {str(file)!r}",
                hint=f"did you mean {near[0]}?" if near else "hansard settings lists all settings",
            )
    return values


def _read_source(kind: str, file: Path | None) -> Mapping[str, Any]:
    from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource, SettingsError

    model = _model()
    try:
        if kind == "dotenv":
            source: EnvSettingsSource = DotEnvSettingsSource(
                model, env_file=file, env_prefix=PREFIX, case_sensitive=False
            )
        else:
            source = EnvSettingsSource(model, env_prefix=PREFIX, case_sensitive=False)
        found = source()
    except SettingsError as error:
        name = str(error).split('"')[1] if '"' in str(error) else "?"
        raise SettingError(
            f"{PREFIX}{name.upper()} in the {kind} cannot be read as a list or table",
            hint="write it as JSON",
        ) from error
    return {name: value for name, value in found.items() if name in declared()}


@cache
def _model() -> "type[BaseSettings]":
    """A pydantic model with a field for each setting: the border at which values are checked."""
    from pydantic import create_model
    from pydantic_settings import BaseSettings, SettingsConfigDict

    class Border(BaseSettings):
        model_config = SettingsConfigDict(
            extra="ignore", validate_default=True, protected_namespaces=()
        )

    columns: dict[str, Any] = {s.name: (s.annotation, s.default) for s in declared().values()}
    return create_model("Border", __base__=Border, **columns)


def _check(values: Mapping[str, Any], origins: Mapping[str, str]) -> dict[str, Any]:
    from pydantic import ValidationError

    try:
        checked = _plain_model().model_validate(dict(values))
    except ValidationError as error:
        raise _explain(error, origins) from error
    return {name: getattr(checked, name) for name in values}


@cache
def _plain_model() -> "type[BaseModel]":
    from pydantic import create_model

    columns: dict[str, Any] = {s.name: (s.annotation, s.default) for s in declared().values()}
    return create_model("Checked", __config__={"protected_namespaces": ()}, **columns)


def _explain(error: "ValidationError", origins: Mapping[str, str]) -> SettingError:
    first = error.errors()[0]
    name = str(first["loc"][0])
    value = "***" if name in SECRETS else repr(first["input"])
    setting = declared()[name]
    message = first["msg"].removeprefix("Input ").removeprefix("Value error, ")
    return SettingError(
        f"{name} = {value} ({origins.get(name, 'default')}): {message}",
        hint=f"{setting.flag}: {setting.help}",
    )


def _unknown_variables() -> tuple[str, ...]:
    known = {setting.variable for setting in declared().values()} | {PREFIX + "CONFIG"}
    given = (name.upper() for name in os.environ)
    return tuple(sorted(n for n in given if n.startswith(PREFIX) and n not in known))


def _field_helps(room: type) -> Iterator[tuple[str, str]]:
    """The docstring under each field that a class itself declares."""
    body = ast.parse(textwrap.dedent(inspect.getsource(room))).body[0]
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for field, doc in pairwise(statements):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(doc, ast.Expr)
            and isinstance(doc.value, ast.Constant)
        ):
            yield field.target.id, " ".join(str(doc.value.value).split())


def template() -> str:
    """A TOML file with every setting, its help and its default, all commented out."""
    import json

    lines = [
        "# Settings of Hansard. Take the # away to change one.",
        "# Stronger than this file: .env, the environment (HANSARD_...), flags.",
    ]
    tables: list[str] = []
    for setting in declared().values():
        note = textwrap.wrap(setting.help, 96)
        if isinstance(setting.default, dict):
            tables += ["", *(f"# {line}" for line in note), f"#[{setting.name}]"]
            continue
        lines += ["", *(f"# {line}" for line in note)]
        value = setting.default
        if isinstance(value, Path):
            value = str(value)
        shown = "" if value is None else json.dumps(value)
        lines.append(f"#{setting.name} = {shown}".rstrip())
    return "\n".join([*lines, *tables]) + "\n"
