"""Turns at a model."""

import threading
import time

from hansard.models.residency.turns import Turns


def test_the_most_urgent_goes_next_then_the_earliest() -> None:
    """Whoever waits is served by priority, and within one priority in the order of asking."""
    turns = Turns(1)
    served: list[str] = []
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.take(1):
            holding.set()
            release.wait(10)

    def work(name: str, priority: int) -> None:
        with turns.take(priority):
            served.append(name)

    threads = [threading.Thread(target=hold)]
    threads[0].start()
    holding.wait(10)
    for name, priority in (("bulk", 2), ("first", 1), ("second", 1), ("urgent", 0)):
        threads.append(threading.Thread(target=work, args=(name, priority)))
        threads[-1].start()
        while len(turns._line) < len(threads) - 1:
            time.sleep(0.001)
    release.set()
    for thread in threads:
        thread.join(10)
    assert served == ["urgent", "first", "second", "bulk"]


def test_no_more_than_so_many_hold_a_turn() -> None:
    """With two turns, two work at once, and never three."""
    turns = Turns(2)
    now, most = [0], [0]
    lock = threading.Lock()

    def work() -> None:
        for _ in range(20):
            with turns.take(1):
                with lock:
                    now[0] += 1
                    most[0] = max(most[0], now[0])
                time.sleep(0.0005)
                with lock:
                    now[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most[0] == 2
