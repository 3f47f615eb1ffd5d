"""`hansard ask`."""

import sys
from collections.abc import Iterator
from typing import Any

from hansard.audio.names import printable
from hansard.cli.diarize import Telling, TellingFlags
from hansard.cli.flags import with_options
from hansard.cli.main import DONE, set_up_logging
from hansard.cli.models import JsonFlag
from hansard.cli.tables import print_json
from hansard.cli.texts import open_transcript
from hansard.cli.working import at_work
from hansard.settings import Options
from hansard.transcript import Transcript
from hansard.transcript.summaries import Answer, plain_citation
from hansard.work.ask import ask as do_ask
from hansard.writing.lines import Line, lines_of
from hansard.writing.reading import show_line

TELLING = Telling()


@with_options(
    "Summaries", "Language model", "Model", "Language", "Sound", "Speakers", "Machine",
    "Models on disk", "Models in memory",
)  # fmt: skip
def ask(
    file: str,
    question: str,
    /,
    *,
    json_: JsonFlag = False,
    telling: TellingFlags = TELLING,
    options: Options,
) -> int:
    """Answer a question from a transcript, with the times where it was said.

    Without a language model the answer is made of quotations; see --llm-url and --llm-model.

    Parameters
    ----------
    file
        A transcript (Hansard's JSON, SRT, VTT, plain text ...), a recording, or - for standard
        input.
    question
        What you want to know.
    json_
        Write JSON.
    """
    set_up_logging(verbose=telling.verbose, quiet=telling.quiet)
    seen = telling.progress and not telling.quiet
    with at_work(printable(file), options, show=seen) as (workshop, wires):
        found = open_transcript(file, options, workshop, wires)
        answer = do_ask(found, question, options, workshop, wires)
    if json_:
        print_json(describe(answer))
    else:
        sys.stdout.write("\n".join(show(answer, found)) + "\n")
    return DONE


def describe(answer: Answer) -> dict[str, Any]:
    """An answer for programs."""
    return {
        "question": answer.question,
        "answer": answer.text,
        "evidence": [plain_citation(one) for one in answer.evidence],
        "versions": dict(answer.versions),
        "metrics": dict(answer.metrics),
    }


def show(answer: Answer, found: Transcript) -> Iterator[str]:
    """An answer for people: the text, then the lines that it rests on."""
    if answer.text is None:
        yield "The transcript does not say."
        return
    yield answer.text
    lines: dict[int | None, Line] = {line.segment: line for line in lines_of(found)}
    cited = [one for one in answer.evidence if one.segment in lines]
    if cited:
        yield ""
    for one in cited:
        mark = "" if one.verdict == "supported" else f"  ({one.verdict})"
        yield f"  {show_line(lines[one.segment])}{mark}"
    if not any(one.verdict == "supported" for one in answer.evidence):
        yield ""
        yield "No line of the transcript supports this answer."
