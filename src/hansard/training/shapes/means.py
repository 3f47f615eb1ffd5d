"""What writers of manifests work with."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hansard.errors import MediaError
from hansard.training.clips import ClipReader
from hansard.training.journal import Journal
from hansard.training.manifest import Entry
from hansard.training.shapes.gathering import is_file
from hansard.training.shapes.measuring import Meter
from hansard.training.shapes.values import Failure, Metadata
from hansard.training.watching import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a writer may use."""

    meter: Meter
    clips: ClipReader
    journal: Journal
    """What of the target's audio is made already."""
    watch: Watch = field(default_factory=Watch)
    link: bool = False
    """Whether audio is linked rather than copied."""
    metadata: Metadata = "jsonl"


@dataclass(slots=True)
class Results:
    """What came of each entry, while a target is made."""

    done: list[Entry] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def through(
        self, entries: Sequence[Entry], watch: Watch, make: Callable[[Entry], None]
    ) -> None:
        """Make something of each entry; one whose sound cannot be had fails alone."""
        for entry in watch.through(entries, lambda one: one.id):
            try:
                make(entry)
            except MediaError as error:
                self.failures.append(Failure(entry.id, str(error)))
            else:
                self.done.append(entry)


def missing(entries: Sequence[Entry]) -> Iterator[Path]:
    """The recordings that are not there, each once."""
    for path in dict.fromkeys(entry.audio for entry in entries):
        if not is_file(path):
            yield path
