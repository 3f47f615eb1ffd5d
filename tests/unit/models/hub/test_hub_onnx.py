"""Models in the layout `onnx`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hansard.errors import ModelDamagedError, ModelError, ModelNotFoundError, ModelNotHereError
from hansard.models.hub import HubOptions
from hansard.models.hub.catalogue import OTHERS, named, of_repo
from hansard.models.hub.contents import choose
from hansard.models.hub.hub import Hub
from hansard.models.hub.opening import onnx_path
from hansard.testing.hub_server import HubServer

MANY = "wespeaker_en_voxceleb_resnet34_LM.onnx"


@pytest.fixture
def server() -> Iterator[HubServer]:
    """A hub with the public models' repositories, as far as names go."""
    with HubServer() as server:
        server.add(
            "csukuangfj/sherpa-onnx-pyannote-segmentation-3-0",
            {"model.onnx": b"seg", "model.int8.onnx": b"small", "README.md": b"", "LICENSE": b""},
        )
        server.add(
            "csukuangfj/speaker-embedding-models",
            {MANY: b"voices", "3dspeaker.onnx": b"other", "README.md": b""},
        )
        server.add(
            "onnx-community/wav2vec2-base-960h-ONNX",
            {
                "onnx/model.onnx": b"aligner",
                "onnx/model_int8.onnx": b"small",
                "vocab.json": b"{}",
                "config.json": b"{}",
            },
        )
        yield server


@pytest.fixture
def hub(server: HubServer, tmp_path: Path) -> Hub:
    """A hub client with an empty store."""
    return Hub(HubOptions(data_dir=tmp_path / "data"), endpoint=server.endpoint)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ({"model.onnx", "other.onnx", "model.int8.onnx"}, "model.onnx"),
        ({"voices.onnx", "voices.int8.onnx"}, "voices.onnx"),
        ({"voices_quantized.onnx", "voices.onnx", "voices-fp16.onnx"}, "voices.onnx"),
        ({"model_int8.onnx"}, "model_int8.onnx"),
        ({"onnx/model.onnx", "onnx/model_q4f16.onnx"}, "onnx/model.onnx"),
        ({"a.onnx", "onnx/model.onnx"}, "a.onnx"),
    ],
)
def test_one_file_is_chosen(names: set[str], chosen: str) -> None:
    """`model.onnx`, else the only one; of lower precision only where there is no other."""
    assert choose(names, "onnx", "x").weights == (chosen,)


def test_what_belongs_to_the_file_comes_with_it() -> None:
    """Weights in a file of their own, vocabulary and configuration are taken; the rest is not."""
    wanted = {
        "model.onnx", "model.onnx_data", "config.json", "vocab.json", "vocab.txt", "tokens.txt",
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "preprocessor_config.json", "hansard.json",
    }  # fmt: skip
    noise = {"README.md", "run.py", "pytorch_model.bin", "model.int8.onnx", "other.onnx_data"}
    contents = choose(wanted | noise, "onnx", "x")
    assert set(contents.files) == wanted
    assert contents.weights == ("model.onnx", "model.onnx_data")


def test_several_files_are_not_guessed_among() -> None:
    """Where nothing says which file is meant, some of them are named."""
    with pytest.raises(ModelError, match=r"holds 2 ONNX files \(a\.onnx, b\.onnx") as caught:
        choose({"a.onnx", "b.onnx"}, "onnx", "x")
    assert "a folder of its own" in caught.value.hint
    assert choose({"a.onnx", "b.onnx"}, "onnx", "x", "b.onnx").weights == ("b.onnx",)


def test_nothing_else_stands_in_for_onnx() -> None:
    """Safetensors cannot be used where ONNX is wanted, and a file that is named must be there."""
    with pytest.raises(ModelError, match="no ONNX file"):
        choose({"model.safetensors", "config.json", "tokenizer.json"}, "onnx", "x")
    with pytest.raises(ModelDamagedError, match=r"no b\.onnx"):
        choose({"a.onnx"}, "onnx", "x", "b.onnx")


def test_a_ctc_model_of_letters_needs_no_merges() -> None:
    """vocab.json with tokenizer_config.json is all the tokeniser that such a model has."""
    names = {"model.safetensors", "config.json", "vocab.json", "tokenizer_config.json"}
    assert choose(names, "transformers", "x").layout == "transformers"


