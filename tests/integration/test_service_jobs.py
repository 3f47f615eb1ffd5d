"""Jobs through the running service: submitted, watched, cancelled, killed, resumed."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psutil
import pytest

from hansard import Options, transcribe
from hansard.testing.service import RunningService, submit, wait_for
from hansard.testing.sounds import repeat_sample
from hansard.work.demonstrate import find_sample

SAMPLE = find_sample("standup").path


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with RunningService(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def client(service: RunningService) -> Iterator[httpx2.Client]:
    with service.client() as client:
        yield client


@pytest.fixture(scope="module")
def expected() -> str:
    return transcribe(SAMPLE, Options(model="demo")).text


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten minutes of talk."""
    return repeat_sample(SAMPLE, 600, tmp_path_factory.mktemp("long"))


def test_a_recording_becomes_the_same_transcript_as_in_process(
    client: httpx2.Client, expected: str
) -> None:
    """A job's transcript is, word for word, what the same call gives in process."""
    done = wait_for(client, submit(client, SAMPLE))
    assert done["status"] == "COMPLETE", done
    assert done["results"]["clean_transcript"] == expected
    assert done["metrics"]["edit_rate_cleaning"] == 0.0
    assert done["versions"]["asr_backend"]["model_variant"] == "demo"
    assert done["progress"] == 1.0


def test_a_running_job_is_cancelled_within_two_seconds_of_work(
    service: RunningService, client: httpx2.Client, long_file: Path
) -> None:
    """Cancelling stops the work for good, and leaves nothing of the recording behind."""
    job = submit(client, long_file)
    wait_for(client, job, ["PROCESSING_ASR", "COMPLETE"])
    assert client.delete(f"/v1/tasks/{job}").status_code == httpx2.codes.ACCEPTED
    assert wait_for(client, job)["status"] == "CANCELLED"
    time.sleep(0.5)
    assert client.get(f"/v1/status/{job}").json()["status"] == "CANCELLED"
    host = service.processes("host")[0]
    host.cpu_percent()
    assert host.cpu_percent(interval=0.5) < 50


@pytest.mark.parametrize("part", ["host", "worker"])
def test_a_killed_job_goes_on_and_ends_with_the_same_text(
    service: RunningService, client: httpx2.Client, long_file: Path, part: str
) -> None:
    """After `kill -9` a job resumes from its stored groups, and its text is that of a calm run."""
    calm = wait_for(client, submit(client, long_file))
    job = submit(client, long_file)
    wait_for(client, job, ["PROCESSING_ASR"])
    while (client.get(f"/v1/status/{job}").json()["progress"] or 0) < 0.2:
        time.sleep(0.02)
    for process in service.processes(part):  # type: ignore[arg-type]
        process.send_signal(signal.SIGKILL)
    done = wait_for(client, job)
    assert done["status"] == "COMPLETE", service.tail()
    assert done["results"]["clean_transcript"] == calm["results"]["clean_transcript"]


def test_sigterm_ends_every_process(tmp_path: Path) -> None:
    """A service that is told to stop leaves no process, and its unfinished job to the next one."""
    running = RunningService(tmp_path)
    running.start()
    running.await_ready()
    family = list(running.api.family())
    assert len(family) >= 4
    assert running.api.stop() == 0, running.tail()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    assert not list((tmp_path / "data" / "scratch").iterdir())
