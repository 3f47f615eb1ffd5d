"""Logs of the service: for people on a terminal, JSON elsewhere; secrets never.

Rooms log with the standard library. Each line carries what is bound in its context: `request_id`,
`job`, `attempt`. What looks like a secret is blotted out of the finished line, tracebacks included.
"""

import logging
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TextIO

import structlog

from hansard.jobs.options import DoorOptions

if TYPE_CHECKING:
    from structlog.types import Processor

QUIET = ("httpx2", "httpcore2", "uvicorn.access", "asyncio")
"""Loggers of libraries that tell too much at INFO."""

_NAMED = (
    r"((?:set-)?cookie|authorization|x-api-key|webhook_?secret|secret|password|passwd"
    r"|api_?key|access_?token|token|signature|sig)"
    r"(\\*[\"']?(?:\s*[:=]\s*|\\*[\"']?,\s*)b?\\*[\"']?)(?!\*\*\*|bearer \*\*\*)"
    r"[^\s\"'\\,;&}\])]+"
)
"""A name that secrets have, and its value, as headers, JSON, queries and Python write them."""
SECRETS: Sequence[tuple[re.Pattern[str], str]] = tuple(
    (re.compile(pattern, re.IGNORECASE), instead)
    for pattern, instead in (
        (r"hk_[0-9a-f]{6,}_?[A-Za-z0-9_-]*", "hk_***"),
        (r"\bhf_[A-Za-z0-9]{8,}", "hf_***"),
        (r"\b(bearer|basic)\s+[^\s\"'\\,;]+", r"\1 ***"),
        (r"\b([a-z][a-z0-9+.-]*://)[^\s/@\"'\\]*@", r"\1***@"),
        (r"/login/[A-Za-z0-9_-]+", "/login/***"),
        (r"hansard_session=[^\s\"'\\,;]+", "hansard_session=***"),
        (_NAMED, r"\1\2***"),
    )
)
"""What secrets look like, and what stands in their place."""
SIGNS = (
    "hk_", "hf_", "bearer", "basic", "://", "/login/", "session", "cookie", "auth", "key", "secret",
    "passw", "token", "sig",
)  # fmt: skip
"""Each pattern holds one of these in small letters; a line without any of them has no secret."""


def redact(text: str) -> str:
    """The text without what looks like a secret."""
    lowered = text.lower()
    if not any(sign in lowered for sign in SIGNS):  # as in most lines, and far cheaper to see
        return text
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


class Redacted(structlog.stdlib.ProcessorFormatter):
    """Formats a record, and then blots out secrets, wherever in the line they are."""

    def format(self, record: logging.LogRecord) -> str:
        """The finished line."""
        return redact(super().format(record))


def set_up_logs(
    options: DoorOptions, *, verbose: bool = False, stream: TextIO | None = None
) -> logging.Handler:
    """Send all logs of this process to `stream` (standard error), and nowhere else.

    Returns the handler that does it.
    """
    target = stream or sys.stderr
    handler = logging.StreamHandler(target)
    handler.setFormatter(formatter(options.log_format, terminal=target.isatty()))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("hansard").setLevel(logging.DEBUG if verbose else logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    return handler


def formatter(kind: Literal["auto", "human", "json"], *, terminal: bool) -> Redacted:
    """How a line looks."""
    human = kind == "human" or (kind == "auto" and terminal)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(("job", "attempt", "request_id")),
        structlog.processors.TimeStamper(fmt="iso", utc=not human),
    ]
    # Plain tracebacks: the others show local variables, which may hold what clients sent.
    last: list[Processor] = (
        [
            structlog.dev.ConsoleRenderer(
                colors=terminal, exception_formatter=structlog.dev.plain_traceback
            )
        ]
        if human
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    return Redacted(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
