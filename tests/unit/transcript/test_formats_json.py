"""JSON: openai-whisper's shape and more, there and back without loss."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcript_samples import patient

from hansard.errors import UsageError
from hansard.transcript import (
    Finding,
    SecondLook,
    Segment,
    Transcript,
    TrustReport,
    Turn,
    Word,
    formats,
)

TRUST = TrustReport(
    speech=10.0,
    in_words=8.5,
    decoded_again=1.0,
    unexplained=0.5,
    gaps=(Finding(start=1.0, end=1.5, reason="no words"),),
    inventions=(Finding(start=2.0, end=3.0, reason="silence", text="Thanks.", removed=True),),
    second_looks=(
        SecondLook(start=0.0, end=30.0, reasons=("loop",), tried=("beam",), accepted=None),
    ),
    notes=("damaged",),
)
WHOLE = Transcript(
    segments=(
        Segment(
            id=3,
            text=" Hello you.",
            start=0.5,
            end=2.25,
            words=(
                Word(text=" Hello", start=0.5, end=1.0, probability=0.75, speakers=("Ann", "Bo")),
                Word(
                    text=" you.", start=1.0, end=2.25, method="dtw", confidence=0.5, tokens=(7, 8)
                ),
            ),
            speaker="Ann",
            language="en",
            tokens=(50364, 1, 2),
            seek=0,
            avg_logprob=-0.25,
            no_speech_prob=0.01,
            compression_ratio=1.5,
            temperature=0.0,
        ),
        Segment(id=4, text=" ...", start=2.25, end=2.25, continues=True),
    ),
    language="en",
    language_probability=0.98,
    duration=12.5,
    turns=(Turn(speaker="Ann", start=0.5, end=2.25, confidence=0.75),),
    speakers=("Ann", "Bo"),
    trust=TRUST,
    versions={"engine": {"name": "fake", "digest": None}, "options": [1, 2.5]},
    metrics={"real_time_factor": 0.1},
)


def test_json_has_the_shape_of_openai_whisper_and_more() -> None:
    """Every name that readers of that family look for is there, and so are ours."""
    document = json.loads(formats.render(WHOLE, "json"))
    assert list(document) == [
        "text", "language", "language_probability", "duration", "speakers",
        "segments", "turns", "trust", "versions", "metrics",
    ]  # fmt: skip
    segment = document["segments"][0]
    assert list(segment) == [
        "id", "seek", "start", "end", "text", "tokens", "speaker", "language", "avg_logprob",
        "no_speech_prob", "compression_ratio", "temperature", "words",
    ]  # fmt: skip
    assert segment["words"][0] == {
        "word": " Hello", "start": 0.5, "end": 1.0, "probability": 0.75, "speaker": "Ann",
        "speakers": ["Ann", "Bo"],
    }  # fmt: skip
    assert document["text"] == WHOLE.text
    assert document["trust"]["coverage"] == 0.95
    assert document["trust"]["gaps"][0]["reason"] == "no words"


def test_what_is_not_known_is_null() -> None:
    """No made-up zero stands for a value that nobody has."""
    segment = json.loads(formats.render(WHOLE, "json"))["segments"][1]
    names = ("seek", "speaker", "avg_logprob", "no_speech_prob", "temperature")
    assert all(segment[name] is None for name in names)
    empty = json.loads(formats.render(Transcript(segments=()), "json"))
    assert (empty["language"], empty["trust"], empty["segments"]) == (None, None, [])


def test_what_is_seldom_so_is_said_only_where_it_is() -> None:
    """`continues` and a turn's `confidence` take no room in other segments and turns."""
    document = json.loads(formats.render(WHOLE, "json"))
    assert ["continues" in segment for segment in document["segments"]] == [False, True]
    assert document["turns"] == [{"speaker": "Ann", "start": 0.5, "end": 2.25, "confidence": 0.75}]
    assert document["text"] == "Hello you. ..."
    plain = replace(WHOLE, turns=(Turn(speaker="Ann", start=0.5, end=2.25),))
    assert json.loads(formats.render(plain, "json"))["turns"][0].keys() == {
        "speaker", "start", "end",
    }  # fmt: skip


