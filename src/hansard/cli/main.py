"""The program `hansard`: finds the command, reads the settings, tells failures to people."""

import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from types import FrameType
from typing import Any

from cyclopts import App, CycloptsError

from hansard.cli.commands import COMMANDS, Command
from hansard.cli.peers import translate_peers
from hansard.errors import (
    Cancelled,
    DoesNotFitError,
    HansardError,
    MissingExtraError,
    ModelError,
    OutputError,
    UsageError,
)

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130

GROUP_PREFIX = "group_"
"""Marks the parameters that carry flags of option classes."""

Given = dict[str, Any]


def make_app(given: Given, argv: Sequence[str] = ()) -> App:
    """The command line; what flags were given is put into `given`, by setting.

    Commands are loaded when they are used; `argv` tells which group's own command will be.
    """

    def record(_app: App, _commands: tuple[str, ...], arguments: Any) -> None:
        for argument in arguments:
            if argument.tokens:
                given[argument.field_info.name] = None

    app = App(
        name="hansard",
        help="Recordings into trustworthy, time-aligned transcripts, on your own hardware.",
        help_format="plaintext",
        help_epilogue="Start with: hansard demo    Then: hansard transcribe talk.mp3 -f srt",
        version=lambda: f"hansard {version('hansard')}",
        config=(record,),
        result_action="return_value",
    )
    for name, command in COMMANDS.items():
        _register(app, name, command, argv)
    app.register_install_completion_command()
    return app


def _register(app: App, name: str, command: Command, argv: Sequence[str]) -> None:
    epilogue = "\n".join(["Examples:", *(f"  {example}" for example in command.examples)])
    shown: dict[str, Any] = {"help": command.help}
    if command.examples:
        shown["help_epilogue"] = epilogue
    if not command.below:
        app.command(f"hansard.cli.{command.target}", name=name, **shown)
        return
    group = App(name=name, **shown)
    for below, inner in command.below.items():
        _register(group, below, inner, argv)
    if command.target and name in argv:
        module, _, function = command.target.partition(":")
        group.default(getattr(import_module(f"hansard.cli.{module}"), function))
    app.command(group)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0 done, 1 failed, 2 wrong use, 130."""
    try:
        code = run(sys.argv[1:] if argv is None else list(argv))
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def run(argv: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        code = _dispatch(translate_peers(argv))
        sys.stdout.flush()
    except (KeyboardInterrupt, Cancelled):
        return _interrupted()
    except HansardError as error:
        tell(error)
        return WRONG_USE if isinstance(error, UsageError) else FAILED
    except ImportError as error:
        if not _hides_interrupt(error):
            raise
        return _interrupted()
    except BrokenPipeError:
        # whoever read our output has enough; Python would complain once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return code


def _interrupted() -> int:
    print("interrupted", file=sys.stderr)
    return INTERRUPTED


def _hides_interrupt(error: BaseException | None) -> bool:
    """True where Ctrl-C struck while a library was loading, which reports a failed import then."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def tell(error: HansardError, about: str = "") -> None:
    """Say on stderr what failed and what can be done."""
    prefix = f"{about}: " if about else ""
    print(f"error: {prefix}{error}", file=sys.stderr)
    if error.hint:
        print(f"hint: {error.hint}", file=sys.stderr)


def concerns_all(error: HansardError) -> bool:
    """True for failures that the next file would meet too: wrong use, no model, a full disk."""
    every = UsageError | ModelError | MissingExtraError | DoesNotFitError | OutputError
    return isinstance(error, every)


def _dispatch(argv: Sequence[str]) -> int:
    given: Given = {}
    app = make_app(given, argv)
    try:
        command, bound, _ = app.parse_args(argv, exit_on_error=False, print_error=True)
    except CycloptsError:
        print(f"hint: hansard {' '.join(argv[:1])} --help".rstrip(), file=sys.stderr)
        return WRONG_USE
    given_values = dict(bound.kwargs)
    if getattr(command, "wants_options", False):
        given_values = _resolve(given_values, given)
    if getattr(command, "wants_given", False):
        given_values["given"] = frozenset(given)
    result = command(*bound.args, **given_values)
    return result if isinstance(result, int) else DONE


def _resolve(values: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Put settings, with the given flags on top, in place of the parsed option groups."""
    from hansard.settings import declared, read

    groups = {name: value for name, value in values.items() if name.startswith(GROUP_PREFIX)}
    flags = {
        name: getattr(group, name)
        for group in groups.values()
        for name in given
        if name in declared() and hasattr(group, name)
    }
    settings = read(flags, config=values.get("config"))
    for name in settings.unknown:
        print(f"warning: {name} is no setting", file=sys.stderr)
    kept = {n: v for n, v in values.items() if n not in groups and n != "config"}
    return {**kept, "settings": settings}


def _stop(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM unwinds like Ctrl-C, so that nothing is left behind."""
    raise KeyboardInterrupt


def set_up_logging(*, verbose: bool, quiet: bool = False) -> None:
    """Log to stderr: warnings, or with `verbose` everything that Hansard does."""
    level = logging.INFO if verbose else logging.ERROR if quiet else logging.WARNING
    form = "%(levelname)s %(name)s: %(message)s" if verbose else "%(levelname)s: %(message)s"
    logging.basicConfig(level=logging.WARNING, format=form, stream=sys.stderr)
    for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        logging.addLevelName(number, logging.getLevelName(number).lower())
    logging.getLogger("hansard").setLevel(level)
