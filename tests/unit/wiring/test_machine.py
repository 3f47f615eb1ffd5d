"""What this machine has, and what is chosen for it."""

import pytest

from hansard.errors import SettingError
from hansard.models.engines import PlacementOptions
from hansard.wiring.machine import (
    choose_batch,
    choose_device,
    count_cores,
    count_cuda_devices,
    free_memory,
    inspect_machine,
    place,
    used_memory,
)


def test_auto_takes_what_is_there() -> None:
    """`auto` is CUDA where a device can be used, else the CPU."""
    expected = "cuda" if count_cuda_devices() else "cpu"
    assert choose_device(PlacementOptions()) == expected
    assert choose_device(PlacementOptions(device="cpu")) == "cpu"


@pytest.mark.skipif(count_cuda_devices() > 0, reason="this machine has a CUDA device")
def test_a_device_that_is_not_there_is_refused() -> None:
    """Asking for CUDA without a device is an error that says how many there are."""
    with pytest.raises(SettingError, match="0 usable CUDA devices"):
        place(PlacementOptions(device="cuda"), 0)


def test_everything_is_chosen() -> None:
    """A placement leaves nothing open, and what was asked for is kept."""
    chosen = place(PlacementOptions(device="cpu"), 10**6)
    assert chosen.threads == count_cores()
    assert chosen.compute_type == "int8"
    asked = PlacementOptions(device="cpu", compute_type="float32", threads=3, batch_size=5)
    kept = place(asked, 10**6)
    assert (kept.compute_type, kept.threads, kept.batch) == ("float32", 3, 5)


def test_an_aliases_precision_gives_way_to_the_option() -> None:
    """A model alias may ask for a precision; the option of the same call is stronger."""
    assert place(PlacementOptions(device="cpu"), 0, "float32").compute_type == "float32"
    asked = PlacementOptions(device="cpu", compute_type="int8")
    assert place(asked, 0, "float32").compute_type == "int8"


def test_a_precision_the_device_lacks_is_refused() -> None:
    """CTranslate2 would silently compute something else; here it is an error with the choices."""
    with pytest.raises(SettingError, match="bfloat16") as caught:
        place(PlacementOptions(device="cpu", compute_type="bfloat16"), 0)
    assert "int8" in caught.value.hint


def test_batches_suit_the_model_and_the_device() -> None:
    """Small models take wide batches, large ones narrow ones on a CPU."""
    sizes = [choose_batch("cpu", size) for size in (10**7, 3 * 10**8, 3 * 10**9)]
    assert sizes == sorted(sizes, reverse=True)
    assert choose_batch("cuda", 3 * 10**9) == 16


def test_memory_is_measured() -> None:
    """Free and used memory are real numbers of this machine and this process."""
    machine = inspect_machine()
    assert machine.cores >= 1
    assert used_memory() > 10**7
    free = free_memory("cpu", 0)
    if machine.memory is not None and free is not None:
        assert 0 < free <= machine.memory
