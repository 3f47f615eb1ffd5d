"""Running the service: what is built, in which order it starts and stops."""

import asyncio
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import uvicorn

from hansard.audio.child_limits import ChildLimits
from hansard.audio.foreign import Nursery
from hansard.errors import NotReadyError, SettingError
from hansard.jobs.ledger import Ledger
from hansard.server.app import make_app
from hansard.server.desk import Desk
from hansard.server.embedded import EmbeddedWorker
from hansard.server.keys import KeyBook
from hansard.server.protocol import serve_config
from hansard.server.service import Service, Watch
from hansard.settings import Options
from hansard.storage.store import Store
from hansard.wiring.stores import open_redis_bell, open_shelf

logger = logging.getLogger(__name__)


def check_door(options: Options) -> None:
    """Refuse to be open to others without asking for keys.

    Raises:
        SettingError: always then.
    """
    if not options.auth and not is_loopback(options.host):
        raise SettingError(
            f"host = {options.host!r} with auth = False: anybody could use the service",
            hint="leave --no-auth away, or listen at 127.0.0.1",
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def listen(options: Options) -> socket.socket:
    """A socket that is bound, so that a port that is taken is told before anything starts.

    Raises:
        SettingError: the address cannot be had.
    """
    try:
        found = socket.getaddrinfo(options.host, options.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        raise SettingError(
            f"cannot listen at {options.host}, port {options.port}: {error.strerror or error}",
            hint="choose another --port; 0 takes any that is free",
        ) from error
    return bound


async def serve(
    options: Options,
    parts: tuple[Ledger, Store, KeyBook],
    bound: socket.socket,
    on_listening: Callable[[Desk], None],
) -> None:
    """Serve until SIGTERM or SIGINT; `on_listening` is called once requests are taken.

    Raises:
        NotReadyError: the worker cannot start.
    """
    ledger, store, keys = parts
    worker = EmbeddedWorker(options) if options.redis_url is None else None
    bell = worker or open_redis_bell(options, "door")
    service = Service(
        options=options,
        ledger=ledger,
        store=store,
        bell=bell,
        watch=Watch(bell),
        keys=keys,
        media=Nursery(ChildLimits(memory_mb=options.media_memory_mb)),
        shelf=open_shelf(options),
    )
    app = make_app(service)
    server = Server(serve_config(app, options))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.leave)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_announce(server, lambda: on_listening(app.state.desk)))
            keeper = group.create_task(_keep(worker, server)) if worker else None
            await server.serve(sockets=[bound])
            if worker is not None:
                await worker.stop()
    finally:
        await service.media.close()
        bell.close()
    if keeper is not None and (error := keeper.result()) is not None:
        raise error


async def _keep(worker: EmbeddedWorker, server: "Server") -> NotReadyError | None:
    """Keep the worker alive; when it cannot start, the service ends."""
    try:
        await worker.run()
    except NotReadyError as error:
        server.leave()
        return error
    return None


class Server(uvicorn.Server):
    """uvicorn, which leaves signals to us: after it, the worker is to be stopped as well."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture none."""
        yield

    def leave(self) -> None:
        """Take no more requests, finish those that run, and end; at once when asked again."""
        self.force_exit = self.should_exit
        self.should_exit = True


async def _announce(server: uvicorn.Server, on_listening: Callable[[], None]) -> None:
    while not server.started:
        if server.should_exit:
            return
        await asyncio.sleep(0.01)
    on_listening()
