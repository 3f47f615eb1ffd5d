"""Voices out of music: the real library on a model of the real layout that halves what it hears."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from hansard import Options
from hansard.audio import SAMPLE_RATE
from hansard.errors import Cancelled, ModelDamagedError, UsageError
from hansard.models.hub.hub import Hub
from hansard.models.vocals.separation import Separation
from hansard.testing.sounds import make_sound
from hansard.wiring.workshop import LocalWorkshop
from hansard.work.demonstrate import find_sample
from hansard.work.transcribe import transcribe
from hansard.work.vocals import BLOCK, isolate
from hansard.work.wires import Wires

FACTS = {
    "model_type": "UVR", "sample_rate": 44100, "comment": "made by a test", "stems": 2,
    "n_fft": 6144, "center": 1, "win_length": 6144, "window_type": "hann", "hop_length": 1024,
    "dim_t": 256, "dim_f": 2048, "dim_c": 4, "model_name": "half", "url": "none",
}  # fmt: skip


def make_model(folder: Path, gain: float = 0.5, **changed: object) -> Path:
    """A UVR model for sherpa-onnx whose voices are the whole sound at half its level."""
    folder.mkdir(exist_ok=True)
    shape = ["n", FACTS["dim_c"], FACTS["dim_f"], FACTS["dim_t"]]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name in ("input", "output")
    ]
    graph = helper.make_graph(
        [helper.make_node("Mul", ["input", "gain"], ["output"])],
        "half",
        ends[:1],
        ends[1:],
        [helper.make_tensor("gain", TensorProto.FLOAT, [], [gain])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=9)
    facts = {**FACTS, **changed}
    helper.set_model_props(model, {k: str(v) for k, v in facts.items() if v is not None})
    onnx.save(model, folder / "model.onnx")
    return folder


def separation(folder: Path) -> Separation:
    return Separation(Hub(Options(data_dir=folder)).find(str(folder), layout="onnx"), threads=1)


def tone(seconds: float) -> np.ndarray:
    clock = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.6 * np.sin(2 * np.pi * 440 * clock)).astype(np.float32)


def test_what_comes_out_is_what_the_model_says(tmp_path: Path) -> None:
    """Half the level at the same pitch and place, as long as what went in."""
    model = separation(make_model(tmp_path / "m"))
    heard = tone(3.0)
    voices = model.isolate(heard)
    model.close()
    assert voices.shape == heard.shape
    inside = slice(SAMPLE_RATE, 2 * SAMPLE_RATE)
    assert voices[inside] == pytest.approx(heard[inside] / 2, abs=0.02)


def test_a_recording_is_separated_block_by_block(tmp_path: Path) -> None:
    """Blocks join without a gap, the clock stays, and progress reaches its end."""
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    sound = make_sound(tone(BLOCK + 5), sounds, start=7.0)
    shares: list[float] = []
    wires = Wires(on_event=lambda event: shares.append(event.share))  # type: ignore[union-attr]
    made = isolate(sound, separation(make_model(tmp_path / "m")), tmp_path, wires)
    assert (made.start, made.samples) == (7.0, sound.samples)
    seam = 7.0 + BLOCK
    got, wanted = made.read(seam - 1, seam + 1), sound.read(seam - 1, seam + 1) / 2
    assert got == pytest.approx(wanted, abs=0.02)
    assert shares[-1] == 1.0


def test_a_cancel_leaves_nothing(tmp_path: Path) -> None:
    """Who asks to stop finds no half-made file."""
    sounds, target = tmp_path / "sounds", tmp_path / "target"
    sounds.mkdir()
    target.mkdir()
    model = separation(make_model(tmp_path / "m"))
    with pytest.raises(Cancelled):
        isolate(make_sound(tone(1), sounds), model, target, Wires(cancelled=lambda: True))
    assert list(target.iterdir()) == []


@pytest.mark.parametrize(
    "wrong", [{"model_type": "spleeter"}, {"win_length": None}, {"sample_rate": 16000}]
)
def test_another_model_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    """A model that the library cannot read would end the process; it never gets there."""
    with pytest.raises(ModelDamagedError, match="no UVR model"):
        separation(make_model(tmp_path / "m", **wrong))


def test_without_a_model_it_is_refused_with_a_way_out(tmp_path: Path) -> None:
    """Nothing is transcribed as if the music had been taken away."""
    options = Options(model="demo", offline=True, data_dir=tmp_path, isolate_vocals=True)
    workshop = LocalWorkshop(options)
    with pytest.raises(UsageError, match="isolate_vocals") as caught:
        transcribe(find_sample("note").path, options, workshop, Wires())
    workshop.close()
    assert "--vocals-model" in caught.value.hint


def test_a_song_is_transcribed_from_its_voices(tmp_path: Path) -> None:
    """The whole way: the text is there, and the report says what was done to the sound."""
    model = make_model(tmp_path / "m", gain=0.9)
    options = Options(
        model="demo", offline=True, data_dir=tmp_path, isolate_vocals=True,
        vocals_model=str(model),
    )  # fmt: skip
    workshop = LocalWorkshop(options)
    made = transcribe(find_sample("note").path, options, workshop, Wires())
    workshop.close()
    assert "notes for the design team" in made.text
    assert made.trust is not None
    assert any("music" in note for note in made.trust.notes)
