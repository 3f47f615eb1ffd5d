"""What may be asked of each deed."""

from dataclasses import dataclass

from hansard.audio.options import AudioOptions
from hansard.models.alignment import AlignmentModelOptions
from hansard.models.engines import ModelOptions, PlacementOptions
from hansard.models.speakers import SpeakerModelOptions
from hansard.models.vocals import VocalsOptions
from hansard.pipeline.options import PipelineOptions


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
