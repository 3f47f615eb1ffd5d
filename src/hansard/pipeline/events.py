"""What a run tells its listeners: a terminal, a ledger, a stream of server-sent events."""

from collections.abc import Callable
from dataclasses import dataclass

from hansard.pipeline.reading import Group
from hansard.transcript import Seconds


@dataclass(frozen=True, slots=True)
class Staged:
    """A stage begins."""

    stage: str


@dataclass(frozen=True, slots=True)
class Planned:
    """The recording has been heard and cut."""

    duration: Seconds
    speech: Seconds
    windows: int
    language: str | None


@dataclass(frozen=True, slots=True)
class Progressed:
    """A group of windows is finished, and can be stored to go on from."""

    group: Group
    done: int
    """Windows finished so far."""
    windows: int


@dataclass(frozen=True, slots=True)
class Advanced:
    """A stage that is not made of windows has come so far."""

    share: float
    """0 to 1."""


Event = Staged | Planned | Progressed | Advanced
Listener = Callable[[Event], None]
