"""Any order of loans, returns, sweeps and failures keeps the books right."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from residency_machine import MB, Machine, Model

from hansard.errors import DoesNotFitError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

SIZES = {"a": MB, "b": 2 * MB, "c": 3 * MB, "d": 4 * MB, "e": 6 * MB, "f": 11 * MB}
ROOM = 10 * MB
IDLE = 60


class Lending(RuleBasedStateMachine):
    """One thread does all it may; a plain model of the books predicts each outcome."""

    @initialize(models=st.integers(1, 4), policy=st.sampled_from(["resident", "sequential"]))
    def start(self, models: int, policy: str) -> None:
        """An empty machine."""
        self.sequential = policy == "sequential"
        self.limit = 1 if self.sequential else models
        self.machine = Machine(room=ROOM, models=self.limit)
        self.residents = self.machine.residents(
            residency=policy, max_cached_models=models, model_idle_seconds=IDLE
        )
        self.loans: list[tuple[AbstractContextManager[Model], Model]] = []
        self.last: dict[str, float] = {}
        """When each model in memory was last returned; the order is that of use."""

    def lent(self) -> set[str]:
        """The models that are in use."""
        return {model.key for _, model in self.loans}

    def expire(self, but: str = "") -> None:
        """Forget what a sweep unloads."""
        for key, since in list(self.last.items()):
            if key not in self.lent() and key != but and self.machine.now - since >= IDLE:
                del self.last[key]

    def admit(self, key: str) -> bool:
        """Forget what is evicted for a model; False = it is refused."""
        idle = [old for old in self.last if old not in self.lent()]
        while idle and not self.fits(key):
            del self.last[idle.pop(0)]
        return self.fits(key)

    def fits(self, key: str) -> bool:
        """Whether it can be loaded beside what is in memory."""
        size = sum(SIZES[held] for held in self.last) + SIZES[key]
        return len(self.last) < self.limit and size <= ROOM

    @rule(key=st.sampled_from(sorted(SIZES)))
    def borrow(self, key: str) -> None:
        """A loan loads at most once, evicts in the order of use, and is refused only with cause."""
        self.expire(but=key)
        before, known = len(self.machine.history), key in self.last
        loan = self.machine.lend(self.residents, key, SIZES[key])
        kept = dict(self.last)
        if known or self.admit(key):
            model = loan.__enter__()
            self.loans.append((loan, model))
            assert model.key == key
            assert not model.closed
            assert self.machine.history[before:].count(f"+{key}") == (not known)
            self.last.setdefault(key, self.machine.now)
        else:
            with pytest.raises(DoesNotFitError):
                loan.__enter__()
            self.last = kept

    @rule(key=st.sampled_from(sorted(SIZES)))
    def fail(self, key: str) -> None:
        """A load that fails leaves nothing; a model in memory is not loaded, so cannot fail."""
        if key in self.last:
            return
        self.expire()
        kept = dict(self.last)
        expected: type[Exception] = ZeroDivisionError
        if not self.admit(key):
            self.last, expected = kept, DoesNotFitError

        def load() -> Model:
            raise ZeroDivisionError

        with (
            pytest.raises(expected),
            self.residents.lend(key, SIZES[key], load, self.machine.close),
        ):
            pass

    @precondition(lambda self: self.loans)
    @rule(data=st.data(), broken=st.booleans())
    def give_back(self, data: st.DataObject, broken: bool) -> None:
        """A loan ends, perhaps by an error, which passes through."""
        loan, model = self.loans.pop(data.draw(st.integers(0, len(self.loans) - 1)))
        error = ZeroDivisionError() if broken else None
        assert not loan.__exit__(type(error) if error else None, error, None)
        del self.last[model.key]
        if not self.sequential or model.key in self.lent():
            self.last[model.key] = self.machine.now

    @rule(seconds=st.sampled_from([1, 30, 60]))
    def pass_time(self, seconds: int) -> None:
        """Time goes by."""
        self.machine.now += seconds

    @rule()
    def sweep(self) -> None:
        """A sweep unloads those that are idle too long, and names them."""
        before = set(self.last)
        self.expire()
        assert set(self.residents.sweep()) == before - set(self.last)

    @invariant()
    def books_are_right(self) -> None:
        """What is in memory is what the books and the prediction say, within all limits."""
        listed = self.residents.residents()
        assert [one.key for one in listed] == list(self.last)
        assert self.machine.held == {key: SIZES[key] for key in self.last}
        assert len(listed) <= self.limit
        assert sum(one.bytes for one in listed) <= ROOM
        assert not any(model.closed for _, model in self.loans)
        for one in listed:
            assert one.borrowers == [model.key for _, model in self.loans].count(str(one.key))
            assert one.loads == self.machine.history.count(f"+{one.key}")

    def teardown(self) -> None:
        """Everything can be returned and closed."""
        if not hasattr(self, "loans"):
            return
        for loan, _ in self.loans:
            loan.__exit__(None, None, None)
        self.residents.close()
        assert self.machine.held == {}


Lending.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestLending = Lending.TestCase
