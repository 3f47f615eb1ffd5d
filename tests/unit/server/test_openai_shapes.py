"""Transcripts in OpenAI's shapes are accepted by OpenAI's own types."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.audio import (
    Transcription,
    TranscriptionSegment,
    TranscriptionTextDoneEvent,
    TranscriptionVerbose,
    Translation,
    TranslationVerbose,
)

from hansard.server.api.openai_parameters import FORMATS, SpeechRequest
from hansard.server.api.openai_shapes import answer, text_of, token_usage_of
from hansard.transcript import Segment, Transcript, Word
from hansard.transcript.subtitles import SubtitleOptions

SAID = Transcript(
    segments=(
        Segment(
            id=0, text="Hello there.", start=0.5, end=1.25, tokens=(1, 2), seek=0,
            avg_logprob=-0.25, no_speech_prob=0.01, compression_ratio=1.1, temperature=0.0,
            words=(
                Word(text=" Hello", start=0.5, end=0.9), Word(text=" there.", start=0.9, end=1.25),
            ),
        ),
        Segment(id=1, text=" Good-bye.", start=2, end=3.0004, tokens=(3,)),
    ),
    language="ht",
    duration=3.14159,
)  # fmt: skip


def body(said: Transcript, **asked: Any) -> Any:
    asked = {"task": "transcribe", "response_format": "json"} | asked
    sent = answer(said, SpeechRequest(**asked), SubtitleOptions())
    if sent.media_type == "application/json":
        return json.loads(sent.content)
    return sent.content.decode()


def test_json_is_text_and_usage() -> None:
    """The plain answer holds the text, joined by single spaces, and the seconds used."""
    assert body(SAID) == {
        "text": "Hello there. Good-bye.",
        "usage": {"type": "duration", "seconds": 3.142},
    }
    Transcription.model_validate(body(SAID), strict=True)
    Translation.model_validate(body(SAID, task="translate"))


def test_json_holds_words_and_languages_on_request() -> None:
    """`timestamp_type=word` and gpt-transcribe add what they are asked for."""
    answered = body(SAID, words=True, languages=True)
    assert answered["words"][1] == {"word": "there.", "start": 0.9, "end": 1.25}
    assert answered["languages"] == [{"code": "ht"}]
    Transcription.model_validate(answered, strict=True)


def test_verbose_json_has_every_field_of_a_segment() -> None:
    """Segments carry every field that OpenAI's type requires, and no null."""
    answered = body(SAID, response_format="verbose_json", words=True)
    assert answered["task"] == "transcribe"
    assert answered["language"] == "haitian creole"
    assert answered["duration"] == 3.142
    assert answered["segments"][0] == {
        "id": 0, "seek": 0, "start": 0.5, "end": 1.25, "text": "Hello there.", "tokens": [1, 2],
        "temperature": 0.0, "avg_logprob": -0.25, "compression_ratio": 1.1, "no_speech_prob": 0.01,
    }  # fmt: skip
    assert set(answered["segments"][1]) == set(TranscriptionSegment.model_fields)
    assert answered["segments"][1]["seek"] == 200
    assert answered["segments"][1]["compression_ratio"] == pytest.approx(9 / 17, abs=0.1)
    assert [word["word"] for word in answered["words"]] == ["Hello", "there."]
    assert TranscriptionVerbose.model_validate(answered).words


def test_words_and_segments_appear_as_asked() -> None:
    """Words alone leave the segments out, and by default there are segments alone."""
    words = body(SAID, response_format="verbose_json", words=True, segments=False)
    assert "segments" not in words
    assert "words" not in body(SAID, response_format="verbose_json")


def test_a_translation_is_english() -> None:
    """A translation's language is English, whatever was spoken."""
    answered = body(SAID, task="translate", response_format="verbose_json")
    assert (answered["task"], answered["language"]) == ("translate", "english")
    TranslationVerbose.model_validate(answered)


def test_bare_bodies_are_the_files() -> None:
    """`text`, `srt` and `vtt` are the text of such a file."""
    assert body(SAID, response_format="text") == "Hello there. Good-bye.\n"
    assert body(SAID, response_format="srt").startswith("1\n00:00:00,500 --> 00:00:01,250\nHello")
    assert body(SAID, response_format="vtt").startswith("WEBVTT\n\n00:00.500 --> ")


def test_silence_has_a_body_in_every_format() -> None:
    """A recording in which nothing is said is answered without an error."""
    silence = Transcript(segments=(), duration=2.0)
    assert body(silence)["text"] == ""
    assert body(silence, response_format="verbose_json")["language"] == "unknown"
    for kind in FORMATS:
        body(silence, response_format=kind)


def test_the_stream_counts_tokens() -> None:
    """The last event's usage has the only form that OpenAI's type for it allows."""
    usage = token_usage_of(SAID)
    assert (usage["output_tokens"], usage["input_tokens"]) == (3, 158)
    event = {"type": "transcript.text.done", "text": text_of(SAID), "usage": usage}
    TranscriptionTextDoneEvent.model_validate(event, strict=True)


scores = st.none() | st.floats()
segments = st.builds(
    Segment,
    id=st.integers(0, 10**6),
    text=st.text(max_size=30),
    start=st.floats(),
    end=st.floats(),
    tokens=st.lists(st.integers(0, 60_000), max_size=4).map(tuple),
    seek=st.none() | st.just(100),
    avg_logprob=scores,
    no_speech_prob=scores,
    compression_ratio=scores,
    temperature=scores,
)
transcripts = st.builds(
    Transcript,
    segments=st.lists(segments, max_size=3).map(tuple),
    duration=st.floats(),
    language=st.none() | st.sampled_from(["en", "zz"]),
)


@given(transcripts)
def test_any_transcript_fits_openais_types(said: Transcript) -> None:
    """Whatever the engine could not say, OpenAI's types accept the answer."""
    answered = body(said, response_format="verbose_json")
    checked = TranscriptionVerbose.model_validate(answered)
    assert checked.text == body(said)["text"]
