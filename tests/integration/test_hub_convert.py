"""Hugging Face safetensors become CTranslate2 on first use."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hansard.errors import ModelDamagedError, ModelError, ModelNotHereError
from hansard.models.hub import HubOptions, ModelFiles
from hansard.models.hub.hub import Hub
from hansard.models.hub.lookup import bundled_folder
from hansard.models.hub.manifest import read_manifest
from hansard.testing.hub_server import HubServer

HF = bundled_folder("transformers")
SAMPLES = HF.parent.parent / "samples"

NO_TORCH = """
import sys
sys.modules["torch"] = None  # as where it is not installed
from pathlib import Path
from hansard.errors import MissingExtraError
from hansard.models.hub import HubOptions
from hansard.models.hub.hub import Hub
hub = Hub(HubOptions(data_dir=Path(sys.argv[1])), endpoint=sys.argv[2])
for name in (sys.argv[3], "owner/repo", "openai/whisper-base"):
    try:
        hub.fetch(name)
    except MissingExtraError as error:
        assert "torch" in str(error)
        assert "hansard[convert]" in error.hint
        assert ("take 'base'" in error.hint) is (name == "openai/whisper-base")
    else:
        raise AssertionError(name)
"""

CONVERT = """
import sys
opened = []
def watch(event, given):
    # urllib3, where something brings it, tries at import whether ::1 can be bound
    if event.startswith("socket.") and given[1:] != (("::1", 0),) and event != "socket.__new__":
        opened.append(event)
sys.addaudithook(watch)
from pathlib import Path
from hansard.models.hub import HubOptions
from hansard.models.hub.hub import Hub
Hub(HubOptions(data_dir=Path(sys.argv[1]), offline=True)).fetch(sys.argv[2])
print(opened)
"""


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A hub whose store is empty."""
    return Hub(HubOptions(data_dir=tmp_path / "data"))


@pytest.fixture
def server() -> Iterator[HubServer]:
    """A hub that has the demonstration model as safetensors."""
    with HubServer() as server:
        server.add("owner/repo", {path.name: path for path in HF.iterdir()})
        server.add("openai/whisper-base", {path.name: path for path in HF.iterdir()})
        yield server


