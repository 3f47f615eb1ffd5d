"""Speakers by pyannote's pipeline: how it is found, and, where it is installed, that it runs."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from hansard.errors import (
    HubUnreachableError,
    ModelGatedError,
    ModelNotFoundError,
    ModelNotHereError,
)
from hansard.models.speakers import SpeakerFiles
from hansard.models.speakers.pyannote import SPEC, Place, find_pipeline
from hansard.testing.hub_server import HubServer

REPO = "pyannote/speaker-diarization-community-1"
TOKEN = "hf_" + "A" * 30
PLACEHOLDER = "your_huggingface_token_here"
FILES = {"config.yaml": b"pipeline: {}", "embedding/pytorch_model.bin": b"weights"}


def asked(source: str, *, token: str | None = None, offline: bool = False) -> SpeakerFiles:
    return SpeakerFiles(models={}, threads=1, source=source, token=token, offline=offline)


@pytest.fixture
def server() -> Iterator[HubServer]:
    """A hub whose pipeline is gated, as pyannote's is."""
    with HubServer() as server:
        server.add(REPO, FILES, gated={TOKEN})
        yield server


@pytest.fixture
def place(server: HubServer, tmp_path: Path) -> Place:
    return Place(server.endpoint, tmp_path / "cache")


def test_what_it_needs_is_known_before_it_is_loaded() -> None:
    """It is in an extra of its own, and finds its models itself."""
    assert SPEC.extra == "pyannote"
    assert SPEC.needs == ("pyannote", "torch")
    assert dict(SPEC.roles) == {}
    assert SPEC.memory(asked(REPO)) > 0


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    """A folder needs neither token nor network."""
    assert find_pipeline(asked(str(tmp_path), offline=True)) == tmp_path


@pytest.mark.parametrize("source", ["", "/no/such/folder", "one-word", "a/b/c"])
def test_what_is_neither_folder_nor_repository_is_refused(source: str) -> None:
    """The setting is named."""
    with pytest.raises(ModelNotFoundError) as caught:
        find_pipeline(asked(source))
    assert "pyannote_model" in caught.value.hint


def test_a_gate_names_the_terms_and_the_token(place: Place) -> None:
    """Without a token the page to accept and the setting are named; a placeholder is no token."""
    for token in (None, PLACEHOLDER):
        with pytest.raises(ModelGatedError, match=REPO) as caught:
            find_pipeline(asked(REPO, token=token), place)
        assert "accept its terms" in caught.value.hint
        assert "hf_token" in caught.value.hint


def test_a_placeholder_is_never_sent(server: HubServer, place: Place) -> None:
    """What is no token is not told to the hub."""
    with pytest.raises(ModelGatedError):
        find_pipeline(asked(REPO, token=PLACEHOLDER), place)
    assert {request.token for request in server.requests} == {None}


def test_with_a_token_it_comes_once(server: HubServer, place: Place) -> None:
    """It is fetched with all its folders, and found again offline."""
    folder = find_pipeline(asked(REPO, token=TOKEN), place)
    assert (folder / "embedding" / "pytorch_model.bin").read_bytes() == b"weights"
    before = len(server.requests)
    assert find_pipeline(asked(REPO, offline=True), place) == folder
    assert len(server.requests) == before


def test_offline_nothing_is_fetched(server: HubServer, place: Place) -> None:
    """What is not on this machine stays away, and no connection is opened."""
    with pytest.raises(ModelNotHereError, match="offline"):
        find_pipeline(asked(REPO, token=TOKEN, offline=True), place)
    assert server.requests == []


def test_a_hub_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    """A refused connection is not mistaken for a missing model."""
    with pytest.raises(HubUnreachableError, match=REPO):
        find_pipeline(asked(REPO), Place("http://127.0.0.1:9", tmp_path))


@pytest.mark.torch
@pytest.mark.skipif(find_spec("pyannote") is None, reason="pyannote.audio is not installed")
def test_the_real_pipeline_runs(tmp_path: Path) -> None:
    """pyannote.audio with random weights, in a process of its own: turns, voices, no telemetry."""
    program = textwrap.dedent(PROGRAM)
    mine = {**os.environ, "HF_HUB_OFFLINE": "1"}
    mine.pop("PYANNOTE_METRICS_ENABLED", None)
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        env=mine,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout == "as it should be\n"


