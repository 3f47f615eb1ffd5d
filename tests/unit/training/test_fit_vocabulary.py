"""The special tokens of Whispers of all kinds."""

import json
import shutil
from pathlib import Path

import pytest
from fit_cases import DEMO, demo_vocabulary, make_multilingual, rewrite

from hansard.errors import ModelDamagedError
from hansard.training.fitting.vocabulary import read_vocabulary


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the demo model's small files."""
    for name in ("tokenizer.json", "config.json", "generation_config.json"):
        shutil.copy(DEMO / name, tmp_path / name)
    return tmp_path


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_multilingual(tmp_path_factory.mktemp("many"))


def test_a_model_of_english_alone_names_no_language_and_no_task() -> None:
    """The demo model's tokens are those of its own files."""
    vocabulary = demo_vocabulary()
    told = json.loads((DEMO / "generation_config.json").read_bytes())
    assert vocabulary.start == told["decoder_start_token_id"]
    assert vocabulary.end == told["eos_token_id"]
    assert vocabulary.previous == told["prev_sot_token_id"]
    assert vocabulary.no_timestamps == told["no_timestamps_token_id"]
    assert vocabulary.first_timestamp == vocabulary.no_timestamps + 1
    assert not vocabulary.is_multilingual
    assert (vocabulary.transcribe, vocabulary.translate) == (None, None)
    assert vocabulary.longest == 448


def test_text_survives_tokens_but_for_the_space_that_none_may_begin_with() -> None:
    """A lone space in front is left out; where a word's token holds its space, that stays."""
    vocabulary = demo_vocabulary()
    space = vocabulary.encode(" ")
    assert len(space) == 1
    assert vocabulary.encode(" Željko")[:1] == space
    assert vocabulary.encode_text("Željko, ćao!") == vocabulary.encode(" Željko, ćao!")[1:]
    assert vocabulary.decode(vocabulary.encode_text("Željko, ćao!")) == "Željko, ćao!"
    the = vocabulary.encode_text("  The end ")
    assert the == vocabulary.encode(" The end")
    assert the[:1] != space
    assert vocabulary.encode_text("") == space


def test_times_are_the_nearest_tokens_within_the_window() -> None:
    """Steps of 20 ms from 0 to 30 s; what lies outside goes to the nearer end."""
    vocabulary = demo_vocabulary()
    first = vocabulary.first_timestamp
    times = [(0.0, 0), (0.009, 0), (0.011, 1), (2.4, 120), (29.995, 1500), (30.0, 1500)]
    times += [(99.0, 1500), (-1.0, 0)]
    assert [vocabulary.timestamp(time) - first for time, _ in times] == [n for _, n in times]
    assert vocabulary.decode([vocabulary.timestamp(30.0)]) in {"", "<|30.00|>"}


def test_only_real_marks_in_a_text_are_found() -> None:
    """What looks like a mark, and is none of this model's, is text."""
    vocabulary = demo_vocabulary()
    assert vocabulary.find_mark("so <|oops|> it <|endoftext|> ends") == "<|endoftext|>"
    assert vocabulary.find_mark("at <|2.40|> sharp") == "<|2.40|>"
    assert vocabulary.find_mark("a < b | c > d, <|oops|>") == ""


def test_languages_come_from_the_generation_config(multilingual: Path) -> None:
    """Ninety-nine languages, each with the id that the checkpoint gives it."""
    vocabulary = read_vocabulary(multilingual)
    told = json.loads((multilingual / "generation_config.json").read_bytes())
    assert vocabulary.is_multilingual
    assert len(vocabulary.languages) == 99
    assert vocabulary.languages["hr"] == told["lang_to_id"]["<|hr|>"]
    assert vocabulary.transcribe == told["task_to_id"]["transcribe"]
    assert vocabulary.translate == told["task_to_id"]["translate"]


