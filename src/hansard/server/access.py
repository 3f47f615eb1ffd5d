"""Who asks, and whether that caller may: decided before a byte of the body is read.

A route says what it needs with `opt={"scope": "read" | "submit" | "admin" | PUBLIC}`; one that says
nothing needs an admin. `opt={"polling": True}` leaves it out of the rate limit.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from hansard.errors import AccessError, KeyNeededError
from hansard.server.desk import Desk, desk_of
from hansard.server.keys import Key, local_key
from hansard.server.sessions import COOKIE

PUBLIC = "public"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")

Connection = ASGIConnection[Any, Any, Any, Any]


async def check_access(connection: Connection, handler: BaseRouteHandler) -> None:
    """A guard for the whole application.

    Raises:
        KeyNeededError: there is no key, or not a good one.
        AccessError: the key may not do this, or a web page of another site asks.
        RateLimitedError: the key has made too many requests.
    """
    desk = desk_of(connection)
    needs = handler.opt.get("scope", "admin")
    if not desk.service.options.auth:
        refuse_foreign_host(connection.headers)
    if needs == PUBLIC or connection.scope.get("method") == "OPTIONS":
        return
    if handler.opt.get("loopback") and asks_itself(connection):
        return
    key = await identify(connection, desk)
    connection.scope["user"] = key
    if not key.may(needs):
        raise AccessError(
            f"key {key.name!r} may not do this", hint=f"it needs a key with the scope {needs!r}"
        )
    if not handler.opt.get("polling"):
        desk.rates.take(key.id, key.rate)


def caller_of(request: Request[Any, Any, Any]) -> Key:
    """The key that a request came with."""
    key: Key = request.user
    return key


async def identify(connection: Connection, desk: Desk) -> Key:
    """The key behind a request.

    Raises:
        KeyNeededError: there is none, or it is not good.
        AccessError: a web page of another site asks in the name of a browser's user.
    """
    if not desk.service.options.auth:
        refuse_foreign_page(connection, needed=False)
        return local_key()
    text = sent_key(connection.headers)
    if text is not None:
        known, key = desk.service.keys.recall(text)
        if not known:
            key = await desk.quick.run(desk.service.keys.find, text)
    else:
        key = await by_cookie(connection, desk)
    if key is None:
        what = "this key is unknown, has expired or was revoked" if text else "this needs a key"
        raise KeyNeededError(what, hint="send it as X-API-Key, or as Authorization: Bearer")
    return key


def sent_key(headers: Mapping[str, str]) -> str | None:
    """The key that the headers hold, if they do."""
    own = headers.get("x-api-key", "").strip()
    if own:
        return own
    kind, _, text = headers.get("authorization", "").strip().partition(" ")
    return text.strip() if kind.lower() == "bearer" and text.strip() else None


async def by_cookie(connection: Connection, desk: Desk) -> Key | None:
    """The key behind a browser's session."""
    cookie = connection.cookies.get(COOKIE)
    identity = desk.sessions.find(cookie) if cookie else None
    if identity is None:
        return None
    refuse_foreign_page(connection, needed=True)
    return await desk.quick.run(desk.service.keys.look_up, identity)


def refuse_foreign_page(connection: Connection, *, needed: bool) -> None:
    """Let no other site's page act through its visitor's browser.

    That is needed where the browser itself opens the door: with a cookie, or where no keys are
    asked for. `needed`: a request that changes something must say where it comes from.

    Raises:
        AccessError: it comes from elsewhere.
    """
    if connection.scope.get("method") in SAFE_METHODS:
        return
    headers = connection.headers
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        fine = site in {"same-origin", "none"}
    elif origin is not None:
        fine = urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""
    else:
        fine = not needed
    if not fine:
        raise AccessError(
            "a page of another site may not do this", hint="send a key in X-API-Key instead"
        )


def refuse_foreign_host(headers: Mapping[str, str]) -> None:
    """Answer only to this machine's own names, where no keys are asked for.

    A name that a stranger's DNS server lets point here (DNS rebinding) would let a page of his
    read everything.

    Raises:
        AccessError: the request is for another host's name.
    """
    host = headers.get("host", "")
    if not is_loopback_name(host):
        raise AccessError(
            "without keys this service answers only to localhost",
            hint="ask for http://127.0.0.1 or http://localhost, or run it with keys",
        )


def is_loopback_name(host: str) -> bool:
    """Whether a Host header names this very machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or name.endswith(".localhost") or is_loopback(name)


def is_loopback(address: str) -> bool:
    """Whether an IP address is one of this machine's own."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def asks_itself(connection: Connection) -> bool:
    """Whether the request comes from this machine, and not through a proxy on it."""
    client = connection.client
    if client is None or any(name in connection.headers for name in FORWARDED):
        return False
    return is_loopback(client.host)