@pytest.mark.parametrize("name", ["demo-segmentation", "demo-voices"])
def test_bundled_models_are_always_here(hub: Hub, server: HubServer, name: str) -> None:
    """They are found by name without the network, verified, and nothing is written."""
    found = hub.find(name, layout="onnx")
    assert found == hub.fetch(name, layout="onnx")
    assert found.layout == "onnx"
    assert onnx_path(found).name == "model.onnx"
    assert found.size == onnx_path(found).stat().st_size
    assert hub.describe(name).path == found.path
    assert hub.describe(name).here
    assert server.requests == []


def test_a_model_is_fetched_and_found_again(hub: Hub, server: HubServer, tmp_path: Path) -> None:
    """Only the file that is used comes, and once."""
    fetched = hub.fetch("pyannote-segmentation-3", layout="onnx")
    assert [sent.name for sent in server.sent] == ["model.onnx"]
    assert fetched.path.parent == tmp_path / "data" / "models"
    assert onnx_path(fetched).read_bytes() == b"seg"
    assert hub.find("pyannote-segmentation-3", layout="onnx") == fetched
    assert hub.verify("pyannote-segmentation-3", layout="onnx") == fetched


def test_a_repository_of_many_gives_the_one_that_is_meant(hub: Hub, server: HubServer) -> None:
    """The catalogue says which file of a repository has the weights."""
    fetched = hub.fetch("wespeaker-resnet34", layout="onnx")
    assert [sent.name for sent in server.sent] == [MANY]
    assert onnx_path(fetched).read_bytes() == b"voices"


def test_a_file_below_the_top_is_fetched_too(hub: Hub, server: HubServer) -> None:
    """Weights in the folder `onnx` of a repository keep their place."""
    fetched = hub.fetch("wav2vec2-en", layout="onnx")
    assert sorted(sent.name for sent in server.sent) == [
        "config.json", "onnx/model.onnx", "vocab.json",
    ]  # fmt: skip
    assert onnx_path(fetched) == fetched.path / "onnx" / "model.onnx"
    assert onnx_path(fetched).read_bytes() == b"aligner"
    assert hub.find("wav2vec2-en", layout="onnx") == fetched


def test_a_users_folder_is_used(hub: Hub, tmp_path: Path) -> None:
    """A folder with one ONNX file in it, whatever its name, is a model."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "titanet.onnx").write_bytes(b"voices")
    (folder / "hansard.json").write_text('{"threshold": 0.5}')
    found = hub.find(str(folder), layout="onnx")
    assert onnx_path(found) == folder / "titanet.onnx"
    assert found.card.threshold == 0.5
    with pytest.raises(ModelNotFoundError):
        hub.find(str(tmp_path / "none"), layout="onnx")


def test_a_model_for_something_else_is_refused(hub: Hub) -> None:
    """An engine for speech is not given a model of voices, nor the other way round."""
    for name in ("wespeaker-resnet34", "demo-voices", "csukuangfj/speaker-embedding-models"):
        with pytest.raises(ModelError, match="tells voices apart") as caught:
            hub.find(name)
        assert not isinstance(caught.value, ModelNotHereError)
    with pytest.raises(ModelError, match="writes down speech"):
        hub.find("demo", layout="onnx")
    with pytest.raises(ModelError, match="hears where people speak"):
        hub.fetch("pyannote-segmentation-3")


def test_what_is_not_here_says_what_to_do(tmp_path: Path) -> None:
    """Offline the bundled model of the same kind is offered."""
    hub = Hub(HubOptions(data_dir=tmp_path, offline=True))
    with pytest.raises(ModelNotHereError, match="offline") as caught:
        hub.fetch("wespeaker-resnet34", layout="onnx")
    assert "--embedding-model demo-voices" in caught.value.hint
    assert "hansard models pull wespeaker-resnet34" in caught.value.hint


def test_the_list_says_what_each_model_is_for(hub: Hub) -> None:
    """Models that do not write down speech are listed with their kind and licence."""
    listed = {one.name: one for one in hub.list()}
    assert listed["small"].kind == "speech"
    assert listed["demo-voices"].kind == "voices"
    assert listed["demo-voices"].here
    assert listed["wespeaker-resnet34"].repo == "csukuangfj/speaker-embedding-models"
    assert "NC" in (listed["mms-aligner"].licence or "")


def test_the_catalogue_is_consistent() -> None:
    """Every entry has a name of its own, a place, and a repository that leads back to it."""
    for entry in OTHERS:
        assert named(entry.name) is entry
        assert entry.kind != "speech"
        assert entry.bundled is bool(entry.folder)
        assert entry.layout in entry.layouts
        for repo in entry.repos.values():
            assert of_repo(repo) is entry
