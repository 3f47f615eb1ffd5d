"""What may be chosen about a training."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Interval

from hansard.transcript import Seconds

Share = Annotated[float, Interval(ge=0, le=1)]
Method = Literal["full", "frozen-encoder", "lora"]
Precision = Literal["auto", "fp32", "bf16", "fp16"]


@dataclass(frozen=True, kw_only=True)
class LearnOptions:
    """What of the model learns, and how fast."""

    method: Method = "full"
    """What learns: everything, all but the encoder, or small added matrices (LoRA)."""
    lora_rank: Annotated[int, Interval(ge=1, le=512)] = 32
    """Rank of LoRA's matrices, on every projection of attention and both feed-forward layers."""
    lora_alpha: Annotated[float, Interval(gt=0, le=4096)] = 64.0
    """LoRA's scale."""
    lora_dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.05
    """Dropout before LoRA's matrices."""
    learning_rate: Annotated[float, Interval(gt=0, le=1)] | None = None
    """The highest learning rate; without it one that suits the model's size and the method."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """How the learning rate falls after warming up."""
    warmup: Share = 0.1
    """The share of all steps in which the learning rate rises."""
    weight_decay: Annotated[float, Interval(ge=0, le=1)] = 0.01
    """AdamW's weight decay; biases and norms have none."""
    max_grad_norm: Annotated[float, Interval(gt=0)] = 1.0
    """Gradients longer than this are scaled down."""
    label_smoothing: Annotated[float, Interval(ge=0, lt=1)] = 0.0
    """The share of each target that is spread over all tokens."""
    ctc_weight: Annotated[float, Interval(ge=0, lt=1)] = 0.0
    """The weight of a second loss while training: spelling what is heard from the encoder alone
    (CTC). A model from scratch learns to listen far sooner with it; the result does not hold it."""
    epochs: Annotated[float, Interval(gt=0, le=10_000)] = 3.0
    """How often everything is gone through."""
    max_steps: Annotated[int, Ge(1)] | None = None
    """Stop after so many steps of the optimiser, whatever `epochs` says."""
    batch_seconds: Annotated[Seconds, Interval(ge=1, le=36_000)] = 120.0
    """Seconds of sound, padding included, in the batch of one process."""
    accumulate: Annotated[int, Interval(ge=1, le=4096)] = 1
    """Batches whose gradients are summed before a step."""
    seed: Annotated[int, Ge(0)] = 0
    """Of everything random."""


@dataclass(frozen=True, kw_only=True)
class SampleOptions:
    """How clips become windows and labels."""

    context: Literal["auto", "full", "short"] = "auto"
    """Pad windows as when serving (full), or most of them to whole seconds (short), which is many
    times faster; auto: short where the model's card says that it is used to short contexts."""
    served_share: Share = 0.25
    """With short contexts: how many windows are padded as when serving all the same."""
    pack: Annotated[Seconds, Interval(ge=0, le=30)] = 30.0
    """Join clips to windows of up to this many seconds; 0 = never."""
    pack_probability: Share = 0.5
    """How often a clip becomes the beginning of a joined window."""
    timestamp_probability: Share = 0.5
    """How often a window's labels have timestamps; at 0 the model forgets how to write them."""
    condition_on_prev_probability: Share = 0.2
    """How often the text before a clip is given as a prompt; at 0 prompts stop working."""
    no_speech_share: Annotated[float, Interval(ge=0, le=0.5)] = 0.02
    """Windows of silence or noise that are added, in which there is nothing to write."""
    augment: Path | None = None
    """A recipe of noise, room, speed and the like; hansard data augment --write-recipe."""
    task: Literal["transcribe", "translate"] = "transcribe"
    """What multilingual models are taught to do."""
    train_language: str | None = None
    """The language of clips whose manifest names none."""
    max_clips: Annotated[int, Ge(1)] | None = None
    """Read at most so many clips of each manifest, spread over it."""
    skip_bad: bool = False
    """Leave out clips that cannot be learnt from, instead of refusing to begin."""


@dataclass(frozen=True, kw_only=True)
class PaceOptions:
    """When to look, save and stop."""

    evaluate_every: Annotated[int, Ge(1)] = 200
    """Steps between evaluations on the validation part."""
    evaluate_first: bool = True
    """Evaluate once before the first step, so that it is known what training was good for."""
    evaluate_clips: Annotated[int, Ge(1)] = 200
    """At most so many clips are heard at each evaluation, the same ones each time."""
    save_every: Annotated[int, Ge(1)] = 200
    """Steps between checkpoints."""
    keep: Annotated[int, Ge(1)] = 2
    """Checkpoints that are kept, the newest."""
    patience: Annotated[int, Ge(1)] | None = None
    """Stop after so many evaluations without a better one; without it never early."""
    copy_to: str = ""
    """Where checkpoints and the best model are copied to: a folder, or s3://bucket/prefix."""
    log_every: Annotated[int, Ge(1)] = 10
    """Steps between lines of the log."""


@dataclass(frozen=True, kw_only=True)
class MachineOptions:
    """What it runs on."""

    train_device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to train; auto takes a GPU where there is one."""
    precision: Precision = "auto"
    """Number format of the arithmetic; weights stay in float32. auto: bf16 on GPUs that have it."""
    gradient_checkpointing: bool = False
    """Compute some things twice instead of keeping them: slower, and needs far less memory."""
    train_threads: Annotated[int, Ge(0)] = 0
    """Threads on a CPU; 0 = as many as there are cores."""
    loader_threads: Annotated[int, Interval(ge=0, le=64)] = 1
    """Threads that make features ahead of the model."""


@dataclass(frozen=True, kw_only=True)
class FitOptions(LearnOptions, SampleOptions, PaceOptions, MachineOptions):
    """All that decides how a model is trained."""


def shorten(options: FitOptions) -> FitOptions:
    """The same for a run of a few steps on a few clips that only shows that everything works."""
    return replace(
        options,
        max_clips=min(8, options.max_clips or 8),
        max_steps=4, evaluate_every=2, save_every=2, evaluate_clips=4, log_every=1,
    )  # fmt: skip


def suggest_learning_rate(parameters: int, method: Method) -> float:
    """A learning rate that suits a model of so many parameters.

    A fortieth of that of OpenAI's pre-training, as Radford et al. advise for fine-tuning; much
    smaller models than `tiny` bear more, and LoRA's new matrices need more.
    """
    if method == "lora":
        return 1e-3
    table = ((20e6, 3e-4), (50e6, 3.75e-5), (100e6, 2.5e-5), (300e6, 1.25e-5), (900e6, 6.25e-6))
    return next((rate for limit, rate in table if parameters < limit), 5e-6)
