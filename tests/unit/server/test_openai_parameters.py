"""Form fields of OpenAI's clients become a typed request, or are refused by name."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from typing import Any

import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multipart import MultipartParser, parse_options_header

from hansard.server.api.asking import choosable
from hansard.server.api.openai_fields import ParameterError
from hansard.server.api.openai_parameters import (
    FIELDS,
    FORMATS,
    SpeechRequest,
    Task,
    read_request,
)
from hansard.settings import Options, declared

SERVER = Options(
    translation_model="medium", aliases={"mine": "./models/mine", "Whisper-1": "small"}
)


def is_folder(name: str) -> bool:
    return name in {"src/hansard", "./models/mine"}


def read(task: Task = "transcribe", /, **fields: str | list[str]) -> SpeechRequest:
    form = {
        name.replace("__", "[]"): [value] if isinstance(value, str) else value
        for name, value in fields.items()
    }
    return read_request(form, task, SERVER, is_folder)


def refusal(task: Task = "transcribe", /, **fields: str | list[str]) -> ParameterError:
    with pytest.raises(ParameterError) as caught:
        read(task, **fields)
    return caught.value


def test_a_file_alone_is_enough() -> None:
    """Without fields, the service's own choices hold and the answer is JSON."""
    assert read() == SpeechRequest(task="transcribe", response_format="json")


def test_a_translation_uses_the_translation_model() -> None:
    """A translation without a model of its own takes the one that the settings name."""
    request = read("translate", model="gpt-4o-transcribe")
    assert request.options == {"model": "medium", "task": "translate"}


@pytest.mark.parametrize(
    "name",
    ["gpt-transcribe", "gpt-4o-transcribe", "gpt-4o-mini-transcribe",
     "gpt-4o-mini-transcribe-2025-12-15", "gpt-4o-transcribe-diarize"],
)  # fmt: skip
def test_openais_names_mean_the_default_model(name: str) -> None:
    """A name of OpenAI's own leaves the model to the service."""
    assert "model" not in read(model=name).options


def test_an_alias_of_the_settings_beats_openais_name() -> None:
    """Where the settings give `whisper-1` a meaning, it has that one, whatever its case."""
    assert read(model="whisper-1").options["model"] == "whisper-1"


@pytest.mark.parametrize("name", ["small", "owner/repo@v2", "large-v3:int8", "mine"])
def test_other_names_are_passed_on(name: str) -> None:
    """A name that may be a model's goes to the worker as it is."""
    assert read(model=name).options["model"] == name


@pytest.mark.parametrize(
    "name",
    ["./models/mine", "/etc", "~/models", "..", "C:\\models", "src/hansard", "no such", "a" * 300,
     "a\x00b"],
)  # fmt: skip
def test_a_folder_is_no_model_name(name: str) -> None:
    """A client can name no folder, whether it is there or not, and nothing that no model can be."""
    error = refusal(model=name)
    assert (error.param, error.reason) == ("model", "model_not_found")


def test_a_misspelt_model_gets_a_hint() -> None:
    """A name that nothing has is answered with those spelt alike."""
    assert "large-v3" in refusal(model="large_v3").hint


def test_languages_are_codes_or_names() -> None:
    """A language may be a code, a regional code or an English name, alone or as a list of one."""
    assert read(language="en").options == {"language": "en"}
    assert read(language="German").options == {"language": "de"}
    assert read(languages__=["pt-BR"]).options == {"language": "pt"}
    assert read(language="de", languages__=["en", "de"]).options == {"language": "de"}
    assert read(language="auto").options == read(language=" ").options == {}


def test_wrong_languages_are_refused() -> None:
    """An unknown language, several of them, and a contradiction are each refused."""
    assert refusal(language="klingon").param == "language"
    assert refusal(languages__=["en", "xx"]).param == "languages"
    assert refusal(languages__=["en", "de"]).param == "languages"
    assert refusal(language="en", languages__=["de"]).param == "languages"