@pytest.fixture
def torch() -> None:
    """Skips where the extra `convert` is not installed."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")


def test_a_missing_extra_is_named_before_anything_is_fetched(
    server: HubServer, tmp_path: Path
) -> None:
    """Without torch, folders and repositories of safetensors end in the command to install it."""
    done = subprocess.run(
        [sys.executable, "-c", NO_TORCH, str(tmp_path), server.endpoint, str(HF)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert server.sent == []


def words(files: ModelFiles) -> str:
    """What a model hears in the shortest sample."""
    import faster_whisper

    model = faster_whisper.WhisperModel(str(files.path), device="cpu", compute_type="float32")
    segments, _ = model.transcribe(
        str(SAMPLES / "note.ogg"), beam_size=1, condition_on_previous_text=False
    )
    return "".join(segment.text for segment in segments)


@pytest.mark.torch
@pytest.mark.usefixtures("torch")
def test_a_converted_model_hears_the_same(hub: Hub) -> None:
    """Safetensors, converted in two precisions, give the words of the bundled CTranslate2 model."""
    expected = words(hub.find("demo"))
    assert "design team" in expected
    half, int8 = hub.fetch(str(HF)), hub.fetch(f"{HF}:int8")
    assert words(half) == words(int8) == expected
    assert int8.size == hub.find("demo").size < half.size
    assert (half.compute_type, int8.compute_type) == (None, "int8")


@pytest.mark.torch
@pytest.mark.usefixtures("torch")
def test_a_conversion_is_kept(hub: Hub) -> None:
    """The second time nothing is converted; heads, card and tokeniser came along."""
    first = hub.fetch(str(HF))
    time = (first.path / "model.bin").stat().st_mtime_ns
    assert hub.fetch(str(HF)) == hub.find(str(HF)) == hub.verify(str(HF)) == first
    assert (first.path / "model.bin").stat().st_mtime_ns == time
    manifest = read_manifest(first.path)
    assert manifest is not None
    assert manifest.converted_from == hub.find("demo", layout="transformers").digest
    assert first.card == hub.find("demo").card
    config = json.loads((first.path / "config.json").read_text())
    theirs = json.loads((HF / "generation_config.json").read_text())
    assert config["alignment_heads"] == theirs["alignment_heads"]
    assert config["suppress_ids"] == theirs["suppress_tokens"]
    assert (first.path / "tokenizer.json").read_bytes() == (HF / "tokenizer.json").read_bytes()


@pytest.mark.torch
@pytest.mark.usefixtures("torch")
def test_conversion_opens_no_socket(tmp_path: Path) -> None:
    """The libraries that convert are given all they need and fetch nothing."""
    done = subprocess.run(
        [sys.executable, "-c", CONVERT, str(tmp_path), str(HF)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"


@pytest.mark.torch
@pytest.mark.usefixtures("torch")
def test_a_tokeniser_and_features_are_made_where_they_are_missing(hub: Hub, tmp_path: Path) -> None:
    """vocab.json and merges.txt are enough, and the mel bands are those of the model."""
    folder = Path(shutil.copytree(HF, tmp_path / "slim"))
    (folder / "tokenizer.json").unlink()
    (folder / "preprocessor_config.json").unlink()
    made = hub.fetch(str(folder))
    assert json.loads((made.path / "preprocessor_config.json").read_text())["feature_size"] == 80
    assert words(made) == words(hub.find("demo"))


@pytest.mark.torch
@pytest.mark.usefixtures("torch")
def test_a_fetched_model_is_converted_and_removed_with_its_conversion(
    server: HubServer, tmp_path: Path
) -> None:
    """Safetensors from the hub are converted after the download; removing takes both."""
    hub = Hub(HubOptions(data_dir=tmp_path), endpoint=server.endpoint)
    made = hub.fetch("owner/repo")
    assert made.layout == "ctranslate2"
    assert made.revision == server.repos["owner/repo"].commit
    count = len(server.requests)
    assert hub.fetch("owner/repo") == hub.find("owner/repo") == made
    assert len(server.requests) == count
    assert hub.remove("owner/repo") > made.size
    assert not made.path.exists()
    with pytest.raises(ModelNotHereError):
        hub.find("owner/repo")


@pytest.mark.torch
@pytest.mark.usefixtures("torch")
def test_a_users_folder_stays_when_its_conversion_goes(hub: Hub, tmp_path: Path) -> None:
    """Removing a folder by its path deletes what was made of it and nothing of the user's."""
    folder = Path(shutil.copytree(HF, tmp_path / "mine"))
    made = hub.fetch(str(folder))
    assert hub.remove(str(folder)) > made.size
    assert (folder / "model.safetensors").exists()
    assert not made.path.exists()


@pytest.mark.torch
@pytest.mark.usefixtures("torch")
def test_damaged_weights_are_told_and_leave_nothing(hub: Hub, tmp_path: Path) -> None:
    """Weights that cannot be read end in one error, and no half conversion stays behind."""
    folder = Path(shutil.copytree(HF, tmp_path / "mine"))
    (folder / "model.safetensors").write_bytes(b"\x00" * 1000)
    with pytest.raises(ModelDamagedError, match="cannot be converted"):
        hub.fetch(str(folder))
    assert list((tmp_path / "data" / "models" / "converted").iterdir()) == []


@pytest.mark.torch
@pytest.mark.usefixtures("torch")
def test_only_whisper_is_converted(hub: Hub, tmp_path: Path) -> None:
    """A model of another kind is refused by its kind."""
    folder = Path(shutil.copytree(HF, tmp_path / "mine"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "wav2vec2"}))
    with pytest.raises(ModelError, match="'wav2vec2'"):
        hub.fetch(str(folder))
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelDamagedError, match=r"config\.json .* cannot be read"):
        hub.fetch(str(folder))


@pytest.mark.torch
@pytest.mark.usefixtures("torch")
def test_shards_are_converted_like_one_file(hub: Hub, tmp_path: Path) -> None:
    """Weights in two files with an index give the very bytes that one file gives."""
    from safetensors.numpy import load_file, save_file

    folder = Path(shutil.copytree(HF, tmp_path / "sharded"))
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    where = {}
    for number in (1, 2):
        shard = f"model-0000{number}-of-00002.safetensors"
        part = {name: tensors[name] for name in sorted(tensors)[number - 1 :: 2]}
        save_file(part, folder / shard, metadata={"format": "pt"})
        where |= dict.fromkeys(part, shard)
    index = {"metadata": {}, "weight_map": where}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    made, whole = hub.fetch(str(folder)), hub.fetch(str(HF))
    assert (made.path / "model.bin").read_bytes() == (whole.path / "model.bin").read_bytes()
