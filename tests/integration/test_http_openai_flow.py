"""Calls of OpenAI's client become jobs, are followed, answered and forgotten.

The model is left out: the test claims the job and says what a worker and its host would.
"""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai_bench import Bench, said, serving, wait_until

from hansard.errors import (
    HansardError,
    MemoryExhaustedError,
    ModelNotHereError,
    UnreadableMediaError,
    UnsupportedOptionError,
)
from hansard.jobs.values import Job, Priority, State
from hansard.server.api.openai_stream import deltas, wait_for_text
from hansard.server.app import make_app
from hansard.settings import Options
from hansard.transcript.formats import read
from hansard.work.demonstrate import find_sample

pytestmark = pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
"""OpenAI's package calls its translations deprecated."""

NOTE = find_sample("note").path


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with serving(tmp_path_factory.mktemp("bench")) as running:
        yield running


@pytest.fixture
def client(bench: Bench) -> Iterator[openai.OpenAI]:
    with bench.client() as client:
        yield client


@pytest.fixture
def calls() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def ask(calls: ThreadPoolExecutor, client: openai.OpenAI, **asked: Any) -> Future[Any]:
    """A transcription that is under way."""
    asked = {"model": "whisper-1", "file": NOTE} | asked
    return calls.submit(lambda: client.audio.transcriptions.create(**asked))


def test_a_call_is_a_job_of_somebody_who_waits(
    bench: Bench, client: openai.OpenAI, calls: ThreadPoolExecutor
) -> None:
    """It goes before other work, carries what was asked, and is gone when it is answered."""
    answer = ask(calls, client, language="english", prompt="Ada")
    job = bench.claim()
    assert (job.priority, job.ephemeral) == (Priority.INTERACTIVE, True)
    assert job.request["options"] == {"language": "en", "initial_prompt": "Ada"}
    assert job.media is not None
    assert job.media.name == "note.ogg"
    bench.finish(job, said("Hello.", "Good-bye."))
    transcription = answer.result()
    assert transcription.text == "Hello. Good-bye."
    assert transcription.usage.seconds == 2.0
    wait_until(lambda: bench.left() == [])


@pytest.mark.parametrize(
    ("kind", "content_type", "begin"),
    [
        ("text", "text/plain; charset=utf-8", "Hello.\n"),
        ("srt", "text/plain; charset=utf-8", "1\n00:00:00,000 --> "),
        ("vtt", "text/vtt; charset=utf-8", "WEBVTT\n"),
    ],
)
def test_bare_bodies_have_their_type(
    bench: Bench, client: openai.OpenAI, calls: ThreadPoolExecutor, kind: Any,
    content_type: str, begin: str,
) -> None:  # fmt: skip
    """`text`, `srt` and `vtt` are sent as they are, with the type that they have."""
    raw = client.audio.transcriptions.with_raw_response
    answer = calls.submit(lambda: raw.create(file=NOTE, model="whisper-1", response_format=kind))
    bench.finish(bench.claim(), said("Hello."))
    response = answer.result()
    assert response.headers["content-type"] == content_type
    assert response.text.startswith(begin)


def test_text_comes_while_it_is_made(
    bench: Bench, client: openai.OpenAI, calls: ThreadPoolExecutor
) -> None:
    """The first piece arrives before the job has ended, and all of them are the text."""
    opened = ask(calls, client, stream=True)
    job = bench.claim()
    assert job.request["stream"] is True
    bench.say(job, "Hello.")
    stream = iter(opened.result())
    first = next(stream)
    assert first.delta == "Hello."
    assert bench.ledger.find(job.id).state is State.RUNNING
    bench.say(job, " How are you?", " Good-bye.")
    bench.finish(job, said("Hello.", "How are you?", "Good-bye."))
    *deltas, done = stream
    assert [delta.type for delta in deltas] == ["transcript.text.delta"] * 2
    assert done.type == "transcript.text.done"
    assert first.delta + "".join(delta.delta for delta in deltas) == done.text
    assert done.text == "Hello. How are you? Good-bye."
    assert done.usage.output_tokens == 6
    wait_until(lambda: bench.left() == [])


