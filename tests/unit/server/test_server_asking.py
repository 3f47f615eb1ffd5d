"""What the fields of a submission mean."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import UnknownNameError, UsageError
from hansard.jobs.values import Priority
from hansard.server.api.asking import (
    FEATURES,
    check_speaker_engine,
    choosable,
    read_asked,
    read_idempotency_key,
)
from hansard.server.forms import Form
from hansard.settings import Options, override

SERVER = Options()


def form(**fields: str | list[str]) -> Form:
    return Form({k: tuple(v) if isinstance(v, list) else (v,) for k, v in fields.items()})


def test_nothing_but_a_file_asks_for_the_clean_transcript() -> None:
    """The defaults are those of the service."""
    asked = read_asked(form(), SERVER)
    assert asked.request == {
        "options": {},
        "features": ["clean_transcript"],
        "task": "transcribe",
    }
    assert asked.priority is Priority.NORMAL
    assert not asked.ephemeral


@pytest.mark.parametrize(
    "values",
    [
        ["raw_transcript", "enhancement_metrics"],
        ["raw_transcript,enhancement_metrics"],
        ['["raw_transcript", "enhancement_metrics"]'],
        ["raw_transcript", " enhancement_metrics,raw_transcript "],
    ],
)
def test_features_come_in_every_usual_form(values: list[str]) -> None:
    """Repeated, with commas, or as JSON; each counts once."""
    asked = read_asked(form(features=values), SERVER)
    assert asked.features == ("raw_transcript", "enhancement_metrics")


def test_settings_are_checked_and_kept_as_json() -> None:
    """Numbers, switches, lists and names become what they are in every other source."""
    asked = read_asked(
        form(
            beam_size="3",
            vad="no",
            vad_threshold="0.25",
            language="German",
            suppress_tokens="1, 2,3",
            initial_prompt="Ada, Grace",
            task="translate",
            max_line_width="32",
            model="demo",
            clip="0:10-0:20",
        ),
        SERVER,
    )
    assert asked.options == {
        "model": "demo",
        "beam_size": 3,
        "vad": False,
        "vad_threshold": 0.25,
        "language": "de",
        "suppress_tokens": [1, 2, 3],
        "initial_prompt": "Ada, Grace",
        "task": "translate",
        "max_line_width": 32,
        "clip": "0:10-0:20",
    }
    assert asked.request["task"] == "translate"
    assert msgspec.json.decode(msgspec.json.encode(asked.request)) == asked.request
    assert override(SERVER, asked.options).beam_size == 3


def test_other_services_names_are_understood() -> None:
    """Those that the job API's clients bring along."""
    asked = read_asked(
        form(asr_backend="faster-whisper", enable_vad="true", enable_diarization="false"), SERVER
    )
    assert asked.options == {"engine": "faster-whisper", "vad": True, "diarize": False}
    assert read_asked(form(callback_url="https://x.org/h"), SERVER).webhook_url == "https://x.org/h"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"beam": "3"}, "no field 'beam'"),
        ({"hf_token": "x"}, "no field 'hf_token'"),
        ({"device": "cuda"}, "no field 'device'"),
        ({"data_dir": "/"}, "no field 'data_dir'"),
        ({"beam_size": "0"}, "beam_size = '0'"),
        ({"beam_size": "lots"}, "beam_size = 'lots'"),
        ({"vad_threshold": "nan"}, "vad_threshold"),
        ({"vad_threshold": ["0.5", "0.6"]}, "given 2 times"),
        ({"language": "klingon"}, "unknown language"),
        ({"clip": "9-1"}, "not after"),
        ({"channel": "middle"}, "channel"),
        ({"suppress_tokens": "[1"}, "no JSON"),
        ({"suppress_tokens": "a"}, "suppress_tokens"),
        ({"features": "poem"}, "no feature 'poem'"),
        ({"features": '["raw_transcript", 7]'}, "no feature '7'"),
        ({"priority": "interactive"}, "priority"),
        ({"ephemeral": "perhaps"}, "ephemeral"),
        ({"max_duration": "100000"}, "more than the 86400"),
        ({"min_duration": "0.05"}, "less than the 0.1"),
        ({"task": "sing"}, "task"),
        ({"subtitle_profile": "cinema"}, "subtitle_profile"),
        ({"num_speakers": "0"}, "num_speakers = '0'"),
        ({"num_speakers": "65"}, "num_speakers = '65'"),
        ({"min_speakers": "3", "max_speakers": "2"}, "min_speakers = 3 is more than"),
        ({"num_speakers": "4", "max_speakers": "2"}, "num_speakers = 4 is not within"),
        ({"diarize": "false", "num_speakers": "2"}, "num_speakers asks for speakers"),
        ({"diarize": "no", "channel_speakers": "yes"}, "channel_speakers asks for speakers"),
        ({"channel_speakers": "1", "channel": "left"}, "channel chooses one channel"),
        ({"align": "guess"}, "align = 'guess'"),
        ({"embedding_model": "x"}, "no field 'embedding_model'"),
        ({"align_model": "x"}, "no field 'align_model'"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    fields: dict[str, str | list[str]], said: str
) -> None:
    """Nothing is ignored, and nothing that is the operator's can be set."""
    with pytest.raises(UsageError, match=said.replace("[", r"\[")):
        read_asked(form(**fields), SERVER)


