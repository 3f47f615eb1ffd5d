"""Registered models through the running service: listed, chosen, switched without a restart."""

import json
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hansard.models.hub import HubOptions
from hansard.models.hub.hub import Hub
from hansard.models.hub.lookup import bundled_folder
from hansard.testing.service import RunningService, submit, wait_for
from hansard.testing.sounds import repeat_sample
from hansard.work.demonstrate import find_sample

NOTE = find_sample("note").path


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("registry-service")
    with RunningService(folder, each=("--threads", "1")) as running:
        yield running


@pytest.fixture(scope="module")
def data(service: RunningService) -> Path:
    """The folder of the service's data."""
    return Path(service.api.log).parent / "data"


@pytest.fixture(scope="module")
def versions(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two registered versions of `bcs`; they hear alike, so that texts can be compared."""
    registry = Hub(HubOptions(data_dir=data)).registry
    found = []
    for number in (1, 2):
        folder = tmp_path_factory.mktemp("package")
        shutil.copytree(bundled_folder("ctranslate2"), folder / "ct2")
        card = {"window": 10.0, "short_context": True, "conditions": False, "note": number}
        (folder / "ct2" / "hansard.json").write_text(json.dumps(card))
        found.append(registry.register("bcs", folder).version.digest)
    return found[0], found[1]


@pytest.fixture
def client(service: RunningService) -> Iterator[httpx2.Client]:
    with service.client() as client:
        yield client


def revision(done: dict[str, Any]) -> str:
    """Which weights a finished job used."""
    assert done["status"] == "COMPLETE", done
    assert done["versions"]["model"]["name"] == "bcs"
    return str(done["versions"]["model"]["revision"])


def test_names_and_aliases_are_listed_at_once(
    client: httpx2.Client, data: Path, versions: tuple[str, str]
) -> None:
    """What was registered while the service ran is in `data` and in `models`; so is an alias."""
    Hub(HubOptions(data_dir=data)).registry.promote("bcs", "listed")
    told = client.get("/v1/models").raise_for_status().json()
    names = {one["id"] for one in told["data"]}
    assert {"bcs", f"bcs@{versions[0][:12]}", "listed", "demo"} <= names
    known = {one["name"]: one for one in told["models"]}
    assert known["bcs"]["here"] is True
    assert known["listed"]["description"] == f"another name for bcs@{versions[1][:12]}"
    assert client.get("/v1/models/bcs").raise_for_status().json()["id"] == "bcs"


def test_openai_clients_choose_by_name_and_alias(
    client: httpx2.Client, data: Path, versions: tuple[str, str]
) -> None:
    """`model=` of a transcription takes a registered name, a version and an alias."""
    Hub(HubOptions(data_dir=data)).registry.promote("bcs", "openai-best")
    for name in ("bcs", f"bcs@{versions[0][:8]}", "openai-best"):
        with NOTE.open("rb") as file:
            answer = client.post(
                "/v1/audio/transcriptions", files={"file": ("n.ogg", file)}, data={"model": name}
            )
        assert "design team" in answer.raise_for_status().json()["text"], name
    with NOTE.open("rb") as file:
        answer = client.post(
            "/v1/audio/transcriptions", files={"file": ("n.ogg", file)}, data={"model": "bcz"}
        )
    assert answer.status_code == httpx2.codes.NOT_FOUND
    assert answer.json()["error"]["code"] == "model_not_found"


def test_jobs_choose_by_name_and_alias(
    client: httpx2.Client, data: Path, versions: tuple[str, str]
) -> None:
    """A job's `model` may be a name, which is its newest version, a version, or an alias."""
    old, new = versions
    Hub(HubOptions(data_dir=data)).registry.promote(f"bcs@{old}", "job-best")
    wanted = {"bcs": new, f"bcs@{old[:10]}": old, "job-best": old}
    for name, digest in wanted.items():
        assert revision(wait_for(client, submit(client, NOTE, model=name))) == digest
    with NOTE.open("rb") as file:
        answer = client.post("/v1/process", files={"file": ("n.ogg", file)}, data={"model": "bcz"})
    assert answer.status_code == httpx2.codes.NOT_FOUND


def test_a_job_keeps_the_weights_it_began_with(
    service: RunningService,
    client: httpx2.Client,
    data: Path,
    versions: tuple[str, str],
    tmp_path: Path,
) -> None:
    """Promoted while it runs and killed, a job ends with the old ones; the next has the new."""
    old, new = versions
    alias = "kept"
    registry = Hub(HubOptions(data_dir=data)).registry
    registry.promote(f"bcs@{old}", alias)
    job = submit(client, repeat_sample(find_sample("standup").path, 300, tmp_path), model=alias)
    while (client.get(f"/v1/status/{job}").json()["progress"] or 0) < 0.2:
        time.sleep(0.02)
    registry.promote(f"bcs@{new}", alias)
    for process in service.processes("worker"):  # its host goes with it
        process.send_signal(signal.SIGKILL)
    assert revision(wait_for(client, job)) == old
    assert revision(wait_for(client, submit(client, NOTE, model=alias))) == new
    registry.rollback(alias)
    assert revision(wait_for(client, submit(client, NOTE, model=alias))) == old
