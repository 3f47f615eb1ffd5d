"""Uploading, then processing: what clients that know `/process/whisper/{file_id}` meet."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from openai_bench import Bench, said, serving

from hansard.errors import MemoryExhaustedError
from hansard.jobs.cleaning import clean
from hansard.jobs.options import RetentionOptions
from hansard.models.hub import HubOptions
from hansard.models.hub.hub import Hub
from hansard.models.hub.lookup import bundled_folder
from hansard.server.api.whisper_uploads import LIFE
from hansard.testing.service import RunningService
from hansard.transcript.formats import read
from hansard.work.demonstrate import find_sample

NOTE = find_sample("note").path
SPOKEN = said("Good morning.", "We are live.")
HOUR_AND = LIFE + 60
SEQUENCE = """
set -eu
file_id=$(curl -fsS -F file=@"$RECORDING" $ADDRESS/upload/whisper | jq -r .file_id)
curl -fsS -d model=demo $ADDRESS/process/whisper/$file_id > /dev/null
until curl -fsS $ADDRESS/status/$file_id | jq -e '.status == "COMPLETE"' > /dev/null; do
    sleep 0.2
done
curl -fsS $ADDRESS/download/$file_id -o transcription_base.json
curl -fsS "$ADDRESS/download/$file_id?format=lrc" -o karaoke.lrc
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with serving(tmp_path_factory.mktemp("whisper"), max_queue_depth=20) as running:
        # the demo model once more, so that there are two models to choose from
        package = tmp_path_factory.mktemp("package")
        shutil.copytree(bundled_folder("ctranslate2"), package / "ct2")
        Hub(HubOptions(data_dir=running.options.data_dir)).registry.register("bcs", package)
        yield running


@pytest.fixture
def client(bench: Bench) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=bench.address, trust_env=False, timeout=30) as client:
        yield client
        for task in client.get("/v1/tasks").json()["tasks"]:
            client.delete(f"/v1/tasks/{task['task_id']}")
            client.delete(f"/v1/tasks/{task['task_id']}")
        bench.store.delete_below("records/")


def upload(client: httpx2.Client, name: str = "talk.ogg", **headers: str) -> httpx2.Response:
    return client.post(
        "/upload/whisper", files={"file": (name, NOTE.read_bytes())}, headers=headers
    )


def file_id(client: httpx2.Client) -> str:
    return str(upload(client).json()["file_id"])


def process(client: httpx2.Client, file: str, **fields: str) -> httpx2.Response:
    return client.post(f"/process/whisper/{file}", json=fields)


def test_the_four_steps(bench: Bench, client: httpx2.Client) -> None:
    """Uploaded, processed, followed, downloaded: one id all the way."""
    made = upload(client, "my song.ogg")
    assert made.status_code == 201
    told = made.json()
    file = told["file_id"]
    assert made.headers["location"] == told["links"]["status"] == f"/status/{file}"
    assert (told["filename"], told["size"]) == ("my song.ogg", NOTE.stat().st_size)
    assert told["duration"] > 1
    waiting = client.get(f"/status/{file}").json()
    assert (waiting["status"], waiting["task_id"]) == ("UPLOADED", None)
    assert waiting["expires_at"] == told["expires_at"]

    asked = process(client, file, language="en")
    assert (asked.status_code, asked.json()["status"]) == (202, "PENDING")
    assert asked.json()["task_id"] == asked.json()["file_id"] == file
    job = bench.claim()
    assert job.media is not None
    assert bench.store.read(job.media.key) == NOTE.read_bytes()
    assert job.request["options"] == {"language": "en", "word_timestamps": True}
    bench.finish(job, SPOKEN)

    done = client.get(f"/status/{file}").json()
    assert done["status"] == "COMPLETE"
    assert done["result"]["transcription"] == SPOKEN.text
    assert done["result"]["segments"] == 2
    for path in done["result"]["files"].values():
        assert client.get(path).status_code == 200
    assert client.get(f"/v1/status/{file}").json()["status"] == "COMPLETE"


