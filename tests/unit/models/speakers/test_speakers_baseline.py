"""Speakers without weights: the engine `baseline`."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

from hansard.audio import SAMPLE_RATE, Sound
from hansard.errors import Cancelled, UsageError, VoiceError
from hansard.models.speakers import Diarisation, SpeakerFiles, SpeakerOptions, Watch
from hansard.models.speakers.baseline import SPEC, Baseline
from hansard.models.speakers.recognition import similarity
from hansard.testing.sounds import make_noise, make_sound
from hansard.transcript import Span

VOWELS = (
    (730, 1090, 2440),
    (270, 2290, 3010),
    (300, 870, 2240),
    (530, 1840, 2480),
    (570, 840, 2410),
)
VOICES = ((95, 0.92), (210, 1.15), (130, 1.05), (165, 0.95), (250, 1.3))
"""Pitch in hertz, and by how much the throat is shorter than a man's."""
ENGINE = SPEC.load(SpeakerFiles(models={}, threads=1))


def babble(voice: int, seconds: float, seed: int) -> np.ndarray:
    """Vowels and hisses at random in one of `VOICES`: pulses through three resonances."""
    dice = np.random.default_rng((voice, seed))
    hertz, throat = VOICES[voice]
    parts: list[np.ndarray] = []
    while sum(map(len, parts)) < seconds * SAMPLE_RATE:
        count = round(dice.uniform(0.08, 0.2) * SAMPLE_RATE)
        if dice.random() < 0.2:
            parts.append(0.02 * dice.normal(size=count))
            continue
        pitch = hertz * np.exp(dice.normal(0, 0.06) + np.linspace(0.03, -0.03, count))
        sound = np.diff(np.floor(np.cumsum(pitch) / SAMPLE_RATE), prepend=0.0)
        for formant in VOWELS[dice.integers(len(VOWELS))]:
            angle = 2 * np.pi * formant * throat / SAMPLE_RATE
            radius = np.exp(-np.pi * 90 / SAMPLE_RATE)
            sound = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], sound)
        parts.append(0.2 * sound / max(np.abs(sound).max(), 1e-9))
    joined = np.concatenate(parts)[: round(seconds * SAMPLE_RATE)]
    return (joined + 0.001 * dice.normal(size=len(joined))).astype(np.float32)


def talk(script: Sequence[tuple[int, float]], folder: Path) -> tuple[Sound, list[Span]]:
    """A Sound in which voices follow each other without pauses, and when each speaks."""
    samples = np.concatenate([babble(v, length, i) for i, (v, length) in enumerate(script)])
    ends = np.cumsum([length for _, length in script])
    spans = [Span(float(e - s[1]), float(e)) for s, e in zip(script, ends, strict=True)]
    return make_sound(samples, folder), spans


def diarise(sound: Sound, options: SpeakerOptions | None = None) -> Diarisation:
    whole = [Span(sound.start, sound.end)]
    return ENGINE.diarise(sound, whole, options or SpeakerOptions(), Watch())


def errors(found: Diarisation, script: Sequence[tuple[int, float]], spans: list[Span]) -> float:
    """The share of time that is not its speaker's, where labels stand for whom they fit best."""
    clock = np.arange(0.005, spans[-1].end, 0.01)
    truth = np.zeros(len(clock), dtype=int)
    for (voice, _), span in zip(script, spans, strict=True):
        truth[(clock >= span.start) & (clock < span.end)] = voice
    heard = np.full(len(clock), -1)
    for turn in found.turns:
        heard[(clock >= turn.start) & (clock < turn.end)] = int(turn.speaker[-2:])
    right = sum(
        max(int(np.sum((heard == label) & (truth == voice))) for voice in set(truth.tolist()))
        for label in set(heard[heard >= 0].tolist())
    )
    return 1 - right / len(clock)


THREE = [(0, 6.0), (1, 5.0), (2, 7.0), (0, 4.0), (2, 5.0), (1, 6.0), (0, 7.0), (2, 4.0), (1, 6.0)]


def test_changes_inside_speech_are_found(tmp_path: Path) -> None:
    """Voices that follow each other without a pause are told apart and counted."""
    sound, spans = talk(THREE, tmp_path)
    found = diarise(sound)
    assert len(found.voices) == 3
    assert errors(found, THREE, spans) < 0.05
    assert found.notes == ()


def test_turns_are_in_order_and_apart(tmp_path: Path) -> None:
    """Turns follow the clock of the recording, never overlap, and say how clear they are."""
    sound, _ = talk(THREE, tmp_path)
    moved = replace(sound, start=50.0)
    turns = diarise(moved).turns
    assert turns[0].speaker == "SPEAKER_00"
    assert turns[0].start >= 50.0
    assert turns[-1].end <= moved.end + 1e-9
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(turns))
    assert all(turn.confidence is not None and 0 <= turn.confidence <= 1 for turn in turns)


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_an_exact_count_is_kept(count: int, tmp_path: Path) -> None:
    """As many speakers are told apart as asked for, be they fewer or more than there are."""
    sound, _ = talk(THREE, tmp_path)
    found = diarise(sound, SpeakerOptions(num_speakers=count))
    names = [f"SPEAKER_{number:02d}" for number in range(count)]
    assert [voice.speaker for voice in found.voices] == names
    assert sorted({turn.speaker for turn in found.turns}) == names
    assert found.notes == ()


def test_bounds_are_kept(tmp_path: Path) -> None:
    """The count that is found stays between the least and the most."""
    sound, _ = talk(THREE, tmp_path)
    assert len(diarise(sound, SpeakerOptions(min_speakers=5)).voices) == 5
    assert len(diarise(sound, SpeakerOptions(max_speakers=2)).voices) == 2
    with pytest.raises(UsageError):
        diarise(sound, SpeakerOptions(min_speakers=3, max_speakers=2))


