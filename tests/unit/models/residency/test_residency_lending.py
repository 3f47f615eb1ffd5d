"""Lending, keeping and unloading models, one caller at a time."""

import gc
import logging
import weakref
from collections.abc import Iterable, Iterator

import pytest
from residency_machine import MB, Machine, Model

from hansard.errors import DoesNotFitError, EngineError
from hansard.models.residency import ResidencyOptions, Resident, Residents


def use(machine: Machine, residents: Residents[Model], keys: Iterable[str], size: int = MB) -> None:
    """Borrow and return one model after another."""
    for key in keys:
        with machine.lend(residents, key, size):
            pass


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Objects die only by their last reference, not by the garbage collector."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_a_model_is_loaded_once_and_kept() -> None:
    """The second loan gets the very object of the first."""
    machine = Machine()
    residents = machine.residents()
    with machine.lend(residents, "a") as first:
        pass
    with machine.lend(residents, "a") as second, machine.lend(residents, "a") as third:
        assert second is first
        assert third is first
    assert machine.history == ["+a"]


def test_the_least_recently_used_goes_first() -> None:
    """With room for two, the one that was returned longest ago is evicted."""
    machine = Machine(models=2)
    residents = machine.residents(max_cached_models=2)
    use(machine, residents, "abacb")
    assert machine.history == ["+a", "+b", "-b", "+c", "-a", "+b"]


def test_it_is_the_return_that_counts_as_use() -> None:
    """A long loan is fresher than a short one that was taken later and ended sooner."""
    machine = Machine()
    residents = machine.residents(max_cached_models=2)
    with machine.lend(residents, "long"):
        use(machine, residents, ["short"])
    use(machine, residents, "c")
    assert machine.history == ["+long", "+short", "-short", "+c"]


def test_a_model_in_use_is_never_evicted() -> None:
    """The oldest model stays as long as it is lent, a younger idle one goes."""
    machine = Machine()
    residents = machine.residents(max_cached_models=2)
    with machine.lend(residents, "a") as held:
        use(machine, residents, "bc")
        assert not held.closed
    assert machine.history == ["+a", "+b", "-b", "+c"]


def test_as_many_go_as_the_budget_asks() -> None:
    """A large model drives out just enough small ones."""
    machine = Machine(room=10 * MB)
    residents = machine.residents(max_cached_models=10)
    use(machine, residents, "abc", 3 * MB)
    use(machine, residents, "d", 5 * MB)
    assert machine.history == ["+a", "+b", "+c", "-a", "-b", "+d"]


@pytest.mark.parametrize("machines", [0, 1000 * MB, None])
def test_the_users_budget_stands_in_for_the_machines(machines: int | None) -> None:
    """`memory_budget_mb` is obeyed whatever the machine says it has."""
    machine = Machine()
    residents: Residents[Model] = Residents(
        ResidencyOptions(memory_budget_mb=4), budget=lambda: machines, measure=machine.used
    )
    with pytest.raises(DoesNotFitError, match=r"5 MB needed, 4 MB free of 4 MB"):
        use(machine, residents, "a", 5 * MB)
    use(machine, residents, "b", 4 * MB)
    assert machine.history == ["+b"]


def test_an_unknown_budget_does_not_bind() -> None:
    """Where nobody knows the memory, only the count limits."""
    machine = Machine(room=None)
    use(machine, machine.residents(), "a", 1 << 60)
    assert machine.history == ["+a"]


def test_what_can_never_fit_is_refused_before_loading() -> None:
    """Nothing is loaded or evicted for it, and the error has the numbers and a hint."""
    machine = Machine(room=10 * MB)
    residents = machine.residents()
    use(machine, residents, "a", 4 * MB)
    with pytest.raises(DoesNotFitError) as caught:
        use(machine, residents, ["huge"], 11 * MB)
    assert str(caught.value) == (
        "model 'huge' does not fit into the memory budget "
        "(11 MB needed, 6 MB free of 10 MB, 1 of 3 models held: 'a' 4 MB idle)"
    )
    assert "memory_budget_mb" in caught.value.hint
    assert machine.history == ["+a"]


def test_a_thread_does_not_wait_for_itself() -> None:
    """Where the caller's own loan stands in the way it is refused at once, not left to hang."""
    machine = Machine(room=10 * MB)
    residents = machine.residents()
    with machine.lend(residents, "a", 6 * MB) as held:
        with pytest.raises(DoesNotFitError, match=r"'b' would wait .* 'a' 6 MB lent to 1"):
            use(machine, residents, "b", 6 * MB)
        assert not held.closed
    use(machine, residents, "b", 6 * MB)
    assert machine.history == ["+a", "-a", "+b"]


