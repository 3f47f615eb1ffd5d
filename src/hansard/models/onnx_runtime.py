"""onnxruntime, imported so that it phones nobody; whoever needs it takes it from here."""

import os
from pathlib import Path

# onnxruntime sends usage data to its maker and leaves an identifier on disk, from its first import
# on, unless this is set; Hansard phones nobody (see docs/explanation/privacy.md)
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251 - not a setting of ours

import onnxruntime


def open_session(path: Path, *, threads: int = 1) -> onnxruntime.InferenceSession:
    """Load an ONNX model for this machine's CPU; it frees its scratch memory after every call.

    Raises:
        Exception: onnxruntime's own errors, of several classes, where the file is not a model.
    """
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = max(1, threads)
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )
