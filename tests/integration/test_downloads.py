"""Downloads from a server that misbehaves: a whole file, or none and an error that says why."""

import hashlib
import logging
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hansard.errors import (
    AddressRefusedError,
    Cancelled,
    DiskFullError,
    FetchError,
    HansardError,
    OutputError,
)
from hansard.net.client import new_client
from hansard.net.download import Downloaded, Limits, download, fetch
from hansard.net.patience import Patience
from hansard.testing.evil_server import BEHAVIOURS, GOOD, EvilServer

QUICK = Limits(
    size=2**20, seconds=1.5, slowest=2000.0, window=0.4, idle=0.8, redirects=5
)  # everything goes wrong soon
GOOD_ONES = {
    "good": GOOD,
    "good-gzip": GOOD,
    "named": GOOD,
    "redirect": GOOD,
    "redirect-relative": GOOD,
    "tiny-chunks": b"x" * 5000,
    "longer-than-it-says": GOOD[:1000],
}
REFUSED = {
    "redirect-metadata": "metadata",
    "redirect-decimal": "metadata",
    "redirect-mapped": "metadata",
    "redirect-file": "'file'",
    "redirect-ftp": "'ftp'",
    "redirect-gopher": "'gopher'",
    "redirect-login": "user name",
}
PERMANENT = {
    "redirect-loop": "redirected more than 5 times",
    "redirect-nowhere": "redirects to no web address",
    "gzip-bomb": "larger than 1 MB",
    "endless": "larger than 1 MB",
    "endless-chunks": "larger than 1 MB",
    "too-long-announced": "larger than 1 MB",
    "broken-gzip": "cannot be unpacked",
    "deep-coding": "cannot be unpacked",
    "odd-coding": "packed in a way",
    "empty": "is empty",
    "no-content": "answered 204 No Content",
    "page": "is not a recording",
    "page-in-disguise": "is not a recording",
    "400": "no recording: .* answered 400 Bad Request",
    "401": "permission denied .* answered 401 Unauthorized",
    "403": "permission denied .* answered 403 Forbidden",
    "404": "no recording: .* answered 404 Not Found",
    "410": "answered 410 Gone",
}
TRANSIENT = {
    "one-byte-a-second": "less than 2000 bytes a second",
    "silent": "did not answer in time",
    "silent-body": "did not answer in time",
    "slow-headers": "took longer than it may",
    "endless-hints": "took longer than it may",
    "truncated": "broke the connection",
    "two-lengths": "broke the connection",
    "odd-length": "broke the connection",
    "reset": "broke the connection",
    "reset-in-body": "broke the connection",
    "huge-headers": "broke the connection",
    "chunked-garbage": "broke the connection",
    "chunked-cut": "broke the connection",
    "not-http": "broke the connection",
    "switch": "broke the connection",
    "no-answer": "broke the connection",
    "429": "answered 429 Too Many Requests",
    "500": "answered 500 Internal Server Error",
    "503": "answered 503 Service Unavailable",
    "599": "answered 599",
}


@pytest.fixture(scope="module")
def server() -> Iterator[EvilServer]:
    with EvilServer() as server:
        yield server


def get(server: EvilServer, behaviour: str, target: Path, limits: Limits = QUICK) -> Downloaded:
    return download(server.url(behaviour), target, limits, allow_private=True)


def test_every_behaviour_has_a_test() -> None:
    """No way to misbehave is left out below."""
    assert set(BEHAVIOURS) == {*GOOD_ONES, *REFUSED, *PERMANENT, *TRANSIENT}


