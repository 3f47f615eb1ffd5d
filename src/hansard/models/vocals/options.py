"""What may be asked about music behind a voice."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class VocalsOptions:
    """Whether voices are taken out of music first."""

    isolate_vocals: bool = False
    """Take the voice out of the music before anything else listens; for songs."""
    vocals_model: str = ""
    """The model that does it: a folder or a name, with a UVR MDX-NET model as sherpa-onnx wants
    it (ONNX with its metadata). None comes with Hansard."""
