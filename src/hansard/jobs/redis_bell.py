"""The bell between many machines, over Redis: RQ jobs towards workers, pub/sub towards doors.

An RQ job carries the id of a job and nothing else, and is never run: a worker takes it off the
queue and looks at the ledger. So a new job wakes one worker, not all of them.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Literal, Protocol

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DequeueTimeout, DuplicateJobError
from rq.job import Job as Ring
from rq.serializers import JSONSerializer

from hansard.jobs.redis_link import connect, parse

logger = logging.getLogger(__name__)

_LISTEN_SECONDS = 1
_KEPT_SECONDS = 60
"""After which a ring that nobody took is forgotten."""
_MOST = 1000
"""Rings that may wait to be sent, or to be taken."""
_PAUSES = (0.1, 2.0)
"""Seconds before the first and the later tries to reach a Redis that is away."""


class RedisBell:
    """Rings and listens as one of the doors or as a worker; connects by itself, in threads.

    Raises:
        SettingError: the address is none.
    """

    def __init__(self, url: str, side: Literal["door", "worker"], prefix: str = "hansard:") -> None:
        database = parse(url).get("db", 0)
        workers = _RingQueue(f"{prefix}rings".replace(":", "-"))
        doors = _Channel(f"{prefix}rings:{database}")
        to: _Line = workers if side == "door" else doors
        self._from: _Line = doors if side == "door" else workers
        self._url = url
        self._mouth = _Mouth(url, to)
        self._mouth.start()
        self._ears: set[_Ear] = set()

    def ring(self, job: str) -> None:
        """See `Bell`; a ring that cannot be sent waits, and the oldest of too many is dropped."""
        self._mouth.say(job)

    async def listen(self) -> AsyncIterator[str]:
        """See `Bell`; ends when the bell is closed."""
        ear = _Ear(self._url, self._from)
        self._ears.add(ear)
        try:
            async for job in ear.listen():
                yield job
        finally:
            ear.stop()
            self._ears = {each for each in self._ears if each.is_alive()}

    def close(self) -> None:
        """Send what waits, if Redis is there, and end the threads, which may take some seconds."""
        for ear in self._ears:
            ear.stop()
        self._mouth.stop()
        for thread in (self._mouth, *self._ears):
            thread.join()


class _Line(Protocol):
    """A way for rings through Redis."""

    def saying(self, redis: Redis) -> Callable[[str], None]:
        """What sends a ring."""
        ...

    def hearing(self, redis: Redis) -> AbstractContextManager[Callable[[], str | None]]:
        """What waits for a ring a second long; an empty one means: look at all.

        The first one is empty, and comes when no later ring can be missed.
        """
        ...


class _RingQueue:
    """An RQ queue: a ring is kept until one listener takes it, or it is old."""

    def __init__(self, name: str) -> None:
        self._name = name

    def saying(self, redis: Redis) -> Callable[[str], None]:
        queue = Queue(self._name, connection=redis, serializer=JSONSerializer)

        def say(job: str) -> None:
            if queue.count >= _MOST:
                return
            with suppress(DuplicateJobError):  # it has been rung for already
                queue.enqueue_call(
                    "hansard.rung",
                    args=(job,),
                    timeout=_KEPT_SECONDS,
                    ttl=_KEPT_SECONDS,
                    result_ttl=0,
                    failure_ttl=_KEPT_SECONDS,
                    description="look at the ledger",
                    job_id=f"{self._name}-{job.encode().hex()}",
                    unique=True,
                )

        return say

    @contextmanager
    def hearing(self, redis: Redis) -> Iterator[Callable[[], str | None]]:
        queue = Queue(self._name, connection=redis, serializer=JSONSerializer)
        first = [""]
        redis.ping()

        def hear() -> str | None:
            if first:
                return first.pop()
            try:
                found: Any = Queue.lpop([queue.key], _LISTEN_SECONDS, connection=redis)
            except DequeueTimeout:
                return None
            try:
                ring = Ring.fetch(found[1].decode(), redis, JSONSerializer)
                ring.delete(remove_from_queue=False)
                return str(ring.args[0])
            except RedisError:
                raise
            except Exception:  # noqa: BLE001 - it is too old, or another program put it there
                return ""

        yield hear


class _Channel:
    """Redis pub/sub: a ring is heard by all who listen now."""

    def __init__(self, name: str) -> None:
        self._name = name

    def saying(self, redis: Redis) -> Callable[[str], None]:
        def say(job: str) -> None:
            redis.publish(self._name, job)

        return say

    @contextmanager
    def hearing(self, redis: Redis) -> Iterator[Callable[[], str | None]]:
        with redis.pubsub() as subscription:  # type: ignore[no-untyped-call]
            subscription.subscribe(self._name)

            def hear() -> str | None:
                found = subscription.get_message(timeout=_LISTEN_SECONDS)
                if found is None:
                    return None
                return found["data"].decode() if found["type"] == "message" else ""

            yield hear


class _Thread(threading.Thread):
    """Keeps at its work with Redis until it is stopped, and waits out what interrupts it."""

    def __init__(self, url: str, line: _Line) -> None:
        super().__init__(name="hansard-bell", daemon=True)
        self._url = url
        self._line = line
        self._stopped = threading.Event()
        self._away = False

    def stop(self) -> None:
        """Ask it to end; returns at once."""
        self._stopped.set()

    def run(self) -> None:
        """Work, and begin anew after each failure; only the first of several is logged."""
        while not self._stopped.is_set():
            redis = connect(self._url)
            try:
                self._work(redis)
            except RedisError as error:
                if not self._away:
                    logger.warning("rings are not heard until Redis is back: %s", error)
                self._stopped.wait(_PAUSES[self._away])
                self._away = True
            finally:
                redis.close()
                redis.connection_pool.disconnect()

    def _work(self, redis: Redis) -> None:
        """Go on until stopped, or until Redis raises; says when it is there."""
        raise NotImplementedError


class _Mouth(_Thread):
    """Sends rings, each once however often it waits."""

    def __init__(self, url: str, line: _Line) -> None:
        super().__init__(url, line)
        self._changed = threading.Condition()
        self._waiting: dict[str, None] = {}

    def say(self, job: str) -> None:
        """Take a ring to send; returns at once."""
        with self._changed:
            if len(self._waiting) >= _MOST:
                self._waiting.pop(next(iter(self._waiting)))
            self._waiting[job] = None
            self._changed.notify()

    def stop(self) -> None:
        """Ask it to send what waits, if it can, and to end."""
        with self._changed:
            self._stopped.set()
            self._changed.notify()

    def _work(self, redis: Redis) -> None:
        say = self._line.saying(redis)
        while (job := self._next()) is not None:
            try:
                say(job)
            except RedisError:
                self.say(job)
                raise
            self._away = False

    def _next(self) -> str | None:
        """The ring that waits longest; None when it shall end and all is sent."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopped.is_set())
            job = next(iter(self._waiting), None)
            if job is not None:
                del self._waiting[job]
            return job


class _Ear(_Thread):
    """Listens in a thread, and tells a coroutine."""

    def __init__(self, url: str, line: _Line) -> None:
        super().__init__(url, line)
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._heard: dict[str, None] = {}
        self._over = False

    async def listen(self) -> AsyncIterator[str]:
        """Ids that were rung for, until it is stopped."""
        self.start()
        while not self._over:
            await self._news.wait()
            self._news.clear()
            heard, self._heard = self._heard, {}
            for job in heard:
                yield job

    def run(self) -> None:
        """Listen; the coroutine hears of the end, too."""
        super().run()
        self._tell(None)

    def _work(self, redis: Redis) -> None:
        with self._line.hearing(redis) as hear:
            while not self._stopped.is_set():
                job = hear()
                self._away = False
                if job is not None:
                    self._tell(job)

    def _tell(self, job: str | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._hear, job)
        except RuntimeError:  # the loop is closed, and nobody listens any more
            self.stop()

    def _hear(self, job: str | None) -> None:
        if job is None:
            self._over = True
        else:
            self._heard[job] = None
        self._news.set()
