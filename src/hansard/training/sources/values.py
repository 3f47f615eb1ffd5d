"""What making a manifest tells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What came into no manifest."""

    what: str
    """A recording, as it may be shown, or a segment of a record."""
    reason: str