def test_the_download_is_what_front_ends_read(bench: Bench, client: httpx2.Client) -> None:
    """Text, segments and words with times by default; karaoke and every other format by name."""
    file = file_id(client)
    process(client, file)
    bench.finish(bench.claim(), SPOKEN)
    answer = client.get(f"/download/{file}")
    assert "transcription_base.json" in answer.headers["content-disposition"]
    base = answer.json()
    assert set(base) == {"text", "segments"}
    assert base["text"] == SPOKEN.text
    assert base["segments"][1] == {
        "text": "We are live.",
        "start": 1.0,
        "end": 2.0,
        "words": [{"word": "We are live.", "start": 1.0, "end": 2.0}],
    }
    for kind, name in (("lrc", "karaoke.lrc"), ("sync", f"{file}_sync.json"), ("srt", "talk.srt")):
        found = client.get(f"/download/{file}", params={"format": kind})
        assert found.text == SPOKEN.render(kind)
        assert name in found.headers["content-disposition"]
    assert "<00:01.00>We are live." in client.get(f"/download/{file}?format=lrc").text
    whole = client.get(f"/download/{file}?format=json").text
    assert read(whole, "json").versions == {"test": True}
    assert client.get(f"/download/{file}?format=docx").status_code == 422
    assert client.get(f"/download/{file}?fromat=srt").status_code == 422


def test_the_same_request_is_one_task_and_another_model_another(
    bench: Bench, client: httpx2.Client
) -> None:
    """Asked twice it is one job; each model gets its own, with its own copy of the recording."""
    file = file_id(client)
    first = process(client, file)
    again = process(client, file)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["task_id"] == first.json()["task_id"] == file
    other = process(client, file, model="bcs").json()
    assert other["task_id"] != file
    assert (other["file_id"], other["model"]) == (file, "bcs")
    assert process(client, file, model_variant="bcs").json()["task_id"] == other["task_id"]
    query = client.post(f"/process/whisper/{file}", params={"variation": "bcs"}, content=b"")
    assert query.json()["task_id"] == other["task_id"]
    form = client.post(f"/process/whisper/{file}", data={"model": "bcs"})
    assert form.json()["task_id"] == other["task_id"]
    assert len(bench.ledger.list()) == 2
    jobs = [bench.claim(), bench.claim()]
    for job in jobs:
        assert job.media is not None
        assert bench.store.read(job.media.key) == NOTE.read_bytes()
        bench.finish(job, SPOKEN)
    ended = process(client, file, model="bcs")
    assert (ended.status_code, ended.json()["status"]) == (200, "COMPLETE")
    assert ended.json()["result"]["transcription"] == SPOKEN.text
    assert client.get(f"/status/{other['task_id']}").json()["file_id"] == file
    client.delete(f"/v1/tasks/{other['task_id']}")
    assert client.get(f"/download/{file}").status_code == 200


def test_many_at_once_are_one_task(bench: Bench, client: httpx2.Client) -> None:
    """Of requests in the same moment one makes the job, and all are told of it."""
    file = file_id(client)
    with ThreadPoolExecutor(6) as pool:
        told = list(
            pool.map(lambda n: process(client, file, language="en de".split()[n % 2]), range(6))
        )
    assert {answer.status_code for answer in told} == {202}
    assert len({answer.json()["task_id"] for answer in told}) == 2
    assert len(bench.ledger.list()) == 2
    assert bench.ledger.find(file).request["file_id"] == file


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"model": "no-such"}, 404, "model_not_found"),
        ({"model": "/etc"}, 404, "model_not_found"),
        ({"model": "large-v3"}, 404, "model_not_here"),
        ({"language": "klingon"}, 422, "unknown_name"),
        ({"task": "sing"}, 422, "usage"),
        ({"beam": "3"}, 422, "usage"),
        ({"url": "https://example.org/a.mp3"}, 422, "usage"),
        ({"word_timestamps": "false"}, 422, "usage"),
    ],
)
def test_what_cannot_be_done_is_refused(
    bench: Bench, client: httpx2.Client, fields: dict[str, str], status: int, code: str
) -> None:
    """By the same words as elsewhere; the upload stays and can be asked for otherwise."""
    file = file_id(client)
    answer = process(client, file, **fields)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert bench.ledger.list() == []
    assert process(client, file).status_code == 202