def test_speakers_and_word_times_are_asked_for_by_name() -> None:
    """Every option about speakers is taken, and checked, as in every other source."""
    asked = read_asked(
        form(
            enable_diarization="true",
            min_speakers="2",
            max_speakers="4",
            speaker_engine="baseline",
            speaker_margin="0.1",
            align="ctc",
        ),
        SERVER,
    )
    assert asked.options == {
        "diarize": True,
        "min_speakers": 2,
        "max_speakers": 4,
        "speaker_engine": "baseline",
        "speaker_margin": 0.1,
        "align": "ctc",
    }
    assert override(SERVER, asked.options).wants_speakers
    exact = read_asked(form(num_speakers="3", min_speakers="3", max_speakers="3"), SERVER)
    assert override(SERVER, exact.options).wants_speakers


def test_only_installed_speaker_engines_can_be_named() -> None:
    """`auto` and those that are installed; others are refused with a list."""
    for name in ("auto", "baseline"):
        check_speaker_engine(name)
    with pytest.raises(UnknownNameError, match="no speaker engine") as caught:
        check_speaker_engine("a\nb")
    assert "baseline" in caught.value.hint
    assert str(caught.value).isprintable()


def test_names_of_known_voices_are_the_operators() -> None:
    """A client may do without the names of enrolled voices, not ask for them where they are off."""
    assert read_asked(form(voice_profiles="false"), SERVER).options == {"voice_profiles": False}
    quiet = Options(voice_profiles=False)
    assert read_asked(form(voice_profiles="false"), quiet).options == {"voice_profiles": False}
    with pytest.raises(UsageError, match="does not tell the names"):
        read_asked(form(voice_profiles="true"), quiet)


def test_a_slip_of_the_pen_gets_a_hint() -> None:
    """The nearest name is told."""
    with pytest.raises(UsageError) as caught:
        read_asked(form(vad_treshold="0.5"), SERVER)
    assert caught.value.hint == "did you mean vad_threshold?"


@pytest.mark.parametrize(
    "fields",
    [
        {"features": "summary"},
        {"features": "raw_transcript,summary"},
        {"features": "raw_transcript", "template_id": "generic_v1"},
    ],
)
def test_a_summary_needs_a_template_and_a_template_a_summary(fields: dict[str, str]) -> None:
    """One without the other would be accepted and ignored."""
    with pytest.raises(UsageError, match="template_id"):
        read_asked(form(**fields), SERVER)


def test_a_template_alone_asks_for_clean_text_and_a_summary() -> None:
    """The usual wish needs one field; the template is stored with the job."""
    asked = read_asked(form(template_id="generic_v1", summary_temperature="0.1"), SERVER)
    assert asked.features == ("clean_transcript", "summary")
    assert asked.request["template_id"] == "generic_v1"
    assert asked.request["options"] == {"summary_temperature": 0.1}


@pytest.mark.parametrize("name", ["llm_url", "llm_key", "llm_model", "templates_dir"])
def test_clients_do_not_choose_where_text_is_sent(name: str) -> None:
    """Addresses, keys and folders are the operator's."""
    with pytest.raises(UsageError, match=name):
        read_asked(form(**{name: "http://127.0.0.1/v1"}), SERVER)


def test_blank_fields_are_as_if_they_were_not_there() -> None:
    """Browsers send every field of a form."""
    asked = read_asked(form(language="", beam_size=" ", priority="", template_id=""), SERVER)
    assert asked.options == {}


def test_every_choosable_setting_is_a_setting() -> None:
    """Those of placement, storage and secrets are not among them."""
    names = set(choosable())
    assert {"beam_size", "vad", "language", "window", "guards", "clip", "max_line_width"} <= names
    assert not names & {"device", "threads", "hf_token", "data_dir", "redis_url", "aliases", "port"}
    assert len(names) > 30


@given(st.dictionaries(st.sampled_from([*choosable(), *FEATURES, "x"]), st.text(max_size=20)))
def test_any_text_is_understood_or_refused(fields: dict[str, str]) -> None:
    """No text of a field ends in any other error, and what is accepted is JSON."""
    try:
        asked = read_asked(form(**fields), SERVER)
    except UsageError as error:
        refusal = str(error)
    else:
        refusal = "none"
        assert msgspec.json.decode(msgspec.json.encode(asked.request)) == asked.request
    assert refusal.isprintable()


def test_idempotency_keys_are_short_and_plain() -> None:
    """They are compared, kept and shown."""
    assert read_idempotency_key(None) is None
    assert read_idempotency_key("a-1") == "a-1"
    for text in ("", "a b", "ä", "x" * 256, "a\n"):
        with pytest.raises(UsageError):
            read_idempotency_key(text)
