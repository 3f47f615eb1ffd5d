"""Sessions of browsers: a one-use login ticket becomes a cookie. Kept in memory only."""

import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

COOKIE = "hansard_session"
TICKET_LIFE = 900.0
"""Seconds for which a ticket can be used."""
SESSION_LIFE = 43_200.0
"""Seconds for which a cookie is good."""
MOST = 1000
"""The most tickets, and the most sessions; beyond that the oldest go."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A key's id, and until when (by the monotonic clock) it is spoken for."""

    key: str
    until: float


class Sessions:
    """Who is logged in; safe to share between threads."""

    def __init__(self) -> None:
        self._tickets: OrderedDict[str, Holder] = OrderedDict()
        self._cookies: OrderedDict[str, Holder] = OrderedDict()
        self._lock = Lock()

    def ticket_for(self, key: str) -> str:
        """A ticket that logs in once as the key of this id."""
        return self._issue(self._tickets, key, TICKET_LIFE)

    def redeem(self, ticket: str) -> str | None:
        """The value of a new session's cookie; None where the ticket is unknown, used or old."""
        with self._lock:
            holder = self._tickets.pop(_digest(ticket), None)
        if holder is None or time.monotonic() >= holder.until:
            return None
        return self._issue(self._cookies, holder.key, SESSION_LIFE)

    def find(self, cookie: str) -> str | None:
        """The id of the key behind a cookie, if there is a session."""
        with self._lock:
            holder = self._cookies.get(_digest(cookie))
        return holder.key if holder is not None and time.monotonic() < holder.until else None

    def end(self, cookie: str) -> None:
        """Log out."""
        with self._lock:
            self._cookies.pop(_digest(cookie), None)

    def _issue(self, book: OrderedDict[str, Holder], key: str, life: float) -> str:
        text = secrets.token_urlsafe(32)
        with self._lock:
            book[_digest(text)] = Holder(key, time.monotonic() + life)
            while len(book) > MOST:
                book.popitem(last=False)
        return text


def _digest(text: str) -> str:
    """Kept in place of the text, so that a look-up's time tells nothing about it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
