"""The worker's end of the model host, with a small real process at the other end."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from hansard.errors import HostDiedError, MediaLimitError, ModelNotHereError
from hansard.jobs.host import Host

SCRIPT = """
import json, os, sys, time, threading
def say(**facts): print(json.dumps(facts), flush=True)
stopped = {}
def fail(job, message, code):
    error = {"message": message, "code": code, "retry": "permanent", "hint": "cut"}
    say(**{"is": "failed", "job": job, "error": error})
def work(order):
    job, do = order["job"], order["request"]["do"]
    if do == "die": os.kill(os.getpid(), 9)
    if do == "fail": return fail(job, "too long", "media_limit")
    if do == "obey":
        stopped[job].wait(30)
        return fail(job, "x", "cancelled")
    if do == "hang": time.sleep(60)
    if do == "wait": stopped[job].wait(order["request"]["seconds"])
    say(**{"is": "staged", "job": job, "stage": "working"})
    result = {"key": "k", "sha256": "s", "size": order["request"].get("n", 0)}
    say(**{"is": "done", "job": job, "result": result})
for line in sys.stdin:
    said = json.loads(line)
    if said["do"] == "begin":
        if said.get("refuse"):
            error = {"message": "no model", "code": "model_not_here", "retry": "permanent"}
            say(**{"is": "unready", "error": error})
        else: say(**{"is": "ready", "facts": {"model": "m", "pid": os.getpid()}})
    elif said["do"] == "ping": say(**{"is": "pong"})
    elif said["do"] == "run" and said["request"]["do"] == "stick": time.sleep(60)
    elif said["do"] == "run":
        stopped[said["job"]] = threading.Event()
        threading.Thread(target=work, args=(said,), daemon=True).start()
    elif said["do"] == "cancel": stopped[said["job"]].set()
"""


def order(job: str, do: str, **facts: Any) -> dict[str, Any]:
    return {"job": job, "kind": "transcribe", "request": {"do": do, **facts}}


async def busy(host: Host) -> None:
    """Wait until it works on something."""
    while host.busy < 1:  # noqa: ASYNC110 - nothing else tells
        await asyncio.sleep(0.01)


def nothing(_: Mapping[str, Any]) -> None:
    """News that nobody wants."""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    script = tmp_path / "host.py"
    script.write_text(SCRIPT)
    return [sys.executable, "-I", str(script)]


def test_jobs_run_side_by_side_and_tell_news(command: list[str]) -> None:
    """Each job gets its own result, and its own news before it."""

    async def check() -> None:
        host = Host(command, {})
        news: list[str] = []
        jobs = [
            host.perform(order(f"j{n}", "work", n=n), lambda said: news.append(said["job"]))
            for n in range(8)
        ]
        done = await asyncio.gather(*jobs)
        assert [said["result"]["size"] for said in done] == list(range(8))
        assert sorted(news) == [f"j{n}" for n in range(8)]
        assert host.facts["model"] == "m"
        await host.close()
        assert host.pid is None

    asyncio.run(check())


def test_a_failure_comes_as_its_own_class(command: list[str]) -> None:
    """What failed in the host is raised here as the error that it was there."""

    async def check() -> None:
        host = Host(command, {})
        with pytest.raises(MediaLimitError, match="too long") as caught:
            await host.perform(order("a", "fail"), nothing)
        assert caught.value.hint == "cut"
        await host.close()

    asyncio.run(check())


def test_a_host_that_refuses_to_start_says_why(command: list[str]) -> None:
    """A missing model is told by whoever asks the host to start."""

    async def check() -> None:
        host = Host(command, {"refuse": True})
        with pytest.raises(ModelNotHereError, match="no model"):
            await host.start()
        await host.close()

    asyncio.run(check())


def test_a_death_is_told_to_every_job_and_blamed_on_one_alone(command: list[str]) -> None:
    """When the host dies, a job that ran alone is to blame; jobs that had company are not."""

    async def check() -> None:
        host = Host(command, {})
        with pytest.raises(HostDiedError, match="SIGKILL") as caught:
            await host.perform(order("lonely", "die"), nothing)
        assert caught.value.alone
        waiting = asyncio.create_task(host.perform(order("other", "wait", seconds=30), nothing))
        await busy(host)
        with pytest.raises(HostDiedError) as caught:
            await host.perform(order("killer", "die"), nothing)
        assert not caught.value.alone
        with pytest.raises(HostDiedError) as neighbour:
            await waiting
        assert not neighbour.value.alone
        assert (await host.perform(order("next", "work", n=5), nothing))["result"]["size"] == 5
        await host.close()

    asyncio.run(check())


def test_a_cancelled_job_is_asked_first(command: list[str]) -> None:
    """A job that stops when it is told leaves the host, and its neighbours, as they are."""

    async def check() -> None:
        host = Host(command, {})
        task = asyncio.create_task(host.perform(order("a", "obey"), nothing))
        await busy(host)
        pid = host.pid
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert host.pid == pid
        await host.close()

    asyncio.run(check())


def test_a_job_that_does_not_stop_ends_the_host(command: list[str]) -> None:
    """Native code cannot be stopped, so the whole process goes, and a new one takes its place."""

    async def check() -> None:
        host = Host(command, {})
        task = asyncio.create_task(host.perform(order("a", "hang"), nothing))
        await busy(host)
        pid = host.pid
        assert pid is not None
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not psutil.pid_exists(pid)
        assert (await host.perform(order("b", "work", n=1), nothing))["result"]["size"] == 1
        await host.close()

    asyncio.run(check())


def test_a_host_that_listens_no_more_is_ended(command: list[str]) -> None:
    """One that answers is left alone; one that is stuck is ended, and its job told so."""

    async def check() -> None:
        host = Host(command, {}, silence=0.4)
        await host.start()
        pid = host.pid
        for _ in range(4):
            await asyncio.sleep(0.2)
            await host.watch()
        assert host.pid == pid
        stuck = asyncio.create_task(host.perform(order("a", "stick"), nothing))
        await busy(host)
        async with asyncio.timeout(20):
            while not stuck.done():
                await host.watch()
                await asyncio.sleep(0.1)
        with pytest.raises(HostDiedError):
            await stuck
        await host.close()

    asyncio.run(check())