def test_times_are_rounded_and_never_not_a_number() -> None:
    """Milliseconds at most, and null for what JSON cannot say."""
    odd = Segment(id=0, text="a", start=0.123456, end=1.9996, avg_logprob=-math.inf)
    text = formats.render(Transcript(segments=(odd,), metrics={"speed": math.nan}), "json")
    document = json.loads(text)
    assert (document["segments"][0]["start"], document["segments"][0]["end"]) == (0.123, 2.0)
    assert document["segments"][0]["avg_logprob"] is None
    assert document["metrics"]["speed"] is None


def test_each_segment_is_a_line() -> None:
    """Versions of a transcript can be compared line by line."""
    lines = formats.render(WHOLE, "json").splitlines()
    assert sum(line.startswith('{"id":') for line in lines) == 2


def test_values_that_json_does_not_know_become_text() -> None:
    """A path among the versions does not stop the file."""
    text = formats.render(replace(WHOLE, versions={"model": Path("a/b")}), "json")
    assert json.loads(text)["versions"] == {"model": str(Path("a/b"))}


def test_everything_comes_back() -> None:
    """Reading what was written gives the same transcript."""
    assert formats.read(formats.render(WHOLE, "json"), "json") == WHOLE


NUMBER = st.floats(allow_nan=False, allow_infinity=False, width=32)
SECONDS = st.floats(0, 1e5)
NAME = st.text(max_size=8)
MAYBE = st.none() | NUMBER
IDS = st.lists(st.integers(0, 60000), max_size=4).map(tuple)
WORDS = st.builds(
    Word,
    text=st.text(max_size=12),
    start=SECONDS,
    end=SECONDS,
    probability=MAYBE,
    speakers=st.lists(NAME, max_size=2).map(tuple),
    method=NAME,
    confidence=MAYBE,
    tokens=IDS,
)
SEGMENTS = st.builds(
    Segment,
    id=st.integers(0, 10**6),
    text=st.text(max_size=40),
    start=SECONDS,
    end=SECONDS,
    words=st.lists(WORDS, max_size=5).map(tuple),
    speaker=st.none() | NAME,
    language=st.none() | NAME,
    tokens=IDS,
    seek=st.none() | st.integers(0, 10**6),
    avg_logprob=MAYBE,
    no_speech_prob=MAYBE,
    compression_ratio=MAYBE,
    temperature=MAYBE,
    continues=st.booleans(),
)
FINDINGS = st.lists(
    st.builds(Finding, start=SECONDS, end=SECONDS, reason=NAME, text=NAME, removed=st.booleans()),
    max_size=2,
).map(tuple)
REPORTS = st.builds(
    TrustReport,
    speech=SECONDS,
    in_words=SECONDS,
    decoded_again=SECONDS,
    unexplained=SECONDS,
    gaps=FINDINGS,
    loops=FINDINGS,
    notes=st.lists(NAME, max_size=2).map(tuple),
)
TRANSCRIPTS = st.builds(
    Transcript,
    segments=st.lists(SEGMENTS, max_size=4).map(tuple),
    language=st.none() | NAME,
    language_probability=MAYBE,
    duration=SECONDS,
    turns=st.lists(
        st.builds(Turn, speaker=NAME, start=SECONDS, end=SECONDS, confidence=MAYBE), max_size=3
    ).map(tuple),
    speakers=st.lists(NAME, max_size=3).map(tuple),
    trust=st.none() | REPORTS,
    versions=st.dictionaries(
        NAME, NUMBER | NAME | st.none() | st.lists(NAME, max_size=2), max_size=3
    ),
    metrics=st.dictionaries(NAME, NUMBER, max_size=3),
)


def rounded(value: Any) -> Any:
    """A transcript as plain objects with its times to the millisecond."""
    if isinstance(value, Mapping):
        times = ("start", "end", "duration", "speech", "in_words", "decoded_again", "unexplained")
        return {
            key: round(item, 3) if key in times and isinstance(item, float) else rounded(item)
            for key, item in value.items()
        }
    return [rounded(item) for item in value] if isinstance(value, list | tuple) else value


