"""What a language model's folder says, and the files that the hub gives of it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hansard.errors import ModelDamagedError, ModelError, SettingError
from hansard.models.hub import ModelFiles
from hansard.models.hub.contents import choose
from hansard.models.hub.hub import Hub
from hansard.models.hub.options import HubOptions
from hansard.models.llm import LanguageModelPlace, LlmOptions
from hansard.models.llm.local.checkpoint import CACHED, SCRATCH, read_checkpoint
from hansard.models.llm.transformers import SPEC
from hansard.testing.hub_server import HubServer
from hansard.testing.language_models import make_language_model

OPTIONS = LlmOptions()


def files_of(folder: Path, size: int = 1000) -> ModelFiles:
    return ModelFiles(name="tiny", path=folder, layout="transformers", size=size)


def configured(folder: Path, **config: Any) -> ModelFiles:
    (folder / "config.json").write_text(json.dumps(config))
    return files_of(folder)


LLAMA = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "dtype": "bfloat16",
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_size": 32,
    "max_position_embeddings": 131_072,
}  # fmt: skip


def test_memory_is_weights_cache_and_scratch(tmp_path: Path) -> None:
    """Weights are counted in the precision in use, keys and values for a prompt of usual length."""
    checkpoint = read_checkpoint(files_ := configured(tmp_path, **LLAMA))
    numbers = 2 * 2 * 2 * 8  # keys and values, layers, heads, size of each
    assert checkpoint.memory(files_, OPTIONS, "cpu") == 2000 + CACHED * numbers * 4 + SCRATCH
    assert checkpoint.memory(files_, OPTIONS, "cuda") == 1000 + CACHED * numbers * 2 + SCRATCH
    longer = replace(OPTIONS, llm_context=65_536, llm_dtype="float16")
    assert checkpoint.memory(files_, longer, "cpu") == 1000 + 65_536 * numbers * 2 + SCRATCH


@pytest.mark.parametrize(
    ("config", "asked", "expected"),
    [
        ({"max_position_embeddings": 2048}, None, 2048),
        ({"max_position_embeddings": 2048}, 1024, 1024),
        ({"max_position_embeddings": 131_072}, None, 32_768),
        ({"max_position_embeddings": 131_072}, 100_000, 100_000),
        ({"n_positions": 4096}, None, 4096),
        ({"text_config": {"max_position_embeddings": 4096}}, None, 4096),
        ({}, None, 8192),
        ({}, 50_000, 50_000),
    ],
)
def test_the_context_is_the_smaller_of_both(
    config: dict[str, Any], asked: int | None, expected: int, tmp_path: Path
) -> None:
    """What the operator asks for, else what the model can, up to 32,768 tokens."""
    checkpoint = read_checkpoint(configured(tmp_path, model_type="llama", **config))
    assert checkpoint.usable(LlmOptions(llm_context=asked)) == expected


def test_more_context_than_the_model_has_is_refused(tmp_path: Path) -> None:
    """A context that the model was not made for is refused with both numbers."""
    checkpoint = read_checkpoint(configured(tmp_path, **LLAMA))
    with pytest.raises(SettingError, match=r"200000 .* 131072"):
        checkpoint.usable(LlmOptions(llm_context=200_000))


@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"],
         "num_mel_bins": 80, "is_encoder_decoder": True},
        {"model_type": "wav2vec2", "architectures": ["Wav2Vec2ForCTC"], "conv_kernel": [3]},
        {"model_type": "bert", "architectures": ["BertForMaskedLM"]},
        {"model_type": "t5", "architectures": ["T5ForConditionalGeneration"],
         "is_encoder_decoder": True},
    ],
)  # fmt: skip
def test_other_models_are_refused_by_kind(config: dict[str, Any], tmp_path: Path) -> None:
    """A model that writes no answers is refused before any library is loaded."""
    place = LanguageModelPlace(options=OPTIONS, files=configured(tmp_path, **config))
    with pytest.raises(ModelError, match=f"kind {config['model_type']!r} and no language model"):
        SPEC.memory(place)
    with pytest.raises(ModelError, match="no language model"):
        SPEC.load(place)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff"])
def test_a_broken_configuration_is_damage(content: bytes, tmp_path: Path) -> None:
    """A config.json that cannot be read is named."""
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(ModelDamagedError, match=r"config\.json"):
        read_checkpoint(files_of(tmp_path))


def test_a_model_must_be_named() -> None:
    """Without files there is nothing to load."""
    with pytest.raises(SettingError, match="needs a model"):
        SPEC.memory(LanguageModelPlace(options=OPTIONS))


def test_nothing_heavy_is_loaded_before_a_model(tmp_path: Path) -> None:
    """To say how much memory a model takes no library is loaded."""
    make_language_model(tmp_path / "tiny")
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from hansard.models.hub import ModelFiles\n"
        "from hansard.models.llm import LanguageModelPlace, LlmOptions\n"
        "from hansard.models.llm.transformers import SPEC\n"
        f"files = ModelFiles(name='t', path=Path({str(tmp_path / 'tiny')!r}), layout='onnx')\n"
        "assert SPEC.memory(LanguageModelPlace(options=LlmOptions(), files=files))\n"
        "heavy = {'torch', 'transformers', 'llguidance', 'jinja2'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_same_seed_gives_the_same_model(tmp_path: Path) -> None:
    """Made-up models are the same to the last byte, in another process as well."""
    code = (
        "import sys; from pathlib import Path; from hansard.testing.language_models import *\n"
        "make_language_model(Path(sys.argv[1]), seed=3, shards=2)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], check=True)
    make_language_model(tmp_path / "b", seed=3, shards=2)
    first = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
    assert "model-00002-of-00002.safetensors" in first


@pytest.fixture
def server() -> Any:
    with HubServer() as server:
        yield server


def hub_at(folder: Path, server: HubServer, *, offline: bool = False) -> Hub:
    return Hub(HubOptions(data_dir=folder, offline=offline), endpoint=server.endpoint)


@pytest.mark.parametrize("shards", [1, 3])
def test_the_hub_gives_all_of_a_language_model(
    shards: int, server: HubServer, tmp_path: Path
) -> None:
    """Weights, also in shards, tokenizer, chat template and generation settings come; code not."""
    made = make_language_model(tmp_path / "made", shards=shards)
    content: dict[str, bytes | Path] = {path.name: path for path in made.iterdir()}
    server.add("owner/chat", {**content, "modeling_x.py": b"1/0", "pytorch_model.bin": b"\x80"})
    files = hub_at(tmp_path / "data", server).fetch(
        "owner/chat", layout="transformers", purpose="language"
    )
    assert {path.name for path in files.path.iterdir() if not path.name.startswith("hansard")} == {
        path.name for path in made.iterdir()
    }
    own = hub_at(tmp_path / "data", server).find(str(made), layout="transformers")
    assert own.digest == files.digest


def test_a_pulled_language_model_stays_as_it_is(server: HubServer, tmp_path: Path) -> None:
    """Pulled by name alone it is kept as safetensors, found offline, verified and removed."""
    made = make_language_model(tmp_path / "made")
    server.add("owner/chat", {path.name: path for path in made.iterdir()})
    hub = hub_at(tmp_path / "data", server)
    assert hub.pull("owner/chat").layout == "transformers"
    offline = hub_at(tmp_path / "data", server, offline=True)
    assert offline.fetch("owner/chat", layout="transformers").layout == "transformers"
    assert hub.verify("owner/chat").layout == "transformers"
    with pytest.raises(ModelError, match=r"'llama', and only 'whisper'.*") as caught:
        hub.fetch("owner/chat")
    assert "--llm-model" in caught.value.hint
    assert hub.remove("owner/chat") > 0


@pytest.mark.parametrize("name", ["small", "demo", "demo-voices"])
def test_a_model_for_something_else_is_refused_before_it_comes(
    name: str, server: HubServer, tmp_path: Path
) -> None:
    """A speech or speaker model of the catalogue is no language model; nothing is fetched."""
    hub = hub_at(tmp_path, server)
    with pytest.raises(ModelError, match="cannot be used for anything else"):
        hub.fetch(name, layout="transformers", purpose="language")
    assert server.requests == []


def test_offline_names_the_ways_out(server: HubServer, tmp_path: Path) -> None:
    """A language model that is not here is told how to fetch, with the option that names it."""
    hub = hub_at(tmp_path, server, offline=True)
    with pytest.raises(ModelError, match="offline") as caught:
        hub.fetch("owner/chat", layout="transformers", purpose="language")
    assert "`--llm-model ./folder`" in caught.value.hint
    assert "bundled" not in caught.value.hint


@pytest.mark.parametrize(
    ("names", "match"),
    [
        ({"model-Q4.gguf", "config.json"}, "only GGUF"),
        ({"adapter_model.safetensors", "adapter_config.json"}, "an adapter"),
        ({"pytorch_model.bin", "config.json", "tokenizer.json"}, "only pickled"),
        ({"model.safetensors", "config.json"}, "no tokeniser"),
        ({"README.md"}, "no model"),
    ],
)
def test_folders_without_a_model_say_what_they_hold(names: set[str], match: str) -> None:
    """Other formats, adapters and pickles are told by name."""
    with pytest.raises(ModelError, match=match):
        choose(names, "transformers", "'x'")
