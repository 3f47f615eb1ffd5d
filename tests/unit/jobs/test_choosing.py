"""Which job is next, and what is ahead of one that waits."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hansard.jobs.choosing import Head, Lane, Standing, ahead, choose, grant
from hansard.jobs.ledger import Claimant
from hansard.jobs.values import Ahead, Job

INTERACTIVE, NORMAL, BULK = 0, 1, 2
Running = tuple[tuple[str, int], ...]


def head(owner: str, place: int, priority: int = NORMAL, *, alone: bool = False) -> Head:
    return Head(job=f"{owner}{place}", owner=owner, priority=priority, place=place, alone=alone)


def chosen(
    *heads: Head,
    slots: int = 4,
    mine: Running = (),
    running: dict[str, int] | None = None,
    served: dict[str, float] | None = None,
) -> str | None:
    claimant = Claimant(worker="w", slots=slots, running=mine)
    standing = Standing(heads=heads, running=running or {}, served=served or {})
    found = choose(claimant, standing)
    return found and found.job


def test_the_highest_priority_goes_first() -> None:
    """Somebody who waits with an open connection goes before all others."""
    heads = (head("a", 1, BULK), head("b", 2, NORMAL), head("c", 3, INTERACTIVE))
    assert chosen(*heads, running={"c": 3}, served={"c": 9.0}) == "c3"


def test_whoever_has_the_fewest_running_goes_first() -> None:
    """Of one priority, the owner with the fewest running jobs is next, wherever they run."""
    assert chosen(head("a", 1), head("b", 2), running={"a": 1}) == "b2"


def test_owners_take_turns() -> None:
    """Of owners with as many running jobs, the one who was served longest ago is next."""
    heads = (head("a", 1), head("b", 2), head("c", 3))
    assert chosen(*heads, served={"a": 5.0, "b": 4.0, "c": 6.0}) == "b2"
    assert chosen(*heads, served={"a": 5.0, "b": 4.0}) == "c3"


def test_the_oldest_goes_first() -> None:
    """With all else equal, first come, first served."""
    assert chosen(head("b", 2), head("a", 1)) == "a1"


def test_one_owner_does_not_fill_a_worker() -> None:
    """A lane takes half of the slots at most, and leaves two free beside its second job."""
    lane = ("a", NORMAL)
    assert chosen(head("a", 1), mine=(lane,)) == "a1"
    assert chosen(head("a", 1), mine=(lane, lane)) is None
    assert chosen(head("a", 1), mine=(lane, ("b", NORMAL))) is None
    assert chosen(head("a", 1), head("c", 2), mine=(lane, ("b", NORMAL)), running={"a": 1}) == "c2"
    assert chosen(head("a", 1, BULK), mine=(lane, lane)) == "a1"
    assert chosen(head("a", 1), mine=(lane,) * 3, slots=8) == "a1"
    assert chosen(head("a", 1), mine=(lane,) * 4, slots=8) is None
    assert chosen(head("a", 1), mine=(lane,), slots=3) is None
    assert chosen(head("a", 1), mine=(lane,), slots=1) is None
    assert chosen(head("a", 1), slots=1) == "a1"


def test_a_job_that_must_run_alone_waits_for_an_idle_worker() -> None:
    """It is leased to a worker that runs nothing, and a busy worker gets nothing else first."""
    alone, other = head("a", 1, alone=True), head("b", 2)
    assert chosen(alone, other) == "a1"
    assert chosen(alone, other, mine=(("c", NORMAL),)) is None
    assert chosen(alone, head("b", 2, INTERACTIVE), mine=(("c", NORMAL),)) == "b2"


def test_a_guarded_worker_gets_nothing() -> None:
    """Beside a job that must run alone nothing is begun."""
    standing = Standing(heads=[head("a", 1)], guarded=True)
    assert choose(Claimant(worker="w", slots=4), standing) is None


def test_the_lease_says_whether_anything_ran_beside() -> None:
    """A job is alone where it must be, and where the worker has one slot only."""
    job = Job(id="a1", kind="transcribe", owner="a")
    for slots, must, alone in ((4, False, False), (4, True, True), (1, False, True)):
        claimant = Claimant(worker="w", slots=slots, lease=7)
        leased = grant(claimant, head("a", 1, alone=must), "token")(job, 10.0)
        assert leased.lease is not None
        assert (leased.lease.alone, leased.lease.until) == (alone, 17.0)


OWNERS = st.sampled_from("abc")
PRIORITIES = st.sampled_from([INTERACTIVE, NORMAL, BULK])


@given(
    st.dictionaries(st.tuples(OWNERS, PRIORITIES), st.booleans(), max_size=9),
    st.lists(st.tuples(OWNERS, PRIORITIES), max_size=8),
    st.integers(1, 8),
    st.dictionaries(OWNERS, st.integers(0, 3)),
    st.dictionaries(OWNERS, st.floats(0, 3)),
)
def test_the_choice_keeps_the_promise(
    lanes: dict[tuple[str, int], bool],
    mine: list[tuple[str, int]],
    slots: int,
    running: dict[str, int],
    served: dict[str, float],
) -> None:
    """Whatever the standing, the chosen job may run there, and none that may goes before it."""
    heads = [
        head(owner, place, priority, alone=alone)
        for place, ((owner, priority), alone) in enumerate(lanes.items())
    ]
    held = tuple(mine[:slots])
    name = chosen(*heads, slots=slots, mine=held, running=running, served=served)
    free = slots - len(held)

    def may_fill(one: Head) -> bool:
        lane = held.count((one.owner, one.priority))
        return free > 0 and (lane == 0 or (2 * (lane + 1) <= slots + 1 and free > 2))

    open_heads = [one for one in heads if may_fill(one)]
    if name is None:
        assert not open_heads or (held and any(one.alone for one in open_heads))
        return
    best = next(one for one in heads if one.job == name)
    assert best in open_heads
    assert not (best.alone and held)
    for other in open_heads:
        assert best.priority <= other.priority
        if best.priority == other.priority:
            assert running.get(best.owner, 0) <= running.get(other.owner, 0)


def lane(owner: str, lengths: Sequence[float | None], priority: int = NORMAL) -> Lane:
    return Lane(owner=owner, priority=priority, length=len(lengths), durations=lengths)


def test_nothing_is_ahead_of_the_first() -> None:
    """The only job in the queue is next."""
    assert ahead("a", NORMAL, 0, [lane("a", [10.0, 20.0])]) == Ahead(jobs=0, seconds=0.0)


def test_what_is_ahead() -> None:
    """The own lane's older jobs go first, one more of each other's, and all that is more urgent."""
    lanes = [
        lane("a", [10.0, 20.0, 30.0]),
        lane("b", [1.0, 1.0, 1.0, 1.0]),
        lane("c", [2.0]),
        lane("d", [100.0, 100.0], INTERACTIVE),
        lane("a", [1000.0], BULK),
    ]
    assert ahead("a", NORMAL, 1, lanes) == Ahead(jobs=1 + 2 + 1 + 2, seconds=10 + 2 + 2 + 200)


def test_unknown_lengths_are_taken_to_be_the_mean() -> None:
    """A length that nobody knows counts as the mean of the known ones, or else as a minute."""
    assert ahead("a", NORMAL, 3, [lane("a", [10.0, None, 30.0])]).seconds == 60.0
    assert ahead("a", NORMAL, 2, [lane("a", [None, None, None])]).seconds == 120.0
    many = Lane(owner="a", priority=NORMAL, length=100, durations=[5.0])
    assert ahead("a", NORMAL, 100, [many]) == Ahead(jobs=100, seconds=500.0)
