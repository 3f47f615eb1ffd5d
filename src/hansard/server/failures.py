"""Errors as HTTP answers: one table, two shapes of body.

    job API   {"error": message, "error_code": code, "hint": ..., "retry": ..., "request_id": ...}
    OpenAI    {"error": {"message": ..., "type": ..., "param": ..., "code": ...}}

What is the service's own fault is told to its log, and to the client only by its request id.
"""

import logging
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from hansard import errors
from hansard.errors import KeyNeededError

logger = logging.getLogger(__name__)

STATUS: Mapping[type[errors.HansardError], int] = {
    errors.HansardError: 500,
    errors.UsageError: 422,
    errors.SettingError: 422,
    errors.UnsupportedOptionError: 422,
    errors.UnknownNameError: 422,
    errors.TemplateError: 422,
    errors.TemplateExistsError: 409,
    errors.MediaError: 415,
    errors.MediaNotFoundError: 500,  # the upload was here, and the service lost it
    errors.MediaAccessError: 500,
    errors.UnreadableMediaError: 415,
    errors.NoAudioError: 415,
    errors.MediaLimitError: 422,
    errors.ModelError: 500,
    errors.ModelNotFoundError: 404,
    errors.ModelNotHereError: 404,
    errors.ModelGatedError: 403,
    errors.HubUnreachableError: 503,
    errors.ModelDamagedError: 500,
    errors.MissingExtraError: 501,
    errors.EngineError: 500,
    errors.MemoryExhaustedError: 507,
    errors.DoesNotFitError: 507,
    errors.VoiceError: 422,
    errors.AlignmentError: 422,
    errors.LanguageModelError: 502,
    errors.LlmUnreachableError: 503,
    errors.LlmAccessError: 502,
    errors.LlmAnswerError: 502,
    errors.DataError: 422,
    errors.ManifestError: 422,
    errors.TrainingError: 500,
    errors.FidelityError: 500,
    errors.OutputError: 500,
    errors.DiskFullError: 507,
    errors.BlobExistsError: 500,
    errors.BlobNotFoundError: 404,
    errors.AddressRefusedError: 422,
    errors.FetchError: 422,
    errors.JobError: 500,
    errors.JobNotFoundError: 404,
    errors.JobConflictError: 409,
    errors.LeaseLostError: 503,
    errors.KeyReusedError: 422,
    errors.QueueFullError: 429,
    errors.LedgerUnavailableError: 503,
    errors.HostDiedError: 503,
    errors.DecoderEndedError: 503,
    errors.JobTimeoutError: 504,
    errors.PoisonError: 500,
    errors.ServiceError: 500,
    errors.AccessError: 403,
    KeyNeededError: 401,
    errors.RateLimitedError: 429,
    errors.TooLargeError: 413,
    errors.NotBuiltError: 422,
    errors.NotReadyError: 503,
    errors.Cancelled: 409,
}
"""The status of each class; a class that is not here has that of its nearest parent."""

WAIT: Mapping[type[errors.HansardError], int] = {
    errors.HubUnreachableError: 30,
    errors.LlmUnreachableError: 10,
    errors.LeaseLostError: 5,
    errors.QueueFullError: 5,
    errors.LedgerUnavailableError: 1,
    errors.HostDiedError: 5,
    errors.DecoderEndedError: 5,
    errors.NotReadyError: 5,
    errors.DiskFullError: 60,
}
"""Seconds for `Retry-After`."""

TYPES: Mapping[int, str] = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
"""What OpenAI calls errors with these statuses; others are a matter of who is to blame."""


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    if isinstance(error, HTTPException):
        return error.status_code
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def status_of_code(code: str) -> int:
    """The HTTP status of an error that is known by its `error_code` only, as in a failed job."""
    return next((status for kind, status in STATUS.items() if kind.code == code), 500)


def retry_after(error: Exception) -> int | None:
    """Seconds after which another try may succeed; None where nobody can say."""
    if isinstance(error, errors.RateLimitedError):
        return max(1, math.ceil(error.after))
    return next((WAIT[kind] for kind in type(error).__mro__ if kind in WAIT), None)


def describe(error: Exception, request_id: str) -> dict[str, Any]:
    """The body of the job API's answer."""
    if isinstance(error, errors.HansardError) and status_of(error) != 500:
        body: dict[str, Any] = {
            "error": str(error),
            "error_code": error.code,
            "hint": error.hint,
            "retry": error.retry,
        }
        attempts = getattr(error, "attempts", ())
        if attempts:
            body["attempts"] = list(attempts)
    elif isinstance(error, HTTPException):
        body = {
            "error": error.detail,
            "error_code": HTTPStatus(error.status_code).name.lower(),
            "hint": "",
            "retry": "transient" if error.status_code in {408, 503} else "permanent",
        }
    else:  # what went wrong is nobody's business but the operator's
        code = error.code if isinstance(error, errors.HansardError) else "internal"
        body = {
            "error": "the service failed at this request",
            "error_code": code,
            "hint": "its log says more under this request_id",
            "retry": "permanent",
        }
    return {**body, "request_id": request_id}


def describe_as_openai(error: Exception, request_id: str) -> dict[str, Any]:
    """The body as OpenAI's clients expect it."""
    plain = describe(error, request_id)
    status = status_of(error)
    hint = f"; {plain['hint']}" if plain["hint"] else ""
    kind = TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    inner = {
        "message": plain["error"] + hint,
        "type": kind,
        "param": getattr(error, "param", None),
        "code": plain["error_code"],
    }
    if "attempts" in plain:
        inner["attempts"] = plain["attempts"]
    return {"error": inner}


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """The answer to a request that failed."""
    status = status_of(error)
    request_id = request.scope.get("state", {}).get("request_id", "")
    if status == 500:
        logger.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    shape = describe_as_openai if request.scope["path"].startswith("/v1/audio/") else describe
    headers = dict(getattr(error, "headers", None) or {})
    wait = retry_after(error)
    if wait is not None:
        headers["Retry-After"] = str(wait)
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="hansard"'
    return Response(
        shape(error, request_id), status_code=status, headers=headers, media_type=MediaType.JSON
    )


HANDLERS: dict[int | type[Exception], Any] = {
    errors.HansardError: answer,
    HTTPException: answer,
    Exception: answer,
}
"""For `Litestar(exception_handlers=...)`."""
