"""Recordings from addresses into a project: `hansard data fetch`.

    address ── known, or removed? ── a file: our own download, a page: yt-dlp
            ── is it a recording? ── uploads/<name> ── sources.jsonl, archive

Everything is fetched into a hidden folder first and moved when it is whole, so no partial file is
ever left among the uploads; what a killed fetch left there, the next one takes away.
"""

import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from filelock import FileLock, Timeout

from hansard.audio.formats import find_format, suffixes
from hansard.audio.media import probe
from hansard.errors import (
    Cancelled,
    DataError,
    DiskFullError,
    FetchError,
    HansardError,
    MissingExtraError,
)
from hansard.net.addresses import check_url, shown
from hansard.net.download import Limits, download
from hansard.storage.files import sha256_of, write_whole
from hansard.training.project import Project
from hansard.training.sources.items import relative
from hansard.training.sources.licences import write_licences
from hansard.training.sources.naming import free_stem
from hansard.training.sources.records import (
    UNKNOWN,
    SourceRecord,
    add_source,
    read_barred,
    read_sources,
)
from hansard.training.sources.video_sites import Got, Listed, Reach, VideoSite
from hansard.training.sources.wanted import Wanted
from hansard.training.watching import Watch

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class FetchOptions:
    """What may be fetched, and where it is noted."""

    archive: Path | None = None
    """A file of what was fetched already, a line each; `manifests/fetch_archive.txt` if None."""
    dry_run: bool = False
    audio_only: bool = True
    max_mb: int = 2048
    """The largest recording, in units of 1,048,576 bytes."""
    allow_private: bool = False
    """Whether loopback and private addresses may be asked."""
    offline: bool = False
    """Whether no address may be asked at all."""


@dataclass(frozen=True, slots=True)
class Told:
    """An address, and what became of it."""

    url: str
    what: str


@dataclass(slots=True)
class FetchReport:
    """What became of all addresses."""

    fetched: list[SourceRecord] = field(default_factory=list)
    skipped: list[Told] = field(default_factory=list)
    failed: list[Told] = field(default_factory=list)
    planned: list[Told] = field(default_factory=list)
    """What a dry run would have fetched."""


def archive_path(project: Project) -> Path:
    """Where fetched recordings are noted, if the user names no other file."""
    return project.manifests / "fetch_archive.txt"


def fetch(
    project: Project,
    wanted: Sequence[Wanted],
    options: FetchOptions | None = None,
    watch: Watch | None = None,
) -> FetchReport:
    """Fetch recordings into the project's `uploads`, once each.

    One that cannot be had is reported, and the others are fetched.

    Raises:
        FetchError: the setting `offline` is on.
        DataError: another fetch is at work in this project.
        OutputError: nothing can be written.
        Cancelled: the caller asked to stop; what was fetched is kept.
    """
    options, watch = options or FetchOptions(), watch or Watch()
    if options.offline and not options.dry_run:
        raise FetchError(
            "nothing is fetched, as the setting offline is on", hint="leave --offline out"
        )
    if options.dry_run:
        return _Fetcher(project, options, watch, project.uploads).plan(wanted)
    with _alone(project) as folder:
        fetcher = _Fetcher(project, options, watch, folder)
        try:
            for each in watch.through(wanted, lambda one: _shown(one.url)):
                fetcher.fetch(each)
        finally:
            write_licences(project)
    return fetcher.report


@contextmanager
def _alone(project: Project) -> Iterator[Path]:
    """The sole right to fetch into a project, with an empty hidden folder."""
    project.journals.mkdir(parents=True, exist_ok=True)
    lock = FileLock(project.journals / "fetch.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise DataError(
            "another `hansard data fetch` is at work in this project", hint="wait until it ends"
        ) from error
    folder = project.uploads / ".fetching"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrived:
    """A recording in the hidden folder."""

    path: Path
    url: str
    title: str
    via: str
    channel: str = ""
    licence: str | None = None
    language: str | None = None
    subtitles: Path | None = None
    subtitles_language: str | None = None


