"""One job, some workers who do not know of each other, and an impatient owner: what always holds.

The invariants are those of the reliability plan: I2 one final state, I3 commits need the live
token, I4 a live job is queued or leased, or swept, I6 at most three attempts that count.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hansard.errors import JobConflictError, JobError, LeaseLostError
from hansard.jobs import rules
from hansard.jobs.ledger import Rule
from hansard.jobs.values import Failure, Job, Result, State

LEASE = 20.0
TOKENS = st.integers(0, 12).map(str)


class OneJob(RuleBasedStateMachine):
    """Applies rules in any order, with live tokens, old ones and invented ones."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.job = rules.enter(Job(id="1", kind="transcribe", owner="anna"), self.now)
        self.end: Job | None = None
        self.committed: list[str] = []

    def live(self, token: str) -> bool:
        lease = self.job.lease
        return self.job.state is State.RUNNING and lease is not None and lease.token == token

    def apply(self, rule: Rule) -> bool:
        try:
            after = rule(self.job, self.now)
        except JobError:
            return False
        assert after.version >= self.job.version
        self.job = after
        return True

    def apply_with(self, token: str, rule: Rule) -> None:
        """Apply what needs a lease; it works with the live token only."""
        live, before = self.live(token), self.job
        try:
            self.job = rule(self.job, self.now)
        except LeaseLostError:
            assert not live
            assert self.job is before
        else:
            assert live or self.job is before

    @rule(seconds=st.sampled_from([0.5, 5, 21, 100]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(token=TOKENS, alone=st.booleans())
    def somebody_claims(self, token: str, alone: bool) -> None:
        free = self.job.state is State.QUEUED and self.job.due <= self.now
        lease = rules.lease("w", token, LEASE, alone=alone or self.job.alone)
        assert self.apply(lease) == free

    @rule(token=TOKENS)
    def somebody_renews(self, token: str) -> None:
        self.apply_with(token, rules.renew(token, LEASE))

    @rule(token=TOKENS, groups=st.integers(0, 3))
    def somebody_reports(self, token: str, groups: int) -> None:
        self.apply_with(token, rules.report(token, groups=groups, progress=groups / 3))

    @rule(token=TOKENS)
    def somebody_completes(self, token: str) -> None:
        live = self.live(token)
        result = Result(key=token, sha256="", size=0)
        self.apply_with(token, rules.complete(token, result, expires_in=None))
        if live and self.job.state is State.COMPLETE:
            self.committed.append(token)

    @rule(token=TOKENS, retry=st.sampled_from(["permanent", "transient", "resource"]))
    def somebody_fails(self, token: str, retry: str) -> None:
        failure = Failure(message="", code="error", retry=retry)
        self.apply_with(token, rules.fail(token, failure, expires_in=None))

    @rule(token=TOKENS, charged=st.booleans())
    def somebody_hands_it_back(self, token: str, charged: bool) -> None:
        self.apply_with(token, rules.release(token, alone=charged, charged=charged))

    @rule(token=TOKENS)
    def somebody_stops(self, token: str) -> None:
        asked = self.job.cancel_asked
        try:
            self.apply_with(token, rules.stop(token, None))
        except JobConflictError:
            assert not asked

    @rule()
    def the_owner_cancels(self) -> None:
        ended = self.job.state.final
        assert self.apply(rules.ask_cancel(None)) == (not ended)

    @rule()
    def somebody_sweeps(self) -> None:
        lease = self.job.lease
        ended = lease is not None and lease.until < self.now
        before = self.job
        self.apply(rules.expire)
        assert (self.job is before) == (not ended)
        assert not ended or self.job.state is not State.RUNNING

    @precondition(lambda self: self.job.state in {State.FAILED, State.CANCELLED})
    @rule()
    def an_administrator_begins_it_anew(self) -> None:
        assert self.apply(rules.requeue())
        self.end = None

    @invariant()
    def a_job_ends_once(self) -> None:
        if self.end is not None:
            assert (self.job.state, self.job.result) == (self.end.state, self.end.result)
        elif self.job.state.final:
            self.end = self.job
        assert len(self.committed) <= 1

    @invariant()
    def the_result_is_the_committed_one(self) -> None:
        assert (self.job.result is not None) == (self.job.state is State.COMPLETE)
        if self.job.result is not None:
            assert [self.job.result.key] == self.committed

    @invariant()
    def a_live_job_waits_or_is_leased(self) -> None:
        assert (self.job.lease is not None) == (self.job.state is State.RUNNING)
        assert (self.job.finished is not None) == self.job.state.final

    @invariant()
    def attempts_are_few(self) -> None:
        assert 0 <= self.job.attempt <= rules.MAX_ATTEMPTS
        assert self.job.attempt <= self.job.claims

    @invariant()
    def whoever_asked_to_cancel_gets_no_result(self) -> None:
        assert not (self.job.cancel_asked and self.job.state in {State.COMPLETE, State.QUEUED})


TestOneJob = OneJob.TestCase
TestOneJob.settings = settings(max_examples=60, stateful_step_count=40)
