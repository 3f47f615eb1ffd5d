"""`hansard transcribe`."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO

from cyclopts import Parameter
from rich.progress import Progress

from hansard.audio.lyrics import SUFFIX, require_mutagen, write_lyrics
from hansard.audio.names import printable
from hansard.cli.flags import with_options
from hansard.cli.inputs import expand, folder_for, name_outputs
from hansard.cli.main import DONE, FAILED, concerns_all, set_up_logging, tell
from hansard.cli.peers import STDIN
from hansard.cli.progress import Downloads, show_progress, watching
from hansard.cli.summarise import comments
from hansard.errors import (
    HansardError,
    UnknownNameError,
    UsageError,
)
from hansard.settings import Options
from hansard.storage.files import write_whole
from hansard.transcript import Transcript
from hansard.transcript.formats import NAMES, file_name, find
from hansard.transcript.subtitles import score_of
from hansard.transcript.summaries import Summary, plain_summary
from hansard.wiring.workshop import LocalWorkshop
from hansard.work.clean import clean as do_clean
from hansard.work.summarise import check_quoting
from hansard.work.summarise import summarise as do_summarise
from hansard.work.transcribe import transcribe as do_transcribe
from hansard.work.wires import Wires


@dataclass(frozen=True, kw_only=True)
class Reporting:
    """What is told about the work, and where."""

    benchmark: Path | None = None
    """Write stage times, trust and subtitle scores of every file to this JSON file."""
    score: Annotated[bool, Parameter(negative="")] = False
    """Score the subtitles of each file from 0 to 1, and list their faults."""
    progress: bool = True
    """Show a bar on a terminal."""
    quiet: Annotated[bool, Parameter(alias="-q", negative="")] = False
    """Say nothing but results and errors."""
    write_lyrics: Annotated[bool, Parameter(negative="")] = False
    """Write the words and their times into the tags of inputs that are MP3 files, too."""
    verbose: Annotated[bool, Parameter(alias="-v", negative="")] = False
    """Tell what is done and why."""


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What is written about each transcript."""

    summarise: str = ""
    """Write a summary in the shape of this template beside the other files, as
    NAME.summary.json; hansard summarise --list-templates lists templates."""
    clean: Annotated[bool, Parameter(negative="")] = False
    """Give text punctuation and capitals where the model writes none; needs a language model."""


@with_options(
    "Model", "Language", "Sound", "Speakers", "Word times", "Subtitles", "Prompts", "Windows",
    "Search", "Guards", "Speaker models", "Word time model", "Songs", "Voice activity", "Clean-up",
    "Summaries", "Templates", "Language model", "Machine", "Models on disk", "Models in memory",
)  # fmt: skip
def transcribe(
    inputs: list[str],
    /,
    *,
    format: Annotated[list[str] | None, Parameter(alias="-f", negative="")] = None,  # noqa: A002
    output_dir: Annotated[str, Parameter(alias="-o", allow_leading_hyphen=True)] = ".",
    reporting: Annotated[Reporting, Parameter(name="*", group="Reporting")] = Reporting(),
    writing: Annotated[Writing, Parameter(name="*", group="Clean text and summaries")] = Writing(),
    options: Options,
) -> int:
    """Turn recordings into transcripts and subtitles.

    The text goes to standard output; with -f, files are written instead.

    Parameters
    ----------
    inputs
        Recordings: files, folders, patterns, or - for standard input.
    format
        txt, srt, json, ... or all (hansard formats lists them); may be given several times.
    output_dir
        The folder for files; `source` writes beside each input, - to standard output.
    """
    set_up_logging(verbose=reporting.verbose, quiet=reporting.quiet)
    formats = choose_formats(format)
    if reporting.write_lyrics:
        require_mutagen()
    found = list(expand(inputs))
    failed = False
    for error in found:
        if isinstance(error, HansardError):
            tell(error)
            failed = True
    paths = [path for path in found if isinstance(path, Path)]
    if not inputs:
        raise UsageError("no input was named", hint="hansard transcribe --help")
    show = reporting.progress and not reporting.quiet
    with show_progress(wanted=show) as progress:
        workshop = LocalWorkshop(options, on_download=Downloads(progress))
        batch = Batch(paths, Delivery(formats, output_dir, writing), reporting, options)
        with closing(workshop):
            check_writing(writing, options, workshop)
            rows = list(batch.run(workshop, progress))
    if reporting.benchmark is not None:
        write_whole(reporting.benchmark, json.dumps(rows, indent=1) + "\n")
    return FAILED if failed or batch.failures else DONE


