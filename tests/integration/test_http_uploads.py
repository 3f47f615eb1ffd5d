"""Uploads that break off, creep, lie, or are no recordings."""

import hashlib
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai_bench import Bench, serving, wait_until

from hansard.server.uploads import MEGABYTE
from hansard.work.demonstrate import find_sample

NOTE = find_sample("note").path
BOUNDARY = "x-boundary-x"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("uploads")
    with serving(folder, max_upload_mb=3, max_queue_depth=1000, header_timeout=1) as running:
        yield running


@pytest.fixture
def client(bench: Bench) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=bench.address, trust_env=False, timeout=30) as client:
        yield client


def incoming(bench: Bench) -> list[Path]:
    return list((bench.options.data_dir / "incoming").glob("*"))


def connect(bench: Bench) -> socket.socket:
    return socket.create_connection(("127.0.0.1", bench.socket.getsockname()[1]), timeout=30)


def head(length: int | None, kind: str = FORM) -> bytes:
    size = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    return (
        f"POST /v1/process HTTP/1.1\r\nhost: localhost\r\n{size}\r\ncontent-type: {kind}\r\n\r\n"
    ).encode()


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    file = f'; filename="{filename}"' if filename is not None else ""
    disposition = f'content-disposition: form-data; name="{name}"{file}'
    return f"--{BOUNDARY}\r\n{disposition}\r\n\r\n".encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def send(client: httpx2.Client, body: bytes, **headers: str) -> httpx2.Response:
    return client.post("/v1/process", content=body, headers={"Content-Type": FORM, **headers})


def open_parts() -> list[str]:
    """Uploads that this process holds open (the application runs in a thread of it)."""
    found = []
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(handle.readlink()))
    return [path for path in found if ".part" in path]


