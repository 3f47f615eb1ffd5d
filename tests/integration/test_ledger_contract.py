"""What every ledger promises, asked of both: SQLite in a file, and a real Redis."""

from dataclasses import replace

import ledger_fixtures
import pytest
from ledger_fixtures import Submit, claim, token

from hansard.errors import (
    JobConflictError,
    JobNotFoundError,
    KeyReusedError,
    LeaseLostError,
    LedgerUnavailableError,
    QueueFullError,
)
from hansard.jobs import rules
from hansard.jobs.ledger import Claimant, Ledger
from hansard.jobs.values import (
    Ahead,
    Failure,
    Job,
    Media,
    Priority,
    Result,
    State,
    Webhook,
    WorkerNote,
)

server = ledger_fixtures.server
ledger = ledger_fixtures.ledger
submit = ledger_fixtures.submit
RESULT = Result(key="runs/1", sha256="ab", size=3)
BROKEN = Failure(message="no audio", code="no_audio", retry="permanent")
PASSING = Failure(message="no answer", code="hub_unreachable", retry="transient")


def later(job: Job, now: float) -> Job:
    """A rule: the job is due in an hour."""
    return replace(job, due=now + 3600)


def test_a_job_goes_its_way(ledger: Ledger, submit: Submit) -> None:
    """A job is submitted, leased, worked on, and ends with its result."""
    given = submit(request={"language": "en"}, media=Media(key="a", duration=3.5))
    assert (given.state, given.version, given.submitted) == (State.QUEUED, 0, given.due)
    assert abs(given.submitted - ledger.now()) < 60
    taken = claim(ledger)
    assert (taken.id, taken.state, taken.attempt) == (given.id, State.RUNNING, 1)
    ledger.change(given.id, rules.report(token(taken), stage="asr", progress=0.5))
    ledger.change(given.id, rules.renew(token(taken), 60))
    done = ledger.change(given.id, rules.complete(token(taken), RESULT, expires_in=None))
    assert ledger.find(given.id) == done
    assert (done.state, done.result, done.version) == (State.COMPLETE, RESULT, 3)
    assert (done.request, done.media) == (given.request, given.media)
    assert ledger.claim(Claimant(worker="w", slots=4)) is None


def test_each_lease_has_a_token_of_its_own(ledger: Ledger, submit: Submit) -> None:
    """Whoever lost its lease cannot change anything any more (I3)."""
    submit()
    zombie = claim(ledger, lease=-1)
    assert [job.id for job in ledger.sweep()] == [zombie.id]
    living = claim(ledger, "other")
    before = ledger.find(zombie.id)
    for rule in (
        rules.complete(token(zombie), RESULT, expires_in=None),
        rules.fail(token(zombie), BROKEN, expires_in=None),
        rules.renew(token(zombie), 60),
        rules.report(token(zombie), progress=1.0),
        rules.release(token(zombie)),
    ):
        with pytest.raises(LeaseLostError):
            ledger.change(zombie.id, rule)
    assert ledger.find(zombie.id) == before == living


def test_a_rule_that_raises_changes_nothing(ledger: Ledger, submit: Submit) -> None:
    """Whatever a rule raises comes to its caller, and the job stays as it is."""
    job = submit()

    def broken(_: Job, __: float) -> Job:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ledger.change(job.id, broken)
    assert ledger.find(job.id) == job


def test_an_idempotency_key_gives_the_same_job(ledger: Ledger, submit: Submit) -> None:
    """Under the same key of the same owner there is one job, whatever became of it."""
    first = submit(idempotency_key="k", fingerprint="f")
    again, new = ledger.submit(replace(first, id="again"), most_queued=0)
    assert (again, new) == (first, False)
    other, new = ledger.submit(replace(first, id="other", owner="ben"), most_queued=9)
    assert (other.id, new) == ("other", True)
    with pytest.raises(KeyReusedError):
        ledger.submit(replace(first, id="else", fingerprint="g"), most_queued=9)
    ledger.change(first.id, rules.ask_cancel(None))
    assert ledger.submit(replace(first, id="again"), most_queued=9)[0].state is State.CANCELLED
    ledger.delete(first.id)
    assert ledger.submit(replace(first, id="again"), most_queued=9)[1]


