"""The model that learns: the same as in transformers, whatever is frozen, added or exported."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fit_cases import make_clip, make_multilingual, make_window

from hansard.errors import ModelDamagedError
from hansard.models.hub.hub import Hub
from hansard.settings import Options
from hansard.testing.checkpoints import Files, random_checkpoint
from hansard.training.fitting.labels import make_labels
from hansard.training.fitting.options import FitOptions
from hansard.training.fitting.vocabulary import read_vocabulary

torch = pytest.importorskip("torch", reason="needs PyTorch")
transformers = pytest.importorskip("transformers", reason="needs transformers")
network = pytest.importorskip("hansard.training.fitting.network")
pytestmark = [
    pytest.mark.torch,
]

SECONDS = 3
torch.set_num_threads(1)
METHODS = ("full", "frozen-encoder", "lora")


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model that knows nothing."""
    files = Files(layout="transformers")
    return random_checkpoint(tmp_path_factory.mktemp("start"), multilingual=False, files=files)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small multilingual one that says how it was used to be served."""
    folder = make_multilingual(tmp_path_factory.mktemp("many"))
    (folder / "hansard.json").write_text('{"short_context": true}')
    return folder


@pytest.fixture(scope="module")
def batch(start: Path) -> tuple[Any, Any, Any]:
    """Features of 3 s, and labels of two windows of different length."""
    vocabulary = read_vocabulary(start)
    windows = [
        make_window(make_clip(text="Good morning to all of you.", language="en"), timestamps=True),
        make_window(make_clip(text="Yes.", language="hr"), previous="Is it so?"),
    ]
    labels = [make_labels(window, vocabulary, "transcribe", "s") for window in windows]
    width = max(len(one.inputs) for one in labels) + 3
    inputs = torch.full((2, width), vocabulary.end)
    targets = torch.full((2, width), -100)
    for row, one in enumerate(labels):
        inputs[row, : len(one.inputs)] = torch.tensor(one.inputs)
        targets[row, : len(one.targets)] = torch.tensor(one.targets)
    torch.manual_seed(0)
    return torch.randn(2, 80, 100 * SECONDS), inputs, targets


def full(features: Any) -> Any:
    """The same features followed by zeros, up to 30 s."""
    return torch.nn.functional.pad(features, (0, 3000 - features.shape[-1]))


def load(start: Path, **options: Any) -> Any:
    torch.manual_seed(0)
    return network.load(start, FitOptions(**options))


def shake(learner: Any) -> None:
    """Give LoRA's second matrices, which begin at zero, something to add."""
    torch.manual_seed(1)
    for name, parameter in learner.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)


def step(learner: Any, batch: tuple[Any, Any, Any]) -> None:
    """One step of the optimiser that the training uses."""
    learner.train()
    optimizer = torch.optim.AdamW(network.groups_of(learner, 0.1), lr=1e-2)
    learner(*batch).backward()
    optimizer.step()


def state(learner: Any) -> dict[str, Any]:
    return {name: value.clone() for name, value in learner.state_dict().items()}


def test_at_full_length_the_encoder_is_that_of_transformers(start: Path) -> None:
    """Features of 30 s give what the library's own encoder makes of them."""
    learner = load(start).eval()
    features = torch.randn(2, 80, 3000)
    with torch.no_grad():
        expected = learner.model.model.encoder(features).last_hidden_state
        found = network.encode(learner.model.model.encoder, features)
    assert found.shape == expected.shape == (2, 1500, 64)
    assert torch.allclose(found, expected, atol=1e-5)


def test_at_any_length_there_is_an_output_for_each_20_ms(start: Path) -> None:
    """What the library refuses costs only its own length here."""
    learner = load(start).eval()
    for seconds in (1.0, 10.5, 29.0):
        features = torch.randn(1, 80, round(100 * seconds))
        with torch.no_grad():
            found = network.encode(learner.model.model.encoder, features)
        assert found.shape == (1, round(50 * seconds), 64)
        assert torch.isfinite(found).all()


def test_the_loss_is_that_of_transformers(start: Path, batch: tuple[Any, Any, Any]) -> None:
    """Summed over the tokens that count, which the library takes the mean of."""
    learner = load(start).eval()
    features, inputs, targets = full(batch[0]), batch[1], batch[2]
    with torch.no_grad():
        found = learner(features, inputs, targets)
        expected = learner.model(
            input_features=features, decoder_input_ids=inputs, labels=targets
        ).loss
    counted = int((targets != -100).sum())
    assert float(found) / counted == pytest.approx(float(expected), abs=1e-5)


def test_padding_of_labels_changes_nothing(start: Path, batch: tuple[Any, Any, Any]) -> None:
    """Rows of a batch have the losses that they have alone and unpadded."""
    learner = load(start).eval()
    features, inputs, targets = batch
    with torch.no_grad():
        together = float(learner(*batch))
        alone = 0.0
        for row in range(2):
            used = int((targets[row] != -100).nonzero().max()) + 1
            one = slice(row, row + 1)
            alone += float(learner(features[one], inputs[one, :used], targets[one, :used]))
    assert together == pytest.approx(alone, rel=1e-5)


