"""Speakers as OpenAI's clients ask for them: clips in data URLs, names, letters."""

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.server.api.openai_fields import Fields, ParameterError
from hansard.server.api.openai_parameters import SpeechRequest, read_request
from hansard.server.api.openai_speakers import (
    MOST_BYTES,
    NAMES,
    REFERENCES,
    Reference,
    decode_clip,
    labels_of,
    letters,
    read_references,
)
from hansard.settings import Options
from hansard.transcript import Segment

SERVER = Options(aliases={"gpt-4o-transcribe-diarize": "small"})
CLIP = "data:audio/wav;base64," + base64.b64encode(b"RIFF").decode()


def read(server: Options = SERVER, **fields: str | list[str]) -> SpeechRequest:
    form = {name: [value] if isinstance(value, str) else value for name, value in fields.items()}
    return read_request(form, "transcribe", server)


def refusal(**fields: Any) -> ParameterError:
    with pytest.raises(ParameterError) as caught:
        read(Options(), **fields)
    return caught.value


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({"response_format": "diarized_json"}, {"diarize": True}),
        ({"response_format": "diarized_json", "num_speakers": "3"},
         {"diarize": True, "num_speakers": 3}),
        ({"response_format": "verbose_json", "diarize": "true"}, {"diarize": True}),
        ({"response_format": "srt", "min_speakers": "2"}, {"min_speakers": 2}),
        ({"response_format": "vtt", "model": "gpt-4o-transcribe-diarize"}, {"diarize": True}),
        ({"response_format": "diarized_json", "model": "gpt-4o-transcribe-diarize"},
         {"diarize": True}),
        ({"response_format": "verbose_json", "channel_speakers": "true"},
         {"channel_speakers": True}),
        ({"async": "true", "diarize": "true"}, {"diarize": True}),
        ({"timestamp_type": "word", "diarize": "true"},
         {"diarize": True, "word_timestamps": True}),
    ],
)  # fmt: skip
def test_speakers_are_asked_for_by_format_model_or_option(
    fields: dict[str, Any], options: dict[str, Any]
) -> None:
    """The format that has them, OpenAI's model for them, and Hansard's own options ask for them."""
    request = read(Options(), **fields)
    assert request.options == options
    assert request.diarize


def test_openais_diarizer_without_a_place_for_speakers_is_the_default_model() -> None:
    """As at OpenAI, `json` and `text` of that model have the text alone."""
    request = read(Options(), model="gpt-4o-transcribe-diarize")
    assert (request.options, request.diarize) == ({}, False)
    aliased = read(model="gpt-4o-transcribe-diarize", response_format="srt")
    assert aliased.options == {"model": "gpt-4o-transcribe-diarize"}


def test_the_services_own_choice_counts() -> None:
    """Where the service tells speakers apart by itself, answers have them; one may decline."""
    server = Options(diarize=True)
    assert read(server, response_format="verbose_json").diarize
    assert read(server).diarize
    assert not read(server, diarize="false").diarize


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"diarize": "true"}, "diarize"),
        ({"num_speakers": "2", "response_format": "text"}, "diarize"),
        ({"diarize": "false", "response_format": "diarized_json"}, "diarize"),
        ({"num_speakers": "0", "response_format": "diarized_json"}, "num_speakers"),
        ({"min_speakers": "3", "max_speakers": "2", "response_format": "diarized_json"},
         "min_speakers"),
        ({"task": "translate", "response_format": "diarized_json"}, "response_format"),
        ({"diarization_device": "cuda"}, "diarization_device"),
        ({NAMES: ["Ana"], REFERENCES: [CLIP]}, NAMES),
        ({NAMES: ["Ana"], REFERENCES: [CLIP], "channel_speakers": "true",
          "response_format": "diarized_json"}, NAMES),
        ({NAMES: ["Ana"], "response_format": "diarized_json"}, REFERENCES),
        ({REFERENCES: [CLIP], "response_format": "diarized_json"}, NAMES),
        ({NAMES: ["Ana"] * 5, REFERENCES: [CLIP] * 5, "response_format": "diarized_json"}, NAMES),
        ({NAMES: ["SPEAKER_00"], REFERENCES: [CLIP], "response_format": "diarized_json"}, NAMES),
        ({NAMES: ["a\nb"], REFERENCES: [CLIP], "response_format": "diarized_json"}, NAMES),
        ({NAMES: ["a" * 81], REFERENCES: [CLIP], "response_format": "diarized_json"}, NAMES),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(fields: dict[str, Any], param: str) -> None:
    """Nothing that is asked about speakers is silently left out."""
    assert refusal(**fields).param == param