@patient
@given(TRANSCRIPTS)
def test_any_transcript_comes_back(transcript: Transcript) -> None:
    """Written and read, a transcript is the same up to the millisecond."""
    back = asdict(formats.read(formats.render(transcript, "json"), "json"))
    expected = asdict(transcript)
    for name in ("versions", "metrics"):  # theirs are no times of ours, so they stay exact
        assert back.pop(name) == expected.pop(name)
    assert rounded(back) == rounded(expected)


def test_whisperx_is_read() -> None:
    """Words without spaces get those of the text, words without times stand where they can."""
    text = """{"segments": [{"start": 1.0, "end": 3.0, "text": " In 2024 we", "speaker": "S0",
      "words": [{"word": "In", "start": 1.0, "end": 1.2, "score": 0.9, "speaker": "S0"},
                {"word": "2024"}, {"word": "we", "start": 2.5, "end": 3.0, "score": 0.8}]}],
      "word_segments": [], "language": "en"}"""
    transcript = formats.read(text, "json")
    assert [(word.text, word.start, word.end, word.probability) for word in transcript.words] == [
        ("In", 1.0, 1.2, 0.9),
        (" 2024", 1.2, 1.2, None),
        (" we", 2.5, 3.0, 0.8),
    ]
    assert (transcript.speakers, transcript.duration) == (("S0",), 3.0)


def test_openai_whisper_is_read() -> None:
    """The shape that gave ours its names."""
    text = (
        '\ufeff{"text": " Hi.", "segments": [{"id": 0, "seek": 0, "start": 0.0, "end": 1.0, '
        '"text": " Hi.", "tokens": [50364], "temperature": 0.0, "avg_logprob": -0.5, '
        '"compression_ratio": 0.5, "no_speech_prob": 0.02, "words": [{"word": " Hi.", '
        '"start": 0.0, "end": 1.0, "probability": 0.9}]}], "language": "en"}'
    )
    transcript = formats.read(text, "json")
    assert transcript.segments[0].tokens == (50364,)
    assert transcript.words == (Word(text=" Hi.", start=0.0, end=1.0, probability=0.9),)


@pytest.mark.parametrize(
    "text",
    [
        """{"text": "Hi. There.", "chunks": [{"timestamp": [0.0, 1.5], "text": "Hi."},
            {"timestamp": [1.5, null], "text": "There."}]}""",
        """{"result": {"language": "en"}, "transcription": [
            {"offsets": {"from": 0, "to": 1500}, "text": "Hi."},
            {"offsets": {"from": 1500, "to": 1500}, "text": "There."}]}""",
        """{"segments": [{"id": "seg_001", "start": 0, "end": 1.5, "text": "Hi."},
            {"id": "seg_002", "start": 1.5, "end": 1.5, "text": "There."}]}""",
    ],
)
def test_other_shapes_are_read(text: str) -> None:
    """Hugging Face's pipeline, whisper.cpp and OpenAI's diarised answers."""
    assert [
        (each.id, each.start, each.end, each.text) for each in formats.read(text, "json").segments
    ] == [
        (0, 0.0, 1.5, "Hi."),
        (1, 1.5, 1.5, "There."),
    ]


def test_a_lone_text_is_read_without_times() -> None:
    """The shortest answer of a speech server is a transcript, too."""
    back = formats.read('{"text": "One.\\n\\nTwo."}', "json")
    assert [(each.text, each.start) for each in back.segments] == [("One.", 0.0), ("Two.", 0.0)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1$"),
        ('{"segments": [\n{"id": 0,\n"text": oops}]}', "invalid character in line 3$"),
        ('{"segments": [\n\n', "line 3$"),
        ("[]", "Expected `object`"),
        ("{}", "missing required field `text`"),
        ('{"segments": [{"start": 1}]}', r"missing required field `text`.*segments"),
        ('{"segments": [{"text": "a", "start": "soon"}]}', r"Expected `float.*start"),
        ('{"chunks": [1]}', "Expected `object`"),
        ('{"transcription": "text"}', "Expected `array`"),
        ('{"segments": [], "trust": {"speech": 1}}', "missing required field"),
    ],
)
def test_what_is_no_transcript_says_where(text: str, message: str) -> None:
    """Broken JSON names its line, other JSON the place within it."""
    with pytest.raises(UsageError, match=message):
        formats.read(text, "json")
