"""Logs carry ids and never secrets."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.contextvars import bound_contextvars

from hansard.jobs.options import DoorOptions
from hansard.server.logs import SIGNS, formatter, redact, set_up_logs

KEY = "hk_0123456789ab_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF"
CANARIES = {
    "key header": ("{'x-api-key': '%s'}", "canary-Key-value-1234567"),
    "bearer": ("Authorization: Bearer %s", "canary.bearer-abc_123"),
    "cookie": ("cookie: hansard_session=%s; other=1", "canaryCookieValue42"),
    "query": ("GET /v1/x?token=%s&a=1", "canaryQueryToken"),
    "url user": ("redis://user:%s@queue:6379/0", "canaryPassw0rd"),
    "hub token": ("using hf_%s now", "canaryHubTokenAbcdef"),
    "own key": ("key hk_0123456789ab_%s was sent", "canaryOwnSecretOwnSecretOwnSecretOwnSecretA"),
    "webhook": ('{"webhook_secret": "%s"}', "canaryWebhookSecret"),
    "login": ("GET /login/%s 303", "canaryTicket-_123"),
    "raw headers": ("[(b'x-api-key', b'%s')]", "canaryRawHeader"),
    "escaped json": ('{\\"secret\\": \\"%s\\"}', "canaryEscaped"),
}


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    log = logging.getLogger("hansard.test.logs")
    log.propagate = False
    log.setLevel(logging.DEBUG)
    yield log
    log.handlers.clear()


def lines(logger: logging.Logger, kind: str) -> io.StringIO:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(kind, terminal=False))  # type: ignore[arg-type]
    logger.handlers = [handler]
    return stream


def log_failure(logger: logging.Logger, message: str) -> None:
    def fail() -> None:
        raise ValueError(message)

    try:
        fail()
    except ValueError:
        logger.exception("failed")


@pytest.mark.parametrize("kind", ["json", "human"])
@pytest.mark.parametrize("where", CANARIES)
def test_no_secret_reaches_a_log(logger: logging.Logger, kind: str, where: str) -> None:
    """However it is logged: in the message, as an argument, in a traceback, in the context."""
    template, secret = CANARIES[where]
    said = template % secret
    stream = lines(logger, kind)
    logger.info(said.replace("%", "%%"))
    logger.warning("it was %s", said)
    log_failure(logger, said)
    with bound_contextvars(request_id=said):
        logger.info("in context")
    written = stream.getvalue()
    assert secret not in written
    assert "***" in written
    assert "in context" in written


def test_json_stays_json(logger: logging.Logger) -> None:
    """Each line is an object, with its level, its logger, its time and what is bound."""
    stream = lines(logger, "json")
    with bound_contextvars(request_id="r1", job="j1", attempt=2):
        logger.info("key %s from %s", KEY, "redis://:pw@host/0")
        log_failure(logger, '{"secret": "x"}')
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["event"] == "key hk_*** from redis://***@host/0"
    assert (first["request_id"], first["job"], first["attempt"]) == ("r1", "j1", 2)
    assert first["level"] == "info"
    assert first["logger"] == "hansard.test.logs"
    assert first["timestamp"].endswith("Z")
    assert "ValueError" in second["exception"]


@pytest.mark.parametrize(
    "text",
    [
        "job 0b6b9f0e is complete",
        "the disk is more than 90 % full",
        "GET /v1/status/{task_id:str} 200 3 ms",
        "model 'large-v3' is not on this machine",
        "https://example.org/path?x=1",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Redaction leaves plain lines alone."""
    assert redact(text) == text


@pytest.mark.parametrize("where", CANARIES)
def test_the_quick_look_overlooks_no_secret(where: str) -> None:
    """Each kind of secret has one of the signs, in capital letters as well."""
    template, secret = CANARIES[where]
    for text in (template % secret, (template % secret).upper()):
        assert any(sign in text.lower() for sign in SIGNS)
        assert "***" in redact(text)


@given(st.text())
def test_redaction_is_stable(text: str) -> None:
    """Doing it twice changes nothing more."""
    once = redact(text)
    assert redact(once) == once


def test_all_logs_go_one_way() -> None:
    """`set_up_logs` sends every logger to one stream, and quietens the talkative."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    try:
        set_up_logs(DoorOptions(log_format="json"), stream=stream)
        logging.getLogger("hansard.anything").info("heard")
        logging.getLogger("httpx2").info("not heard")
        logging.getLogger("hansard.anything").debug("not heard")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        logging.getLogger("hansard").setLevel(logging.NOTSET)
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["heard"]