def test_languages_are_found_where_the_generation_config_is_silent(
    multilingual: Path, tmp_path: Path
) -> None:
    """Of an old checkpoint, the tokens between start and tasks are its languages."""
    for name in ("tokenizer.json", "config.json", "generation_config.json"):
        shutil.copy(multilingual / name, tmp_path / name)
    rewrite(tmp_path / "generation_config.json", lang_to_id=None, is_multilingual=None)
    assert read_vocabulary(tmp_path).languages == read_vocabulary(multilingual).languages
    (tmp_path / "generation_config.json").unlink()
    assert read_vocabulary(tmp_path).languages == read_vocabulary(multilingual).languages


def test_a_hundredth_language_moves_all_that_follows_it(multilingual: Path, tmp_path: Path) -> None:
    """In large-v3's table, with Cantonese, tasks and timestamps have other ids than before."""
    before = read_vocabulary(multilingual)
    content = json.loads((multilingual / "tokenizer.json").read_bytes())
    added = content["added_tokens"]
    place = next(n for n, token in enumerate(added) if token["content"] == "<|translate|>")
    added.insert(place, {**added[place], "content": "<|yue|>"})
    for number, token in enumerate(added, start=added[0]["id"]):
        token["id"] = number
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    shutil.copy(multilingual / "config.json", tmp_path)
    rewrite(tmp_path / "config.json", vocab_size=before.first_timestamp + 1502)
    after = read_vocabulary(tmp_path)
    assert len(after.languages) == 100
    assert after.languages["yue"] == before.translate
    assert after.languages["hr"] == before.languages["hr"]
    moved = [after.translate, after.transcribe, after.previous, after.no_speech]
    stood = [before.translate, before.transcribe, before.previous, before.no_speech]
    assert moved == [number + 1 for number in stood if number is not None]
    assert after.first_timestamp == before.first_timestamp + 1
    assert after.timestamp(30.0) == after.first_timestamp + 1500


def test_the_old_name_of_the_silence_token_is_known(copied: Path) -> None:
    """Transformers once wrote <|nocaptions|> for <|nospeech|>."""
    path = copied / "tokenizer.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("<|nospeech|>", "<|nocaptions|>"), encoding="utf-8")
    assert read_vocabulary(copied).no_speech == demo_vocabulary().no_speech


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("tokenizer.json", None, "cannot be read"),
        ("tokenizer.json", b"{", "cannot be read"),
        ("tokenizer.json", b'{"model": {"type": "BPE"}}', "cannot be read"),
        ("config.json", None, "cannot be read"),
        ("config.json", b"not json", "cannot be read"),
        ("generation_config.json", b"[1", "cannot be read"),
    ],
)
def test_broken_files_are_one_clear_error(
    copied: Path, name: str, content: bytes | None, told: str
) -> None:
    """A file that is missing or damaged is named, with its folder."""
    if content is None:
        (copied / name).unlink()
    else:
        (copied / name).write_bytes(content)
    with pytest.raises(ModelDamagedError, match=told) as caught:
        read_vocabulary(copied)
    assert str(copied) in str(caught.value)


@pytest.mark.parametrize("mark", ["<|startofprev|>", "<|0.00|>", "<|endoftext|>"])
def test_a_tokeniser_that_is_no_whispers_is_refused(copied: Path, mark: str) -> None:
    """The special token that it lacks is named."""
    path = copied / "tokenizer.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f'"{mark}"', '"<|other|>"'), encoding="utf-8")
    with pytest.raises(ModelDamagedError) as caught:
        read_vocabulary(copied)
    assert mark in str(caught.value)


def test_a_multilingual_model_without_tasks_is_refused(copied: Path) -> None:
    """Where the config says multilingual and the tokeniser has no task, that is the error."""
    rewrite(copied / "generation_config.json", is_multilingual=True)
    path = copied / "tokenizer.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"<|translate|>"', '"<|other|>"'), encoding="utf-8")
    with pytest.raises(ModelDamagedError, match="translate"):
        read_vocabulary(copied)
