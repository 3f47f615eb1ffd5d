"""Made conversations, whose references must be true."""

import shutil
import wave
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hansard.audio import SAMPLE_RATE
from hansard.errors import HansardError, UnknownNameError, UsageError
from hansard.testing.conversation_voices import FLITE_VOICES
from hansard.testing.conversations import (
    DEV_VOICES,
    TEST_VOICES,
    Conversation,
    ConversationPlan,
    EspeakVoice,
    can_speak,
    choose_voices,
    demo_sentences,
    make_conversation,
)
from hansard.testing.espeak import FliteVoice, speak

needs_espeak = pytest.mark.skipif(not can_speak(), reason="espeak-ng is not installed")
needs_flite = pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed")
PLAN = ConversationPlan(seed=7, speakers=3, minutes=0.5, overlap=0.5, noise=None)


def samples(path: Path) -> np.ndarray:
    """The file as shape (samples, channels), -1 to 1."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (SAMPLE_RATE, 2)
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return pcm.reshape(-1, file.getnchannels()) / 32768


def spoken(made: Conversation) -> np.ndarray:
    """Whether anybody speaks, for each sample of the file."""
    found = np.zeros(round(made.duration * SAMPLE_RATE), bool)
    for turn in made.turns:
        found[round(turn.start * SAMPLE_RATE) : round(turn.end * SAMPLE_RATE)] = True
    return found


@needs_espeak
@pytest.mark.system
def test_words_are_timed_where_they_sound() -> None:
    """Words between pauses begin and end with sound, and between them there is almost none."""
    said = speak("Okay, seven, I, no.", EspeakVoice(variant="m3"))
    assert [word.text for word in said.words] == [" Okay,", " seven,", " I,", " no."]
    inside = np.zeros(len(said.samples), bool)
    for word in said.words:
        first, last = round(word.start * SAMPLE_RATE), round(word.end * SAMPLE_RATE)
        inside[first:last] = True
        assert np.abs(said.samples[first : first + 240]).max() > 0.001
        assert np.abs(said.samples[last - 240 : last]).max() > 0.001
    assert np.abs(said.samples[~inside]).max() < 0.02
    assert 0.2 < (~inside).mean() < 0.6
    assert said.words[0].start == 0
    assert said.words[-1].end == pytest.approx(len(said.samples) / SAMPLE_RATE, abs=0.006)


@needs_espeak
@pytest.mark.system
def test_words_that_are_said_as_one_are_parted_or_left_out() -> None:
    """`that the` has one word event in espeak-ng; its `the` begins with its own phoneme."""
    said = speak("I think that the budget is ready.", EspeakVoice(variant="f2"))
    texts = [word.text for word in said.words]
    assert texts == " I, think, that, the, budget, is, ready.".split(",")
    for before, word in pairwise(said.words):
        assert before.start < before.end <= word.start < word.end


@needs_espeak
@pytest.mark.system
def test_a_tape_that_runs_faster_is_shorter_and_so_are_its_words() -> None:
    """Speed changes sound and word times alike."""
    voice = EspeakVoice(variant="m7")
    plain, fast = (
        speak("Good morning everyone.", voice),
        speak("Good morning everyone.", voice, speed=1.1),
    )
    ratio = len(plain.samples) / len(fast.samples)
    assert ratio == pytest.approx(1.1, rel=0.01)
    for one, other in zip(plain.words, fast.words, strict=True):
        assert other.end == pytest.approx(one.end / ratio, abs=0.011)


@needs_espeak
@pytest.mark.system
def test_an_unknown_voice_is_refused() -> None:
    """Its name is in the message."""
    with pytest.raises(UnknownNameError, match="en-none"):
        speak("Hello.", EspeakVoice(accent="en-none"))


@needs_flite
@pytest.mark.system
def test_flite_speaks_without_word_times() -> None:
    """All four voices speak at 16 kHz; an unknown one is an error."""
    for voice in FLITE_VOICES:
        said = speak("Good morning.", voice)
        assert 0.4 < len(said.samples) / SAMPLE_RATE < 2.5
        assert said.words == ()
    with pytest.raises(HansardError, match="none"):
        speak("Good morning.", FliteVoice(name="none"))


@needs_espeak
@pytest.mark.system
def test_a_plan_makes_the_same_file_again(tmp_path: Path) -> None:
    """Byte for byte, with the same reference."""
    (tmp_path / "again").mkdir()
    plan = replace(PLAN, noise=20, reverberation=0.2, variation=0.1, minutes=0.2)
    first, second = make_conversation(plan, tmp_path), make_conversation(plan, tmp_path / "again")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert replace(first, path=second.path) == second


@needs_espeak
@pytest.mark.system
def test_the_reference_is_where_the_sound_is(tmp_path: Path) -> None:
    """Without noise and room nothing sounds outside of turns, and every turn begins with sound."""
    made = make_conversation(PLAN, tmp_path)
    sound = np.abs(samples(made.path)[:, 0])
    assert len(sound) == round(made.duration * SAMPLE_RATE)
    assert made.duration >= 30
    assert sound[~spoken(made)].max() == 0
    for turn in made.turns:
        first, last = round(turn.start * SAMPLE_RATE), round(turn.end * SAMPLE_RATE)
        assert sound[first : first + 80].max() > 0
        assert sound[last - 80 : last].max() > 0


@needs_espeak
@pytest.mark.system
def test_turns_words_and_texts_agree(tmp_path: Path) -> None:
    """Everybody speaks, nobody twice at once, words lie in their speaker's turns, some overlap."""
    made = make_conversation(PLAN, tmp_path)
    assert set(made.said) == set(made.voices) == {"S01", "S02", "S03"}
    assert sum(len(text.split()) for text in made.said.values()) == len(made.words)
    for segment, turn in zip(made.segments, made.turns, strict=True):
        assert (segment.speaker, segment.start, segment.end) == (turn.speaker, turn.start, turn.end)
        assert segment.text == " ".join(word.text.strip() for word in segment.words)
        assert segment.start <= segment.words[0].start
        assert segment.words[-1].end <= segment.end + 1e-6
    assert list(made.words) == sorted(made.words, key=lambda word: word.start)
    for name in made.said:
        own = [turn for turn in made.turns if turn.speaker == name]
        assert all(one.end < other.start for one, other in pairwise(own))
    overlapped = [b.start < a.end for a, b in pairwise(made.turns)]
    assert 0.2 < np.mean(overlapped) < 0.8


