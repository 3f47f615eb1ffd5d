"""Chromaprint: copies of a recording are told from other recordings."""

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hansard.audio.fingerprints import (
    SAME,
    Fingerprint,
    FingerprintIndex,
    can_fingerprint,
    fingerprint,
    similarity,
)
from hansard.errors import MediaError
from hansard.testing.media import Recipe, make

Tune = NDArray[np.float32]

pytestmark = pytest.mark.skipif(not can_fingerprint(), reason="fpcalc is not installed")


def tune(seconds: float, seed: int) -> Tune:
    """Notes of a scale, another tune for each seed: mono at 16 kHz."""
    random = np.random.default_rng(seed)
    notes = []
    while sum(map(len, notes)) < seconds * 16_000:
        length = int(random.uniform(0.15, 0.4) * 16_000)
        hertz = 220 * 2 ** (random.integers(0, 24) / 12)
        clock = np.arange(length) / 16_000
        voice = sum(np.sin(2 * np.pi * hertz * k * clock) / k for k in (1, 2, 3))
        notes.append(0.2 * voice * np.hanning(length))
    return np.concatenate(notes)[: int(seconds * 16_000)].astype(np.float32)


def write_wav(path: Path, samples: Tune) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Fingerprint:
    return fingerprint(write_wav(tmp_path_factory.mktemp("tune") / "tune.wav", tune(12, 1)))


def test_other_volume_is_the_same_recording(tmp_path: Path, original: Fingerprint) -> None:
    """A quieter copy sounds the same."""
    quiet = fingerprint(write_wav(tmp_path / "quiet.wav", tune(12, 1) / 5))
    assert similarity(original, quiet) > 0.97


def test_another_encoding_is_the_same_recording(tmp_path: Path, original: Fingerprint) -> None:
    """Opus at 16 kbit/s and another rate sounds the same."""
    recipe = Recipe(container="ogg", codec="libopus", channels=1, bit_rate=16_000)
    sound = np.repeat(tune(12, 1)[None], 3, axis=1)
    copy = make(tmp_path / "copy.ogg", recipe, sound)
    assert similarity(original, fingerprint(copy)) > SAME


@pytest.mark.parametrize("cut", [0.53, 1.0])
def test_a_second_cut_off_is_the_same_recording(
    tmp_path: Path, original: Fingerprint, cut: float
) -> None:
    """A copy without its beginning sounds the same, wherever it was cut."""
    rest = fingerprint(write_wav(tmp_path / "cut.wav", tune(12, 1)[int(cut * 16_000) :]))
    assert similarity(original, rest) > SAME


def test_other_recordings_are_not_the_same(tmp_path: Path, original: Fingerprint) -> None:
    """Other tunes of the same length stay well below the threshold."""
    others = [fingerprint(write_wav(tmp_path / f"{n}.wav", tune(12, n))) for n in range(2, 6)]
    assert max(similarity(original, other) for other in others) < 0.75


def test_an_excerpt_is_not_the_whole_recording(tmp_path: Path, original: Fingerprint) -> None:
    """A third of a recording is no copy of it."""
    part = fingerprint(write_wav(tmp_path / "part.wav", tune(12, 1)[: 4 * 16_000 + 8000]))
    assert part.usable
    assert similarity(original, part) == 0.0


@pytest.mark.parametrize("samples", [tune(1.5, 1), np.zeros(20 * 16_000, np.float32)])
def test_what_is_short_or_silent_is_like_nothing(tmp_path: Path, samples: Tune) -> None:
    """Recordings of which nothing can be told are not even like themselves."""
    heard = fingerprint(write_wav(tmp_path / "little.wav", samples))
    assert not heard.usable
    assert similarity(heard, heard) == 0.0


def test_a_name_like_a_flag_is_only_a_name(
    tmp_path: Path, original: Fingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file called `-x.wav` is read, not obeyed."""
    write_wav(tmp_path / "-x.wav", tune(12, 1))
    monkeypatch.chdir(tmp_path)
    assert similarity(original, fingerprint(Path("-x.wav"))) == 1.0


def test_what_is_no_media_is_refused(tmp_path: Path) -> None:
    """Text is refused by our own decoder, before fpcalc sees it."""
    path = tmp_path / "list.wav"
    path.write_text("ffconcat version 1.0\nfile /etc/passwd\n")
    with pytest.raises(MediaError):
        fingerprint(path)


def test_the_text_form_is_read_back(original: Fingerprint) -> None:
    """A fingerprint survives a journal."""
    assert Fingerprint.from_text(original.to_text(), original.duration) == original


def test_the_index_finds_copies_and_nothing_else(tmp_path: Path, original: Fingerprint) -> None:
    """Of several recordings the index gives the one that is the same."""
    index = FingerprintIndex()
    for n in range(2, 6):
        index.add(str(n), fingerprint(write_wav(tmp_path / f"{n}.wav", tune(12, n))))
    assert index.find(original) is None
    index.add("original", original)
    copy = fingerprint(write_wav(tmp_path / "copy.wav", tune(12, 1)[9000:] / 3))
    found = index.find(copy)
    assert found is not None
    assert found[0] == "original"
    assert found[1] >= SAME


def test_without_the_program_the_error_tells_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without fpcalc says what to install."""
    from hansard.errors import MissingExtraError

    path = write_wav(tmp_path / "tune.wav", tune(5, 1))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not can_fingerprint()
    with pytest.raises(MissingExtraError) as caught:
        fingerprint(path)
    assert "libchromaprint-tools" in caught.value.hint