def test_a_broken_off_upload_leaves_nothing(bench: Bench) -> None:
    """Wherever the client drops the line, its file is removed, and nothing is queued."""
    body = part("file", b"RIFF" + b"\0" * (2 * MEGABYTE), "../../evil.wav") + END
    for sent in (1, 60, 200, 100_000, MEGABYTE + 200_000, len(body) - 1):
        with closing(connect(bench)) as raw:
            raw.sendall(head(len(body)) + body[:sent])
            if sent > MEGABYTE:
                wait_until(lambda: incoming(bench))
                assert [p.stat().st_mode & 0o077 for p in incoming(bench)] == [0]
        wait_until(lambda: not incoming(bench))
    wait_until(lambda: not open_parts())
    assert bench.left() == []
    assert not list(bench.options.data_dir.parent.rglob("evil*"))


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
def test_too_much_is_refused(bench: Bench, announced: bool) -> None:
    """413: at once where the length is told, else as soon as it is counted."""
    size = 8 * MEGABYTE
    with closing(connect(bench)) as raw:
        if announced:
            raw.sendall(head(size))
        else:
            raw.sendall(head(None))
            piece = part("file", b"", "a.wav")[:-2]
            raw.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            block = b"%x\r\n%s\r\n" % (65_536, b"\0" * 65_536)
            try:
                for _ in range(size // 65_536):
                    raw.sendall(block)
            except OSError:
                pass
        answer = raw.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 413")
    wait_until(lambda: not incoming(bench))


def test_a_file_just_over_the_limit_is_refused(bench: Bench, client: httpx2.Client) -> None:
    """The limit is the file's, whatever else the form holds."""
    over = send(client, part("file", b"\0" * (3 * MEGABYTE + 1), "a.wav") + END)
    assert (over.status_code, over.json()["error_code"]) == (413, "too_large")
    under = send(client, part("file", b"\0" * (3 * MEGABYTE), "a.wav") + END)
    assert under.status_code == 415
    assert incoming(bench) == []


@pytest.mark.parametrize(
    "content",
    [
        b"hello, this is text",
        b"",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"%PDF-1.7\n" + b"\0" * 100,
        b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n",
        b"ffconcat version 1.0\nfile other.wav\n",
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        b"ID3\x04\0\0\0\0\0\0",
        b"<html><body>no</body></html>",
        bytes(range(256)) * 40,
    ],
    ids=["text", "empty", "png", "pdf", "playlist", "concat", "torn wav", "torn mp3", "html",
         "noise"],
)  # fmt: skip
def test_what_is_no_recording_is_refused(
    bench: Bench, client: httpx2.Client, content: bytes
) -> None:
    """Decided by probing, whatever it is called; nothing of it stays."""
    for name in ("talk.wav", "talk.mp3"):
        answer = send(client, part("file", content, name) + END)
        assert answer.status_code in {415, 422}, answer.text
        assert answer.json()["error_code"] in {"unreadable_media", "no_audio", "media_limit"}
    assert bench.left() == []
    assert incoming(bench) == []


def test_a_recording_that_is_too_short_is_refused(client: httpx2.Client) -> None:
    """422, with how short it is."""
    header = (
        b"RIFF" + (36 + 320).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
        + (1).to_bytes(2, "little") + (1).to_bytes(2, "little") + (16_000).to_bytes(4, "little")
        + (32_000).to_bytes(4, "little") + (2).to_bytes(2, "little") + (16).to_bytes(2, "little")
        + b"data" + (320).to_bytes(4, "little")
    )  # fmt: skip
    answer = send(client, part("file", header + b"\0" * 320, "a.wav") + END)
    assert (answer.status_code, answer.json()["error_code"]) == (422, "media_limit")
    assert "0.01" in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (part("language", b"x" * 70_000) + END, 413),
        (b"".join(part(f"f{n}", b"x") for n in range(101)) + END, 413),
        (b"".join(part("hotwords", b"x" * 60_000) for _ in range(20)) + END, 413),
        (part("language", b"\xff\xfe") + END, 422),
        (part("other", b"x", "a.wav") + END, 422),
        (part("file", b"x") + END, 422),
        (part("file", NOTE.read_bytes(), "a.ogg") * 2 + END, 422),
        (b"not multipart at all", 400),
        (b"", 400),
        (part("file", b"x", "a.wav"), 400),
        (f"--{BOUNDARY}\r\n\r\nx\r\n".encode() + END, 400),
        (f"--{BOUNDARY}\r\ncontent-disposition: attachment\r\n\r\nx\r\n".encode() + END, 400),
        (f"--{BOUNDARY}\r\n".encode() + b"a" * 10_000 + b"\r\n\r\nx\r\n" + END, 413),
        (END, 422),
    ],
    ids=["huge field", "many parts", "much text", "not utf-8", "wrong field", "no file name",
         "two files", "no form", "nothing", "no end", "no name", "no form-data", "huge header",
         "empty form"],
)  # fmt: skip
def test_forms_that_make_no_sense_are_refused(
    bench: Bench, client: httpx2.Client, body: bytes, status: int
) -> None:
    """With the status that says why, and nothing left behind."""
    answer = send(client, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert incoming(bench) == []
    assert bench.left() == []


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=", b"x", 400),
        ("application/json", b"{", 400),
        ("application/json", b"[]", 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/json", b'{"url": "x' + b"y" * 1_100_000 + b'"}', 413),
        ("application/json", b"{}", 422),
        ("application/x-www-form-urlencoded", b"%%%", 400),
        ("application/x-www-form-urlencoded", b"features=raw_transcript", 422),
        ("audio/wav", b"RIFF", 415),
        ("text/plain", b"hello", 415),
        ("", b"hello", 415),
    ],
)
def test_bodies_of_other_kinds(client: httpx2.Client, kind: str, body: bytes, status: int) -> None:
    """Each has its status, and none is a server's error."""
    headers = {"Content-Type": kind} if kind else {}
    answer = client.post("/v1/process", content=body, headers=headers)
    assert answer.status_code == status, answer.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [END, b"\r\n", b"--", b"\0", f"--{BOUNDARY}".encode(), f"--{BOUNDARY}\r\n".encode(),
                 b'content-disposition: form-data; name="file"; filename="a"\r\n', b"\r\n\r\n",
                 part("file", b"RIFF", "a.wav"), part("language", b"en"), part("features[]", b"x")]
            ),
            st.binary(max_size=50),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_no_form_ends_in_a_servers_error(client: httpx2.Client, pieces: list[bytes]) -> None:
    """Torn, doubled and mixed-up forms are refused, and the next request is answered."""
    answer = send(client, b"".join(pieces))
    assert 400 <= answer.status_code < 500, answer.text