def choose_formats(asked: Sequence[str] | None) -> tuple[str, ...]:
    """The formats to write, in order, once each; `srt,vtt`, suffixes and `all` are understood.

    Raises:
        UnknownNameError: one of them is no format.
    """
    wanted: list[str] = []
    for name in ",".join(asked or ()).replace(" ", "").split(","):
        try:
            wanted += NAMES if name == "all" else [find(name).name] if name else []
        except UnknownNameError as error:
            hint = f"formats: {', '.join(NAMES)}, all"
            raise UnknownNameError(f"unknown format {name!r}", hint=hint) from error
    return tuple(dict.fromkeys(wanted))


def name_files(names: Sequence[str], formats: Sequence[str]) -> list[tuple[Path, ...]]:
    """The names of each output's files, one a format; no two alike, ignoring case.

    With the format `sync`, `talk` would write over the `json` of `talk_sync`: what comes later gets
    a number.
    """
    taken: set[str] = set()
    chosen: list[tuple[Path, ...]] = []
    for name in names:
        stem, number = name, 1
        while taken & (files := {file_name(stem, kind).casefold() for kind in formats}):
            number += 1
            stem = f"{name}-{number}"
        taken |= files
        chosen.append(tuple(Path(file_name(stem, kind)) for kind in formats))
    return chosen


def check_writing(writing: Writing, options: Options, workshop: LocalWorkshop) -> None:
    """See that what is to be written can be, before hours of work begin.

    Raises:
        UnknownNameError: there is no such template.
        HansardError: the language model that is set cannot be had.
    """
    if writing.summarise:
        workshop.shelf.find(writing.summarise)
        if not workshop.writes("summary", options):
            check_quoting(options)
    if writing.clean:
        workshop.writes("clean", options)


@dataclass(frozen=True)
class Delivery:
    """What is made of each transcript, and where it goes."""

    formats: tuple[str, ...]
    output_dir: str
    writing: Writing


