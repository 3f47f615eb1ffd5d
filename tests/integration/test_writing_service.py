"""Summaries, clean text and templates over HTTP, by a real service with real processes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
import pytest

from hansard.testing.llm_server import LlmServer, agreeable, silence, status
from hansard.testing.service import RunningService, submit, wait_for
from hansard.work.demonstrate import find_sample

STANDUP = find_sample("standup").path
TEXT = "Ana will send the report by Friday. We decided to move the launch. Who will call Mark?"
TAGS = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 10}
OWN = {
    "template_id": "standup_v1",
    "name": "Stand-up",
    "description": "What comes next.",
    "schema": {
        "type": "object",
        "properties": {"next_steps": {"type": "array", "items": {"type": "string"}}, "tags": TAGS},
        "required": ["next_steps", "tags"],
    },
    "prompt": "List what comes next.",
    "example": {"next_steps": ["Ana sends the report."], "tags": ["report"]},
    "extract": {"next_steps": "action_items"},
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with RunningService(tmp_path_factory.mktemp("writing"), auth=True) as running:
        yield running


@pytest.fixture
def client(service: RunningService) -> Iterator[httpx2.Client]:
    with service.client() as client:
        yield client


def process_text(client: httpx2.Client, **fields: Any) -> dict[str, Any]:
    answer = client.post("/v1/process_text", json=fields)
    assert answer.status_code == 202, answer.text
    return wait_for(client, answer.json()["task_id"])


def test_a_recording_is_summarised(client: httpx2.Client) -> None:
    """The summary is valid against the schema that the service shows, with evidence and files."""
    task = submit(client, STANDUP, features="summary,raw_transcript", template_id="podcast_v1")
    found = wait_for(client, task)
    assert found["status"] == "COMPLETE", found
    results = found["results"]
    schema = client.get("/v1/templates/podcast_v1/schema").json()
    jsonschema_rs.validate(schema, results["summary"])
    assert results["evidence"]["/tags/0"][0]["verdict"] == "supported"
    assert "clean_transcript" not in results
    assert results["raw_transcript"]
    used = found["versions"]["summarization_llm"]
    assert used["name"] == "extractive"
    assert used["template"]["id"] == "podcast_v1"
    assert found["metrics"]["summary"]["points"] == len(results["evidence"])
    whole = client.get(f"/v1/tasks/{task}/files/summary.json").json()
    assert whole["summary"] == results["summary"]
    chapters = client.get(f"/v1/tasks/{task}/files/chapters.json")
    assert chapters.headers["content-type"].startswith("application/json+chapters")
    assert chapters.json()["chapters"]


def test_a_text_is_summarised(client: httpx2.Client) -> None:
    """A text needs no recording; what it says is quoted."""
    found = process_text(client, text=TEXT, template_id="meeting_notes_v1")
    assert found["status"] == "COMPLETE", found
    assert any("report" in item["task"] for item in found["results"]["summary"]["action_items"])


def test_subtitles_are_a_text(client: httpx2.Client) -> None:
    """An SRT file keeps its times, and evidence names them."""
    srt = "1\n00:00:05,000 --> 00:00:09,000\nWe decided to buy the harbour.\n\n"
    answer = client.post(
        "/v1/process_text",
        files={"file": ("talk.srt", srt.encode())},
        data={"template_id": "generic_v1"},
    )
    found = wait_for(client, answer.json()["task_id"])
    cited = found["results"]["evidence"]["/key_points/0"][0]
    assert (cited["start"], cited["end"]) == (5.0, 9.0)


def test_a_text_with_punctuation_is_copied(client: httpx2.Client) -> None:
    """Without a template a text is cleaned, which changes nothing where nothing is missing."""
    found = process_text(client, text=TEXT, features=["clean_transcript", "enhancement_metrics"])
    assert found["results"]["clean_transcript"].strip() == TEXT
    assert found["results"]["enhancement_metrics"] == {"edit_rate": 0.0}


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"text": TEXT, "features": "summary"}, "template_id"),
        ({"text": TEXT, "features": "raw_transcript", "template_id": "generic_v1"}, "template_id"),
        ({"text": TEXT, "template_id": "../generic_v1"}, "generic_v1"),
        ({"text": TEXT, "template_id": "nothing_v1"}, "nothing_v1"),
        ({"text": " \n "}, "no words"),
        ({"template_id": "generic_v1"}, "no text"),
        ({"text": TEXT, "llm_url": "http://127.0.0.1:9"}, "llm_url"),
        ({"text": TEXT, "summary_temperature": "7"}, "summary_temperature"),
        ({"text": TEXT, "format": "xyz"}, "xyz"),
    ],
)
def test_what_cannot_be_done_is_refused_at_once(
    client: httpx2.Client, fields: dict[str, str], word: str
) -> None:
    """422, with the field or value that is wrong; no task is made."""
    answer = client.post("/v1/process_text", json=fields)
    assert answer.status_code == 422, answer.text
    assert word in answer.text


def test_templates_are_added_used_replaced_and_removed(client: httpx2.Client) -> None:
    """An admin's template is one like any other, until it is removed."""
    made = client.post("/v1/templates", json=OWN)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/v1/templates/standup_v1"
    assert client.post("/v1/templates", json=OWN).status_code == 409
    listed = client.get("/v1/templates").json()["templates"]
    assert ("standup_v1", "store") in {(one["template_id"], one["source"]) for one in listed}
    assert all(client.get(one["schema_url"]).status_code == 200 for one in listed)
    found = process_text(client, text=TEXT, template_id="standup_v1")
    assert found["results"]["summary"]["next_steps"]
    body = {name: value for name, value in OWN.items() if name != "template_id"}
    changed = client.put("/v1/templates/standup_v1", json=body | {"name": "Daily"})
    assert changed.json()["name"] == "Daily"
    assert client.delete("/v1/templates/standup_v1").status_code == 204
    assert client.get("/v1/templates/standup_v1").status_code == 404
    assert client.delete("/v1/templates/standup_v1").status_code == 404


