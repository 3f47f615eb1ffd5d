"""`hansard bench load`: how much a running service carries."""

import asyncio
import math
import sys
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hansard.cli.main import DONE, FAILED
from hansard.cli.models import JsonFlag
from hansard.cli.tables import print_facts, print_json
from hansard.errors import (
    FetchError,
    MediaNotFoundError,
    MissingExtraError,
    ServiceError,
    UsageError,
)

if TYPE_CHECKING:
    import httpx2

ENDED = frozenset({"COMPLETE", "FAILED", "CANCELLED"})
AGAIN = frozenset({408, 429, 502, 503, 504, 507})
"""Statuses after which the same request may succeed."""
LOOK_AGAIN = 0.5
"""Seconds between two looks at one job while there are few."""
LOOKS = 50
"""Looks a second at all jobs together, at most: what is measured is not how fast one can ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One job, when it is over."""

    status: str
    code: str = ""
    """Why it failed."""
    accepted: float = 0.0
    """Seconds from sending the recording to the answer that it is safe."""
    seconds: float = 0.0
    """From the job's submission to its end, by the service's clock."""
    audio: float = 0.0
    """Seconds of sound."""


@dataclass(eq=False, kw_only=True)
class Load:
    """Jobs that are submitted and followed side by side."""

    client: "httpx2.AsyncClient"
    file: Path
    fields: Mapping[str, str]
    at_once: asyncio.Semaphore
    patience: float
    count: int
    moved: float = 0.0
    turned_away: int = 0
    open: int = 0
    ended: list[Ended] = field(default_factory=list)

    async def run(self) -> float:
        """Everything; returns how many seconds it took.

        Raises:
            ServiceError: the service refuses the recording, or nothing moves any more.
        """
        begin = self._now()
        self.moved = begin
        async with asyncio.TaskGroup() as group:
            for _ in range(self.count):
                group.create_task(self._one())
        return self._now() - begin

    async def _one(self) -> None:
        async with self.at_once:
            task, accepted = await self._submit()
        self.open += 1
        found = await self._follow(task)
        self.open -= 1
        self.ended.append(ended(found, accepted))
        self.moved = self._now()
        print(f"{len(self.ended)} of {self.count}: {found['status']}", file=sys.stderr, flush=True)

    async def _submit(self) -> tuple[str, float]:
        """Send the recording until it is taken; an answer that was lost makes no second job."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        while True:
            begin = self._now()
            with self.file.open("rb") as content:
                answer = await self._ask(
                    "POST", "/v1/process",
                    files={"file": (self.file.name, content)}, data=self.fields, headers=headers,
                )  # fmt: skip
            if answer is not None:
                self.moved = self._now()
                return str(answer.json()["task_id"]), self._now() - begin

    async def _follow(self, task: str) -> dict[str, Any]:
        tag = ""
        while True:
            answer = await self._ask("GET", f"/v1/status/{task}", headers={"If-None-Match": tag})
            if answer is not None and answer.status_code == 200:
                found: dict[str, Any] = answer.json()
                if found["status"] in ENDED:
                    return found
                if answer.headers.get("ETag", "") != tag:
                    tag = answer.headers.get("ETag", "")
                    self.moved = self._now()
            self._check_patience()
            await asyncio.sleep(max(LOOK_AGAIN, self.open / LOOKS))

    async def _ask(self, method: str, path: str, **given: Any) -> "httpx2.Response | None":
        """The answer; None, after a pause, where another try may bring one.

        Raises:
            ServiceError: the answer is a refusal for good.
        """
        import httpx2

        wait, why = 1.0, "it cannot be reached"
        try:
            answer = await self.client.request(method, path, **given)
        except httpx2.TransportError as error:
            why = f"it cannot be reached: {error}"
        else:
            if answer.status_code < 400:
                return answer
            why = explain(answer)
            if answer.status_code not in AGAIN:
                raise ServiceError(f"the service refuses: {why}")
            self.turned_away += answer.status_code == 429
            after = answer.headers.get("Retry-After", "")
            wait = float(after) if after.isdigit() else wait
        self._check_patience(why)
        await asyncio.sleep(min(wait, 60.0))
        return None

    def _check_patience(self, why: str = "jobs stand still") -> None:
        if self._now() - self.moved > self.patience:
            raise ServiceError(
                f"nothing moved for {self.patience:.0f} s: {why}",
                hint=f"{len(self.ended)} of {self.count} jobs had ended; is a worker running?",
            )

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """How a service is loaded."""

    url: str = "http://127.0.0.1:8000"
    """Where the service is."""
    key_file: Path | None = None
    """A file whose first line is the key, or `name:key`, as `hansard serve --key-file` reads it."""
    at_once: int = 8
    """Uploads at once."""
    fields: Annotated[Sequence[str], Parameter(name="--field", negative="")] = ()
    """`name=value`, as the form of POST /v1/process has it; may be given several times."""
    patience: float = 600.0
    """Give up when nothing moved for so many seconds."""
    keep: Annotated[bool, Parameter(negative="")] = False
    """Keep the results; otherwise they expire."""


AS_IT_COMES = LoadOptions()


def load(
    file: Path,
    count: int,
    /,
    *,
    json_: JsonFlag = False,
    options: Annotated[LoadOptions, Parameter(name="*")] = AS_IT_COMES,
) -> int:
    """Submit one recording many times to a running service, and measure how long it takes.

    Parameters
    ----------
    file
        The recording.
    count
        How many jobs to make of it.
    json_
        Write JSON.
    """
    if not file.is_file():
        raise MediaNotFoundError(f"there is no file {str(file)!r}")
    if count < 1 or options.at_once < 1:
        raise UsageError(f"count = {count}, at_once = {options.at_once}: both are at least 1")
    fields = {"ephemeral": "false" if options.keep else "true"} | read_fields(options.fields)
    headers = {"X-API-Key": read_key(options.key_file)} if options.key_file else {}

    async def measure() -> tuple[Load, float]:
        async with connect(options.url, headers, options.at_once) as client:
            await check_there(client, options.url)
            jobs = Load(
                client=client,
                file=file,
                fields=fields,
                at_once=asyncio.Semaphore(options.at_once),
                patience=options.patience,
                count=count,
            )
            return jobs, await jobs.run()

    try:
        jobs, wall = asyncio.run(measure())
    except* ServiceError as errors:
        raise first(errors) from None
    facts = summarise(jobs.ended, wall, jobs.turned_away)
    if json_:
        print_json(facts)
    else:
        print_facts(facts)
    return DONE if facts["complete"] == count else FAILED


def connect(url: str, headers: Mapping[str, str], at_once: int) -> "httpx2.AsyncClient":
    """A client for a service.

    Raises:
        MissingExtraError: the library for it is not installed.
    """
    try:
        import httpx2
    except ImportError as error:
        raise MissingExtraError(
            "measuring a service needs an extra", hint="pip install 'hansard[serve]'"
        ) from error
    return httpx2.AsyncClient(
        base_url=url,
        headers=headers,
        trust_env=False,
        limits=httpx2.Limits(max_connections=at_once + 16),
        timeout=httpx2.Timeout(60.0, pool=None),
    )


async def check_there(client: "httpx2.AsyncClient", url: str) -> None:
    """See that there is a service before anything is measured.

    Raises:
        FetchError: there is none.
    """
    import httpx2

    try:
        answer = await client.get("/livez")
    except (httpx2.TransportError, httpx2.InvalidURL) as error:
        raise FetchError(
            f"no service answers at {url!r}: {error}", hint="start one: hansard serve"
        ) from error
    if answer.status_code != 200:
        raise FetchError(f"{url!r} is no healthy Hansard: GET /livez gives {answer.status_code}")


def explain(answer: "httpx2.Response") -> str:
    """What a refusal says."""
    try:
        said = answer.json()
        text = f"{said['error_code']}: {said['error']}"
    except (ValueError, KeyError, TypeError):
        text = "no reason is given"
    return f"{answer.status_code} {text}"


def ended(found: Mapping[str, Any], accepted: float) -> Ended:
    """A job's last status as what is counted."""
    metrics = found.get("metrics") or {}
    begin, end = found.get("submitted_at"), found.get("completed_at")
    took = datetime.fromisoformat(end) - datetime.fromisoformat(begin) if begin and end else None
    return Ended(
        status=found["status"],
        code=found.get("error_code") or "",
        accepted=accepted,
        seconds=took.total_seconds() if took else 0.0,
        audio=float(metrics.get("input_duration_seconds") or 0.0),
    )


