"""Webhooks: who asked for it is told when a job ends, by the Standard Webhooks specification.

    POST <url>
    webhook-id: <the same for each try>
    webhook-timestamp: <seconds since 1970, of this try>
    webhook-signature: v1,<base64 of HMAC-SHA256 over "id.timestamp.body">

The receiver checks the signature with the secret it was given, and the timestamp against its clock;
the id tells it a message that comes twice. Any answer of 2xx counts as delivered, 410 means that
nobody wants any more; anything else is tried again. Source: standardwebhooks.com, specification.
"""

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2
import msgspec

from hansard.errors import AddressRefusedError, FetchError, JobConflictError, UsageError
from hansard.jobs.values import Job
from hansard.net.client import new_client
from hansard.net.patience import Patience

PREFIX = "whsec_"
TOLERANCE = 300.0
"""Seconds that a message's timestamp may differ from the receiver's clock."""
TIMEOUT = 10.0
"""Seconds for which one try may last."""
PAUSES = (5.0, 30.0, 120.0, 600.0, 3600.0, 21_600.0)
"""Seconds between one try and the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one try came to."""

    delivered: bool
    again: bool
    """Whether another try makes sense."""
    outcome: str
    """In words, for `Webhook.outcome`."""


def new_secret() -> str:
    """A fresh secret of 256 bits, in the form in which both sides keep it."""
    return secret_of(secrets.token_bytes(32))


def secret_of(key: bytes) -> str:
    """The form in which both sides keep a key."""
    return PREFIX + base64.b64encode(key).decode()


def sign(secret: str, id: str, timestamp: int, body: bytes) -> str:  # noqa: A002 - the header's name
    """The value of `webhook-signature`.

    Raises:
        UsageError: `secret` is none, or `id` holds anything but ASCII without dots.
    """
    if not _is_id(id):
        raise UsageError(f"{id!r} is no id of a webhook's message")
    signed = b"%s.%d.%s" % (id.encode(), timestamp, body)
    digest = hmac.digest(_key(secret), signed, "sha256")
    return "v1," + base64.b64encode(digest).decode()


def verify(
    secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None
) -> bool:
    """Whether a message is from somebody who knows the secret, and is fresh: for receivers.

    `headers` has names in lower case. Several signatures, separated by spaces, may be given while a
    secret is changed; they are compared in constant time.

    Raises:
        UsageError: `secret` is none.
    """
    id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")  # noqa: A001
    if not (_is_id(id) and stamp.isascii() and stamp.isdigit() and len(stamp) < 16):
        return False
    if abs((time.time() if now is None else now) - int(stamp)) > TOLERANCE:
        return False
    expected = sign(secret, id, int(stamp), body).encode()
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected, one.encode(errors="replace")) for one in given)


def next_try(tries: int) -> float | None:
    """Seconds to wait after so many tries that failed; None: give up."""
    if tries < 1:
        return 0.0
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None


def message_id(job: Job) -> str:
    """The id of the message about this end of a job, which may be begun anew and end again."""
    return f"msg_{job.id}_{(job.finished or 0.0) * 1000:.0f}"


def body(job: Job) -> bytes:
    """The message about a job that has ended: JSON, the same each time.

    `{"type": "task.complete", "timestamp": "2026-01-31T12:00:00Z", "data": {"task_id", "status",
    "error", "error_code"}}`; types are `task.complete`, `task.failed` and `task.cancelled`.

    Raises:
        JobConflictError: it has not ended.
    """
    if not job.state.final:
        raise JobConflictError(f"job {job.id!r} has not ended; it is {job.state}")
    ended = datetime.fromtimestamp(job.finished or 0.0, UTC).isoformat(timespec="seconds")
    failure = job.failure if job.state.name == "FAILED" else None
    data = {
        "task_id": job.id,
        "status": job.state.name,
        "error": failure.message if failure else None,
        "error_code": failure.code if failure else None,
    }
    message = {
        "type": f"task.{job.state}",
        "timestamp": ended.replace("+00:00", "Z"),
        "data": data,
    }
    return msgspec.json.encode(message)


def deliver(
    url: str,
    secret: str,
    id: str,  # noqa: A002 - the header's name
    body: bytes,
    *,
    allow_private: bool = False,
    timeout: float = TIMEOUT,
) -> Delivery:
    """Try once, for `timeout` seconds, to deliver a message; what is answered is not read.

    Raises:
        UsageError: `secret` or `id` is none.
    """
    stamp = int(time.time())
    headers = {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(secret, id, stamp, body),
    }
    patience = Patience.lasting(timeout)
    try:
        with (
            new_client(allow_private=allow_private, patience=patience) as client,
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            return _judge(answer.status_code)
    except (AddressRefusedError, httpx2.InvalidURL) as error:
        return Delivery(delivered=False, again=False, outcome=f"refused: {error}")
    except FetchError as error:
        return Delivery(delivered=False, again=True, outcome=f"failed: {error}")


def _judge(status: int) -> Delivery:
    if 200 <= status < 300:
        return Delivery(delivered=True, again=False, outcome="delivered")
    if status == 410:
        return Delivery(delivered=False, again=False, outcome="gone: answered 410")
    return Delivery(delivered=False, again=True, outcome=f"failed: answered {status}")


def _is_id(id: str) -> bool:  # noqa: A002 - the header's name
    return id.isascii() and id.isprintable() and bool(id) and "." not in id


def _key(secret: str) -> bytes:
    """The bytes that a secret stands for; the prefix may be left out, as elsewhere."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise UsageError(
            "the secret of a webhook is not whsec_ and base64 of 24 to 64 bytes",
            hint="`new_secret` makes one",
        )
    return key
