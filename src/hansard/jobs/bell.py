"""The bell between the doors and the workers: it wakes, and is not trusted to remember.

A ring that is lost costs a second: whoever waits looks at the ledger at least that often.
"""

from collections.abc import AsyncIterator
from typing import Protocol


class Bell(Protocol):
    """Tells others that something about a job has changed."""

    def ring(self, job: str) -> None:
        """Say that the job of this id is new, or has changed; never waits and never raises."""
        ...

    def listen(self) -> AsyncIterator[str]:
        """Ids of jobs that the other side rang for, for ever; an empty id means: look at all.

        An outage of whatever carries the bell is waited out inside.
        """
        ...

    def close(self) -> None:
        """Let go of pipes and connections."""
        ...
