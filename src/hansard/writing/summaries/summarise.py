"""A summary by a language model: in its template's shape, with the evidence for each point.

    lines ─ (notes, part by part, where they do not fit) ─ the model ─ guarded ─ held against lines

What comes is searched for what must not be given away and for links that nobody said, its times are
put right, and each point is held against the segments that it names (`writing.evidence`).
"""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from hansard.errors import Cancelled
from hansard.models.llm import Ask, LanguageModel
from hansard.models.llm.answering.answers import ask_object
from hansard.transcript import Transcript
from hansard.transcript.summaries import Summary
from hansard.writing.forms.template import Template
from hansard.writing.lines import spoken_lines
from hansard.writing.options import SummaryOptions
from hansard.writing.summaries.finish import finish
from hansard.writing.summaries.notes import Reading, Record, take_notes
from hansard.writing.summaries.prompt import material, written
from hansard.writing.summaries.wire import Accepting, cited_in
from hansard.writing.summaries.work import Work
from hansard.writing.versions import describe_model


def summarise(  # noqa: PLR0913 - what it may cost, and who may stop it, belong to the call
    transcript: Transcript,
    template: Template,
    model: LanguageModel,
    options: SummaryOptions,
    *,
    retries: int,
    secrets: Sequence[str] = (),
    on_progress: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Summary:
    """Have a model write a summary.

    Args:
        transcript: of any length and language; with segments that hold words.
        template: the shape, and what belongs into it.
        model: is asked once, or more often where the transcript does not fit into its context.
        options: what is asked of it, and how points are checked.
        retries: how often a wrong answer is asked for again.
        secrets: what must never stand in a summary, such as the key of the model's server.
        on_progress: is told the share of the work that is done, 0 to 1.
        cancelled: is asked between requests, and by the model while it works.

    Raises:
        UsageError: the transcript has no words, or the context no room for the template.
        LlmUnreachableError: the model's server is down, busy or too slow.
        LlmAccessError: it refuses the key.
        LlmAnswerError: nothing that it answered was of use.
        LanguageModelError: anything else.
        Cancelled: `cancelled` said so.
    """
    began = monotonic()
    lines = spoken_lines(transcript)
    work = Work(
        transcript=transcript,
        lines=lines,
        template=template,
        model=Accepting(model, template.schema),
        options=options,
        retries=retries,
        secrets=tuple(secrets),
        cancelled=cancelled,
    )
    texts, record = _read(work, on_progress)
    value, problems = _ask(work, texts, noted=record.rounds > 0)
    finished = finish(work, value)
    on_progress(1.0)
    told = {**finished.metrics, "problems": problems, "seconds": round(monotonic() - began, 3)}
    return Summary(
        template_id=template.id,
        content=finished.content,
        evidence=finished.evidence,
        versions={"summarization_llm": _described(work)},
        metrics={**_counted(work, record), **told},
    )


def _described(work: Work) -> dict[str, Any]:
    """What wrote it, once it has answered."""
    asked = work.options.summary_generation
    return {
        **describe_model(work.model.info, "summary", asked, work.retries),
        "longest_answer": work.generation.max_tokens,
        "template": {"id": work.template.id, "digest": work.template.digest},
    }


def _counted(work: Work, record: Record) -> dict[str, Any]:
    """What was read, and what it cost."""
    usage = work.model.usage
    return {
        "parts": record.parts,
        "rounds": record.rounds,
        "lines": len(work.lines),
        "lines_read": record.lines_read,
        "parts_quoted": record.quoted,
        "notes_cut": record.cut,
        "requests": usage.requests,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
    }


def _read(work: Work, on_progress: Callable[[float], None]) -> tuple[list[str], Record]:
    """What the summary is written from: the lines, or notes of all of them."""
    texts = [written(line, timed=work.timed) for line in work.lines]
    if sum(work.model.count_tokens(text) + 1 for text in texts) <= work.budget:
        return texts, Record(parts=1, lines_read=len(texts))
    reading = Reading(
        model=work.model,
        generation=work.generation,
        retries=work.retries,
        guard=work.guard(noted=True),
        nonce=work.nonce,
        budget=work.budget,
        timed=work.timed,
        language=work.language,
        on_share=lambda share: on_progress(0.9 * share),
        cancelled=work.cancelled,
    )
    notes, record = take_notes(reading, work.lines, work.template.schema)
    tags = ", ".join(dict.fromkeys(record.tags))[:500]
    about = [f"[] Words to find it by: {tags}"] if tags else []
    return [*about, *(note.written(timed=work.timed) for note in notes)], record


def _ask(work: Work, texts: Sequence[str], *, noted: bool) -> tuple[Any, list[str]]:
    """A valid answer in the shape of the wire, and what is wrong with it all the same."""
    if work.cancelled():
        raise Cancelled
    guard = work.guard(noted=noted)

    def complain(value: Any) -> Sequence[str]:
        leaks = list(guard.complaints(value))
        times = work.clock.problems(value["summary"], work.template.schema, cited_in(value))
        return [*leaks, *(f"/summary{sentence}" for sentence in times)][:20]

    answered = ask_object(
        work.model,
        Ask(messages=(work.system(noted=noted), material(texts, work.nonce)), schema=work.wire),
        work.generation,
        retries=work.retries,
        complain=complain,
        cancelled=work.cancelled,
    )
    return answered.value, list(answered.problems)
