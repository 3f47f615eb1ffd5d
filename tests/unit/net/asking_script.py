"""Asks every hostile address with a real client, and tells whom it tried to connect to.

Run in a process of its own, because an audit hook stays for good. The hook sees each connection
that Python is about to make, notes the peer and forbids it, so nothing leaves the machine. Prints
JSON: what came of each address, and the peers.
"""

import json
import socket
import sys
from collections.abc import Sequence
from itertools import count

import hostile_addresses as corpus
import httpx2

from hansard.errors import AddressRefusedError, FetchError
from hansard.net.client import new_client

HONEST = ["https://example.com/", "http://[2606:4700:4700::1111]/", "http://134744072/"]
PRIVATE = corpus.addresses([*corpus.PRIVATE4, *corpus.NEVER4], corpus.PRIVATE6 + corpus.NEVER6)
PUBLIC = "93.184.216.34"
peers: list[str] = []
flips = count()


def watch(event: str, args: tuple[object, ...]) -> None:
    """Note whom a socket is about to reach, and forbid it."""
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = args[1]
        peers.append(str(address[0]) if isinstance(address, tuple) else repr(address))
        raise ConnectionRefusedError("forbidden by the test")


def resolve(host: str, port: int) -> Sequence[str]:
    """A name service in an attacker's hand; spelled-out addresses are read by the system."""
    name, _, zone = host.partition(".")
    if zone == "flip.example":
        return [PUBLIC] if next(flips) % 2 == 0 else ["127.0.0.1"]
    if zone == "mixed.example":
        return [PUBLIC, PRIVATE[int(name)]]
    if zone == "private.example":
        return [PRIVATE[int(name)]]
    if host.endswith("example.com"):
        return [PUBLIC]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(address[0]) for *_, address in found]


def ask(client: httpx2.Client, url: str) -> str:
    """What comes of asking."""
    try:
        client.get(url)
    except (AddressRefusedError, httpx2.InvalidURL):
        return "refused"
    except FetchError:
        return "blocked"
    except Exception as error:  # noqa: BLE001 - told to the test
        return f"{type(error).__name__} from {url}: {error}"
    return "passed"


def main() -> None:
    """Ask them all."""
    sys.addaudithook(watch)
    every = range(len(PRIVATE))
    with new_client(resolve=resolve) as client:
        told = {
            "hostile": [ask(client, url) for url in corpus.urls()],
            "names": [ask(client, f"http://{n}.private.example/") for n in every],
            "mixed": [ask(client, f"http://{n}.mixed.example/") for n in every],
            "flips": [ask(client, f"http://{n}.flip.example/") for n in range(40)],
            "honest": [ask(client, url) for url in HONEST],
            "peers": peers,
        }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
