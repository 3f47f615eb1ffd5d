"""Which files make up a model."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import ModelDamagedError, ModelError
from hansard.models.hub.contents import INDEX, check_index, check_magic, choose

CT2 = {"model.bin", "config.json", "tokenizer.json", "vocabulary.json"}
HF = {"model.safetensors", "config.json", "tokenizer.json"}
NOISE = {"README.md", ".gitattributes", "flax_model.msgpack", "tf_model.h5", "run.py", "a.onnx"}


def test_only_what_is_needed_is_chosen() -> None:
    """Weights, configuration, tokeniser and vocabulary are taken; everything else stays."""
    wanted = CT2 | {"preprocessor_config.json", "generation_config.json", "hansard.json"}
    contents = choose(wanted | NOISE | {"pytorch_model.bin"}, "ctranslate2", "x")
    assert contents.layout == "ctranslate2"
    assert contents.weights == ("model.bin",)
    assert set(contents.files) == wanted


def test_the_wanted_layout_is_preferred() -> None:
    """Where both layouts are there, the one that is asked for is chosen."""
    assert choose(CT2 | HF, "ctranslate2", "x").weights == ("model.bin",)
    assert choose(CT2 | HF, "transformers", "x").weights == ("model.safetensors",)


def test_safetensors_stand_in_for_ctranslate2() -> None:
    """Where CTranslate2 is wanted and only safetensors are there, those are chosen."""
    assert choose(HF, "ctranslate2", "x").layout == "transformers"


def test_one_file_is_taken_before_shards_and_variants() -> None:
    """A whole file is enough; shards and other precisions beside it are not fetched."""
    names = HF | {
        INDEX,
        "model-00001-of-00002.safetensors",
        "model.fp32-00001-of-00002.safetensors",
    }
    assert choose(names, "transformers", "x").weights == ("model.safetensors",)


def test_shards_are_taken_all() -> None:
    """Without a whole file all shards and their index are taken."""
    shards = {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}
    contents = choose((HF - {"model.safetensors"}) | shards | {INDEX}, "transformers", "x")
    assert set(contents.weights) == shards
    assert INDEX in contents.files


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "x.ckpt"])
def test_pickled_weights_are_refused(name: str) -> None:
    """Weights that can run code when opened are refused, and the hint names a way."""
    with pytest.raises(ModelError, match="pickled") as caught:
        choose({name, "config.json", "tokenizer.json"}, "ctranslate2", "'o/r'")
    assert "safetensors" in caught.value.hint


def test_ctranslate2_alone_cannot_serve_another_engine() -> None:
    """Safetensors cannot be made from CTranslate2; the message says so."""
    with pytest.raises(ModelError, match="only CTranslate2"):
        choose(CT2, "transformers", "x")


def test_nothing_is_refused_by_name() -> None:
    """A folder without weights is named in the message."""
    with pytest.raises(ModelError, match="'empty' holds no model"):
        choose(NOISE, "ctranslate2", "'empty'")


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "vocabulary.json"])
def test_an_incomplete_ctranslate2_model_is_refused(missing: str) -> None:
    """Each file that the engine would look for elsewhere must be there."""
    with pytest.raises(ModelDamagedError, match=missing):
        choose(CT2 - {missing}, "ctranslate2", "x")


def test_either_form_of_vocabulary_and_tokeniser_will_do() -> None:
    """vocabulary.txt replaces vocabulary.json; vocab.json with merges.txt a tokenizer.json."""
    assert choose(CT2 - {"vocabulary.json"} | {"vocabulary.txt"}, "ctranslate2", "x")
    assert choose(HF - {"tokenizer.json"} | {"vocab.json", "merges.txt"}, "transformers", "x")
    with pytest.raises(ModelDamagedError, match="tokeniser"):
        choose(HF - {"tokenizer.json"} | {"vocab.json"}, "transformers", "x")


@given(st.sets(st.sampled_from(sorted(CT2 | HF | NOISE | {"pytorch_model.bin", "x.pt"}))))
def test_no_pickle_is_ever_chosen(names: set[str]) -> None:
    """Whatever lies there, only known files of it are chosen, and weights are among them."""
    for wanted in ("ctranslate2", "transformers"):
        try:
            contents = choose(names, wanted, "x")  # type: ignore[arg-type]
        except ModelError:
            continue
        assert set(contents.files) <= names
        assert contents.weights
        assert not {"pytorch_model.bin", "x.pt", *NOISE} & set(contents.files)


def test_an_index_must_be_complete() -> None:
    """A shard that the index names and that is missing is named."""
    index = json.dumps({"weight_map": {"a": "one", "b": "two"}}).encode()
    check_index(index, {"one", "two"}, "x")
    with pytest.raises(ModelDamagedError, match="'two'"):
        check_index(index, {"one"}, "x")


@pytest.mark.parametrize("index", [b"", b"[]", b"{}", b'{"weight_map": 3}', b"\xff"])
def test_an_unreadable_index_is_damage(index: bytes) -> None:
    """An index that is not one is reported, not stumbled over."""
    with pytest.raises(ModelDamagedError, match="cannot be read"):
        check_index(index, {"one"}, "x")


def test_a_model_bin_of_another_kind_is_refused() -> None:
    """Pickles, zip archives and web pages called model.bin are told by their first bytes."""
    check_magic(b"\x06\x00\x00\x00", "x")
    for start in (pickle.dumps({}), b"PK\x03\x04", b"<html>", b"", b"\x00\x00\x00\x00"):
        with pytest.raises(ModelDamagedError, match="CTranslate2"):
            check_magic(start, "x")
