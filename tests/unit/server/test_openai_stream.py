"""Text as events, in the words that OpenAI's client reads; errors in its words, too."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai._streaming import SSEDecoder
from openai.types.audio import TranscriptionTextDeltaEvent, TranscriptionTextDoneEvent

from hansard import errors
from hansard.server.api.openai_failures import describe, headers_of, status_of
from hansard.server.api.openai_fields import ParameterError
from hansard.server.api.openai_parameters import SpeechRequest
from hansard.server.api.openai_stream import (
    COMMENT,
    Pieces,
    delta_event,
    done_event,
    error_event,
    rest_of,
)
from hansard.server.api.waiting import TookTooLongError
from hansard.storage.folder import FolderStore
from hansard.transcript import Segment, Transcript

SAID = Transcript(
    segments=(Segment(id=0, text="Hello.", start=0, end=1, tokens=(1, 2)),),
    language="en",
    duration=1.0,
)


def decoded(*chunks: bytes) -> list[Any]:
    """What OpenAI's client makes of the bytes."""
    return [found.json() for found in SSEDecoder().iter_bytes(iter(chunks))]


@given(st.text())
def test_any_text_is_one_event(text: str) -> None:
    """Line ends and separators within a text do not end its event."""
    (found,) = decoded(delta_event(text.encode("utf-8", "replace").decode()))
    checked = TranscriptionTextDeltaEvent.model_validate(found, strict=True)
    assert checked.delta == text.encode("utf-8", "replace").decode()


def test_the_last_event_has_text_usage_and_languages() -> None:
    """The whole text ends the stream, with what was used, in OpenAI's own type."""
    request = SpeechRequest(task="transcribe", response_format="json", languages=True)
    (found,) = decoded(COMMENT, done_event("Hello.", SAID, request))
    checked = TranscriptionTextDoneEvent.model_validate(found, strict=True)
    assert checked.text == "Hello."
    assert checked.usage is not None
    assert checked.usage.output_tokens == 2
    assert found["languages"] == [{"code": "en"}]


def test_comments_are_no_events() -> None:
    """What keeps the connection alive is not seen by the client."""
    assert decoded(COMMENT, COMMENT) == []


def test_an_error_is_an_event_of_its_own() -> None:
    """A failure after the answer has begun carries OpenAI's error object."""
    (found,) = decoded(error_event(errors.UnreadableMediaError("it breaks off"), "r1"))
    assert found["type"] == "error"
    assert found["error"]["code"] == "unreadable_media"
    assert "it breaks off" in found["error"]["message"]


@given(
    st.lists(st.sampled_from(["Hello.", " ", "there", "  ", "x"]), max_size=8), st.integers(0, 8)
)
def test_what_is_left_completes_what_was_said(pieces: list[str], count: int) -> None:
    """The rest, put behind the pieces, makes the text; white space alone is not sent again."""
    text, said = "".join(pieces), "".join(pieces[:count])
    rest = rest_of(text, said)
    assert rest is not None
    assert (said + rest).split() == text.split()


def test_other_text_has_no_rest() -> None:
    """Where something else was said, nothing can complete it."""
    assert rest_of("Good-bye.", "Hello.") is None
    assert rest_of("Hello", "Hello there.") is None


def test_pieces_are_taken_once_and_in_order(tmp_path: Path) -> None:
    """Pieces come in the order of their numbers, each once, those after the last report too."""
    store = FolderStore(tmp_path)
    for number in range(12):
        store.put(f"jobs/j/said/{number:05d}.json", b'{"delta":"%d "}' % number)
    pieces = Pieces(store, "j")
    assert pieces.take(0) == []
    assert pieces.take(3) == ["0 ", "1 ", "2 "]
    assert pieces.take(2) == []
    assert "".join(pieces.take_rest()) == "3 4 5 6 7 8 9 10 11 "
    assert pieces.take_rest() == []


@pytest.mark.parametrize(
    ("error", "status", "again"),
    [
        (ParameterError("model", "no", reason="model_not_found"), 404, True),
        (ParameterError("stream", "no"), 400, True),
        (errors.UnsupportedOptionError("no"), 400, True),
        (errors.NoAudioError("no"), 400, True),
        (errors.MediaLimitError("no"), 400, True),
        (errors.ModelNotFoundError("no"), 404, True),
        (errors.QueueFullError("no"), 429, True),
        (errors.LedgerUnavailableError("no"), 503, True),
        (errors.MemoryExhaustedError("no"), 507, False),
        (errors.PoisonError("no"), 500, False),
        (errors.Cancelled("no"), 409, False),
        (errors.TooLargeError("no"), 413, False),
        (TookTooLongError("no"), 503, False),
        (RuntimeError("no"), 500, True),
    ],
)
def test_errors_have_openais_statuses(error: Exception, status: int, again: bool) -> None:
    """Whatever is wrong with a request is 400, and what cannot get better is not tried again."""
    assert status_of(error) == status
    assert (headers_of(error) == {}) is again
    body = describe(error, "r1")["error"]
    assert set(body) >= {"message", "type", "param", "code"}
    assert body["type"] == ("invalid_request_error" if status in {400, 404} else body["type"])
