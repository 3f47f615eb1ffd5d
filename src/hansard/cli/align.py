"""`hansard align`."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, BinaryIO

from cyclopts import Parameter

from hansard.audio.names import printable
from hansard.cli.flags import with_options
from hansard.cli.inputs import folder_for, name_outputs
from hansard.cli.main import DONE, set_up_logging
from hansard.cli.peers import STDIN
from hansard.cli.tables import print_json
from hansard.cli.texts import read_text
from hansard.cli.transcribe import choose_formats
from hansard.cli.working import at_work
from hansard.errors import UsageError
from hansard.pipeline.misfits import Passage, Report, count
from hansard.settings import Options
from hansard.storage.files import write_whole
from hansard.transcript import Transcript
from hansard.transcript.formats import file_name
from hansard.transcript.placing import is_placed
from hansard.work.align import Aligned, knows_words, realign
from hansard.work.align import align as do_align

LISTED = 20
"""Passages of a kind that are listed; the rest are counted."""
SHOWN = 60
"""Characters of a passage that are shown."""


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What is written, and where."""

    format: Annotated[tuple[str, ...], Parameter(alias="-f", negative="")] = ()
    """srt, vtt, json, lrc, txt or another that `hansard formats` lists; may be given several
    times."""
    output_dir: Annotated[str, Parameter(alias="-o", allow_leading_hyphen=True)] = "."
    """The folder for files, named like the recording; `source` writes beside it, - to standard
    output."""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What is told about the work, and where."""

    json_: Annotated[bool, Parameter(name="--json", negative="")] = False
    """Write a report to standard output: spans, words and their times, what does not fit."""
    progress: bool = True
    """Show a bar on a terminal."""
    quiet: Annotated[bool, Parameter(alias="-q", negative="")] = False
    """Say nothing but results and errors."""
    verbose: Annotated[bool, Parameter(alias="-v", negative="")] = False
    """Tell what is done and why."""


@with_options(
    "Model", "Language", "Sound", "Word times", "Subtitles", "Prompts", "Search", "Guards",
    "Word time model", "Voice activity", "Machine", "Models on disk", "Models in memory",
)  # fmt: skip
def align(
    audio: str,
    text: Path,
    /,
    *,
    writing: Annotated[Writing, Parameter(name="*", group="Output")] = Writing(),
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    telling: Annotated[Telling, Parameter(name="*", group="Reporting")] = Telling(),
    options: Options,
) -> int:
    """Give times to a text that you have: a script, lyrics, a corrected transcript.

    The text stays as it is. Without -f, subtitles (srt) go to standard output. Text that was not
    heard and speech that is not in the text are told; a word that cannot be placed has no time.

    If the text has the times of its words already (json, lrc), only the lines that were changed are
    aligned; the others stay as they are.

    Parameters
    ----------
    audio
        The recording, or - for standard input.
    text
        The text: txt with a line for each segment, or srt, vtt, json, lrc, tsv, csv.
    all_
        Align every line, even one whose words have times.
    """
    set_up_logging(verbose=telling.verbose, quiet=telling.quiet)
    formats = choose_formats(writing.format)
    given = read_text(text)
    targets = name_targets(Path(audio), formats, writing.output_dir)
    _spare(text, targets.values())
    kept = knows_words(given) and not all_
    source: Path | BinaryIO = sys.stdin.buffer if audio == STDIN else Path(audio)
    shown = "standard input" if audio == STDIN else printable(audio)
    seen = telling.progress and not telling.quiet
    with at_work(shown, options, show=seen) as (workshop, wires):
        work = realign if kept else do_align
        aligned = work(source, given, options, workshop, wires)
    _deliver(aligned.transcript, targets, options)
    if telling.json_:
        print_json(describe(aligned))
    elif not formats:
        sys.stdout.write(aligned.transcript.render("srt", options))
    sys.stdout.flush()
    if not telling.quiet:
        for line in comments(aligned.report):
            print(line, file=sys.stderr)
    return DONE


def name_targets(audio: Path, formats: Sequence[str], output_dir: str) -> dict[str, Path | None]:
    """Where each format goes; None = standard output."""
    name = name_outputs([audio])[0]
    folder = folder_for(audio, output_dir)
    return {
        wanted: None if output_dir == "-" else folder / file_name(name, wanted)
        for wanted in formats
    }


def _spare(text: Path, targets: Iterable[Path | None]) -> None:
    """Refuse to write over the user's text, save over a transcript, which holds all of it."""
    for target in targets:
        if target is None or target.suffix.lower() == ".json":
            continue
        if target.exists() and target.samefile(text):
            raise UsageError(
                f"'{printable(target)}' is the text itself, and would be written over",
                hint="choose another folder with -o",
            )


def _deliver(transcript: Transcript, targets: dict[str, Path | None], options: Options) -> None:
    for wanted, target in targets.items():
        content = transcript.render(wanted, options)
        if target is None:
            sys.stdout.write(content)
        else:
            write_whole(target, content)


def describe(aligned: Aligned) -> dict[str, object]:
    """The report for programs: how the text fits, and when each line and word is said."""
    made = aligned.transcript
    return {
        "language": made.language,
        "duration": round(made.duration, 3),
        **asdict(aligned.report),
        "segments": [
            {
                "line": number,
                "start": round(line.start, 3),
                "end": round(line.end, 3),
                "speaker": line.speaker,
                "text": line.text,
                "words": [
                    {
                        "word": word.text,
                        "start": round(word.start, 3) if is_placed(word) else None,
                        "end": round(word.end, 3) if is_placed(word) else None,
                        "method": word.method,
                        "confidence": word.confidence,
                    }
                    for word in line.words
                ],
            }
            for number, line in enumerate(made.segments, start=1)
        ],
        "versions": dict(made.versions),
        "metrics": dict(made.metrics),
    }


def comments(report: Report) -> Iterator[str]:
    """What people are told of how a text fits, a line each."""
    if report.touched < report.lines:
        yield f"{report.touched} of {count(report.lines, 'line')} aligned, the others kept"
    if report.words:
        timed = report.matched + report.forced
        yield (
            f"{timed} of {count(report.words, 'word')} have a time, "
            f"{report.forced} of them misheard and timed from the text"
        )
    yield from _list(report.skipped, "not heard")
    yield from _list(report.unwritten, "not in the text")


def _list(passages: Sequence[Passage], what: str) -> Iterator[str]:
    for passage in passages[:LISTED]:
        line = f", line {passage.line}" if passage.line is not None else ""
        text = passage.text if len(passage.text) <= SHOWN else passage.text[: SHOWN - 1] + "…"
        yield f"{what}{line}, {_clock(passage.start)} - {_clock(passage.end)}: {text}"
    if len(passages) > LISTED:
        yield f"{what}: {len(passages) - LISTED} more passages"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{int(minutes)}:{rest:04.1f}"
