"""Webhooks: what is sent, how it is signed, and when it is sent again."""

import base64
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import JobConflictError, UsageError
from hansard.jobs.values import Failure, Job, State
from hansard.jobs.webhooks import (
    PAUSES,
    TOLERANCE,
    body,
    message_id,
    new_secret,
    next_try,
    sign,
    verify,
)

# The example that the libraries of standardwebhooks.com are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - published for tests
ID, STAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
HEADERS = {
    "webhook-id": ID,
    "webhook-timestamp": str(STAMP),
    "webhook-signature": SIGNATURE,
    "content-type": "application/json",
}


def test_the_signature_is_the_standard_one() -> None:
    """The published example comes out, with and without the secret's prefix."""
    assert sign(SECRET, ID, STAMP, BODY) == SIGNATURE
    assert sign(SECRET.removeprefix("whsec_"), ID, STAMP, BODY) == SIGNATURE
    assert verify(SECRET, HEADERS, BODY, now=STAMP)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_other"},
        {"webhook-id": ""},
        {"webhook-id": ID + ".1"},
        {"webhook-id": "š"},
        {"webhook-timestamp": str(STAMP + 1)},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "-5"},
        {"webhook-timestamp": "٣"},
        {"webhook-timestamp": "1" * 400},
        {"webhook-signature": ""},
        {"webhook-signature": SIGNATURE[3:]},
        {"webhook-signature": "v1a" + SIGNATURE[2:]},
        {"webhook-signature": SIGNATURE[:-2] + "A="},
        {"webhook-signature": SIGNATURE.lower()},
        {"webhook-signature": "š\ud800"},
    ],
)
def test_a_changed_message_is_not_believed(change: dict[str, str]) -> None:
    """Any other header, body or secret fails; a missing header does, too."""
    assert not verify(SECRET, HEADERS | change, BODY, now=STAMP)
    missing = {name: value for name, value in HEADERS.items() if name not in change}
    assert not verify(SECRET, missing, BODY, now=STAMP)


def test_other_bodies_and_secrets_are_not_believed() -> None:
    """The body and the secret are part of what is signed."""
    assert not verify(SECRET, HEADERS, BODY + b" ", now=STAMP)
    assert not verify(new_secret(), HEADERS, BODY, now=STAMP)


def test_one_of_several_signatures_is_enough() -> None:
    """While a secret is changed, messages bear two signatures."""
    both = HEADERS | {"webhook-signature": f"v1,AAAA {SIGNATURE} v2,x"}
    assert verify(SECRET, both, BODY, now=STAMP)


def test_old_messages_are_not_believed() -> None:
    """A message may be five minutes off the receiver's clock, either way; now is the default."""
    for off, fresh in ((TOLERANCE, True), (TOLERANCE + 1, False)):
        assert verify(SECRET, HEADERS, BODY, now=STAMP + off) is fresh
        assert verify(SECRET, HEADERS, BODY, now=STAMP - off) is fresh
    assert not verify(SECRET, HEADERS, BODY)


@given(
    st.binary(min_size=24, max_size=64),
    st.text(
        st.characters(codec="ascii", exclude_characters=".", categories=["L", "N", "P"]), min_size=1
    ),
    st.integers(0, 2**40),
    st.binary(),
)
def test_what_is_signed_is_believed(key: bytes, id: str, stamp: int, content: bytes) -> None:  # noqa: A002
    """Whatever is sent, its own signature fits it."""
    secret = "whsec_" + base64.b64encode(key).decode()
    headers = {
        "webhook-id": id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(secret, id, stamp, content),
    }
    assert verify(secret, headers, content, now=stamp)


def test_secrets_are_random() -> None:
    """A new secret has 256 bits, and is never the same twice."""
    made = new_secret()
    assert made.startswith("whsec_")
    assert len(base64.b64decode(made.removeprefix("whsec_"))) == 32
    assert made != new_secret()


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_AAAA", "whsec_" + "A" * 96, "password", "whsec_é" + "A" * 40]
)
def test_what_is_no_secret_is_refused(secret: str) -> None:
    """A secret that is too short, too long or not base64 is an error that does not show it."""
    with pytest.raises(UsageError) as caught:
        sign(secret, ID, STAMP, BODY)
    assert "AAAA" not in str(caught.value)
    assert "password" not in str(caught.value)


@pytest.mark.parametrize("id", ["", "a.b", "š", "a\n"])
def test_what_is_no_id_is_refused(id: str) -> None:  # noqa: A002 - the header's name
    """An id with a dot could be taken for another message."""
    with pytest.raises(UsageError):
        sign(SECRET, id, STAMP, BODY)


def test_tries_grow_rarer_and_end() -> None:
    """After the first try six more follow, over some eight hours."""
    assert [next_try(tries) for tries in range(9)] == [
        0.0,
        5,
        30,
        120,
        600,
        3600,
        21_600,
        None,
        None,
    ]
    assert list(PAUSES) == sorted(PAUSES)


ENDED = Job(id="4f2a", kind="transcribe", owner="o", state=State.COMPLETE, finished=1_769_860_800.7)


def test_the_message_says_how_a_job_ended() -> None:
    """Type, time, state and, where it failed, the reason; never the transcript."""
    assert json.loads(body(ENDED)) == {
        "type": "task.complete",
        "timestamp": "2026-01-31T12:00:00Z",
        "data": {"task_id": "4f2a", "status": "COMPLETE", "error": None, "error_code": None},
    }
    why = Failure(message="no audio in it", code="no_audio", retry="permanent")
    failed = json.loads(body(replace(ENDED, state=State.FAILED, failure=why)))
    assert failed["type"] == "task.failed"
    assert failed["data"] == {
        "task_id": "4f2a",
        "status": "FAILED",
        "error": "no audio in it",
        "error_code": "no_audio",
    }
    cancelled = json.loads(body(replace(ENDED, state=State.CANCELLED, failure=why)))
    assert cancelled["type"] == "task.cancelled"
    assert cancelled["data"]["status"] == "CANCELLED"
    assert cancelled["data"]["error"] is None


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_there_is_no_message_before_the_end(state: State) -> None:
    """A job that has not ended has nothing to tell."""
    with pytest.raises(JobConflictError):
        body(replace(ENDED, state=state))


def test_each_end_has_one_message() -> None:
    """The message and its id are the same for each try, and another id when it ends again."""
    assert body(ENDED) == body(replace(ENDED, version=9))
    assert message_id(ENDED) == message_id(replace(ENDED, version=9)) == "msg_4f2a_1769860800700"
    assert message_id(replace(ENDED, finished=1_769_860_801.0)) != message_id(ENDED)
    sign(SECRET, message_id(ENDED), STAMP, body(ENDED))
