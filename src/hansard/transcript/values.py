"""What was said: the values that every door shows and every format writes.

All times are seconds as float on the recording's own clock. What an engine cannot say is None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hansard.transcript.spans import Seconds
from hansard.transcript.trust import TrustReport

if TYPE_CHECKING:
    from hansard.transcript.subtitles import SubtitleOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One written word and when it was said."""

    text: str
    """As written, with the space before it where the script has one."""
    start: Seconds
    end: Seconds
    probability: float | None = None
    """The recogniser's mean probability of the word's tokens, 0 to 1."""
    speakers: tuple[str, ...] = ()
    """Who said it: two names where speech overlaps, none where nobody can tell."""
    method: str = ""
    """How its times were found, e.g. `cross-attention`."""
    confidence: float | None = None
    """How sure the aligner is of its times, 0 to 1."""
    tokens: tuple[int, ...] = ()
    """The recogniser's token ids that the word is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A sentence, or what comes nearest to one."""

    id: int
    text: str
    start: Seconds
    end: Seconds
    words: tuple[Word, ...] = ()
    speaker: str | None = None
    language: str | None = None
    tokens: tuple[int, ...] = ()
    seek: int | None = None
    """Where its decoding window begins, in hundredths of a second (Whisper's frames)."""
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    compression_ratio: float | None = None
    temperature: float | None = None
    continues: bool = False
    """True where it goes on with the sentence of the segment before it, said by another."""
    raw: str | None = None
    """The text as it was recognised, where clean-up changed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One speaker's uninterrupted stretch of talk."""

    speaker: str
    start: Seconds
    end: Seconds
    confidence: float | None = None
    """How much nearer its voice is to this speaker than to any other, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was said in one recording, and how far it can be trusted."""

    segments: tuple[Segment, ...]
    language: str | None = None
    language_probability: float | None = None
    duration: Seconds = 0.0
    turns: tuple[Turn, ...] = ()
    speakers: tuple[str, ...] = ()
    trust: TrustReport | None = None
    versions: Mapping[str, Any] = field(default_factory=dict)
    """What made it: program, engine, model digest, options; enough to make it again."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    """What it cost: durations, stage times, real-time factor, coverage."""

    @property
    def text(self) -> str:
        """All that was said, one sentence a line, whoever said which part of it."""
        return self._join([segment.text for segment in self.segments])

    @property
    def raw_text(self) -> str:
        """The same as it was recognised, before any clean-up."""
        return self._join([s.text if s.raw is None else s.raw for s in self.segments])

    def _join(self, texts: Sequence[str]) -> str:
        parts: list[str] = []
        for segment, text in zip(self.segments, texts, strict=True):
            if parts:
                parts.append(_seam(segment) if segment.continues else "\n")
            parts.append(text.strip())
        return "".join(parts)

    @property
    def words(self) -> tuple[Word, ...]:
        """Every timed word, in order."""
        return tuple(word for segment in self.segments for word in segment.words)

    def render(self, format: str, options: "SubtitleOptions | None" = None) -> str:  # noqa: A002
        """This transcript as the text of a file format, by its name: `srt`, `json`, `rttm` ...

        Raises:
            UnknownNameError: no format has this name.
        """
        from hansard.transcript import formats

        return formats.render(self, format, options)

    def save(self, path: str | Path, options: "SubtitleOptions | None" = None) -> Path:
        """Write this transcript to `path`, in the format that its suffix names.

        The file appears whole or not at all. Returns the path.

        Raises:
            UnknownNameError: no format has this suffix.
            OutputError: the file cannot be written.
        """
        from hansard.storage.files import write_whole
        from hansard.transcript import formats

        target = Path(path)
        return write_whole(target, self.render(formats.name_of(target), options))


def _seam(segment: Segment) -> str:
    """What stands between a segment that continues a sentence and the one before it."""
    return " " if not segment.words or segment.words[0].text[:1].isspace() else ""