def test_bad_uploads_leave_nothing(bench: Bench, client: httpx2.Client) -> None:
    """No file, no sound in it, another hash, a field that is none."""
    text = client.post("/upload/whisper", files={"file": ("a.mp3", b"no sound at all" * 99)})
    assert (text.status_code, text.json()["retry"]) == (415, "permanent")
    assert client.post("/upload/whisper", json={}).status_code == 422
    assert client.post("/upload/whisper", content=b"x").status_code == 415
    assert upload(client, **{"X-Content-SHA256": "0" * 64}).status_code == 422
    named = client.post(
        "/upload/whisper", files={"file": ("a.ogg", NOTE.read_bytes())}, data={"model": "bcs"}
    )
    assert (named.status_code, named.json()["error_code"]) == (422, "usage")
    assert list(bench.store.list("records/")) == []
    assert list((bench.options.data_dir / "incoming").glob("*")) == []


def test_too_much_is_refused(tmp_path: Path) -> None:
    """413 for a large file; 429 where the queue is full, though the upload waits already."""
    with (
        serving(tmp_path, max_upload_mb=1, max_queue_depth=1) as bench,
        httpx2.Client(base_url=bench.address, trust_env=False, timeout=30) as client,
    ):
        large = client.post("/upload/whisper", files={"file": ("a.wav", bytes(4 << 20))})
        assert large.status_code == 413
        first, second = file_id(client), file_id(client)
        assert process(client, first).status_code == 202
        full = process(client, second)
        assert (full.status_code, full.json()["error_code"]) == (429, "queue_full")
        assert int(full.headers["retry-after"]) >= 1
        bench.finish(bench.claim(), SPOKEN)
        assert process(client, second).status_code == 202


def test_an_upload_is_not_sent_twice(bench: Bench, client: httpx2.Client) -> None:
    """Under one idempotency key it is one upload; another file under it is refused."""
    key = {"Idempotency-Key": "song-1"}
    first, again = upload(client, **key), upload(client, **key)
    assert first.json()["file_id"] == again.json()["file_id"]
    assert again.headers["idempotent-replayed"] == "true"
    other = client.post(
        "/upload/whisper",
        files={"file": ("b.ogg", find_sample("standup").path.read_bytes())},
        headers=key,
    )
    assert (other.status_code, other.json()["error_code"]) == (422, "idempotency_key_reused")
    assert len(list(bench.store.list("records/"))) == 2


def test_what_is_never_processed_goes(bench: Bench, client: httpx2.Client) -> None:
    """After an hour nobody is shown it, and the clean-up takes it; what was processed stays."""
    kept, left = file_id(client), file_id(client)
    process(client, kept)
    for file in (kept, left):
        key = f"records/{file}/upload.json"
        told: dict[str, Any] = msgspec.json.decode(bench.store.read(key))
        bench.store.put(key, msgspec.json.encode(told | {"uploaded": told["uploaded"] - HOUR_AND}))
        for blob in bench.store.list(f"records/{file}/"):
            os.utime(bench.store.root / blob.key, (told["uploaded"] - HOUR_AND,) * 2)
    assert client.get(f"/status/{left}").status_code == 404
    assert process(client, left).status_code == 404
    assert process(client, kept, model="bcs").status_code == 202
    clean(bench.ledger, bench.store, RetentionOptions())
    assert {blob.key.split("/")[1] for blob in bench.store.list("records/")} >= {kept}
    assert list(bench.store.list(f"records/{left}/")) == []
    assert bench.store.read(f"records/{kept}/media") == NOTE.read_bytes()


def test_a_recording_that_was_not_kept_is_not_read_again(
    bench: Bench, client: httpx2.Client
) -> None:
    """Its transcript is there all the same; another model needs the recording anew."""
    file = file_id(client)
    process(client, file)
    bench.finish(bench.claim(), SPOKEN)
    bench.store.delete(f"records/{file}/media")
    answer = process(client, file, model="bcs")
    assert (answer.status_code, answer.json()["error_code"]) == (409, "job_conflict")
    assert process(client, file).json()["status"] == "COMPLETE"


