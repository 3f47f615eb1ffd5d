"""The default engine and the detector on the bundled checkpoint: real weights, real sound."""

from pathlib import Path

import numpy as np
import pytest

from hansard.audio import Sound
from hansard.audio.media import open_sound
from hansard.errors import (
    MemoryExhaustedError,
    MissingExtraError,
    ModelDamagedError,
    UnknownNameError,
)
from hansard.models.engines import Ask, DecodeOptions, Placement, Window
from hansard.models.engines.faster_whisper import SPEC, FasterWhisper
from hansard.models.hub.files import ModelFiles
from hansard.models.hub.hub import Hub
from hansard.models.hub.options import HubOptions
from hansard.models.vad.silero import Silero
from hansard.plugins import list_engines, load_engine_spec
from hansard.testing.sounds import make_sound
from hansard.work.demonstrate import find_sample

PLACE = Placement(device="cpu", device_index=0, compute_type="int8", threads=1, workers=1, batch=4)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    return Hub(HubOptions(data_dir=tmp_path_factory.mktemp("data"))).find("demo")


@pytest.fixture(scope="module")
def engine(files: ModelFiles) -> FasterWhisper:
    return SPEC.load(files, PLACE)


@pytest.fixture(scope="module")
def standup(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    return open_sound(find_sample("standup").path, tmp_path_factory.mktemp("spool")).sound


def windows(sound: Sound) -> list[Window]:
    spans = [(0.2, 3.5), (3.8, 7.0), (7.4, 15.8), (16.3, 22.6), (31.5, 44.1)]
    return [Window(sound, start, end) for start, end in spans]


def decode(engine: FasterWhisper, chosen: list[Window], options: DecodeOptions) -> list[str]:
    encoded = engine.encode(chosen)
    found = dict(encoded.decode([Ask(row) for row in range(len(chosen))], options))
    encoded.close()
    return [found[row].text for row in range(len(chosen))]


def test_a_rows_text_does_not_depend_on_its_neighbours(
    engine: FasterWhisper, standup: Sound
) -> None:
    """Windows of different lengths give the same text alone, together, and in another order."""
    chosen = windows(standup)
    together = decode(engine, chosen, DecodeOptions())
    assert together[0].strip() == "Good morning everyone, let's start the meeting."
    assert [decode(engine, [one], DecodeOptions())[0] for one in chosen] == together
    assert decode(engine, chosen[::-1], DecodeOptions()) == together[::-1]


def test_a_subset_may_be_asked_again(engine: FasterWhisper, standup: Sound) -> None:
    """Rows of an encoded batch can be asked alone, with other options, without encoding again."""
    encoded = engine.encode(windows(standup))
    whole = dict(encoded.decode([Ask(row) for row in range(5)], DecodeOptions()))
    again = dict(encoded.decode([Ask(3), Ask(1)], DecodeOptions()))
    assert {row: again[row].text for row in again} == {row: whole[row].text for row in (1, 3)}
    stamped = dict(encoded.decode([Ask(2)], DecodeOptions(timestamps=True)))
    assert len(stamped[2].pieces) >= 2
    encoded.close()


def test_prompts_of_different_lengths_share_a_batch(engine: FasterWhisper, standup: Sound) -> None:
    """Rows may be told different things; each keeps its own place in the result."""
    encoded = engine.encode(windows(standup)[:3])
    asks = [Ask(0, prompt="A meeting."), Ask(1), Ask(2, prompt="Last week we had errors.")]
    found = dict(encoded.decode(asks, DecodeOptions()))
    encoded.close()
    assert sorted(found) == [0, 1, 2]
    assert "finish the search page" in found[2].text


def test_a_prefix_is_continued(engine: FasterWhisper, standup: Sound) -> None:
    """A row that is given how its text begins, begins so and goes on with what is heard."""
    encoded = engine.encode(windows(standup)[:1])
    ((_, found),) = encoded.decode([Ask(0, prefix="Good evening everyone,")], DecodeOptions())
    encoded.close()
    assert found.text.strip() == "Good evening everyone, let's start the meeting."


def test_words_are_in_order_inside_their_window(engine: FasterWhisper, standup: Sound) -> None:
    """Each word has times inside its window, in order, a probability and its tokens."""
    chosen = windows(standup)
    encoded = engine.encode(chosen)
    said = dict(encoded.decode([Ask(row) for row in range(5)], DecodeOptions()))
    timed = encoded.align(said)
    encoded.close()
    for row, words in timed.items():
        times = [time for word in words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert chosen[row].start <= times[0]
        assert times[-1] <= chosen[row].end
        assert "".join(word.text for word in words).strip() == said[row].text.strip()
        tokens = [token for word in words for token in word.tokens]
        assert tokens == [token for piece in said[row].pieces for token in piece.tokens]
        assert all(0 <= (word.probability or -1) <= 1 for word in words)


def test_token_limits_are_kept_and_told(engine: FasterWhisper, standup: Sound) -> None:
    """A text that is cut off by the limit says that it is not finished."""
    encoded = engine.encode(windows(standup)[:1])
    (found,) = [h for _, h in encoded.decode([Ask(0)], DecodeOptions(max_new_tokens=4))]
    encoded.close()
    assert not found.finished
    assert len(found.pieces[0].tokens) <= 4


@pytest.mark.parametrize("seconds", [0.0005, 0.02, 0.1, 29.99, 30.0])
def test_windows_of_any_length_decode(
    engine: FasterWhisper, seconds: float, tmp_path: Path
) -> None:
    """From a few samples to a full window nothing breaks."""
    samples = np.random.default_rng(0).normal(0, 0.001, round(seconds * 16000))
    sound = make_sound(samples.astype(np.float32), tmp_path)
    assert len(decode(engine, [Window(sound, 0.0, seconds)], DecodeOptions(beam_size=1))) == 1


def test_damaged_weights_are_one_clear_error(files: ModelFiles, tmp_path: Path) -> None:
    """Weights that were cut short are refused by name."""
    import shutil
    from dataclasses import replace

    broken = tmp_path / "broken"
    shutil.copytree(files.path, broken)
    weights = (broken / "model.bin").read_bytes()
    (broken / "model.bin").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(ModelDamagedError, match="demo"):
        SPEC.load(replace(files, path=broken), PLACE)


def test_the_detector_hears_blocks_alike(standup: Sound, tmp_path: Path) -> None:
    """Ten minutes heard by one thread or by two give the same probabilities."""
    long = np.tile(standup.read(0, 60), 4)
    sound = make_sound(long, tmp_path)
    alone = Silero(threads=1).probabilities(sound, lambda: False)
    shared = Silero(threads=2).probabilities(sound, lambda: False)
    assert np.array_equal(alone, shared)
    assert len(alone) == -(-len(long) // 512)
    assert 0.6 < (alone > 0.5).mean() < 0.95


def test_engines_are_found_by_entry_point() -> None:
    """Ours enter by the same door as a stranger's, and an unknown name lists the choices."""
    assert {engine.name for engine in list_engines() if engine.ready} >= {"faster-whisper", "fake"}
    with pytest.raises(UnknownNameError) as caught:
        load_engine_spec("whisper-on-mars")
    assert "faster-whisper" in caught.value.hint


def test_a_missing_library_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a library is not installed the error says what to install."""
    import sys

    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    monkeypatch.delitem(sys.modules, "hansard.models.engines.faster_whisper", raising=False)
    with pytest.raises(MissingExtraError) as caught:
        load_engine_spec("faster-whisper")
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize("said", ["std::bad_alloc", "Resource temporarily unavailable"])
def test_want_of_memory_is_told_as_such(said: str) -> None:
    """However the library says that memory is short, the memory ladder hears it."""
    from hansard.models.engines.faster_whisper import _named_failures

    with pytest.raises(MemoryExhaustedError), _named_failures("loading"):
        raise RuntimeError(said)
