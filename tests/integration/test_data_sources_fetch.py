"""`hansard data fetch`: from a real server on this machine, straight and through yt-dlp."""

import io
import json
import threading
import wave
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from hansard.cli.main import run
from hansard.errors import AddressRefusedError
from hansard.training.project import Project
from hansard.training.sources.fetching import FetchOptions, fetch
from hansard.training.sources.records import read_sources
from hansard.training.sources.video_sites import Reach, VideoSite
from hansard.training.sources.wanted import Wanted

needs_yt_dlp = pytest.mark.skipif(find_spec("yt_dlp") is None, reason="yt-dlp is not installed")
PAGE = "<html><head><title>{title}</title></head><body>{body}</body></html>"


def wav(seed: int) -> bytes:
    """Two seconds of noise, other noise for each seed."""
    noise = np.random.default_rng(seed).normal(0, 3000, 32_000).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(16_000)
        made.writeframes(noise.tobytes())
    return file.getvalue()


ANSWERS: dict[str, tuple[str, bytes]] = {
    "/talk.wav": ("audio/wav", wav(1)),
    "/other%20talk.wav": ("audio/wav", wav(2)),
    "/download": ("application/octet-stream", wav(3)),
    "/again.wav": ("audio/wav", wav(1)),
    "/song1.wav": ("audio/wav", wav(4)),
    "/song2.wav": ("audio/wav", wav(5)),
    "/text.wav": ("audio/wav", b"no recording, only text\n" * 99),
    "/page": (
        "text/html",
        PAGE.format(title="A talk", body='<audio src="/song1.wav"></audio>').encode(),
    ),
    "/list": (
        "text/html",
        PAGE.format(
            title="Two", body='<audio src="/song1.wav"></audio><audio src="/song2.wav"></audio>'
        ).encode(),
    ),
    "/hr.vtt": ("text/vtt", "WEBVTT\n\n00:00.000 --> 00:01.500\nDobar dan č\n".encode()),
    "/en.vtt": ("text/vtt", b"WEBVTT\n\n00:00.000 --> 00:01.500\nGood day\n"),
    "/film": (
        "text/html",
        PAGE.format(
            title="A film",
            body='<video src="/song1.wav"><track kind="subtitles" srclang="en" src="/en.vtt">'
            '<track kind="subtitles" srclang="hr" src="/hr.vtt"></video>',
        ).encode(),
    ),
    "/empty": ("text/html", PAGE.format(title="Nothing", body="nothing here").encode()),
}


class Site:
    """A web server on a free port of this machine, which remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.answer(self)

            do_HEAD = do_GET  # noqa: N815 - the library's name

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.partition("?")[0]
        self.asked.append(path)
        kind, body = ANSWERS.get(path, ("text/plain", b""))
        request.send_response(302 if path == "/redirect" else 200 if path in ANSWERS else 404)
        if path == "/redirect":
            request.send_header("Location", "http://169.254.169.254/latest/meta-data/")
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        if path == "/download":
            request.send_header("Content-Disposition", 'attachment; filename="../Evil: name?.wav"')
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(body)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"


@pytest.fixture
def server() -> Iterator[Site]:
    site = Site()
    site.thread.start()
    yield site
    site.server.shutdown()
    site.server.server_close()
    site.thread.join()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "p")


def told(
    capsys: pytest.CaptureFixture[str], project: Project, *argv: str, private: bool = True
) -> tuple[int, dict[str, list[dict[str, str]]]]:
    allow = ["--allow-private-urls"] if private else []
    code = run(["data", "fetch", *argv, *allow, "--project", str(project.root), "--json", "-q"])
    return code, json.loads(capsys.readouterr().out)


def uploads(project: Project) -> list[str]:
    return sorted(path.name for path in project.uploads.iterdir())


def test_recordings_are_fetched_once_with_their_licence(
    server: Site, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names are safe and free, records tell the origin, and a second run asks nobody."""
    urls = [server.url(path) for path in ("/talk.wav", "/other%20talk.wav", "/download?id=7")]
    about = ("--licence", "CC0-1.0", "--source", "radio", "--language", "croatian")
    code, report = told(capsys, project, *urls, *about)
    assert code == 0
    assert uploads(project) == ["Evil_name.wav", "other_talk.wav", "talk.wav"]
    assert (project.uploads / "talk.wav").read_bytes() == ANSWERS["/talk.wav"][1]
    records = {record.url: record for record in read_sources(project)}
    assert set(records) == set(urls)
    first = records[urls[0]]
    assert (first.licence, first.source, first.language) == ("CC0-1.0", "radio", "hr")
    assert first.file == "uploads/talk.wav"
    assert len(first.sha256) == 64
    assert len(report["fetched"]) == 3
    assert "| radio | CC0-1.0 | 3 |" in project.licences.read_text()

    before = len(server.asked)
    code, report = told(capsys, project, *urls)
    assert code == 0
    assert [each["what"] for each in report["skipped"]] == ["it is here already"] * 3
    assert len(server.asked) == before


