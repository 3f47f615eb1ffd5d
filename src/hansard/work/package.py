"""Making a trained model ready to serve: the run, the clips to compare on, the package."""

from dataclasses import dataclass, field
from pathlib import Path

from hansard.errors import ManifestError
from hansard.training.manifest import Entry, read_leniently
from hansard.training.packaging.clips import Clips, choose
from hansard.training.packaging.comparing import OpenEngine
from hansard.training.packaging.making import Making, Packaged, make_package
from hansard.training.packaging.options import Limits, PackageOptions
from hansard.training.packaging.source import Source, find_source
from hansard.training.project import Project
from hansard.training.watching import Watch
from hansard.work.demonstrate import find_sample, list_samples

_PACKAGE = "package"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageOrder:
    """What is to be packaged."""

    run: str
    """A run of the project, its folder, or a folder in Hugging Face's layout."""
    project: Project
    out: Path | None = None
    """Where the package shall be; by default in the run's folder."""
    clips: Path | None = None
    """A manifest of clips to compare on; by default that which the run was measured with."""
    options: PackageOptions = field(default_factory=PackageOptions)
    limits: Limits = field(default_factory=Limits)
    threads: int = 0
    """Of the CPU; 0 = as many as there are."""


def package(order: PackageOrder, open_engine: OpenEngine, watch: Watch) -> Packaged:
    """Make the package; `open_engine` lends converted weights as they will be served.

    Raises:
        UsageError: there is no such run, or the package may not lie there.
        ManifestError: the manifest that was named holds no clip.
        HansardError: as `make_package`.
    """
    source = find_source(order.run, order.project)
    entries, origin = choose_entries(order, source)
    out = order.out or (source.run or order.project.runs / source.name) / _PACKAGE
    return make_package(
        Making(
            source=source,
            out=out,
            clips=Clips(entries=choose(entries, order.options.max_clips), origin=origin),
            open_engine=open_engine,
            options=order.options,
            limits=order.limits,
            watch=watch,
            threads=order.threads,
        )
    )


def choose_entries(order: PackageOrder, source: Source) -> tuple[tuple[Entry, ...], str]:
    """Clips to compare on, and where they are from: as named, the run's own, or the samples.

    Raises:
        ManifestError: the manifest that was named holds no clip.
    """
    path = order.clips or source.validation
    entries = read_leniently(path).entries if path is not None else ()
    if entries:
        return entries, f"`{path.name}`" if path is not None else ""
    if order.clips is not None:
        raise ManifestError(f"there is no clip in {str(order.clips)!r} that can be used")
    return sample_entries(), "the English recordings that come with Hansard"


def sample_entries() -> tuple[Entry, ...]:
    """The sentences of the bundled recordings."""
    return tuple(
        Entry(
            id=f"{name}-{segment.id + 1}",
            audio=find_sample(name).path,
            transcript=segment.text,
            language="en",
            start=segment.start,
            end=segment.end,
            duration=segment.end - segment.start,
        )
        for name in list_samples()
        for segment in find_sample(name).segments
    )
