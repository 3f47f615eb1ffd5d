"""Writes the pages of docs/reference from the code, so that they cannot lag behind it.

`python3 dev.py docs` runs it; a test fails where a page on disk differs from what it would write.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from annotated_types import Interval

from hansard import errors
from hansard.audio.formats import FORMATS
from hansard.cli.commands import COMMANDS, Command
from hansard.cli.flags import GROUPS
from hansard.settings import Setting, declared
from hansard.transcript.formats import describe

FOLDER = Path(__file__).parent / "reference"
MARK = "<!-- Written by docs/generate.py; change the code, not this page. -->\n"


def pages() -> dict[str, str]:
    """Every generated page by file name."""
    return {
        "commands.md": "\n".join(commands()) + "\n",
        "settings.md": "\n".join(settings()) + "\n",
        "formats.md": "\n".join(formats()) + "\n",
        "errors.md": "\n".join(failures()) + "\n",
        "python.md": "\n".join(python()) + "\n",
    }


def commands() -> Iterator[str]:
    """Commands with examples; flags that are settings stand on the settings page."""
    yield from ("# Commands", "", MARK)
    yield "Exit codes: 0 done; 1 something failed, and what could be done was done; 2 wrong use;"
    yield "130 interrupted. Results go to standard output, progress and logs to standard error."
    yield "`hansard COMMAND --help` shows every flag; those that are settings are explained in"
    yield "[settings](settings.md). `hansard --install-completion` teaches your shell to complete"
    yield "them."
    for name, command in COMMANDS.items():
        yield from describe_command(f"hansard {name}", command)


def describe_command(title: str, command: Command) -> Iterator[str]:
    """One command, and those below it."""
    yield from ("", f"## {title}", "", command.help)
    if command.target:
        module, _, name = command.target.partition(":")
        function = getattr(__import__(f"hansard.cli.{module}", fromlist=[name]), name)
        yield from describe_parameters(function)
    if command.examples:
        yield from ("", "```text", *command.examples, "```")
    for below, inner in command.below.items():
        yield from describe_command(f"{title} {below}", inner)


def describe_parameters(function: Any) -> Iterator[str]:
    """The parameters of a command that are not settings, from its docstring."""
    doc = inspect.getdoc(function) or ""
    _, _, section = doc.partition("Parameters\n----------\n")
    if section:
        yield ""
    for name, *texts in re.findall(r"^(\w+)\n((?: +.*\n?)+)", section, re.MULTILINE):
        text = " ".join("".join(texts).split())
        shown = name.strip("_")
        parameter = inspect.signature(function).parameters[name]
        flag = shown.upper() if parameter.kind is parameter.POSITIONAL_ONLY else f"--{shown}"
        yield f"- `{flag.replace('_', '-')}`: {text}"
    groups = [
        title
        for title in GROUPS
        if "group_" + re.sub(r"[ -]", "_", title.lower()) in inspect.signature(function).parameters
    ]
    if groups:
        yield from ("", f"Settings as flags: {', '.join(groups)}.")


def settings() -> Iterator[str]:
    """Every setting, by room."""
    yield from ("# Settings", "", MARK)
    yield "`vad_threshold` in TOML and Python is `HANSARD_VAD_THRESHOLD` in the environment and"
    yield "`--vad-threshold` as a flag. [How they are read](../how-to/settings.md)."
    rooms = {options.__name__: title for title, options in GROUPS.items()}
    titles = dict.fromkeys(rooms.values())
    for title in titles:
        yield from ("", f"## {title}", "", "| setting | default | what |", "|---|---|---|")
        for setting in declared().values():
            if rooms.get(setting.room) == title:
                yield describe_setting(setting)


def describe_setting(setting: Setting) -> str:
    """One row of a table."""
    default = show_default(setting.default)
    if isinstance(setting.default, Path):
        default = "your data folder"
    return f"| `{setting.name}` | {default} | {setting.help}{show_range(setting.annotation)} |"


def show_default(value: object) -> str:
    """A default for people."""
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def show_range(annotation: Any) -> str:
    """The values that are allowed."""
    for part in (annotation, *get_args(annotation)):
        if isinstance(part, Interval):
            bounds = (
                (part.ge, "at least"), (part.gt, "above"), (part.le, "at most"), (part.lt, "below"),
            )  # fmt: skip
            said = [f"{word} {limit}" for limit, word in bounds if limit is not None]
            return f" ({', '.join(said)})"
        if get_origin(part) is not None and str(get_origin(part)) == "typing.Literal":
            return f" ({', '.join(f'`{choice}`' for choice in get_args(part))})"
    return ""


def formats() -> Iterator[str]:
    """What is read and what is written."""
    yield from ("# Formats", "", MARK, "## Recordings that can be read", "")
    yield "Content decides, never the name. 8 to 192 kHz, 1 to 16 channels; the first audio stream."
    yield from ("", "| format | usual names | what |", "|---|---|---|")
    for one in FORMATS:
        yield f"| {one.name} | {' '.join(one.suffixes)} | {one.description} |"
    yield from ("", "## Files that can be written", "", "| format | what |", "|---|---|")
    for name, what in describe().items():
        yield f"| {name} | {what} |"


def failures() -> Iterator[str]:
    """Every error with its code."""
    yield from ("# Errors", "", MARK)
    yield "Every failure is a `hansard.HansardError`. `code` is stable; `retry` says whether"
    yield "another try can help; `hint` says what to do. On the command line they are shown as"
    yield "`error: ...` and `hint: ...`."
    yield from ("", "| error | code | retry | when |", "|---|---|---|---|")
    for one in vars(errors).values():
        if isinstance(one, type) and issubclass(one, errors.HansardError):
            meaning = (one.__doc__ or "").splitlines()[0]
            yield f"| `{one.__name__}` | `{one.code}` | {one.retry} | {meaning} |"


def python() -> Iterator[str]:
    """The public names."""
    import hansard

    yield from ("# Python", "", MARK)
    yield "These names are public, with their public attributes; everything else may change."
    yield from ("", "| name | what |", "|---|---|")
    for name in hansard.__all__:
        meaning = (inspect.getdoc(getattr(hansard, name)) or "").split("\n\n")[0]
        yield f"| `hansard.{name}` | {' '.join(meaning.split())} |"


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    sys.exit(main())