def test_known_speakers_come_with_a_clip_each() -> None:
    """Names and clips go together in order, whatever way the array is written."""
    request = read(
        Options(),
        **{
            "known_speaker_names[]": ["Ana", "Zoë"],
            "known_speaker_references[0]": CLIP,
            "known_speaker_references[1]": CLIP.replace("audio/wav", "Audio/MP3;codecs=x"),
            "response_format": "diarized_json",
        },
    )
    assert request.known == (Reference("Ana", b"RIFF"), Reference("Zoë", b"RIFF"))
    digest = hashlib.sha256(b"RIFF").hexdigest()
    assert request.known[0].told == {"name": "Ana", "sha256": digest}
    assert "RIFF" not in repr(request)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://example.org/a.wav", "no data URL"),
        ("file:///etc/passwd", "no data URL"),
        ("/etc/passwd", "no data URL"),
        ("data:audio/wav,RIFF", "no data URL"),
        ("data:audio/wav;base64", "is empty"),
        ("data:text/html;base64,AAAA", "said to be text"),
        ("data:audio/wav;base64,AA A", "not in base64"),
        ("data:audio/wav;base64,A", "not in base64"),
        ("data:audio/wav;base64,AA-_", "not in base64"),
        ("data:audio/wav;base64,ÄÄÄÄ", "not in base64"),
        ("data:audio/wav;base64,", "is empty"),
        ("data:" + "a" * 300 + "/b;base64,AAAA", "no data URL"),
        ("data:audio/wav;base64," + "A" * (MOST_BYTES * 2), "more than 4 MiB"),
    ],
    ids=lambda value: value[:24],
)
def test_a_clip_is_a_data_url_in_base64(url: str, said: str) -> None:
    """Whatever else is refused, with the number of the clip, and never fetched."""
    with pytest.raises(ParameterError, match=said) as caught:
        decode_clip(url, f"{REFERENCES}[3]")
    assert caught.value.param == REFERENCES
    assert f"{REFERENCES}[3]" in str(caught.value)
    assert len(str(caught.value)) < 300


def test_ten_seconds_in_any_common_format_fit() -> None:
    """The limit lies above 48 kHz stereo of 24 bits for ten seconds."""
    clip = bytes(48_000 * 2 * 3 * 10)
    url = "data:audio/wav;base64," + base64.b64encode(clip).decode()
    assert decode_clip(url, "x") == clip


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_travel_in_a_data_url(clip: bytes) -> None:
    """What was put in comes out."""
    assert decode_clip("data:;base64," + base64.b64encode(clip).decode(), "x") == clip


@given(st.lists(st.text(max_size=20), max_size=5), st.lists(st.text(max_size=60), max_size=5))
def test_any_names_and_clips_are_read_or_refused(names: list[str], urls: list[str]) -> None:
    """Nothing but a refusal by name comes of what makes no sense."""
    param = NAMES
    found: tuple[Reference, ...] = ()
    try:
        found = read_references(Fields({NAMES: names, REFERENCES: urls}))
    except ParameterError as error:
        param = error.param
    assert param in {NAMES, REFERENCES}
    assert len(found) <= 4


def said(*speakers: str | None) -> list[Segment]:
    return [Segment(id=0, text="", start=0, end=0, speaker=speaker) for speaker in speakers]


def test_strangers_get_letters_that_are_nobodys_name() -> None:
    """Letters go by first appearance, and one that is a known name is left out."""
    assert labels_of(said("SPEAKER_05", None, "A", "SPEAKER_00", "SPEAKER_05")) == {
        "SPEAKER_05": "B", "A": "A", "SPEAKER_00": "C",
    }  # fmt: skip
    assert labels_of(said(None)) == {}


def test_there_are_always_more_letters() -> None:
    """After `Z` comes `AA`, as in a table's columns, and no two numbers share letters."""
    assert [letters(number) for number in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip
    assert len({letters(number) for number in range(2000)}) == 2000
