"""What may be asked of each deed."""

from dataclasses import dataclass

from hansard.audio.options import AudioOptions
from hansard.models.alignment import AlignmentModelOptions
from hansard.models.engines import ModelOptions, PlacementOptions
from hansard.models.llm import LlmOptions
from hansard.models.speakers import SpeakerModelOptions
from hansard.models.vocals import VocalsOptions
from hansard.pipeline.options import PipelineOptions
from hansard.writing.options import CleanOptions, SummaryOptions, TemplateOptions


@dataclass(frozen=True, kw_only=True)
class TranscribeOptions(
    AudioOptions,
    ModelOptions,
    PlacementOptions,
    SpeakerModelOptions,
    AlignmentModelOptions,
    VocalsOptions,
    PipelineOptions,
):
    """All that decides how a recording is transcribed."""


@dataclass(frozen=True, kw_only=True)
class WriteOptions(CleanOptions, SummaryOptions, TemplateOptions, LlmOptions):
    """All that decides what is written about a transcript."""


@dataclass(frozen=True, kw_only=True)
class WorkOptions(TranscribeOptions, WriteOptions):
    """All that a job may need to know."""