def test_shipped_templates_stay_as_they_are(client: httpx2.Client) -> None:
    """They can be neither replaced nor removed nor taken over."""
    body = {name: value for name, value in OWN.items() if name != "template_id"}
    assert client.put("/v1/templates/generic_v1", json=body).status_code == 409
    assert client.delete("/v1/templates/generic_v1").status_code == 409
    assert client.post("/v1/templates", json=OWN | {"template_id": "generic_v1"}).status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"template_id": "../evil"},
        {"schema": {"type": "object", "properties": {"tags": {"$ref": "#/x"}}}},
        {"schema": {"type": "object", "properties": {"tags": {"type": "string"}}}},
        {"schema": {**OWN["schema"], "$schema": "http://json-schema.org/draft-03/schema#"}},  # type: ignore[dict-item]
        {"prompt": "{{ cycler.__init__.__globals__ }}"},
        {"prompt": "{% for a in range(9999999) %}x{% endfor %}"},
        {"example": {"tags": []}},
        {"extract": {"nothing": "quotes"}},
    ],
)
def test_templates_that_could_do_harm_are_refused(
    client: httpx2.Client, change: dict[str, Any]
) -> None:
    """422 with the reason; nothing is kept."""
    answer = client.post("/v1/templates", json={**OWN, "template_id": "bad_v1"} | change)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error_code"] == "template"
    assert client.get("/v1/templates/bad_v1").status_code == 404


def test_only_admins_change_templates(service: RunningService, client: httpx2.Client) -> None:
    """Without a key nothing is told."""
    with httpx2.Client(base_url=service.address, trust_env=False) as stranger:
        assert stranger.get("/v1/templates").status_code == 401
        assert stranger.post("/v1/templates", json=OWN).status_code == 401
        assert stranger.post("/v1/process_text", json={"text": TEXT}).status_code == 401


def test_a_language_model_that_fails_costs_no_transcript(tmp_path: Path) -> None:
    """A refused key fails the task; a retry asks the model alone; a silent one can be left."""
    manner: list[Any] = [status(401, "no such key")]

    def answer(request: Any) -> Any:
        return manner[0](request) if manner[0] is agreeable else manner[0]

    with LlmServer(answer) as llm:
        flags = ("--llm-url", llm.url, "--llm-model", "test-model")
        with RunningService(tmp_path, each=flags) as service, service.client() as client:
            task = submit(client, STANDUP, features="summary", template_id="generic_v1")
            failed = wait_for(client, task)
            assert (failed["status"], failed["error_code"]) == ("FAILED", "llm_access")
            manner[0] = agreeable
            client.post(f"/v1/tasks/{task}/retry").raise_for_status()
            found = wait_for(client, task, ("COMPLETE",))
            manner[0] = silence()
            left = client.post("/v1/process_text", json={"text": TEXT, "template_id": "call_v1"})
            silent = left.json()["task_id"]
            assert wait_for(client, silent, ("PROCESSING_LLM",))["stage"] == "summarising"
            client.delete(f"/v1/tasks/{silent}").raise_for_status()
            assert wait_for(client, silent)["status"] == "CANCELLED"
    jsonschema_rs.validate(
        json.loads(json.dumps(client_schema("generic_v1"))), found["results"]["summary"]
    )
    stages = found["metrics"]["stage_seconds"]
    assert stages
    assert found["versions"]["summarization_llm"]["model"] == "test-model"
    assert found["metrics"]["summary"]["requests"] >= 1


def client_schema(template: str) -> dict[str, Any]:
    from hansard.writing.forms.template_files import shipped

    return dict(shipped()[template].schema)
