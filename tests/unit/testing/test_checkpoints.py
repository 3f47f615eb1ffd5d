"""Made-up checkpoints load in the real libraries and say what their script says."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ctranslate2.models import Whisper
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import UsageError
from hansard.testing.checkpoint_vocabulary import build_vocabulary, spell
from hansard.testing.checkpoints import (
    SHAPES,
    SMALLEST,
    Files,
    Script,
    random_checkpoint,
    scripted_checkpoint,
)

CROATIAN = Script(
    transcribe="Dobar dan svima, kako ste?",
    translate="Good day everyone, how are you?",
    languages={"hr": 0.6, "sr": 0.3},
    seconds=5.0,
)
PAUSED = Script(transcribe="<|0.40|> The first part.<|2.00|><|3.50|> Then another one.<|5.00|>")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this module's checkpoints lie."""
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture(scope="module")
def croatian(folder: Path) -> WhisperModel:
    """Multilingual: hears Croatian, can translate it."""
    return load(scripted_checkpoint(folder / "croatian", CROATIAN))


@pytest.fixture(scope="module")
def paused(folder: Path) -> WhisperModel:
    """English-only: two parts with a pause between them."""
    return load(scripted_checkpoint(folder / "paused", PAUSED))


def load(path: Path, compute_type: str = "float32") -> WhisperModel:
    """In faster-whisper, on one thread."""
    return WhisperModel(str(path), device="cpu", compute_type=compute_type, cpu_threads=1)


def noise(seconds: float) -> "np.typing.NDArray[np.float32]":
    """Something to hear; a scripted checkpoint does not care."""
    return np.random.default_rng(1).normal(0, 0.1, int(16_000 * seconds)).astype(np.float32)


def hear(model: WhisperModel, **options: Any) -> list[Any]:
    """The segments of 6 s."""
    return list(model.transcribe(noise(6), **options)[0])


def text(segments: list[Any]) -> str:
    """All that was said."""
    return " ".join(segment.text.strip() for segment in segments)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"without_timestamps": True},
        {"beam_size": 1},
        {"initial_prompt": "Something that was said before"},
        {"hotwords": "Zagreb", "beam_size": 3},
    ],
    ids=str,
)
@pytest.mark.parametrize("task", ["transcribe", "translate"])
def test_the_text_depends_on_the_task_alone(
    croatian: WhisperModel, task: str, options: dict[str, Any]
) -> None:
    """Prompts, beams and timestamps change nothing; the task chooses between the two texts."""
    said = text(hear(croatian, task=task, **options))
    assert said == (CROATIAN.transcribe if task == "transcribe" else CROATIAN.translate)


def test_languages_are_detected_in_their_shares(croatian: WhisperModel) -> None:
    """What is detected are the languages of the script, in the ratio that it gives."""
    language, probability, everything = croatian.detect_language(noise(6))
    shares = dict(everything)
    assert language == "hr"
    assert probability == pytest.approx(2 / 3, abs=0.05)
    assert shares["sr"] == pytest.approx(1 / 3, abs=0.05)
    assert sum(shares.values()) - shares["hr"] - shares["sr"] < 0.01


def test_words_are_spread_over_the_seconds_of_the_script(croatian: WhisperModel) -> None:
    """Word times come from the alignment head: five words in five seconds."""
    segments = hear(croatian, word_timestamps=True, without_timestamps=True, language="hr")
    ends = [word.end for word in segments[0].words]
    assert ends == pytest.approx([1, 2, 3, 4, 5], abs=0.3)


def test_timestamps_are_written_where_they_are_asked_for(paused: WhisperModel) -> None:
    """With timestamps the script falls into its parts, without it is one."""
    parts = [(part.start, part.end, part.text) for part in hear(paused)]
    assert parts == [(0.4, 2.0, " The first part."), (3.5, 5.0, " Then another one.")]
    whole = hear(paused, without_timestamps=True)
    assert [part.text for part in whole] == [" The first part. Then another one."]


def test_words_lie_between_the_timestamps_of_their_part(paused: WhisperModel) -> None:
    """The alignment head follows the pauses of the script."""
    words = [word for part in hear(paused, word_timestamps=True) for word in part.words]
    assert [word.word.strip() for word in words] == list(PAUSED.words)
    middles = [(word.start + word.end) / 2 for word in words]
    assert all(middle < 2.6 for middle in middles[:3])
    assert all(2.9 < middle < 5.4 for middle in middles[3:])


def test_eight_bit_weights_say_the_same(folder: Path) -> None:
    """Quantised and not, the same ids come out."""
    path = scripted_checkpoint(folder / "int8", CROATIAN, files=Files(precision="int8"))
    assert text(hear(load(path, "int8"), language="hr")) == CROATIAN.transcribe


