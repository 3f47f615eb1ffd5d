"""JSON as a transcript: our own, whole, and what other programs write, as far as it goes.

openai-whisper and whisperX have our shape; `chunks` come from Hugging Face's pipeline,
`transcription` from whisper.cpp, segments with a `body` from Podcasting 2.0, and a lone `text` from
speech servers.
"""

import re
from typing import Any

import msgspec

from hansard.errors import UsageError
from hansard.transcript.formats.protocol import nonsense
from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.trust import TrustReport
from hansard.transcript.values import Segment, Transcript, Turn, Word


class ReadWord(msgspec.Struct):
    """A word as it may stand in a file; whisperX leaves out times that it did not find."""

    word: str
    start: float | None = None
    end: float | None = None
    probability: float | None = None
    score: float | None = None
    speaker: str | None = None
    speakers: tuple[str, ...] = ()
    method: str = ""
    confidence: float | None = None
    tokens: tuple[int, ...] = ()


class ReadSegment(msgspec.Struct):
    """A segment as it may stand in a file."""

    text: str
    start: float | None = None
    end: float | None = None
    id: int | str | None = None
    seek: int | None = None
    tokens: tuple[int, ...] | None = ()
    speaker: str | None = None
    language: str | None = None
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    compression_ratio: float | None = None
    temperature: float | None = None
    continues: bool = False
    raw: str | None = None
    words: tuple[ReadWord, ...] | None = ()


class ReadTranscript(msgspec.Struct):
    """A file."""

    segments: tuple[ReadSegment, ...]
    language: str | None = None
    language_probability: float | None = None
    duration: float | None = None
    speakers: tuple[str, ...] | None = None
    turns: tuple[Turn, ...] | None = ()
    trust: TrustReport | None = None
    versions: dict[str, Any] | None = None
    metrics: dict[str, Any] | None = None


class ReadChunk(msgspec.Struct):
    """A piece from Hugging Face's pipeline, times in seconds."""

    text: str
    timestamp: tuple[float | None, float | None] | None = None
    speaker: str | None = None

    @property
    def segment(self) -> ReadSegment:
        """The piece as a segment."""
        start, end = self.timestamp or (None, None)
        return ReadSegment(text=self.text, start=start, end=end, speaker=self.speaker)


class ReadOffsets(msgspec.Struct, rename={"start": "from", "end": "to"}):
    """Times of whisper.cpp, in milliseconds."""

    start: float
    end: float


class ReadPiece(msgspec.Struct):
    """A piece from whisper.cpp."""

    text: str
    offsets: ReadOffsets
    speaker: str | None = None

    @property
    def segment(self) -> ReadSegment:
        """The piece as a segment."""
        start, end = self.offsets.start / 1000, self.offsets.end / 1000
        return ReadSegment(text=self.text, start=start, end=end, speaker=self.speaker)


class ReadSaid(msgspec.Struct, rename={"start": "startTime", "end": "endTime"}):
    """A piece of a Podcasting 2.0 transcript: a sentence, or a single word."""

    body: str
    start: float
    end: float | None = None
    speaker: str | None = None

    @property
    def segment(self) -> ReadSegment:
        """The piece as a segment."""
        return ReadSegment(
            text=self.body, start=self.start, end=self.end, speaker=self.speaker or None
        )


class ReadText(msgspec.Struct):
    """A text without times, as a speech server sends it."""

    text: str


def read(text: str) -> Transcript:
    """The transcript that the JSON holds.

    Raises:
        UsageError: it is no JSON (with the line), or no transcript (with the place).
    """
    document = parse(text.removeprefix("\ufeff"))
    try:
        found = transcript_in(document)
    except msgspec.ValidationError as error:
        raise UsageError(f"no transcript: {error}", hint=SHAPE) from error
    foreign = found.versions is None
    segments = tuple(
        segment_of(segment, index, foreign=foreign) for index, segment in enumerate(found.segments)
    )
    named = dict.fromkeys(segment.speaker for segment in segments if segment.speaker)
    last = max((segment.end for segment in segments), default=0.0)
    return Transcript(
        segments=segments,
        language=found.language,
        language_probability=found.language_probability,
        duration=last if found.duration is None else found.duration,
        turns=found.turns or (),
        speakers=tuple(named) if found.speakers is None else found.speakers,
        trust=found.trust,
        versions=found.versions or {},
        metrics=found.metrics or {},
    )