def test_the_model_is_told_prompt_and_keywords() -> None:
    """The prompt is the initial prompt, keywords are hotwords."""
    request = read(prompt="Hello, Zoë.", keywords__=["Hansard", "Zagreb"])
    assert request.options == {"initial_prompt": "Hello, Zoë.", "hotwords": "Hansard, Zagreb"}


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_accepted(kind: str) -> None:
    """Each of OpenAI's formats can be asked for."""
    assert read(response_format=kind).response_format == kind


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    """A format that does not exist is refused with a list of those that do."""
    error = refusal(response_format="docx")
    assert error.param == "response_format"
    assert "verbose_json" in error.hint


def test_zero_temperature_is_the_default_way() -> None:
    """A temperature of 0 changes nothing; a higher one is the decoder's; above 1 is refused."""
    assert read(temperature="0").options == read(temperature="0.0").options == {}
    assert read(temperature="0.4").options == {"temperature": 0.4}
    for wrong in ("1.5", "-1", "nan", "inf", "warm"):
        assert refusal(temperature=wrong).param == "temperature"


def test_granularities_need_verbose_json() -> None:
    """Words and segments appear as asked, in verbose JSON only."""
    both = read(response_format="verbose_json", timestamp_granularities__=["word", "segment"])
    assert (both.words, both.segments) == (True, True)
    assert both.options == {"word_timestamps": True}
    words = read(response_format="verbose_json", timestamp_granularities__=["word"])
    assert (words.words, words.segments) == (True, False)
    default = read(response_format="verbose_json")
    assert (default.words, default.segments) == (False, True)
    assert refusal(timestamp_granularities__=["word"]).param == "timestamp_granularities"
    wrong = refusal(response_format="verbose_json", timestamp_granularities__=["letter"])
    assert "word, segment" in wrong.hint


def test_log_probabilities_are_refused() -> None:
    """`include[]=logprobs` is refused by name, because transcripts do not keep them."""
    assert refusal(include__=["logprobs"]).param == "include"


def test_streaming_carries_text_only() -> None:
    """A stream can be asked for with json and text; other formats and tasks cannot be streamed."""
    assert read(stream="true").stream
    assert read(stream="True", response_format="text").stream
    assert read(stream="true", response_format="diarized_json").stream
    assert not read(stream="false", response_format="srt").stream
    assert refusal(stream="true", response_format="srt").param == "stream"
    assert refusal(stream="true", timestamp_type="word").param == "stream"
    assert not read("translate", stream="false").stream
    assert refusal(stream="true", **{"async": "true"}).param == "stream"
    assert refusal(stream="perhaps").param == "stream"


def test_chunking_is_automatic_or_detailed() -> None:
    """`auto`, JSON and flattened fields set the detector; anything else is refused."""
    assert read(chunking_strategy="auto").options == {"vad": True}
    wanted = {
        "vad": True, "vad_threshold": 0.6, "vad_padding_ms": 300, "vad_min_silence_ms": 200,
    }  # fmt: skip
    text = (
        '{"type": "server_vad", "threshold": 0.6, "prefix_padding_ms": 300,'
        ' "silence_duration_ms": 200}'
    )
    assert read(chunking_strategy=text).options == wanted
    flat = {
        "chunking_strategy[type]": "server_vad", "chunking_strategy[threshold]": "0.6",
        "chunking_strategy[prefix_padding_ms]": "300",
        "chunking_strategy[silence_duration_ms]": "200",
    }  # fmt: skip
    assert read(**flat).options == wanted


