"""`hansard data inventory | fetch | manifest | remove`: where training data comes from."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from hansard.audio.names import printable
from hansard.cli.clips import HERE, JsonFlag, ProjectFlag, QuietFlag, watching_clips
from hansard.cli.flags import with_options
from hansard.cli.main import DONE, FAILED, set_up_logging
from hansard.cli.tables import print_facts, print_json, print_table, show_bytes
from hansard.errors import UsageError
from hansard.settings import Options
from hansard.storage.store import Store
from hansard.training.project import Project
from hansard.training.sources.fetching import FetchOptions, FetchReport
from hansard.training.sources.fetching import fetch as do_fetch
from hansard.training.sources.inventory import Inventory, take_inventory
from hansard.training.sources.items import csv_path, summarise
from hansard.training.sources.manifesting import ManifestOptions, ManifestReport, make_manifest
from hansard.training.sources.manifesting import describe as describe_manifest
from hansard.training.sources.records import UNKNOWN
from hansard.training.sources.removing import RemovalReport
from hansard.training.sources.removing import remove as do_remove
from hansard.training.sources.sidecars import Known
from hansard.training.sources.walking import plain
from hansard.training.sources.wanted import Wanted, completed, read_list
from hansard.transcript.languages import find_language
from hansard.wiring.stores import open_store

SHOWN = 20
"""Problems that are listed for people; the reports hold all."""


@dataclass(frozen=True, kw_only=True)
class About:
    """What is known of all the recordings."""

    licence: str | None = None
    """The licence, such as CC-BY-4.0, of recordings of which nothing else tells it."""
    source: str | None = None
    """What they are counted under, such as the name of a corpus or a channel."""
    language: str | None = None
    """The language that is spoken, where nothing else but the text tells it."""
    speaker: str | None = None
    """Who speaks in all of them, where nothing else tells it."""


@dataclass(frozen=True, kw_only=True)
class Taking:
    """What is fetched, and from where it may be."""

    archive: Path | None = None
    """The file that notes what was fetched; manifests/fetch_archive.txt unless said otherwise."""
    dry_run: Annotated[bool, Parameter(negative="")] = False
    """Tell what would be fetched, and ask no address."""
    audio_only: bool = True
    """Take only the sound where a site has it by itself."""
    max_mb: int = 2048
    """The largest recording, in units of 1,048,576 bytes."""
    offline: Annotated[bool | None, Parameter(negative="")] = None
    """Open no network connection."""
    allow_private_urls: Annotated[bool | None, Parameter(negative="")] = None
    """Let loopback and private addresses be asked."""


@dataclass(frozen=True, kw_only=True)
class Making:
    """What the manifest is made of."""

    output: Annotated[Path | None, Parameter(alias="-o")] = None
    """The manifest; manifests/run1.jsonl unless said otherwise. A small one is written beside."""
    corrections: Annotated[bool, Parameter(negative="")] = False
    """Add what people corrected in the library of Hansard."""
    longest: float = 30.0
    """The longest clip that is cut out of a recording with times, in seconds."""
    small: int = 20
    """Clips of the small manifest; 0 = none is written."""
    data_dir: Path | None = None
    """Where Hansard's library is, for --corrections."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which project, and how it is told."""

    project: ProjectFlag = HERE
    """The folder of the training project."""
    json_: JsonFlag = False
    """Write the report as JSON."""
    quiet: QuietFlag = False
    """Say nothing but results and errors."""

    @property
    def where(self) -> Project:
        """The project."""
        return Project(plain(self.project))


AboutFlags = Annotated[About, Parameter(name="*", group="About the recordings")]
TakingFlags = Annotated[Taking, Parameter(name="*", group="Fetching")]
MakingFlags = Annotated[Making, Parameter(name="*", group="Manifest")]
PlaceFlags = Annotated[Place, Parameter(name="*")]
NOTHING, TAKING, MAKING, PLACE = About(), Taking(), Making(), Place()


def inventory(
    folders: tuple[Path, ...] = (),
    /,
    *,
    place: PlaceFlags = PLACE,
) -> int:
    """List recordings and transcripts: lengths, hashes, languages, duplicates.

    Writes manifests/dataset_inventory.csv and .json. A recording is decoded once; the next
    inventory only looks at what is new or changed. Languages are guessed from what is said, never
    from names.

    Parameters
    ----------
    folders
        Where to look; by default the uploads folder of the project.
    place
        Which project, and how it is told.
    """
    set_up_logging(verbose=False, quiet=place.quiet)
    where = place.where
    with watching_clips("listing", show=not place.quiet) as watch:
        found = take_inventory(where, folders, watch)
    summary = summarise(found, where.root)
    if place.json_:
        print_json(summary)
    else:
        _show_inventory(where, found, summary)
    return FAILED if summary["unreadable"] else DONE


