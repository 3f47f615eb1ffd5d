"""Speakers by ONNX models: the engine `onnx` with the small models that come with Hansard."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from hansard.audio import SAMPLE_RATE, Sound
from hansard.errors import Cancelled, ModelDamagedError, ModelError, UsageError, VoiceError
from hansard.models.hub import HubOptions, ModelCard, ModelFiles
from hansard.models.hub.hub import Hub
from hansard.models.speakers import SpeakerFiles, SpeakerOptions, Watch
from hansard.models.speakers.onnx import RECOGNISES, SPEC
from hansard.models.speakers.onnx_engine import OnnxSpeakers
from hansard.models.speakers.recognition import similarity
from hansard.testing.conversations import (
    TEST_VOICES,
    Conversation,
    ConversationPlan,
    can_speak,
    make_conversation,
)
from hansard.testing.sounds import make_noise, make_sound
from hansard.transcript import Span, Turn

speaks = pytest.mark.skipif(not can_speak(), reason="espeak-ng is not installed")
system = pytest.mark.system


def find(name: str, folder: Path) -> ModelFiles:
    return Hub(HubOptions(data_dir=folder, offline=True)).find(name, layout="onnx")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> SpeakerFiles:
    """The models that come with Hansard."""
    folder = tmp_path_factory.mktemp("hub")
    models = {
        "segmentation": find("demo-segmentation", folder),
        "embedding": find("demo-voices", folder),
    }
    return SpeakerFiles(models=models, threads=1)


@pytest.fixture(scope="module")
def engine(files: SpeakerFiles) -> OnnxSpeakers:
    return SPEC.load(files)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    """Three voices that the models never heard, some of it at once."""
    plan = ConversationPlan(seed=5, speakers=3, minutes=0.75, overlap=0.2, voices=TEST_VOICES)
    return make_conversation(plan, tmp_path_factory.mktemp("talk"))


def sound_of(made: Conversation, *, start: float = 0.0) -> Sound:
    header = made.path.read_bytes().index(b"data") + 8
    samples = (made.path.stat().st_size - header) // 2
    return Sound(made.path, header, samples, start)


def everywhere(sound: Sound) -> tuple[Span, ...]:
    return (Span(sound.start, sound.end),)


def frames_of(turns: tuple[Turn, ...], seconds: float) -> "np.ndarray[Any, Any]":
    """Who speaks in each hundredth of a second; shape (frames, speakers)."""
    names = sorted({turn.speaker for turn in turns})
    grid = np.zeros((round(seconds * 100), len(names)), dtype=bool)
    for turn in turns:
        grid[round(turn.start * 100) : round(turn.end * 100), names.index(turn.speaker)] = True
    return grid


def error_rate(reference: tuple[Turn, ...], found: tuple[Turn, ...], seconds: float) -> float:
    """Diarisation error rate without a collar, overlapping speech counted."""
    from scipy.optimize import linear_sum_assignment

    right, said = frames_of(reference, seconds), frames_of(found, seconds)
    rows, columns = linear_sum_assignment(right.T.astype(int) @ said.astype(int), maximize=True)
    correct = (right[:, rows] & said[:, columns]).sum(axis=1)
    errors = np.maximum(right.sum(axis=1), said.sum(axis=1)) - correct
    return float(errors.sum() / right.sum())


@speaks
@system
def test_unheard_voices_are_told_apart(engine: OnnxSpeakers, talk: Conversation) -> None:
    """Without the count the number of speakers is right and at most 15 % of the time is wrong."""
    sound = sound_of(talk)
    found = engine.diarise(sound, everywhere(sound), SpeakerOptions(diarize=True), Watch())
    assert len(found.voices) == 3
    assert error_rate(talk.turns, found.turns, talk.duration) < 0.15


@speaks
@system
@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_count_that_is_asked_for_is_kept(
    engine: OnnxSpeakers, talk: Conversation, count: int
) -> None:
    """Exactly so many speakers come back, named in the order in which they are first heard."""
    sound = sound_of(talk)
    options = SpeakerOptions(diarize=True, num_speakers=count)
    found = engine.diarise(sound, everywhere(sound), options, Watch())
    heard = list(dict.fromkeys(turn.speaker for turn in found.turns))
    assert heard == [f"SPEAKER_{i:02d}" for i in range(count)]
    assert [voice.speaker for voice in found.voices] == heard
    assert found.notes == ()


@speaks
@system
def test_turns_are_in_order_and_inside_the_recording(
    engine: OnnxSpeakers, talk: Conversation
) -> None:
    """Turns lie on the recording's clock, those of one speaker apart, with confidences."""
    sound = sound_of(talk, start=100.0)
    found = engine.diarise(sound, everywhere(sound), SpeakerOptions(diarize=True), Watch())
    assert list(found.turns) == sorted(found.turns, key=lambda turn: turn.start)
    last: dict[str, float] = {}
    for turn in found.turns:
        assert sound.start <= turn.start < turn.end <= sound.end
        assert last.get(turn.speaker, 0) <= turn.start
        last[turn.speaker] = turn.end
        assert turn.confidence is not None
        assert 0 <= turn.confidence <= 1
    for voice in found.voices:
        assert abs(sum(x * x for x in voice.embedding) - 1) < 1e-3
        assert 0 < voice.seconds < talk.duration


