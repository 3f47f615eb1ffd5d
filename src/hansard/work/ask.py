"""A question about a transcript in, an answer with the segments that it rests on out."""

from dataclasses import replace
from time import perf_counter

from hansard.errors import UsageError
from hansard.pipeline import Staged
from hansard.transcript import Transcript
from hansard.transcript.summaries import Answer
from hansard.work.lending import WritingWorkshop
from hansard.work.options import WriteOptions
from hansard.work.summarise import check_quoting
from hansard.work.wires import Pulse, Wires
from hansard.writing.quoting.finding import find_answer
from hansard.writing.summaries.asking import answer
from hansard.writing.versions import describe_extractive


def ask(
    transcript: Transcript,
    question: str,
    options: WriteOptions,
    workshop: WritingWorkshop,
    wires: Wires,
) -> Answer:
    """Answer with the language model that is set for summaries, else by quotation.

    Raises:
        UsageError: there is no question.
        LanguageModelError: the language model did not do its work.
        Cancelled: the caller asked to stop.
    """
    if not question.strip():
        raise UsageError("there is no question", hint='hansard ask talk.json "who will call?"')
    begin = perf_counter()
    wires.on_event(Staged("answering"))
    pulse = Pulse(wires)
    with workshop.lend_writer("summary", options) as lent:
        if lent.model is None:
            check_quoting(options)
            found = find_answer(transcript, question)
            found = replace(found, versions={"answering_llm": describe_extractive("answer")})
        else:
            found = answer(
                transcript,
                question,
                lent.model,
                options,
                retries=options.llm_max_retries,
                secrets=lent.secrets,
                on_progress=pulse.advance,
                cancelled=pulse.cancelled,
            )
    return replace(found, metrics={**found.metrics, "seconds": round(perf_counter() - begin, 3)})