@needs_espeak
@pytest.mark.system
def test_each_speaker_can_have_a_channel(tmp_path: Path) -> None:
    """Only the speaker of a channel is heard on it."""
    made = make_conversation(replace(PLAN, speakers=2, channels=True), tmp_path)
    sound = np.abs(samples(made.path))
    assert sound.shape[1] == 2
    for channel, name in enumerate(sorted(made.said)):
        own = replace(made, turns=tuple(turn for turn in made.turns if turn.speaker == name))
        assert sound[~spoken(own), channel].max() == 0
        assert sound[spoken(own), channel].max() > 0.05


@needs_espeak
@pytest.mark.system
def test_noise_lies_as_far_below_speech_as_asked(tmp_path: Path) -> None:
    """Between the turns there is noise, 20 dB below the turns."""
    plan = replace(PLAN, speakers=1, overlap=0, noise=20, minutes=0.2)
    made = make_conversation(plan, tmp_path)
    sound = samples(made.path)[:, 0]
    speech = spoken(made)
    below = 20 * np.log10(sound[speech].std() / sound[~speech].std())
    assert below == pytest.approx(20, abs=3.5)


@needs_espeak
@pytest.mark.system
def test_twenty_can_speak(tmp_path: Path) -> None:
    """Everybody has a turn, even where the time is too short for it."""
    made = make_conversation(
        ConversationPlan(speakers=20, minutes=0.2, voices=TEST_VOICES), tmp_path
    )
    assert len(made.said) == 20
    assert len(set(made.voices.values())) == 20


def test_plans_that_cannot_be_carried_out_are_refused(tmp_path: Path) -> None:
    """No speakers, overlaps of one with himself, or more speakers than voices."""
    refused = (
        replace(PLAN, speakers=0),
        replace(PLAN, speakers=1),
        replace(PLAN, minutes=99),
        replace(PLAN, voices=DEV_VOICES[:2]),
    )
    for plan in refused:
        with pytest.raises(UsageError):
            make_conversation(plan, tmp_path)


def test_the_two_sets_of_voices_share_no_variant() -> None:
    """A voice of one set is not in the other under another accent or rate either."""
    sets = [{voice.variant for voice in voices} for voices in (DEV_VOICES, TEST_VOICES)]
    assert not sets[0] & sets[1]
    assert min(len(set(DEV_VOICES)), len(set(TEST_VOICES))) >= 50


def test_chosen_voices_are_well_apart() -> None:
    """Other variants, both sexes, and the seed decides."""
    chosen = choose_voices(TEST_VOICES, 6, 1)
    assert len({voice.variant for voice in chosen if isinstance(voice, EspeakVoice)}) == 6
    assert [voice.sex for voice in chosen].count("female") == 3
    assert choose_voices(TEST_VOICES, 6, 1) == chosen != choose_voices(TEST_VOICES, 6, 2)


def test_sentences_are_different_and_in_the_words_of_the_samples() -> None:
    """Those of the samples come first, and no new one has a word that they lack."""
    few, many = demo_sentences(20), demo_sentences(500)
    assert len(set(many)) == 500
    letters = str.maketrans("", "", ".,?")
    known = {word for text in demo_sentences(40) for word in text.translate(letters).split()}
    assert len(few) == 20
    unknown = {word for text in many for word in text.translate(letters).split()} - known
    assert unknown <= {"Laura", "time"}
