"""What the hub client raised, in the words of a person who wants a model."""

import httpx2
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hansard.errors import (
    HansardError,
    HubUnreachableError,
    ModelDamagedError,
    ModelError,
    ModelGatedError,
    ModelNotFoundError,
)
from hansard.models.hub.names import alike

CAUGHT = (httpx2.HTTPError, httpx2.InvalidURL, OfflineModeIsEnabled)
"""All that the hub client raises about the hub; the system's own errors are not among them."""

_ELSEWHERE = "use a folder (`--model ./folder`) or the bundled model (`--model demo`)"


def explain(error: Exception, repo: str, revision: str | None, *, token: bool) -> HansardError:
    """The error to raise in place of the client's; `token` = one was sent."""
    if isinstance(error, RemoteEntryNotFoundError):
        return ModelError(
            f"the hub lists a file of {repo!r} that it does not have",
            hint="try again, or name another revision (owner/repo@revision)",
        )
    if isinstance(error, HfHubHTTPError):
        return _refused(error, repo, revision, token=token)
    if isinstance(error, httpx2.TooManyRedirects):
        return _moved(repo, "its new place cannot be followed")
    if isinstance(error, OfflineModeIsEnabled):
        return _unreachable(repo, "HF_HUB_OFFLINE is set for the hub client")
    if isinstance(error, httpx2.TransportError):
        return _unreachable(repo, _reason(error))
    return unreadable(repo, error)


def unreadable(repo: str, what: object) -> ModelError:
    """The error for an answer that the hub would not give."""
    return ModelError(
        f"the hub's answer about {repo!r} cannot be read: {what}",
        hint=f"it may have moved, or a proxy may have answered instead of the hub; {_ELSEWHERE}",
    )


def _refused(
    error: HfHubHTTPError, repo: str, revision: str | None, *, token: bool
) -> HansardError:
    status = error.response.status_code
    if isinstance(error, GatedRepoError) or _is_denied(error):
        return _gated(repo, token=token)
    if isinstance(error, RevisionNotFoundError):
        return ModelNotFoundError(
            f"{repo!r} has no revision {revision!r}",
            hint="leave the @revision out for the main branch, or name a branch, tag or commit",
        )
    if isinstance(error, RepositoryNotFoundError) or status in {401, 404}:
        return _not_found(error, repo, token=token)
    if status == 429 or status >= 500:
        return _unreachable(repo, f"it answered {status}")
    said = "it has been disabled" if isinstance(error, DisabledRepoError) else error.server_message
    return ModelError(
        f"the hub refuses {repo!r}: {said or status}", hint=f"choose another model; {_ELSEWHERE}"
    )


def _is_denied(error: HfHubHTTPError) -> bool:
    return error.response.status_code == 403 and not isinstance(error, DisabledRepoError)


def _gated(repo: str, *, token: bool) -> ModelGatedError:
    if token:
        return ModelGatedError(
            f"{repo!r} is gated, and the account of this token may not read it",
            hint="ask for access on the model's page at the hub with that account",
        )
    return ModelGatedError(
        f"{repo!r} is gated: its owner asks for consent, and no token is set",
        hint="accept its terms on the model's page at the hub, make a read token there, and set "
        "it as hf_token (--hf-token)",
    )


def _not_found(error: HfHubHTTPError, repo: str, *, token: bool) -> ModelError:
    if error.response.history:
        return _moved(repo, "there is nothing at its new place")
    if error.response.status_code == 401 and token:
        return ModelGatedError(
            f"the hub does not accept the token for {repo!r}",
            hint="check hf_token, or unset it; public models need none",
        )
    close = alike(repo, {})
    guess = f"did you mean {' or '.join(map(repr, close))}? " if close else ""
    secret = "" if token else "; if it is private, set hf_token"
    return ModelNotFoundError(
        f"the hub has no model {repo!r}", hint=f"{guess}check the spelling{secret}"
    )


def _moved(repo: str, what: str) -> ModelError:
    return ModelError(
        f"{repo!r} has moved at the hub, and {what}",
        hint="look up its new name on the model's page at the hub and use that",
    )


def _unreachable(repo: str, reason: str) -> HubUnreachableError:
    return HubUnreachableError(
        f"the model hub cannot be reached for {repo!r}: {reason}",
        hint=f"try again with `hansard models pull {repo}` when the network is back, {_ELSEWHERE}",
    )


def _reason(error: httpx2.TransportError) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return "it did not answer in time"
    return str(error) or type(error).__name__


def broken_off(repo: str, name: str, have: int, size: int) -> HubUnreachableError:
    """The error for a connection that keeps breaking; what has come is kept."""
    return HubUnreachableError(
        f"the connection broke off at {have} of {size} bytes of {name} from {repo!r}",
        hint=f"`hansard models pull {repo}` goes on from there",
    )


def truncated(repo: str, name: str, have: int, size: int) -> ModelDamagedError:
    """The error for a file that ends before its size."""
    return ModelDamagedError(
        f"{name} from {repo!r} ended after {have} of {size} bytes",
        hint="the hub's copy is not what it announces; try another revision (owner/repo@revision)",
    )


def corrupt(repo: str, name: str) -> ModelDamagedError:
    """The error for bytes that do not have the hub's hash; they are not kept."""
    return ModelDamagedError(
        f"{name} from {repo!r} does not have the hash that the hub announces",
        hint=f"fetch it again: `hansard models pull {repo}`; if it stays so, something on the way "
        "changes it",
    )
