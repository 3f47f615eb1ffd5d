"""Which language model the settings mean."""

import pytest

from hansard.errors import SettingError
from hansard.settings import Options, read
from hansard.wiring.writer_settings import describe_writer
from hansard.wiring.writers import choose_writer


def test_without_settings_nothing_but_quotations_is_written() -> None:
    """No address, no model: the extractive way, for both tasks."""
    assert choose_writer("clean", Options()).engine == "extractive"
    assert choose_writer("summary", Options()).engine == "extractive"


def test_an_address_means_a_server_and_a_model_alone_this_process() -> None:
    """`auto` takes what was set."""
    served = Options(llm_url="http://a/v1", llm_model="m")
    assert choose_writer("clean", served).engine == "openai"
    assert choose_writer("clean", Options(llm_model="owner/m")).engine == "transformers"


def test_each_task_may_have_its_own_server_key_and_model() -> None:
    """What a task sets is stronger than what both share."""
    options = Options(
        llm_url="http://a/v1", llm_key="ka", llm_model="a",
        summary_llm_url="http://b/v1", summary_llm_key="kb", summary_llm_model="b",
    )  # fmt: skip
    clean, summary = choose_writer("clean", options), choose_writer("summary", options)
    assert (clean.url, clean.key, clean.model) == ("http://a/v1", "ka", "a")
    assert (summary.url, summary.key, summary.model) == ("http://b/v1", "kb", "b")


def test_a_key_goes_nowhere_but_where_it_was_meant_to_go() -> None:
    """Another address does not get the common key."""
    options = Options(llm_url="http://a/v1", llm_key="ka", clean_llm_url="http://b/v1")
    assert choose_writer("clean", options).key == ""
    assert choose_writer("summary", options).key == "ka"


@pytest.mark.parametrize(
    "options",
    [
        Options(llm_engine="openai"),
        Options(llm_engine="transformers"),
        Options(llm_engine="nothing"),
        Options(llm_url="localhost:8000"),
        Options(llm_url="file:///etc/passwd"),
        Options(llm_url="http://a/v1", llm_dtype="float16"),
        Options(llm_model="owner/m", llm_schema="none"),
    ],
)
def test_settings_that_do_not_go_together_are_told(options: Options) -> None:
    """An engine without its address or model, an engine that is none, an address that is none."""
    with pytest.raises(SettingError):
        choose_writer("summary", options)


def test_the_strongest_level_decides_and_is_named() -> None:
    """A flag, else a setting, else the model, else the server."""
    found = read({"llm_url": "http://a/v1", "summary_temperature": 0.05})
    rows = {row["setting"]: row for row in describe_writer("summary", found)}
    assert (rows["temperature"]["value"], rows["temperature"]["from"]) == (0.05, "flag")
    assert (rows["top_p"]["value"], rows["top_p"]["from"]) == (None, "the server")
    clean = {row["setting"]: row for row in describe_writer("clean", found)}
    assert clean["temperature"]["value"] is None