@speaks
@system
def test_overlapping_speech_stays(engine: OnnxSpeakers, tmp_path: Path) -> None:
    """Where two speak at once both have a turn."""
    plan = ConversationPlan(seed=8, speakers=2, minutes=0.6, overlap=0.7, voices=TEST_VOICES)
    made = make_conversation(plan, tmp_path)
    sound = sound_of(made)
    options = SpeakerOptions(diarize=True, num_speakers=2)
    found = engine.diarise(sound, everywhere(sound), options, Watch())
    both = frames_of(made.turns, made.duration).sum(axis=1) == 2
    heard = frames_of(found.turns, made.duration).sum(axis=1) == 2
    assert (both & heard).sum() > 0.5 * both.sum()


@speaks
@system
def test_the_same_recording_gives_the_same_answer(engine: OnnxSpeakers, talk: Conversation) -> None:
    """Nothing is drawn by chance."""
    sound = sound_of(talk)
    once, twice = (
        engine.diarise(sound, everywhere(sound), SpeakerOptions(diarize=True), Watch())
        for _ in range(2)
    )
    assert once == twice


@speaks
@system
def test_a_voice_is_known_again(engine: OnnxSpeakers, talk: Conversation) -> None:
    """Two stretches of one speaker are nearer to each other than to another's."""
    sound = sound_of(talk)
    by: dict[str, list[Span]] = {}
    for turn in talk.turns:
        by.setdefault(turn.speaker, []).append(Span(turn.start, turn.end))
    one, other = (spans for spans in list(by.values())[:2])
    first, second = engine.embed(sound, one[:2]), engine.embed(sound, one[2:])
    stranger = engine.embed(sound, other)
    assert similarity(first, second) > similarity(first, stranger)


@speaks
@system
def test_sherpa_onnx_itself_takes_both_models(files: SpeakerFiles, talk: Conversation) -> None:
    """The layout is that of the public models: sherpa-onnx's own pipeline runs with them."""
    import sherpa_onnx

    config = sherpa_onnx.OfflineSpeakerDiarizationConfig(
        segmentation=sherpa_onnx.OfflineSpeakerSegmentationModelConfig(
            pyannote=sherpa_onnx.OfflineSpeakerSegmentationPyannoteModelConfig(
                model=str(files.models["segmentation"].path / "model.onnx")
            )
        ),
        embedding=sherpa_onnx.SpeakerEmbeddingExtractorConfig(
            model=str(files.models["embedding"].path / "model.onnx")
        ),
        clustering=sherpa_onnx.FastClusteringConfig(num_clusters=3),
    )
    assert config.validate()
    sound = sound_of(talk)
    found = sherpa_onnx.OfflineSpeakerDiarization(config).process(sound.read(0, sound.end))
    assert found.num_speakers == 3


