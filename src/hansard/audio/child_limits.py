"""How much one foreign file may cost."""

from dataclasses import dataclass

from hansard.transcript.spans import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildLimits:
    """What the process that reads one foreign file may use."""

    memory_mb: int = 1536
    """Address space, in units of 1,048,576 bytes; Python and FFmpeg alone take about 220."""
    seconds: Seconds = 60.0
    """How long it may take whatever the file's length ..."""
    seconds_per_second: float = 0.05
    """... and how much more for each second of audio, declared or decoded."""
    files: int = 64
    """Open files."""
    niceness: int = 5
    """By how much it stands back behind other processes."""
    at_once: int = 0
    """How many of them may run at the same time; 0 = two for each core."""

    def wall(self, length: Seconds) -> Seconds:
        """How long a recording of this length may take."""
        return self.seconds + self.seconds_per_second * length
