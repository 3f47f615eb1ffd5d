"""What may happen to a job, told by the rules."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import JobConflictError, KeyReusedError, LeaseLostError
from hansard.jobs import rules
from hansard.jobs.ledger import Rule
from hansard.jobs.values import Failure, Job, Lease, Result, State, Webhook

NOW = 1000.0
TOKEN = "t"  # noqa: S105 - of a lease in a test
RESULT = Result(key="records/1/runs/2/transcript.json", sha256="ab", size=7)
PASSING = Failure(message="the hub did not answer", code="hub_unreachable", retry="transient")
LASTING = Failure(message="no audio", code="no_audio", retry="permanent")
FULL = Failure(message="memory ran out", code="memory_exhausted", retry="resource")
HOOK = Webhook(url="https://example.org/", secret="s")  # noqa: S106 - none that is used


def queued(**fields: object) -> Job:
    job = Job(id="1", kind="transcribe", owner="anna", webhook=HOOK)
    return replace(rules.enter(job, NOW), **fields)


def running(**fields: object) -> Job:
    job = rules.lease("w", "t", 20, alone=False)(queued(), NOW)
    return replace(job, **fields)


def ended(state: State) -> Job:
    return replace(running(), state=state, lease=None, finished=NOW)


def test_entering_sets_the_clock() -> None:
    """A job that enters is queued from now on, and due at once unless it says later."""
    job = Job(id="1", kind="transcribe", owner="anna", submitted=3.0)
    assert (rules.enter(job, NOW).submitted, rules.enter(job, NOW).due) == (NOW, NOW)
    assert rules.enter(replace(job, due=NOW + 5), NOW).due == NOW + 5
    with pytest.raises(JobConflictError):
        rules.enter(ended(State.COMPLETE), NOW)


def test_a_repeated_request_is_known() -> None:
    """The same request of the same owner is the earlier job; another one is an error."""
    job = queued(fingerprint="f", idempotency_key="k")
    assert rules.recognise(job, replace(job, id="2")) is job
    with pytest.raises(KeyReusedError, match="'k'"):
        rules.recognise(job, replace(job, id="2", fingerprint="g"))
    with pytest.raises(JobConflictError, match="'1'"):
        rules.recognise(job, replace(job, owner="ben"))


def test_a_lease_begins_an_attempt() -> None:
    """A lease counts the attempt, remembers the first start, and keeps the progress."""
    job = rules.lease("w", "t", 20, alone=True)(queued(progress=0.5, stage="old", grew=True), NOW)
    assert job.lease == Lease(token=TOKEN, worker="w", until=NOW + 20, alone=True)
    assert (job.state, job.attempt, job.claims, job.version) == (State.RUNNING, 1, 1, 1)
    assert (job.started, job.progress, job.stage, job.grew) == (NOW, 0.5, "", False)
    again = rules.lease("w", "u", 20, alone=False)(rules.release("t")(job, NOW + 1), NOW + 2)
    assert (again.started, again.attempt, again.claims) == (NOW, 1, 2)


@pytest.mark.parametrize("job", [running(), *map(ended, list(State)[2:]), queued(due=NOW + 1)])
def test_only_what_is_due_is_leased(job: Job) -> None:
    """What runs, has ended or is not due yet cannot be leased."""
    with pytest.raises(JobConflictError):
        rules.lease("w", "t", 20, alone=False)(job, NOW)


@pytest.mark.parametrize(
    "rule",
    [
        rules.renew("x", 20),
        rules.report("x", progress=1.0),
        rules.complete("x", RESULT, expires_in=None),
        rules.fail("x", PASSING, expires_in=None),
        rules.release("x"),
        rules.stop("x", None),
    ],
)
@pytest.mark.parametrize("job", [running(), queued(), *map(ended, list(State)[2:])])
def test_whoever_has_no_lease_changes_nothing(rule: Rule, job: Job) -> None:
    """Without the live lease's token nothing can be reported, committed or handed back (I3)."""
    with pytest.raises(LeaseLostError):
        rule(job, NOW)


def test_renewing_is_no_news() -> None:
    """A renewed lease ends later, and the job's version stays."""
    job = rules.renew("t", 20)(running(), NOW + 5)
    assert job.lease is not None
    assert (job.lease.until, job.version) == (NOW + 25, running().version)


