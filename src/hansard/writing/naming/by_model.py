"""Names of speakers, asked of a language model: only names that were said, with where."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from hansard.errors import Cancelled
from hansard.models.llm import Ask, LanguageModel, Schema
from hansard.models.llm.answering.answers import ask_object
from hansard.models.llm.metering import Metered
from hansard.transcript import Transcript
from hansard.transcript.speaking import known_speakers
from hansard.transcript.summaries import SuggestedName
from hansard.writing.evidence.evidence import cite
from hansard.writing.guards.guarding import Guard, canary_of
from hansard.writing.lines import Line, lines_of
from hansard.writing.naming.names import is_anonymous
from hansard.writing.options import SummaryOptions
from hansard.writing.summaries.prompt import LINES, material, nonce_of, system_of, written
from hansard.writing.summaries.work import room_for, said_in, with_longest

TASK: Final = """\
You find out who the speakers of a transcript are. For each label, "name" is the name by which \
this speaker introduces themselves, is introduced, or is addressed by others, as it is said there; \
null where the transcript does not say. "segments" are the numbers of the one to three lines that \
tell it."""
LONGEST: Final = 80
"""Characters of a name."""


def suggest_names_by_model(
    transcript: Transcript,
    model: LanguageModel,
    options: SummaryOptions,
    *,
    retries: int,
    secrets: Sequence[str] = (),
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[SuggestedName, ...]:
    """What a model takes the speakers' names to be; labels that are names already are left alone.

    A name of which a word is nowhere in the transcript is not taken over, nor one that two
    speakers would have. Of a long transcript the beginning is read, as far as the context goes.

    Raises:
        LlmUnreachableError: the model's server is down, busy or too slow.
        LlmAccessError: it refuses the key.
        LlmAnswerError: nothing that it answered was of use.
        Cancelled: the caller asked to stop.
    """
    lines = lines_of(transcript)
    labels = [label for label in known_speakers(transcript) if is_anonymous(label)]
    if not labels or not lines:
        return ()
    if cancelled():
        raise Cancelled
    said, schema = said_in(lines), schema_of(labels)
    nonce, metered = nonce_of(said), Metered(model)
    generation = with_longest(options.summary_generation, model.info)
    system = system_of(
        TASK, what="a transcript", marks=LINES, nonce=nonce, canary=canary_of(said), schema=schema
    )
    read = beginning(metered, lines, room_for(metered, generation, system, schema, retries))
    guard = Guard(canary_of(said), system.content, tuple(secrets), said)
    answered = ask_object(
        metered,
        Ask(messages=(system, material(map(written, read), nonce)), schema=schema),
        generation,
        retries=retries,
        complain=lambda value: tuple(guard.complaints(value)),
        cancelled=cancelled,
    )
    return tuple(accepted(answered.value["speakers"], lines, labels))


def schema_of(labels: Sequence[str]) -> Schema:
    """The shape of the answer."""
    return {
        "type": "object",
        "properties": {
            "speakers": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "speaker": {"type": "string", "enum": list(labels)},
                        "name": {"type": ["string", "null"]},
                        "segments": {"type": "array", "items": {"type": "integer"}},
                    },
                    "required": ["speaker", "name", "segments"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["speakers"],
        "additionalProperties": False,
    }


def beginning(model: LanguageModel, lines: Sequence[Line], budget: int) -> list[Line]:
    """The first lines that fit."""
    read: list[Line] = []
    for line in lines:
        budget -= model.count_tokens(written(line)) + 1
        if budget < 0:
            break
        read.append(line)
    return read


def accepted(
    told: Sequence[Any], lines: Sequence[Line], labels: Sequence[str]
) -> Iterator[SuggestedName]:
    """The names that the transcript bears out, in order of the speakers."""
    names: dict[str, tuple[str, list[int]]] = {}
    for one in told:
        name = " ".join((one["name"] or "").split())
        where = _where(name, lines) if 0 < len(name) <= LONGEST else []
        if where:
            named = [segment for segment in where if segment in one["segments"]]
            names.setdefault(one["speaker"], (name, named or where))
    folded = [name.casefold() for name, _ in names.values()]
    for label in labels:
        if label in names and folded.count(names[label][0].casefold()) == 1:
            name, where = names[label]
            evidence = cite(lines, where[:3])
            yield SuggestedName(speaker=label, name=name, evidence=evidence, reason="model")


def _where(name: str, lines: Sequence[Line]) -> list[int]:
    """Ids of the lines in which every word of a name is said."""
    words = name.casefold().split()
    return [line.segment for line in lines if all(word in line.text.casefold() for word in words)]
