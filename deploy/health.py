"""Is the Hansard in this container well? Leaves with 0 if so: what HEALTHCHECK runs.

A worker is well while the ledger holds a heartbeat of its, not older than a minute, that says it is
ready; `hansard serve` (which is what runs where no Redis is named) while it answers.
"""

# ruff: noqa: INP001 - a script, in no package
import http.client
import socket
import sys

from hansard.errors import HansardError
from hansard.settings import Options, read
from hansard.wiring.stores import open_ledger


def main() -> str | None:
    """Returns what is wrong, or None."""
    options = read().options
    try:
        well = answers(options) if options.redis_url is None else beats(options)
    except (HansardError, OSError, http.client.HTTPException) as error:
        return str(error)
    return None if well else "there is no heartbeat"


def answers(options: Options) -> bool:
    """Whether the service says that it lives."""
    connection = http.client.HTTPConnection("127.0.0.1", options.port, timeout=4)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.client.OK
    finally:
        connection.close()


def beats(options: Options) -> bool:
    """Whether a worker of this host has told the ledger lately that it is ready."""
    here = f"{socket.gethostname()}-"
    ledger = open_ledger(options)
    try:
        return any(note.ready and note.name.startswith(here) for note in ledger.workers())
    finally:
        ledger.close()


if __name__ == "__main__":
    sys.exit(main())