@pytest.mark.parametrize("voice", range(len(VOICES)))
def test_one_speaker_stays_one(voice: int, tmp_path: Path) -> None:
    """A voice alone is not split, and there is nobody to be unsure about."""
    sound = make_sound(babble(voice, 40.0, 1), tmp_path)
    found = diarise(sound)
    assert len(found.voices) == 1
    assert {turn.confidence for turn in found.turns} == {None}
    assert abs(found.voices[0].seconds - 40.0) < 0.5


def test_too_little_speech_is_said(tmp_path: Path) -> None:
    """Where there is less speech than speakers, there is a note."""
    sound = make_sound(babble(0, 2.0, 1), tmp_path)
    found = diarise(sound, SpeakerOptions(num_speakers=6))
    assert 1 <= len(found.voices) < 6
    assert len(found.notes) == 1


def test_no_speech_has_no_speakers(tmp_path: Path) -> None:
    """Without speech there are neither turns nor voices, whatever was asked for."""
    sound = make_noise(5.0, tmp_path)
    for options in (SpeakerOptions(), SpeakerOptions(num_speakers=2)):
        assert ENGINE.diarise(sound, [], options, Watch()) == Diarisation(turns=(), voices=())


def test_silence_taken_for_speech_does_no_harm(tmp_path: Path) -> None:
    """Digital silence, where the detector erred, is somebody's turn and no failure."""
    sound = make_sound(np.zeros(30 * SAMPLE_RATE, np.float32), tmp_path)
    for options in (SpeakerOptions(), SpeakerOptions(num_speakers=3)):
        assert diarise(sound, options).turns


def test_the_same_sound_gives_the_same_answer(tmp_path: Path) -> None:
    """Neither chance nor the number of threads changes anything."""
    sound, _ = talk(THREE, tmp_path)
    again = Baseline(threads=2).diarise(
        sound, [Span(0.0, sound.end)], SpeakerOptions(num_speakers=3), Watch()
    )
    assert again == diarise(sound, SpeakerOptions(num_speakers=3))


def test_progress_grows_and_a_stop_is_obeyed(tmp_path: Path) -> None:
    """Progress grows from 0 to 1; once cancelled, the work ends wherever it is."""
    sound, _ = talk(THREE[:4], tmp_path)
    told: list[float] = []
    ENGINE.diarise(sound, [Span(0.0, sound.end)], SpeakerOptions(), Watch(told.append))
    assert told == sorted(told)
    assert told[-1] == 1.0
    for share in (0.0, 0.5, 0.6):
        last: list[float] = [0.0]
        watch = Watch(last.append, lambda share=share, last=last: last[-1] >= share)
        with pytest.raises(Cancelled):
            ENGINE.diarise(sound, [Span(0.0, sound.end)], SpeakerOptions(), watch)


def test_a_voice_is_known_again(tmp_path: Path) -> None:
    """A voice is nearest to itself, at the threshold or above; a plain stranger lies below."""
    first, second = (
        [
            ENGINE.embed(make_sound(babble(v, 8.0, take), tmp_path), [Span(0.0, 8.0)])
            for v in range(len(VOICES))
        ]
        for take in (1, 2)
    )
    for one, embedding in enumerate(first):
        assert abs(np.linalg.norm(embedding) - 1) < 1e-6
        near = [similarity(embedding, other) for other in second]
        assert near[one] >= ENGINE.info.threshold
        assert int(np.argmax(near)) == one
    assert similarity(first[0], second[4]) < ENGINE.info.threshold


def test_voices_of_a_talk_are_those_of_clips(tmp_path: Path) -> None:
    """The voice of a speaker told apart is the voice that a clip of it would give."""
    sound, spans = talk(THREE, tmp_path)
    found = diarise(sound)
    for voice, embedded in zip((0, 1, 2), found.voices, strict=True):
        own = [span for (v, _), span in zip(THREE, spans, strict=True) if v == voice]
        assert similarity(embedded.embedding, ENGINE.embed(sound, own)) > 0.95


def hum(seconds: float) -> np.ndarray:
    clock = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return sum(0.1 / k * np.sin(2 * np.pi * 100 * k * clock) for k in range(1, 8)).astype(
        np.float32
    )


def test_what_is_no_voice_is_refused(tmp_path: Path) -> None:
    """Noise, silence, hums, and less than a second of speech make no profile."""
    dice = np.random.default_rng(0)
    no_voices = {
        "noise": dice.normal(0, 0.1, 5 * SAMPLE_RATE).astype(np.float32),
        "silence": np.zeros(5 * SAMPLE_RATE, np.float32),
        "hum": hum(5.0),
        "short": babble(0, 0.9, 1),
    }
    for samples in no_voices.values():
        sound = make_sound(samples, tmp_path)
        with pytest.raises(VoiceError) as caught:
            ENGINE.embed(sound, [Span(0.0, sound.end)])
        assert caught.value.hint
    with pytest.raises(VoiceError):
        ENGINE.embed(make_sound(babble(0, 5.0, 1), tmp_path), [])


def test_it_says_what_it_is() -> None:
    """A baseline without weights, extras or overlaps, and comparable with itself only."""
    info = ENGINE.info
    assert (info.name, info.baseline, info.overlaps) == ("baseline", True, False)
    assert len(info.digest) == 64
    assert (SPEC.needs, SPEC.extra, dict(SPEC.roles)) == (("sklearn",), None, {})
    assert SPEC.memory(SpeakerFiles(models={}, threads=1)) > 0
    ENGINE.close()