@pytest.mark.parametrize(
    ("text", "param"),
    [
        ("never", "chunking_strategy"),
        ("[1]", "chunking_strategy"),
        ('{"threshold": 0.5}', "chunking_strategy"),
        ('{"type": "server_vad", "treshold": 0.5}', "chunking_strategy"),
        ('{"type": "server_vad", "threshold": 2}', "chunking_strategy[threshold]"),
        ('{"type": "server_vad", "threshold": null}', "chunking_strategy[threshold]"),
        ('{"type": "server_vad", "silence_duration_ms": -1}',
         "chunking_strategy[silence_duration_ms]"),
    ],
)  # fmt: skip
def test_wrong_chunking_is_refused(text: str, param: str) -> None:
    """Each wrong part of the strategy is named."""
    assert refusal(chunking_strategy=text).param == param


def test_fields_of_insanely_fast_whisper_are_honoured() -> None:
    """What means the same here is done: words in JSON, batches, windows, the detector."""
    request = read(
        timestamp_type="word", batch_size="24", chunk_length="20", vad="true",
        vad_threshold="0.35", stabilize="false", demucs="0", task="transcribe",
    )  # fmt: skip
    assert request.words
    assert request.options == {
        "batch_size": 24, "window": 20.0, "vad": True, "vad_threshold": 0.35,
        "word_timestamps": True,
    }  # fmt: skip
    assert read(timestamp_type="chunk") == read()
    assert read(return_timestamps="word").words
    assert read(return_timestamps="False") == read()
    assert not read(return_timestamps="true", response_format="srt").words
    assert read(task="translate").task == "translate"


def test_what_that_service_does_and_hansard_does_not_is_refused() -> None:
    """Switches without a meaning here may be off, not on; numbers keep that service's limits."""
    assert refusal(stabilize="true").param == "stabilize"
    assert refusal(demucs="true").param == "demucs"
    assert refusal(batch_size="33").param == refusal(batch_size="0").param == "batch_size"
    assert refusal(chunk_length="0").param == "chunk_length"
    assert refusal(timestamp_type="letter").param == "timestamp_type"
    assert refusal(return_timestamps="true").param == "return_timestamps"
    assert refusal(return_timestamps="false", response_format="vtt").param == "return_timestamps"
    assert refusal("translate", task="transcribe").param == "task"


def test_hansards_own_settings_are_taken_by_name() -> None:
    """Settings for decoding can be sent as they are called everywhere."""
    request = read(beam_size="1", condition_on_previous_text="true", longest_gap="2.5")
    assert request.options == {
        "beam_size": 1, "condition_on_previous_text": True, "longest_gap": 2.5,
    }  # fmt: skip
    assert refusal(beam_size="100").param == "beam_size"
    assert read(clip="1:00-2:00", max_line_width="30").options == {
        "clip": "1:00-2:00", "max_line_width": 30,
    }  # fmt: skip
    assert refusal(clip="backwards").param == "clip"
    assert refusal(max_duration="604800").param == "max_duration"


@pytest.mark.parametrize("name", ["device", "threads", "cpu_fallback", "data_dir", "hf_token"])
def test_how_the_service_works_is_not_for_clients(name: str) -> None:
    """Settings that decide where and how the service works cannot be sent."""
    assert refusal(**{name: "1"}).reason == "unknown_parameter"


def test_two_words_for_one_setting_must_agree() -> None:
    """The same setting asked for twice is accepted where it agrees with itself, else refused."""
    assert read(vad_threshold="0.5", chunking_strategy="auto").options["vad_threshold"] == 0.5
    assert refusal(prompt="a", initial_prompt="b").param == "initial_prompt"
    assert refusal(vad="false", chunking_strategy="auto").param == "vad"
    assert refusal(timestamp_type="word", word_timestamps="false").param == "word_timestamps"


def test_an_unknown_field_is_refused_with_a_guess() -> None:
    """A field that nobody knows is refused by name, with what is spelt alike."""
    error = refusal(temprature="0")
    assert (error.param, error.reason) == ("temprature", "unknown_parameter")
    assert "temperature" in error.hint
    assert refusal(zzzz="").param == "zzzz"