class Batch:
    """The files of one call, one after the other; a failing one does not stop the rest."""

    def __init__(
        self, paths: Sequence[Path], delivery: Delivery, reporting: Reporting, options: Options
    ) -> None:
        self.paths = paths
        self.formats = delivery.formats
        self.output_dir = delivery.output_dir
        self.writing = delivery.writing
        self.reporting = reporting
        self.options = options
        self.failures = 0

    def run(self, workshop: LocalWorkshop, progress: Progress) -> Iterator[dict[str, object]]:
        """Transcribe and deliver each; yields what the benchmark file says of it."""
        stems = name_outputs(self.paths)
        names = name_files(stems, self.formats)
        for path, stem, files in zip(self.paths, stems, names, strict=True):
            shown = "standard input" if str(path) == STDIN else printable(path)
            shows = partial(watching, progress, shown)
            try:
                with shows() as wires:
                    source: Path | BinaryIO = sys.stdin.buffer if str(path) == STDIN else path
                    found = do_transcribe(source, self.options, workshop, wires)
                transcript = self._clean(found, workshop, shows, (path, files))
                self._deliver(transcript, path, files)
                with shows() as wires:
                    summary = self._summarise(transcript, workshop, wires)
                self._deliver_summary(summary, path, stem)
            except HansardError as error:
                if concerns_all(error):
                    raise
                self.failures += 1
                tell(error)
                yield {"input": str(path), "error": str(error), "error_code": error.code}
                continue
            yield self._describe(transcript, path)

    def _clean(
        self,
        found: Transcript,
        workshop: LocalWorkshop,
        shows: Callable[[], AbstractContextManager[Wires]],
        target: tuple[Path, Sequence[Path]],
    ) -> Transcript:
        """The transcript with clean text, where that is wanted.

        Should that fail, what was recognised is delivered as it is: it may have taken hours.
        """
        if not self.writing.clean:
            return found
        try:
            with shows() as wires:
                return do_clean(found, self.options, workshop, wires)
        except HansardError:
            self._deliver(found, *target)
            raise

    def _summarise(
        self, transcript: Transcript, workshop: LocalWorkshop, wires: Wires
    ) -> Summary | None:
        template = self.writing.summarise
        if not template:
            return None
        return do_summarise(transcript, template, self.options, workshop, wires)

    def _deliver_summary(self, summary: Summary | None, path: Path, stem: str) -> None:
        if summary is None:
            return
        content = json.dumps(plain_summary(summary), indent=1, ensure_ascii=False) + "\n"
        if self.output_dir == "-":
            sys.stdout.write(content)
            sys.stdout.flush()
        else:
            write_whole(folder_for(path, self.output_dir) / f"{stem}.summary.json", content)
        if not self.reporting.quiet:
            for line in comments(summary):
                print(line, file=sys.stderr)

    def _deliver(self, transcript: Transcript, path: Path, files: Sequence[Path]) -> None:
        if not self.formats:
            if len(self.paths) > 1:
                print(f"==> {printable(path)} <==")
            sys.stdout.write(transcript.render("txt", self.options))
        for wanted, file in zip(self.formats, files, strict=True):
            content = transcript.render(wanted, self.options)
            if self.output_dir == "-":
                sys.stdout.write(content)
            else:
                write_whole(folder_for(path, self.output_dir) / file, content)
        sys.stdout.flush()
        if self.reporting.write_lyrics:
            self._sing(transcript, path)
        self._comment(transcript, path)

    def _sing(self, transcript: Transcript, path: Path) -> None:
        """Write the lyrics into the input where it is an MP3 file; elsewhere say that none are."""
        if path.suffix.lower() == SUFFIX and path.is_file():
            write_lyrics(path, transcript)
        else:
            shown = "standard input" if str(path) == STDIN else f"'{printable(path)}'"
            print(f"warning: no lyrics are written into {shown}: no {SUFFIX} file", file=sys.stderr)

    def _comment(self, transcript: Transcript, path: Path) -> None:
        """The trust line, and the subtitle score where it was asked for."""
        if self.reporting.score:
            scored = score_of(transcript, self.options)
            print(
                f"subtitle score {scored.value:.2f}, {len(scored.faults)} faults", file=sys.stderr
            )
            for fault in scored.faults[:20]:
                print(f"  {fault}", file=sys.stderr)
        watched = sys.stderr.isatty() or self.reporting.verbose
        if transcript.trust is not None and watched and not self.reporting.quiet:
            shown = f"{printable(path.name)}: " if len(self.paths) > 1 else ""
            print(f"trust: {shown}{transcript.trust.summarise()}", file=sys.stderr)

    def _describe(self, transcript: Transcript, path: Path) -> dict[str, object]:
        trust = transcript.trust
        scored = score_of(transcript, self.options)
        return {
            "input": str(path),
            "duration": transcript.duration,
            "language": transcript.language,
            "segments": len(transcript.segments),
            "words": len(transcript.words),
            "subtitle_score": round(scored.value, 4),
            "coverage": trust.coverage if trust else None,
            "metrics": dict(transcript.metrics),
            "versions": dict(transcript.versions),
        }
