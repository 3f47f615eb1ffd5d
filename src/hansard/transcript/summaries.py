"""What a transcript says in short, and which of its segments each point rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hansard.transcript.spans import Seconds

Verdict = Literal["supported", "unsupported", "missing", "instruction", "withheld"]
"""How a point stands to a segment:

`supported`    the segment bears it out
`unsupported`  it does not, or no segment was found that does
`missing`      the model named a segment that does not exist
`instruction`  the segment talks to the machine, not to people: read the point with care
`withheld`     the model gave away what it must not, and that was taken out
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A segment that a point rests on."""

    segment: int | None
    """Its id; None where there is none to name."""
    start: Seconds | None
    end: Seconds | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A summary in the shape of its template, with its evidence."""

    template_id: str
    content: Mapping[str, Any]
    """Valid against the template's schema."""
    evidence: Mapping[str, Sequence[Citation]] = field(default_factory=dict)
    """JSON pointer (RFC 6901) of each point in `content` to the segments that it rests on."""
    versions: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def flagged(self) -> tuple[str, ...]:
        """The points that no segment supports."""
        return tuple(
            pointer
            for pointer, cited in self.evidence.items()
            if not any(citation.verdict == "supported" for citation in cited)
        )


def plain_summary(summary: Summary) -> dict[str, Any]:
    """A summary as people and programs read it, with what is flagged in it."""
    return {
        "template_id": summary.template_id,
        "summary": dict(summary.content),
        "evidence": {
            pointer: [plain_citation(one) for one in cited]
            for pointer, cited in summary.evidence.items()
        },
        "flagged": list(summary.flagged),
        "versions": dict(summary.versions),
        "metrics": dict(summary.metrics),
    }


def plain_citation(citation: Citation) -> dict[str, Any]:
    """One citation."""
    return {
        "segment": citation.segment,
        "start": citation.start,
        "end": citation.end,
        "verdict": citation.verdict,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A stretch of a recording about one thing."""

    start: Seconds
    end: Seconds
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedName:
    """Who a speaker seems to be, by what was said; somebody has to agree before it is used."""

    speaker: str
    """The label in the transcript."""
    name: str
    evidence: Sequence[Citation]
    reason: Literal["introduced themselves", "was introduced", "was addressed", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to a question about a transcript."""

    question: str
    text: str | None
    """None where the transcript does not say."""
    evidence: Sequence[Citation]
    versions: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