def test_smoothing_is_for_learning_alone(start: Path, batch: tuple[Any, Any, Any]) -> None:
    """What is measured can be compared with what others measured."""
    plain, smooth = load(start).eval(), load(start, label_smoothing=0.3)
    with torch.no_grad():
        assert float(smooth.eval()(*batch)) == pytest.approx(float(plain(*batch)))
        assert abs(float(smooth.train()(*batch)) - float(plain(*batch))) > 1e-3


def test_spelling_what_is_heard_is_a_second_loss(
    start: Path, tmp_path: Path, batch: tuple[Any, Any, Any]
) -> None:
    """It teaches the encoder, is PyTorch's own CTC, and is not part of what is exported."""
    learner = network.load(start, FitOptions(ctc_weight=0.25), letters=5).train()
    letters = torch.tensor([[1, 2, 3, 3], [4, 5, 0, 0]])
    counts, steps = torch.tensor([4, 2]), torch.tensor([150, 60])
    loss = learner(*batch, (letters, counts, steps))
    with torch.no_grad():
        plain = float(load(start).eval()(*batch))
        heard = network.encode(learner.model.model.encoder, batch[0])
        likely = learner.speller(heard).log_softmax(-1)
    spelling = sum(
        torch.nn.functional.ctc_loss(
            likely[row, : steps[row]].unsqueeze(1), letters[row : row + 1, : counts[row]],
            steps[row : row + 1], counts[row : row + 1], reduction="sum",
        )
        for row in (0, 1)
    )  # fmt: skip
    assert float(loss.detach()) == pytest.approx(0.75 * plain + 0.25 * float(spelling), rel=1e-4)
    loss.backward()
    assert float(learner.speller.weight.grad.abs().sum()) > 0
    export(learner, start, tmp_path / "out")
    assert not [name for name, _ in reopen(tmp_path / "out").named_parameters() if "spel" in name]


@pytest.mark.parametrize("method", METHODS)
def test_only_what_shall_learn_changes(
    start: Path, batch: tuple[Any, Any, Any], method: str
) -> None:
    """Everything, all but the encoder, or what was added to the layers of both."""
    learner = load(start, method=method)
    shake(learner)
    before = state(learner)
    step(learner, batch)
    after = state(learner)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    encoder = {name for name in before if ".encoder." in name}
    if method == "full":
        assert {name for name in encoder if "embed_positions" not in name} <= changed
    elif method == "frozen-encoder":
        assert not changed & encoder
        assert any(".decoder." in name for name in changed)
    else:
        assert changed == {name for name in before if "lora_" in name}
        assert changed & encoder
        assert any("encoder_attn" in name for name in changed)
        assert any("fc2" in name for name in changed)


def test_a_share_of_what_there_is_learns(start: Path) -> None:
    """Counts tell how much of the model is there, and how much of it learns."""
    counts = {method: network.count_parameters(load(start, method=method)) for method in METHODS}
    every, learning = counts["full"]
    assert learning == every - 1500 * 64  # Whisper's encoder positions are fixed
    assert counts["frozen-encoder"][0] == every
    assert counts["frozen-encoder"][1] < learning
    assert counts["lora"][1] == counts["lora"][0] - every


def test_biases_and_norms_do_not_decay(start: Path) -> None:
    """Every parameter that learns is in one of two groups, matrices alone in the first."""
    learner = load(start)
    matrices, rest = network.groups_of(learner, 0.1)
    assert (matrices["weight_decay"], rest["weight_decay"]) == (0.1, 0.0)
    assert all(one.ndim >= 2 for one in matrices["params"])
    assert all(one.ndim == 1 for one in rest["params"])
    held = [*matrices["params"], *rest["params"]]
    learning = {id(one) for one in learner.parameters() if one.requires_grad}
    assert {id(one) for one in held} == learning
    assert len(held) == len(learning)


@pytest.mark.parametrize("method", METHODS)
def test_computing_twice_to_save_memory_gives_the_same_gradients(
    start: Path, batch: tuple[Any, Any, Any], method: str
) -> None:
    """Gradient checkpointing changes the cost alone, in every layer that learns."""
    gradients = []
    for checkpointing in (False, True):
        torch.manual_seed(0)
        options = FitOptions(method=method, lora_dropout=0.0)  # type: ignore[arg-type]
        learner = network.load(start, options, checkpointing=checkpointing)
        shake(learner)
        learner.train()
        learner(*batch).backward()
        named = learner.named_parameters()
        gradients.append({name: one.grad for name, one in named if one.requires_grad})
    plain, again = gradients
    assert plain.keys() == again.keys()
    for name, gradient in plain.items():
        assert gradient is not None, name
        assert torch.allclose(gradient, again[name], atol=1e-5), name


def export(learner: Any, start: Path, folder: Path, **facts: Any) -> Path:
    network.export(learner, start, folder, {"forced_decoder_ids": None, **facts})
    return folder


