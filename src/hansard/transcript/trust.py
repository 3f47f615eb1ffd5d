"""How far a transcript can be trusted, and why: the report that comes with each."""

from dataclasses import dataclass

from hansard.transcript.spans import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place in the recording that deserves a look."""

    start: Seconds
    end: Seconds
    reason: str
    text: str = ""
    removed: bool = False
    """True where the text was judged invented and is not in the transcript."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLook:
    """A window that failed its guards, and what was done about it."""

    start: Seconds
    end: Seconds
    reasons: tuple[str, ...]
    """The guards that failed on the first hypothesis."""
    tried: tuple[str, ...]
    """The remedies in the order in which they were tried."""
    accepted: str | None
    """The remedy whose text was kept; None where the first text was the best that could be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustReport:
    """Where each second of speech went, and what looks doubtful.

    `in_words + decoded_again + unexplained = speech`: every second in which the voice activity
    detector heard speech is in exactly one class.
    """

    speech: Seconds
    """Seconds in which speech was heard."""
    in_words: Seconds
    """... of which words account for so many, at the first decoding,"""
    decoded_again: Seconds
    """... so many after a second look,"""
    unexplained: Seconds
    """... and so many have no words at all."""
    gaps: tuple[Finding, ...] = ()
    """Stretches of speech without words."""
    inventions: tuple[Finding, ...] = ()
    """Text that the sound does not bear out; flagged, or removed where the evidence is plain."""
    loops: tuple[Finding, ...] = ()
    """Text that repeats itself."""
    seams: tuple[Finding, ...] = ()
    """Cuts that had to be made inside speech, where a word may have suffered."""
    doubts: tuple[Finding, ...] = ()
    """Spans of low confidence."""
    second_looks: tuple[SecondLook, ...] = ()
    """Windows that were decoded again."""
    notes: tuple[str, ...] = ()
    """What else a reader should know: damaged media, an unsure language, an option left out."""

    @property
    def coverage(self) -> float | None:
        """The share of speech that words account for, 0 to 1; None where no speech was heard."""
        return None if self.speech <= 0 else 1 - self.unexplained / self.speech

    def summarise(self) -> str:
        """One line for a terminal."""
        if self.speech <= 0:
            parts = ["no speech heard"]
        else:
            parts = [f"{100 * (1 - self.unexplained / self.speech):.0f}% of speech in words"]
        counts = (
            (len(self.gaps), "gap"),
            (len(self.inventions), "suspected invention"),
            (len(self.loops), "loop"),
            (len(self.doubts), "doubtful span"),
            (len(self.seams), "seam"),
            (len(self.second_looks), "window decoded again"),
        )
        for count, noun in counts:
            if count:
                plural = noun.replace("window", "windows", 1) if "window" in noun else noun + "s"
                parts.append(f"{count} {noun if count == 1 else plural}")
        parts.extend(self.notes)
        return ", ".join(parts)
