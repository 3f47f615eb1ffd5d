"""Many threads at once: one load for all of them, and storms of loans."""

import random
import threading

import pytest
from residency_machine import MB, Crew, Machine, Model, until

from hansard.errors import Cancelled, DoesNotFitError

THREADS = 8


@pytest.fixture
def crew() -> Crew:
    """Threads that borrow."""
    return Crew()


def test_threads_that_ask_at_once_share_one_load(crew: Crew) -> None:
    """One of them loads, all get the same object."""
    machine = Machine()
    residents = machine.residents()
    together = threading.Barrier(THREADS)

    def load() -> Model:
        until(lambda: residents.residents()[0].borrowers == THREADS)
        return machine.load("a", MB)

    def work() -> Model:
        together.wait()
        with residents.lend("a", MB, load, machine.close) as model:
            return model

    models = [job.result() for job in [crew.submit(work) for _ in range(THREADS)]]
    assert all(model is models[0] for model in models)
    assert machine.history == ["+a"]


def test_a_failing_load_raises_in_all_who_wait_for_it(crew: Crew) -> None:
    """Nobody tries again on its own, and nothing stays behind."""
    machine = Machine()
    residents = machine.residents()
    attempts: list[int] = []

    def load() -> Model:
        attempts.append(1)
        until(lambda: residents.residents()[0].borrowers == THREADS)
        raise ZeroDivisionError

    def work() -> None:
        with residents.lend("a", MB, load, machine.close):
            pass

    jobs = [crew.submit(work) for _ in range(THREADS)]
    assert all(isinstance(job.exception(), ZeroDivisionError) for job in jobs)
    assert len(attempts) == 1
    assert residents.residents() == ()


def test_whoever_cancels_a_load_cancels_only_itself(crew: Crew) -> None:
    """The others who waited for it load the model themselves, once."""
    machine = Machine()
    residents = machine.residents()
    started = threading.Event()

    def cancelled() -> Model:
        started.set()
        until(lambda: residents.residents()[0].borrowers == THREADS)
        raise Cancelled

    def first() -> None:
        with residents.lend("a", MB, cancelled, machine.close):
            pass

    def other() -> Model:
        started.wait()
        with machine.lend(residents, "a") as model:
            return model

    job = crew.submit(first)
    others = [crew.submit(other) for _ in range(THREADS - 1)]
    assert isinstance(job.exception(), Cancelled)
    assert len({id(other.result()) for other in others}) == 1
    assert machine.history == ["+a"]


def test_a_load_holds_up_nobody_who_wants_another_model(crew: Crew) -> None:
    """While one model loads another can be loaded, lent and returned."""
    machine = Machine()
    residents = machine.residents()
    go_on = threading.Event()

    def load() -> Model:
        go_on.wait()
        return machine.load("slow", MB)

    def work() -> None:
        with residents.lend("slow", MB, load, machine.close):
            pass

    job = crew.submit(work)
    until(lambda: len(residents.residents()) == 1)
    with machine.lend(residents, "quick"):
        states = {one.key: one.state for one in residents.residents()}
    go_on.set()
    job.result()
    assert states == {"slow": "loading", "quick": "ready"}


@pytest.mark.parametrize("policy", ["resident", "sequential"])
def test_a_crowd_keeps_within_the_limits(crew: Crew, policy: str) -> None:
    """Under a storm of loans nothing in use is closed, and the machine is never overfilled."""
    models = 1 if policy == "sequential" else 3
    machine = Machine(room=8 * MB, models=models)
    residents = machine.residents(residency=policy, max_cached_models=3)
    sizes = {"a": 1, "b": 2, "c": 3, "d": 5, "e": 8}

    def work(seed: int) -> int:
        draw = random.Random(seed)
        for _ in range(60):
            key = draw.choice("abcde")
            with machine.lend(residents, key, sizes[key] * MB) as model:
                assert model.key == key
                if draw.random() < 0.2:
                    residents.sweep()
                assert not model.closed
        return seed

    seeds = list(range(THREADS))
    assert [job.result() for job in [crew.submit(work, seed) for seed in seeds]] == seeds
    assert all(one.borrowers == 0 for one in residents.residents())
    assert residents.waiting == 0
    residents.close()
    assert machine.held == {}
    assert machine.history.count("+a") == machine.history.count("-a")


def test_a_crowd_with_nested_loans_ends(crew: Crew) -> None:
    """Threads that take two models each are served or refused; none hangs, nothing is left."""
    machine = Machine(room=4 * MB, models=4)
    residents = machine.residents(max_cached_models=4)

    def work(seed: int) -> int:
        draw = random.Random(seed)
        refused = 0
        for _ in range(40):
            outer, inner = draw.choice("abcdef"), draw.choice("abcdef")
            try:
                with machine.lend(residents, outer), machine.lend(residents, inner) as model:
                    assert not model.closed
            except DoesNotFitError:
                refused += 1
        return refused

    refused = [job.result() for job in [crew.submit(work, seed) for seed in range(THREADS)]]
    assert all(count < 40 for count in refused)
    assert residents.waiting == 0
    residents.close()
    assert machine.held == {}
