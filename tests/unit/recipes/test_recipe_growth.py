"""A tokeniser with more pieces."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "recipes"))

import growth
import hansard
from hansard.training.fitting.vocabulary import read_vocabulary

DEMO = Path(hansard.__file__).parent / "data" / "demo" / "hf"
TEXTS = ["Živjeli smo u Čakovcu.", "Što će biti sljedeći tjedan?", "Đak nosi džep i šešir."] * 20


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo model with pieces of another language."""
    folder = tmp_path_factory.mktemp("grown")
    growth.grow(DEMO, folder, TEXTS, 60)
    return folder


def test_text_of_the_new_language_becomes_shorter(grown: Path) -> None:
    """The same sentence needs fewer tokens, and reads the same."""
    before, after = read_vocabulary(DEMO), read_vocabulary(grown)
    for text in TEXTS[:3]:
        assert len(after.encode(text)) < len(before.encode(text))
        assert after.decode(after.encode(text)) == text


def test_special_tokens_move_behind_the_new_pieces(grown: Path) -> None:
    """Everything that was behind the text is as many places further on, in every file."""
    before, after = read_vocabulary(DEMO), read_vocabulary(grown)
    config = json.loads((grown / "config.json").read_bytes())
    more = config["vocab_size"] - json.loads((DEMO / "config.json").read_bytes())["vocab_size"]
    assert 0 < more <= 60
    for name in ("start", "end", "previous", "no_speech", "no_timestamps", "first_timestamp"):
        assert getattr(after, name) == getattr(before, name) + more
    generation = json.loads((grown / "generation_config.json").read_bytes())
    assert generation["eos_token_id"] == config["eos_token_id"] == after.end
    assert after.start in generation["suppress_tokens"]


def test_no_symbol_begins_with_a_lone_space(grown: Path) -> None:
    """Decoders never write the first piece of a note or a dash, which must not be the space."""
    vocabulary = read_vocabulary(grown)
    space = vocabulary.encode(" ")[0]
    for symbol in (" -", " '", " ♪", " ♯"):
        assert vocabulary.encode(symbol)[0] != space


def test_old_rows_stay_and_new_ones_lie_between_their_parts(grown: Path) -> None:
    """The model's table keeps what it knew; a new piece begins as the mean of its two parts."""
    import numpy as np
    from safetensors.numpy import load_file

    name = "model.decoder.embed_tokens.weight"
    old, new = (
        load_file(DEMO / "model.safetensors")[name],
        load_file(grown / "model.safetensors")[name],
    )
    more = len(new) - len(old)
    assert np.array_equal(new[:1000], old[:1000])
    assert np.array_equal(new[1000 + more :], old[1000:])
    told = json.loads((grown / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    left, right = told["merges"][-more]
    parts = [new[told["vocab"][part]].astype(np.float32) for part in (left, right)]
    mean = (parts[0] + parts[1]) / 2
    assert np.allclose(new[told["vocab"][left + right]], mean, atol=2e-3)


def test_learning_stops_where_nothing_can_be_joined() -> None:
    """Words of one piece give no merges, however many are asked for."""
    assert growth.learn({("a",): 5, ("b",): 2}, 10, set()) == []
    assert growth.learn({("a", "b"): 5, ("b", "c"): 7}, 1, set()) == [("b", "c")]