def test_a_budget_that_changes_is_heeded() -> None:
    """When others leave the machine less memory, idle models go for the next one."""
    machine = Machine(room=10 * MB)
    residents = machine.residents(max_cached_models=10)
    use(machine, residents, "abc", 3 * MB)
    machine.room = 6 * MB
    use(machine, residents, "d", 2 * MB)
    assert machine.history == ["+a", "+b", "+c", "-a", "-b", "+d"]


def test_a_model_that_lies_idle_is_unloaded_by_the_sweep() -> None:
    """Idle time counts from the last return."""
    machine = Machine()
    residents = machine.residents(model_idle_seconds=60)
    use(machine, residents, "a")
    machine.now += 30
    use(machine, residents, "b")
    machine.now += 30
    assert residents.sweep() == ("a",)
    assert residents.sweep() == ()
    machine.now += 30
    assert residents.sweep() == ("b",)
    assert machine.history == ["+a", "+b", "-a", "-b"]


def test_a_model_in_use_is_not_idle() -> None:
    """However long a loan lasts, its model stays; afterwards its time starts anew."""
    machine = Machine()
    residents = machine.residents(model_idle_seconds=60)
    with machine.lend(residents, "a"):
        machine.now += 1000
        assert residents.sweep() == ()
    assert residents.sweep() == ()
    machine.now += 60
    assert residents.sweep() == ("a",)


def test_idle_time_zero_keeps_models() -> None:
    """With `model_idle_seconds` 0 nothing is unloaded for idleness."""
    machine = Machine()
    residents = machine.residents(model_idle_seconds=0)
    use(machine, residents, "a")
    machine.now += 1e9
    assert residents.sweep() == ()


def test_a_loan_sweeps_the_others_and_not_its_own() -> None:
    """Whoever borrows also unloads what lies idle, but not the model it is about to use."""
    machine = Machine()
    residents = machine.residents(model_idle_seconds=60)
    use(machine, residents, "ab")
    machine.now += 60
    use(machine, residents, "b")
    assert machine.history == ["+a", "+b", "-a"]


def test_sequential_unloads_after_use_even_on_error() -> None:
    """Under `sequential` a model is gone when its last borrower returns it, whatever happened."""
    machine = Machine(models=1)
    residents = machine.residents(residency="sequential")
    with (
        pytest.raises(ZeroDivisionError),
        machine.lend(residents, "a"),
        machine.lend(residents, "a"),
    ):
        raise ZeroDivisionError
    use(machine, residents, "ba")
    assert machine.history == ["+a", "-a", "+b", "-b", "+a", "-a"]
    assert residents.residents() == ()


def test_sequential_refuses_a_second_model_inside_the_first() -> None:
    """One thread cannot have two models under `sequential`, and is told so."""
    machine = Machine(models=1)
    residents = machine.residents(residency="sequential")
    with machine.lend(residents, "a"), pytest.raises(DoesNotFitError) as caught:
        use(machine, residents, "b")
    assert "residency=resident" in caught.value.hint
    assert machine.history == ["+a", "-a"]


def test_an_error_in_the_block_returns_the_loan() -> None:
    """The caller's error passes through, the model stays and can be evicted."""
    machine = Machine()
    residents = machine.residents(max_cached_models=1)
    with pytest.raises(ZeroDivisionError), machine.lend(residents, "a"):
        raise ZeroDivisionError
    assert residents.residents()[0].borrowers == 0
    use(machine, residents, "b")
    assert machine.history == ["+a", "-a", "+b"]


def test_a_failing_load_leaves_nothing() -> None:
    """Its error reaches the caller, its place is free, and the next attempt loads."""
    machine = Machine(room=MB)
    residents = machine.residents()

    def fail() -> Model:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), residents.lend("a", MB, fail, machine.close):
        pass
    assert residents.residents() == ()
    use(machine, residents, "a")
    assert [(one.key, one.loads) for one in residents.residents()] == [("a", 1)]