def test_a_field_that_comes_twice_is_refused() -> None:
    """A field that may come once does not silently win or lose."""
    assert refusal(language=["en", "de"]).param == "language"


@pytest.mark.parametrize(
    "fields",
    [{"stream": "true"}, {"timestamp_granularities__": ["word"]}, {"chunking_strategy": "auto"},
     {"chunking_strategy[type]": "server_vad"}, {"keywords__": ["x"]}, {"languages__": ["de"]}],
)  # fmt: skip
def test_translations_have_fewer_fields(fields: dict[str, Any]) -> None:
    """What OpenAI's translations do not have is refused by name."""
    error = refusal("translate", **fields)
    assert error.param == next(iter(fields)).removesuffix("__").partition("[")[0]


def test_gpt_transcribe_lists_languages() -> None:
    """The model that lists languages at OpenAI makes them listed here."""
    assert read(model="gpt-transcribe").languages
    assert not read(model="gpt-4o-transcribe").languages


words = st.text(max_size=20)
names = st.sampled_from(sorted(FIELDS.union(choosable()))) | words


@given(
    form=st.dictionaries(names, st.lists(words, max_size=3), max_size=6),
    task=st.sampled_from(["transcribe", "translate"]),
)
def test_any_form_is_read_or_refused(form: dict[str, list[str]], task: Task) -> None:
    """Whatever is sent, there is a request whose options are settings, or a refusal by name."""
    with suppress(ParameterError):
        request = read_request(form, task, SERVER, is_folder)
        assert set(request.options) <= set(declared())
        Options(**request.options)


def sent_by(call: Callable[[openai.OpenAI], object]) -> Mapping[str, list[str]]:
    """The text fields that OpenAI's own client sends."""
    bodies: list[tuple[bytes, str]] = []

    def transport(request: httpx2.Request) -> httpx2.Response:
        bodies.append((request.read(), request.headers["content-type"]))
        return httpx2.Response(200, json={"text": ""})

    with httpx2.Client(transport=httpx2.MockTransport(transport)) as http:
        call(openai.OpenAI(api_key="k", base_url="http://127.0.0.1/v1", http_client=http))
    body, kind = bodies[0]
    boundary = parse_options_header(kind)[1]["boundary"]
    fields: dict[str, list[str]] = {}
    for part in parts_of(body, boundary):
        if not part.filename:
            fields.setdefault(part.name, []).append(part.value)
        part.close()
    return fields


def parts_of(body: bytes, boundary: str) -> Iterator[Any]:
    yield from MultipartParser(BytesIO(body), boundary)


def test_what_openais_client_sends_is_understood() -> None:
    """Arrays, objects and switches arrive as the official package writes them."""
    fields = sent_by(
        lambda client: client.audio.transcriptions.create(
            file=("a.wav", b"RIFF"),
            model="gpt-4o-transcribe",
            language="en",
            prompt="Names: Ada.",
            response_format="verbose_json",
            temperature=0.2,
            timestamp_granularities=["word", "segment"],
            keywords=["Ada", "Zagreb"],
            languages=["en"],
            chunking_strategy={"type": "server_vad", "threshold": 0.4, "silence_duration_ms": 300},
            stream=False,
        )
    )
    assert read_request(fields, "transcribe", SERVER, is_folder) == SpeechRequest(
        task="transcribe",
        response_format="verbose_json",
        words=True,
        options={
            "language": "en", "initial_prompt": "Names: Ada.", "hotwords": "Ada, Zagreb",
            "temperature": 0.2, "vad": True, "vad_threshold": 0.4, "vad_min_silence_ms": 300,
            "word_timestamps": True,
        },
    )  # fmt: skip
    streamed = sent_by(
        lambda client: client.audio.transcriptions.create(
            file=("a.wav", b"RIFF"), model="gpt-transcribe", stream=True, chunking_strategy="auto"
        )
    )
    assert read_request(streamed, "transcribe", SERVER, is_folder).stream