def test_what_the_host_did_not_give_out_comes_at_the_end(
    bench: Bench, client: openai.OpenAI, calls: ThreadPoolExecutor
) -> None:
    """Text that only the result has is sent as a last piece; silence is a stream too."""
    opened = ask(calls, client, stream=True)
    job = bench.claim()
    bench.say(job, "Hello.")
    bench.finish(job, said("Hello.", "Good-bye."))
    assert [e.delta for e in list(opened.result())[:-1]] == ["Hello.", " Good-bye."]
    opened = ask(calls, client, stream=True)
    bench.finish(bench.claim(), said())
    (done,) = opened.result()
    assert (done.type, done.text) == ("transcript.text.done", "")


def test_a_failure_before_any_text_has_its_status(
    bench: Bench, client: openai.OpenAI, calls: ThreadPoolExecutor
) -> None:
    """An exhausted memory ladder is 507 with its attempts, streamed or not, and is not repeated."""
    for stream in (False, True):
        before = bench.claims
        answer = ask(calls, client, stream=stream)
        bench.fail(
            bench.claim(), MemoryExhaustedError("memory ran out", attempts=("batch 8", "batch 4"))
        )
        with pytest.raises(openai.InternalServerError) as caught:
            answer.result()
        assert caught.value.status_code == 507
        assert caught.value.code == "memory_exhausted"
        assert caught.value.body["attempts"] == ["batch 8", "batch 4"]  # type: ignore[index]
        assert bench.claims == before + 1
        wait_until(lambda: bench.left() == [])


def test_a_failure_after_some_text_is_an_event(
    bench: Bench, client: openai.OpenAI, calls: ThreadPoolExecutor
) -> None:
    """When the answer has begun, an event tells the failure, and the client raises it."""
    opened = ask(calls, client, stream=True)
    job = bench.claim()
    bench.say(job, "Hello.")
    stream = iter(opened.result())
    assert next(stream).delta == "Hello."
    bench.fail(job, UnreadableMediaError("the recording breaks off"))
    with pytest.raises(openai.APIError, match="breaks off") as caught:
        list(stream)
    assert caught.value.code == "unreadable_media"


@pytest.mark.parametrize(
    ("error", "status", "param", "code"),
    [
        (UnsupportedOptionError("it cannot translate"), 400, None, "unsupported_option"),
        (UnreadableMediaError("it is no media"), 400, "file", "unreadable_media"),
        (ModelNotHereError("model 'x' is not here"), 404, "model", "model_not_found"),
    ],
)
def test_what_is_wrong_with_a_request_is_a_4xx(
    bench: Bench, error: HansardError, status: int, param: str | None, code: str
) -> None:
    """What only the worker can find out is answered as OpenAI answers it."""
    with bench.client() as client, ThreadPoolExecutor(1) as calls:
        answer = ask(calls, client)
        bench.fail(bench.claim(), error)
        with pytest.raises(openai.APIStatusError, match=str(error)) as caught:
            answer.result()
    assert caught.value.status_code == status
    assert (caught.value.param, caught.value.code) == (param, code)
    assert caught.value.type == "invalid_request_error"