def test_without_a_licence_a_warning_is_told(
    server: Site, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """The record says that nobody knows."""
    where = ("--project", str(project.root), "--allow-private-urls")
    assert run(["data", "fetch", server.url("/talk.wav"), *where]) == 0
    assert "no licence is told" in capsys.readouterr().err
    assert read_sources(project)[0].licence == "unknown"


def test_a_list_is_fetched_and_failures_do_not_stop_it(
    server: Site, project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is reported with its address, and the rest comes; nothing partial is left."""
    listed = tmp_path / "list.txt"
    lines = ["# mine", server.url("/gone.wav"), server.url("/text.wav"), "file:///etc/passwd",
             f"{server.url('/talk.wav')}\tCC-BY-4.0\ttv"]  # fmt: skip
    listed.write_text("\n".join(lines))
    code, report = told(capsys, project, "--list", str(listed))
    assert code == 1
    assert uploads(project) == ["talk.wav"]
    assert [each["url"] for each in report["failed"]] == lines[1:4]
    assert "404" in report["failed"][0]["what"]
    assert read_sources(project)[0].licence == "CC-BY-4.0"
    code, report = told(capsys, project, "--list", str(listed))
    assert len(report["failed"]) == 3  # they are tried again
    assert len(report["skipped"]) == 1


def test_the_same_bytes_are_kept_once(
    server: Site, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """A recording that is at two addresses is one recording."""
    _, report = told(capsys, project, server.url("/talk.wav"), server.url("/again.wav"))
    assert uploads(project) == ["talk.wav"]
    assert "the same file is here" in report["skipped"][0]["what"]


def test_nobody_is_asked_where_that_is_not_wanted(
    server: Site, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Private addresses, `offline` and a dry run: no request reaches the server."""
    url = server.url("/talk.wav")
    code, report = told(capsys, project, url, private=False)
    assert code == 1
    assert "may not be asked" in report["failed"][0]["what"]
    assert run(["data", "fetch", url, "--offline", "--project", str(project.root)]) == 1
    assert "offline" in capsys.readouterr().err
    code, report = told(capsys, project, url, "--dry-run", "--licence", "CC0-1.0")
    assert code == 0
    assert report["planned"] == [{"url": url, "what": "CC0-1.0"}]
    assert server.asked == []
    assert list(project.uploads.glob("*")) == []


def test_large_recordings_are_refused(
    server: Site, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit holds, and is not got around by yt-dlp."""
    monkeypatch.setitem(ANSWERS, "/talk.wav", ("audio/wav", wav(1) * 20))
    options = FetchOptions(max_mb=1, allow_private=True)
    report = fetch(project, [Wanted(url=server.url("/talk.wav"))], options)
    assert "larger than 1 MB (--max-mb sets the limit)" in report.failed[0].what
    assert server.asked == ["/talk.wav"]


def test_what_was_removed_is_not_fetched_again(
    server: Site, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither by its address, nor by its source, nor under another address."""
    url = server.url("/talk.wav")
    told(capsys, project, url, "--source", "radio")
    assert run(["data", "remove", url, "--project", str(project.root), "-q"]) == 0
    capsys.readouterr()
    assert uploads(project) == []
    code, report = told(capsys, project, url)
    assert (code, report["skipped"][0]["what"]) == (0, "it was removed from this project")
    code, report = told(capsys, project, server.url("/again.wav"))
    assert code == 1
    assert "was removed" in report["failed"][0]["what"]
    assert uploads(project) == []


def test_what_a_killed_fetch_left_is_taken_away(server: Site, project: Project) -> None:
    """Hidden partial files of an earlier run are gone after the next one."""
    (project.uploads / ".fetching").mkdir(parents=True)
    (project.uploads / ".fetching" / "media").write_bytes(b"half")
    fetch(project, [Wanted(url=server.url("/talk.wav"))], FetchOptions(allow_private=True))
    assert uploads(project) == ["talk.wav"]


@needs_yt_dlp
def test_pages_are_fetched_by_yt_dlp(
    server: Site, project: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The recording of a page comes with the page's title, once."""
    archive = tmp_path / "archive.txt"
    flags = ("--archive", str(archive), "--licence", "CC0-1.0")
    code, report = told(capsys, project, server.url("/page"), *flags)
    assert (code, report["failed"]) == (0, [])
    (record,) = read_sources(project)
    assert (project.root / record.file).read_bytes() == ANSWERS["/song1.wav"][1]
    assert record.title.startswith("A talk")
    assert record.via in {"html5mediaembed", "generic"}
    assert all(len(line.split()) == 2 for line in archive.read_text().splitlines())
    code, report = told(capsys, project, server.url("/page"), *flags)
    assert report["fetched"] == []
    assert "it is here already" in report["skipped"][0]["what"]
    assert len(uploads(project)) == 1


@needs_yt_dlp
def test_the_publishers_subtitles_come_along(
    server: Site, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those in the language that is spoken lie beside the recording, and their origin is kept."""
    code, report = told(capsys, project, server.url("/film"), "--language", "hr")
    assert (code, report["failed"]) == (0, [])
    (record,) = read_sources(project)
    assert record.subtitles_language == "hr"
    assert record.subtitles == str(Path(record.file).with_suffix(".vtt"))
    assert "Dobar dan č" in (project.root / record.subtitles).read_text(encoding="utf-8")
    assert len(uploads(project)) == 2


@needs_yt_dlp
def test_all_recordings_of_a_page_are_fetched(
    server: Site, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page with two of them gives two files."""
    code, report = told(capsys, project, server.url("/list"))
    assert (code, report["failed"]) == (0, [])
    found = {(project.root / record.file).read_bytes() for record in read_sources(project)}
    assert found == {ANSWERS["/song1.wav"][1], ANSWERS["/song2.wav"][1]}


@needs_yt_dlp
def test_a_page_without_recordings_fails(
    server: Site, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told with its address, and nothing is left behind."""
    code, report = told(capsys, project, server.url("/empty"))
    assert code == 1
    assert report["failed"][0]["url"] == server.url("/empty")
    assert uploads(project) == []
    assert read_sources(project) == ()


@needs_yt_dlp
def test_yt_dlp_may_not_ask_what_we_may_not(server: Site, tmp_path: Path) -> None:
    """Behind yt-dlp, too, private addresses are refused before they are asked."""
    with pytest.raises(AddressRefusedError):
        VideoSite(server.url("/page"), tmp_path, Reach(largest=10**6), lambda: False).list()
    assert server.asked == []
    open_reach = Reach(largest=10**6, allow_private=True)
    with pytest.raises(AddressRefusedError, match="metadata service"):
        VideoSite(server.url("/redirect"), tmp_path, open_reach, lambda: False).list()
    assert set(server.asked) == {"/redirect"}
