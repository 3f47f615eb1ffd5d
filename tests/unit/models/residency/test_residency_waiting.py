"""Waiting for room: who waits, for how long, in which order, and who is refused."""

import threading

import pytest
from residency_machine import MB, Borrower, Crew, Machine, Model, until

from hansard.errors import DoesNotFitError, EngineError
from hansard.models.residency import Residents


@pytest.fixture
def crew() -> Crew:
    """Threads that borrow."""
    return Crew()


def test_who_finds_only_lent_models_in_the_way_waits(crew: Crew) -> None:
    """It gets its model as soon as enough has come back."""
    machine = Machine(room=10 * MB)
    residents = machine.residents()
    first = Borrower(crew, machine, residents)
    second = Borrower(crew, machine, residents)
    first.borrow("a", 6 * MB)
    first.has.wait()
    job = second.borrow("b", 6 * MB)
    until(lambda: residents.waiting == 1)
    assert machine.history == ["+a"]
    first.may_return.set()
    second.may_return.set()
    assert job.result().key == "b"
    assert machine.history == ["+a", "-a", "+b"]


@pytest.mark.parametrize("timeout", [0.0, 0.02])
def test_a_wait_can_be_limited(crew: Crew, timeout: float) -> None:
    """When its time is over it is refused, and whoever is lent the room keeps it."""
    machine = Machine(room=10 * MB)
    residents = machine.residents()
    first = Borrower(crew, machine, residents)
    job = first.borrow("a", 6 * MB)
    first.has.wait()
    refused = rf"'b' found no room within {timeout:g} s \(6 MB needed, 4 MB free of 10 MB"
    with (
        pytest.raises(DoesNotFitError, match=refused),
        machine.lend(residents, "b", 6 * MB, timeout),
    ):
        pass
    assert residents.waiting == 0
    first.may_return.set()
    assert not job.result().closed


def test_who_needs_no_wait_needs_no_time() -> None:
    """A limit of zero seconds is no hindrance where there is room."""
    machine = Machine()
    residents = machine.residents()
    with machine.lend(residents, "a", timeout=0), machine.lend(residents, "a", timeout=0):
        assert machine.history == ["+a"]


def test_threads_that_wait_for_each_other_are_untangled(crew: Crew) -> None:
    """Of two that hold one model and want a third, one is refused and the other served."""
    machine = Machine(room=10 * MB)
    residents = machine.residents()
    borrowers = [Borrower(crew, machine, residents) for _ in "ab"]
    jobs = [
        borrower.borrow(key, 5 * MB, then="c")
        for borrower, key in zip(borrowers, "ab", strict=True)
    ]
    for borrower in borrowers:
        borrower.has.wait()
    for borrower in borrowers:
        borrower.may_return.set()
    errors = [job.exception() for job in jobs]
    assert [type(error) for error in errors if error] == [DoesNotFitError]
    assert machine.history.count("+c") == 1


def test_a_wait_that_another_thread_can_end_is_no_deadlock(crew: Crew) -> None:
    """A thread that holds a loan waits for one that works, however many others wait as well."""
    machine = Machine(room=10 * MB)
    residents = machine.residents()
    works, holds, fresh = (Borrower(crew, machine, residents) for _ in range(3))
    works_job = works.borrow("a", 5 * MB)
    works.has.wait()
    holds_job = holds.borrow("b", 5 * MB, then="c")
    holds.has.wait()
    fresh_job = fresh.borrow("d", 5 * MB)
    until(lambda: residents.waiting == 1)
    holds.may_return.set()
    until(lambda: residents.waiting == 2)
    works.may_return.set()
    fresh.may_return.set()
    assert [job.result().key for job in (works_job, holds_job, fresh_job)] == ["a", "b", "d"]
    assert {"+c", "+d"} <= set(machine.history)


def test_a_thread_that_is_about_to_wake_can_end_a_wait(crew: Crew) -> None:
    """Room that came back a moment ago counts, even if the one who waited still sleeps."""
    machine = Machine(room=12 * MB)
    residents = machine.residents(max_cached_models=9)
    other = Borrower(crew, machine, residents)
    job = other.borrow("a", 4 * MB, then="e")
    other.has.wait()
    with machine.lend(residents, "b", 4 * MB):
        with machine.lend(residents, "c", 4 * MB):
            other.may_return.set()
            until(lambda: residents.waiting == 1)
            residents._books._changed.acquire()  # keeps the other asleep when "c" comes back
        with machine.lend(residents, "d", 8 * MB):
            residents._books._changed.release()
    job.result()
    assert machine.history == ["+a", "+b", "+c", "-c", "+e", "-e", "-a", "+d"]


