"""A model hub on this machine: speaks the hub's HTTP API well enough for the real client.

    with HubServer() as hub:
        hub.add("owner/repo", {"config.json": b"{}", "model.bin": Path("model.bin")})
        Hub(HubOptions(data_dir=folder), endpoint=hub.endpoint).fetch("owner/repo")

It answers `/api/models/{id}[/revision/{rev}]`, `/api/models/{id}/tree/{rev}` and
`/{id}/resolve/{rev}/{file}`, with commits, ETags, ranges and the headers of Git LFS; large files
are sent on to a storage address, as the real hub does. It can be told to misbehave in the ways
that networks and hubs do, and remembers what it was asked and what it sent.
"""

import hashlib
import json
import re
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

_LFS_FROM = 100_000  # bytes from which a file is kept in Git LFS, unless its name says so
_LFS_NAMES = re.compile(r".*\.(bin|safetensors|pt)")
_API = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+)(/(?P<kind>revision|tree)/(?P<rev>[^/]+))?")
_RESOLVE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<rev>[^/]+)/(?P<file>.+)")
_STORAGE = re.compile(r"/storage/(?P<sha>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Request:
    """What the server was asked."""

    origin: str
    """Of the hub or of its storage."""
    method: str
    path: str
    range: str | None
    token: str | None


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes of a file that the server began to send."""

    name: str
    start: int
    """The first of them."""


@dataclass(slots=True)
class Repo:
    """A repository at one commit, and how it misbehaves."""

    files: dict[str, bytes]
    commit: str
    revisions: tuple[str, ...]
    gated: frozenset[str] | None
    """The tokens that may read it; None = everybody."""


@dataclass(slots=True)
class Faults:
    """How the server misbehaves; file names are without their repository."""

    cut: dict[str, list[int]] = field(default_factory=dict)
    """After how many bytes of an answer the connection breaks, one number for each answer."""
    corrupt: set[str] = field(default_factory=set)
    """Files of which one byte is sent wrong."""
    short: dict[str, int] = field(default_factory=dict)
    """Files that end early although nothing breaks, and after how many bytes."""
    claims: dict[str, int] = field(default_factory=dict)
    """Sizes that the listing states wrongly."""
    missing: set[str] = field(default_factory=set)
    """Files that are listed and cannot be had."""
    hold: dict[str, threading.Event] = field(default_factory=dict)
    """Files of which nothing is sent until the event is set."""
    busy: dict[str, int] = field(default_factory=dict)
    """How many requests for a file, or for `api`, are answered 503 first."""
    bare_listing: bool = False
    """Listings state names and nothing else, as some mirrors do."""
    ignore_ranges: bool = False
    portal: bool = False
    """Every question is answered with a web page, as a hotel's network does."""


class HubServer:
    """A hub in a thread of this process, on a free port of the loopback address."""

    def __init__(self) -> None:
        """Nothing is published and nothing goes wrong yet."""
        self.requests: list[Request] = []
        self.sent: list[Sent] = []
        self.faults = Faults()
        self.repos: dict[str, Repo] = {}
        self.moved: dict[str, str] = {}
        """Repositories that have another name now: an id, or a whole address."""
        self.blobs: dict[str, tuple[str, bytes]] = {}
        """What the storage holds: SHA-256 -> name and content."""
        self.on_hold: Callable[[], object] = lambda: None
        """Called when somebody asks for a file that is held back."""
        self._hub = _Server(("127.0.0.1", 0), _handler_for(self))
        self._storage = _Server(("127.0.0.1", 0), _handler_for(self))
        self._threads = [
            threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
            )
            for server in (self._hub, self._storage)
        ]

    @property
    def endpoint(self) -> str:
        """The address to give to the client."""
        return f"http://127.0.0.1:{self._hub.server_port}"

    @property
    def storage(self) -> str:
        """The address that large files are sent on to: another origin, as with the real hub."""
        return f"http://127.0.0.1:{self._storage.server_port}"

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in (self._hub, self._storage):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()

    def add(
        self,
        repo: str,
        files: Mapping[str, bytes | Path],
        *,
        revisions: tuple[str, ...] = ("main",),
        gated: frozenset[str] | None = None,
    ) -> str:
        """Publish files under some revisions; returns the commit."""
        read = {
            name: content if isinstance(content, bytes) else content.read_bytes()
            for name, content in files.items()
        }
        told = "".join(f"{name} {_git_id(read[name])}\n" for name in sorted(read))
        commit = hashlib.sha1(told.encode(), usedforsecurity=False).hexdigest()
        self.repos[repo] = Repo(read, commit, revisions, gated)
        for name, content in read.items():
            if _is_large(name, content):
                sha = hashlib.sha256(content).hexdigest()
                self.blobs[sha] = (name, content)
        return commit


def _is_large(name: str, content: bytes) -> bool:
    return len(content) >= _LFS_FROM or _LFS_NAMES.fullmatch(name) is not None


def _git_id(content: bytes) -> str:
    blob = b"blob %d\0" % len(content) + content
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest()


