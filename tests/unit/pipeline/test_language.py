"""Which language is spoken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hansard.audio import Sound
from hansard.errors import UnknownNameError, UnsupportedOptionError
from hansard.models.engines import Window
from hansard.models.engines.fake import INFO, FakeBatch, FakeEngine
from hansard.pipeline.language import pick_windows, settle_language, weigh_languages
from hansard.pipeline.options import LanguageOptions
from hansard.transcript import Span
from hansard.transcript.languages import LANGUAGES, find_language

SOUND = Sound(Path("nowhere"), 0, 16000 * 600)


def windows(*speech: float) -> list[Window]:
    return [
        Window(SOUND, 30.0 * i, 30.0 * (i + 1), (Span(30.0 * i, 30.0 * i + seconds),))
        for i, seconds in enumerate(speech)
    ]


@dataclass
class Polyglot(FakeEngine):
    """Hears a language by where a window begins."""

    def encode(self, windows: Sequence[Window]) -> "PolyglotBatch":
        return PolyglotBatch(self, tuple(windows))


@dataclass
class PolyglotBatch(FakeBatch):
    def detect(self) -> Sequence[Mapping[str, float]]:
        german = {"de": 0.9, "en": 0.1}
        return [{"de": 0.2, "en": 0.8} if w.start < 30 else german for w in self.windows]


MANY = Polyglot((), info=replace(INFO, languages=frozenset({"de", "en", "hr"})))


def test_several_windows_outvote_the_first() -> None:
    """An English greeting before a German talk does not make the talk English."""
    spoken = settle_language(MANY, windows(5, 28, 28, 28), LanguageOptions())
    assert spoken.code == "de"
    assert spoken.probability == pytest.approx((5 * 0.2 + 84 * 0.9) / 89)
    assert not spoken.unsure


def test_an_unsure_language_is_told() -> None:
    """Below the floor the language is still the likeliest, and marked unsure."""
    spoken = settle_language(MANY, windows(10, 10), LanguageOptions(language_floor=0.95))
    assert spoken.unsure


def test_a_given_language_is_not_detected() -> None:
    """A language that was given is taken, by code or by name, and no probability is made up."""
    for name in ("hr", "Croatian", "croatian", "hr-HR"):
        spoken = settle_language(MANY, windows(10), LanguageOptions(language=name))
        assert (spoken.code, spoken.probability) == ("hr", None)


def test_a_language_the_model_lacks_is_refused() -> None:
    """The error names the model and what it knows."""
    with pytest.raises(UnsupportedOptionError, match="does not know") as caught:
        settle_language(MANY, windows(10), LanguageOptions(language="French"))
    assert "de, en, hr" in caught.value.hint


def test_an_unknown_language_suggests_what_is_near() -> None:
    """A misspelt name is refused with what was probably meant."""
    with pytest.raises(UnknownNameError, match="Germn") as caught:
        find_language("Germn")
    assert "german" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "code"),
    [("en", "en"), ("English", "en"), ("pt-BR", "pt"), ("zh_CN", "zh"), ("Mandarin", "zh"),
     ("Haitian Creole", "ht"), ("YUE", "yue")],
)  # fmt: skip
def test_languages_have_many_names(name: str, code: str) -> None:
    """Codes, regional codes and English names all lead to Whisper's code."""
    assert find_language(name) == code
    assert len(LANGUAGES) == 100


def test_windows_are_picked_from_all_over() -> None:
    """The window with most speech out of each part of the recording is heard."""
    picked = pick_windows(windows(1, 20, 3, 25, 2, 9), 3)
    assert [window.start for window in picked] == [30, 90, 150]
    assert pick_windows([], 3) == ()


def test_weights_are_normalised() -> None:
    """Probabilities are averaged by weight, whatever the weights sum to."""
    mean = weigh_languages([{"en": 1.0}, {"de": 1.0}], [3, 1])
    assert mean == {"en": 0.75, "de": 0.25}