SHAPE = "expected an object with `segments`, each with `start`, `end` and `text`"


def parse(text: str) -> Any:
    """The text as plain objects.

    Raises:
        UsageError: it is no JSON.
    """
    data = text.encode(errors="replace")
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        place = re.search(r"byte (\d+)", str(error))
        line = data[: int(place[1]) if place else len(data)].count(b"\n") + 1
        raise nonsense(f"no JSON: {str(error).partition(' (byte')[0]}", line) from error


def transcript_in(document: Any) -> ReadTranscript:
    """What a document holds, whichever program wrote it.

    Raises:
        msgspec.ValidationError: it has none of the shapes.
    """
    if is_podcast(document):
        said = msgspec.convert(document["segments"], tuple[ReadSaid, ...])
        return ReadTranscript(segments=tuple(piece.segment for piece in said))
    if not isinstance(document, dict) or "segments" in document:
        return msgspec.convert(document, ReadTranscript)
    if "chunks" in document:
        chunks = msgspec.convert(document["chunks"], tuple[ReadChunk, ...])
        return ReadTranscript(segments=tuple(chunk.segment for chunk in chunks))
    if "transcription" in document:
        pieces = msgspec.convert(document["transcription"], tuple[ReadPiece, ...])
        return ReadTranscript(segments=tuple(piece.segment for piece in pieces))
    text = msgspec.convert(document, ReadText).text
    lines = tuple(ReadSegment(text=line) for line in text.splitlines() if line.strip())
    return ReadTranscript(segments=lines)


def is_podcast(document: Any) -> bool:
    """Whether the segments are those of a Podcasting 2.0 transcript."""
    segments = document.get("segments") if isinstance(document, dict) else None
    first = segments[0] if isinstance(segments, list) and segments else None
    return isinstance(first, dict) and "body" in first and "text" not in first


def segment_of(found: ReadSegment, index: int, *, foreign: bool) -> Segment:
    """A segment; its end is its start where it has none."""
    start = found.start or 0.0
    return Segment(
        id=found.id if isinstance(found.id, int) else index,
        text=found.text,
        start=start,
        end=start if found.end is None else found.end,
        words=words_of(found, start, respace=foreign),
        speaker=found.speaker,
        language=found.language,
        tokens=found.tokens or (),
        seek=found.seek,
        avg_logprob=found.avg_logprob,
        no_speech_prob=found.no_speech_prob,
        compression_ratio=found.compression_ratio,
        temperature=found.temperature,
        continues=found.continues,
        raw=found.raw,
    )


def words_of(segment: ReadSegment, start: Seconds, *, respace: bool) -> tuple[Word, ...]:
    """The words of a segment; one without times stands where the one before it ends."""
    found = segment.words or ()
    spaces = respace and lost_spaces(found, segment.text)
    words: list[Word] = []
    clock = start
    for index, word in enumerate(found):
        begin = clock if word.start is None else word.start
        clock = begin if word.end is None else word.end
        alone = (word.speaker,) if word.speaker is not None else ()
        words.append(
            Word(
                text=(" " if spaces and index else "") + word.word,
                start=begin,
                end=clock,
                probability=word.score if word.probability is None else word.probability,
                speakers=word.speakers or alone,
                method=word.method,
                confidence=word.confidence,
                tokens=word.tokens,
            )
        )
    return tuple(words)


def lost_spaces(words: tuple[ReadWord, ...], text: str) -> bool:
    """Whether the words are those of the text with its spaces left out, as whisperX writes them."""
    bare = [word.word for word in words]
    return len(bare) > 1 and "".join(bare) != squeeze(text) == " ".join(bare)
