"""A transcript in the shapes that OpenAI's clients know. Pure.

The objects are those of OpenAI's reference: `CreateTranscriptionResponseJson`,
`...VerboseJson`, `...DiarizedJson`, and the bare bodies `text`, `srt` and `vtt`.
"""

import math
import zlib
from dataclasses import dataclass
from typing import Any

import msgspec

from hansard.server.api.openai_parameters import SpeechRequest
from hansard.server.api.openai_speakers import UNKNOWN, labels_of
from hansard.transcript import Seconds, Segment, Transcript, Word
from hansard.transcript.languages import LANGUAGES
from hansard.transcript.subtitles import SubtitleOptions

MEDIA_TYPES = {
    "json": "application/json",
    "verbose_json": "application/json",
    "diarized_json": "application/json",
    "text": "text/plain",
    "srt": "text/plain",  # as OpenAI sends it
    "vtt": "text/vtt",
}
"""Without the character set, which the framework adds."""
AUDIO_TOKENS = 50
"""Whisper's encoder makes so many positions of a second of sound."""

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent as the answer."""

    content: bytes
    media_type: str


def answer(transcript: Transcript, request: SpeechRequest, subtitles: SubtitleOptions) -> Body:
    """The transcript in the format that was asked for."""
    kind = request.response_format
    if kind == "json":
        content = msgspec.json.encode(json_body(transcript, request))
    elif kind == "verbose_json":
        content = msgspec.json.encode(verbose_body(transcript, request))
    elif kind == "diarized_json":
        content = msgspec.json.encode(diarized_body(transcript, request))
    elif kind == "text":
        content = f"{text_of(transcript)}\n".encode()
    else:
        content = transcript.render(kind, subtitles).encode()
    return Body(content, MEDIA_TYPES[kind])


def text_of(transcript: Transcript) -> str:
    """All that was said, in one line, whoever said which part of a sentence."""
    return " ".join(line for line in transcript.text.split("\n") if line)


def json_body(transcript: Transcript, request: SpeechRequest) -> Plain:
    """`{"text", "usage"}`, and `words` or `languages` where they were asked for."""
    body: Plain = {"text": text_of(transcript)}
    if request.languages:
        body["languages"] = languages_of(transcript)
    if request.words:
        body["words"] = words_of(transcript, request)
    return body | {"usage": usage_of(transcript)}


def diarized_body(transcript: Transcript, request: SpeechRequest) -> Plain:
    """`{"task", "duration", "text", "segments", "usage"}`, and `words` where asked for."""
    body: Plain = {
        "task": request.task,
        "duration": rounded(transcript.duration),
        "text": text_of(transcript),
        "segments": spoken_segments(transcript),
    }
    if request.words:
        body["words"] = words_of(transcript, request)
    return body | {"usage": usage_of(transcript)}


def spoken_segments(transcript: Transcript) -> list[Plain]:
    """Each segment with its speaker: an item of the answer, and an event of a stream as well."""
    labels = labels_of(transcript.segments)
    return [
        {
            "type": "transcript.text.segment",
            "id": f"seg_{number:03d}",
            "start": rounded(segment.start),
            "end": rounded(segment.end),
            "text": segment.text.strip(),
            "speaker": UNKNOWN if segment.speaker is None else labels[segment.speaker],
        }
        for number, segment in enumerate(transcript.segments, start=1)
    ]


def verbose_body(transcript: Transcript, request: SpeechRequest) -> Plain:
    """`{"task", "language", "duration", "text", "segments", "words", "usage"}`."""
    body: Plain = {
        "task": request.task,
        "language": "english" if request.task == "translate" else language_of(transcript),
        "duration": rounded(transcript.duration),
        "text": text_of(transcript),
    }
    if request.languages:
        body["languages"] = languages_of(transcript)
    if request.segments:
        body["segments"] = [
            segment_body(segment) | ({"speaker": segment.speaker} if request.diarize else {})
            for segment in transcript.segments
        ]
    if request.words:
        body["words"] = words_of(transcript, request)
    return body | {"usage": usage_of(transcript)}


def segment_body(segment: Segment) -> Plain:
    """One segment with every field that OpenAI's type requires.

    That type has no room for 'not known': where the engine gave no score, a neutral number stands
    in (0, or what the text itself says). Hansard's own JSON keeps null.
    """
    return {
        "id": segment.id,
        "seek": round(number(rounded(segment.start) * 100))
        if segment.seek is None
        else segment.seek,
        "start": rounded(segment.start),
        "end": rounded(segment.end),
        "text": segment.text,
        "tokens": list(segment.tokens),
        "temperature": number(segment.temperature),
        "avg_logprob": number(segment.avg_logprob),
        "compression_ratio": number(segment.compression_ratio, compression(segment.text)),
        "no_speech_prob": number(segment.no_speech_prob),
    }


def words_of(transcript: Transcript, request: SpeechRequest) -> list[Plain]:
    """Every timed word, without the space before it; with its speaker where they are told apart."""
    return [
        {"word": word.text.strip(), "start": rounded(word.start), "end": rounded(word.end)}
        | (speakers_of(word) if request.diarize else {})
        for word in transcript.words
    ]


def speakers_of(word: Word) -> Plain:
    """Who said a word; `speakers` only where two spoke at once."""
    said: Plain = {"speaker": word.speakers[0] if word.speakers else None}
    return said | ({"speakers": list(word.speakers)} if len(word.speakers) > 1 else {})


def language_of(transcript: Transcript) -> str:
    """The English name of the language, in small letters; `unknown` where nobody can tell."""
    code = transcript.language
    return LANGUAGES.get(code, code).replace("_", " ") if code else "unknown"


def languages_of(transcript: Transcript) -> list[Plain]:
    """The languages heard, as OpenAI's gpt-transcribe lists them."""
    return [{"code": transcript.language}] if transcript.language else []


def usage_of(transcript: Transcript) -> Plain:
    """What was used, by the length of the sound."""
    return {"type": "duration", "seconds": rounded(transcript.duration)}


def token_usage_of(transcript: Transcript) -> Plain:
    """What was used, in tokens: the only form that OpenAI's stream has a type for."""
    heard = math.ceil(rounded(transcript.duration) * AUDIO_TOKENS)
    written = sum(len(segment.tokens) for segment in transcript.segments)
    return {
        "type": "tokens",
        "input_tokens": heard,
        "input_token_details": {"text_tokens": 0, "audio_tokens": heard},
        "output_tokens": written,
        "total_tokens": heard + written,
    }


def compression(text: str) -> float:
    """Whisper's measure of repetition: bytes of the text for each byte of it compressed."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def number(value: float | None, otherwise: float = 0.0) -> float:
    """The value, or what stands in for one that is not known or no number."""
    return otherwise if value is None or not math.isfinite(value) else value


def rounded(seconds: Seconds) -> Seconds:
    """A time to the millisecond; 0 for what is no time."""
    return round(max(seconds, 0.0), 3) if math.isfinite(seconds) else 0.0
