"""Text without punctuation in, readable text out: words, times and speakers stay."""

from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

from hansard.errors import UnsupportedOptionError
from hansard.pipeline import Staged
from hansard.transcript import Transcript
from hansard.work.lending import WritingWorkshop
from hansard.work.options import WriteOptions
from hansard.work.wires import Pulse, Wires
from hansard.writing.cleaning import cleaning
from hansard.writing.cleaning.cleaning import Cleaned, copied
from hansard.writing.cleaning.punctuated import is_punctuated
from hansard.writing.versions import describe_model

STAGE = "cleaning"


def clean(
    transcript: Transcript,
    options: WriteOptions,
    workshop: WritingWorkshop,
    wires: Wires,
    *,
    force: bool = False,
) -> Transcript:
    """The transcript with clean text, its cost and its edit rate in `metrics`.

    Text that has punctuation already is copied, with an edit rate of 0, unless `force` is set.
    Where clean-up changed a segment, the segment's `raw` is the text as it was.

    Raises:
        UnsupportedOptionError: the text needs cleaning, and no language model is set.
        LanguageModelError: the language model did not do its work.
        Cancelled: the caller asked to stop.
    """
    if not force and is_punctuated(transcript) is not False:
        return _told(copied(transcript), {}, 0.0)
    begin = perf_counter()
    wires.on_event(Staged(STAGE))
    pulse = Pulse(wires)
    with workshop.lend_writer("clean", options) as lent:
        if lent.model is None:
            raise no_writer()
        cleaned = cleaning.clean(
            transcript,
            lent.model,
            options,
            retries=options.llm_max_retries,
            on_progress=pulse.advance,
            cancelled=pulse.cancelled,
        )
        used = describe_model(
            lent.model.info, "enhancement", options.clean_generation, options.llm_max_retries
        )
    return _told(cleaned, {"enhancement_llm": used}, perf_counter() - begin)


def no_writer() -> UnsupportedOptionError:
    """The error for text that only a language model could clean."""
    return UnsupportedOptionError(
        "this text has no punctuation, and no language model is set that could clean it",
        hint="set llm_url (and llm_model), as docs/how-to/llm.md tells, or ask for raw_transcript",
    )


def _told(cleaned: Cleaned, versions: Mapping[str, Any], seconds: float) -> Transcript:
    """The clean transcript with what it took."""
    made = cleaned.transcript
    metrics = {**made.metrics, "edit_rate_cleaning": round(cleaned.edit_rate, 6)}
    if versions:
        metrics["cleaning"] = {
            "chunks": cleaned.chunks,
            "rejected": [{"segment": r.segment, "reason": r.reason} for r in cleaned.rejected],
            "requests": cleaned.usage.requests,
            "prompt_tokens": cleaned.usage.prompt_tokens,
            "completion_tokens": cleaned.usage.completion_tokens,
            "seconds": round(seconds, 3),
        }
    return replace(made, versions={**made.versions, **versions}, metrics=metrics)
