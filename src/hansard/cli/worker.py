"""`hansard worker`: works on jobs that others submit."""

import asyncio
import json
import os
import sys

from hansard.cli.flags import WORKING, with_options
from hansard.cli.main import DONE, FAILED, tell
from hansard.errors import HansardError
from hansard.jobs.bells import PipeBell
from hansard.server.embedded import CANNOT_START
from hansard.server.logs import set_up_logs
from hansard.settings import Options, override
from hansard.wiring.stores import open_redis_bell
from hansard.wiring.worker import work


@with_options(*WORKING)
def worker(*, verbose: bool = False, options: Options) -> int:
    """Work on jobs until told to stop; unfinished ones are handed back, and go on elsewhere.

    Parameters
    ----------
    verbose
        Log everything that Hansard does.
    """
    bell = open_redis_bell(options, "worker")
    set_up_logs(options, verbose=verbose)
    asyncio.run(work(options, bell))
    return DONE


def main() -> int:
    """The worker of `hansard serve`: its settings are the first line of its standard input."""
    greeting = _read_line(0)
    if not greeting:
        return FAILED
    options = override(Options(), json.loads(greeting)["options"])
    set_up_logs(options)
    out = os.dup(1)
    os.dup2(2, 1)
    try:
        asyncio.run(work(options, PipeBell(0, out)))
    except HansardError as error:
        tell(error)
        return FAILED if error.retry == "transient" else CANNOT_START
    return DONE


def _read_line(pipe: int) -> bytes:
    """One line and not a byte more: what follows are rings."""
    line = bytearray()
    while (byte := os.read(pipe, 1)) not in {b"", b"\n"}:
        line += byte
    return bytes(line)


if __name__ == "__main__":
    sys.exit(main())
