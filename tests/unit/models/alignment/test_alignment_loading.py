"""Aligners from folders, and folders that are none."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from hansard.audio import SAMPLE_RATE
from hansard.errors import ModelDamagedError
from hansard.models.alignment.loading import read_recipe
from hansard.models.alignment.onnx import SPEC
from hansard.models.hub import ModelFiles
from hansard.testing.sounds import make_sound
from hansard.transcript import Span

DEMO = Path(__file__).parents[4] / "src/hansard/data/demo-aligner"


def files(path: Path) -> ModelFiles:
    return ModelFiles(name="tried", path=path, layout="onnx", digest="abc", size=10**6)


def write(folder: Path, **contents: object) -> ModelFiles:
    for name, content in contents.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return files(folder)


def test_wav2vec2_defaults(tmp_path: Path) -> None:
    """A folder that names no strides has wav2vec 2.0's: 20 ms steps that see 25 ms."""
    made = write(tmp_path, config={"pad_token_id": 0}, vocab={"<pad>": 0, "|": 1, "a": 2})
    recipe = read_recipe(made)
    assert (recipe.rate.step, recipe.rate.field) == (320, 400)
    assert (recipe.alphabet.blank, recipe.alphabet.between) == (0, 1)
    assert recipe.normalise


def test_a_tokenizer_file_will_do(tmp_path: Path) -> None:
    """Where there is no vocab.json, the letters are those of tokenizer.json."""
    tokenizer = {
        "model": {"vocab": {"a": 1, "b": 2}},
        "added_tokens": [{"id": 0, "content": "[PAD]"}],
    }
    feeding = {"do_normalize": False, "sampling_rate": 16000}
    made = write(tmp_path, config={}, tokenizer=tokenizer, preprocessor_config=feeding)
    recipe = read_recipe(made)
    assert recipe.alphabet.blank == 0
    assert set(recipe.alphabet.letters) == {"a", "b"}
    assert not recipe.normalise


@pytest.mark.parametrize(
    ("contents", "what"),
    [
        ({"vocab": {"a": 1}}, "config.json"),
        ({"config": {}}, "neither vocab.json nor tokenizer.json"),
        ({"config": {}, "vocab": {"a": 1}}, "blank"),
        ({"config": {}, "vocab": {"<pad>": 0}}, "no letters"),
        ({"config": {}, "vocab": {"eng": {"a": 1}}}, "one vocabulary for each language"),
        ({"config": [], "vocab": {"a": 1}}, "not an object"),
        (
            {
                "config": {},
                "vocab": {"<pad>": 0, "a": 1},
                "preprocessor_config": {"sampling_rate": 8000},
            },
            "8000 Hz",
        ),
    ],
)
def test_folders_that_are_no_aligner(
    contents: dict[str, object], what: str, tmp_path: Path
) -> None:
    """What is wrong with a folder is said."""
    with pytest.raises(ModelDamagedError, match=what):
        read_recipe(write(tmp_path, **contents))


def test_a_damaged_graph(tmp_path: Path) -> None:
    """A file that onnxruntime cannot read is refused by name."""
    shutil.copytree(DEMO, tmp_path / "copy")
    (tmp_path / "copy/model.onnx").write_bytes(b"no model")
    with pytest.raises(ModelDamagedError, match="tried"):
        SPEC.load(files(tmp_path / "copy"), 1)
    (tmp_path / "copy/model.onnx").unlink()
    with pytest.raises(ModelDamagedError, match=r"no \.onnx file"):
        SPEC.load(files(tmp_path / "copy"), 1)


@pytest.mark.torch
def test_transformers_checkpoints(tmp_path: Path) -> None:
    """A Wav2Vec2 checkpoint in safetensors spells sound, and a text is timed with it."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from hansard.models.alignment.transformers import SPEC as TRANSFORMERS

    torch.manual_seed(0)
    config = transformers.Wav2Vec2Config(
        vocab_size=6, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, conv_dim=(8,) * 7, num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2, pad_token_id=0,
    )  # fmt: skip
    transformers.Wav2Vec2ForCTC(config).save_pretrained(tmp_path / "tiny")
    made = write(tmp_path / "tiny", vocab={"<pad>": 0, "|": 1, "a": 2, "b": 3, "c": 4, "d": 5})
    aligner = TRANSFORMERS.load(made, 1)
    assert TRANSFORMERS.memory(made) > made.size
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * SAMPLE_RATE).astype(np.float32)
    sound = make_sound(noise, tmp_path / "tiny")
    assert aligner.listener.listen(sound, Span(0, 2)).shape == (99, 6)
    words = aligner.align(sound, Span(0, 2), [" abba", " ...", " cab"], None)
    assert len(words) == 3
    assert words[1] is None
    placed = [word for word in words if word is not None]
    assert placed
    assert all(word.method == "ctc" and 0 <= word.start <= word.end <= 2 for word in placed)
    aligner.close()


@pytest.mark.torch
def test_transformers_refuses_what_is_no_checkpoint(tmp_path: Path) -> None:
    """A folder without weights is refused by name."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from hansard.models.alignment.transformers import SPEC as TRANSFORMERS

    made = write(
        tmp_path, config={"model_type": "wav2vec2", "pad_token_id": 0}, vocab={"<pad>": 0, "a": 1}
    )
    with pytest.raises(ModelDamagedError, match="tried"):
        TRANSFORMERS.load(made, 1)
