"""A trial's training: a process of its own, whose log is followed."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hansard.errors import TrainingError
from hansard.training.following import Line, LogFollower

_LEASH = "hansard.training.sweeps.leash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a child is to do, and where."""

    arguments: Sequence[str]
    """Of the program `hansard`."""
    folder: Path
    """The child's own: it holds it while it lives, and says there what went wrong."""
    log: Path
    offset: int = 0
    """Where in the log its lines begin."""


class Child:
    """A training that can be asked to stop, and ends when this process does."""

    def __init__(self, errand: Errand) -> None:
        """Start it.

        Raises:
            TrainingError: the system refuses.
        """
        self._errand = errand
        self._follower = LogFollower(errand.log, errand.offset)
        errand.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", _LEASH, str(errand.folder), *errand.arguments]
        try:
            with self._said.open("wb") as said:
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    start_new_session=True,  # a Ctrl-C is for the sweep, which stops its children
                )
        except OSError as error:
            raise TrainingError(f"a trial cannot be started: {error}") from error

    @property
    def _said(self) -> Path:
        return self._errand.folder / "stderr.txt"

    def news(self) -> list[Line]:
        """The lines that its log has gained."""
        return self._follower.news()

    @property
    def code(self) -> int | None:
        """How it ended: 0 = done, below 0 = by a signal; None while it lives."""
        return self._process.poll()

    def stop(self) -> None:
        """Ask it to write a checkpoint and end."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()

    def end(self) -> None:
        """See to it that it is gone, and wait for that."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self.stop()

    def last_words(self) -> str:
        """The last line that it wrote to stderr."""
        try:
            text = self._said.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        errors = [line for line in text.splitlines() if line.startswith("error: ")]
        lines = errors or [line for line in text.splitlines() if line.strip()]
        return lines[-1].removeprefix("error: ").strip()[:500] if lines else ""
