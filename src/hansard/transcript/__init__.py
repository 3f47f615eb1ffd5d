"""What was said: values, pure edits on them, and the files they become."""

from hansard.transcript.spans import Seconds, Span
from hansard.transcript.trust import Finding, SecondLook, TrustReport
from hansard.transcript.values import Segment, Transcript, Turn, Word

__all__ = [
    "Finding",
    "SecondLook",
    "Seconds",
    "Segment",
    "Span",
    "Transcript",
    "TrustReport",
    "Turn",
    "Word",
]
