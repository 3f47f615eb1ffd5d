"""`hansard summarise`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hansard.audio.names import printable
from hansard.cli.diarize import Telling, TellingFlags
from hansard.cli.flags import with_options
from hansard.cli.main import DONE, set_up_logging
from hansard.cli.tables import print_json, print_table
from hansard.cli.texts import open_transcript
from hansard.cli.working import at_work
from hansard.errors import UsageError
from hansard.settings import Options
from hansard.storage.files import write_whole
from hansard.transcript import Transcript
from hansard.transcript.summaries import Summary, plain_summary
from hansard.wiring.stores import open_shelf
from hansard.work.summarise import summarise as do_summarise
from hansard.writing.lines import lines_of
from hansard.writing.quoting.chapters import chapters_of, extract_chapters, to_podcast_json
from hansard.writing.reading import to_markdown

DEFAULT = "generic_v1"
TELLING = Telling()


@with_options(
    "Summaries", "Templates", "Language model", "Model", "Language", "Sound", "Speakers", "Machine",
    "Models on disk", "Models in memory",
)  # fmt: skip
def summarise(  # noqa: PLR0913 - each is a flag, or a group of them
    file: str = "",
    /,
    *,
    template: Annotated[str, Parameter(alias="-t")] = DEFAULT,
    json_: Annotated[bool | None, Parameter(name="--json")] = None,
    chapters: Path | None = None,
    list_templates: Annotated[bool, Parameter(negative="")] = False,
    telling: TellingFlags = TELLING,
    options: Options,
) -> int:
    """Summarise a transcript or a recording in the shape of a template.

    Each point comes with the segments that it rests on; points that none supports are flagged.
    Without a language model the summary is made of quotations; see --llm-url and --llm-model.

    Parameters
    ----------
    file
        A transcript (Hansard's JSON, SRT, VTT, plain text ...), a recording, or - for standard
        input.
    template
        The shape of the summary; --list-templates lists all.
    json_
        Write JSON; that is the default where standard output is no terminal.
    chapters
        Write chapters to this file, too, as Podcasting 2.0 JSON.
    list_templates
        List the templates, and do nothing else.
    """
    set_up_logging(verbose=telling.verbose, quiet=telling.quiet)
    if list_templates:
        print_templates(options, as_json=bool(json_))
        return DONE
    if not file:
        raise UsageError("no input was named", hint="hansard summarise talk.json")
    seen = telling.progress and not telling.quiet
    with at_work(printable(file), options, show=seen) as (workshop, wires):
        workshop.shelf.find(template)  # before a recording is transcribed for nothing
        found = open_transcript(file, options, workshop, wires)
        made = do_summarise(found, template, options, workshop, wires)
    if chapters is not None:
        write_whole(chapters, chapters_json(made, found))
    if json_ or (json_ is None and not sys.stdout.isatty()):
        print_json(plain_summary(made))
    else:
        sys.stdout.write(to_markdown(made))
    if not telling.quiet:
        for line in comments(made):
            print(line, file=sys.stderr)
    return DONE


def chapters_json(made: Summary, found: Transcript) -> str:
    """The summary's chapters; where its template has none, those of the transcript's topics."""
    lines = lines_of(found)
    return to_podcast_json(chapters_of(made) or extract_chapters(lines, found.language))


def comments(made: Summary) -> Iterator[str]:
    """What a reader should know of a summary, a line each."""
    if made.flagged:
        shown = ", ".join(made.flagged[:5]) + (" ..." if len(made.flagged) > 5 else "")
        count = f"{len(made.flagged)} of {len(made.evidence)}"
        yield f"warning: {count} points have no evidence in the transcript: {shown}"
    if made.metrics.get("instruction_segments"):
        yield "warning: parts of the transcript talk to the machine: read the summary with care"
    if made.metrics.get("withheld"):
        yield "warning: the model repeated what it must not; that was taken out"


def print_templates(options: Options, *, as_json: bool) -> None:
    """List the templates."""
    found = open_shelf(options).list()
    if as_json:
        print_json([{"template_id": t.id, "name": t.name, "description": t.description,
                     "source": t.source} for t in found])  # fmt: skip
        return
    print_table(("template", "from", "what"), [(t.id, t.source, t.description) for t in found])
