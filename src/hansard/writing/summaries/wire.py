"""The shape in which a model gives a summary with its evidence, and what comes in its place.

Asked for is `{"summary": ..., "evidence": [{"point": JSON pointer, "segments": [ids]}]}`. Models
and servers that know only the template's shape give the bare summary: it is taken as it is, with
the evidence left to be found. Evidence as a mapping, pointers with `/summary` before them or
written `key_points[0]`, and numbers in brackets within a text (`... [12]`) are understood, too.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from hansard.models.llm import Ask, Generation, LanguageModel, Reply, Schema
from hansard.models.llm.answering.json_text import NotJsonError, fenced, find_objects, parse
from hansard.models.llm.answering.reading import read_answer
from hansard.models.llm.metering import Metered
from hansard.writing.evidence.points import points_of
from hansard.writing.guards.guarding import replaced

MOST_CITED: Final = 20
"""Segments of one entry of the evidence; more say nothing."""
_INLINE: Final = re.compile(r"\s*\[(\d{1,7}(?:\s*[,;]\s*\d{1,7}){0,9})\]")
_SEGMENTS: Final[Schema] = {
    "type": "array", "items": {"type": "integer", "minimum": 0}, "maxItems": MOST_CITED,
}  # fmt: skip


def wire_schema(schema: Schema) -> Schema:
    """What a model is asked for, for a template's schema."""
    summary = {name: part for name, part in schema.items() if name not in {"$schema", "$id"}}
    entry = {
        "type": "object",
        "properties": {"point": {"type": "string"}, "segments": _SEGMENTS},
        "required": ["point", "segments"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"summary": summary, "evidence": {"type": "array", "items": entry}},
        "required": ["summary", "evidence"],
        "additionalProperties": False,
    }


class Accepting(Metered):
    """A language model whose bare or oddly cited summaries are put into the shape of the wire."""

    def __init__(self, model: LanguageModel, schema: Schema) -> None:
        super().__init__(model)
        self._schema = schema
        self._wire = wire_schema(schema)

    def complete(
        self, ask: Ask, generation: Generation, cancelled: Callable[[], bool] = lambda: False
    ) -> Reply:
        """Answer, in the shape of the wire where a summary can be seen in the reply."""
        reply = super().complete(ask, generation, cancelled)
        if ask.schema != self._wire:
            return reply
        found = self._shaped(reply)
        return replace(reply, text=json.dumps(found, ensure_ascii=False)) if found else reply

    def _shaped(self, reply: Reply) -> Mapping[str, Any] | None:
        if read_answer(reply.text, self._wire, finished=reply.finished).valid:
            return None
        bare = read_answer(reply.text, self._schema, finished=reply.finished)
        if not bare.valid:
            return None
        entries = next(
            (list(_entries(v["evidence"])) for v in _objects(reply.text) if "evidence" in v), []
        )
        return {"summary": bare.value, "evidence": entries}


def cited_in(value: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """JSON pointer into the summary to the segments that the model named for it."""
    cited: dict[str, tuple[int, ...]] = {}
    for entry in value["evidence"]:
        steps = _steps(entry["point"])
        if steps[:1] == ["summary"] and not _leads_somewhere(value["summary"], steps):
            steps = steps[1:]
        pointer = "".join(f"/{step}" for step in steps)
        cited[pointer] = (*cited.get(pointer, ()), *entry["segments"])
    return cited


def without_marks(
    content: Any, schema: Schema, known: set[int], said: str
) -> tuple[Any, dict[str, tuple[int, ...]]]:
    """The summary without numbers of segments in brackets, and what they cited."""
    texts: dict[str, str] = {}
    cited: dict[str, tuple[int, ...]] = {}
    for pointer, text in points_of(content, schema):
        marks = [found for found in _INLINE.finditer(text) if found[0].strip() not in said]
        numbers = [int(number) for found in marks for number in re.findall(r"\d+", found[1])]
        bare = _INLINE.sub("", text).strip()
        if numbers and set(numbers) <= known and bare:
            texts[pointer], cited[pointer] = bare, tuple(numbers)
    return (replaced(content, schema, texts) if texts else content), cited


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    for candidate in (text, *fenced(text), *find_objects(text).objects):
        try:
            value = parse(candidate, strict=False)
        except NotJsonError:
            continue
        if isinstance(value, dict):
            yield value


def _entries(evidence: Any) -> Iterator[dict[str, Any]]:
    """Entries of any evidence, as far as it can be understood."""
    if isinstance(evidence, Mapping):
        evidence = [{"point": name, "segments": part} for name, part in evidence.items()]
    for entry in evidence if isinstance(evidence, list) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("point"), str):
            yield {"point": entry["point"], "segments": list(_numbers(entry.get("segments")))}


def _numbers(segments: Any) -> Sequence[int]:
    if not isinstance(segments, list):
        segments = [segments]
    flat = [part.get("segment") if isinstance(part, Mapping) else part for part in segments]
    found = [_number(part) for part in flat]
    return [number for number in found if number is not None][:MOST_CITED]


def _number(value: Any) -> int | None:
    if isinstance(value, str):
        digits = re.fullmatch(r"\s*\[?\s*(\d{1,9})\s*\]?\s*", value)
        return int(digits[1]) if digits else None
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    return int(value) if whole and value >= 0 else None


def _steps(written: str) -> list[str]:
    """The steps of a JSON pointer, also where it is written `$.key_points[0]`."""
    plain = re.sub(r"\[(\d+)\]", r"/\1", written.strip().lstrip("#$"))
    if "/" not in written:
        plain = plain.replace(".", "/")
    return [step for step in plain.replace("/.", "/").split("/") if step]


def _leads_somewhere(content: Any, steps: Sequence[str]) -> bool:
    for step in steps:
        if isinstance(content, Mapping) and step in content:
            content = content[step]
        elif isinstance(content, list) and step.isdecimal() and int(step) < len(content):
            content = content[int(step)]
        else:
            return False
    return True