class _Server(ThreadingHTTPServer):
    """A server that does not mind clients that go away."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a broken connection; everything else is a fault of this file."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _handler_for(hub: HubServer) -> type[BaseHTTPRequestHandler]:
    """A request handler that knows its hub (the standard library makes the handlers itself)."""
    return type("_BoundHandler", (_Handler,), {"hub": hub})


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    hub: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None:
        """Keep quiet; the hub remembers requests."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        raw = urlsplit(self.path).path
        authorization = self.headers.get("Authorization", "")
        token = authorization.removeprefix("Bearer ") or None
        origin = f"http://{self.headers.get('Host', '')}"
        asked = Request(origin, self.command, path, self.headers.get("Range"), token)
        self.hub.requests.append(asked)
        if self.hub.faults.portal:
            self._say(200, b"<html>Please log in</html>", {"Content-Type": "text/html"})
        elif match := _API.fullmatch(raw):
            self._api(match["repo"], match["kind"], unquote(match["rev"] or "main"))
        elif match := _RESOLVE.fullmatch(raw):
            self._resolve(match["repo"], unquote(match["rev"]), unquote(match["file"]), token)
        elif match := _STORAGE.fullmatch(raw):
            name, content = self.hub.blobs[match["sha"]]
            self._bytes(name, content, {"ETag": f'"{match["sha"]}"'})
        else:
            self._say(404, b"not found")

    # The API

    def _find(self, name: str, rev: str) -> Repo | None:
        """The repository at this revision; answers itself where there is none."""
        target = self.hub.moved.get(name)
        if target is not None:
            place = target if "://" in target else self.path.replace(name, target, 1)
            self._say(307, b"", {"Location": place})
            return None
        repo = self.hub.repos.get(name)
        if repo is None:
            self._refuse(401, "RepoNotFound", "Invalid username or password.")
        elif rev not in repo.revisions and not (len(rev) >= 7 and repo.commit.startswith(rev)):
            self._refuse(404, "RevisionNotFound", f"Invalid rev id: {rev}")
            return None
        return repo

    def _api(self, name: str, kind: str | None, rev: str) -> None:
        if self._is_busy("api"):
            return
        repo = self._find(name, rev)
        if repo is None:
            return
        listed = [self._listed(file, content) for file, content in sorted(repo.files.items())]
        if kind == "tree":
            answer: object = [_as_tree(entry) for entry in listed]
        else:
            answer = {"id": name, "sha": repo.commit, "gated": bool(repo.gated), "siblings": listed}
        self._say(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _listed(self, name: str, content: bytes) -> dict[str, object]:
        if self.hub.faults.bare_listing:
            return {"rfilename": name}
        size = self.hub.faults.claims.get(name, len(content))
        entry: dict[str, object] = {"rfilename": name, "size": size, "blobId": _git_id(content)}
        if _is_large(name, content):
            sha = hashlib.sha256(content).hexdigest()
            entry["lfs"] = {"size": size, "sha256": sha, "pointerSize": 134}
        return entry

    # Files

    def _resolve(self, name: str, rev: str, file: str, token: str | None) -> None:
        repo = self._find(name, rev)
        if repo is None:
            return
        if repo.gated is not None and token not in repo.gated:
            status = 401 if token is None else 403
            self._refuse(status, "GatedRepo", f"Access to model {name} is restricted.")
            return
        content = repo.files.get(file)
        if content is None or file in self.hub.faults.missing:
            self._refuse(404, "EntryNotFound", "Entry not found")
            return
        headers = {"X-Repo-Commit": repo.commit, "ETag": f'"{_git_id(content)}"'}
        if not _is_large(file, content):
            self._bytes(file, content, headers)
            return
        sha = hashlib.sha256(content).hexdigest()
        headers |= {
            "X-Linked-Etag": f'"{sha}"',
            "X-Linked-Size": str(len(content)),
            "Location": f"{self.hub.storage}/storage/{sha}",
        }
        self._say(302, b"", headers)

    def _bytes(self, name: str, content: bytes, headers: dict[str, str]) -> None:
        """Send a file or the range of it that was asked for, with the faults that were ordered."""
        faults = self.hub.faults
        if self._is_busy(name):
            return
        if name in faults.hold:
            self.hub.on_hold()
            faults.hold[name].wait()
        if name in faults.corrupt and content:
            content = bytes([content[0] ^ 1]) + content[1:]
        content = content[: faults.short.get(name, len(content))]
        start = 0 if faults.ignore_ranges else _start_of(self.headers.get("Range"))
        if start >= len(content) > 0:
            self._say(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        headers = {"Accept-Ranges": "bytes", **headers}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        cuts = faults.cut.get(name, [])
        if self.command == "GET":
            self.hub.sent.append(Sent(name, start))
        if self.command == "GET" and cuts:
            self._break_after(cuts.pop(0), content[start:], headers, status=206 if start else 200)
            return
        self._say(206 if start else 200, content[start:], headers)

    def _break_after(
        self, sent: int, content: bytes, headers: dict[str, str], *, status: int
    ) -> None:
        self._head(status, len(content), headers)
        self.wfile.write(content[:sent])
        self.wfile.flush()
        self.close_connection = True

    # Answers

    def _is_busy(self, what: str) -> bool:
        """Whether this is to be refused for now; answers itself then."""
        left = self.hub.faults.busy.get(what, 0)
        if left:
            self.hub.faults.busy[what] = left - 1
            self._say(503, b'{"error": "busy"}', {"Retry-After": "0"})
        return bool(left)

    def _refuse(self, status: int, code: str, message: str) -> None:
        headers = {"X-Error-Code": code, "X-Error-Message": message}
        self._say(status, json.dumps({"error": message}).encode(), headers)

    def _say(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self._head(status, len(body), headers or {})
        if self.command == "GET":
            self.wfile.write(body)

    def _head(self, status: int, length: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()


def _as_tree(entry: dict[str, object]) -> dict[str, object]:
    """A file as the tree listing writes it."""
    tree: dict[str, object] = {
        "type": "file",
        "path": entry["rfilename"],
        "size": entry["size"],
        "oid": entry["blobId"],
    }
    lfs = entry.get("lfs")
    if isinstance(lfs, dict):
        tree["lfs"] = {"oid": lfs["sha256"], "size": lfs["size"], "pointerSize": 134}
    return tree


def _start_of(asked: str | None) -> int:
    match = re.fullmatch(r"bytes=(\d+)-", asked or "")
    return int(match[1]) if match else 0
