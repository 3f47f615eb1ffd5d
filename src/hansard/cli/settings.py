"""`hansard settings`."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from hansard.cli.flags import with_options
from hansard.cli.tables import print_json, print_table
from hansard.errors import OutputError
from hansard.settings import FILE_NAME, SECRETS, Settings, declared, read, template
from hansard.storage.files import write_whole
from hansard.wiring.writer_settings import TASKS, describe_writer

ConfigFlag = Annotated[Path | None, Parameter(name="--config")]
JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


@with_options("Language model", "Clean-up", "Summaries")
def show(
    *,
    json_: JsonFlag = False,
    llm: Annotated[bool, Parameter(negative="")] = False,
    settings: Settings,
) -> None:
    """Show every setting, its value, and where the value comes from.

    Parameters
    ----------
    json_
        Write JSON.
    llm
        Show which language models would write, and what their settings come to.
    """
    found = settings
    if llm:
        show_writers(found, as_json=json_)
        return
    rows = list(describe(found))
    if json_:
        print_json({"file": found.file, "settings": rows, "unknown": found.unknown})
        return
    print_table(
        ("setting", "value", "from", "environment"),
        [(r["name"], r["value"], r["origin"], r["environment"]) for r in rows],
    )
    for name in found.unknown:
        print(f"unknown: {name}")


def show_writers(found: Settings, *, as_json: bool) -> None:
    """Show which language models would write, and what their settings come to."""
    rows = [row for task in TASKS for row in describe_writer(task, found)]
    if as_json:
        print_json(rows)
        return
    columns = ("task", "setting", "value", "from")
    print_table(columns, [tuple(row[column] for column in columns) for row in rows])


def init(
    path: Path = Path(FILE_NAME), /, *, force: Annotated[bool, Parameter(negative="")] = False
) -> None:
    """Write a settings file with every setting explained and commented out.

    Parameters
    ----------
    path
        Where to write it.
    force
        Overwrite a file that is there.
    """
    if path.exists() and not force:
        raise OutputError(f"{str(path)!r} is there already", hint="add --force to overwrite it")
    write_whole(path, template())
    print(path)


def check(*, config: ConfigFlag = None) -> None:
    """Check every value in every source; says what is wrong, or that all is well.

    Parameters
    ----------
    config
        The settings file; by default ./hansard.toml, else the user's own.
    """
    found = read(config=config)
    changed = sum(origin != "default" for origin in found.origins.values())
    print(f"settings are valid: {changed} of {len(found.origins)} differ from their defaults")
    if found.file:
        print(f"file: {found.file}")
    for name in found.unknown:
        print(f"unknown: {name}")


def describe(found: Settings) -> list[dict[str, Any]]:
    """One row a setting; secrets are masked."""
    rows: list[dict[str, Any]] = []
    for setting in declared().values():
        value = getattr(found.options, setting.name)
        if setting.name in SECRETS and value:
            value = "***"
        rows.append(
            {
                "name": setting.name,
                "value": str(value) if isinstance(value, Path) else value,
                "origin": found.origins[setting.name],
                "environment": setting.variable,
                "flag": setting.flag,
                "help": setting.help,
            }
        )
    return rows
