"""What the hub says of a model before anything is fetched: its commit and its files."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

from huggingface_hub import HfApi, get_hf_file_metadata, hf_hub_url
from huggingface_hub.hf_api import RepoSibling

from hansard.models.hub import refusals
from hansard.models.hub.transfer import RemoteFile

logger = logging.getLogger(__name__)

_TIMEOUT = 15.0  # seconds
_SHA256 = re.compile("[0-9a-f]{64}")
_WANTED = re.compile(r"(onnx/)?[^/\\]+")  # at the top, or in the folder of ONNX models
_GIT_ID = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where to ask, and as whom."""

    endpoint: str | None
    """The hub's address; None = the client's own."""
    token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A repository at one commit."""

    repo: str
    """Its name now; it may have moved."""
    commit: str
    files: Mapping[str, RemoteFile | None]
    """The files at its top and in its folder `onnx`; None where the hub gives only the name."""


def ask(access: Access, repo: str, revision: str | None) -> Remote:
    """Ask for the commit of a revision and its files, in one request.

    Raises:
        ModelError: the answer is not the hub's.
        httpx2.HTTPError: the hub refuses or is not there.
    """
    api = HfApi(endpoint=access.endpoint, token=access.token or False, library_name="hansard")
    try:
        info = api.model_info(repo, revision=revision, files_metadata=True, timeout=_TIMEOUT)
    except (ValueError, KeyError, TypeError) as error:  # no JSON, or not the hub's
        raise refusals.unreadable(repo, error) from error
    if not info.sha:
        raise refusals.unreadable(repo, "it names no commit")
    if info.id.casefold() != repo.casefold():
        logger.warning("model %s is now called %s at the hub", repo, info.id)
    files = {
        file.rfilename: _listed(file)
        for file in info.siblings or ()
        if _WANTED.fullmatch(file.rfilename)
    }
    return Remote(repo=info.id, commit=info.sha, files=files)


def _listed(file: RepoSibling) -> RemoteFile | None:
    if file.size is None:
        return None
    return RemoteFile(
        name=file.rfilename,
        size=file.size,
        sha256=file.lfs.sha256 if file.lfs else None,
        git_id=None if file.lfs else file.blob_id,
    )


def details(access: Access, remote: Remote, name: str) -> RemoteFile:
    """Size and hash of a file; mirrors that list only names are asked for each.

    Raises:
        ModelError: the hub does not say how big it is.
        httpx2.HTTPError: the hub refuses or is not there.
    """
    listed = remote.files[name]
    if listed is not None:
        return listed
    said = get_hf_file_metadata(
        address(access, remote, name),
        token=access.token or False,
        timeout=_TIMEOUT,
        endpoint=access.endpoint,
    )
    if said.size is None:
        raise refusals.unreadable(remote.repo, f"it does not say how big {name} is")
    tag = said.etag or ""
    return RemoteFile(
        name=name,
        size=said.size,
        sha256=tag if _SHA256.fullmatch(tag) else None,
        git_id=tag if _GIT_ID.fullmatch(tag) else None,
    )


def address(access: Access, remote: Remote, name: str) -> str:
    """Where the bytes of a file are."""
    return hf_hub_url(remote.repo, name, revision=remote.commit, endpoint=access.endpoint)
