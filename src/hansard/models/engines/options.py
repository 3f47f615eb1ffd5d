"""How an engine shall search, and where it shall run."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Interval


@dataclass(frozen=True, kw_only=True)
class DecodeOptions:
    """How to search for the text. None = not asked, the engine's default."""

    task: Literal["transcribe", "translate"] = "transcribe"
    """`translate` writes English whatever is spoken."""
    timestamps: bool | None = None
    """Let the model write timestamps; by default it need not where words are timed anyway."""
    beam_size: Annotated[int | None, Interval(ge=1, le=32)] = 5
    """How many hypotheses the search keeps; 1 = greedy."""
    best_of: Annotated[int | None, Interval(ge=1, le=32)] = None
    """How many samples are drawn when the temperature is above 0."""
    patience: Annotated[float | None, Interval(gt=0, le=10)] = None
    """How long a beam search goes on after its first finished hypothesis."""
    length_penalty: Annotated[float | None, Interval(ge=-5, le=5)] = None
    """How much longer hypotheses are favoured."""
    temperature: Annotated[float | None, Interval(ge=0, le=2)] = None
    """0 = always the likeliest token, so the same text every time; above 0 samples."""
    repetition_penalty: Annotated[float | None, Interval(gt=0, le=5)] = None
    """Above 1 makes tokens that were said less likely."""
    no_repeat_ngram_size: Annotated[int | None, Interval(ge=0, le=20)] = None
    """Forbids repeating runs of this many tokens; 0 = allowed."""
    suppress_tokens: tuple[int, ...] | None = None
    """Token ids that are never written; -1 = the usual non-speech symbols."""
    max_new_tokens: Annotated[int | None, Interval(ge=1, le=448)] = None
    """The most tokens that a window may yield."""


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """Which model recognises speech."""

    model: str | None = None
    """A name such as `small` or `demo`, an alias, `owner/repo[@revision]` of the hub, or a folder;
    by default `gpu_model` or `cpu_model`."""
    gpu_model: str = "large-v3-turbo"
    """The model where there is a GPU and none was named."""
    cpu_model: str = "small"
    """The model where there is no GPU and none was named."""
    translation_model: str = "medium"
    """The model for `task translate` where none was named (turbo cannot translate)."""


@dataclass(frozen=True, kw_only=True)
class PlacementOptions:
    """Where and how wide an engine runs."""

    engine: str = "faster-whisper"
    """Which engine recognises speech; `hansard doctor` lists those that are installed."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where it runs; `auto` takes a CUDA device if there is one."""
    device_index: Annotated[int, Interval(ge=0, le=63)] = 0
    """Which of several devices."""
    compute_type: Literal[
        "auto",
        "default",
        "int8",
        "int8_float32",
        "int8_float16",
        "int8_bfloat16",
        "int16",
        "float16",
        "bfloat16",
        "float32",
    ] = "auto"
    """The precision of the arithmetic; `auto` takes the fastest that the device supports."""
    threads: Annotated[int, Interval(ge=0, le=256)] = 0
    """CPU threads; 0 = as many as there are cores."""
    workers: Annotated[int, Interval(ge=0, le=64)] = 0
    """Batches that a CPU works on side by side, sharing its threads; 0 = what suits."""
    batch_size: Annotated[int, Interval(ge=0, le=256)] = 0
    """Windows decoded at once; 0 = what suits the device."""
    cpu_fallback: bool = True
    """When a GPU's memory is exhausted, go on with the CPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an engine is loaded, with nothing left to choose."""

    device: Literal["cpu", "cuda"]
    device_index: int
    compute_type: str
    threads: int
    """In all; workers share them."""
    workers: int
    batch: int
