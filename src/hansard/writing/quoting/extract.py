"""Summaries without a language model: every value is a quotation, or a fact of the transcript."""

from hansard.errors import UnsupportedOptionError
from hansard.models.llm.shapes.schemas import problems_of
from hansard.transcript import Transcript
from hansard.transcript.summaries import Summary
from hansard.writing.evidence.evidence import cite
from hansard.writing.forms.template import Template
from hansard.writing.lines import spoken_lines
from hansard.writing.quoting.fill import Filler
from hansard.writing.quoting.talk import Talk
from hansard.writing.quoting.values import Unquotable

_HINT = (
    "choose a language model (llm_url) for this template, or let the field be null in its schema: "
    '"type": ["string", "null"]'
)


def extract_summary(transcript: Transcript, template: Template) -> Summary:
    """A summary in a template's shape, made of the transcript's own words.

    A text is one stretch of the transcript as it stands there, or a speaker's label; numbers are
    times and counts. What cannot be quoted is null, an empty array, or left out, as the schema
    allows. Each text has its segments as evidence. The same transcript gives the same summary.

    Raises:
        UsageError: the transcript has no words.
        UnsupportedOptionError: the template requires what cannot be quoted; the message names it.
    """
    lines = spoken_lines(transcript)
    filler = Filler(transcript=transcript, chosen=template.extract)
    talk = Talk(lines, transcript.language)
    try:
        filled = filler.section(template.schema, talk)
    except Unquotable as error:
        raise UnsupportedOptionError(
            f"template {template.id!r} requires {error.where}, which cannot be quoted from this "
            "transcript",
            hint=_HINT,
        ) from error
    if problems := problems_of(filled.value, template.schema):
        raise UnsupportedOptionError(
            f"template {template.id!r} cannot be filled with quotations: {problems[0]}", hint=_HINT
        )
    return Summary(
        template_id=template.id,
        content=filled.value,
        evidence={
            pointer: cite(held, [line.segment for line in held])
            for pointer, held in filled.cited.items()
        },
        metrics={"lines": len(lines), "instruction_segments": sorted(talk.told_segments)},
    )
