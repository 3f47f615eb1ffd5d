"""A recording that has been decoded already."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hansard.audio import Sound


@dataclass(frozen=True, slots=True)
class Reference:
    """A clip of somebody whose name the caller knows."""

    name: str
    sound: Sound


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording that has been decoded already."""

    sound: Sound
    notes: tuple[str, ...] = ()
    """What was noticed while it was decoded."""
    spent: Mapping[str, float] = field(default_factory=dict)
    """Seconds that earlier stages took."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """What it is called: `source`, `title`, `artist`."""
    channels: tuple[Sound, ...] = ()
    """Each channel by itself, where each is one speaker."""
    known: tuple[Reference, ...] = ()
    """Voices that the caller knows, besides those that are enrolled."""
