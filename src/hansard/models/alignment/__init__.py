"""When each word was said: forced alignment of a known text."""

from hansard.models.alignment.options import AlignmentModelOptions, AlignmentOptions
from hansard.models.alignment.protocol import Aligner, AlignerInfo, AlignerSpec

__all__ = ["Aligner", "AlignerInfo", "AlignerSpec", "AlignmentModelOptions", "AlignmentOptions"]