def test_the_hash_is_compared(bench: Bench, client: httpx2.Client) -> None:
    """Another one is refused, the right one is accepted, in capital letters too."""
    digest = hashlib.sha256(NOTE.read_bytes()).hexdigest()
    body = part("file", NOTE.read_bytes(), "a.ogg") + END
    for wrong in ("0" * 64, "nonsense", digest[:-1]):
        assert send(client, body, **{"X-Content-SHA256": wrong}).status_code == 422
    assert bench.left() == []
    fine = send(client, body, **{"X-Content-SHA256": digest.upper()})
    assert fine.status_code == 202
    task = fine.json()["task_id"]
    client.delete(f"/v1/tasks/{task}")
    client.delete(f"/v1/tasks/{task}")


def test_a_name_is_only_data(bench: Bench, client: httpx2.Client) -> None:
    """However a file is called, it lies where we put it, and its name is shown harmlessly."""
    for name in ("../../../etc/passwd", "C:\\\\evil.wav", "a%0d%0ab", "x" * 300, "ünï çødé.ogg"):
        made = send(client, part("file", NOTE.read_bytes(), name) + END)
        assert made.status_code == 202, made.text
        task = made.json()["task_id"]
        shown = client.get(f"/v1/status/{task}").json()["file_name"]
        assert "/" not in shown
        assert len(shown) <= 160
        assert sorted(bench.left()) == sorted([task, f"records/{task}/media"])
        client.delete(f"/v1/tasks/{task}")
        client.delete(f"/v1/tasks/{task}")


def test_only_so_many_uploads_at_once(tmp_path: Path) -> None:
    """One more is told to wait, before its body; the place is free again afterwards."""
    with serving(tmp_path, max_uploads=1) as bench:
        body = part("file", b"RIFF" + b"\0" * 5000, "a.wav") + END
        with closing(connect(bench)) as first:
            first.sendall(head(len(body)) + body[:2000])
            with httpx2.Client(base_url=bench.address, trust_env=False) as client:

                def turned_away() -> bool:
                    answer = send(client, body)
                    if answer.status_code == 429:
                        assert int(answer.headers["retry-after"]) >= 1
                    return answer.status_code == 429

                wait_until(turned_away)
                first.sendall(body[2000:])
                assert first.recv(65_536).startswith(b"HTTP/1.1 415")
                assert send(client, body).status_code == 415


def test_a_nearly_full_disk_takes_nothing(tmp_path: Path) -> None:
    """507 with Retry-After, before the body."""
    with (
        serving(tmp_path, free_disk_mb=1_048_576) as bench,
        httpx2.Client(base_url=bench.address, trust_env=False) as client,
    ):
        answer = send(client, part("file", NOTE.read_bytes(), "a.ogg") + END)
        assert (answer.status_code, answer.json()["error_code"]) == (507, "disk_full")
        assert int(answer.headers["retry-after"]) >= 1
        assert client.get("/health").json()["disk"]["low"] is True


def test_endless_headers_are_cut_off(bench: Bench) -> None:
    """Whoever dawdles over them, sends too many, or nothing at all, loses the line."""
    for sent in (b"", b"GET / HTTP/1.1\r\nhost: localhost\r\n", b"\r\n", b"G"):
        with closing(connect(bench)) as raw:
            raw.sendall(sent)
            answer = raw.recv(65_536)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 408")
            assert raw.recv(65_536) == b""
    with closing(connect(bench)) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n")
        answer = b""
        try:
            for _ in range(400):
                raw.sendall(b"x: " + b"y" * 1000 + b"\r\n")
            answer = raw.recv(65_536)
        except OSError:
            answer = b"HTTP/1.1 431"
        assert answer.startswith(b"HTTP/1.1 431")


def test_an_idle_connection_after_an_answer_is_cut_off(bench: Bench) -> None:
    """A blank line does not make it a request."""
    with closing(connect(bench)) as raw:
        raw.sendall(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n")
        while b"alive" not in raw.recv(65_536):
            pass
        raw.sendall(b"\r\n")
        answer = raw.recv(65_536)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 408")


def test_two_requests_on_one_line_are_both_answered(bench: Bench) -> None:
    """Keep-alive and pipelining go on working."""
    request = b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n"
    with closing(connect(bench)) as raw:
        raw.sendall(request * 2)
        got = b""
        while got.count(b"alive") < 2:
            got += raw.recv(65_536)
        raw.sendall(request)
        while got.count(b"alive") < 3:
            got += raw.recv(65_536)
        assert got.count(b"HTTP/1.1 200") == 3