def summarise(jobs: Sequence[Ended], wall: float, turned_away: int) -> dict[str, Any]:
    """The figures. `rtfx` is seconds of completed sound per second; times are of completed jobs."""
    complete = [job for job in jobs if job.status == "COMPLETE"]
    times = sorted(job.seconds for job in complete)
    audio = sum(job.audio for job in complete)
    return {
        "jobs": len(jobs),
        "complete": len(complete),
        "failed": sum(job.status == "FAILED" for job in jobs),
        "cancelled": sum(job.status == "CANCELLED" for job in jobs),
        "errors": dict(Counter(job.code for job in jobs if job.code)),
        "turned_away": turned_away,
        "total_seconds": round(wall, 3),
        "average_seconds": round(sum(times) / len(times), 3) if times else None,
        "p50_seconds": percentile(times, 0.50),
        "p95_seconds": percentile(times, 0.95),
        "accepted_p95_seconds": percentile(sorted(job.accepted for job in jobs), 0.95),
        "audio_seconds": round(audio, 3),
        "rtfx": round(audio / wall, 2) if wall > 0 else None,
    }


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The nearest rank: the least value that so large a share of all does not exceed."""
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3)


def read_key(path: Path) -> str:
    """The first key of a key file.

    Raises:
        UsageError: it cannot be read, or holds none.
    """
    try:
        lines = path.expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"key file {str(path)!r} cannot be read: {error}") from error
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not keys:
        raise UsageError(f"key file {str(path)!r} holds no key")
    return keys[0].rpartition(":")[2].strip()


def read_fields(given: Sequence[str]) -> dict[str, str]:
    """The form's fields.

    Raises:
        UsageError: one is no `name=value`.
    """
    pairs = [text.partition("=") for text in given]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise UsageError(f"--field {name!r} is no name=value", hint="--field language=en")
    return {name: value for name, _, value in pairs}


def first(errors: BaseExceptionGroup[ServiceError]) -> ServiceError:
    """One of several errors that say the same."""
    found: BaseException = errors
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found if isinstance(found, ServiceError) else ServiceError(str(found))
