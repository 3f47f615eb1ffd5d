"""The worker with a real ledger and a scripted model host: leases, cancels, deaths, deadlines."""

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hansard.audio.foreign import Nursery
from hansard.audio.options import AudioOptions
from hansard.errors import NotReadyError
from hansard.jobs import rules
from hansard.jobs.attempt import Tools
from hansard.jobs.bells import PipeBell
from hansard.jobs.host import Host
from hansard.jobs.options import ServiceOptions
from hansard.jobs.sqlite import SqliteLedger
from hansard.jobs.threads import Threads
from hansard.jobs.tracing import Tracer
from hansard.jobs.values import Job, Priority, State
from hansard.jobs.worker import Worker
from hansard.storage.folder import FolderStore

HOST = """
import json, os, sys, threading, time
lock = threading.Lock()
def say(**facts):
    with lock: print(json.dumps(facts), flush=True)
stopped = {}
def fail(job, code, retry="permanent"):
    say(**{"is": "failed", "job": job, "error": {"message": code, "code": code, "retry": retry}})
def work(order):
    job, asked = order["job"], order["request"]
    mark = os.path.join(os.path.dirname(__file__), job)
    with open(mark, "a") as file: file.write(order["token"] + "\\n")
    tries = len(open(mark).readlines())
    do = asked["do"] if tries <= asked.get("times", 99) else "work"
    if do == "die": os.kill(os.getpid(), 9)
    if do == "transient": return fail(job, "hub_unreachable", "transient")
    if do == "permanent": return fail(job, "no_audio")
    if do == "wait":
        if stopped[job].wait(asked.get("seconds", 60)): return fail(job, "cancelled")
    if do == "hang": time.sleep(60)
    say(**{"is": "progressed", "job": job, "done": 1, "windows": 2, "groups": 1})
    say(**{"is": "done", "job": job, "result": {"key": order["token"], "sha256": "", "size": 0}})
for line in sys.stdin:
    said = json.loads(line)
    if said["do"] == "begin": say(**{"is": "ready", "facts": {"model": "m"}})
    elif said["do"] == "ping": say(**{"is": "pong"})
    elif said["do"] == "run":
        stopped[said["job"]] = threading.Event()
        threading.Thread(target=work, args=(said,), daemon=True).start()
    elif said["do"] == "cancel" and said["job"] in stopped: stopped[said["job"]].set()
"""


@dataclass
class Site:
    """A running worker, and the doors' ends of its ledger and bell."""

    ledger: SqliteLedger
    bell: PipeBell
    tools: Tools
    worker: Worker
    task: asyncio.Task[None]
    ended: list[Job]
    script: Path

    def submit(self, do: str, owner: str = "ann", **facts: object) -> str:
        """Order something of the scripted host."""
        job = Job(id=str(uuid.uuid4()), kind="load_model", owner=owner, request={"do": do, **facts})
        self.ledger.submit(job, most_queued=100)
        self.bell.ring(job.id)
        return job.id

    async def until(self, job: str, true: Callable[[Job], bool]) -> Job:
        """The job, once something is true of it."""
        async with asyncio.timeout(30):
            while not true(found := self.ledger.find(job)):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.01)
        return found

    async def end(self, job: str) -> Job:
        """The job once it has ended."""
        return await self.until(job, lambda found: found.state.final)

    def attempts(self, job: str) -> list[str]:
        """The lease tokens under which the host was asked to do it."""
        mark = self.script.parent / job
        return mark.read_text().split() if mark.exists() else []


@asynccontextmanager
async def site(folder: Path, **options: float) -> AsyncIterator[Site]:
    script = folder / "hosts" / "host.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text(HOST)
    asked = replace(ServiceOptions(), **options)  # type: ignore[arg-type]
    ledger = SqliteLedger(folder / "ledger.sqlite3")
    (to_worker, from_door), (to_door, from_worker) = os.pipe(), os.pipe()
    door, bell = PipeBell(to_door, from_door), PipeBell(to_worker, from_worker)
    ended: list[Job] = []

    async def after(job: Job) -> None:
        ended.append(job)

    tools = Tools(
        ledger=ledger,
        store=FolderStore(folder / "store"),
        host=Host([sys.executable, "-I", str(script)], {}),
        media=Nursery(),
        threads=Threads(),
        options=asked,
        audio=AudioOptions(),
        tracer=Tracer(),
        ring=bell.ring,
        scratch=folder / "scratch",
    )
    worker = Worker("w1", tools, bell, version="1", after=after)
    task = asyncio.create_task(worker.run())
    try:
        yield Site(ledger, door, tools, worker, task, ended, script)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, NotReadyError):
            await task
        bell.close()
        door.close()
        tools.threads.close()
        ledger.close()


def drive(folder: Path, what: Callable[[Site], Awaitable[None]], **options: float) -> None:
    """Do something to a running worker."""

    async def run() -> None:
        async with site(folder, **options) as running:
            await what(running)

    asyncio.run(run())


def test_a_job_is_done_once_and_its_result_committed(tmp_path: Path) -> None:
    """A submitted job ends complete, with the run that was written under its own lease."""

    async def check(site: Site) -> None:
        job = site.submit("work")
        done = await site.end(job)
        assert done.state is State.COMPLETE
        assert done.result is not None
        assert [done.result.key] == site.attempts(job)
        assert done.attempt == 1
        while not site.ended:  # noqa: ASYNC110 - it comes right after
            await asyncio.sleep(0.01)
        assert [one.id for one in site.ended] == [job]

    drive(tmp_path, check)


