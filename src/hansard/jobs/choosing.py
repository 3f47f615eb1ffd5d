"""Which job is next, and what stands before one that waits: decisions from small facts.

A lane is what one owner has queued at one priority, the oldest first.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hansard.jobs.ledger import Claimant, Rule
from hansard.jobs.rules import lease
from hansard.jobs.values import Ahead

UNKNOWN_SECONDS = 60.0
"""How long a recording is taken to be where no length at all is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The oldest job of a lane that is due and of a kind that the claimant can do."""

    job: str
    owner: str
    priority: int
    place: int
    """Counts submissions: the lower, the older."""
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand while a worker asks."""

    heads: Sequence[Head] = ()
    running: Mapping[str, int] = field(default_factory=dict)
    """Jobs that run, of each owner, over all workers."""
    served: Mapping[str, float] = field(default_factory=dict)
    """When each owner's jobs were last claimed; absent = never."""
    guarded: bool = False
    """Whether the worker runs a job that must be alone."""


def choose(claimant: Claimant, standing: Standing) -> Head | None:
    """The job to lease, by the order that `Ledger.claim` promises.

    None where nothing fits, and also where a job that must run alone is next while the worker is
    busy: it is to become idle then, or a stream of small jobs would keep that job waiting.
    """
    if standing.guarded or len(claimant.running) >= claimant.slots:
        return None
    lanes = Counter(claimant.running)
    open_heads = [head for head in standing.heads if _has_room(claimant, lanes, head)]
    if not open_heads:
        return None
    first = min(
        open_heads,
        key=lambda head: (
            head.priority,
            standing.running.get(head.owner, 0),
            standing.served.get(head.owner, float("-inf")),
            head.place,
        ),
    )
    return None if first.alone and claimant.running else first


def grant(claimant: Claimant, head: Head, token: str) -> Rule:
    """The rule that leases the chosen job; with one slot only, whatever runs there is alone."""
    alone = head.alone or claimant.slots == 1
    return lease(claimant.worker, token, claimant.lease, alone=alone)


def _has_room(claimant: Claimant, lanes: Mapping[tuple[str, int], int], head: Head) -> bool:
    """Whether the head's lane may fill another slot.

    At most half of them, rounded up, and a second one only while more than two are free, so that
    others find room at once.
    """
    held = lanes.get((head.owner, head.priority), 0)
    if not held:
        return True
    free = claimant.slots - len(claimant.running)
    return held < (claimant.slots + 1) // 2 and free > 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What one owner has queued at one priority."""

    owner: str
    priority: int
    length: int
    """How many jobs."""
    durations: Sequence[float | None] = ()
    """Seconds of audio of the oldest of them; of the others nothing is known."""


def ahead(owner: str, priority: int, place: int, lanes: Sequence[Lane]) -> Ahead:
    """What is likely to be claimed before the job at a place (from 0) in its lane.

    Owners take turns: of each other lane at the same priority as many jobs go first as of the own
    one, and one more. Lengths that nobody knows are taken to be the mean of those that are known.
    """
    jobs = 0
    known: list[float] = []
    for lane in lanes:
        first = _first(lane, owner, priority, place)
        jobs += first
        known += [seconds for seconds in lane.durations[:first] if seconds is not None]
    mean = sum(known) / len(known) if known else UNKNOWN_SECONDS
    return Ahead(jobs=jobs, seconds=sum(known) + (jobs - len(known)) * mean)


def _first(lane: Lane, owner: str, priority: int, place: int) -> int:
    """How many jobs of a lane go before the job."""
    if lane.priority != priority:
        return lane.length if lane.priority < priority else 0
    return min(lane.length, place if lane.owner == owner else place + 1)
