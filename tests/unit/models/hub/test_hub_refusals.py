"""What the hub client raises, in our words."""

import httpx2
import pytest
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hansard.errors import (
    HubUnreachableError,
    ModelError,
    ModelGatedError,
    ModelNotFoundError,
)
from hansard.models.hub.refusals import explain


def answered(status: int, kind: type[HfHubHTTPError] = HfHubHTTPError) -> HfHubHTTPError:
    """What the client raises when the hub answers with this status."""
    request = httpx2.Request("GET", "https://hub.invalid/api/models/owner/repo")
    return kind("no", response=httpx2.Response(status, request=request), server_message="sorry")


@pytest.mark.parametrize(
    ("error", "token", "expected", "message"),
    [
        (answered(401, GatedRepoError), False, ModelGatedError, "no token is set"),
        (answered(403, GatedRepoError), True, ModelGatedError, "may not read it"),
        (answered(403), True, ModelGatedError, "may not read it"),
        (answered(403, DisabledRepoError), False, ModelError, "has been disabled"),
        (answered(401), False, ModelNotFoundError, "no model 'owner/repo'"),
        (answered(401), True, ModelGatedError, "does not accept the token"),
        (answered(404), False, ModelNotFoundError, "no model 'owner/repo'"),
        (answered(404, RepositoryNotFoundError), False, ModelNotFoundError, "no model"),
        (answered(404, RevisionNotFoundError), False, ModelNotFoundError, "no revision 'v2'"),
        (answered(429), False, HubUnreachableError, "answered 429"),
        (answered(500), False, HubUnreachableError, "answered 500"),
        (answered(418), False, ModelError, "sorry"),
        (httpx2.ConnectError("Name or service not known"), False, HubUnreachableError, "Name or"),
        (httpx2.ProxyError("407"), False, HubUnreachableError, "407"),
        (httpx2.ConnectTimeout(""), False, HubUnreachableError, "did not answer in time"),
        (httpx2.ReadError(""), False, HubUnreachableError, "ReadError"),
        (OfflineModeIsEnabled(""), False, HubUnreachableError, "HF_HUB_OFFLINE"),
        (httpx2.TooManyRedirects(""), False, ModelError, "has moved"),
        (httpx2.InvalidURL("port"), False, ModelError, "cannot be read: port"),
    ],
)
def test_each_refusal_has_its_own_words(
    error: Exception, token: bool, expected: type[ModelError], message: str
) -> None:
    """Class and message follow from what happened, and there is always a hint."""
    explained = explain(error, "owner/repo", "v2", token=token)
    assert type(explained) is expected
    assert message in str(explained)
    assert "owner/repo" in str(explained)
    assert explained.hint
    assert not str(explained).endswith(".")
