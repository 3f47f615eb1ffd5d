"""Who has to go so that another model fits: decisions only, nothing is loaded here."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hansard.errors import DoesNotFitError

MB = 1 << 20

State = Literal["loading", "ready", "closing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """A model in memory, or on its way in or out."""

    key: Hashable
    state: State
    bytes: int
    """What it was said to need when it was loaded."""
    borrowers: int
    """How many are using it, or waiting for it to load."""
    used: float
    """When it was last borrowed or returned, on the clock of its `Residents`."""
    loads: int
    """How often this model has been loaded so far; more than a few means that memory is short."""

    @property
    def idle(self) -> bool:
        """Whether it may be unloaded."""
        return self.state == "ready" and not self.borrowers


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may be held at once."""

    models: int
    bytes: int | None
    """None = unknown, so it does not bind."""

    def hold(self, models: int, size: int) -> bool:
        """Whether so many models of so many bytes together stay within."""
        return models <= self.models and (self.bytes is None or size <= self.bytes)


def make_room(
    residents: Sequence[Resident], needed: int, limits: Limits
) -> tuple[Hashable, ...] | None:
    """Which idle models must go before one that needs `needed` bytes may be loaded.

    `residents` come least recently used first, and go in that order. None = it does not fit yet,
    even when all idle ones go, because of those in use or on their way out.
    """
    models, size = len(residents) + 1, sum(resident.bytes for resident in residents) + needed
    leaving: list[Hashable] = []
    for resident in (resident for resident in residents if resident.idle):
        if limits.hold(models, size):
            break
        leaving.append(resident.key)
        models, size = models - 1, size - resident.bytes
    return tuple(leaving) if limits.hold(models, size) else None


def refusal(
    key: Hashable,
    needed: int,
    residents: Iterable[Resident],
    limits: Limits,
    reason: str,
    hint: str,
) -> DoesNotFitError:
    """The error for a model that is not loaded, with the numbers that speak against it."""
    held = tuple(residents)
    # Needs are rounded up and room down: what is a byte too much must not look as if it fitted.
    numbers = f"{_mb_up(needed)} MB needed"
    if limits.bytes is not None:
        free = max(0, limits.bytes - sum(resident.bytes for resident in held))
        numbers += f", {free // MB} MB free of {limits.bytes // MB} MB"
    numbers += f", {len(held)} of {limits.models} models held"
    if held:
        numbers += f": {', '.join(map(_describe, held))}"
    return DoesNotFitError(f"model {str(key)!r} {reason} ({numbers})", hint=hint)


def _describe(resident: Resident) -> str:
    doing: str = f"lent to {resident.borrowers}" if resident.borrowers else resident.state
    if resident.idle:
        doing = "idle"
    return f"{str(resident.key)!r} {_mb_up(resident.bytes)} MB {doing}"


def _mb_up(size: int) -> int:
    return -(-size // MB)
