"""What a training runs on: one process or several, a CPU or GPUs, and in which number format."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import transformers
from accelerate import Accelerator
from accelerate.state import AcceleratorState, PartialState

from hansard.errors import SettingError
from hansard.training.fitting.options import MachineOptions

_FORMATS = {"fp32": "no", "bf16": "bf16", "fp16": "fp16"}


@contextmanager
def lead(options: MachineOptions) -> Iterator[bool]:
    """Whether this is the only process of a training, or the first of several.

    Raises:
        SettingError: the device is not there.
    """
    # the others wait while the first decodes or evaluates, which may take longer than 10 minutes
    state = PartialState(cpu=_on_cpu(options), timeout=timedelta(days=1))
    yield bool(state.is_main_process)


@contextmanager
def lead_first() -> Iterator[None]:
    """The first process goes through the block before the others."""
    with PartialState().main_process_first():
        yield


def accelerate(options: MachineOptions) -> Accelerator:
    """An accelerator for these options; under `accelerate launch` each process makes its own.

    Raises:
        SettingError: the device is not there, or cannot do the precision.
    """
    on_cpu = _on_cpu(options)
    precision = options.precision
    if precision == "auto":
        precision = "fp32" if on_cpu or not torch.cuda.is_bf16_supported() else "bf16"
    if on_cpu and precision == "fp16":
        raise SettingError(
            "precision = 'fp16' needs a GPU", hint="--precision bf16 or fp32 work on a CPU"
        )
    if options.train_threads:
        torch.set_num_threads(options.train_threads)
    _hush()
    # a process may train more than once, and the library keeps the first one's choice
    AcceleratorState._reset_state()  # noqa: SLF001 - there is no public way
    return Accelerator(cpu=on_cpu, mixed_precision=_FORMATS[precision])


def _hush() -> None:
    """Keep the libraries' own bars and remarks out of ours."""
    transformers.utils.logging.disable_progress_bar()
    logging.getLogger("accelerate").setLevel(logging.ERROR)
    logging.getLogger("transformers").setLevel(logging.ERROR)


def _on_cpu(options: MachineOptions) -> bool:
    has_gpu = torch.cuda.is_available()
    if options.train_device == "cuda" and not has_gpu:
        raise SettingError(
            "train_device = 'cuda': PyTorch sees no GPU here",
            hint="--train-device cpu, or install a PyTorch that suits the GPU and its driver",
        )
    return options.train_device == "cpu" or not has_gpu


def describe(accelerator: Accelerator) -> dict[str, Any]:
    """What a run's manifest says of the machine."""
    on_gpu = accelerator.device.type == "cuda"
    return {
        "device": torch.cuda.get_device_name() if on_gpu else "cpu",
        "processes": accelerator.num_processes,
        "precision": accelerator.mixed_precision,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }


def used_memory(accelerator: Accelerator) -> int | None:
    """The most memory that was in use so far, in MB: of the GPU, else of this process.

    None where the system does not tell.
    """
    if accelerator.device.type == "cuda":
        return int(torch.cuda.max_memory_allocated() >> 20)
    try:
        import resource
    except ModuleNotFoundError:  # Windows does not have it
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak >> 20 if sys.platform == "darwin" else peak >> 10)


def gpu_utilisation(accelerator: Accelerator) -> int | None:
    """How busy the GPU is, in percent; None without one, or where its driver does not tell."""
    if accelerator.device.type != "cuda":
        return None
    try:
        return int(torch.cuda.utilization())
    except (ModuleNotFoundError, RuntimeError):
        return None
