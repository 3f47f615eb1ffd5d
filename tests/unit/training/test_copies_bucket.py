"""Copies of checkpoints in S3, by a server of moto's that speaks its language."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from hansard.errors import SettingError
from hansard.training.fitting.copies import COMPLETE, Copier, restore
from hansard.training.fitting.places import open_place

pytestmark = [
    pytest.mark.skipif(find_spec("moto") is None, reason="moto is not installed"),
    pytest.mark.skipif(find_spec("obstore") is None, reason="obstore is not installed"),
]

_START = (
    "import sys; from moto.server import ThreadedMotoServer as Server; "
    "s = Server('127.0.0.1', int(sys.argv[1]), verbose=False); s.start(); sys.stdin.read()"
)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _make_bucket(port: int) -> None:
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("PUT", "/models")
        assert connection.getresponse().status == 200


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server with a bucket `models`."""
    port = _free_port()
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _START, str(port)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            for _ in range(600):
                try:
                    _make_bucket(port)
                    break
                except OSError:
                    assert process.poll() is None, "moto did not start"
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where copies go, with what AWS's libraries read from the environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return "s3://models/of people"


def save(run: Path, step: int) -> Path:
    folder = run / "checkpoints" / f"step-{step:06d}"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(bytes([step]) * 100_000)
    (folder / "random states.pkl").write_bytes(b"dice")
    (folder / "progress.json").write_text(json.dumps({"step": step}))
    return folder


def test_checkpoints_go_to_a_bucket_and_come_back(tmp_path: Path, bucket: str) -> None:
    """Whole, the mark last; those that the run has deleted go; the newest comes back."""
    told: list[dict[str, Any]] = []
    run = tmp_path / "first"
    run.mkdir()
    (run / "run_manifest.json").write_text("{}")
    for step in (1, 2, 3):
        folder = save(run, step)
        if step == 3:
            (run / "checkpoints" / "step-000001").rename(tmp_path / "gone")
        copier = Copier(bucket, lambda _stage, facts: told.append(dict(facts)))
        copier(folder)
        copier.close()
    assert [facts.get("error") for facts in told] == [None] * 3
    listed = dict(open_place(bucket).list("first/"))
    assert listed["first/checkpoints/step-000003/model.safetensors"] == 100_000
    assert f"first/checkpoints/step-000002/{COMPLETE}" in listed
    assert not any("step-000001" in key for key in listed)
    found = restore(bucket, tmp_path / "again" / "first")
    assert found is not None
    assert found.name == "step-000003"
    for path in (run / "checkpoints" / "step-000003").iterdir():
        assert (found / path.name).read_bytes() == path.read_bytes()
    assert (tmp_path / "again" / "first" / "run_manifest.json").exists()


def test_nothing_comes_back_from_an_empty_bucket(tmp_path: Path, bucket: str) -> None:
    """None says so."""
    assert restore(bucket, tmp_path / "unknown") is None


def test_a_bucket_that_is_not_there_ends_no_training(tmp_path: Path, bucket: str) -> None:
    """What failed is told, with the bucket's name."""
    told: list[dict[str, Any]] = []
    copier = Copier("s3://nowhere/copies", lambda _stage, facts: told.append(dict(facts)))
    copier(save(tmp_path / "first", 1))
    copier.close()
    assert "s3://nowhere/copies" in told[0]["error"]
    assert bucket


def test_an_address_without_a_bucket_is_refused(bucket: str) -> None:
    """Before a training begins."""
    with pytest.raises(SettingError, match="copy_to"):
        Copier("s3://")
    assert bucket
