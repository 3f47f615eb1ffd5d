"""What may be chosen about a package."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Interval

from hansard.transcript import Seconds


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much a conversion may differ from the model that was trained."""

    max_wer: Annotated[float, Interval(ge=0, le=10)] = 0.02
    """Word error rate of a float16 or float32 conversion against the trained model's own text."""
    max_wer_int8: Annotated[float, Interval(ge=0, le=10)] = 0.1
    """The same for one in 8 bits or bfloat16."""
    max_seconds: Annotated[Seconds, Interval(ge=0, le=30)] = 0.05
    """By how much 19 of 20 timestamps, and 19 of 20 beginnings of words, may move (float16 and
    float32)."""


@dataclass(frozen=True, kw_only=True)
class PackageOptions:
    """What a package holds, and how it is tested."""

    quantization: tuple[str, ...] = ("float16",)
    """Precisions of the CTranslate2 weights, with commas between: float16, float32, int8 and the
    like. The first is for ct2/, others are for ct2-PRECISION/."""
    half: bool = False
    """Store the safetensors as float16 too, whatever they were trained in."""
    fidelity: bool = True
    """Have the trained and the converted model read the same clips, and compare."""
    max_clips: Annotated[int, Ge(1)] = 20
    """Clips to compare with, spread over the manifest."""