def test_reports_tell_how_far_the_work_is() -> None:
    """A report sets what it names, growth is noted, and names are resolved only once."""
    report = rules.report("t", stage="asr", progress=0.5, groups=2, resolved={"model": "d1"})
    job = report(running(), NOW)
    assert (job.stage, job.progress, job.groups, job.grew) == ("asr", 0.5, 2, True)
    assert job.version == running().version + 1
    later = rules.report("t", progress=0.6, groups=2, resolved={"model": "d2"})(job, NOW)
    assert (later.stage, later.progress, later.resolved) == ("asr", 0.6, {"model": "d1"})
    assert report(job, NOW) is job
    fewer = rules.report("t", groups=1)(replace(job, grew=False), NOW)
    assert (fewer.groups, fewer.grew) == (1, False)


def test_a_result_is_committed_once() -> None:
    """A commit ends the job with its result; the same commit again changes nothing."""
    commit = rules.complete("t", RESULT, expires_in=60)
    job = commit(running(failure=PASSING), NOW + 1)
    assert (job.state, job.result, job.failure, job.lease) == (State.COMPLETE, RESULT, None, None)
    assert (job.finished, job.progress, job.expires) == (NOW + 1, 1.0, None)
    assert job.webhook is not None
    assert job.webhook.due == NOW + 1
    assert commit(job, NOW + 2) is job
    with pytest.raises(LeaseLostError):
        rules.complete("t", replace(RESULT, key="other"), expires_in=60)(job, NOW + 2)


def test_only_ephemeral_results_expire() -> None:
    """An ephemeral job expires some time after it ended."""
    job = rules.complete("t", RESULT, expires_in=60)(running(ephemeral=True), NOW)
    assert job.expires == NOW + 60


def test_a_cancelled_job_does_not_complete() -> None:
    """Whatever comes of the work after its cancellation was asked for, the job is cancelled."""
    job = rules.ask_cancel(None)(running(), NOW)
    outcomes: list[Rule] = [
        rules.complete("t", RESULT, expires_in=60),
        rules.fail("t", PASSING, expires_in=60),
        rules.release("t", expires_in=60),
        rules.stop("t", 60),
        lambda job, now: rules.expire(job, now + 100, expires_in=60),
    ]
    for outcome in outcomes:
        after = outcome(job, NOW + 1)
        assert (after.state, after.result, after.lease) == (State.CANCELLED, None, None)
        assert after.expires is not None


def test_what_passes_is_tried_again_later() -> None:
    """Transient failures are tried again, each time after a longer pause, at most three times."""
    job = queued()
    now = NOW
    pauses = []
    while not job.state.final:
        now = max(now, job.due)
        job = rules.fail("t", PASSING, expires_in=60)(
            rules.lease("w", "t", 20, alone=False)(job, now), now
        )
        pauses.append(job.due - now)
    assert pauses[:2] == [2, 4]
    assert (job.state, job.attempt, job.failure) == (State.FAILED, 3, PASSING)
    assert (job.finished, job.expires) == (now, now + 60)


@pytest.mark.parametrize("failure", [LASTING, FULL])
def test_what_stays_is_not_tried_again(failure: Failure) -> None:
    """A permanent failure, and a memory ladder that is exhausted, end the job at once."""
    job = rules.fail("t", failure, expires_in=None)(running(), NOW)
    assert (job.state, job.failure, job.expires) == (State.FAILED, failure, None)


def test_a_job_that_is_handed_back_loses_no_attempt() -> None:
    """A stopping worker gives its jobs back as if it had never had them."""
    job = rules.release("t")(running(progress=0.4), NOW + 1)
    assert (job.state, job.attempt, job.claims, job.due) == (State.QUEUED, 0, 1, NOW + 1)
    assert (job.alone, job.progress, job.lease) == (False, 0.4, None)


def test_poison_is_found_out() -> None:
    """A job that ends its process each time it runs alone fails as poison the third time."""
    job = queued()
    for _ in range(3):
        job = rules.lease("w", "t", 20, alone=True)(job, NOW)
        job = rules.release("t", alone=True, charged=True, expires_in=60)(job, NOW)
    assert job.state is State.FAILED
    assert job.failure is not None
    assert job.failure.code == "poison"
    assert "3" in job.failure.message
    assert (job.expires, job.alone) == (NOW + 60, True)


def test_progress_starts_the_attempts_anew() -> None:
    """A job that stored groups before its process died has got somewhere, so it may go on."""
    job = running(attempt=3)
    job = rules.report("t", groups=1)(job, NOW)
    job = rules.release("t", charged=True)(job, NOW)
    assert (job.state, job.attempt) == (State.QUEUED, 0)