@pytest.mark.parametrize("turns", range(4))
def test_a_stop_that_comes_just_as_a_job_ends_is_obeyed(tmp_path: Path, turns: int) -> None:
    """Whatever woke the worker in the same moment, a cancelled worker ends."""

    async def check(site: Site) -> None:
        await site.end(site.submit("work"))
        await asyncio.sleep(0.05)
        site.worker._wake.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        site.task.cancel()
        done, _ = await asyncio.wait([site.task], timeout=10)
        assert done

    drive(tmp_path, check)


def test_permanent_failures_are_not_tried_again(tmp_path: Path) -> None:
    """A recording without audio has none the second time either."""

    async def check(site: Site) -> None:
        job = site.submit("permanent")
        done = await site.end(job)
        assert done.state is State.FAILED
        assert done.failure is not None
        assert done.failure.code == "no_audio"
        assert len(site.attempts(job)) == 1

    drive(tmp_path, check)


def test_transient_failures_are_tried_again_later(tmp_path: Path) -> None:
    """What may go away by itself is tried anew after a pause."""

    async def check(site: Site) -> None:
        job = site.submit("transient", times=1)
        done = await site.end(job)
        assert done.state is State.COMPLETE
        assert done.attempt == 2

    drive(tmp_path, check)


def test_a_job_that_ends_its_host_thrice_is_poison(tmp_path: Path) -> None:
    """After three deaths that were its own, a job is given up, and others go on."""

    async def check(site: Site) -> None:
        job = site.submit("die")
        done = await site.end(job)
        assert done.failure is not None
        assert done.failure.code == "poison"
        assert len(site.attempts(job)) == 3
        assert (await site.end(site.submit("work"))).state is State.COMPLETE

    drive(tmp_path, check)


def test_neighbours_of_a_death_are_not_charged(tmp_path: Path) -> None:
    """Jobs that a neighbour's death took with it run again, and end with no attempt counted."""

    async def check(site: Site) -> None:
        calm = site.submit("wait", seconds=0.3, times=1, owner="bob")
        await site.until(calm, lambda job: bool(site.attempts(job.id)))
        killer = site.submit("die", times=1)
        done = await site.end(calm)
        assert done.state is State.COMPLETE
        assert done.attempt == 1
        assert done.claims == 2
        assert (await site.end(killer)).state is State.COMPLETE

    drive(tmp_path, check)


def test_a_cancelled_job_stops_and_stays_cancelled(tmp_path: Path) -> None:
    """Whether the host obeys or must be ended, the job is cancelled and its neighbour is done."""

    async def check(site: Site) -> None:
        for do in ("wait", "hang"):
            job, neighbour = site.submit(do), site.submit("wait", seconds=0.5, owner="bob")
            for one in (job, neighbour):
                await site.until(one, lambda found: bool(site.attempts(found.id)))
            site.ledger.change(job, rules.ask_cancel(expires_in=60))
            site.bell.ring(job)
            assert (await site.end(job)).state is State.CANCELLED
            assert (await site.end(neighbour)).state is State.COMPLETE

    drive(tmp_path, check)


def test_a_job_that_takes_too_long_fails(tmp_path: Path) -> None:
    """Beyond its time a job is stopped for good."""

    async def check(site: Site) -> None:
        done = await site.end(site.submit("hang"))
        assert done.failure is not None
        assert done.failure.code == "job_timeout"
        assert "1 s" in done.failure.message

    drive(tmp_path, check, job_timeout=1)


def test_a_stopped_worker_hands_its_jobs_back_uncharged(tmp_path: Path) -> None:
    """After a graceful stop nothing is leased, nothing is charged, and the next worker finishes."""

    async def stop(site: Site) -> None:
        for owner in ("ann", "bob"):
            job = site.submit("wait", owner=owner, seconds=20, times=1)
            await site.until(job, lambda found: bool(site.attempts(found.id)))
        site.task.cancel()
        with suppress(asyncio.CancelledError):
            await site.task
        back = site.ledger.list(states=[State.QUEUED])
        assert [job.attempt for job in back] == [0, 0]
        assert site.ledger.workers() == []

    async def finish(site: Site) -> None:
        for job in site.ledger.list():
            assert (await site.end(job.id)).state is State.COMPLETE

    drive(tmp_path, stop)
    drive(tmp_path, finish)


def test_a_worker_without_a_parent_ends(tmp_path: Path) -> None:
    """When the service that started it is gone, the worker hands its jobs back and ends."""

    async def check(site: Site) -> None:
        site.bell.close()
        with pytest.raises(NotReadyError, match="gone"):
            async with asyncio.timeout(20):
                await site.task

    drive(tmp_path, check)


def test_waited_for_jobs_start_while_long_ones_run(tmp_path: Path) -> None:
    """A lane of long jobs leaves slots to the same owner's urgent job, and to another owner's."""

    async def check(site: Site) -> None:
        long = [site.submit("wait", seconds=20) for _ in range(6)]
        for job in long[:2]:
            await site.until(job, lambda found: bool(site.attempts(found.id)))
        urgent = Job(
            id=str(uuid.uuid4()), kind="load_model", owner="ann",
            request={"do": "work"}, priority=Priority.INTERACTIVE,
        )  # fmt: skip
        site.ledger.submit(urgent, most_queued=100)
        site.bell.ring(urgent.id)
        assert (await site.end(urgent.id)).state is State.COMPLETE
        assert (await site.end(site.submit("work", owner="bob"))).state is State.COMPLETE
        states = [site.ledger.find(job).state for job in long]
        assert states.count(State.RUNNING) == 2
        assert states.count(State.QUEUED) == 4

    drive(tmp_path, check)