def test_a_failing_close_frees_the_place(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever wants the next model gets it; the failure is logged."""
    machine = Machine()
    residents = machine.residents(max_cached_models=1)

    def fail(_: Model) -> None:
        raise ZeroDivisionError

    with residents.lend("a", MB, lambda: Model("a", MB), fail):
        pass
    use(machine, residents, "b")
    assert [one.key for one in residents.residents()] == ["b"]
    assert "model a failed to close" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_an_interrupted_close_unloads_the_others() -> None:
    """Ctrl-C while one model closes neither strands the next ones nor keeps its own place."""
    machine = Machine()
    residents = machine.residents()

    def interrupted(_: Model) -> None:
        raise KeyboardInterrupt

    with residents.lend("a", MB, lambda: Model("a", MB), interrupted):
        pass
    use(machine, residents, "b")
    with pytest.raises(KeyboardInterrupt):
        residents.close()
    assert machine.history == ["+b", "-b"]
    assert residents.residents() == ()


def test_closing_unloads_all_and_ends_lending() -> None:
    """Idle models go at once, lent ones when they come back, and new loans are refused."""
    machine = Machine()
    residents = machine.residents()
    use(machine, residents, "a")
    with machine.lend(residents, "b") as held:
        residents.close()
        assert machine.history == ["+a", "+b", "-a"]
        assert not held.closed
        with pytest.raises(EngineError, match="'b' was asked for after all were closed"):
            use(machine, residents, "b")
    assert machine.history == ["+a", "+b", "-a", "-b"]
    residents.close()


def test_memory_before_and_after_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Each load and unload leaves one line with its numbers."""
    caplog.set_level(logging.INFO, "hansard.models.residency")
    machine = Machine()
    residents = machine.residents()
    use(machine, residents, "a", 7 * MB)
    use(machine, residents, "b", 5 * MB)
    residents.close()
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 4
    assert lines[0].startswith("loaded model a in ")
    assert lines[0].endswith(" s: 7 MB expected, memory in use 0 MB before, 7 MB after")
    assert lines[1].endswith(" s: 5 MB expected, memory in use 7 MB before, 12 MB after")
    assert lines[2:] == [
        "unloaded model a: memory in use 12 MB before, 5 MB after",
        "unloaded model b: memory in use 5 MB before, 0 MB after",
    ]


def test_residents_are_listed_with_their_numbers() -> None:
    """Key, bytes, borrowers, last use and loads can be read, the least recently used first."""
    machine = Machine()
    residents = machine.residents(max_cached_models=2)
    use(machine, residents, "bcba")
    machine.now += 5
    with machine.lend(residents, "a"):
        assert residents.residents() == (
            Resident(key="b", state="ready", bytes=MB, borrowers=0, used=1000.0, loads=1),
            Resident(key="a", state="ready", bytes=MB, borrowers=1, used=1005.0, loads=1),
        )
    use(machine, residents, "c")
    assert [(one.key, one.loads) for one in residents.residents()] == [("a", 1), ("c", 2)]


@pytest.mark.usefixtures("no_collector")
def test_an_evicted_model_is_freed() -> None:
    """No reference to it is left behind, so its memory is free without a collection."""
    machine = Machine()
    residents = machine.residents(max_cached_models=1)
    with machine.lend(residents, "a") as model:
        seen = weakref.ref(model)
        del model
    assert seen() is not None
    use(machine, residents, "b")
    assert seen() is None


@pytest.mark.usefixtures("no_collector")
def test_memory_is_measured_when_the_model_is_really_gone(caplog: pytest.LogCaptureFixture) -> None:
    """Most models give their memory back when the last reference dies, so that comes first."""
    caplog.set_level(logging.INFO, "hansard.models.residency")
    alive: weakref.WeakSet[Model] = weakref.WeakSet()

    def load() -> Model:
        model = Model("a", MB)
        alive.add(model)
        return model

    residents: Residents[Model] = Residents(
        ResidencyOptions(residency="sequential"),
        budget=lambda: None,
        measure=lambda: len(alive) * MB,
    )
    with residents.lend("a", MB, load, lambda _: None):
        pass
    assert caplog.messages[-1] == "unloaded model a: memory in use 1 MB before, 0 MB after"


@pytest.mark.usefixtures("no_collector")
def test_what_a_failed_load_had_in_hand_is_freed() -> None:
    """Half a model goes with its error; no circle keeps it."""
    machine = Machine()
    residents = machine.residents()
    seen: list[weakref.ref[Model]] = []

    def fail() -> Model:
        half = Model("a", MB)
        seen.append(weakref.ref(half))
        raise ZeroDivisionError

    def attempt() -> None:
        try:
            with residents.lend("a", MB, fail, machine.close):
                pass
        except ZeroDivisionError:
            pass

    attempt()
    assert seen[0]() is None
