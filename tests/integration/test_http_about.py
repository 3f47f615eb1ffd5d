"""What the service tells of itself: health, measures, models, templates, errors."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import httpx2
import pytest
from openai_bench import Bench, serving, token, wait_until

from hansard.jobs import rules
from hansard.jobs.ledger import Claimant
from hansard.jobs.values import Job, Priority, Result, WorkerNote


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with serving(tmp_path_factory.mktemp("about")) as running:
        yield running


@pytest.fixture
def client(bench: Bench) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=bench.address, trust_env=False, timeout=30) as client:
        yield client


def test_the_service_says_how_it_is(bench: Bench, client: httpx2.Client) -> None:
    """Without a worker it lives, but is neither ready nor well; with one it is both."""
    assert client.get("/livez").json() == {"status": "alive"}
    assert client.get("/readyz").status_code == 503
    health = client.get("/health")
    assert (health.status_code, health.json()["status"]) == (503, "unhealthy")
    assert health.json()["ledger"] is True
    facts = {"default_model": "demo", "loaded": ["demo"], "compute_type": "int8"}
    bench.ledger.greet(WorkerNote(name="w", started=bench.ledger.now(), ready=True, facts=facts))
    assert client.get("/readyz").status_code == 200
    health = client.get("/health")
    assert (health.status_code, health.json()["status"]) == (200, "healthy")
    models = client.get("/v1/models").json()
    assert [m["loaded"] for m in models["models"] if m["name"] == "demo"] == [True]
    bench.ledger.leave("w")


def test_measures_are_there_for_prometheus(bench: Bench, client: httpx2.Client) -> None:
    """Routes by their template, so that no id makes a new line."""
    client.get("/v1/status/some-id")
    client.get("/nothing/here")
    text = client.get("/metrics").text
    assert 'route="/v1/status/{task_id}",status="404"' in text
    assert 'route="unknown",status="404"' in text
    assert "some-id" not in text
    for name in ("hansard_queue_depth", "hansard_jobs", "hansard_disk_free_bytes"):
        assert f"\n{name}" in text


def test_models_are_listed_for_both_kinds_of_clients(client: httpx2.Client) -> None:
    """`data` is what can be used at once; `models` is all that is known."""
    found = client.get("/v1/models").json()
    assert found["object"] == "list"
    assert {"id": "demo", "object": "model", "created": 0, "owned_by": "hansard"} in found["data"]
    assert "large-v3" not in [entry["id"] for entry in found["data"]]
    known = {entry["name"]: entry for entry in found["models"]}
    assert known["demo"]["here"]
    assert not known["large-v3"]["here"]
    assert known["large-v3"]["default_variant"] == "Systran/faster-whisper-large-v3"
    assert "translate" in known["large-v3"]["capabilities"]
    assert "/" not in (known["demo"]["model_path"] or "")
    assert client.get("/v1/models/whisper-1").json()["id"] == "whisper-1"
    assert client.get("/v1/models/owner/repo").status_code == 404


def test_a_model_is_loaded_by_a_worker(bench: Bench, client: httpx2.Client) -> None:
    """The call waits for it, answers with what came of it, and leaves no task behind."""
    assert client.post("/v1/models/demo").status_code == 503
    bench.ledger.greet(WorkerNote(name="w", started=bench.ledger.now(), ready=True))
    assert client.post("/v1/models/large-v3").status_code == 404
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.post, "/v1/models/demo")
        wanted = Claimant(worker="w", slots=4, kinds=frozenset({"load_model"}))
        claimed: list[Job] = []
        wait_until(lambda: claimed.extend(filter(None, [bench.ledger.claim(wanted)])) or claimed)
        (job,) = claimed
        assert (job.request, job.priority) == ({"model": "demo"}, Priority.INTERACTIVE)
        content = b'{"model": "demo", "loaded": true}'
        bench.store.put(f"records/{job.id}/runs/x/transcript.json", content)
        result = Result(
            key=f"records/{job.id}/runs/x/transcript.json",
            sha256=sha256(content).hexdigest(),
            size=len(content),
        )
        bench.ledger.change(job.id, rules.complete(token(job), result, expires_in=60))
        assert asked.result().json() == {"model": "demo", "loaded": True}
    bench.ledger.leave("w")
    wait_until(lambda: bench.left() == [])


def test_templates_are_listed_with_a_schema_each(client: httpx2.Client) -> None:
    """Every listed template leads to its schema; what is none is not found."""
    listed = client.get("/v1/templates").json()["templates"]
    assert [one["template_id"] for one in listed] == sorted(one["template_id"] for one in listed)
    assert all("tags" in client.get(one["schema_url"]).json()["required"] for one in listed)
    assert client.get("/v1/templates/x").status_code == 404
    assert client.get("/v1/templates/x/schema").status_code == 404


def test_unknown_paths_and_methods_keep_their_status(client: httpx2.Client) -> None:
    """404 and 405 in the shape of all errors."""
    missing = client.get("/v2/nothing")
    assert (missing.status_code, missing.json()["error_code"]) == (404, "not_found")
    wrong = client.put("/v1/process")
    assert (wrong.status_code, wrong.json()["error_code"]) == (405, "method_not_allowed")
    assert wrong.json()["request_id"] == wrong.headers["x-request-id"]
