"""Faults that would make a package useless are told before it is made."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hansard.errors import ModelDamagedError, ModelError
from hansard.models.hub.lookup import bundled_folder
from hansard.testing.checkpoints import Files, random_checkpoint
from hansard.training.packaging.checks import check, check_converted, find_faults, read_checkpoint

Change = Callable[[dict[str, Any]], object]
HF = Files(layout="transformers")


@pytest.fixture
def english(tmp_path: Path) -> Path:
    """The bundled model."""
    return Path(shutil.copytree(bundled_folder("transformers"), tmp_path / "english"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A multilingual checkpoint."""
    return random_checkpoint(tmp_path_factory.mktemp("made") / "many", files=HF)


@pytest.fixture
def many(made: Path, tmp_path: Path) -> Path:
    """A copy of the multilingual checkpoint."""
    return Path(shutil.copytree(made, tmp_path / "many"))


def edit(path: Path, change: Change) -> None:
    """Change a JSON file."""
    told = json.loads(path.read_bytes())
    change(told)
    path.write_text(json.dumps(told))


def faults(folder: Path) -> str:
    """Everything that is wrong, as one text."""
    return "\n".join(fault.message for fault in find_faults(read_checkpoint(folder)))


def test_whole_checkpoints_have_no_faults(english: Path, many: Path) -> None:
    """The bundled English model and a multilingual one pass."""
    for folder in (english, many):
        check(read_checkpoint(folder), "it")
    assert not read_checkpoint(english).is_multilingual
    assert read_checkpoint(many).is_multilingual
    assert read_checkpoint(english).heads == ((1, 0), (1, 2), (2, 2))


def add_token(told: dict[str, Any]) -> None:
    """What `tokenizer.add_tokens` does wrong: every timestamp moves by one."""
    for token in told["added_tokens"]:
        if token["content"].startswith("<|") and token["content"][2].isdigit():
            token["id"] += 1


def without(name: str) -> Change:
    """Take a token out of a tokeniser."""

    def change(told: dict[str, Any]) -> None:
        told["added_tokens"] = [t for t in told["added_tokens"] if t["content"] != name]

    return change


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("tokenizer.json", add_token, "<|0.00|> has the id 1108"),
        ("tokenizer.json", without("<|startofprev|>"), "has no <|startofprev|>"),
        ("tokenizer.json", without("<|notimestamps|>"), "has no <|notimestamps|>"),
        ("config.json", lambda t: t.update(vocab_size=2607), "timestamps end at 2608"),
        ("config.json", lambda t: t.update(vocab_size=2700), "room for 2608 tokens"),
        (
            "generation_config.json",
            lambda t: t.update(no_timestamps_token_id=1105),
            "no_timestamps_token_id is 1105",
        ),
        ("generation_config.json", lambda t: t.pop("eos_token_id"), "has no eos_token_id"),
        (
            "generation_config.json",
            lambda t: t.update(decoder_start_token_id=50258),
            "decoder_start_token_id is 50258",
        ),
        (
            "generation_config.json",
            lambda t: t.update(alignment_heads=[[9, 0]]),
            "layer 9, head 0, and the model has 3 layers of 3 heads",
        ),
        ("generation_config.json", lambda t: t.update(alignment_heads=[1]), "no pairs"),
        ("preprocessor_config.json", lambda t: t.update(feature_size=128), "makes 128 bands"),
    ],
)
def test_each_fault_is_told(english: Path, file: str, change: Change, said: str) -> None:
    """One file that is of another Whisper, or was spoilt, is named with what is wrong in it."""
    edit(english / file, change)
    assert said in faults(english)
    with pytest.raises(ModelDamagedError, match="it: ") as caught:
        check(read_checkpoint(english), "it")
    assert caught.value.hint


