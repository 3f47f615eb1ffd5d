"""Hansard's own manifests."""

from collections.abc import Sequence
from pathlib import Path

from hansard.training.manifest import Entry, read_leniently, write_manifest
from hansard.training.shapes.means import Means
from hansard.training.shapes.values import BadLine, Gathered, Written


def read(path: Path) -> Gathered:
    """The entries of a manifest.

    Raises:
        ManifestError: it cannot be read.
    """
    found = read_leniently(path)
    faults = (BadLine(file=path, line=one.line, message=one.message) for one in found.faults)
    return Gathered(entries=found.entries, faults=tuple(faults))


def write(entries: Sequence[Entry], target: Path, _means: Means) -> Written:
    """Write a manifest.

    Raises:
        OutputError: it cannot be written.
    """
    write_manifest(target, entries)
    return Written(entries=tuple(entries))