class _Fetcher:
    """Fetches one address after the other."""

    def __init__(self, project: Project, options: FetchOptions, watch: Watch, folder: Path) -> None:
        self._project = project
        self._options = options
        self._watch = watch
        self._folder = folder
        self._barred = read_barred(project)
        self._archive = options.archive or archive_path(project)
        self._done = _read_archive(self._archive)
        self._known = {each.sha256: each.file for each in read_sources(project)}
        self.report = FetchReport()

    def plan(self, wanted: Sequence[Wanted]) -> FetchReport:
        """What would be done; no address is asked."""
        for each in wanted:
            reason = self._reason_to_skip(each)
            if reason:
                self.report.skipped.append(Told(each.url, reason))
                continue
            try:
                check_url(each.url, allow_private=self._options.allow_private)
            except HansardError as error:
                self.report.failed.append(Told(each.url, str(error)))
            else:
                self.report.planned.append(Told(each.url, each.licence or UNKNOWN))
        return self.report

    def fetch(self, wanted: Wanted) -> None:
        """One address, which may lead to several recordings."""
        reason = self._reason_to_skip(wanted)
        if reason:
            self.report.skipped.append(Told(wanted.url, reason))
            return
        self._try(wanted.url, lambda: self._fetch(wanted))

    def _try(self, url: str, deed: Callable[[], None]) -> None:
        try:
            deed()
        except (Cancelled, DiskFullError):
            raise
        except HansardError as error:
            hint = f" ({error.hint})" if error.hint else ""
            logger.info("%s: %s", _shown(url), error)
            self.report.failed.append(Told(url, f"{error}{hint}"))
        finally:
            for path in self._folder.iterdir():
                path.unlink(missing_ok=True)

    def _reason_to_skip(self, wanted: Wanted) -> str:
        if wanted.url in self._barred.urls or wanted.url in self._barred.sources:
            return "it was removed from this project"
        if wanted.source and wanted.source in self._barred.sources:
            return f"its source {wanted.source!r} was removed from this project"
        return "it is here already" if _direct_id(wanted.url) in self._done else ""

    def _fetch(self, wanted: Wanted) -> None:
        """A file by our own download; a page, and what we cannot get so, by yt-dlp."""
        try:
            arrived = self._download(wanted.url)
        except FetchError as error:
            if error.retry == "transient":
                raise
            if "max_upload_mb" in error.hint:
                raise FetchError(str(error), hint="--max-mb sets the limit") from error
            self._fetch_page(wanted, error)
        else:
            self._keep(wanted, arrived, _direct_id(wanted.url))

    def _download(self, url: str) -> _Arrived:
        target = self._folder / "media"
        got = download(
            url,
            target,
            Limits(size=self._options.max_mb * 2**20),
            allow_private=self._options.allow_private,
            cancelled=self._watch.cancelled,
        )
        title = Path(got.name).stem if got.name else ""
        return _Arrived(path=target, url=url, title=title, via="http")

    def _fetch_page(self, wanted: Wanted, why: FetchError) -> None:
        reach = Reach(
            largest=self._options.max_mb * 2**20,
            allow_private=self._options.allow_private,
            audio_only=self._options.audio_only,
            language=wanted.language,
        )
        try:
            site = VideoSite(wanted.url, self._folder, reach, self._watch.cancelled)
            listed = site.list()
        except MissingExtraError as error:
            raise MissingExtraError(f"{why}; {error}", hint=error.hint) from error
        except FetchError as error:
            raise FetchError(f"{why}; yt-dlp: {error}", hint=why.hint) from error
        for number, each in enumerate(listed):
            if self._watch.cancelled():
                raise Cancelled("stopped; what was fetched is kept")
            self._watch.advance(number, len(listed), each.title)
            if each.archive_id in self._done:
                self.report.skipped.append(Told(wanted.url, f"{each.title}: it is here already"))
                continue
            self._try(wanted.url, partial(self._fetch_listed, wanted, site, each))

    def _fetch_listed(self, wanted: Wanted, site: VideoSite, listed: Listed) -> None:
        self._keep(wanted, _arrived(site.fetch(listed)), listed.archive_id)

    def _keep(self, wanted: Wanted, arrived: _Arrived, archive_id: str) -> None:
        info = probe(arrived.path)
        digest = sha256_of(arrived.path)
        if digest in self._barred.sha256:
            raise DataError(f"{_shown(arrived.url)} is a recording that was removed", hint="")
        here = self._known.get(digest)
        if here is not None and (self._project.root / here).exists():
            self.report.skipped.append(Told(arrived.url, f"the same file is here as {here!r}"))
            self._note(archive_id)
            return
        suffix = _suffix(arrived, info.format)
        stem = free_stem(self._project.uploads, arrived.title or info.title or "")
        target = self._project.uploads / f"{stem}{suffix}"
        text = self._keep_subtitles(arrived, stem)
        size = arrived.path.stat().st_size
        arrived.path.replace(target)
        record = SourceRecord(
            url=arrived.url if arrived.via != "http" else wanted.url,
            file=relative(target, self._project.root),
            sha256=digest,
            licence=wanted.licence or arrived.licence or UNKNOWN,
            source=wanted.source or arrived.channel or urlsplit(wanted.url).hostname or "",
            title=arrived.title or info.title or "",
            language=wanted.language or arrived.language,
            speaker=wanted.speaker,
            fetched_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            size=size,
            via=arrived.via,
            subtitles=text,
            subtitles_language=arrived.subtitles_language if text else None,
        )
        add_source(self._project, record)
        self._note(archive_id)
        self._known[digest] = record.file
        self.report.fetched.append(record)

    def _keep_subtitles(self, arrived: _Arrived, stem: str) -> str | None:
        if arrived.subtitles is None or arrived.subtitles.suffix not in {".vtt", ".srt"}:
            return None
        target = self._project.uploads / f"{stem}{arrived.subtitles.suffix}"
        arrived.subtitles.replace(target)
        return relative(target, self._project.root)

    def _note(self, archive_id: str) -> None:
        """Add a line to the archive."""
        self._done[archive_id] = None
        write_whole(self._archive, "".join(f"{line}\n" for line in self._done))


def _arrived(got: Got) -> _Arrived:
    return _Arrived(
        path=got.path,
        url=got.url,
        title=got.title,
        via=got.site.lower(),
        channel=got.channel,
        licence=got.licence,
        language=got.language,
        subtitles=got.subtitles,
        subtitles_language=got.subtitles_language,
    )


def _suffix(arrived: _Arrived, demuxer: str) -> str:
    """The ending that its address has, if it is one of recordings; else that of its format."""
    named = (arrived.path.suffix, Path(unquote(urlsplit(arrived.url).path)).suffix)
    for suffix in named:
        if suffix.lower() in suffixes():
            return suffix.lower()
    known = find_format(demuxer)
    return known.suffixes[0] if known else ".bin"


def _direct_id(url: str) -> str:
    """The line that stands for an address in an archive."""
    return f"address {sha256(url.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _read_archive(path: Path) -> dict[str, None]:
    """The lines of an archive, in order."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DataError(f"the archive {str(path)!r} cannot be read: {error}") from error
    return dict.fromkeys(line.strip() for line in text.splitlines() if line.strip())


def _shown(url: str) -> str:
    """An address for people: no query, where links keep their secrets."""
    try:
        return shown(check_url(url, allow_private=True))
    except HansardError:
        return url[:100]
