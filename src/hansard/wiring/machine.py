"""What this machine has, and where an engine therefore runs."""

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Literal

from hansard.errors import SettingError
from hansard.models.engines import Placement, PlacementOptions
from hansard.models.engines.runtime import count_cuda_devices, list_precisions, processor_flags
from hansard.transcript import Seconds

PRECISIONS = {
    "cpu": ("int8", "int8_float32", "float32"),
    "cuda": ("float16", "int8_float16", "bfloat16", "float32"),
}
"""What `auto` tries, the fastest first."""
SMALL_MODEL = 64 * 2**20
LARGE_MODEL = 700 * 2**20
"""Sizes of weights in bytes between which a CPU's memory and caches prefer another batch."""
LARGEST_MODEL = 1500 * 2**20
"""Bytes of the largest Whisper with 8-bit weights."""
ISAS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16", "asimd")


@dataclass(frozen=True, slots=True)
class Machine:
    """What was found, for `hansard doctor`."""

    system: str
    processor: str
    instructions: tuple[str, ...]
    cores: int
    memory: int | None
    """Bytes in all."""
    free_memory: int | None
    gpus: tuple[str, ...]


def inspect_machine() -> Machine:
    """Look at this machine; what cannot be told is None or empty."""
    facts = _cpu_facts()
    flags = processor_flags()
    return Machine(
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        processor=facts.get("model name", platform.processor() or platform.machine()),
        instructions=tuple(isa for isa in ISAS if isa in flags),
        cores=count_cores(),
        memory=_memory_line("MemTotal"),
        free_memory=free_memory("cpu", 0),
        gpus=list_gpus(),
    )


def count_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def list_gpus() -> tuple[str, ...]:
    """The names of NVIDIA's cards, as their driver tells them."""
    return tuple(_ask_driver("name"))


def choose_device(options: PlacementOptions) -> Literal["cpu", "cuda"]:
    """The device that `auto` means here.

    Raises:
        SettingError: CUDA was asked for and cannot be used.
    """
    devices = count_cuda_devices()
    if options.device == "cuda" and devices <= options.device_index:
        raise SettingError(
            f"device = 'cuda', device_index = {options.device_index}: "
            f"this machine has {devices} usable CUDA devices",
            hint="choose --device cpu; hansard doctor shows what is missing",
        )
    if options.device == "auto":
        return "cuda" if devices > options.device_index else "cpu"
    return options.device


def place(
    options: PlacementOptions, model_bytes: int, model_precision: str | None = None
) -> Placement:
    """Everything that was left to choose, chosen for this machine.

    `model_precision` is what the user's alias of the model asks for; the option is stronger.

    Raises:
        SettingError: the device cannot do what was asked.
    """
    device = choose_device(options)
    supported = list_precisions(device, options.device_index)
    precision: str = options.compute_type
    if precision == "auto":
        fastest = next((p for p in PRECISIONS[device] if p in supported), "default")
        precision = model_precision or fastest
    if precision != "default" and precision not in supported:
        raise SettingError(
            f"compute_type = {precision!r}: {device} cannot do that here",
            hint=f"it can do {', '.join(sorted(supported))}",
        )
    threads = options.threads or count_cores()
    return Placement(
        device=device,
        device_index=options.device_index,
        compute_type=precision,
        threads=threads,
        workers=min(threads, options.workers or choose_workers(device, threads)),
        batch=options.batch_size or choose_batch(device, model_bytes),
    )


def choose_workers(device: str, threads: int) -> int:
    """Batches side by side: several workers with few threads each waste less than one with all."""
    if device == "cuda":
        return 1
    return threads if threads <= 2 else min(8, threads // 2)


def choose_batch(device: str, model_bytes: int) -> int:
    """Windows at once: more for small models; on a CPU activations outgrow its caches."""
    if device == "cuda" or model_bytes <= SMALL_MODEL:
        return 16
    return 8 if model_bytes <= LARGE_MODEL else 4


def choose_group(place: Placement, model_bytes: int) -> Seconds | None:
    """Seconds of audio that are about a minute's work for all workers; None on a GPU.

    A guess from below, because it must be the same on every run: a CPU thread reads half a second
    of speech a second with 1.5 GB of 8-bit weights (large-v3), and more with smaller ones.
    """
    if place.device == "cuda":
        return None
    speed = 0.5 * place.threads * LARGEST_MODEL / max(model_bytes, 1)
    return max(30.0, 60.0 * speed / place.workers)


def free_memory(device: str, index: int) -> int | None:
    """Bytes that are free on a device; None where nobody says."""
    if device == "cuda":
        lines = _ask_driver("memory.free")
        return int(lines[index]) * 2**20 if index < len(lines) else None
    limits = [_memory_line("MemAvailable"), _cgroup_room()]
    known = [limit for limit in limits if limit is not None]
    return min(known) if known else None


def used_memory() -> int:
    """Bytes of memory that this process holds (its peak where the system tells no more)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        try:
            import resource
        except ImportError:
            return 0
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _cgroup_room() -> int | None:
    """What is left of a container's memory limit."""
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        used = Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii").strip()
        return None if limit == "max" else max(0, int(limit) - int(used))
    except (OSError, ValueError):
        return None


def _memory_line(name: str) -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        return None
    return None


def _cpu_facts() -> dict[str, str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in text.split("\n\n")[0].splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def _ask_driver(column: str) -> list[str]:
    program = which("nvidia-smi")
    if program is None:
        return []
    command = [program, f"--query-gpu={column}", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed command, found on the path
            command, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in answer.stdout.splitlines() if line.strip()]
