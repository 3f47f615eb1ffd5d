"""One recording from end to end: plan, decode, guard, stitch, trust."""

from hansard.pipeline.events import Event, Planned, Progressed, Staged
from hansard.pipeline.options import (
    ContextOptions,
    GuardOptions,
    LanguageOptions,
    PipelineOptions,
    PlanOptions,
)
from hansard.pipeline.reading import Before, Group, Reading
from hansard.pipeline.run import Tools, run

__all__ = [
    "Before",
    "ContextOptions",
    "Event",
    "Group",
    "GuardOptions",
    "LanguageOptions",
    "PipelineOptions",
    "PlanOptions",
    "Planned",
    "Progressed",
    "Reading",
    "Staged",
    "Tools",
    "run",
]
