"""The gate for speakers and word times, on a conversation made anew with exact references."""

import json
from pathlib import Path

import pytest

from hansard import Options, Transcriber, Transcript
from hansard.evaluation import (
    diarisation_error_rate,
    speaker_texts,
    speaker_word_error_rate,
    word_time_errors,
)
from hansard.testing.conversations import (
    TEST_VOICES,
    Conversation,
    ConversationPlan,
    can_speak,
    make_conversation,
)

GATE = json.loads((Path(__file__).parents[1] / "gate.json").read_text())
pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not can_speak(), reason="espeak-ng is not installed"),
    pytest.mark.xdist_group("gate-speakers"),
]


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    plan = ConversationPlan(seed=31, speakers=3, minutes=3, voices=TEST_VOICES)
    return make_conversation(plan, tmp_path_factory.mktemp("talk"))


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return Transcriber(Options(model="demo", offline=True, voice_profiles=False))


@pytest.fixture(scope="module")
def told(talk: Conversation, transcriber: Transcriber) -> Transcript:
    return transcriber.transcribe(talk.path, Options(model="demo", offline=True, num_speakers=3))


def test_turns_with_the_number_given(told: Transcript, talk: Conversation) -> None:
    """The baseline's diarisation error rate stays below the gate."""
    found = diarisation_error_rate(talk.turns, told.turns)
    assert found.rate is not None
    assert found.rate <= GATE["diarisation_error_rate"]
    assert len(told.speakers) == 3


def test_turns_without_the_number(talk: Conversation, transcriber: Transcriber) -> None:
    """So it does where nobody says how many speak."""
    options = Options(model="demo", offline=True, diarize=True, word_timestamps=False)
    made = transcriber.transcribe(talk.path, options)
    found = diarisation_error_rate(talk.turns, made.turns)
    assert found.rate is not None
    assert found.rate <= GATE["diarisation_error_rate_uncounted"]


def test_words_by_speaker(told: Transcript, talk: Conversation) -> None:
    """The words of each speaker are nearly all his: cpWER stays below the gate."""
    found = speaker_word_error_rate(talk.said, speaker_texts(told.segments))
    assert found.rate is not None
    assert found.rate <= GATE["speaker_word_error_rate"]


def test_words_have_their_times(told: Transcript, talk: Conversation) -> None:
    """Half of the words begin nearly where they were said, and 19 of 20 not far from it."""
    found = word_time_errors(talk.words, told.words)
    for side in (found.start, found.end):
        assert side is not None
        assert side.median <= GATE["word_time_median_seconds"]
        assert side.p95 <= GATE["word_time_p95_seconds"]


def test_labels_never_change_what_was_said(
    told: Transcript, talk: Conversation, transcriber: Transcriber
) -> None:
    """The text with speakers is that without, to the letter."""
    assert told.text == transcriber.transcribe(talk.path).text