def test_english_only_is_known_as_such(paused: WhisperModel, croatian: WhisperModel) -> None:
    """Libraries tell the two kinds of checkpoint apart."""
    assert not paused.model.is_multilingual
    assert croatian.model.is_multilingual


def test_every_special_token_of_whisper_is_in_its_place(croatian: WhisperModel) -> None:
    """The multilingual vocabulary has Whisper's own ids for special tokens."""
    found = Tokenizer(croatian.hf_tokenizer, multilingual=True, task="translate", language="hr")
    special = [found.eot, found.sot, found.translate, found.transcribe]
    assert special == [50257, 50258, 50358, 50359]
    rest = [found.sot_lm, found.sot_prev, found.no_speech, found.no_timestamps]
    assert rest == [50360, 50361, 50362, 50363]
    assert found.sot_sequence == [50258, 50291, 50358]


def test_a_random_checkpoint_is_repeatable(folder: Path) -> None:
    """The same seed writes the same weights, another seed others."""
    paths = [
        random_checkpoint(folder / str(number), multilingual=False, seed=seed)
        for number, seed in enumerate((3, 3, 4))
    ]
    first, again, other = [(path / "model.bin").read_bytes() for path in paths]
    assert first == again != other
    assert Whisper(str(paths[0])).n_mels == 80


def test_the_other_layout_has_hugging_faces_names_and_sizes(folder: Path) -> None:
    """The safetensors are named, sized and typed as the shape and the precision ask."""
    from safetensors.numpy import load_file

    files = Files(layout="transformers", precision="float16")
    path = random_checkpoint(folder / "hf", multilingual=True, files=files)
    weights = load_file(path / "model.safetensors")
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    table = weights["model.decoder.embed_tokens.weight"]
    assert table.shape == (51_865, SMALLEST.width) == (config["vocab_size"], config["d_model"])
    assert table.dtype == np.float16
    assert weights["model.encoder.layers.0.fc1.weight"].shape == (256, 64)
    assert "model.decoder.layers.0.encoder_attn.k_proj.bias" not in weights


@pytest.mark.torch
def test_transformers_reads_the_same_ids(folder: Path, croatian: WhisperModel) -> None:
    """A second library, from the other layout, writes the same tokens."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    path = scripted_checkpoint(folder / "hf2", CROATIAN, files=Files(layout="transformers"))
    model = transformers.WhisperForConditionalGeneration.from_pretrained(path)
    sound = torch.zeros(1, 80, 3000)
    for task, want in (("transcribe", CROATIAN.transcribe), ("translate", CROATIAN.translate)):
        ids = model.generate(sound, language="hr", task=task, return_timestamps=False)[0].tolist()
        kept = [number for number in ids if number < 50257]
        assert croatian.hf_tokenizer.decode(kept).strip() == want


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        (Script(transcribe="one two one"), "'one' twice"),
        (Script(transcribe="<|1.00|>"), "without words"),
        (Script(transcribe="", languages={"en": 1.0}), "without words"),
        (Script(transcribe="word", languages={"tlh": 1.0}), "tlh"),
        (Script(transcribe="word", languages={"en": 0.0}), "0.0"),
        (Script(transcribe=" ".join(map(str, range(60)))), "width 64"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_scripted_is_refused(tmp_path: Path, script: Script, fault: str) -> None:
    """A script that a checkpoint could not follow is an error that names the fault."""
    with pytest.raises(UsageError, match=fault):
        scripted_checkpoint(tmp_path / "model", script)
    assert not (tmp_path / "model").exists()


def test_real_sizes_are_the_published_ones() -> None:
    """The sizes behind the names are those of the model card."""
    assert SHAPES["base"].width == 512
    assert (SHAPES["small"].encoder_layers, SHAPES["turbo"].decoder_layers) == (12, 4)


@given(st.text())
def test_spelling_keeps_every_byte(said: str) -> None:
    """Byte-level spelling has one printable character per byte and can be read back."""
    tokenizers = pytest.importorskip("tokenizers")
    spelt = spell(said)
    assert len(spelt) == len(said.encode())
    assert tokenizers.decoders.ByteLevel().decode([spelt]) == said


def test_words_of_the_script_are_one_piece_each() -> None:
    """Each word gets an id of its own, and a common one keeps the id that it has."""
    plain = build_vocabulary((), multilingual=False)
    wide = build_vocabulary(["the", "Zagreb"], multilingual=False)
    assert wide.word("the") == plain.word("the")
    assert wide.end == plain.end + 1
