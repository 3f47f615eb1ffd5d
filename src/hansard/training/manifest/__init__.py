"""The typed list of clips that every deed on training data reads and writes."""

from hansard.training.manifest.files import (
    Fault,
    ManifestRead,
    read_leniently,
    read_manifest,
    write_manifest,
)
from hansard.training.manifest.values import Entry, Stretch, TimedWord

__all__ = [
    "Entry",
    "Fault",
    "ManifestRead",
    "Stretch",
    "TimedWord",
    "read_leniently",
    "read_manifest",
    "write_manifest",
]
