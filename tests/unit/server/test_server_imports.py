"""What the API process must never load."""

import subprocess
import sys

FORBIDDEN = ("av", "ctranslate2", "faster_whisper", "onnxruntime", "torch", "transformers",
             "redis", "rq", "opentelemetry.sdk")  # fmt: skip


def test_the_api_loads_no_model_and_no_media_library() -> None:
    """Nor Redis or OpenTelemetry, as long as nobody asked for them."""
    program = (
        "import sys, hansard.server.app, hansard.server.protocol, hansard.server.logs\n"
        f"print(*[name for name in {FORBIDDEN!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
