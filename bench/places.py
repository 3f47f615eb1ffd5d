"""Where the measurements keep their files: `bench/out`, which git ignores."""

from pathlib import Path

BENCH = Path(__file__).resolve().parent
OUT = BENCH / "out"
AUDIO = OUT / "audio"
MODELS = OUT / "models"
PEERS = OUT / "peers-venv"
DATA = BENCH.parent / "src" / "hansard" / "data"
DEMO = DATA / "demo"
SAMPLES = DATA / "samples"


def peers_python(given: str | None) -> Path:
    """The interpreter of the peers' environment, which may not exist."""
    if given:
        return Path(given)
    windows = PEERS / "Scripts" / "python.exe"
    return windows if windows.exists() else PEERS / "bin" / "python"
