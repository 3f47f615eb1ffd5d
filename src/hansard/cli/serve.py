"""`hansard serve`: the HTTP service."""

import asyncio
import socket
import sys
from collections.abc import Coroutine
from typing import Any

from hansard.cli.flags import WORKING, with_options
from hansard.cli.main import DONE
from hansard.server.desk import Desk
from hansard.server.keys import ALL_SCOPES, KeyBook
from hansard.server.logs import set_up_logs
from hansard.server.running import check_door, listen
from hansard.server.running import serve as run_service
from hansard.settings import Options
from hansard.wiring.stores import open_ledger, open_store


@with_options("Service", *WORKING)
def serve(*, verbose: bool = False, options: Options) -> int:
    """Serve the HTTP interfaces; without --redis-url, a worker comes with it.

    Parameters
    ----------
    verbose
        Log everything that Hansard does.
    """
    check_door(options)
    set_up_logs(options, verbose=verbose)
    ledger, store = open_ledger(options), open_store(options)
    try:
        keys = KeyBook(store, options)
        first = make_first_key(keys) if options.auth else None
        with listen(options) as bound:
            serving = run_service(
                options, (ledger, store, keys), bound, lambda desk: greet(desk, bound, first)
            )
            run_fast(serving)
    finally:
        ledger.close()
    return DONE


def run_fast(serving: Coroutine[Any, Any, None]) -> None:
    """Run it on the faster event loop where there is one."""
    try:
        import uvloop
    except ImportError:  # Windows
        asyncio.run(serving)
    else:
        uvloop.run(serving)


def make_first_key(keys: KeyBook) -> tuple[str, str] | None:
    """A key for whoever starts the service where there is none: its id and its text."""
    if keys.list():
        return None
    key, text = keys.add("first", scopes=ALL_SCOPES)
    return key.id, text


def greet(desk: Desk, bound: socket.socket, first: tuple[str, str] | None) -> None:
    """Say where the service is, and the first key, once."""
    host, port = bound.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}"
    lines = [f"Hansard serves at {address}, its documentation at {address}/docs"]
    if first is not None:
        identity, text = first
        ticket = desk.sessions.ticket_for(identity)
        lines += [
            f"The first key, shown only now: {text}",
            f"To log a browser in, once, within a quarter of an hour: {address}/login/{ticket}",
        ]
    print("\n".join(lines), file=sys.stderr, flush=True)
