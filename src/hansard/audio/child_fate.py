"""What the end of a child means to whoever gave it a file. Pure decisions."""

import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from hansard.audio.child_messages import Decoded, Failed, Probed
from hansard.errors import (
    DecoderEndedError,
    DiskFullError,
    HansardError,
    MediaError,
    MediaLimitError,
    OutputError,
    SettingError,
    UnreadableMediaError,
)

Wanted = TypeVar("Wanted", Probed, Decoded)
_TIMES_OUT = frozenset({signal.SIGALRM, signal.SIGXCPU})
_FROM_OUTSIDE = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
"""What no file can do to its decoder: an operator, or a system without memory."""
_LONGEST = 1000
"""Of a message, in characters."""
_MAY_FAIL_WITH = (MediaError, OutputError, SettingError)
"""What decoding raises; a child that says something else is not believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that is known of one child when it is gone."""

    said: Probed | Decoded | Failed | None = None
    """Its last word."""
    status: int | None = None
    """Its exit status, less than zero for a signal; None where nobody saw it."""
    lost: bool = False
    """The nursery ended before it could tell."""
    late: bool = False
    """It was killed, as it outlived all its limits."""
    unruly: bool = False
    """It was killed, as it said what no child of ours says."""


def judge(
    outcome: Outcome, wanted: type[Wanted], shown: str, *, disk_bound: bool = False
) -> Wanted:
    """What the child found out, if it lived to the end.

    `disk_bound` says that it was free space that bounded the size of its file.

    Raises:
        HansardError: what it failed with, or what its death means.
    """
    said = outcome.said
    if isinstance(said, Failed):
        raise error_of(said, shown)
    if isinstance(said, wanted) and outcome.status == 0:
        return said
    raise cause_of_death(outcome, shown, disk_bound=disk_bound)


def error_of(failed: Failed, shown: str) -> HansardError:
    """The exception that a child tells of, of its own class."""
    kind = _by_code().get(failed.code)
    message, hint = _one_line(failed.message), _one_line(failed.hint)
    return _ended(shown, message) if kind is None else kind(message, hint=hint)


def cause_of_death(outcome: Outcome, shown: str, *, disk_bound: bool = False) -> HansardError:
    """The exception for a child that did not live to tell."""
    number = -(outcome.status or 0)
    if outcome.late or number in _TIMES_OUT:
        return MediaLimitError(
            f"'{shown}' takes too long to decode", hint="it may be damaged, or made to waste time"
        )
    if number == signal.SIGXFSZ and disk_bound:
        return DiskFullError(
            f"no room is left on the disk for the audio of '{shown}'",
            hint="decoded audio takes 115 MB an hour; free some space",
        )
    if number == signal.SIGXFSZ:
        return MediaLimitError(f"'{shown}' decodes to more than max_duration allows")
    if outcome.unruly:
        return _ended(shown, "it said what no decoder says")
    if number in _FROM_OUTSIDE:
        return DecoderEndedError(
            f"the decoder of '{shown}' was ended from outside ({_name(number)})",
            hint="the system may have run out of memory; try again",
        )
    return _ended(shown, _name(number) if number > 0 else "no reason is known")


def _one_line(text: str) -> str:
    """What a child says, without what could deceive a reader."""
    return "".join(c if c.isprintable() else "?" for c in text[:_LONGEST])


def _ended(shown: str, reason: str) -> UnreadableMediaError:
    return UnreadableMediaError(
        f"'{shown}' ended its decoder ({reason})",
        hint="it is damaged, or needs more memory than media_memory_mb allows",
    )


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _by_code() -> Mapping[str, type[HansardError]]:
    return MappingProxyType(
        {kind.code: kind for root in _MAY_FAIL_WITH for kind in (root, *_below(root))}
    )


def _below(kind: type[HansardError]) -> Iterator[type[HansardError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)
