"""A language model asked whether lines say what a summary's points say.

Its "no" flags a point that the check by words let pass; its "yes" lifts nothing, for a model that
obeys planted lines says yes to all. A point that it gives no verdict on is flagged, too.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from hansard.errors import Cancelled, LlmAnswerError
from hansard.models.llm import Ask, Schema
from hansard.models.llm.answering.answers import ask_object
from hansard.transcript.summaries import Citation
from hansard.writing.evidence.points import points_of
from hansard.writing.guards.guarding import canary_of
from hansard.writing.summaries.prompt import material, neutral, nonce_of, system_of, written
from hansard.writing.summaries.work import Work, room_for

BATCH: Final = 20
"""Points in one question."""
TASK: Final = """\
You check a summary. Each point has a number and is followed by the lines of the transcript that \
it is said to rest on. A point is supported if these lines say it, even in other words; it is not \
where they say something else, the opposite, or nothing of it. Give one verdict for each point."""
SCHEMA: Final[Schema] = {
    "type": "object",
    "properties": {
        "verdicts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "point": {"type": "integer"},
                    "supported": {"type": "boolean"},
                },
                "required": ["point", "supported"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["verdicts"],
    "additionalProperties": False,
}

logger = logging.getLogger(__name__)
Evidence = dict[str, tuple[Citation, ...]]


def check_by_model(work: Work, content: Any, evidence: Evidence) -> tuple[Evidence, int]:
    """The evidence after the model's verdicts, and how many points it was asked about.

    A question to which no useful answer comes leaves its points as they are.

    Raises:
        LanguageModelError: the model cannot be asked.
        Cancelled: the caller asked to stop.
    """
    texts = dict(points_of(content, work.template.schema))
    doubtful = [p for p, cited in evidence.items() if p in texts and _supporting(cited)]
    checked, asked = dict(evidence), 0
    for batch in _batches(work, doubtful, texts, evidence):
        try:
            confirmed = _ask(work, batch, texts, evidence)
        except LlmAnswerError as error:
            logger.info("no verdict on %d points: %s", len(batch), error.code)
            continue
        asked += len(batch)
        for pointer in set(batch) - confirmed:
            checked[pointer] = tuple(map(_refused, checked[pointer]))
    return checked, asked


def _ask(
    work: Work, batch: Sequence[str], texts: Mapping[str, str], evidence: Evidence
) -> set[str]:
    """The points of a batch that the model finds supported."""
    if work.cancelled():
        raise Cancelled
    answered = ask_object(
        work.model,
        Ask(
            messages=(
                system_of(
                    TASK,
                    what="points and lines",
                    marks="Lines of the transcript begin with their number in brackets.",
                    nonce=nonce_of(work.said),
                    canary=canary_of(work.said),
                    schema=SCHEMA,
                ),
                material(list(_shown(work, batch, texts, evidence)), nonce_of(work.said)),
            ),
            schema=SCHEMA,
        ),
        work.generation,
        retries=work.retries,
        complain=lambda value: _missing(value, len(batch)),
        cancelled=work.cancelled,
    )
    verdicts: dict[int, bool] = {}
    for entry in answered.value["verdicts"]:
        # Of two verdicts on one point the "no" counts.
        verdicts[entry["point"]] = verdicts.get(entry["point"], True) and entry["supported"]
    return {pointer for number, pointer in enumerate(batch, start=1) if verdicts.get(number)}


def _missing(value: Any, count: int) -> Sequence[str]:
    given = {entry["point"] for entry in value["verdicts"]}
    lacking = [str(number) for number in range(1, count + 1) if number not in given]
    return [f"verdicts are missing for the points {', '.join(lacking)}"] if lacking else []


def _batches(
    work: Work, pointers: Sequence[str], texts: Mapping[str, str], evidence: Evidence
) -> Iterator[list[str]]:
    """So many points at once as fit."""
    system = work.system(noted=False)
    budget = room_for(work.model, work.generation, system, SCHEMA, work.retries)
    batch: list[str] = []
    used = 0
    for pointer in pointers:
        shown = "\n".join(_shown(work, [pointer], texts, evidence))
        cost = work.model.count_tokens(shown) + 2
        if batch and (used + cost > budget or len(batch) == BATCH):
            yield batch
            batch, used = [], 0
        batch.append(pointer)
        used += cost
    if batch:
        yield batch


def _shown(
    work: Work, batch: Sequence[str], texts: Mapping[str, str], evidence: Evidence
) -> Iterator[str]:
    places = {line.segment: number for number, line in enumerate(work.lines)}
    for number, pointer in enumerate(batch, start=1):
        yield f"Point {number}: {neutral(texts[pointer])}"
        cited = sorted(places[one] for one in _supporting(evidence[pointer]))
        near = sorted({near for at in cited for near in (at - 1, at, at + 1)})
        yield from (written(work.lines[at]) for at in near if 0 <= at < len(work.lines))


def _supporting(cited: Sequence[Citation]) -> list[int]:
    return [one.segment for one in cited if one.verdict == "supported" and one.segment is not None]


def _refused(citation: Citation) -> Citation:
    if citation.verdict != "supported":
        return citation
    return replace(citation, verdict="unsupported")
