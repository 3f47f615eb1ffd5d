"""The job API over real sockets; the test does what a worker would."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from openai_bench import Bench, said, serving, token

from hansard.errors import MemoryExhaustedError
from hansard.jobs import rules
from hansard.jobs.values import Priority
from hansard.transcript.formats import NAMES, file_name, read
from hansard.work.demonstrate import find_sample

NOTE = find_sample("note").path
SIGNED_WITH = "a long text"
SPOKEN = said("Good morning.", "We are live.")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with serving(tmp_path_factory.mktemp("jobs"), max_queue_depth=20) as running:
        yield running


@pytest.fixture
def client(bench: Bench) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=bench.address, trust_env=False, timeout=30) as client:
        yield client


def submit(client: httpx2.Client, headers: dict[str, str] | None = None, **fields: str) -> str:
    answer = post(client, headers, **fields)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task_id"])


def post(
    client: httpx2.Client, headers: dict[str, str] | None = None, **fields: str
) -> httpx2.Response:
    files = {"file": ("talk.ogg", NOTE.read_bytes())}
    return client.post("/v1/process", files=files, data=fields, headers=headers or {})


def test_a_recording_goes_in_and_a_transcript_comes_out(
    bench: Bench, client: httpx2.Client
) -> None:
    """The whole path: accepted with links, on the disk, followed, complete, gone."""
    answer = post(client, {"X-Request-ID": "r-1"}, language="en", features="raw_transcript")
    assert answer.status_code == 202
    assert answer.headers["x-request-id"] == "r-1"
    accepted = answer.json()
    task = accepted["task_id"]
    assert answer.headers["location"] == accepted["links"]["self"] == f"/v1/status/{task}"
    assert accepted["status"] == "PENDING"
    assert accepted["queue"]["ahead"] == 0

    waiting = client.get(accepted["links"]["self"]).json()
    assert waiting["status"] == "PENDING"
    assert waiting["results"] is None
    assert waiting["file_name"] == "talk.ogg"

    job = bench.claim()
    assert job.id == task
    assert job.request == {
        "options": {"language": "en"},
        "features": ["raw_transcript"],
        "task": "transcribe",
    }
    assert job.trace["request_id"] == "r-1"
    assert job.media is not None
    assert bench.store.read(job.media.key) == NOTE.read_bytes()
    assert job.media.duration is not None
    assert client.get(f"/v1/status/{task}").json()["status"] == "PREPROCESSING"
    bench.ledger.change(task, rules.report(token(job), stage="transcribing", progress=0.5))
    running = client.get(f"/v1/status/{task}").json()
    assert (running["status"], running["stage"]) == ("PROCESSING_ASR", "transcribing")
    assert running["eta_seconds"] >= 0

    bench.finish(job, SPOKEN)
    done = client.get(f"/v1/status/{task}").json()
    assert done["status"] == "COMPLETE"
    assert done["results"]["raw_transcript"] == SPOKEN.text
    assert "clean_transcript" not in done["results"]
    assert done["versions"] == {"test": True}
    assert done["completed_at"] > done["submitted_at"]
    whole = client.get(done["results"]["transcript"])
    assert read(whole.text, "json").text == SPOKEN.text

    assert client.delete(f"/v1/tasks/{task}").status_code == 204
    assert client.get(f"/v1/status/{task}").status_code == 404
    assert bench.left() == []


def test_the_default_is_the_clean_transcript(bench: Bench, client: httpx2.Client) -> None:
    """Only what was asked for stands in the results."""
    task = submit(client, features='["clean_transcript", "enhancement_metrics"]')
    bench.finish(bench.claim(), SPOKEN)
    results = client.get(f"/v1/status/{task}").json()["results"]
    assert set(results) == {"transcript", "clean_transcript", "enhancement_metrics"}
    assert results["enhancement_metrics"] == {"edit_rate": 0.0}
    client.delete(f"/v1/tasks/{task}")


def test_an_unchanged_status_is_not_sent_again(bench: Bench, client: httpx2.Client) -> None:
    """`If-None-Match` answers 304 until something changes."""
    task = submit(client)
    first = client.get(f"/v1/status/{task}")
    tag = {"If-None-Match": first.headers["etag"]}
    same = client.get(f"/v1/status/{task}", headers=tag)
    assert (same.status_code, same.content) == (304, b"")
    job = bench.claim()
    assert client.get(f"/v1/status/{task}", headers=tag).status_code == 200
    bench.finish(job, SPOKEN)
    client.delete(f"/v1/tasks/{task}")


@pytest.mark.parametrize("name", NAMES)
def test_every_format_can_be_fetched(bench: Bench, client: httpx2.Client, name: str) -> None:
    """As an attachment that no browser will run."""
    file = file_name("transcript", name)
    task = submit(client)
    assert client.get(f"/v1/tasks/{task}/files/{file}").status_code == 409
    bench.finish(bench.claim(), SPOKEN)
    answer = client.get(f"/v1/tasks/{task}/files/{file}")
    assert answer.status_code == 200
    assert answer.text == SPOKEN.render(name)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"] == (
        f"attachment; filename=\"{file}\"; filename*=UTF-8''{file_name('talk', name)}"
    )
    client.delete(f"/v1/tasks/{task}")


def test_subtitles_are_cut_as_the_query_says(bench: Bench, client: httpx2.Client) -> None:
    """The settings for subtitles go by their names; others are refused."""
    task = submit(client)
    bench.finish(bench.claim(), said("one two three four five six seven eight"))
    path = f"/v1/tasks/{task}/files/transcript.srt"
    narrow = client.get(path, params={"max_line_width": 12, "max_line_count": 1}).text
    assert max(map(len, narrow.splitlines())) <= 29
    assert narrow != client.get(path).text
    assert client.get(path, params={"beam_size": 1}).status_code == 422
    assert client.get(path, params={"max_line_width": "wide"}).status_code == 422
    for other in ("transcript.zip", "x.srt", "transcript", "transcript.SRT"):
        assert client.get(f"/v1/tasks/{task}/files/{other}").status_code == 404
    client.delete(f"/v1/tasks/{task}")


def test_a_result_that_was_damaged_is_not_passed_off(bench: Bench, client: httpx2.Client) -> None:
    """What lies in the store is compared with what the job committed."""
    task = submit(client)
    job = bench.claim()
    bench.finish(job, said("This text will be changed."))
    result = bench.ledger.find(task).result
    assert result is not None
    bench.store.put(result.key, said("It was changed.").render("json").encode())
    answer = client.get(f"/v1/status/{task}")
    assert answer.status_code == 500
    assert "changed" not in answer.text
    client.delete(f"/v1/tasks/{task}")


def test_a_failed_task_says_why(bench: Bench, client: httpx2.Client) -> None:
    """The status is an answer like any other, with code, hint and whether to try again."""
    task = submit(client)
    error = MemoryExhaustedError("memory ran out", hint="take a smaller model")
    bench.fail(bench.claim(), error)
    status = client.get(f"/v1/status/{task}")
    assert status.status_code == 200
    found = status.json()
    assert found["status"] == "FAILED"
    assert found["error"] == "memory ran out"
    assert found["error_code"] == "memory_exhausted"
    assert found["retry"] == "resource"
    assert found["hint"] == "take a smaller model"

    again = client.post(f"/v1/tasks/{task}/retry")
    assert (again.status_code, again.json()["status"]) == (202, "PENDING")
    assert client.post(f"/v1/tasks/{task}/retry").status_code == 409
    bench.finish(bench.claim(), SPOKEN)
    assert client.get(f"/v1/status/{task}").json()["error"] is None
    client.delete(f"/v1/tasks/{task}")


def test_a_waiting_task_is_cancelled_at_once(bench: Bench, client: httpx2.Client) -> None:
    """202, then CANCELLED for good; a second DELETE removes it."""
    task = submit(client)
    assert client.delete(f"/v1/tasks/{task}").status_code == 202
    assert client.get(f"/v1/status/{task}").json()["status"] == "CANCELLED"
    assert client.delete(f"/v1/tasks/{task}").status_code == 204
    assert bench.left() == []


def test_a_running_task_is_asked_to_stop(bench: Bench, client: httpx2.Client) -> None:
    """It is cancelled when the worker has stopped."""
    task = submit(client)
    job = bench.claim()
    assert client.delete(f"/v1/tasks/{task}").status_code == 202
    assert bench.ledger.find(task).cancel_asked
    bench.stop_job(job)
    assert client.get(f"/v1/status/{task}").json()["status"] == "CANCELLED"
    client.delete(f"/v1/tasks/{task}")


def test_a_repeated_request_is_one_task(bench: Bench, client: httpx2.Client) -> None:
    """Under one idempotency key; another request under it is refused, and leaves nothing."""
    key = {"Idempotency-Key": "once-1"}
    task = submit(client, key, language="en")
    again = post(client, key, language="en")
    assert again.json()["task_id"] == task
    assert again.headers["idempotent-replayed"] == "true"
    other = post(client, key, language="de")
    assert other.status_code == 422
    assert other.json()["error_code"] == "idempotency_key_reused"
    assert post(client, {"Idempotency-Key": "a b"}).status_code == 422
    assert len([entry for entry in bench.left() if entry != task]) == 1
    client.delete(f"/v1/tasks/{task}")
    client.delete(f"/v1/tasks/{task}")


def test_tasks_are_listed_in_pages(bench: Bench, client: httpx2.Client) -> None:
    """The newest first, by status if asked, and the next page begins after the last."""
    made = [submit(client) for _ in range(5)]
    first = client.get("/v1/tasks", params={"limit": 3}).json()
    rest = client.get("/v1/tasks", params={"limit": 3, "after": first["next"]}).json()
    listed = [task["task_id"] for task in first["tasks"] + rest["tasks"]]
    assert listed == made[::-1]
    assert rest["next"] is None
    bench.finish(bench.claim(), SPOKEN)
    by_status = {
        status: [
            t["task_id"] for t in client.get("/v1/tasks", params={"status": status}).json()["tasks"]
        ]
        for status in ("PENDING", "COMPLETE", "PROCESSING_LLM")
    }
    assert by_status == {"PENDING": made[:0:-1], "COMPLETE": made[:1], "PROCESSING_LLM": []}
    assert client.get("/v1/tasks", params={"limit": 0}).status_code == 400
    assert client.get("/v1/tasks", params={"status": "DONE"}).status_code == 400
    assert client.get("/v1/tasks", params={"after": "nonsense"}).status_code == 404
    for task in made:
        client.delete(f"/v1/tasks/{task}")
        client.delete(f"/v1/tasks/{task}")


def events_of(stream: httpx2.Response) -> Iterator[tuple[str, dict[str, object]]]:
    """Ids and data of server-sent events."""
    identity = ""
    for line in stream.iter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            identity = value
        elif name == "data":
            yield identity, json.loads(value)


def test_a_task_is_followed_to_its_end(bench: Bench, client: httpx2.Client) -> None:
    """Each change is an event; the stream ends with the last; what was seen is left out."""
    task = submit(client)
    with client.stream("GET", f"/v1/tasks/{task}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = events_of(stream)
        identity, first = next(events)
        assert first["status"] == "PENDING"
        job = bench.claim()
        bench.say(job, "Good morning.")
        bench.finish(job, SPOKEN)
        states = [data for _, data in events]
    assert states[-1]["status"] == "COMPLETE"
    assert states[-1]["results"] is None
    with client.stream(
        "GET", f"/v1/tasks/{task}/events", headers={"Last-Event-ID": identity}
    ) as stream:
        again = list(events_of(stream))
    assert [data["status"] for _, data in again] == ["COMPLETE"]
    last = {"Last-Event-ID": again[-1][0]}
    with client.stream("GET", f"/v1/tasks/{task}/events", headers=last) as stream:
        assert list(events_of(stream)) == []
    client.delete(f"/v1/tasks/{task}")


def test_priority_and_expiry_are_kept_with_the_job(bench: Bench, client: httpx2.Client) -> None:
    """And a webhook with the secret that it is signed with, which no answer shows."""
    task = submit(
        client,
        priority="bulk",
        ephemeral="true",
        webhook_url="https://93.184.216.34/hook",
        webhook_secret=SIGNED_WITH,
    )
    job = bench.ledger.find(task)
    assert job.priority is Priority.BULK
    assert job.ephemeral
    assert job.webhook is not None
    assert (job.webhook.url, job.webhook.secret) == ("https://93.184.216.34/hook", SIGNED_WITH)
    assert SIGNED_WITH not in client.get(f"/v1/status/{task}").text
    client.delete(f"/v1/tasks/{task}")
    client.delete(f"/v1/tasks/{task}")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"beam": "3"}, 422, "usage"),
        ({"beam_size": "99"}, 422, "usage"),
        ({"features": "summary"}, 422, "usage"),
        ({"template_id": "x"}, 422, "unknown_name"),
        ({"template_id": "../generic_v1"}, 422, "unknown_name"),
        ({"num_speakers": "0"}, 422, "usage"),
        ({"min_speakers": "3", "max_speakers": "2"}, 422, "usage"),
        ({"speaker_engine": "psychic"}, 422, "unknown_name"),
        ({"language": "klingon"}, 422, "unknown_name"),
        ({"engine": "no-such"}, 422, "unknown_name"),
        ({"model": "no-such"}, 404, "model_not_found"),
        ({"model": "/etc"}, 404, "model_not_found"),
        ({"model": "../models"}, 404, "model_not_found"),
        ({"model": "large-v3"}, 404, "model_not_here"),
        ({"webhook_url": "http://127.0.0.1/x"}, 422, "address_refused"),
        ({"webhook_url": "https://93.184.216.34/x"}, 422, "usage"),
        ({"url": "http://example.org/a.mp3"}, 422, "usage"),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(
    bench: Bench, client: httpx2.Client, fields: dict[str, str], status: int, code: str
) -> None:
    """Before anything is queued, with a code, a message and a way on."""
    answer = post(client, **fields)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert answer.json()["error"]
    assert bench.left() == []
    assert list((bench.options.data_dir / "incoming").glob("*")) == []


def test_addresses_are_fetched_only_where_that_is_allowed(
    client: httpx2.Client, tmp_path: Path
) -> None:
    """By default not; where they are, private ones are still refused."""
    refused = client.post("/v1/process", json={"url": "https://example.org/a.mp3"})
    assert (refused.status_code, refused.json()["error_code"]) == (422, "not_built")
    with (
        serving(tmp_path, allow_urls=True) as bench,
        httpx2.Client(base_url=bench.address, trust_env=False) as other,
    ):
        private = other.post("/v1/process", json={"url": "http://10.0.0.1/a.mp3"})
        assert private.json()["error_code"] == "address_refused"
        fine = other.post(
            "/v1/process",
            json={
                "url": "https://93.184.216.34/a.mp3",
                "features": ["raw_transcript"],
                "beam_size": 2,
            },
        )
        assert fine.status_code == 202
        job = bench.ledger.find(fine.json()["task_id"])
        assert job.media is not None
        assert (job.media.url, job.media.key) == ("https://93.184.216.34/a.mp3", "")
        assert job.request["options"] == {"beam_size": 2}


def test_a_full_queue_is_told_before_the_body(client: httpx2.Client, tmp_path: Path) -> None:
    """429 with Retry-After, though the body was only announced."""
    with (
        serving(tmp_path, max_queue_depth=1) as bench,
        httpx2.Client(base_url=bench.address, trust_env=False) as other,
    ):
        submit(other)
        answer = post(other)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["error_code"] == "queue_full"
        assert len(bench.ledger.list()) == 1
