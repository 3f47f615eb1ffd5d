"""Places for uploads, their pace, their names, and the file that one becomes."""

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import DiskFullError, QueueFullError
from hansard.jobs.options import ServiceOptions
from hansard.jobs.threads import Threads
from hansard.server.uploads import (
    BUFFER,
    WINDOW,
    Gate,
    Incoming,
    Pace,
    check_room,
    display_name,
)


@pytest.fixture
def threads() -> Iterator[Threads]:
    pool = Threads("test", 2)
    yield pool
    pool.close()


def test_a_full_gate_turns_away_and_opens_again() -> None:
    """A place is free again however the upload ended."""
    gate = Gate(1)
    with gate.enter(), pytest.raises(QueueFullError), gate.enter():
        pass
    with pytest.raises(ZeroDivisionError), gate.enter():
        _ = 1 / 0
    with gate.enter():
        assert gate.inside == 1


def run_pace(pace: Pace, steps: list[tuple[int, float]]) -> float | None:
    """Seconds of waiting after which the client is cut; None where it is not."""
    waited = 0.0
    for size, seconds in steps:
        waited += seconds
        pace.came(size, seconds)
        if pace.too_slow():
            return waited
    return None


def test_silence_is_cut_after_half_a_minute() -> None:
    """Whatever came before, and whatever the floor is."""
    assert run_pace(Pace(0), [(10**9, 1), (0, 15), (0, 14.9)]) is None
    assert run_pace(Pace(0), [(10**9, 1), (0, 15), (0, 15)]) == pytest.approx(31)


def test_a_trickle_is_cut_after_half_a_minute() -> None:
    """A byte a second is below any floor, but everybody has the whole window to show better."""
    assert run_pace(Pace(10_240), [(1, 1.0)] * 100) == pytest.approx(WINDOW)
    assert run_pace(Pace(0), [(1, 1.0)] * 100) is None


def test_who_is_fast_enough_stays() -> None:
    """Just above the floor, for as long as it takes."""
    assert run_pace(Pace(1000), [(1001, 1.0)] * 500) is None


def test_who_grows_slow_is_cut() -> None:
    """The past does not count for ever."""
    cut = run_pace(Pace(1000), [(100_000, 1.0)] * 10 + [(10, 1.0)] * 100)
    assert cut is not None
    assert WINDOW <= cut <= 10 + WINDOW


@given(st.lists(st.tuples(st.integers(0, 10**6), st.floats(0, 5)), max_size=100))
def test_waiting_is_always_possible(steps: list[tuple[int, float]]) -> None:
    """There is always some time to wait, and never more than the window."""
    pace = Pace(5000)
    for size, seconds in steps:
        pace.came(size, seconds)
        assert 0 < pace.patience() <= WINDOW


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("talk.mp3", "talk.mp3"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\talk.mp3", "talk.mp3"),
        ("..", "upload"),
        ("", "upload"),
        (None, "upload"),
        ("a\r\nSet-Cookie: x", "a\\r\\nSet-Cookie: x"),
        ("\u202egpj.wav", "\\u202egpj.wav"),
    ],
)
def test_names_are_made_harmless(given_name: str | None, shown: str) -> None:
    """Only the last part is shown, on one line, read in one direction."""
    assert display_name(given_name) == shown


@given(st.text(max_size=400))
def test_no_name_is_a_path_or_two_lines(name: str) -> None:
    """Whatever a client calls its file."""
    shown = display_name(name)
    assert shown
    assert "/" not in shown
    assert shown.isprintable()
    assert len(shown) <= 160


def test_a_file_arrives_whole(tmp_path: Path, threads: Threads) -> None:
    """Its bytes, its size and its hash are those that came; then it is gone when discarded."""
    content = b"0123456789abcdef" * (BUFFER // 8)

    async def receive() -> None:
        incoming = Incoming(ServiceOptions(free_disk_mb=0), tmp_path, threads)
        for start in range(0, len(content), 60_000):
            await incoming.take(content[start : start + 60_000])
        await incoming.finish()
        assert incoming.path.read_bytes() == content
        assert incoming.path.stat().st_mode & 0o077 == 0
        assert incoming.sha256 == hashlib.sha256(content).hexdigest()
        assert incoming.size == len(content)
        await incoming.discard()
        await incoming.discard()

    asyncio.run(receive())
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_short_disk_is_told_before_it_is_full(tmp_path: Path, threads: Threads) -> None:
    """The floor stays free, and what came so far can be removed."""

    async def receive() -> None:
        incoming = Incoming(ServiceOptions(free_disk_mb=1_048_576), tmp_path, threads)
        await incoming.take(b"x")
        with pytest.raises(DiskFullError):
            await incoming.finish()
        await incoming.discard()

    asyncio.run(receive())
    assert list((tmp_path / "incoming").iterdir()) == []


def test_room_is_looked_for_where_the_folder_will_be(tmp_path: Path) -> None:
    """A folder that is not there yet lies on its parent's disk."""
    check_room(tmp_path / "not" / "yet", 1, 0)
    with pytest.raises(DiskFullError):
        check_room(tmp_path / "not" / "yet", 2**62, 0)