def test_who_died_in_company_is_not_blamed() -> None:
    """When a lease ends the job runs alone next; only a death while alone costs an attempt."""
    late = NOW + 21
    for alone, attempt in ((False, 0), (True, 1)):
        job = rules.expire(rules.lease("w", "t", 20, alone=alone)(queued(), NOW), late)
        assert (job.state, job.attempt, job.alone) == (State.QUEUED, attempt, True)
    lease = Lease(token=TOKEN, worker="w", until=NOW, alone=True)
    poison = rules.expire(running(attempt=3, lease=lease), late)
    assert poison.state is State.FAILED


@pytest.mark.parametrize("job", [running(), queued(), ended(State.COMPLETE)])
def test_the_sweep_leaves_the_living_alone(job: Job) -> None:
    """A job whose lease holds, that waits, or that has ended, is not swept."""
    assert rules.expire(job, NOW + 20) is job


def test_cancelling() -> None:
    """What waits is cancelled at once, what runs is asked to stop, what ended stays."""
    waiting = rules.ask_cancel(60)(queued(), NOW)
    assert (waiting.state, waiting.finished, waiting.expires) == (State.CANCELLED, NOW, NOW + 60)
    asked = rules.ask_cancel(60)(running(), NOW)
    assert (asked.state, asked.cancel_asked) == (State.RUNNING, True)
    assert rules.ask_cancel(60)(asked, NOW) is asked
    assert rules.stop("t", 60)(asked, NOW).state is State.CANCELLED
    with pytest.raises(JobConflictError):
        rules.stop("t", 60)(running(), NOW)


@pytest.mark.parametrize("state", list(State)[2:])
def test_what_has_ended_stays(state: State) -> None:
    """No rule but an administrator's changes the state of a job that ended (I2)."""
    with pytest.raises(JobConflictError):
        rules.ask_cancel(None)(ended(state), NOW)
    rules.deletable(ended(state))


@pytest.mark.parametrize("job", [queued(), running()])
def test_the_living_cannot_be_deleted(job: Job) -> None:
    """Only an ended job may be forgotten."""
    with pytest.raises(JobConflictError):
        rules.deletable(job)


def test_an_administrator_begins_a_job_anew() -> None:
    """A failed or cancelled job may be queued again as if it were new; others may not."""
    for state in (State.FAILED, State.CANCELLED):
        old = replace(ended(state), attempt=3, expires=NOW, cancel_asked=True)
        old = rules.note_delivery("HTTP 500", due=None)(old, NOW)
        job = rules.requeue()(old, NOW + 5)
        assert (job.state, job.attempt, job.due, job.cancel_asked) == (
            State.QUEUED, 0, NOW + 5, False,
        )  # fmt: skip
        assert (job.finished, job.expires, job.webhook) == (None, None, HOOK)
    for other in (queued(), running(), ended(State.COMPLETE)):
        with pytest.raises(JobConflictError):
            rules.requeue()(other, NOW)


def test_deliveries_are_counted() -> None:
    """A webhook's tries are counted with what they came to and when the next one is."""
    job = rules.note_delivery("HTTP 503", due=NOW + 10)(ended(State.COMPLETE), NOW)
    assert job.webhook == replace(HOOK, tries=1, outcome="HTTP 503", due=NOW + 10)
    with pytest.raises(JobConflictError):
        rules.note_delivery("", due=None)(replace(job, webhook=None), NOW)


@given(
    st.sampled_from([queued(), running(), running(grew=True), *map(ended, list(State)[2:])]),
    st.sampled_from(
        [
            rules.lease("w", "t", 20, alone=True),
            rules.report("t", progress=0.1, groups=1),
            rules.complete("t", RESULT, expires_in=9),
            rules.fail("t", PASSING, expires_in=9),
            rules.fail("t", LASTING, expires_in=9),
            rules.release("t", charged=True),
            rules.ask_cancel(None),
            rules.stop("t", None),
            rules.expire,
            rules.requeue(),
            rules.note_delivery("", due=None),
        ]
    ),
    st.sampled_from([NOW, NOW + 100]),
)
def test_every_change_has_a_version_of_its_own(job: Job, rule: Rule, now: float) -> None:
    """Whatever a rule changes counts the version up by one, and what it must not touch stays."""
    try:
        after = rule(job, now)
    except (JobConflictError, LeaseLostError):
        return
    assert after.version == job.version + (after != job)
    for name in ("id", "kind", "owner", "request", "media", "priority", "submitted", "ephemeral"):
        assert getattr(after, name) == getattr(job, name)
