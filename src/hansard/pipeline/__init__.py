"""One recording from end to end: plan, decode, guard, stitch, align, trust, speakers."""

from hansard.pipeline.events import Advanced, Event, Planned, Progressed, Staged
from hansard.pipeline.options import (
    ContextOptions,
    GuardOptions,
    LanguageOptions,
    PipelineOptions,
    PlanOptions,
)
from hansard.pipeline.reading import Before, Group, Reading
from hansard.pipeline.run import Recognised, Tools, run
from hansard.pipeline.speakers import SpeakerTools

__all__ = [
    "Advanced",
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
    "Recognised",
    "SpeakerTools",
    "Staged",
    "Tools",
    "run",
]