def reopen(folder: Path) -> Any:
    model = transformers.WhisperForConditionalGeneration
    return model.from_pretrained(str(folder), dtype=torch.float32, local_files_only=True).eval()


@pytest.mark.parametrize("method", METHODS)
def test_what_is_exported_says_what_was_learnt(
    start: Path, tmp_path: Path, batch: tuple[Any, Any, Any], method: str
) -> None:
    """Opened by transformers alone it gives the same scores; LoRA's matrices are merged in."""
    learner = load(start, method=method)
    shake(learner)
    step(learner, batch)
    learner.eval()
    model = reopen(export(learner, start, tmp_path / "out"))
    features, inputs = full(batch[0]), batch[1]
    with torch.no_grad():
        expected = learner.model(input_features=features, decoder_input_ids=inputs).logits
        found = model(input_features=features, decoder_input_ids=inputs).logits
        before = reopen(start)(input_features=features, decoder_input_ids=inputs).logits
    spread = float((expected - before).abs().max())
    assert spread > 0.5
    assert float((found - expected).abs().max()) < 0.01 * spread  # float16 rounds the weights
    names = {name for name, _ in model.named_parameters()}
    assert names == {name for name, _ in reopen(start).named_parameters()}


def test_exporting_leaves_the_training_alone(
    start: Path, tmp_path: Path, batch: tuple[Any, Any, Any]
) -> None:
    """The model goes on as if nothing had been written, in float32 and in training mode."""
    for method in METHODS:
        learner = load(start, method=method)
        learner.train()
        before = state(learner)
        export(learner, start, tmp_path / method)
        assert learner.training
        after = state(learner)
        assert all(torch.equal(before[name], after[name]) for name in before)
        assert {value.dtype for value in after.values()} == {torch.float32}
        step(learner, batch)


def told(folder: Path, name: str) -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads((folder / name).read_bytes())
    return found


def test_an_export_knows_its_language_its_task_and_its_heads(many: Path, tmp_path: Path) -> None:
    """What a program needs that serves it is beside the weights."""
    learner = load(many)
    folder = export(
        learner, many, tmp_path / "out", language="<|hr|>", task="transcribe",
        hansard={"window": 10.0},
    )  # fmt: skip
    before, after = told(many, "generation_config.json"), told(folder, "generation_config.json")
    assert after["language"] == "<|hr|>"
    assert after["task"] == "transcribe"
    assert after["forced_decoder_ids"] is None
    for name in ("alignment_heads", "lang_to_id", "task_to_id", "no_timestamps_token_id"):
        assert after[name] == before[name]
    assert "hansard" not in after
    assert told(folder, "hansard.json") == {"short_context": True, "window": 10.0}
    for name in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json"):
        assert (folder / name).read_bytes() == (many / name).read_bytes()
    assert told(folder, "config.json")["use_cache"] is True
    assert (folder / "model.safetensors").stat().st_mode & 0o444 == 0o444


def test_transformers_alone_can_transcribe_with_an_export(many: Path, tmp_path: Path) -> None:
    """Its processor and its `generate` find all that they need in the folder."""
    folder = export(load(many), many, tmp_path / "out", language="<|hr|>", task="transcribe")
    processor = transformers.WhisperProcessor.from_pretrained(str(folder), local_files_only=True)
    model = reopen(folder)
    ids = model.generate(
        torch.zeros(1, 80, 3000), max_new_tokens=4, language="hr", task="transcribe"
    )
    assert isinstance(processor.batch_decode(ids)[0], str)


def test_ctranslate2_reads_an_export(many: Path, tmp_path: Path) -> None:
    """Converted and loaded as it is served, with its heads and its tokeniser."""
    import ctranslate2
    import numpy as np

    learner = load(many)
    folder = export(learner, many, tmp_path / "out", language=None, task="transcribe")
    hub = Hub(Options(data_dir=tmp_path / "data"))
    files = hub.fetch(str(folder), layout="ctranslate2")
    assert files.card.short_context
    model = ctranslate2.models.Whisper(str(files.path), device="cpu", compute_type="float32")
    assert model.is_multilingual
    features = np.random.default_rng(0).normal(0, 1, (1, 80, 3000)).astype(np.float32)
    heard = np.array(model.encode(ctranslate2.StorageView.from_array(features)))
    with torch.no_grad():
        expected = learner.eval().model.model.encoder(torch.from_numpy(features))
    np.testing.assert_allclose(heard, expected.last_hidden_state.numpy(), atol=0.05)
    heads = told(files.path, "config.json")["alignment_heads"]
    assert heads == told(many, "generation_config.json")["alignment_heads"]


def test_a_model_that_cannot_be_loaded_is_one_clear_error(start: Path, tmp_path: Path) -> None:
    """Weights that are cut short, or none at all."""
    for name in ("config.json", "generation_config.json"):
        (tmp_path / name).write_bytes((start / name).read_bytes())
    with pytest.raises(ModelDamagedError, match="cannot be loaded"):
        load(tmp_path)
    weights = (start / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(ModelDamagedError, match="cannot be loaded"):
        load(tmp_path)
