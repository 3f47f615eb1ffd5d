"""Summaries of transcripts that are longer than the model's context."""

from collections.abc import Mapping
from typing import Any

import pytest
from summarise_samples import GOOD, TALK, Scripted, long_talk, numbers_in, talk, template, wants

from hansard.errors import Cancelled, LlmAnswerError, UsageError
from hansard.models.llm import Ask
from hansard.transcript import Transcript
from hansard.transcript.summaries import Summary
from hansard.writing.options import SummaryOptions
from hansard.writing.summaries.summarise import summarise


def made_of(model: Scripted, transcript: Transcript, *, retries: int = 1) -> Summary:
    return summarise(transcript, template(), model, SummaryOptions(), retries=retries)


def reader(ask: Ask) -> Mapping[str, Any]:
    """A model that notes every tenth line, and writes a summary of what it was given."""
    numbers = numbers_in(ask)
    if wants(ask) == "notes":
        notes = [
            {"text": f"Ship {number} brought cargo.", "segments": [number]}
            for number in numbers[::10]
        ]
        return {"notes": notes, "tags": ["harbour"]}
    points = [
        f"Ship {number} brought cargo {number * 7}." for number in numbers[:: len(numbers) // 4 + 1]
    ]
    return {"summary": {**GOOD, "points": points}, "evidence": []}


def test_a_transcript_longer_than_the_context() -> None:
    """It is read in parts: every line once, no question over the context, evidence by segment."""
    model = Scripted(reader, context=4096)
    transcript = long_talk(900)
    made = made_of(model, transcript)
    read = [n for ask in model.asked if wants(ask) == "notes" for n in numbers_in(ask)]
    assert read[:900] == list(range(900))
    answers = [generation.max_tokens or 0 for generation in model.generations]
    assert all(model.cost(a) + b <= 4096 for a, b in zip(model.asked, answers, strict=True))
    assert made.metrics["lines_read"] == made.metrics["lines"] == 900
    assert made.metrics["parts"] > 3
    assert made.metrics["requests"] == len(model.asked)
    for pointer in ("/points/0", "/points/1"):
        assert made.evidence[pointer][0].verdict == "supported"


def test_several_rounds() -> None:
    """Notes that do not fit together are condensed in further rounds."""
    model = Scripted(reader, context=2400)
    made = made_of(model, long_talk(1500))
    assert made.metrics["rounds"] > 1
    assert made.metrics["lines_read"] == 1500
    answers = [generation.max_tokens or 0 for generation in model.generations]
    assert all(model.cost(a) + b <= 2400 for a, b in zip(model.asked, answers, strict=True))


def test_a_part_without_an_answer_is_quoted() -> None:
    """A part without a useful answer is quoted in its place; if all are, that is an error."""

    def answer(ask: Ask) -> str | Mapping[str, Any]:
        return "no idea" if wants(ask) == "notes" and 450 in numbers_in(ask) else reader(ask)

    made = made_of(Scripted(answer, context=4096), long_talk(900), retries=0)
    assert made.metrics["parts_quoted"] == 1
    with pytest.raises(LlmAnswerError, match="parts"):
        made_of(
            Scripted(lambda ask: "no" if wants(ask) == "notes" else reader(ask), context=4096),
            long_talk(900),
            retries=0,
        )


def test_a_model_that_never_gets_shorter() -> None:
    """Notes as long as the lines are cut until they fit, and that is told."""

    def answer(ask: Ask) -> Mapping[str, Any]:
        if wants(ask) == "summary":
            return GOOD
        notes = [{"text": "words " * 40, "segments": [number]} for number in numbers_in(ask)]
        return {"notes": notes, "tags": []}

    made = made_of(Scripted(answer, context=4096), long_talk(300))
    assert made.metrics["notes_cut"] > 0
    assert made.content == GOOD


def test_no_room_for_the_template() -> None:
    """Where instructions and answer fill the context, that is told with what to do."""
    with pytest.raises(UsageError, match="leave") as raised:
        made_of(Scripted(GOOD, context=1024), talk(TALK))
    assert "llm_context" in raised.value.hint


def test_cancelling_between_parts() -> None:
    """A cancel is seen before the next question."""
    model = Scripted(reader, context=4096)
    with pytest.raises(Cancelled):
        summarise(
            long_talk(900),
            template(),
            model,
            SummaryOptions(),
            retries=0,
            cancelled=lambda: len(model.asked) >= 2,
        )
    assert len(model.asked) == 2


def test_progress_rises_to_one() -> None:
    """Progress is told part by part and ends at 1."""
    told: list[float] = []
    summarise(
        long_talk(900),
        template(),
        Scripted(reader, context=4096),
        SummaryOptions(),
        retries=0,
        on_progress=told.append,
    )
    assert told == sorted(told)
    assert len(told) > 3
    assert told[-1] == 1.0
