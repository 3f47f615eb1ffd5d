"""A transcript as JSON: openai-whisper's shape, and everything else that a transcript holds.

    {text, language, language_probability, duration, speakers,
     segments: [{id, seek, start, end, text, tokens, speaker, language, avg_logprob, no_speech_prob,
                 compression_ratio, temperature,
                 words: [{word, start, end, probability, speaker}]}],
     turns: [{speaker, start, end}], trust, versions, metrics}

Times are seconds, rounded to milliseconds; what is not known is null, and so is what is no number.
A word keeps the space before it. It also has `speakers` where several speak at once, and `method`,
`confidence` and `tokens` where they are known. A segment has `continues` where it goes on with the
sentence of the one before it, said by another, and `raw` where clean-up changed its text; a turn
has `confidence` where it is known. Each segment is a line of its own, so that versions of a
transcript can be compared line by line.
"""

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles import SubtitleOptions
from hansard.transcript.trust import TrustReport
from hansard.transcript.values import Segment, Transcript, Turn, Word

Plain = dict[str, Any]


def write(transcript: Transcript, options: SubtitleOptions) -> str:  # noqa: ARG001 - it is no subtitle
    """The transcript as JSON."""
    parts = {
        key: array_of(value) if key == "segments" else encode(value)
        for key, value in plain(transcript).items()
    }
    return "{\n" + ",\n".join(f'"{key}": {value}' for key, value in parts.items()) + "\n}\n"


def encode(value: Any) -> str:
    """One value as JSON; what JSON cannot hold, such as a path, as its text."""
    return msgspec.json.encode(value, enc_hook=str).decode()


def array_of(items: list[Plain]) -> str:
    """An array with one item a line."""
    return "[\n" + ",\n".join(encode(item) for item in items) + "\n]" if items else "[]"


def plain(transcript: Transcript) -> Plain:
    """The transcript as plain objects, in the order in which they are written."""
    return {
        "text": transcript.text,
        "language": transcript.language,
        "language_probability": transcript.language_probability,
        "duration": rounded(transcript.duration),
        "speakers": list(transcript.speakers),
        "segments": [plain_segment(segment) for segment in transcript.segments],
        "turns": [plain_turn(turn) for turn in transcript.turns],
        "trust": plain_trust(transcript.trust) if transcript.trust else None,
        "versions": dict(transcript.versions),
        "metrics": dict(transcript.metrics),
    }


def plain_segment(segment: Segment) -> Plain:
    """One segment; `continues` is said only where it does, `raw` where clean-up changed it."""
    continues = {"continues": True} if segment.continues else {}
    raw = {} if segment.raw is None else {"raw": segment.raw}
    return {
        "id": segment.id,
        "seek": segment.seek,
        "start": rounded(segment.start),
        "end": rounded(segment.end),
        "text": segment.text,
        "tokens": list(segment.tokens),
        "speaker": segment.speaker,
        "language": segment.language,
        "avg_logprob": segment.avg_logprob,
        "no_speech_prob": segment.no_speech_prob,
        "compression_ratio": segment.compression_ratio,
        "temperature": segment.temperature,
        **continues,
        **raw,
        "words": [plain_word(word) for word in segment.words],
    }


def plain_word(word: Word) -> Plain:
    """One word."""
    said: Plain = {
        "word": word.text,
        "start": rounded(word.start),
        "end": rounded(word.end),
        "probability": word.probability,
        "speaker": word.speakers[0] if word.speakers else None,
    }
    if len(word.speakers) > 1:
        said["speakers"] = list(word.speakers)
    if word.method:
        said["method"] = word.method
    if word.confidence is not None:
        said["confidence"] = word.confidence
    if word.tokens:
        said["tokens"] = list(word.tokens)
    return said


def plain_turn(turn: Turn) -> Plain:
    """One turn; `confidence` is said only where it is known."""
    known = {} if turn.confidence is None else {"confidence": turn.confidence}
    return {
        "speaker": turn.speaker,
        "start": rounded(turn.start),
        "end": rounded(turn.end),
        **known,
    }


def plain_trust(trust: TrustReport) -> Plain:
    """The trust report, with the share of speech that words account for."""
    report: Plain = rounded_all(msgspec.to_builtins(trust))
    return {"coverage": trust.coverage, "summary": trust.summarise(), **report}


def rounded_all(value: Any) -> Any:
    """Plain objects with every float in them, all of them times, rounded to milliseconds."""
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, Mapping):
        return {key: rounded_all(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded_all(item) for item in value]
    return value


def rounded(seconds: Seconds) -> Seconds | None:
    """The time to the millisecond, None where it is no number."""
    return round(float(seconds), 3) if math.isfinite(seconds) else None
