"""Clean-up: text without punctuation made readable, with its times, words and speakers kept.

    segments ─ passages ─ parts that fit the model ─ (the model) ─ judged ─ words placed again

A rewrite that changes more than punctuation, capitals and a few spellings is rejected, and the
segment stays as it was recognised; so does one for which the model had no answer. Segments keep
their number, order, ids, times and speakers whatever a model says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from hansard.models.llm import LanguageModel, Usage
from hansard.models.llm.metering import Metered, ask_together
from hansard.transcript import Segment, Transcript
from hansard.writing.cleaning.asking import Asking
from hansard.writing.cleaning.judge import Bounds, judge
from hansard.writing.cleaning.parts import Passage, parts_of, passages_of, sizes_of
from hansard.writing.cleaning.prompt import canary_of
from hansard.writing.cleaning.words import realign
from hansard.writing.language.distance import edit_rate
from hansard.writing.language.words import guess_language
from hansard.writing.options import CleanOptions


@dataclass(frozen=True, slots=True)
class Rejected:
    """A segment, or a piece of a long one, that stays as it was recognised."""

    segment: int
    """Its id."""
    reason: str
    """In a few plain words, without its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A transcript after clean-up."""

    transcript: Transcript
    """What was changed has its old text in `Segment.raw`."""
    edit_rate: float
    """How much of the recognised text is another now: `distance.edit_rate`, 0 to 1."""
    rejected: tuple[Rejected, ...] = ()
    usage: Usage = field(default_factory=Usage)
    """What all requests cost, those with useless answers too."""
    chunks: int = 0
    """How many parts the text was cut into for the model."""


def copied(transcript: Transcript) -> Cleaned:
    """The result for a transcript that has punctuation: the same."""
    return Cleaned(transcript=transcript, edit_rate=0.0)


def clean(
    transcript: Transcript,
    model: LanguageModel,
    options: CleanOptions,
    *,
    retries: int,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Cleaned:
    """Have a model write the transcript with punctuation and capitals.

    Args:
        transcript: of any origin, with or without words, speakers and times.
        model: is asked for parts of the transcript, as many at once as it can do with.
        options: what is asked of the model, and how much it may change.
        retries: how often a wrong answer is asked for again before the part is halved.
        on_progress: is told the share of the text that is done, 0 to 1.
        cancelled: is asked between requests, and by the model while it works.

    Raises:
        LlmUnreachableError: the model's server is down, busy or too slow.
        LlmAccessError: it refuses the key.
        LanguageModelError: anything else but useless answers, which are reported.
        Cancelled: `cancelled` said so.
    """
    canary = canary_of([segment.text for segment in transcript.segments])
    sizes = sizes_of(model.info.context, options.clean_max_tokens, canary, model.count_tokens)
    passages = passages_of(transcript, sizes, model.count_tokens)
    parts = parts_of(passages, sizes)
    metered = Metered(model)
    asking = Asking(metered, options.clean_generation, sizes, canary, retries)
    answers: dict[int, str] = {}
    done = 0
    for place, found in ask_together(
        parts, asking.answers, at_once=metered.info.parallel, cancelled=cancelled
    ):
        answers |= found
        done += len(parts[place].passages)
        on_progress(done / len(passages))
    if not parts:
        on_progress(1.0)
    bounds = Bounds(limit=options.clean_limit, canary=canary)
    texts = {number: " ".join(text.split()) for number, text in answers.items()}
    faults = _faults(transcript, passages, answers, bounds)
    faults |= {p.number: asking.why(p) for p in passages if p.number not in answers}
    made = _rewritten(transcript, passages, {n: texts[n] for n in texts if n not in faults})
    return Cleaned(
        transcript=made,
        edit_rate=edit_rate(made.raw_text, made.text),
        rejected=tuple(
            Rejected(p.segment, faults[p.number]) for p in passages if p.number in faults
        ),
        usage=metered.usage,
        chunks=len(parts),
    )


def _faults(
    transcript: Transcript, passages: Sequence[Passage], answers: Mapping[int, str], bounds: Bounds
) -> dict[int, str]:
    """Number of a passage to why its rewrite is rejected."""
    language = transcript.language or guess_language(passage.text for passage in passages)
    faults: dict[int, str] = {}
    for passage in passages:
        said = answers.get(passage.number)
        if said is None:
            continue
        spoken = transcript.segments[passage.index].language or language
        fault = judge(passage.text, said.strip(), replace(bounds, language=spoken))
        if fault:
            faults[passage.number] = fault
    return faults


def _rewritten(
    transcript: Transcript, passages: Sequence[Passage], texts: Mapping[int, str]
) -> Transcript:
    """The transcript with the new texts of passages, by number."""
    segments = list(transcript.segments)
    for index, group in groupby(passages, key=lambda passage: passage.index):
        pieces = list(group)
        old = "".join(piece.glue + piece.text for piece in pieces)
        new = "".join(piece.glue + texts.get(piece.number, piece.text) for piece in pieces)
        if new != old:
            segments[index] = _with_text(segments[index], new)
    return replace(transcript, segments=tuple(segments))


def _with_text(segment: Segment, text: str) -> Segment:
    """The segment with another text, which it keeps the space before."""
    space = segment.text[: len(segment.text) - len(segment.text.lstrip())]
    return replace(
        segment,
        text=space + text,
        words=realign(segment.words, text),
        raw=segment.text if segment.raw is None else segment.raw,
    )
