"""Transcripts in OpenAI's shapes are accepted by OpenAI's own types."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.audio import (
    Transcription,
    TranscriptionDiarized,
    TranscriptionSegment,
    TranscriptionTextDoneEvent,
    TranscriptionTextSegmentEvent,
    TranscriptionVerbose,
    Translation,
    TranslationVerbose,
)

from hansard.server.api.openai_parameters import FORMATS, SpeechRequest
from hansard.server.api.openai_shapes import answer, spoken_segments, text_of, token_usage_of
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


TALKED = Transcript(
    segments=(
        Segment(
            id=0, text="Shall we go", start=0.0, end=1.0, speaker="SPEAKER_01",
            words=(
                Word(text=" Shall", start=0.0, end=0.3, speakers=("SPEAKER_01",)),
                Word(text=" we", start=0.3, end=0.5, speakers=("SPEAKER_01", "Ana")),
                Word(text=" go", start=0.5, end=1.0, speakers=("SPEAKER_01",)),
            ),
        ),
        Segment(
            id=1, text="on?", start=1.0, end=1.2, speaker="Ana", continues=True,
            words=(Word(text=" on?", start=1.0, end=1.2, speakers=("Ana",)),),
        ),
        Segment(
            id=2, text="Hm.", start=2.0, end=2.2,
            words=(Word(text=" Hm.", start=2.0, end=2.2),),
        ),
        Segment(id=3, text="Yes.", start=3.0, end=3.5, speaker="SPEAKER_00"),
    ),
    duration=4.0,
    speakers=("SPEAKER_01", "Ana", "SPEAKER_00"),
)  # fmt: skip


def test_diarized_json_names_known_speakers_and_letters_the_others() -> None:
    """Strangers are `A`, `B` ... as they are first heard, and nobody is put on anybody's name."""
    answered = body(TALKED, response_format="diarized_json", diarize=True)
    assert [segment["speaker"] for segment in answered["segments"]] == ["A", "Ana", "unknown", "B"]
    assert answered["segments"][1] == {
        "type": "transcript.text.segment", "id": "seg_002", "start": 1.0, "end": 1.2,
        "text": "on?", "speaker": "Ana",
    }  # fmt: skip
    assert answered["text"] == "Shall we go on? Hm. Yes."
    assert answered["task"] == "transcribe"
    checked = TranscriptionDiarized.model_validate(answered, strict=True)
    assert len(checked.segments) == 4
    for segment in spoken_segments(TALKED):
        TranscriptionTextSegmentEvent.model_validate(segment, strict=True)


def test_verbose_json_has_speakers_where_they_are_told_apart() -> None:
    """Words and segments have Hansard's own labels; nothing of it is there where nobody asked."""
    answered = body(TALKED, response_format="verbose_json", words=True, diarize=True)
    assert [segment["speaker"] for segment in answered["segments"]] == [
        "SPEAKER_01", "Ana", None, "SPEAKER_00",
    ]  # fmt: skip
    assert answered["words"][1]["speakers"] == ["SPEAKER_01", "Ana"]
    assert [word["speaker"] for word in answered["words"]] == [
        "SPEAKER_01", "SPEAKER_01", "SPEAKER_01", "Ana", None,
    ]  # fmt: skip
    TranscriptionVerbose.model_validate(answered)
    plain = body(TALKED, response_format="verbose_json", words=True)
    assert "speaker" not in plain["segments"][0]
    assert "speaker" not in plain["words"][0]


def test_a_sentence_that_two_say_stays_one_sentence() -> None:
    """Text does not change where it is cut by speaker, in scripts without spaces neither."""
    halves = (
        Segment(id=0, text="你好", start=0, end=1, words=(Word(text="你好", start=0, end=1),)),
        Segment(
            id=1, text="世界。", start=1, end=2, continues=True,
            words=(Word(text="世界。", start=1, end=2),),
        ),
        Segment(id=2, text="再见。", start=3, end=4),
    )  # fmt: skip
    assert text_of(Transcript(segments=halves)) == "你好世界。 再见。"


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
    speaker=st.none() | st.sampled_from(["SPEAKER_00", "SPEAKER_01", "A", "Ana"]),
    continues=st.booleans(),
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
    diarized = body(said, response_format="diarized_json", diarize=True)
    TranscriptionDiarized.model_validate(diarized, strict=True)