@pytest.mark.parametrize("behaviour", GOOD_ONES)
def test_a_recording_arrives_whole(server: EvilServer, tmp_path: Path, behaviour: str) -> None:
    """The file holds what was sent, and its size and SHA-256 are told."""
    content = GOOD_ONES[behaviour]
    found = get(server, behaviour, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == content
    assert found.size == len(content)
    assert found.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("behaviour", [*REFUSED, *PERMANENT, *TRANSIENT])
def test_misbehaviour_is_an_error_and_leaves_no_file(
    server: EvilServer, tmp_path: Path, behaviour: str
) -> None:
    """Each fault has its own error, which says whether another try can help; no file stays."""
    expected = (REFUSED | PERMANENT | TRANSIENT)[behaviour]
    with pytest.raises(HansardError, match=expected) as caught:
        get(server, behaviour, tmp_path / "a")
    assert type(caught.value) is (AddressRefusedError if behaviour in REFUSED else FetchError)
    assert caught.value.retry == ("transient" if behaviour in TRANSIENT else "permanent")
    assert list(tmp_path.iterdir()) == []


def test_what_the_server_says_is_told(server: EvilServer, tmp_path: Path) -> None:
    """Type, final address and name come along, and the name has no folders."""
    found = get(server, "redirect?secret=1", tmp_path / "a")
    assert (found.content_type, found.name) == ("audio/mpeg", "good")
    assert found.final_url == server.url("good")
    assert get(server, "named", tmp_path / "b").name == "šala.mp3"


def test_progress_is_told(server: EvilServer, tmp_path: Path) -> None:
    """The listener hears how much is here and how much there will be."""
    heard: list[tuple[int, int | None]] = []
    download(
        server.url("good"),
        tmp_path / "a",
        QUICK,
        allow_private=True,
        on_progress=lambda done, whole: heard.append((done, whole)),
    )
    assert heard[-1] == (len(GOOD), len(GOOD))
    assert [done for done, _ in heard] == sorted({done for done, _ in heard})
    heard.clear()
    download(
        server.url("good-gzip"),
        tmp_path / "b",
        QUICK,
        allow_private=True,
        on_progress=lambda done, whole: heard.append((done, whole)),
    )
    assert heard[-1] == (len(GOOD), None)


@pytest.mark.parametrize("behaviour", ["silent", "silent-body", "slow-headers", "endless"])
def test_a_download_can_be_cancelled(server: EvilServer, tmp_path: Path, behaviour: str) -> None:
    """Whatever it waits for, it ends soon after it is cancelled, and leaves no file."""
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    with pytest.raises(Cancelled):
        download(
            server.url(behaviour),
            tmp_path / "a",
            Limits(size=2**50),
            allow_private=True,
            cancelled=cancelled.is_set,
        )
    assert list(tmp_path.iterdir()) == []


def test_a_listener_that_fails_leaves_no_file(server: EvilServer, tmp_path: Path) -> None:
    """An error of whoever listens ends the download cleanly."""

    def fail(_done: int, _whole: int | None) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        download(server.url("good"), tmp_path / "a", QUICK, allow_private=True, on_progress=fail)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_touched(server: EvilServer, tmp_path: Path) -> None:
    """The target must be new; what lies there stays."""
    (tmp_path / "a").write_text("mine")
    with pytest.raises(OutputError, match="cannot write 'a'"):
        get(server, "good", tmp_path / "a")
    assert (tmp_path / "a").read_text() == "mine"
    with pytest.raises(OutputError, match="cannot write 'b'"):
        get(server, "good", tmp_path / "absent" / "b")


@pytest.mark.system
def test_a_full_disk_is_named(server: EvilServer) -> None:
    """Where the disk is full, the error is the one that tells the queue to try again."""
    if shutil.which("unshare") is None:
        pytest.skip("needs the unshare command")
    script = (
        "import sys, pathlib;"
        "from hansard.net.download import *;"
        "from hansard.errors import *;"
        "url, folder = sys.argv[1:];\n"
        "try: download(url, pathlib.Path(folder) / 'a', allow_private=True)\n"
        "except DiskFullError as e: print('full', e, list(pathlib.Path(folder).iterdir()))"
    )
    mounted = subprocess.run(
        ["unshare", "-Urm", "sh", "-c",
         'mount -t tmpfs -o size=64k none "$1" && exec "$2" -c "$3" "$4" "$1"',
         "sh", "/mnt", sys.executable, script, server.url("good")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "unshare" in mounted.stderr or "mount" in mounted.stderr:
        pytest.skip("this system lets nobody mount a small file system")
    assert mounted.stdout.startswith("full cannot write 'a': No space left on device []"), mounted
    assert DiskFullError.retry == "transient"


def test_secrets_of_an_address_stay_out_of_logs(
    server: EvilServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The query of an address is neither logged nor part of an error."""
    caplog.set_level(logging.INFO)
    get(server, "good?token=canary", tmp_path / "a")
    with pytest.raises(FetchError) as caught:
        get(server, "404?token=canary", tmp_path / "b")
    assert "canary" not in caplog.text + str(caught.value) + caught.value.hint


def test_only_what_was_sent_is_sent(server: EvilServer, tmp_path: Path) -> None:
    """The request names the program and asks for nothing packed; no login, no cookie, no proxy."""
    get(server, "good?who", tmp_path / "a")
    asked = next(a for a in server.asked if a.path == "/good?who")
    assert asked.headers["user-agent"].startswith("hansard/")
    assert asked.headers["accept-encoding"] == "identity"
    assert not {"authorization", "cookie", "proxy-authorization", "referer"} & set(asked.headers)


def test_the_environment_is_not_asked(
    server: EvilServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proxies of the environment are not used."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert get(server, "good", tmp_path / "a").size == len(GOOD)


def test_a_name_leads_to_the_address_that_was_checked(server: EvilServer, tmp_path: Path) -> None:
    """The host is looked up once for a connection, and asked under its own name."""
    calls: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        calls.append(host)
        return ["127.0.0.1"]

    url = f"http://podcast.example:{server.port}/good"
    patience = Patience.lasting(10)
    with new_client(allow_private=True, patience=patience, resolve=resolve) as client:
        assert fetch(client, url, tmp_path / "a", QUICK).size == len(GOOD)
    assert calls == ["podcast.example"]
    assert server.asked[-1].headers["host"] == f"podcast.example:{server.port}"


def test_the_next_address_is_tried(server: EvilServer, tmp_path: Path) -> None:
    """Where the first address of a host does not answer, the next one is asked."""
    with socket.create_server(("127.0.0.2", 0)) as held:
        free = held.getsockname()[1]
    del free
    with new_client(
        allow_private=True, resolve=lambda _host, _port: ["127.0.0.3", "127.0.0.1"]
    ) as client:
        url = f"http://two.example:{server.port}/good"
        assert fetch(client, url, tmp_path / "a", QUICK).size == len(GOOD)


def test_a_host_nobody_knows(tmp_path: Path) -> None:
    """A look-up that fails is told, and may be tried again where the resolver was at fault."""

    def fail(code: int) -> FetchError:
        def resolve(_host: str, _port: int) -> list[str]:
            raise socket.gaierror(code, "no")

        with new_client(resolve=resolve) as client, pytest.raises(FetchError) as caught:
            fetch(client, "http://nowhere.example/", tmp_path / "a", QUICK)
        assert "'nowhere.example' is not known" in str(caught.value)
        return caught.value

    assert fail(socket.EAI_NONAME).retry == "permanent"
    assert fail(socket.EAI_AGAIN).retry == "transient"


def test_a_look_up_that_hangs_is_given_up(tmp_path: Path) -> None:
    """The whole time counts while the host is looked up."""
    over = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        over.wait(30)
        return []

    with (
        new_client(patience=Patience.lasting(0.3), resolve=resolve) as client,
        pytest.raises(FetchError, match="longer than it may"),
    ):
        fetch(client, "http://slow.example/", tmp_path / "a", QUICK)
    over.set()


def test_nobody_listens(tmp_path: Path) -> None:
    """A port that nobody listens at is told, and may be tried again."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with pytest.raises(FetchError, match="cannot be reached") as caught:
        download(f"http://127.0.0.1:{port}/", tmp_path / "a", QUICK, allow_private=True)
    assert caught.value.retry == "transient"