def shift(told: dict[str, Any]) -> None:
    """The language table of a Whisper with one language more, such as large-v3."""
    told["lang_to_id"] = {name: number + 1 for name, number in told["lang_to_id"].items()}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (shift, "gives <|en|> the id"),
        (lambda t: t.pop("lang_to_id"), "no lang_to_id or task_to_id"),
        (lambda t: t["task_to_id"].update(transcribe=5), "gives <|transcribe|> the id 5"),
        (lambda t: t.update(language="xx"), "names the language 'xx'"),
    ],
)
def test_faults_of_languages_are_told(many: Path, change: Change, said: str) -> None:
    """Languages and tasks of another table would be prompted for with the wrong tokens."""
    edit(many / "generation_config.json", change)
    assert said in faults(many)


def test_a_language_may_be_written_in_both_ways(many: Path) -> None:
    """`hr` and `<|hr|>` are the same."""
    for code in ("hr", "<|hr|>"):
        edit(many / "generation_config.json", lambda told, code=code: told.update(language=code))
        assert not faults(many)
        assert read_checkpoint(many).language == "hr"


def test_a_tokeniser_without_timestamps_must_end_where_they_begin(english: Path) -> None:
    """As OpenAI's first ones did: the converter then adds them after the last token."""

    def cut(told: dict[str, Any]) -> None:
        told["added_tokens"] = [t for t in told["added_tokens"] if t["id"] < 1107]

    edit(english / "tokenizer.json", cut)
    assert not faults(english)
    extra = {"id": 1107, "content": "<|new|>", "special": True}
    edit(english / "tokenizer.json", lambda told: told["added_tokens"].append(extra))
    assert "1108 tokens where 1107 come" in faults(english)


@pytest.mark.parametrize(
    "name", ["config.json", "generation_config.json", "tokenizer.json", "preprocessor_config.json"]
)
def test_missing_and_broken_files_are_named(english: Path, name: str) -> None:
    """A file that is absent, is no JSON or is a list is named."""
    for content in ("[]", "{", None):
        (english / name).unlink() if content is None else (english / name).write_text(content)
        with pytest.raises(ModelDamagedError, match=name):
            read_checkpoint(english)


@pytest.mark.parametrize("content", ["{}", '{"model": {"vocab": [["a", 0.1]]}}'])
def test_another_kind_of_tokeniser_is_told(english: Path, content: str) -> None:
    """A tokeniser that is no byte-pair encoding with special tokens is none of a Whisper."""
    (english / "tokenizer.json").write_text(content)
    with pytest.raises(ModelDamagedError, match="none of a Whisper"):
        read_checkpoint(english)


def test_other_models_are_refused(english: Path) -> None:
    """A model that is no Whisper cannot be packaged."""
    edit(english / "config.json", lambda told: told.update(model_type="wav2vec2"))
    with pytest.raises(ModelError, match="wav2vec2"):
        read_checkpoint(english)


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\x10\x00\x00\x00\x00\x00\x00\x00not json"])
def test_broken_weights_are_told(english: Path, content: bytes) -> None:
    """A safetensors file whose header cannot be read is damaged."""
    (english / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelDamagedError, match=r"model\.safetensors"):
        read_checkpoint(english)


def test_a_conversion_must_keep_timestamps_and_heads(english: Path, tmp_path: Path) -> None:
    """The bundled conversion passes; one with moved tokens or without heads does not."""
    checkpoint = read_checkpoint(english)
    ct2 = Path(shutil.copytree(bundled_folder("ctranslate2"), tmp_path / "ct2"))
    check_converted(ct2, checkpoint)
    edit(ct2 / "config.json", lambda told: told.pop("alignment_heads"))
    with pytest.raises(ModelDamagedError, match="alignment heads"):
        check_converted(ct2, checkpoint)
    pieces = json.loads((ct2 / "vocabulary.json").read_bytes())
    (ct2 / "vocabulary.json").write_text(json.dumps(["<|extra|>", *pieces]))
    with pytest.raises(ModelDamagedError, match=r"where <\|0\.00\|> belongs"):
        check_converted(ct2, checkpoint)