def test_a_submission_may_be_repeated(ledger: Ledger, submit: Submit) -> None:
    """A job that comes again under its own id, as after a lost answer, is there once."""
    job = submit()
    assert ledger.submit(job, most_queued=9) == (job, False)
    with pytest.raises(JobConflictError):
        ledger.submit(replace(job, owner="ben"), most_queued=9)
    assert ledger.count().queued == 1


def test_the_queue_has_an_end(ledger: Ledger, submit: Submit) -> None:
    """No more jobs wait than allowed; those that run do not count."""
    submit()
    submit()
    with pytest.raises(QueueFullError):
        ledger.submit(Job(id="x", kind="transcribe", owner="ben"), most_queued=2)
    claim(ledger)
    assert ledger.submit(Job(id="x", kind="transcribe", owner="ben"), most_queued=2)[1]


def test_unknown_jobs(ledger: Ledger, submit: Submit) -> None:
    """Of an id that is not there nothing can be told, but it can be deleted."""
    submit()
    for ask in (
        lambda: ledger.find("nobody"),
        lambda: ledger.change("nobody", rules.ask_cancel(None)),
        lambda: ledger.list(after="nobody"),
    ):
        with pytest.raises(JobNotFoundError, match="nobody"):
            ask()
    ledger.delete("nobody")


def test_only_known_kinds_are_claimed(ledger: Ledger, submit: Submit) -> None:
    """A worker gets no work that it cannot do, even where that is older."""
    submit(kind="train")
    wanted = submit()
    assert claim(ledger).id == wanted.id
    assert ledger.claim(Claimant(worker="w", slots=4)) is None
    trainer = Claimant(worker="t", slots=4, kinds=frozenset({"train", "transcribe"}))
    found = ledger.claim(trainer)
    assert found is not None
    assert found.kind == "train"


def test_jobs_wait_until_they_are_due(ledger: Ledger, submit: Submit) -> None:
    """A job that is to be tried again later does not hold up those behind it."""
    first, second = submit(), submit()
    ledger.change(first.id, later)
    assert claim(ledger).id == second.id
    assert ledger.claim(Claimant(worker="w", slots=4)) is None
    ledger.change(first.id, lambda job, now: replace(job, due=now))
    assert claim(ledger).id == first.id


def test_a_transient_failure_is_tried_again_later(ledger: Ledger, submit: Submit) -> None:
    """A failure that may pass puts the job back, not to be claimed at once."""
    submit()
    taken = claim(ledger)
    waiting = ledger.change(taken.id, rules.fail(token(taken), PASSING, expires_in=None))
    assert (waiting.state, waiting.failure, waiting.attempt) == (State.QUEUED, PASSING, 1)
    assert waiting.due > ledger.now()
    assert ledger.count().queued == 1


def test_priorities_and_turns(ledger: Ledger, submit: Submit) -> None:
    """Urgent jobs go first, then owners take turns, then the oldest."""
    for owner in ("anna", "anna", "anna", "ben", "cleo"):
        submit(owner)
    submit("anna", priority=Priority.BULK)
    submit("ben", priority=Priority.INTERACTIVE)
    order = []
    while (job := ledger.claim(Claimant(worker="w", slots=1))) is not None:
        order.append((job.owner, int(job.priority)))
        ledger.change(job.id, rules.complete(token(job), RESULT, expires_in=None))
    turns = [("ben", 0), ("anna", 1), ("cleo", 1), ("ben", 1), ("anna", 1), ("anna", 1)]
    assert order == [*turns, ("anna", 2)]


def test_running_jobs_count_for_turns(ledger: Ledger, submit: Submit) -> None:
    """Whoever has fewer jobs running, on any worker, goes first."""
    for owner in ("anna", "anna", "ben"):
        submit(owner)
    assert claim(ledger, "one").owner == "anna"
    assert claim(ledger, "two").owner == "ben"
    assert claim(ledger, "three").owner == "anna"


def test_one_owner_does_not_fill_a_worker(ledger: Ledger, submit: Submit) -> None:
    """A short job behind many long ones of another owner finds a free slot at once."""
    for _ in range(10):
        submit("anna")
    mine: tuple[tuple[str, int], ...] = ()
    while (job := ledger.claim(Claimant(worker="w", slots=4, running=mine))) is not None:
        mine = (*mine, (job.owner, int(job.priority)))
    assert len(mine) == 2
    submit("ben")
    job = ledger.claim(Claimant(worker="w", slots=4, running=mine))
    assert job is not None
    assert job.owner == "ben"


