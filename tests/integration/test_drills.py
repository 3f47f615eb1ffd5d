"""The fault drills in their short form; `bench/drills/run.py` has the long one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hansard.testing.redis_server import find_redis_server

RUN = Path(__file__).parents[2] / "bench" / "drills" / "run.py"
SHORT = {
    "kills": ["d1", "--jobs", "6", "--kills", "3", "--gap", "1"],
    "disk full": ["d5", "--rounds", "4"],
    "drops": ["d7", "--drops", "60"],
    "slow clients": ["d8", "--clients", "20", "--seconds", "40"],
    "fuzzed uploads": ["d9", "--uploads", "40"],
    "bombs": ["d10"],
    "pollers": ["d11", "--pollers", "50", "--seconds", "3", "--length", "600"],
    "many uploads": ["d12", "--uploads", "48", "--megabytes", "4"],
    "cancels": ["d19", "--cancels", "4", "--length", "900"],
    "fairness": ["fairness", "--jobs", "4", "--length", "600"],
}
CLUSTER = {
    "kills in a cluster": ["d1", "--jobs", "6", "--kills", "3", "--gap", "1", "--mode", "cluster"],
    "Redis away": ["d3", "--jobs", "2", "--seconds", "24", "--length", "900"],
}


def drill(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, str(RUN), *arguments, "--untimed"],
        capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["kept"]


@pytest.mark.parametrize("name", SHORT)
def test_the_promise_of_a_drill_is_kept(name: str) -> None:
    """What is promised under this fault is kept, whatever the clock says."""
    if name == "disk full" and os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    drill(SHORT[name])


@pytest.mark.system
@pytest.mark.skipif(find_redis_server() is None, reason="redis-server is not installed")
@pytest.mark.parametrize("name", CLUSTER)
def test_the_promise_of_a_drill_is_kept_in_a_cluster(name: str) -> None:
    """What is promised under this fault is kept where jobs lie in Redis."""
    drill(CLUSTER[name])
