"""D5: the disk fills up, at whatever moment.

Promise: submits are answered 507, no file is torn, the ledger stays whole, and everything works
again without a restart once there is space. Needs a small file system of its own (`--folder`), or
root to mount one.
"""

import argparse
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
from harness import say

from hansard.testing.service import RunningService, submit, wait_for
from hansard.testing.sounds import repeat_sample
from hansard.work.demonstrate import find_sample


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="a folder on a small file system")
    parser.add_argument("--megabytes", type=int, default=48)


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Do the drill; returns its figures."""
    with ExitStack() as stack:
        outside = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-d5-")))
        folder = given.folder or stack.enter_context(_small_disk(outside / "disk", given.megabytes))
        file = repeat_sample(find_sample("standup").path, 20.0, outside)
        service = stack.enter_context(RunningService(folder, "--free-disk-mb", "0"))
        client = stack.enter_context(service.client())
        calm = wait_for(client, submit(client, file))["results"]["clean_transcript"]
        codes: Counter[int] = Counter()
        healed = wrong = 0
        for number in range(given.rounds):
            codes.update(_fill(client, folder, file, number))
            done = wait_for(client, _submit_again(client, file))
            healed += done["status"] == "COMPLETE"
            wrong += (done.get("results") or {}).get("clean_transcript") != calm
            say(f"round {number + 1}: {dict(codes)}, healed {healed}")
        torn = [str(p) for p in (folder / "data" / "store").rglob("*.json") if not _whole(p)]
        with closing(sqlite3.connect(folder / "data" / "ledger.sqlite3")) as ledger:
            integrity = ledger.execute("PRAGMA integrity_check").fetchone()[0]
        alive = service.api.returncode is None
    return {
        "rounds": given.rounds,
        "answers": {str(code): count for code, count in sorted(codes.items())},
        "healed": healed,
        "wrong_text": wrong,
        "torn": torn,
        "integrity": integrity,
        "alive": alive,
    }


@contextmanager
def _small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    folder.mkdir()
    size = f"size={megabytes}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(client: httpx2.Client, folder: Path, file: Path, number: int) -> list[int]:
    """Submit while the disk fills from nearly full to full; returns the answers."""
    ballast = folder / "ballast"
    codes: list[int] = []
    left = (0, 4096, 65_536, 400_000, 700_000, 1_300_000)[number % 6]
    try:
        with ballast.open("wb", buffering=0) as heavy, suppress(OSError):
            while heavy.write(b"\0" * 65_536):
                pass
        with ballast.open("r+b") as heavy:
            heavy.truncate(max(0, ballast.stat().st_size - left))
        for _ in range(3):
            with file.open("rb") as content:
                answer = client.post("/v1/process", files={"file": ("a.wav", content)})
            codes.append(answer.status_code)
        time.sleep(0.5)
    finally:
        ballast.unlink(missing_ok=True)
    return codes


def _submit_again(client: httpx2.Client, file: Path) -> str:
    deadline = time.monotonic() + 60
    while True:
        with suppress(httpx2.HTTPStatusError):
            return submit(client, file)
        if time.monotonic() > deadline:
            raise TimeoutError("submits are still refused")
        time.sleep(0.5)


def _whole(path: Path) -> bool:
    import json

    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept."""
    answers = set(figures["answers"]) <= {"202", "507"} and "507" in figures["answers"]
    whole = not figures["torn"] and figures["integrity"] == "ok" and figures["alive"]
    return (
        answers and whole and figures["healed"] == figures["rounds"] and not figures["wrong_text"]
    )
