"""The OpenAPI document tells the truth, and the page that shows it needs nothing else."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import schemathesis
from openai_bench import Bench, serving

from hansard.jobs.values import WorkerNote

VERBS = {"get", "post", "put", "patch", "delete"}
OPEN = {"/livez", "/readyz", "/health"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with serving(tmp_path_factory.mktemp("schema"), auth=True, max_queue_depth=1000) as running:
        yield running


@pytest.fixture(scope="module")
def document(bench: Bench) -> dict[str, Any]:
    answer = httpx2.get(f"{bench.address}/schema/openapi.json", trust_env=False)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for verb in VERBS & set(item):
            yield path, verb, item[verb]


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    """It loads, with every operation of the service, each named once."""
    assert document["openapi"].startswith("3.1")
    schema = schemathesis.openapi.from_dict(document)
    assert schema.specification.version.startswith("3.1")
    schema.validate()
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names) > 15
    assert {"/v1/process", "/v1/status/{task_id}", "/v1/audio/transcriptions"} <= set(
        document["paths"]
    )


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """No `$ref` is broken."""
    text = str(document)
    for name in set(re.findall(r"#/components/schemas/([\w.-]+)", text)):
        assert name in document["components"]["schemas"], name


def test_every_operation_is_told_in_full(document: dict[str, Any]) -> None:
    """A summary, what it does, and what it answers to strangers."""
    for path, verb, operation in operations(document):
        assert operation["summary"], (verb, path)
        assert operation.get("description"), (verb, path)
        assert operation["tags"], (verb, path)
        if path not in OPEN | {"/metrics"}:
            assert {"401", "403"} <= set(operation["responses"]), (verb, path)


def test_submissions_are_described_by_hand(document: dict[str, Any]) -> None:
    """The framework does not see the body: every field is there, with its bounds, and examples."""
    process = document["paths"]["/v1/process"]["post"]
    form = process["requestBody"]["content"]["multipart/form-data"]["schema"]
    fields = form["properties"]
    assert form["required"] == ["file"]
    assert fields["file"]["format"] == "binary"
    assert fields["beam_size"]["maximum"] == 32
    assert fields["vad_threshold"]["exclusiveMinimum"] == 0
    assert fields["task"]["enum"] == ["transcribe", "translate"]
    assert fields["features"]["items"]["enum"][0] == "raw_transcript"
    assert {"url", "language", "webhook_url", "max_line_width"} <= set(fields)
    accepted = process["responses"]["202"]["content"]["application/json"]
    assert accepted["examples"]["accepted"]["value"]["status"] == "PENDING"
    assert {"400", "408", "413", "415", "422", "429", "507"} <= set(process["responses"])


def test_the_page_loads_nothing_from_elsewhere(bench: Bench, document: dict[str, Any]) -> None:
    """No script, no style sheet, no picture; and the browser is told to allow none."""
    with httpx2.Client(base_url=bench.address, trust_env=False) as client:
        answer = client.get("/docs")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        page = answer.text
        assert not re.search(r"<(script|link|img|iframe)|src=|url\(", page)
        for path in document["paths"]:
            assert path in page
        assert client.get("/", follow_redirects=True).url.path == "/docs"


def test_strange_requests_find_no_server_error(bench: Bench) -> None:
    """Schemathesis tries the corners of every operation but those that need a worker."""
    _, key = bench.keys.add("fuzz", scopes=["submit", "read", "admin"])
    note = WorkerNote(name="w", started=bench.ledger.now(), ready=True)
    bench.ledger.greet(note)
    program = f"{sys.prefix}/bin/schemathesis"
    done = subprocess.run(
        [
            program, "run", f"{bench.address}/schema/openapi.json",
            "--header", f"X-API-Key: {key}", "--phases", "coverage,fuzzing",
            "--max-examples", "3", "--seed", "7", "--exclude-path-regex",
            "^/v1/audio|^/v1/models/|^/readyz|^/health", "--no-color",
            "--exclude-checks", "positive_data_acceptance",
        ],
        capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
