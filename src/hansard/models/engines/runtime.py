"""CTranslate2, set up for this processor before it is loaded, and what it can do here."""

import os
from pathlib import Path

NEEDED = frozenset(
    {"avx512f", "avx512cd", "avx512vl", "avx512bw", "avx512dq", "avx512_vnni"}
)  # fmt: skip
"""What a processor must have for its AVX-512 to be worth using: with the last of these it no longer
slows its clock down for it. CTranslate2 uses AVX-512 only when it is told to, and is a fifth faster
with it (`bench/README.md` tells how to measure)."""


def processor_flags() -> frozenset[str]:
    """The instruction sets that the kernel reports; empty where it does not."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    lines = (line.partition(":") for line in text.splitlines())
    names = {"flags", "Features"}
    return frozenset(next((value for name, _, value in lines if name.strip() in names), "").split())


if processor_flags() >= NEEDED:
    os.environ.setdefault("CT2_FORCE_CPU_ISA", "AVX512")  # noqa: TID251 - CTranslate2's, not ours

import ctranslate2 as ctranslate2  # noqa: E402, PLC0414 - after the line above, for others too


def count_cuda_devices() -> int:
    """How many CUDA devices CTranslate2 can use."""
    try:
        return int(ctranslate2.get_cuda_device_count())
    except (RuntimeError, ValueError):
        return 0


def list_precisions(device: str, index: int) -> frozenset[str]:
    """The compute types that CTranslate2 really computes on a device."""
    return frozenset(ctranslate2.get_supported_compute_types(device, index))
