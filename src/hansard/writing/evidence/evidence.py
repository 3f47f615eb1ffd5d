"""What each point of a summary rests on: the segments that bear it out, or that none does.

A point is held against the segments that the model cited for it; where these do not bear it out,
against those that speak most of its words. The check is by words (`support_of`): it sees that what
is said was said, not that it was meant so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from hansard.models.llm import Schema
from hansard.transcript.summaries import Citation, Verdict
from hansard.writing.evidence.facts import (
    Spelling,
    claim_of,
    contradicts,
    facts_missing,
    figures,
    spelled,
    spelling_of,
)
from hansard.writing.evidence.index import Index
from hansard.writing.evidence.points import owner_of, points_of
from hansard.writing.guards.injections import instruction_segments
from hansard.writing.language.words import content_words, guess_language, words
from hansard.writing.lines import Line

__all__ = ["Evidence", "check_points", "cite", "points_of"]

ENOUGH: Final = 0.5
"""The weighted share of a point's words that its lines must have. Measured on 35 real meetings
(QMSum): sentences of human summaries, with nothing cited, are borne out by their own meeting in
52 % of cases, by another one (often about the same thing) in 11 %; lines of a transcript by
themselves in 387 of 387, by some other line in 4."""
MOST: Final = 5
"""Citations of one point."""
FOUND: Final = 2
"""Lines that are found for a point which the model cited none for."""
SAYING: Final = 0.2
"""The weighted share of a point's words by which a line's speaker counts as who said it."""
NONE: Final = Citation(segment=None, start=None, end=None, verdict="unsupported")


def cite(lines: Sequence[Line], segments: Sequence[int]) -> tuple[Citation, ...]:
    """The citations of segments that are quoted, each once, in the order given.

    The verdict is `supported`, or `instruction` where the line talks to the machine; a segment
    that is not among the lines is `missing`.
    """
    known = {line.segment: line for line in lines}
    wanted = list(dict.fromkeys(segments))
    told = set(instruction_segments([known[number] for number in wanted if number in known]))
    return tuple(
        _citation(known[number], "instruction" if number in told else "supported")
        if number in known
        else Citation(segment=number, start=None, end=None, verdict="missing")
        for number in wanted
    )


def check_points(
    content: Any,
    schema: Schema,
    lines: Sequence[Line],
    cited: Mapping[str, Sequence[int]],
    language: str | None,
) -> Mapping[str, tuple[Citation, ...]]:
    """The evidence of every point, at most five citations each, those that support it first.

    Args:
        content: a summary, valid against `schema`.
        schema: of the summary.
        lines: of the transcript.
        cited: JSON pointer to the ids of segments that the model named; those of an object or
            array count for all within.
        language: of the transcript; None = guessed.
    """
    evidence = Evidence(lines, language)
    return {
        pointer: evidence.of(text, owner_of(pointer, cited))
        for pointer, text in points_of(content, schema)
    }


@dataclass(frozen=True)
class Evidence:
    """A transcript made ready for looking things up in it."""

    lines: Sequence[Line]
    said_in: str | None = None
    """The language; None = guessed."""

    @cached_property
    def language(self) -> str | None:
        """ISO 639-1, or None where nobody can tell."""
        return self.said_in or guess_language(line.text for line in self.lines)

    @cached_property
    def told(self) -> frozenset[int]:
        """The segments that talk to the machine."""
        return frozenset(instruction_segments(self.lines))

    @cached_property
    def index(self) -> Index:
        """The lines by their words."""
        return Index(self.lines, lambda text: [*self.terms(text), *figures(text)], self.told)

    def terms(self, text: str) -> Sequence[str]:
        """The words by which texts are compared; every word, where none carries meaning."""
        plain = spelled(text, self.language)
        return content_words(plain, self.language) or [word.lower() for word in words(plain)]

    def of(self, point: str, cited: Sequence[int] = ()) -> tuple[Citation, ...]:
        """The evidence of one point, where the model cited these segments for it."""
        weights = self.index.weights(self.terms(point))
        named = self._judge(point, weights, cited) if cited else ()
        if any(one.verdict == "supported" for one in named):
            return named
        found = self._search(point, weights, {one.segment for one in named})
        return (*found, *named)[:MOST] or (NONE,)

    def _judge(
        self, point: str, weights: Mapping[str, float], cited: Sequence[int]
    ) -> tuple[Citation, ...]:
        """The verdict on each cited segment, together and one by one."""
        numbers = self.index.numbers
        known = [numbers[one] for one in dict.fromkeys(cited) if one in numbers]
        kept = sorted(known, key=lambda one: -_share(weights, self.index.around(one)))[:MOST]
        honest = [one for one in kept if self.lines[one].segment not in self.told]
        borne = self._supports(point, weights, honest)
        verdicts = [
            _citation(self.lines[one], self._verdict(one, weights, borne=borne)) for one in kept
        ]
        unknown = [
            Citation(segment=one, start=None, end=None, verdict="missing")
            for one in dict.fromkeys(cited)
            if one not in numbers
        ]
        order = {"supported": 0, "instruction": 1, "unsupported": 2}
        verdicts.sort(key=lambda one: order[one.verdict])
        return (*verdicts, *unknown)[:MOST]

    def _verdict(self, number: int, weights: Mapping[str, float], *, borne: bool) -> Verdict:
        if self.lines[number].segment in self.told:
            return "instruction"
        lends = _share(weights, self.index.around(number)) > 0
        return "supported" if borne and (lends or not weights) else "unsupported"

    def _search(
        self, point: str, weights: Mapping[str, float], seen: set[int | None]
    ) -> tuple[Citation, ...]:
        """The lines that bear a point out though nobody cited them."""
        # A number is read out in words that many lines have; by its figures it is found.
        sought = {**weights, **self.index.weights(figures(point))}
        chosen = self._cover(sought, self.index.nearest(sought))
        if chosen and self._supports(point, weights, chosen):
            return tuple(
                _citation(self.lines[one], "supported")
                for one in chosen
                if self.lines[one].segment not in seen
            )
        planted = [
            number
            for number, line in enumerate(self.lines)
            if line.segment in self.told
            and line.segment not in seen
            and _share(weights, self.index.around(number, alone=True)) >= ENOUGH
        ]
        return tuple(_citation(self.lines[one], "instruction") for one in planted[:FOUND])

    def _cover(self, weights: Mapping[str, float], candidates: Sequence[int]) -> list[int]:
        """The fewest of the candidates that have most of the words together, at most two."""
        chosen: list[int] = []
        left = dict(weights)
        for _ in range(FOUND):
            # Summed in the order of the point's words, so that even ones are even each time.
            gains = [
                sum(w for t, w in left.items() if t in self.index.around(one)) for one in candidates
            ]
            best = max(range(len(gains)), key=gains.__getitem__, default=None)
            if best is None or gains[best] <= 0:
                break
            chosen.append(candidates[best])
            left = {t: w for t, w in left.items() if t not in self.index.around(candidates[best])}
        return chosen

    def _supports(self, point: str, weights: Mapping[str, float], numbers: Sequence[int]) -> bool:
        """Whether lines have most of a point's words, all of its numbers and names, and its yes."""
        if not numbers:
            return False
        together = frozenset[str]().union(*(self.index.around(number) for number in numbers))
        if _share(weights, together) < ENOUGH:
            return False
        near = self.index.neighbourhood(numbers)
        claim = claim_of(point, self._spelling, self.language)
        if facts_missing(claim, near, self._who(weights, numbers), self.language):
            return False
        return not any(
            contradicts(point, line, self.language)
            for line in near
            if _share(weights, self.index.around(self.index.numbers[line.segment], alone=True))
            >= 0.7
        )

    def _who(self, weights: Mapping[str, float], numbers: Sequence[int]) -> list[str]:
        """The speakers of lines that say something of a point, more than a speaker's name."""
        chosen = [self.lines[number] for number in numbers]
        named = {term for line in chosen for term in self.terms(line.speaker or "")}
        rest = {term: weight for term, weight in weights.items() if term not in named}
        return [
            line.speaker
            for line in chosen
            if line.speaker
            and (not rest or _share(rest, frozenset(self.terms(line.text))) >= SAYING)
        ]

    @cached_property
    def _spelling(self) -> Spelling:
        return spelling_of(self.lines)


def _share(weights: Mapping[str, float], terms: frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in terms) / total if total else 0


def _citation(line: Line, verdict: Verdict) -> Citation:
    return Citation(segment=line.segment, start=line.start, end=line.end, verdict=verdict)
