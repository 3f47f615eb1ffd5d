"""The hub among processes: one download for all, no connection offline, nothing heavy loaded."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from hansard.models.hub import HubOptions
from hansard.models.hub.hub import Hub
from hansard.models.hub.lookup import bundled_folder
from hansard.testing.hub_server import HubServer

CT2 = {path.name: path for path in bundled_folder("ctranslate2").iterdir()}

FETCH = """
import logging, sys
from pathlib import Path
logging.basicConfig(level=logging.INFO, format="%(message)s")
logging.getLogger("httpx2").setLevel(logging.WARNING)
from hansard.models.hub import HubOptions
from hansard.models.hub.hub import Hub
hub = Hub(HubOptions(data_dir=Path(sys.argv[1])), endpoint=sys.argv[2])
print(hub.fetch("owner/repo").digest)
"""

NO_SOCKETS = """
import sys
opened = []
def watch(event, _):
    if event.startswith("socket."):
        opened.append(event)
sys.addaudithook(watch)
from pathlib import Path
from hansard.errors import ModelNotHereError
from hansard.models.hub import HubOptions
from hansard.models.hub.hub import Hub
here = HubOptions(data_dir=Path(sys.argv[1]), offline=True, aliases={"mine": "owner/repo:int8"})
hub = Hub(here, endpoint=sys.argv[2])
for name in ("demo", "owner/repo", "mine", sys.argv[3]):
    assert hub.fetch(name) == hub.find(name) == hub.pull(name) == hub.verify(name), name
    hub.describe(name)
hub.list()
for method in (hub.find, hub.fetch, hub.pull, hub.verify):
    try:
        method("small")
    except ModelNotHereError as error:
        assert "offline" in str(error), error
    else:
        raise AssertionError(method)
print(opened)
print([name for name in ("huggingface_hub", "httpx2", "ctranslate2", "torch", "transformers")
       if name in sys.modules])
"""


@pytest.fixture
def server() -> Iterator[HubServer]:
    """A hub that has the demonstration model as `owner/repo`."""
    with HubServer() as server:
        server.add("owner/repo", CT2)
        yield server


def start(server: HubServer, data: Path) -> subprocess.Popen[str]:
    """A process that fetches the model."""
    return subprocess.Popen(
        [sys.executable, "-c", FETCH, str(data), server.endpoint],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(stream: IO[str] | None, text: str) -> str:
    """Read lines until one holds `text`."""
    assert stream is not None
    read = ""
    for line in stream:
        read += line
        if text in line:
            return line
    raise AssertionError(read)


def test_two_processes_share_one_download(server: HubServer, tmp_path: Path) -> None:
    """While one process fetches, another waits; both have the model, and it was sent once."""
    server.faults.hold["model.bin"] = gate = threading.Event()
    asked = threading.Event()
    server.on_hold = asked.set
    with start(server, tmp_path) as first:
        assert asked.wait(60)
        with start(server, tmp_path) as second:
            wait_for(second.stderr, "another process is fetching")
            gate.set()
            told = [first.communicate()[0], second.communicate()[0]]
    assert told == [Hub(HubOptions()).find("demo").digest + "\n"] * 2
    assert sorted(sent.name for sent in server.sent) == sorted(CT2)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_process_leaves_neither_lock_nor_half_a_model(
    server: HubServer, tmp_path: Path
) -> None:
    """After `kill -9` the model is not here, and the next process uses what had come."""
    server.faults.hold["model.bin"] = gate = threading.Event()
    asked = threading.Event()
    server.on_hold = asked.set
    with start(server, tmp_path) as killed:
        assert asked.wait(60)
        os.kill(killed.pid, signal.SIGKILL)
        killed.communicate()
    assert not Hub(HubOptions(data_dir=tmp_path)).describe("owner/repo").here
    gate.set()
    with start(server, tmp_path) as second:
        assert second.communicate()[0] == Hub(HubOptions()).find("demo").digest + "\n"
    sent = [sent.name for sent in server.sent]
    assert {name: sent.count(name) for name in set(sent) - {"model.bin"}} == dict.fromkeys(
        set(CT2) - {"model.bin"}, 1
    )


def test_offline_opens_no_socket(server: HubServer, tmp_path: Path) -> None:
    """With `offline` everything that is here works, the rest is refused, no socket is made."""
    Hub(HubOptions(data_dir=tmp_path / "data"), endpoint=server.endpoint).fetch("owner/repo")
    folder = shutil.copytree(bundled_folder("ctranslate2"), tmp_path / "mine")
    before = len(server.requests)
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            NO_SOCKETS,
            str(tmp_path / "data"),
            server.endpoint,
            str(folder),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[]", "[]"]  # no sockets, and no heavy library
    assert len(server.requests) == before
