"""Finding models that are on this machine."""

import json
import shutil
from pathlib import Path

import pytest

from hansard.errors import (
    ModelDamagedError,
    ModelError,
    ModelNotFoundError,
    ModelNotHereError,
    UnknownNameError,
    UsageError,
)
from hansard.models.hub import HubOptions, Layout, ModelCard
from hansard.models.hub.hub import Hub
from hansard.models.hub.lookup import bundled_folder


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A hub whose store is empty."""
    return Hub(HubOptions(data_dir=tmp_path / "data"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's own copy of the bundled model, CTranslate2 layout."""
    return Path(shutil.copytree(bundled_folder("ctranslate2"), tmp_path / "my model"))


def test_the_bundled_model_is_always_here(hub: Hub, tmp_path: Path) -> None:
    """`demo` is found with its card, offline, and nothing is written for it."""
    found = Hub(HubOptions(data_dir=tmp_path / "data", offline=True)).find("demo")
    assert found.layout == "ctranslate2"
    assert (found.path / "model.bin").stat().st_size == found.size
    assert found.card == ModelCard(window=10.0, short_context=True, conditions=False)
    assert len(found.digest) == 64
    assert found == hub.fetch("demo") == hub.pull("demo", force=True) == hub.verify("demo")
    assert not (tmp_path / "data").exists()


def test_the_bundled_model_has_both_layouts(hub: Hub) -> None:
    """Asked for safetensors, `demo` gives them."""
    found = hub.find("demo", layout="transformers")
    assert found.layout == "transformers"
    assert (found.path / "model.safetensors").stat().st_size == found.size


def test_the_bundled_model_has_no_revisions(hub: Hub) -> None:
    """`demo@x` is refused; it comes with the package."""
    with pytest.raises(ModelNotFoundError, match="no revision 'x'"):
        hub.find("demo@x")


def test_a_folder_is_used_as_it_is(hub: Hub, folder: Path) -> None:
    """A CTranslate2 folder is used in its place; its digest is that of the same model elsewhere."""
    before = sorted(folder.iterdir())
    (folder / "notes.txt").write_text("mine")
    found = hub.find(str(folder))
    assert found.path == folder
    assert found.digest == hub.find("demo").digest
    assert sorted(folder.iterdir()) == sorted([*before, folder / "notes.txt"])


def test_a_folder_is_hashed_once(hub: Hub, folder: Path, tmp_path: Path) -> None:
    """What was read of a user's folder is remembered in the store, not in the folder."""
    hub.find(str(folder))
    stamps = list((tmp_path / "data" / "models" / ".stamps").iterdir())
    assert len(stamps) == 1
    assert set(json.loads(stamps[0].read_bytes())) == {path.name for path in folder.iterdir()}


def test_another_version_in_a_folder_has_another_digest(hub: Hub, folder: Path) -> None:
    """A user may train on; the digest tells the versions apart."""
    before = hub.find(str(folder))
    (folder / "hansard.json").write_text('{"window": 5.0, "colour": "red"}')
    after = hub.find(str(folder))
    assert after.digest != before.digest
    assert after.card == ModelCard(window=5.0)  # what is unknown is ignored


@pytest.mark.parametrize("card", ["", "[]", '{"window": "wide"}'])
def test_a_broken_card_is_damage(hub: Hub, folder: Path, card: str) -> None:
    """A card that cannot be read is reported rather than ignored."""
    (folder / "hansard.json").write_text(card)
    with pytest.raises(ModelDamagedError, match=r"hansard\.json"):
        hub.find(str(folder))


def test_a_folder_without_tokeniser_is_refused(hub: Hub, folder: Path) -> None:
    """The engine would look for a tokeniser online, so the folder is refused first."""
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelDamagedError, match=r"no tokenizer\.json") as caught:
        hub.find(str(folder))
    assert "copy tokenizer.json" in caught.value.hint


def test_a_pickle_called_model_bin_is_refused(hub: Hub, folder: Path) -> None:
    """model.bin must be CTranslate2's own format."""
    (folder / "model.bin").write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(ModelDamagedError, match="not in CTranslate2's format"):
        hub.find(str(folder))


