"""Small pure parts of the doors: hosts, traces, request ids, forecasts, names of states."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import MissingExtraError
from hansard.jobs.tracing import Tracer, trace_of
from hansard.jobs.values import Ahead, Job, Media, State
from hansard.server.access import is_loopback, is_loopback_name, sent_key
from hansard.server.api.files import disposition
from hansard.server.api.shapes import STATES, iso, states_of, status_of_job
from hansard.server.forecast import remaining, speed_of
from hansard.server.front import request_id_of

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "127.0.0.1", "127.0.0.1:80", "127.9.9.9", "[::1]:8000",
     "[::ffff:127.0.0.1]", "app.localhost", "LOCALHOST"],
)  # fmt: skip
def test_this_machines_names(host: str) -> None:
    """Names and addresses that no stranger's DNS server can give."""
    assert is_loopback_name(host)


@pytest.mark.parametrize(
    "host",
    ["", "example.org", "127.0.0.1.example.org", "localhost.example.org", "192.168.0.5", "0.0.0.0",  # noqa: S104
     "[::]", "10.0.0.1:8000", "[", "127.1.nip.io", "2130706433", "a@localhost.evil.org"],
)  # fmt: skip
def test_strangers_names(host: str) -> None:
    """Everything else is refused where no keys are asked for."""
    assert not is_loopback_name(host)


@given(st.text(max_size=60))
def test_no_host_header_ends_in_an_error(host: str) -> None:
    """Whatever a client sends."""
    assert is_loopback_name(host) in {True, False}
    assert is_loopback(host) in {True, False}


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"x-api-key": " k1 "}, "k1"),
        ({"authorization": "Bearer k2"}, "k2"),
        ({"authorization": "bearer   k2"}, "k2"),
        ({"x-api-key": "k1", "authorization": "Bearer k2"}, "k1"),
        ({"authorization": "Basic abc"}, None),
        ({"authorization": "Bearer"}, None),
        ({"x-api-key": "  "}, None),
        ({}, None),
    ],
)
def test_where_a_key_is_sent(headers: dict[str, str], key: str | None) -> None:
    """`X-API-Key`, or a bearer's token."""
    assert sent_key(headers) == key


@pytest.mark.parametrize(
    "given_id", [b"", b"a b", b"x" * 65, b"-x", b"\xff", b"a\r\nb", b'a"', b"a/b"]
)
def test_strange_request_ids_are_replaced(given_id: bytes) -> None:
    """Only short and plain ones reach logs and headers."""
    made = request_id_of(given_id)
    assert made.encode() != given_id
    assert len(made) == 32
    assert request_id_of(b"trace-7.a_b") == "trace-7.a_b"


def test_a_trace_is_taken_along() -> None:
    """A well-formed context is kept, another is dropped."""
    assert trace_of({"traceparent": PARENT}) == {"traceparent": PARENT}
    whole = {"traceparent": PARENT, "tracestate": "vendor=1"}
    assert trace_of(whole) == whole
    assert trace_of({"traceparent": "00-" + "0" * 32 + "-00f067aa0ba902b7-01"}) == {}
    assert trace_of({"traceparent": "x" + PARENT}) == {}
    assert trace_of({"tracestate": "vendor=1"}) == {}


def test_without_a_collector_a_tracer_does_nothing() -> None:
    """The context passes through unchanged."""
    tracer = Tracer()
    with tracer.span("GET", {"traceparent": PARENT}) as carried:
        assert carried == {"traceparent": PARENT}
    tracer.close()


def test_with_a_collector_spans_continue_the_clients_trace() -> None:
    """What follows is told the same trace and a new span."""
    pytest.importorskip("opentelemetry.sdk")
    try:
        tracer = Tracer("http://127.0.0.1:9/v1/traces", version="1")
    except MissingExtraError:  # pragma: no cover
        pytest.skip("no OpenTelemetry here")
    try:
        with tracer.span("POST", {"traceparent": PARENT}) as carried:
            version, trace, span, _ = carried["traceparent"].split("-")
            assert (version, trace) == ("00", PARENT.split("-")[1])
            assert span != PARENT.split("-")[2]
    finally:
        tracer._provider._active_span_processor._span_processors = ()
        tracer.close()


def job(**more: object) -> Job:
    return Job(id="j", kind="transcribe", owner="o", **more)  # type: ignore[arg-type]


def test_states_have_public_names() -> None:
    """A running job is in preparation until something is recognised."""
    assert status_of_job(job()) == "PENDING"
    assert status_of_job(job(state=State.RUNNING)) == "PREPROCESSING"
    assert status_of_job(job(state=State.RUNNING, stage="preprocessing")) == "PREPROCESSING"
    assert status_of_job(job(state=State.RUNNING, stage="fetching")) == "PREPROCESSING"
    assert status_of_job(job(state=State.RUNNING, stage="decoding")) == "PROCESSING_ASR"
    for state in State:
        if state is not State.RUNNING:
            assert states_of(STATES[state]) == (state,)
    assert states_of("PREPROCESSING") == (State.RUNNING,)
    assert states_of(None) == ()


def test_times_are_iso() -> None:
    """In UTC, to the millisecond."""
    assert iso(0.0) == "1970-01-01T00:00:00.000Z"
    assert iso(1_700_000_000.1234) == "2023-11-14T22:13:20.123Z"


def test_speed_and_remaining_time() -> None:
    """Estimates come from what was measured; without it there is none."""
    media = Media(duration=100.0)
    done = job(media=media, started=10.0, finished=30.0)
    assert speed_of([done, job()]) == pytest.approx(0.2)
    assert speed_of([job()]) is None
    running = job(state=State.RUNNING, started=100.0, progress=0.25)
    assert remaining(running, 110.0) == pytest.approx(30.0)
    assert remaining(job(state=State.RUNNING, started=100.0), 110.0) is None
    assert remaining(done, 110.0) is None
    assert Ahead(jobs=0, seconds=0.0).jobs == 0


@given(st.text(max_size=200).filter(lambda s: s.encode("utf-8", "ignore").decode() == s))
def test_a_downloads_name_is_one_plain_line(name: str) -> None:
    """Whatever the recording was called, the header is ASCII and one line."""
    header = disposition(name, "srt")
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
