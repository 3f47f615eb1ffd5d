"""`hansard clean`."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hansard.audio.names import printable
from hansard.cli.diarize import Telling, TellingFlags
from hansard.cli.flags import with_options
from hansard.cli.inputs import folder_for, name_outputs
from hansard.cli.main import DONE, set_up_logging
from hansard.cli.texts import open_transcript
from hansard.cli.working import at_work
from hansard.settings import Options
from hansard.storage.files import write_whole
from hansard.transcript import Transcript
from hansard.transcript.formats import file_name, find
from hansard.work.clean import clean as do_clean

TELLING = Telling()
LISTED = 10
"""Rejected rewrites that are told one by one."""


@with_options(
    "Clean-up", "Language model", "Model", "Language", "Sound", "Speakers", "Machine",
    "Models on disk", "Models in memory",
)  # fmt: skip
def clean(
    file: str,
    /,
    *,
    format: Annotated[str, Parameter(alias="-f")] = "txt",  # noqa: A002
    output_dir: Annotated[str, Parameter(alias="-o", allow_leading_hyphen=True)] = "-",
    force: Annotated[bool, Parameter(negative="")] = False,
    telling: TellingFlags = TELLING,
    options: Options,
) -> int:
    """Give a transcript punctuation and capitals; words, times and speakers stay.

    A text that has them already is copied. It needs a language model: see --llm-url, --llm-model.

    Parameters
    ----------
    file
        A transcript (Hansard's JSON, SRT, VTT, plain text ...), a recording, or - for standard
        input.
    format
        The format to write: txt, json, srt ...
    output_dir
        The folder for the file; - writes to standard output.
    force
        Clean up even a text that has punctuation.
    """
    set_up_logging(verbose=telling.verbose, quiet=telling.quiet)
    kind = find(format).name
    seen = telling.progress and not telling.quiet
    with at_work(printable(file), options, show=seen) as (workshop, wires):
        found = open_transcript(file, options, workshop, wires)
        cleaned = do_clean(found, options, workshop, wires, force=force)
    content = cleaned.render(kind, options)
    if output_dir == "-":
        sys.stdout.write(content)
        sys.stdout.flush()
    else:
        name = file_name(name_outputs([Path(file)])[0], kind)
        write_whole(folder_for(Path(file), output_dir) / name, content)
    if not telling.quiet:
        comment(cleaned)
    return DONE


def comment(cleaned: Transcript) -> None:
    """Tell on standard error how much was changed, and what was not accepted."""
    told = cleaned.metrics.get("cleaning")
    if told is None:
        print("the text has punctuation already; it was copied", file=sys.stderr)
        return
    rate = 100 * cleaned.metrics["edit_rate_cleaning"]
    rejected = told["rejected"]
    print(f"{rate:.1f} % of the text changed, {len(rejected)} rewrites rejected", file=sys.stderr)
    for one in rejected[:LISTED]:
        print(f"  segment {one['segment']}: {one['reason']}", file=sys.stderr)