def test_a_folder_with_shards_must_have_them_all(hub: Hub, tmp_path: Path) -> None:
    """A safetensors index that names a missing shard makes the folder unusable."""
    folder = Path(shutil.copytree(bundled_folder("transformers"), tmp_path / "sharded"))
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    with pytest.raises(ModelDamagedError, match="1 of 2 weight files"):
        hub.find(str(folder), layout="transformers")


@pytest.mark.parametrize("layout", ["ctranslate2", "transformers"])
def test_a_folder_without_a_model_is_refused(hub: Hub, tmp_path: Path, layout: Layout) -> None:
    """An empty folder is no model, and the message names it."""
    with pytest.raises(ModelError, match="holds no model"):
        hub.find(str(tmp_path), layout=layout)


def test_a_missing_folder_is_named(hub: Hub, tmp_path: Path) -> None:
    """A path that leads nowhere is named in the message."""
    with pytest.raises(ModelNotFoundError, match="there is no folder"):
        hub.find(str(tmp_path / "nowhere"))


def test_safetensors_need_conversion_first(hub: Hub) -> None:
    """`find` only looks, so a folder that has yet to be converted is not here."""
    with pytest.raises(ModelNotHereError, match="converted") as caught:
        hub.find(str(bundled_folder("transformers")))
    assert "hansard models pull" in caught.value.hint


def test_what_is_not_here_says_how_to_get_it(hub: Hub) -> None:
    """The message names the model, the reason and the place, the hint three ways out."""
    with pytest.raises(ModelNotHereError, match="not on this machine") as caught:
        hub.find("small")
    assert "'small'" in str(caught.value)
    for way in ("hansard models pull small", "--model demo", "--model ./folder"):
        assert way in caught.value.hint


def test_an_alias_brings_its_precision(tmp_path: Path, folder: Path) -> None:
    """An alias finds what it stands for and hands its precision to the engine."""
    aliases = {"mine": f"{folder}:int8", "shown": "demo:float32", "lost": "no such model"}
    hub = Hub(HubOptions(data_dir=tmp_path / "data", aliases=aliases))
    assert hub.find("mine").compute_type == "int8"
    assert hub.find("mine").path == folder
    assert hub.find("shown").compute_type == "float32"
    assert hub.find("shown").name == "shown"
    assert hub.find("demo").compute_type is None
    with pytest.raises(UnknownNameError):
        hub.find("lost")


def test_the_list_shows_what_can_be_had(tmp_path: Path) -> None:
    """The list holds the catalogue and the aliases, also one that stands for nothing."""
    aliases = {"fast": "tiny:int8", "lost": "no such model"}
    listed = {
        one.name: one for one in Hub(HubOptions(data_dir=tmp_path / "data", aliases=aliases)).list()
    }
    assert listed["demo"].here
    assert listed["demo"].bundled
    assert not listed["small"].here
    assert listed["small"].repo == "Systran/faster-whisper-small"
    assert listed["large-v3-turbo"].also == ("turbo",)
    assert listed["large-v3-turbo"].translates is False
    assert (listed["fast"].alias_of, listed["fast"].precision) == ("tiny:int8", "int8")
    assert listed["fast"].repo == "Systran/faster-whisper-tiny"
    assert (listed["lost"].alias_of, listed["lost"].here) == ("no such model", False)


def test_a_description_needs_neither_network_nor_files(hub: Hub, folder: Path) -> None:
    """Known models, strangers and folders are described by what is known of them."""
    assert hub.describe("turbo").name == "large-v3-turbo"
    assert hub.describe("owner/repo").repo == "owner/repo"
    assert hub.describe("owner/repo").multilingual is None
    assert hub.describe(str(folder)).here
    assert hub.describe("demo").path == bundled_folder("ctranslate2")


def test_nothing_that_is_not_ours_is_removed(hub: Hub, folder: Path) -> None:
    """The bundled model and users' folders stay, and so does a model that is not here."""
    with pytest.raises(UsageError, match="comes with Hansard"):
        hub.remove("demo")
    for name in (str(folder), "small", "owner/repo", str(bundled_folder("transformers"))):
        with pytest.raises(ModelNotHereError, match="nothing of model"):
            hub.remove(name)
    assert (folder / "model.bin").exists()
    assert (bundled_folder("transformers") / "model.safetensors").exists()
