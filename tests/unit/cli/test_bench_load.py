"""`hansard bench load` against a small service that answers as it is told."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.cli.bench import Ended, LoadOptions, load, percentile, read_fields, summarise
from hansard.errors import FetchError, MediaNotFoundError, ServiceError, UsageError

Answer = tuple[int, Mapping[str, str], object]
COMPLETE = {
    "status": "COMPLETE",
    "submitted_at": "2026-01-01T00:00:00.000Z",
    "completed_at": "2026-01-01T00:00:02.500Z",
    "metrics": {"input_duration_seconds": 10.0},
}
FAILED = {"status": "FAILED", "error_code": "unreadable_media"}
WAITS = {"status": "PENDING"}


@dataclass
class Service:
    """What it answers: to submissions in turn (the last one for ever), and to looks at a job."""

    submits: list[Answer]
    looks: list[dict[str, object]]
    port: int = 0
    keys: set[str | None] = field(default_factory=set)
    repeated: list[str | None] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    seen: int = 0

    def submit(self, key: str | None, again: str | None, body: bytes) -> Answer:
        self.keys.add(key)
        self.repeated.append(again)
        self.bodies.append(body)
        return self.submits.pop(0) if len(self.submits) > 1 else self.submits[0]

    def look(self) -> Answer:
        self.seen += 1
        found = self.looks[min(self.seen, len(self.looks)) - 1]
        return 200, {"ETag": f'"{self.seen}"'}, found


class Server(ThreadingHTTPServer):
    """Takes it calmly when a client breaks off."""

    def handle_error(self, *_: object) -> None:
        return


@contextmanager
def running(service: Service) -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer((200, {}, {}) if self.path == "/livez" else service.look())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            again = self.headers.get("Idempotency-Key")
            self._answer(service.submit(self.headers.get("X-API-Key"), again, body))

        def _answer(self, answer: Answer) -> None:
            status, headers, found = answer
            content = json.dumps(found).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    with Server(("127.0.0.1", 0), Handler) as server:
        service.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    file = tmp_path / "talk.mp3"
    file.write_bytes(b"sound")
    return file


TAKEN: Answer = (202, {}, {"task_id": "1"})


def at(service: Service, **more: object) -> LoadOptions:
    return LoadOptions(url=f"http://127.0.0.1:{service.port}", **more)  # type: ignore[arg-type]


def test_it_counts_and_measures(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Jobs that were complete are counted, timed by the service's clock, and leave with 0."""
    with running(Service([TAKEN], [WAITS, COMPLETE])) as service:
        assert load(talk, 3, json_=True, options=at(service, fields=["language=en"])) == 0
    told = json.loads(capsys.readouterr().out)
    counts = ("jobs", "complete", "failed", "turned_away", "audio_seconds", "average_seconds")
    assert [told[name] for name in counts] == [3, 3, 0, 0, 30.0, 2.5]
    assert told["rtfx"] == pytest.approx(30.0 / told["total_seconds"], rel=0.01)
    assert all(b"sound" in body and b"language" in body for body in service.bodies)
    assert all(b'name="ephemeral"\r\n\r\ntrue' in body for body in service.bodies)


def test_failed_jobs_are_told_apart(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Failed jobs are counted by their reason, and the command leaves with 1."""
    with running(Service([TAKEN], [FAILED])) as service:
        assert load(talk, 2, json_=True, options=at(service)) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["complete"], told["failed"]) == (0, 2)
    assert told["errors"] == {"unreadable_media": 2}
    assert told["p95_seconds"] is None


def test_being_turned_away_is_waited_out(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A 429 and a 503 are tried again after `Retry-After`, under the same idempotency key."""
    away: Answer = (429, {"Retry-After": "0"}, {"error": "full", "error_code": "queue_full"})
    down: Answer = (503, {"Retry-After": "0"}, {"error": "away"})
    with running(Service([away, down, TAKEN], [COMPLETE])) as service:
        assert load(talk, 1, json_=True, options=at(service)) == 0
    assert json.loads(capsys.readouterr().out)["turned_away"] == 1
    assert len(service.repeated) == 3
    assert len(set(service.repeated)) == 1


def test_a_refusal_ends_it(talk: Path) -> None:
    """What would be refused each time is told once, with the service's reason."""
    no: Answer = (415, {}, {"error": "this is no media", "error_code": "unreadable_media"})
    with running(Service([no], [COMPLETE])) as service, pytest.raises(ServiceError) as caught:
        load(talk, 5, options=at(service))
    assert "415 unreadable_media: this is no media" in str(caught.value)


def test_a_service_that_stands_still_is_given_up(talk: Path) -> None:
    """When nothing moves for long enough, it says so instead of waiting for ever."""
    down: Answer = (503, {"Retry-After": "0"}, {})
    with running(Service([down], [WAITS])) as service, pytest.raises(ServiceError) as caught:
        load(talk, 1, options=at(service, patience=0.05))
    assert "nothing moved" in str(caught.value)


def test_the_key_comes_from_a_file(talk: Path, tmp_path: Path) -> None:
    """The first key of a key file is sent, without its name."""
    (tmp_path / "keys").write_text("# ours\nops:the-key-itself\nother\n", encoding="utf-8")
    with running(Service([TAKEN], [COMPLETE])) as service:
        load(talk, 1, options=at(service, key_file=tmp_path / "keys"))
    assert service.keys == {"the-key-itself"}


def test_wrong_use_is_told(talk: Path, tmp_path: Path) -> None:
    """No file, no job, a field without value, an empty key file, no service: each is told."""
    with pytest.raises(MediaNotFoundError):
        load(tmp_path / "none.mp3", 1)
    with pytest.raises(UsageError):
        load(talk, 0)
    with pytest.raises(UsageError):
        load(talk, 1, options=LoadOptions(fields=["language"]))
    (tmp_path / "keys").write_text("# none\n", encoding="utf-8")
    with pytest.raises(UsageError):
        load(talk, 1, options=LoadOptions(key_file=tmp_path / "keys"))
    with running(Service([TAKEN], [COMPLETE])) as service:
        gone = at(service)
    with pytest.raises(FetchError):
        load(talk, 1, options=gone)


def test_fields_are_split_at_the_first_sign() -> None:
    """A value may hold the sign that ends a name."""
    assert read_fields(["prompt=a=b", "vad="]) == {"prompt": "a=b", "vad": ""}


@given(st.lists(st.floats(0, 1000), min_size=1), st.floats(0.01, 1.0))
def test_a_percentile_is_one_of_the_values(values: list[float], share: float) -> None:
    """At least the asked share of values is no larger than it, and it is one of them."""
    ordered = sorted(round(value, 3) for value in values)
    found = percentile(ordered, share)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= share * len(ordered) - 1e-9


def test_nothing_divides_by_nothing() -> None:
    """A run without jobs has no times and no speed."""
    told = summarise([], 0.0, 0)
    assert (told["jobs"], told["p50_seconds"], told["rtfx"]) == (0, None, None)
    assert summarise([Ended(status="CANCELLED")], 1.0, 2)["cancelled"] == 1
