"""`hansard diarize`: who spoke when, without transcribing."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from cyclopts import Parameter
from rich.progress import Progress

from hansard.audio.names import printable
from hansard.cli.flags import with_options
from hansard.cli.inputs import expand, folder_for, name_outputs
from hansard.cli.main import DONE, FAILED, concerns_all, set_up_logging, tell
from hansard.cli.models import JsonFlag
from hansard.cli.peers import STDIN
from hansard.cli.progress import Downloads, Watcher, show_progress
from hansard.cli.tables import print_json
from hansard.errors import (
    HansardError,
    UsageError,
)
from hansard.settings import Options, override
from hansard.storage.files import write_whole
from hansard.transcript import Segment, Transcript
from hansard.wiring.speakers import BASELINE
from hansard.wiring.workshop import LocalWorkshop
from hansard.work.diarise import diarise
from hansard.work.wires import Wires


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What tells voices apart; what is not given is as the settings say."""

    speaker_engine: str | None = None
    """`onnx`, `baseline` or `pyannote`; `auto` takes `onnx` where its models are here."""
    segmentation_model: str | None = None
    """The model of `onnx` that hears where one or several people speak."""
    embedding_model: str | None = None
    """The model of `onnx` that tells one voice from another."""
    pyannote_model: str | None = None
    """The pipeline of `pyannote`: a folder, or a repository."""
    threads: int | None = None
    """CPU threads; 0 = as many as there are cores."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How speakers are told apart; what is not given is as the settings say."""

    num_speakers: int | None = None
    """Exactly so many speakers."""
    min_speakers: int | None = None
    """At least so many speakers."""
    max_speakers: int | None = None
    """At most so many speakers."""
    channel_speakers: bool | None = None
    """Each channel of the recording is one speaker, as in recorded calls."""
    voice_profiles: bool | None = None
    """Call speakers by the names of enrolled voices where they match."""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What is told about the work."""

    progress: bool = True
    """Show a bar on a terminal."""
    quiet: Annotated[bool, Parameter(alias="-q", negative="")] = False
    """Say nothing but results and errors."""
    verbose: Annotated[bool, Parameter(alias="-v", negative="")] = False
    """Tell what is done and why."""


EngineFlags = Annotated[Engine, Parameter(name="*", group="Speaker engine")]
TellingFlags = Annotated[Telling, Parameter(name="*", group="Reporting")]


@with_options("Sound", "Models on disk", "Models in memory")
def diarize(  # noqa: PLR0913 - each is a flag, or a group of them
    inputs: list[str],
    /,
    *,
    format: Annotated[Literal["rttm", "aud", "json"], Parameter(alias="-f")] = "rttm",  # noqa: A002
    output_dir: Annotated[str, Parameter(alias="-o", allow_leading_hyphen=True)] = "-",
    json_: JsonFlag = False,
    speakers: Annotated[Wanted, Parameter(name="*", group="Speakers")] = Wanted(),
    engine: EngineFlags = Engine(),
    telling: TellingFlags = Telling(),
    options: Options,
) -> int:
    """Say who spoke when, without transcribing.

    Turns go to standard output as RTTM; what a reader should know goes to standard error.

    Parameters
    ----------
    inputs
        Recordings: files, folders, patterns, or - for standard input.
    format
        rttm, aud (labels for Audacity) or json (a transcript with turns and no text).
    output_dir
        The folder for files; `source` writes beside each input, - to standard output.
    json_
        Write one JSON object for each recording, in a list if there are several.
    """
    set_up_logging(verbose=telling.verbose, quiet=telling.quiet)
    if not inputs:
        raise UsageError("no input was named", hint="hansard diarize --help")
    found = list(expand(inputs))
    errors = [error for error in found if isinstance(error, HansardError)]
    for error in errors:
        tell(error)
    paths = [path for path in found if isinstance(path, Path)]
    options = chosen(options, speakers, engine)
    form = "" if json_ else format
    batch = Batch(paths, form, output_dir, options, quiet=telling.quiet)
    with show_progress(wanted=telling.progress and not telling.quiet) as progress:
        workshop = LocalWorkshop(options, on_download=Downloads(progress))
        with closing(workshop):
            told = list(batch.run(workshop, progress))
    if json_ and told:
        print_json(told[0] if len(found) == 1 else told)
    return FAILED if errors or len(told) < len(paths) else DONE


def chosen(options: Options, *flags: Wanted | Engine) -> Options:
    """The settings with the flags that were given on top.

    Raises:
        SettingError: a value may not be.
    """
    given = {name: value for each in flags for name, value in asdict(each).items()}
    return override(options, {name: value for name, value in given.items() if value is not None})


@dataclass(frozen=True)
class Batch:
    """The files of one call, one after the other; a failing one does not stop the rest."""

    paths: Sequence[Path]
    form: str
    """The format to write; empty where nothing is written, because it is told as JSON."""
    output_dir: str
    options: Options
    quiet: bool

    def run(self, workshop: LocalWorkshop, progress: Progress) -> Iterator[dict[str, Any]]:
        """Listen to each and deliver; yields what is known of those that did not fail."""
        for path, name in zip(self.paths, name_outputs(self.paths), strict=True):
            shown = "standard input" if str(path) == STDIN else printable(path)
            watcher = Watcher(progress, shown)
            source: Path | BinaryIO = sys.stdin.buffer if str(path) == STDIN else path
            try:
                found = diarise(source, self.options, workshop, Wires(on_event=watcher))
                watcher.finish()
                self._deliver(found, path, name)
            except HansardError as error:
                watcher.finish()
                if concerns_all(error):
                    raise
                tell(error)
                continue
            yield describe(found, path)

    def _deliver(self, found: Transcript, path: Path, name: str) -> None:
        if not self.quiet:
            several = f"{printable(path.name)}: " if len(self.paths) > 1 else ""
            for note in found.metrics["notes"]:
                if not note.startswith(BASELINE):  # the log has warned of that already
                    print(f"note: {several}{note}", file=sys.stderr)
        if not self.form:
            return
        content = with_segments(found).render(self.form, self.options)
        if self.output_dir == "-":
            sys.stdout.write(content)
            sys.stdout.flush()
            return
        write_whole(folder_for(path, self.output_dir) / f"{name}.{self.form}", content)


def with_segments(found: Transcript) -> Transcript:
    """The same with a segment a turn, which has a speaker and no text: formats show segments."""
    segments = tuple(
        Segment(id=number, text="", start=turn.start, end=turn.end, speaker=turn.speaker)
        for number, turn in enumerate(found.turns)
    )
    return replace(found, segments=segments)


def describe(found: Transcript, path: Path) -> dict[str, Any]:
    """Who spoke when in a recording, for programs."""
    return {
        "input": str(path),
        "duration": round(found.duration, 3),
        "speakers": list(found.speakers),
        "turns": [
            asdict(turn) | {"start": round(turn.start, 3), "end": round(turn.end, 3)}
            for turn in found.turns
        ],
        "engine": found.versions["diarisation"]["name"],
        "notes": found.metrics["notes"],
    }