PROGRAM = """
    import os, sys
    from pathlib import Path
    import numpy as np
    from hansard.audio import Sound
    from hansard.errors import Cancelled
    from hansard.models.speakers import SpeakerFiles, SpeakerOptions, Watch
    from hansard.models.speakers.pyannote import SPEC
    from hansard.transcript import Span

    folder, told = Path(sys.argv[1]), []
    os.environ["PYANNOTE_METRICS_ENABLED"] = "false"
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import WeSpeakerResNet34
    from pyannote.audio.models.segmentation import PyanNet
    del os.environ["PYANNOTE_METRICS_ENABLED"]

    def keep(model, name, **facts):
        (folder / name).mkdir()
        model.specifications = Specifications(**facts)
        model.build()
        if name == "segmentation":  # the first speaker, always: random weights hear two at once
            torch.nn.init.zeros_(model.classifier.weight)
            model.classifier.bias.data = torch.tensor([0, 9, 0, 0, 0, 0, 0.0])
        kind = {"module": type(model).__module__, "class": type(model).__name__}
        torch.save({
            "state_dict": model.state_dict(),
            "hyper_parameters": dict(model.hparams),
            "pytorch-lightning_version": "2.5.0",
            "pyannote.audio": {
                "versions": {"torch": torch.__version__, "pyannote.audio": "4.0.0"},
                "architecture": kind,
                "specifications": model.specifications,
            },
        }, folder / name / "pytorch_model.bin")

    torch.manual_seed(0)
    keep(PyanNet(), "segmentation", problem=Problem.MONO_LABEL_CLASSIFICATION,
         resolution=Resolution.FRAME, duration=10.0, classes=["a", "b", "c"],
         powerset_max_classes=2, permutation_invariant=True)
    keep(WeSpeakerResNet34(), "embedding", problem=Problem.REPRESENTATION,
         resolution=Resolution.CHUNK, duration=5.0)
    (folder / "plda").mkdir()
    dice = np.random.default_rng(0)
    np.savez(folder / "plda" / "xvec_transform.npz", mean1=np.zeros(256), mean2=np.zeros(128),
             lda=dice.standard_normal((256, 128)))
    np.savez(folder / "plda" / "plda.npz", mu=np.zeros(128), psi=np.linspace(2, 0.1, 128),
             tr=np.linalg.qr(dice.standard_normal((128, 128)))[0])
    (folder / "config.yaml").write_text('''
    pipeline:
      name: pyannote.audio.pipelines.SpeakerDiarization
      params: {segmentation: $model/segmentation, embedding: $model/embedding,
               plda: $model/plda, clustering: VBxClustering}
    params:
      clustering: {threshold: 0.6, Fa: 0.07, Fb: 0.8}
      segmentation: {min_duration_off: 0.0}
    ''')

    samples = (dice.standard_normal(16000 * 12) * 3000).astype("<i2")
    (folder / "sound.pcm").write_bytes(samples.tobytes())
    sound = Sound(folder / "sound.pcm", 0, len(samples), 100.0)
    engine = SPEC.load(SpeakerFiles(models={}, threads=1, source=str(folder), offline=True))
    assert os.environ["PYANNOTE_METRICS_ENABLED"] == "false"
    assert len(engine.info.digest) == 64 and engine.info.overlaps
    found = engine.diarise(sound, [Span(100, 112)], SpeakerOptions(), Watch(told.append))
    assert found.turns and all(100 <= t.start < t.end <= 112.1 for t in found.turns)
    assert [v.speaker for v in found.voices] == ["SPEAKER_00"]
    assert abs(sum(x * x for x in found.voices[0].embedding) - 1) < 1e-6
    assert told == sorted(told) and told[-1] == 1 and len(told) > 2
    assert len(engine.embed(sound, [Span(100, 103)])) == len(found.voices[0].embedding)
    assert engine.diarise(sound, [], SpeakerOptions(), Watch()).turns == ()
    try:
        engine.diarise(sound, [Span(100, 112)], SpeakerOptions(), Watch(cancelled=lambda: True))
    except Cancelled:
        print("as it should be")
"""
