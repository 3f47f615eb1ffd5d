"""Webhooks over real sockets: delivered and signed, or an outcome that says what to do next."""

import socket
from collections.abc import Iterator

import pytest

from hansard.errors import UsageError
from hansard.jobs.webhooks import Delivery, deliver, new_secret, verify
from hansard.testing.evil_server import EvilServer

BODY = b'{"type":"task.complete"}'


@pytest.fixture(scope="module")
def server() -> Iterator[EvilServer]:
    with EvilServer() as server:
        yield server


def send(server: EvilServer, behaviour: str) -> Delivery:
    return deliver(server.url(behaviour), new_secret(), "msg_1", BODY, allow_private=True)


def test_a_message_arrives_signed(server: EvilServer) -> None:
    """The receiver gets the body as it is, and can prove who sent it."""
    secret = new_secret()
    told = deliver(server.url("good?mine"), secret, "msg_1", BODY, allow_private=True)
    assert told == Delivery(delivered=True, again=False, outcome="delivered")
    asked = next(one for one in server.asked if one.path == "/good?mine")
    assert (asked.method, asked.body) == ("POST", BODY)
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["webhook-id"] == "msg_1"
    assert verify(secret, asked.headers, asked.body)
    assert not verify(new_secret(), asked.headers, asked.body)


@pytest.mark.parametrize("behaviour", ["good", "no-content", "endless", "truncated", "gzip-bomb"])
def test_what_is_answered_is_not_read(server: EvilServer, behaviour: str) -> None:
    """A status of 2xx is all that counts, whatever follows it."""
    assert send(server, behaviour).delivered


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("404", "failed: answered 404"),
        ("500", "failed: answered 500"),
        ("redirect", "failed: answered 301"),
        ("redirect-metadata", "failed: answered 302"),
        ("reset", "failed: "),
        ("not-http", "failed: "),
        ("huge-headers", "failed: "),
    ],
)
def test_a_failed_try_is_to_be_repeated(server: EvilServer, behaviour: str, outcome: str) -> None:
    """Refusals, redirects (which are not followed) and broken connections are tried again."""
    before = len(server.asked)
    told = send(server, behaviour)
    assert (told.delivered, told.again) == (False, True)
    assert told.outcome.startswith(outcome)
    assert len(server.asked) == before + 1


def test_gone_is_gone(server: EvilServer) -> None:
    """410 says that nobody wants to be told any more."""
    told = send(server, "410")
    assert (told.delivered, told.again) == (False, False)
    assert told.outcome.startswith("gone")


def test_private_addresses_are_not_told(server: EvilServer) -> None:
    """Without the setting, nothing on this machine or its network is asked, now or later."""
    before = len(server.asked)
    for url in (server.url("good"), "http://169.254.169.254/", "http://[::1]/", "ftp://x/", "x"):
        told = deliver(url, new_secret(), "msg_1", BODY)
        assert (told.delivered, told.again) == (False, False)
        assert told.outcome.startswith("refused: ")
    assert len(server.asked) == before


def test_nobody_there_is_tried_again() -> None:
    """A port that nobody listens at may be one that somebody will."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    told = deliver(f"http://127.0.0.1:{port}/", new_secret(), "m", BODY, allow_private=True)
    assert (told.delivered, told.again) == (False, True)


def test_a_receiver_that_never_answers_is_given_up(server: EvilServer) -> None:
    """One try lasts some seconds at most."""
    url = server.url("slow-headers")
    told = deliver(url, new_secret(), "msg_1", BODY, allow_private=True, timeout=0.3)
    assert (told.delivered, told.again) == (False, True)
    assert told.outcome == "failed: the server took longer than it may"


def test_a_wrong_secret_is_an_error(server: EvilServer) -> None:
    """Nothing is sent without a signature."""
    with pytest.raises(UsageError):
        deliver(server.url("good"), "no secret", "msg_1", BODY, allow_private=True)
