"""What is done with a model's summary before anybody sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hansard.errors import LlmAnswerError
from hansard.models.llm.shapes.schemas import problems_of
from hansard.transcript.summaries import Citation
from hansard.writing.evidence.checking import check_by_model
from hansard.writing.evidence.evidence import check_points
from hansard.writing.guards.injections import instruction_segments
from hansard.writing.guards.text import Cleaner
from hansard.writing.summaries.wire import cited_in, without_marks
from hansard.writing.summaries.work import Work

WITHHELD: Final = Citation(segment=None, start=None, end=None, verdict="withheld")


@dataclass(frozen=True, slots=True)
class Finished:
    """A summary that can be shown."""

    content: Mapping[str, Any]
    evidence: Mapping[str, tuple[Citation, ...]]
    metrics: Mapping[str, Any]


def finish(work: Work, value: Mapping[str, Any]) -> Finished:
    """Clean it, take out what leaks, put its times right, and hold it against the lines.

    Raises:
        LlmAnswerError: what is left is not valid against the template.
        LanguageModelError: the model cannot be asked about the evidence.
        Cancelled: the caller asked to stop.
    """
    schema = work.template.schema
    known = {line.segment for line in work.lines}
    content, inline = without_marks(value["summary"], schema, known, work.said)
    cited = {**cited_in(value), **inline}
    content, unlinked = Cleaner(work.said).clean(content, schema)
    content, gone = work.guard(noted=False).withhold(content, schema)
    content, retimed = work.clock.mended(content, schema, cited)
    problems = problems_of(content, schema)
    if problems:
        raise LlmAnswerError(f"the summary cannot be made valid: {problems[0]}")
    evidence = dict(check_points(content, schema, work.lines, cited, work.language))
    evidence |= dict.fromkeys(gone, (WITHHELD,))
    metrics: dict[str, Any] = {
        "withheld": list(gone),
        "links_removed": list(unlinked),
        "times_repaired": list(retimed),
        "instruction_segments": list(instruction_segments(work.lines)),
    }
    if work.options.summary_check == "model":
        evidence, asked = check_by_model(work, content, evidence)
        metrics["checked_by_model"] = asked
    metrics["flagged"] = sum(
        not any(one.verdict == "supported" for one in points) for points in evidence.values()
    )
    return Finished(content, evidence, metrics)