def test_a_job_that_must_run_alone(ledger: Ledger, submit: Submit) -> None:
    """It is leased to an idle worker only, and nothing is begun beside it."""
    submit()
    first = claim(ledger, lease=-1)
    (swept,) = ledger.sweep()
    assert (swept.alone, swept.attempt) == (True, 0)
    submit("ben")
    busy = Claimant(worker="busy", slots=4, running=(("cleo", 1),))
    ledger.change(first.id, lambda job, _: replace(job, priority=Priority.INTERACTIVE))
    assert ledger.claim(busy) is None
    alone = claim(ledger, "idle")
    assert alone.lease is not None
    assert (alone.id, alone.lease.alone) == (first.id, True)
    assert ledger.claim(Claimant(worker="idle", slots=4)) is None
    other = ledger.claim(busy)
    assert other is not None
    assert other.owner == "ben"


def test_the_sweep_takes_what_nobody_holds(ledger: Ledger, submit: Submit) -> None:
    """Jobs whose lease ended are queued again; others stay (I4)."""
    submit()
    submit()
    dead, alive = claim(ledger, lease=-1), claim(ledger)
    assert [(job.id, job.state) for job in ledger.sweep()] == [(dead.id, State.QUEUED)]
    assert ledger.sweep() == []
    assert ledger.find(alive.id) == alive


def test_the_sweep_finds_poison_out(ledger: Ledger, submit: Submit) -> None:
    """A job that is alone when its lease ends, three times, has failed and expires some day."""
    submit(webhook=Webhook(url="https://example.org/", secret="s"))  # noqa: S106 - nobody's
    for _ in range(4):
        claim(ledger, lease=-1)
        (job,) = ledger.sweep()
    assert job.failure is not None
    assert (job.state, job.failure.code, job.attempt) == (State.FAILED, "poison", 3)
    assert job.expires is not None
    assert [each.id for each in ledger.pending_webhooks()] == [job.id]
    assert ledger.expired() == []


def test_webhooks_are_listed_until_they_are_delivered(ledger: Ledger, submit: Submit) -> None:
    """A webhook is due when its job ends, again when a try failed, and then no more."""
    hook = Webhook(url="https://example.org/", secret="s")  # noqa: S106 - nobody's
    ids = [submit(webhook=hook).id for _ in range(3)]
    submit()
    assert ledger.pending_webhooks() == []
    for id_ in ids:
        ledger.change(id_, rules.ask_cancel(None))
    assert [job.id for job in ledger.pending_webhooks()] == ids
    assert [job.id for job in ledger.pending_webhooks(limit=2)] == ids[:2]
    ledger.change(ids[0], rules.note_delivery("HTTP 200", due=None))
    ledger.change(ids[1], rules.note_delivery("HTTP 503", due=ledger.now() + 3600))
    assert [job.id for job in ledger.pending_webhooks()] == ids[2:]


def test_what_has_expired(ledger: Ledger, submit: Submit) -> None:
    """Ended jobs whose time is over are listed until they are deleted."""
    for seconds in (-5.0, -9.0, 60.0, None):
        ledger.change(submit().id, rules.ask_cancel(seconds))
    assert [job.id for job in ledger.expired()] == ["2", "1"]
    assert [job.id for job in ledger.expired(limit=1)] == ["2"]
    ledger.delete("2")
    assert [job.id for job in ledger.expired()] == ["1"]


def test_only_ended_jobs_are_deleted(ledger: Ledger, submit: Submit) -> None:
    """A job that waits or runs cannot be forgotten; one that has ended leaves nothing behind."""
    job = submit()
    with pytest.raises(JobConflictError):
        ledger.delete(job.id)
    taken = claim(ledger)
    with pytest.raises(JobConflictError):
        ledger.delete(job.id)
    ledger.change(job.id, rules.complete(token(taken), RESULT, expires_in=None))
    ledger.delete(job.id)
    ledger.delete(job.id)
    with pytest.raises(JobNotFoundError):
        ledger.find(job.id)
    assert (ledger.list(), ledger.count().complete) == ([], 0)