def test_unfinished_and_failed_work_is_told(bench: Bench, client: httpx2.Client) -> None:
    """409 while there is nothing to download; a failure says why in the status."""
    file = file_id(client)
    early = client.get(f"/download/{file}")
    assert (early.status_code, "process" in early.json()["hint"]) == (409, True)
    process(client, file)
    assert client.get(f"/download/{file}").status_code == 409
    tag = client.get(f"/status/{file}").headers["etag"]
    assert client.get(f"/status/{file}", headers={"If-None-Match": tag}).status_code == 304
    bench.fail(bench.claim(), MemoryExhaustedError("memory ran out", hint="a smaller model"))
    told = process(client, file)
    assert told.status_code == 200
    assert (told.json()["status"], told.json()["error"]) == ("FAILED", "memory ran out")
    assert told.json()["hint"] == "a smaller model"
    assert client.get(f"/download/{file}").status_code == 409


def test_strange_ids_and_methods(client: httpx2.Client) -> None:
    """404 for what is not there, 405 with Allow for another method, OPTIONS as everywhere."""
    for name in ("never", "..%2f..%2fetc", "0" * 65, "%00", "ABC"):
        for call in (f"/status/{name}", f"/download/{name}"):
            assert client.get(call).status_code == 404, call
        assert client.post(f"/process/whisper/{name}").status_code == 404, name
    for path, method in (
        ("/upload/whisper", "POST"), ("/process/whisper/x", "POST"), ("/status/x", "GET"),
        ("/download/x", "GET"),
    ):  # fmt: skip
        wrong = client.request("PUT", path)
        assert wrong.status_code == 405
        assert method in wrong.headers["allow"]
        options = client.options(path)
        assert options.status_code == 204
        assert method in options.headers["allow"]


def test_uploads_belong_to_their_keys(tmp_path: Path) -> None:
    """Nobody else sees or processes them; an admin's request makes its owner's job."""
    with serving(tmp_path, auth=True) as bench:
        keys = {
            "ana": bench.keys.add("ana", scopes=["submit", "read"])[1],
            "ivo": bench.keys.add("ivo", scopes=["submit", "read"])[1],
            "boss": bench.keys.add("boss", scopes=["submit", "read", "admin"])[1],
        }
        with httpx2.Client(base_url=bench.address, trust_env=False, timeout=30) as client:
            file = upload(client, **{"X-API-Key": keys["ana"]}).json()["file_id"]
            foreign = {"X-API-Key": keys["ivo"]}
            absent = client.get("/status/never", headers=foreign).json()["error"]
            for call in ("/status", "/download"):
                answer = client.get(f"{call}/{file}", headers=foreign)
                assert (answer.status_code, answer.json()["error"]) == (404, absent)
            path = f"/process/whisper/{file}"
            assert client.post(path, headers=foreign).status_code == 404
            assert client.post(path, headers={"X-API-Key": keys["boss"]}).status_code == 202
            told = client.get(f"/status/{file}", headers={"X-API-Key": keys["ana"]})
            assert told.json()["status"] == "PENDING"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_the_sequence_of_the_guide_works(tmp_path: Path) -> None:
    """With curl alone a recording becomes karaoke, through the real service and the real model."""
    with RunningService(tmp_path) as service:
        env = {**os.environ, "ADDRESS": service.address, "RECORDING": str(NOTE)}
        env["no_proxy"] = "*"
        subprocess.run(["sh", "-c", SEQUENCE], cwd=tmp_path, env=env, check=True, timeout=120)
    base = json.loads((tmp_path / "transcription_base.json").read_bytes())
    assert "design team" in base["text"]
    words = [word for segment in base["segments"] for word in segment["words"]]
    assert len(words) > 10
    assert all(word["end"] >= word["start"] for word in words)
    assert words[-1]["start"] > words[0]["start"] > 0
    lyrics = (tmp_path / "karaoke.lrc").read_text()
    assert lyrics.count("<00:") > len(words)
