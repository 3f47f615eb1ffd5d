"""How many models may stay in memory, and for how long."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Interval


@dataclass(frozen=True, kw_only=True)
class ResidencyOptions:
    """Which models stay loaded between two pieces of work."""

    residency: Literal["resident", "sequential"] = "resident"
    """`resident` keeps models for the next caller; `sequential` unloads each one after use and
    never holds two at once."""
    max_cached_models: Annotated[int, Interval(ge=1, le=64)] = 3
    """The most models in memory at once."""
    memory_budget_mb: Annotated[int, Interval(ge=0)] = 0
    """Memory that all models together may take, in units of 1,048,576 bytes; 0 = what the machine
    has."""
    model_idle_seconds: Annotated[float, Interval(ge=0)] = 600
    """Unload a model that nobody used for so long; 0 = never."""
