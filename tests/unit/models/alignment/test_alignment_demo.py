"""The bundled aligner on the bundled recordings and on speech whose word times are known."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hansard.audio import Sound
from hansard.audio.media import open_sound
from hansard.errors import EngineError
from hansard.evaluation.word_times import word_time_errors
from hansard.models.alignment.aligner import CtcAligner
from hansard.models.alignment.onnx import SPEC
from hansard.models.hub import ModelFiles
from hansard.testing.espeak import EspeakVoice, can_speak, speak
from hansard.testing.sounds import make_sound
from hansard.transcript import Span
from hansard.work.demonstrate import find_sample

DEMO = Path(__file__).parents[4] / "src/hansard/data/demo-aligner"


@pytest.fixture(scope="module")
def aligner() -> CtcAligner:
    size = (DEMO / "model.onnx").stat().st_size
    return SPEC.load(ModelFiles(name="demo-aligner", path=DEMO, layout="onnx", size=size), 1)


@pytest.fixture(scope="module")
def note(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    return open_sound(find_sample("note").path, tmp_path_factory.mktemp("spool")).sound


def test_it_is_small() -> None:
    """The whole folder stays below 1.5 MB."""
    assert sum(path.stat().st_size for path in DEMO.iterdir()) < 1_500_000


def test_a_bundled_recording(aligner: CtcAligner, note: Sound) -> None:
    """Every word is found, in order, between the recording's true first and last moments."""
    line = find_sample("note").segments[0]
    texts = [" " + word for word in line.text.split()]
    words = aligner.align(note, Span(0, note.end), texts, "en")
    found = [word for word in words if word is not None]
    assert [word.text for word in found] == texts
    assert found[0].start == pytest.approx(line.start, abs=0.06)
    assert found[-1].end == pytest.approx(line.end, abs=0.06)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(word.method == "ctc" and word.confidence for word in found)


def test_words_that_were_not_said(aligner: CtcAligner, note: Sound) -> None:
    """A word that is not in the sound, or has no letters, is None and shifts nobody."""
    line = find_sample("note").segments[0].text.split()
    texts = [" " + word for word in (*line[:5], "zephyrquartz", "—", *line[5:])]
    plain = aligner.align(note, Span(0, note.end), [" " + word for word in line], "en")
    words = aligner.align(note, Span(0, note.end), texts, "en")
    assert words[5] is None
    assert words[6] is None
    for before, after in zip(plain, (*words[:5], *words[7:]), strict=True):
        assert before is not None
        assert after is not None
        assert after.start == pytest.approx(before.start, abs=0.15)


def test_silence_and_nothing(aligner: CtcAligner, tmp_path: Path) -> None:
    """No word is found in no sound, nor in silence that is too short for it."""
    silence = make_sound(np.zeros(1600, np.float32), tmp_path)
    assert aligner.align(silence, Span(0, 0.1), [" something"], "en") == (None,)
    assert aligner.align(silence, Span(0, 0.1), [], "en") == ()
    assert aligner.align(silence, Span(0, 0.1), [" 你", " ?"], "en")[1] is None


def test_a_closed_aligner_says_so(note: Sound) -> None:
    """After close, the model is gone, and asking is an error and no crash."""
    closed = SPEC.load(ModelFiles(name="demo-aligner", path=DEMO, layout="onnx"), 1)
    closed.close()
    with pytest.raises(EngineError, match="closed"):
        closed.align(note, Span(0, 2), [" something"], "en")


@pytest.mark.system
@pytest.mark.skipif(not can_speak(), reason="espeak-ng is not installed")
@pytest.mark.parametrize("voice", ["linda", "travis"])
def test_word_times(aligner: CtcAligner, voice: str, tmp_path: Path) -> None:
    """Voices that it never met are timed within 60 ms, numbers included."""
    said = speak(
        "The budget for the second quarter is about twelve thousand dollars, and Maria will send "
        "the report on Monday before lunch.",
        EspeakVoice(variant=voice),
    )
    silence = np.zeros(8000, np.float32)
    samples = np.concatenate([silence, said.samples, silence])
    sound = make_sound(samples, tmp_path, start=-0.5)
    # as a recogniser writes it
    texts = [" " + word.text.strip() for word in said.words]
    found = aligner.align(sound, Span(-0.5, sound.end), texts, "en")
    errors = word_time_errors(said.words, [word for word in found if word is not None])
    assert errors.unmatched == 0
    assert errors.start is not None
    assert errors.end is not None
    assert errors.start.median < 0.06
    assert errors.end.median < 0.06
    assert errors.start.p95 < 0.15


@pytest.mark.system
@pytest.mark.skipif(not can_speak(), reason="espeak-ng is not installed")
def test_numbers_are_read_out(aligner: CtcAligner, tmp_path: Path) -> None:
    """A number that stands in digits is found where its words are said."""
    said = speak("We need twenty five more weeks.", EspeakVoice())
    sound = make_sound(said.samples, tmp_path)
    found = aligner.align(sound, Span(0, sound.end), [" We", " need", " 25", " more"], "en")
    assert found[2] is not None
    assert found[2].start == pytest.approx(said.words[2].start, abs=0.06)
    assert found[2].end == pytest.approx(said.words[3].end, abs=0.06)
