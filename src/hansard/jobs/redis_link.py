"""The way to Redis: its address, its connections, and what its errors mean."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from redis import BlockingConnectionPool, Connection, Redis
from redis import exceptions as refusals
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry

from hansard.errors import LedgerUnavailableError, SettingError

logger = logging.getLogger(__name__)

_ANSWER_SECONDS = 3.0
_CONNECTIONS = 32
_NUMBER = re.compile(r"/?\d*")
_PASSING = ("MISCONF", "NOREPLICAS", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY")
"""First words of answers that are about the server, not about what it was asked."""


def parse(url: str) -> dict[str, Any]:
    """What an address says, as arguments of a connection whose answers are bytes.

    A call is never repeated by the connection: only the ledger knows what may be.

    Raises:
        SettingError: it is no address of a Redis. It is not shown, as it may hold a password.
    """
    try:
        given = _parsed(url)
    except (TypeError, ValueError):
        given = {}
    if not given:
        raise SettingError(
            "redis_url is no address of a Redis",
            hint="write redis://[user:password@]host[:port][/number], or rediss:// for TLS",
        )
    return given


def _parsed(url: str) -> dict[str, Any]:
    """Empty, or an error of Python's, where the address is none."""
    if not url.startswith("unix:") and not _NUMBER.fullmatch(urlsplit(url).path):
        return {}  # the library would take another word there for database 0
    said: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
    defaults = {"socket_timeout": _ANSWER_SECONDS, "socket_connect_timeout": _ANSWER_SECONDS}
    fixed = {"decode_responses": False, "retry": Retry(NoBackoff(), 0), "protocol": 2}
    given = {**defaults, **said, **fixed}
    kind = given.get("connection_class", Connection)
    kind(**{name: value for name, value in given.items() if name not in _OF_THE_POOL})
    return given


_OF_THE_POOL = {"connection_class", "max_connections", "timeout"}


def connect(url: str) -> Redis:
    """A client for all threads of this process; it connects when it is first used.

    Raises:
        SettingError: the address is none.
    """
    limits = {"max_connections": _CONNECTIONS, "timeout": _ANSWER_SECONDS}
    pool = BlockingConnectionPool(**{**limits, **parse(url)})  # type: ignore[no-untyped-call]
    return Redis(connection_pool=pool)


@contextmanager
def explained() -> Iterator[None]:
    """Errors of Redis as errors of ours.

    Raises:
        LedgerUnavailableError: it does not answer, or refuses for a reason of its own.
    """
    try:
        yield
    except refusals.ResponseError as error:
        if not isinstance(error, _OWN_REASONS) and not str(error).startswith(_PASSING):
            raise
        raise _unavailable(error) from error
    except refusals.RedisError as error:
        raise _unavailable(error) from error


_OWN_REASONS = (
    refusals.OutOfMemoryError,
    refusals.ReadOnlyError,
    refusals.NoPermissionError,
    refusals.AuthenticationWrongNumberOfArgsError,
)
_HINTS = {
    refusals.OutOfMemoryError: "Redis has reached its maxmemory; raise it, or delete old jobs",
    refusals.ReadOnlyError: "redis_url leads to a replica; give the address of the primary",
    refusals.AuthenticationError: "check the user and the password in redis_url",
    refusals.AuthenticationWrongNumberOfArgsError: "leave the user name out of redis_url",
    refusals.NoPermissionError: "give the user in redis_url the right to all commands",
}


def _unavailable(error: refusals.RedisError) -> LedgerUnavailableError:
    hint = next((hint for kind, hint in _HINTS.items() if isinstance(error, kind)), "")
    return LedgerUnavailableError(
        f"the Redis that holds the jobs does not answer: {error}",
        hint=hint or "see that Redis runs and can be reached; the jobs go on when it is back",
    )


def look_at(redis: Redis) -> None:
    """Warn where the server may forget what it has acknowledged.

    Raises:
        redis.exceptions.RedisError: it does not answer.
    """
    try:
        facts: Any = redis.info()
    except refusals.ResponseError:  # a user who may not ask
        return
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        logger.warning(
            "Redis may drop jobs when its memory is full: maxmemory-policy is %s", policy
        )
    if not facts.get("aof_enabled"):
        logger.warning("Redis forgets the last jobs when it is killed: appendonly is off")
    elif (sync := _sync_policy(redis)) != "always":
        logger.warning("Redis may lose a second of jobs in a power cut: appendfsync is %s", sync)


def _sync_policy(redis: Redis) -> str:
    try:
        found: Any = redis.config_get("appendfsync")
    except refusals.ResponseError:  # hosted servers hide it
        return "always"
    return str(found.get("appendfsync", "always"))
