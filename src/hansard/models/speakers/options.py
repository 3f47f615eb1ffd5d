"""What may be asked about speakers."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

Count = Annotated[int | None, Interval(ge=1, le=64)]


@dataclass(frozen=True, kw_only=True)
class SpeakerOptions:
    """Whether and how speakers are told apart."""

    diarize: bool = False
    """Say who spoke: label every word and every segment with its speaker. A number of speakers, or
    one speaker a channel, asks for it, too."""
    speaker_engine: str = "auto"
    """What tells voices apart: `onnx`, `baseline`, `pyannote`; `auto` takes `onnx` where its models
    are on this machine, else `baseline`."""
    num_speakers: Count = None
    """Exactly so many speakers."""
    min_speakers: Count = None
    """At least so many speakers."""
    max_speakers: Count = None
    """At most so many speakers."""
    channel_speakers: bool = False
    """Each channel of the recording is one speaker, as in recorded calls."""
    speaker_margin: Annotated[float, Interval(ge=0, le=1)] = 0.05
    """Words in turns of less confidence than this, from 0 to 1, are labelled as nobody's."""
    voice_profiles: bool = True
    """Call speakers by the names of enrolled voices (`hansard speakers enrol`) where they match."""

    @property
    def wants_speakers(self) -> bool:
        """Whether anything here asks for speakers."""
        counts = (self.num_speakers, self.min_speakers, self.max_speakers)
        return self.diarize or self.channel_speakers or any(count is not None for count in counts)


@dataclass(frozen=True, kw_only=True)
class SpeakerModelOptions:
    """Which models tell voices apart."""

    segmentation_model: str = "pyannote-segmentation-3"
    """The model of the engine `onnx` that hears where one or several people speak."""
    embedding_model: str = "wespeaker-resnet34"
    """The model of the engine `onnx` that tells one voice from another."""
    pyannote_model: str = "pyannote/speaker-diarization-community-1"
    """The pipeline of the engine `pyannote`: a folder, or a repository (which asks for a token)."""