def test_lists_have_pages(ledger: Ledger, submit: Submit) -> None:
    """Jobs are listed the newest first, page by page, by owner and by state."""
    for number in range(7):
        submit("anna" if number % 2 else "ben")
    for id_ in ("1", "2", "3"):
        ledger.change(id_, rules.ask_cancel(None))

    def ids(**asked: object) -> str:
        return "".join(job.id for job in ledger.list(**asked))

    assert ids() == "7654321"
    assert ids(limit=3) == "765"
    assert ids(limit=3, after="5") == "432"
    assert ids(after="1") == ""
    assert ids(owner="anna") == "642"
    assert ids(owner="nobody") == ""
    assert ids(states=[State.CANCELLED]) == "321"
    assert ids(states=[State.CANCELLED, State.QUEUED], limit=5) == "76543"
    assert ids(owner="ben", states={State.QUEUED}, after="7") == "5"


def test_what_is_ahead(ledger: Ledger, submit: Submit) -> None:
    """The estimate counts the own lane, the turns of others, and all that is more urgent."""
    media = [Media(duration=seconds) for seconds in (10.0, 20.0, None)]
    mine = [submit("anna", media=each) for each in media]
    for _ in range(5):
        submit("ben", media=Media(duration=1.0))
    submit("cleo", media=Media(duration=100.0), priority=Priority.INTERACTIVE)
    submit("anna", priority=Priority.BULK)
    assert ledger.ahead(mine[0]) == Ahead(jobs=2, seconds=101.0)
    assert ledger.ahead(mine[2]) == Ahead(jobs=2 + 3 + 1, seconds=10 + 20 + 3 + 100)
    assert ledger.ahead(claim(ledger)) == Ahead(jobs=0, seconds=0.0)


def test_how_the_queue_stands(ledger: Ledger, submit: Submit) -> None:
    """Jobs are counted by state, and the oldest that waits is known."""
    assert ledger.count().oldest is None
    for _ in range(5):
        submit()
    ledger.change("1", rules.ask_cancel(None))
    failed, done, _ = (claim(ledger, name) for name in "xyz")
    ledger.change(failed.id, rules.fail(token(failed), BROKEN, expires_in=None))
    ledger.change(done.id, rules.complete(token(done), RESULT, expires_in=None))
    counts = ledger.count()
    assert (counts.queued, counts.running, counts.complete) == (1, 1, 1)
    assert (counts.failed, counts.cancelled) == (1, 1)
    assert counts.oldest is not None
    assert 0 <= counts.oldest < 60


def test_workers_are_known_while_they_greet(ledger: Ledger) -> None:
    """A worker's last note is there until it says farewell or was silent for long."""
    ledger.greet(WorkerNote(name="b", started=1.0, seen=99.0))
    ledger.greet(WorkerNote(name="a", started=2.0))
    ledger.greet(WorkerNote(name="b", started=1.0, ready=True, facts={"device": "cpu"}))
    first, second = ledger.workers()
    assert (first.name, second.name, second.ready) == ("a", "b", True)
    assert second.facts == {"device": "cpu"}
    assert abs(second.seen - ledger.now()) < 60
    assert ledger.workers(within=-60) == []
    ledger.leave("b")
    ledger.leave("nobody")
    assert [note.name for note in ledger.workers()] == ["a"]


def test_names_may_be_anything(ledger: Ledger, submit: Submit) -> None:
    """Owners, keys and kinds hold any text without meeting each other."""
    names = ["", "a:b", "a", "ключ {1}", 'quote"back\\slash', "new\nline", "*", "lane:1"]
    for name in names:
        submit(name, idempotency_key=f"{name}:k")
        submit(f"b:{name}", idempotency_key="k")
    for name in names:
        assert [job.owner for job in ledger.list(owner=name)] == [name]
    claimed = [claim(ledger, f"worker {name}").owner for name in names * 2]
    assert sorted(claimed) == sorted([*names, *(f"b:{name}" for name in names)])


def test_a_closed_ledger_says_so(ledger: Ledger, submit: Submit) -> None:
    """After it is closed, once or twice, every call is answered with the reason."""
    job = submit()
    ledger.close()
    ledger.close()
    for ask in (
        lambda: ledger.find(job.id),
        lambda: ledger.change(job.id, later),
        lambda: ledger.submit(job, most_queued=9),
        ledger.count,
    ):
        with pytest.raises(LedgerUnavailableError, match="closed"):
            ask()
