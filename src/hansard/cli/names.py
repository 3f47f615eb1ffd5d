"""`hansard speakers suggest`: names for speakers, from how they are introduced."""

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from hansard.audio.names import printable
from hansard.cli.diarize import Telling, TellingFlags
from hansard.cli.flags import with_options
from hansard.cli.main import set_up_logging
from hansard.cli.models import JsonFlag
from hansard.cli.tables import print_json, print_table
from hansard.cli.texts import read_text
from hansard.cli.working import at_work
from hansard.errors import UsageError
from hansard.settings import Options
from hansard.storage.files import write_whole
from hansard.transcript import Transcript
from hansard.transcript.formats import name_of
from hansard.transcript.summaries import SuggestedName, plain_citation
from hansard.work.name import suggest as do_suggest
from hansard.writing.lines import lines_of
from hansard.writing.naming.names import apply_names
from hansard.writing.reading import show_line

TELLING = Telling()


@with_options("Language model", "Summaries", "Models on disk", "Models in memory")
def suggest(
    file: Path,
    /,
    *,
    json_: JsonFlag = False,
    apply: Annotated[bool, Parameter(negative="")] = False,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    telling: TellingFlags = TELLING,
    options: Options,
) -> None:
    """Suggest names for the speakers of a transcript, from how they are introduced.

    Nothing is changed unless --apply says so. Where a language model is set it is asked, too.

    Parameters
    ----------
    file
        A transcript with speakers.
    json_
        Write JSON.
    apply
        Write the transcript with these names.
    output
        Where to write it; its suffix names the format. By default standard output, as JSON.
    """
    if output is not None and not apply:
        raise UsageError("--output needs --apply", hint="add --apply to use the names")
    found = read_text(file)
    if not any(segment.speaker for segment in found.segments):
        raise UsageError(
            f"'{file}' has no speakers", hint="hansard transcribe --diarize tells who spoke"
        )
    set_up_logging(verbose=telling.verbose, quiet=telling.quiet)
    seen = telling.progress and not telling.quiet
    with at_work(printable(file), options, show=seen) as (workshop, wires):
        names = do_suggest(found, options, workshop, wires)
    if apply:
        _write(apply_names(found, {one.speaker: one.name for one in names}), output)
    elif json_:
        print_json([describe(name) for name in names])
    else:
        _show(names, found)


def _write(named: Transcript, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(named.render("json"))
        return
    write_whole(output, named.render(name_of(output)))


def _show(names: tuple[SuggestedName, ...], found: Transcript) -> None:
    lines = {line.segment: line for line in lines_of(found)}
    rows = []
    for name in names:
        first = next((one.segment for one in name.evidence if one.segment in lines), None)
        shown = show_line(lines[first]) if first is not None else ""
        rows.append((name.speaker, name.name, name.reason, shown))
    print_table(("speaker", "name", "because", "evidence"), rows)


def describe(name: SuggestedName) -> dict[str, Any]:
    """A suggestion for programs."""
    return {
        "speaker": name.speaker,
        "name": name.name,
        "reason": name.reason,
        "evidence": [plain_citation(one) for one in name.evidence],
    }