def test_nobody_speaks_in_silence(engine: OnnxSpeakers, tmp_path: Path) -> None:
    """Where the detector heard nobody, or there is only silence, there are no turns."""
    noise = make_noise(12, tmp_path)
    nobody = engine.diarise(noise, (), SpeakerOptions(diarize=True, num_speakers=2), Watch())
    assert (nobody.turns, nobody.voices) == ((), ())
    assert nobody.notes == ("2 speakers were asked for, and there is speech enough for 0",)
    quiet = make_sound(np.zeros(3 * SAMPLE_RATE, dtype=np.float32), tmp_path)
    assert engine.diarise(quiet, everywhere(quiet), SpeakerOptions(), Watch()).turns == ()


def test_progress_grows_to_one(engine: OnnxSpeakers, tmp_path: Path) -> None:
    """The caller is told how far it is, at least once a minute of sound."""
    sound, told = make_noise(95, tmp_path), list[float]()
    engine.diarise(sound, everywhere(sound), SpeakerOptions(), Watch(on_progress=told.append))
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) > 2


def test_it_stops_when_it_is_told(engine: OnnxSpeakers, tmp_path: Path) -> None:
    """A caller that has had enough is asked often, and obeyed."""
    sound, asked = make_noise(95, tmp_path), list[int]()

    def enough() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(Cancelled):
        engine.diarise(sound, everywhere(sound), SpeakerOptions(), Watch(cancelled=enough))
    assert len(asked) == 3


def test_impossible_counts_are_refused(engine: OnnxSpeakers, tmp_path: Path) -> None:
    """A least number above the greatest is the caller's mistake."""
    options = SpeakerOptions(min_speakers=3, max_speakers=2)
    sound = make_noise(1, tmp_path)
    with pytest.raises(UsageError, match="min_speakers 3"):
        engine.diarise(sound, everywhere(sound), options, Watch())


@pytest.mark.parametrize("spans", [(), (Span(0, 0.3),), (Span(0, 3),)])
def test_no_voice_is_made_up(engine: OnnxSpeakers, tmp_path: Path, spans: tuple[Span, ...]) -> None:
    """From nothing, from an instant and from silence no voice is learnt."""
    sound = make_sound(np.zeros(4 * SAMPLE_RATE, dtype=np.float32), tmp_path)
    with pytest.raises(VoiceError, match="too little"):
        engine.embed(sound, spans)


def test_what_the_engine_is_told_before_loading(files: SpeakerFiles) -> None:
    """It needs no extra and no token, names the settings of its models, and says what it takes."""
    assert SPEC.extra is None
    assert SPEC.needs == ("sherpa_onnx", "onnxruntime")
    assert dict(SPEC.roles) == {
        "segmentation": "segmentation_model",
        "embedding": "embedding_model",
    }
    assert SPEC.memory(files) > sum(model.size for model in files.models.values())


def test_embeddings_of_other_weights_do_not_compare(files: SpeakerFiles) -> None:
    """The digest is that of the embedding model, whatever hears where people speak."""
    other = replace(files.models["embedding"], digest="other")
    first = SPEC.load(files).info
    second = SPEC.load(replace(files, models={**files.models, "embedding": other})).info
    assert first.digest != second.digest
    assert first.overlaps
    assert not first.baseline


def test_the_threshold_is_the_models(files: SpeakerFiles) -> None:
    """A model may say from which similarity on a voice is a known one; else there is a default."""
    said = files.models["embedding"]
    for card, expected in ((ModelCard(recognises=0.7), 0.7), (ModelCard(), RECOGNISES)):
        models = {**files.models, "embedding": replace(said, card=card)}
        assert SPEC.load(replace(files, models=models)).info.threshold == expected