def test_nothing_is_queued_for_a_wrong_request(bench: Bench, client: openai.OpenAI) -> None:
    """A wrong field, a wrong model and a file that is none are refused before any work."""
    for asked, kind, param in (
        ({"temperature": 3}, openai.BadRequestError, "temperature"),
        ({"model": "/etc/passwd"}, openai.NotFoundError, "model"),
        ({"extra_body": {"tempo": "1"}}, openai.BadRequestError, "tempo"),
        ({"file": ("a.mp3", b"this is text, not music")}, openai.BadRequestError, "file"),
        ({"file": ("empty.wav", b"")}, openai.BadRequestError, "file"),
    ):
        with pytest.raises(kind) as caught:
            client.audio.transcriptions.create(**({"file": NOTE, "model": "whisper-1"} | asked))
        assert caught.value.param == param
        assert caught.value.type == "invalid_request_error"
    with pytest.raises(openai.NotFoundError, match="medium") as caught:
        client.audio.translations.create(file=NOTE, model="whisper-1")
    assert caught.value.code == "model_not_found"
    answer = httpx2.post(f"{bench.address}/v1/audio/transcriptions", data={"model": "whisper-1"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "file")
    assert bench.left() == []


def test_a_client_that_goes_takes_its_job_along(bench: Bench) -> None:
    """Hanging up cancels: what waits is gone at once, what runs is told to stop and then gone."""
    for stream in ("false", "true"):
        hang_up(bench, stream)
        wait_until(lambda: bench.left() == [])
        with ThreadPoolExecutor(1) as pool:
            gone = pool.submit(hang_up, bench, stream)
            job = bench.claim()
            gone.result()
        wait_until(lambda job=job: bench.ledger.find(job.id).cancel_asked)
        bench.stop_job(job)
        wait_until(lambda: bench.left() == [])


def hang_up(bench: Bench, stream: str) -> None:
    """Ask, and do not wait for the answer."""
    with NOTE.open("rb") as file, pytest.raises(httpx2.ReadTimeout):
        httpx2.post(
            f"{bench.address}/v1/audio/transcriptions",
            files={"file": file},
            data={"stream": stream},
            timeout=httpx2.Timeout(10, read=1.0),
        )


def test_a_stream_that_is_left_takes_its_job_along(
    bench: Bench, client: openai.OpenAI, calls: ThreadPoolExecutor
) -> None:
    """Closing the stream after the first piece stops the work."""
    opened = ask(calls, client, stream=True)
    job = bench.claim()
    bench.say(job, "Hello.")
    stream = opened.result()
    assert next(iter(stream)).delta == "Hello."
    stream.close()
    wait_until(lambda: bench.ledger.find(job.id).cancel_asked)
    bench.stop_job(job)
    wait_until(lambda: bench.left() == [])


def test_a_call_can_be_made_durable(bench: Bench) -> None:
    """With `async=true` in form or query the answer is a task's id, and the job is kept."""
    for form, query in (({"async": "true"}, {}), ({}, {"async": "true"})):
        with NOTE.open("rb") as file:
            answer = httpx2.post(
                f"{bench.address}/v1/audio/transcriptions",
                files={"file": ("note.ogg", file)},
                data=form,
                params=query,
            )
        assert answer.status_code == 202, answer.text
        job = bench.claim()
        assert answer.json()["task_id"] == job.id
        assert answer.json()["links"]["self"] == f"/v1/status/{job.id}"
        assert (job.priority, job.ephemeral) == (Priority.NORMAL, False)
        bench.finish(job, said("Hello."))
        assert bench.ledger.find(job.id).state is State.COMPLETE
        httpx2.delete(f"{bench.address}/v1/tasks/{job.id}")


def test_waiting_has_an_end(tmp_path: Path) -> None:
    """After `sync_timeout` the answer is 503, not repeated by the client, and the job is gone."""
    with serving(tmp_path, sync_timeout=1) as bench, bench.client() as client:
        with pytest.raises(openai.InternalServerError) as caught:
            client.audio.transcriptions.create(file=NOTE, model="whisper-1")
        assert (caught.value.status_code, caught.value.code) == (503, "sync_timeout")
        wait_until(lambda: bench.left() == [])


def test_transcripts_are_saved_where_the_settings_say(tmp_path: Path) -> None:
    """Every answered call leaves a file with its name, task and time; streams too."""
    folder = tmp_path / "transcripts"
    with (
        serving(tmp_path, save_transcriptions=folder, translation_model="demo") as bench,
        bench.client() as client,
        ThreadPoolExecutor(1) as calls,
    ):
        for asked in ({}, {"response_format": "srt"}, {"stream": True}):
            answer = ask(calls, client, **asked)
            bench.finish(bench.claim(), said("Hello."))
            list(answer.result())
        translated = calls.submit(
            client.audio.translations.create, file=NOTE, model="whisper-1", response_format="text"
        )
        bench.finish(bench.claim(), said("Hello."))
        translated.result()
    suffixes = sorted(path.suffix for path in folder.iterdir())
    assert suffixes == [".json", ".json", ".srt", ".txt"]
    names = [path.name for path in sorted(folder.iterdir())]
    assert [name.split("_")[:2] for name in names] == [["note", "transcribe"]] * 3 + [
        ["note", "translate"]
    ]
    assert read((folder / names[0]).read_text(), "json").text == "Hello."


def test_a_folder_that_refuses_costs_no_answer(tmp_path: Path) -> None:
    """Where a transcript cannot be saved, the client gets its answer all the same."""
    (tmp_path / "file").write_text("")
    with (
        serving(tmp_path, save_transcriptions=tmp_path / "file") as bench,
        bench.client() as client,
        ThreadPoolExecutor(1) as calls,
    ):
        answer = ask(calls, client)
        bench.finish(bench.claim(), said("Hello."))
        assert answer.result().text == "Hello."


def test_keys_are_asked_for_in_openais_words(tmp_path: Path) -> None:
    """Without a good key the answer is OpenAI's 401, before the upload is looked at."""
    with serving(tmp_path, auth=True) as bench, ThreadPoolExecutor(1) as calls:
        _, text = bench.keys.add("mine")
        with bench.client(api_key="wrong") as client, pytest.raises(openai.AuthenticationError):
            client.audio.transcriptions.create(file=NOTE, model="whisper-1")
        refused = httpx2.post(f"{bench.address}/v1/audio/translations")
        assert refused.status_code == 401
        assert set(refused.json()["error"]) == {"message", "type", "param", "code"}
        with bench.client(api_key=text) as client:
            answer = ask(calls, client)
            job = bench.claim()
            bench.finish(job, said("Hello."))
            assert answer.result().text == "Hello."
        assert job.owner == "mine"


def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    """One job more than may wait is 429 with Retry-After."""
    with serving(tmp_path, max_queue_depth=1) as bench:
        for status in (202, 429):
            answer = httpx2.post(
                f"{bench.address}/v1/audio/transcriptions?async=true",
                files={"file": ("note.ogg", NOTE.read_bytes())},
            )
            assert answer.status_code == status
        assert int(answer.headers["retry-after"]) >= 1
        assert json.loads(answer.text)["error"]["code"] == "queue_full"


def test_silence_is_filled_and_text_goes_on(tmp_path: Path) -> None:
    """While nothing is said a comment keeps the line alive, and later text still comes."""

    async def listen(bench: Bench, job: Job) -> list[str | None]:
        desk = make_app(bench.service()).state.desk
        try:
            begun = await wait_for_text(desk, "a", patience=0)
            assert begun.groups == 0
            async with aclosing(deltas(desk, "a", patience=0)) as coming:
                heard = [await anext(coming)]
                bench.say(job, "Hello.", " Good-bye.")
                bench.finish(job, said("Hello.", "Good-bye."))
                heard += [delta async for delta in coming]
            return heard
        finally:
            desk.quick.close()
            desk.slow.close()

    with closing(Bench(Options(data_dir=tmp_path))) as bench:
        bench.ledger.submit(Job(id="a", kind="transcribe", owner="me"), most_queued=1)
        heard = asyncio.run(listen(bench, bench.claim()))
    assert heard[0] is None
    assert [delta for delta in heard if delta] == ["Hello.", " Good-bye."]


def test_the_openapi_document_shows_both_routes(bench: Bench) -> None:
    """The document tells fields, answers and examples of what OpenAI's clients call."""
    document = httpx2.get(f"{bench.address}/schema/openapi.json").json()
    for name, field in (("transcriptions", "stream"), ("translations", "prompt")):
        route = document["paths"][f"/v1/audio/{name}"]["post"]
        form = route["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert form["required"] == ["file"]
        assert form["properties"][field]["description"]
        answered = route["responses"]["200"]["content"]
        assert answered["application/json"]["examples"]
        assert {"202", "400", "401", "404", "429", "507"} <= set(route["responses"])
    streamed = document["paths"]["/v1/audio/transcriptions"]["post"]["responses"]["200"]
    example = streamed["content"]["text/event-stream"]["examples"]["example"]["value"]
    events = [json.loads(line[6:]) for line in example.splitlines() if line]
    assert "".join(e.get("delta", "") for e in events) == events[-1]["text"]
