"""Errors of the OpenAI routes: OpenAI's statuses, codes and body, and whether to try again.

{"error": {"message": ..., "type": ..., "param": ..., "code": ...}}
"""

from collections.abc import Mapping
from typing import Any

from litestar import MediaType, Request, Response

from hansard import errors
from hansard.server import failures
from hansard.server.api.openai_fields import ParameterError
from hansard.server.api.waiting import TookTooLongError

NO_RETRY = {"x-should-retry": "false"}
"""OpenAI's clients send a request again after 409 and 5xx, with the whole file, unless told not to.
"""


def status_of(error: Exception) -> int:
    """The status that OpenAI gives such an error: 400 for whatever is wrong with the request."""
    if isinstance(error, ParameterError):
        return 404 if error.reason == "model_not_found" else 400
    if isinstance(error, TookTooLongError):
        return 503
    status = failures.status_of(error)
    return 400 if isinstance(error, errors.HansardError) and status in {415, 422} else status


def describe(error: Exception, request_id: str) -> dict[str, Any]:
    """The body."""
    body = failures.describe_as_openai(error, request_id)
    inner = body["error"]
    if isinstance(error, ParameterError):
        inner["code"] = error.reason
    elif isinstance(error, errors.MediaError) and status_of(error) == 400:
        inner |= {"message": f"Invalid file format: {inner['message']}", "param": "file"}
    elif isinstance(error, errors.ModelNotFoundError | errors.ModelNotHereError):
        inner |= {"param": "model", "code": "model_not_found"}
    if status_of(error) in {400, 404}:
        inner["type"] = "invalid_request_error"
    return body


def headers_of(error: Exception) -> dict[str, str]:
    """What the client is told beside it."""
    final = isinstance(error, errors.HansardError) and error.retry != "transient"
    return NO_RETRY if final and status_of(error) >= 409 else {}


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """The answer to a request that failed."""
    said = failures.answer(request, error)
    request_id = request.scope.get("state", {}).get("request_id", "")
    return Response(
        describe(error, request_id),
        status_code=status_of(error),
        headers={**said.headers, **headers_of(error)},
        media_type=MediaType.JSON,
    )


HANDLERS: Mapping[int | type[Exception], Any] = dict.fromkeys(failures.HANDLERS, answer)
"""For the routes' `exception_handlers`."""