def _show_inventory(where: Project, found: Inventory, summary: dict[str, Any]) -> None:
    duplicates = summary["duplicates"]
    acoustic = str(duplicates["acoustic"]) if found.acoustic == "checked" else found.acoustic
    print_facts(
        {
            "recordings": f"{summary['recordings']} ({show_bytes(summary['bytes'])})",
            "decoded now": found.measured,
            "hours": f"{summary['hours']:.2f}",
            "with transcript": summary["with_transcript"],
            "usable": f"{summary['usable']} ({summary['usable_hours']:.2f} h)",
            "unreadable": summary["unreadable"],
            "duplicates": f"{duplicates['exact']} exact, by ear: {acoustic}",
            "transcripts without audio": len(found.lonely),
            "written to": csv_path(where),
        }
    )
    if summary["by_language"]:
        rows = [
            (n, s["recordings"], f"{s['hours']:.2f}") for n, s in summary["by_language"].items()
        ]
        print_table(("language", "recordings", "hours"), rows)
    _show_pairs("problem", [(each.path, each.message) for each in found.problems])


def _show_pairs(title: str, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        print_table(("what", title), rows[:SHOWN])
    if len(rows) > SHOWN:
        print(f"... and {len(rows) - SHOWN} more")


@with_options()
def fetch(
    urls: tuple[str, ...] = (),
    /,
    *,
    list_: Annotated[tuple[Path, ...], Parameter(name="--list", negative="")] = (),
    about: AboutFlags = NOTHING,
    taking: TakingFlags = TAKING,
    place: PlaceFlags = PLACE,
    options: Options,
) -> int:
    """Fetch recordings from addresses or video sites, with their licence.

    They go to uploads, and what is known of them to manifests/sources.jsonl and DATA_LICENSES.md.
    An address of a recording is fetched as it is; one of a page by yt-dlp, with the publisher's own
    subtitles where there are any. What was fetched before, or removed, is left out.

    Parameters
    ----------
    urls
        Addresses of recordings, pages or playlists.
    list_
        A file of addresses: one a line, perhaps with licence and source after tabs, or a table
        (csv, tsv) or JSON lines with url, licence, source, language, speaker.
    about
        What is known of all of them.
    taking
        What is fetched.
    place
        Which project, and how it is told.
    """
    set_up_logging(verbose=False, quiet=place.quiet)
    wanted = _wanted(urls, list_, about)
    if taking.max_mb < 1:
        raise UsageError(f"max_mb is {taking.max_mb}", hint="give at least 1")
    if not place.quiet and any(each.licence is None for each in wanted):
        print(
            "warning: no licence is told, so the records say 'unknown' unless a site tells it\n"
            "hint: give it with --licence, or in the list",
            file=sys.stderr,
        )
    private = taking.allow_private_urls
    asked = FetchOptions(
        archive=taking.archive,
        dry_run=taking.dry_run,
        audio_only=taking.audio_only,
        max_mb=taking.max_mb,
        allow_private=options.allow_private_urls if private is None else private,
        offline=options.offline if taking.offline is None else taking.offline,
    )
    with watching_clips("fetching", show=not place.quiet and not taking.dry_run) as watch:
        report = do_fetch(place.where, wanted, asked, watch)
    if place.json_:
        print_json(asdict(report))
    else:
        _show_fetched(report)
    return FAILED if report.failed else DONE


def _wanted(urls: Sequence[str], lists: Sequence[Path], about: About) -> list[Wanted]:
    """All addresses, each once."""
    defaults = Wanted(
        url="",
        licence=about.licence,
        source=about.source,
        language=find_language(about.language) if about.language else None,
        speaker=about.speaker,
    )
    named = [Wanted(url=url) for url in urls]
    named += [each for path in lists for each in read_list(path)]
    if not named:
        raise UsageError("no address is given", hint="name some, or a file of them with --list")
    unique = {each.url: completed(each, defaults) for each in reversed(named)}
    return list(reversed(unique.values()))


def _show_fetched(report: FetchReport) -> None:
    if report.fetched:
        rows = [
            (each.file, show_bytes(each.size), each.licence, each.source) for each in report.fetched
        ]
        print_table(("file", "size", "licence", "source"), rows)
    _show_pairs("licence, if it were fetched", [(each.url, each.what) for each in report.planned])
    _show_pairs("left out", [(each.url, each.what) for each in report.skipped])
    _show_pairs("failed", [(each.url, each.what) for each in report.failed])
    print(
        f"{len(report.fetched)} fetched, {len(report.skipped)} left out, "
        f"{len(report.failed)} failed"
    )


@with_options()
def manifest(
    *,
    making: MakingFlags = MAKING,
    about: AboutFlags = NOTHING,
    place: PlaceFlags = PLACE,
    options: Options,
) -> int:
    """Make a manifest of all recordings that have a transcript, and of corrections.

    The inventory is brought up to date first, of the folders that it was last made of. A long
    recording whose transcript has times becomes clips, cut between segments. Duplicates are left
    out; manifests/manifest_report.json says what else is, and why.

    Parameters
    ----------
    making
        What the manifest is made of.
    about
        What is said of recordings where neither a sidecar nor the record of their fetching does.
    place
        Which project, and how it is told.
    """
    set_up_logging(verbose=False, quiet=place.quiet)
    if not 1 <= making.longest <= 3600 or making.small < 0:
        raise UsageError(
            f"longest is {making.longest:g} and small is {making.small}",
            hint="1 to 3600 s, and 0 clips or more",
        )
    where = place.where
    asked = ManifestOptions(
        output=making.output,
        longest=making.longest,
        small=making.small,
        defaults=Known(
            language=find_language(about.language) if about.language else None,
            speaker=about.speaker,
            source=about.source,
            licence=about.licence,
        ),
    )
    store = _library(options, making.data_dir) if making.corrections else None
    with watching_clips("listing", show=not place.quiet) as watch:
        report = make_manifest(where, asked, store, watch)
    if place.json_:
        print_json(describe_manifest(report, where))
    else:
        _show_manifest(report, where)
    return DONE


def _library(options: Options, data_dir: Path | None) -> Store:
    return open_store(options if data_dir is None else replace(options, data_dir=data_dir))


def _show_manifest(report: ManifestReport, where: Project) -> None:
    told = describe_manifest(report, where)
    print_facts(
        {
            "manifest": printable(report.manifest),
            "clips": told["entries"],
            "hours": f"{told['hours']:.2f}",
            "left out": len(report.left_out),
        }
    )
    for name in ("language", "licence"):
        rows = [(n, s["clips"], f"{s['hours']:.2f}") for n, s in told[f"by_{name}"].items()]
        if rows:
            print_table((name, "clips", "hours"), rows)
    _show_pairs("left out", [(each.what, each.reason) for each in report.left_out])
    for note in report.notes[:SHOWN]:
        print(f"note: {note}", file=sys.stderr)
    if UNKNOWN in told["by_licence"]:
        print("note: some clips have no licence; --licence tells it", file=sys.stderr)


def remove(
    source: str,
    /,
    *,
    reason: str = "",
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    place: PlaceFlags = PLACE,
) -> int:
    """Take a source out of everything, and keep record of it.

    Recordings, copies, clips made of them and lines of manifests and splits go;
    manifests/removed.jsonl keeps them from being fetched or listed again. Models that were trained
    on it are told: they cannot unlearn.

    Parameters
    ----------
    source
        The name of a source, an address that was fetched, a file, or the id of a clip.
    reason
        Why, for the record.
    dry_run
        Tell what would go, and touch nothing.
    place
        Which project, and how it is told.
    """
    set_up_logging(verbose=False, quiet=place.quiet)
    report = do_remove(place.where, source, reason=reason, dry_run=dry_run)
    if place.json_:
        print_json(asdict(report))
    else:
        _show_removed(report)
    return DONE


def _show_removed(report: RemovalReport) -> None:
    verb = "would go" if report.dry_run else "gone"
    rows = [(path, verb) for path in report.files]
    rows += [(path, "lies outside the project: yours to delete") for path in report.outside]
    rows += [(path, f"{count} lines {verb}") for path, count in report.manifests.items()]
    if rows:
        print_table(("what", "what becomes of it"), rows)
    print(f"{report.source}: {report.clips} clips and {len(report.files)} files {verb}")
    for run in report.trained_runs:
        print(
            f"warning: the run {run!r} was trained on it, and a model cannot unlearn: train it"
            " anew, and withdraw what was made of it",
            file=sys.stderr,
        )
    for path in report.reports:
        print(f"note: {path} still names it, until its command is run again", file=sys.stderr)