class SlowToClose:
    """A model in a machine's memory, idle, whose unloading another thread has begun."""

    def __init__(self, crew: Crew, machine: Machine, residents: Residents[Model]) -> None:
        self.begun = threading.Event()
        self.may_go = threading.Event()

        def close(model: Model) -> None:
            self.begun.set()
            self.may_go.wait()
            machine.close(model)

        with residents.lend("slow", 5 * MB, lambda: machine.load("slow", 5 * MB), close):
            pass
        machine.now += 1e6
        self.sweep = crew.submit(residents.sweep)
        self.begun.wait()


def test_a_model_on_its_way_out_is_not_lent(crew: Crew) -> None:
    """Whoever asks for it meanwhile waits until it is gone, and loads it anew."""
    machine = Machine(room=10 * MB)
    residents = machine.residents()
    slow = SlowToClose(crew, machine, residents)
    borrower = Borrower(crew, machine, residents)
    borrower.may_return.set()
    job = borrower.borrow("slow", 5 * MB)
    until(lambda: residents.waiting == 1)
    assert [one.state for one in residents.residents()] == ["closing"]
    slow.may_go.set()
    assert not job.result().closed
    assert slow.sweep.result() == ("slow",)
    assert machine.history == ["+slow", "-slow", "+slow"]


def test_a_model_on_its_way_out_is_worth_waiting_for(crew: Crew) -> None:
    """A thread with a loan is not refused where room is about to become free."""
    machine = Machine(room=10 * MB)
    residents = machine.residents()
    slow = SlowToClose(crew, machine, residents)
    borrower = Borrower(crew, machine, residents)
    borrower.may_return.set()
    job = borrower.borrow("a", 5 * MB, then="b")
    until(lambda: residents.waiting == 1)
    slow.may_go.set()
    job.result()
    assert machine.history == ["+slow", "+a", "-slow", "+b"]


def test_those_who_wait_are_served_in_turn(crew: Crew) -> None:
    """A steady demand for the model in memory does not starve the one who wants another."""
    machine = Machine(models=1)
    residents = machine.residents(residency="sequential")
    first, second, third = (Borrower(crew, machine, residents) for _ in range(3))
    first.borrow("a")
    first.has.wait()
    waits = second.borrow("b")
    until(lambda: residents.waiting == 1)
    late = third.borrow("a")
    until(lambda: residents.waiting == 2)
    for borrower in (first, second, third):
        borrower.may_return.set()
    waits.result()
    late.result()
    assert machine.history == ["+a", "-a", "+b", "-b", "+a", "-a"]


def test_who_holds_a_loan_passes_the_line(crew: Crew) -> None:
    """It may be the one the line waits for, so it gets what fits although others wait."""
    machine = Machine(room=10 * MB)
    residents = machine.residents()
    first, second = (Borrower(crew, machine, residents) for _ in range(2))
    job = first.borrow("a", 5 * MB, then="ab")
    first.has.wait()
    second.may_return.set()
    waits = second.borrow("large", 10 * MB)
    until(lambda: residents.waiting == 1)
    first.may_return.set()
    job.result()
    waits.result()
    assert machine.history == ["+a", "+b", "-b", "-a", "+large"]


def test_closing_wakes_those_who_wait(crew: Crew) -> None:
    """They are told that nothing is lent any more, and the lent model goes when it comes back."""
    machine = Machine(models=1)
    residents = machine.residents(max_cached_models=1)
    first, second = (Borrower(crew, machine, residents) for _ in range(2))
    job = first.borrow("a")
    first.has.wait()
    waits = second.borrow("b")
    until(lambda: residents.waiting == 1)
    residents.close()
    assert isinstance(waits.exception(), EngineError)
    first.may_return.set()
    job.result()
    assert machine.history == ["+a", "-a"]


def test_a_budget_that_grows_is_noticed_by_those_who_wait(crew: Crew) -> None:
    """Nobody announces free memory, so those who wait look again by themselves."""
    machine = Machine(room=10 * MB)
    residents = machine.residents()
    first, second = (Borrower(crew, machine, residents) for _ in range(2))
    job = first.borrow("a", 6 * MB)
    first.has.wait()
    second.may_return.set()
    waits = second.borrow("b", 6 * MB)
    until(lambda: residents.waiting == 1)
    machine.room = 12 * MB
    assert waits.result().key == "b"
    first.may_return.set()
    assert not job.result().closed