def test_a_model_that_is_not_given_is_named(files: SpeakerFiles) -> None:
    """A missing model, or one in another layout, is refused by role."""
    only = {"segmentation": files.models["segmentation"]}
    with pytest.raises(ModelError, match="the embedding model") as caught:
        SPEC.load(replace(files, models=only))
    assert "embedding_model" in caught.value.hint


def test_models_are_not_mistaken_for_each_other(files: SpeakerFiles) -> None:
    """Either in the place of the other is refused for what it lacks."""
    segmentation, embedding = files.models["segmentation"], files.models["embedding"]
    swapped = {"segmentation": embedding, "embedding": segmentation}
    with pytest.raises(ModelDamagedError, match="lacks window_size"):
        SPEC.load(replace(files, models=swapped))
    with pytest.raises(ModelDamagedError, match="its framework is ''"):
        SPEC.load(replace(files, models={**files.models, "embedding": segmentation}))


def drop(key: str) -> Callable[[onnx.ModelProto], None]:
    """Forget one of the metadata."""

    def change(model: onnx.ModelProto) -> None:
        kept = [(prop.key, prop.value) for prop in model.metadata_props if prop.key != key]
        del model.metadata_props[:]
        for name, value in kept:
            model.metadata_props.add(key=name, value=value)

    return change


def say(key: str, value: str) -> Callable[[onnx.ModelProto], None]:
    """Change one of the metadata."""

    def change(model: onnx.ModelProto) -> None:
        next(prop for prop in model.metadata_props if prop.key == key).value = value

    return change


@pytest.mark.parametrize(
    ("role", "change", "message"),
    [
        ("segmentation", drop("receptive_field_shift"), "lacks receptive_field_shift"),
        ("segmentation", say("num_classes", "8"), "8 classes, not 7"),
        ("segmentation", say("sample_rate", "8000"), "8000 Hz"),
        ("segmentation", say("receptive_field_shift", "0"), "impossible"),
        ("embedding", drop("normalize_samples"), "lacks normalize_samples"),
        ("embedding", drop("language"), "lacks language"),
        ("embedding", say("framework", "mine"), "framework is 'mine'"),
        ("embedding", say("sample_rate", "8000"), "8000 Hz"),
    ],
)
def test_metadata_are_checked_before_anything_runs(
    files: SpeakerFiles,
    tmp_path: Path,
    role: str,
    change: Callable[[onnx.ModelProto], None],
    message: str,
) -> None:
    """A model without what the libraries need is refused; sherpa-onnx would end the process."""
    model = onnx.load(files.models[role].path / "model.onnx")
    change(model)
    onnx.save(model, tmp_path / "model.onnx")
    models = {**files.models, role: replace(files.models[role], path=tmp_path)}
    with pytest.raises(ModelDamagedError, match=message):
        SPEC.load(replace(files, models=models))


@pytest.mark.parametrize("role", ["segmentation", "embedding"])
def test_a_file_that_is_no_model_is_damage(files: SpeakerFiles, tmp_path: Path, role: str) -> None:
    """Bytes that are not ONNX are refused by name."""
    (tmp_path / "model.onnx").write_bytes(b"<html>")
    models = {**files.models, role: replace(files.models[role], path=tmp_path)}
    with pytest.raises(ModelDamagedError, match=r"model\.onnx"):
        SPEC.load(replace(files, models=models))


def test_the_libraries_leave_nothing_behind(tmp_path: Path) -> None:
    """Neither library, loaded together, writes an identifier to the disk."""
    mine = {n: v for n, v in os.environ.items() if not n.startswith("ORT_")}
    mine |= {"TMPDIR": str(tmp_path), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    program = "import hansard.models.speakers.onnx_engine"
    subprocess.run([sys.executable, "-B", "-c", program], env=mine, check=True)
    assert list(tmp_path.iterdir()) == []
