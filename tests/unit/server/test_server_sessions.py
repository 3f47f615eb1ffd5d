"""A login ticket works once; a session is a cookie that can be ended."""

from hansard.server import sessions
from hansard.server.sessions import Sessions


def test_a_ticket_works_once() -> None:
    """It becomes a cookie for its key, and then nothing more."""
    book = Sessions()
    ticket = book.ticket_for("key-1")
    cookie = book.redeem(ticket)
    assert cookie is not None
    assert book.find(cookie) == "key-1"
    assert book.redeem(ticket) is None
    assert book.find(ticket) is None


def test_strange_texts_are_nobody() -> None:
    """Whatever comes as a ticket or a cookie, it opens nothing."""
    book = Sessions()
    for text in ("", "x", "\ud800", "ü" * 1000):
        assert book.redeem(text) is None
        assert book.find(text) is None


def test_a_session_can_be_ended() -> None:
    """After logging out the cookie is worth nothing."""
    book = Sessions()
    cookie = book.redeem(book.ticket_for("key-1"))
    assert cookie is not None
    book.end(cookie)
    assert book.find(cookie) is None


def test_the_oldest_tickets_go_first() -> None:
    """However many are made, only so many are kept."""
    book = Sessions()
    tickets = [book.ticket_for("k") for _ in range(sessions.MOST + 1)]
    assert book.redeem(tickets[0]) is None
    assert book.redeem(tickets[1]) is not None
