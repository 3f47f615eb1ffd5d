"""A transcript in, a summary in the shape of a template out, each point with its evidence."""

from dataclasses import asdict, replace
from time import perf_counter

from hansard.errors import UnsupportedOptionError
from hansard.pipeline import Staged
from hansard.transcript import Transcript
from hansard.transcript.summaries import Summary
from hansard.work.lending import WritingWorkshop
from hansard.work.options import WriteOptions
from hansard.work.wires import Pulse, Wires
from hansard.writing.quoting.extract import extract_summary
from hansard.writing.summaries.summarise import summarise as write_summary
from hansard.writing.versions import describe_extractive

STAGE = "summarising"


def summarise(
    transcript: Transcript,
    template_id: str,
    options: WriteOptions,
    workshop: WritingWorkshop,
    wires: Wires,
) -> Summary:
    """Summarise with the language model that is set, else by quotation.

    Raises:
        UnknownNameError: there is no such template.
        TemplateError: the template is not what it must be.
        UnsupportedOptionError: the template has a field that cannot be quoted, and no language
            model is set.
        LanguageModelError: the language model did not do its work.
        Cancelled: the caller asked to stop.
    """
    begin = perf_counter()
    template = workshop.shelf.find(template_id)
    wires.on_event(Staged(STAGE))
    pulse = Pulse(wires)
    with workshop.lend_writer("summary", options) as lent:
        if lent.model is None:
            check_quoting(options)
            found = extract_summary(transcript, template)
            used = describe_extractive("summary", template)
            found = replace(found, versions={**found.versions, "summarization_llm": used})
        else:
            found = write_summary(
                transcript,
                template,
                lent.model,
                options,
                retries=options.llm_max_retries,
                secrets=lent.secrets,
                on_progress=pulse.advance,
                cancelled=pulse.cancelled,
            )
    metrics = {
        **found.metrics,
        "points": len(found.evidence),
        "flagged": len(found.flagged),
        "seconds": round(perf_counter() - begin, 3),
    }
    return replace(found, metrics=metrics)


def check_quoting(options: WriteOptions) -> None:
    """See that nothing is asked of a summary or an answer that quotations cannot honour.

    Raises:
        UnsupportedOptionError: it is.
    """
    asked = {
        f"summary_{name}": value
        for name, value in asdict(options.summary_generation).items()
        if value is not None
    }
    if options.summary_check != "lexical":
        asked["summary_check"] = options.summary_check
    for name, value in asked.items():
        raise UnsupportedOptionError(
            f"{name} = {value!r}: no language model is set, and quotations have no such choice",
            hint=f"set llm_url, or leave {name} unset",
        )
