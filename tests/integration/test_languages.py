"""Language detection and translation through the whole program, on a multilingual checkpoint.

The bundled model knows English only, so a scripted one stands in: its weights are made here, it is
loaded as any model is, and it detects and writes what its script says.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from hansard import Options, Transcriber, Transcript
from hansard.errors import UnsupportedOptionError
from hansard.testing.checkpoints import Script, scripted_checkpoint
from hansard.work.demonstrate import find_sample

CROATIAN = Script(
    transcribe="Dobar dan svima, kako ste danas ovdje?",
    translate="Good day everyone, how are you doing?",
    languages={"hr": 0.6, "sr": 0.3},
    seconds=6.0,
)
NOTE = find_sample("note").path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scripted_checkpoint(tmp_path_factory.mktemp("models") / "croatian", CROATIAN)


@pytest.fixture(scope="module")
def transcriber(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Transcriber:
    data = tmp_path_factory.mktemp("data")
    return Transcriber(
        Options(model=str(model), data_dir=data, offline=True, compute_type="float32")
    )


def hear(transcriber: Transcriber, **changes: object) -> Transcript:
    return transcriber.transcribe(NOTE, replace(transcriber.options, **changes))  # type: ignore[arg-type]


def test_the_language_is_detected_with_its_probability(transcriber: Transcriber) -> None:
    """Without a language given, the likeliest one is reported with its probability."""
    made = hear(transcriber)
    assert made.language == "hr"
    assert made.language_probability == pytest.approx(0.6 / 0.9, abs=0.05)
    assert made.text == CROATIAN.transcribe
    assert made.segments[0].language == "hr"


def test_an_unsure_language_is_noted(transcriber: Transcriber) -> None:
    """Below the confidence floor the trust report says so."""
    made = hear(transcriber, language_floor=0.9)
    assert made.trust is not None
    assert any("unsure of the language: hr" in note for note in made.trust.notes)


def test_a_given_language_wins(transcriber: Transcriber) -> None:
    """A language that was given is used and reported, and no probability is invented."""
    made = hear(transcriber, language="serbian")
    assert (made.language, made.language_probability) == ("sr", None)


def test_translation_writes_english(transcriber: Transcriber) -> None:
    """`translate` writes English, says so, and still has word times."""
    made = hear(transcriber, task="translate")
    assert made.text == CROATIAN.translate
    assert made.language == "en"
    assert len(made.words) == 7


def test_words_are_timed_with_and_without_timestamps(transcriber: Transcriber) -> None:
    """Word times come from one pass over accepted text, however it was decoded."""
    plain = hear(transcriber)
    stamped = hear(transcriber, timestamps=True)
    assert [w.text for w in plain.words] == [w.text for w in stamped.words]
    assert all(word.method == "cross-attention" for word in plain.words)


def test_a_model_that_cannot_translate_says_so(model: Path, tmp_path: Path) -> None:
    """A checkpoint whose card says that it does not translate refuses, with a way out."""
    import shutil

    turbo = tmp_path / "turbo"
    shutil.copytree(model, turbo)
    (turbo / "hansard.json").write_text('{"translates": false}')
    options = Options(model=str(turbo), data_dir=tmp_path, offline=True, task="translate")
    refusal = pytest.raises(UnsupportedOptionError, match="cannot translate")
    with Transcriber(options) as transcriber, refusal as caught:
        transcriber.transcribe(NOTE)
    assert "large-v3" in caught.value.hint


def test_previous_text_is_told_only_where_asked(transcriber: Transcriber) -> None:
    """Conditioning on previous text works on a model that allows it, one window at a time."""
    made = hear(transcriber, condition_on_previous_text=True)
    assert made.text == CROATIAN.transcribe
