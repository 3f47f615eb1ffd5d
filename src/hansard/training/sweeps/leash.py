"""A training as a child that never outlives its parent: `python -m ...leash FOLDER train run ...`.

The parent holds the other end of standard input. When that is closed, by hand or because the
parent is gone, the training is asked to stop as by SIGTERM: it writes a checkpoint and ends.
"""

import os
import runpy
import signal
import sys
from pathlib import Path
from threading import Thread

from hansard.training.holding import holding
from hansard.transcript import Seconds

_PROGRAM = "hansard"
_PATIENCE: Seconds = 600.0
"""The last training in this folder may still be writing its checkpoint."""


def _watch() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main(folder: str, arguments: list[str]) -> None:
    """Run the program with these arguments, having the folder for itself.

    Raises:
        UsageError: another child has the folder.
    """
    with holding(Path(folder), patience=_PATIENCE):
        Thread(target=_watch, daemon=True, name="leash").start()
        sys.argv = [_PROGRAM, *arguments]
        runpy.run_module(_PROGRAM, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
