"""Other tools' manifests, both ways: NeMo, Lhotse, AudioFolder, Kaldi, Whisper-Finetune."""

from hansard.training.shapes.converting import Conversion, ConvertOptions, convert
from hansard.training.shapes.values import BadLine, Failure, Kind, Loss, Metadata

__all__ = [
    "BadLine",
    "Conversion",
    "ConvertOptions",
    "Failure",
    "Kind",
    "Loss",
    "Metadata",
    "convert",
]
