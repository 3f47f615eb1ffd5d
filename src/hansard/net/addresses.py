"""Which web addresses may be asked: those of the public internet, and nothing behind our own door.

A URL is checked for its form by `check_url`; what its host's name stands for is known only when it
is looked up, so each address that the look-up gives is checked again by `check_address`, and the
connection is made to that address (`client.py`).

The tables follow the IANA special-purpose address registries (RFC 6890 and its updates). Python's
own `is_global` is not used: it differs between patch releases and lets addresses through that
carry a private one inside.
"""

import re
import socket
from collections.abc import Iterator
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpx2

from hansard.errors import AddressRefusedError

LONGEST_URL = 8192
PORTS = frozenset({80, 443})
"""The ports that may be asked on the public internet."""
ALLOW_HINT = "the setting allow_private_urls lets loopback and private addresses through"

_NAME = re.compile(r"(?=.{1,253}\.?$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_PUBLIC6 = IPv6Network("2000::/3")

_Table = tuple[tuple[IPv4Network | IPv6Network, str], ...]


def _table(text: str) -> _Table:
    rows = (line.split(maxsplit=1) for line in text.strip().splitlines())
    return tuple((ip_network(network), what) for network, what in rows)


_PRIVATE = _table("""
127.0.0.0/8      a loopback address
10.0.0.0/8       a private address
172.16.0.0/12    a private address
192.168.0.0/16   a private address
100.64.0.0/10    an address inside a provider's network
::1/128          a loopback address
fc00::/7         a private address
""")
"""Let through by `allow_private`."""

_NEVER = _table("""
169.254.169.254/32  the metadata service of a cloud
100.100.100.200/32  the metadata service of a cloud
192.0.0.192/32      the metadata service of a cloud
168.63.129.16/32    the metadata service of a cloud
fd00:ec2::/64       the metadata service of a cloud
fd20:ce::/64        the metadata service of a cloud
0.0.0.0/8           an unspecified address
169.254.0.0/16      a link-local address
192.0.0.0/24        a reserved address
192.0.2.0/24        an address for documentation
192.88.99.0/24      a reserved address
198.18.0.0/15       an address for benchmarks
198.51.100.0/24     an address for documentation
203.0.113.0/24      an address for documentation
224.0.0.0/4         a multicast address
240.0.0.0/4         a reserved address
::/128              an unspecified address
64:ff9b:1::/48      an address of a translator in the local network
fe80::/10           a link-local address
fec0::/10           a site-local address
ff00::/8            a multicast address
2001::/23           a reserved address
2001:db8::/32       an address for documentation
3fff::/20           an address for documentation
""")
"""Refused whatever the settings say."""


def refusal(address: str, *, allow_private: bool = False) -> str:
    """Why this IP address may not be asked; empty where it may.

    An address that carries an IPv4 address inside is judged by that one: IPv4-mapped (RFC 4291),
    6to4 (RFC 3056), Teredo (RFC 4380: the client's and the server's), and NAT64 with its public
    prefix (RFC 6052). Networks that use the local NAT64 prefix (RFC 8215) place the inner address
    as they like, so that prefix is refused whole.
    """
    try:
        outer = ip_address(address)
    except ValueError:
        return "no IP address"
    inner = tuple(_inside(outer)) if isinstance(outer, IPv6Address) else ()
    reasons = (_judge(judged, allow_private=allow_private) for judged in inner or (outer,))
    return next(filter(None, reasons), "")


def check_address(address: str, *, host: str, allow_private: bool = False) -> None:
    """Check one of the addresses that a host's name stands for.

    Raises:
        AddressRefusedError: it may not be asked.
    """
    reason = refusal(address, allow_private=allow_private)
    if reason:
        raise AddressRefusedError(
            f"{host!r} may not be asked: it is {reason}",
            hint="" if allow_private else ALLOW_HINT,
        )


def check_url(url: str | httpx2.URL, *, allow_private: bool = False) -> httpx2.URL:
    """Check all about a URL that can be known without looking its host up; returns it parsed.

    It must be http or https, hold no user name or password, name a host that is a name or an
    address, and a port of `PORTS` (any, with `allow_private`). Addresses are judged here too, in
    every spelling that the system's resolver understands (`127.1`, `0x7f000001`, `2130706433`).

    Raises:
        AddressRefusedError: says what is wrong.
    """
    if len(str(url)) > LONGEST_URL:
        raise AddressRefusedError(f"a web address of more than {LONGEST_URL} characters")
    try:
        parsed = httpx2.URL(url)
        host, port = parsed.raw_host.decode("ascii"), parsed.port
    except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
        raise AddressRefusedError(
            "not a web address", hint="write it as https://host/path"
        ) from error
    if parsed.scheme not in {"http", "https"}:
        raise AddressRefusedError(
            f"a web address of the kind {parsed.scheme[:20]!r} may not be asked",
            hint="only http and https are",
        )
    if parsed.userinfo:
        raise AddressRefusedError("a web address may not hold a user name or password")
    _check_port(port, allow_private=allow_private)
    _check_host(host, allow_private=allow_private)
    return parsed


def shown(url: httpx2.URL) -> str:
    """A URL for messages and logs: no query, because that is where links keep their secrets."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}"[:200]


def _check_port(port: int | None, *, allow_private: bool) -> None:
    allowed = range(1, 65536) if allow_private else PORTS
    if port is not None and port not in allowed:
        raise AddressRefusedError(
            f"port {port} may not be asked", hint="" if allow_private else "only 80 and 443 may"
        )


def _check_host(host: str, *, allow_private: bool) -> None:
    literal = _literal(host)
    if literal:
        check_address(literal, host=host, allow_private=allow_private)
    elif not _NAME.fullmatch(host):
        raise AddressRefusedError(f"{host[:100]!r} is not the name of a host")
    elif not allow_private and host.rstrip(".").rpartition(".")[2] == "localhost":
        raise AddressRefusedError(f"{host!r} may not be asked: it is this machine", hint=ALLOW_HINT)


def _literal(host: str) -> str:
    """The address that a host spells out, as the resolver reads it; empty where it is a name."""
    if ":" in host:
        return host
    if not _NAME.fullmatch(host):
        return ""
    try:
        return socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
    except OSError:
        return ""


def _inside(address: IPv6Address) -> Iterator[IPv4Address]:
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address.sixtofour is not None:
        yield address.sixtofour
    elif address.teredo is not None:
        yield from address.teredo
    elif address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)


_NAT64 = IPv6Network("64:ff9b::/96")


def _judge(address: IPv4Address | IPv6Address, *, allow_private: bool) -> str:
    for network, what in _NEVER:
        if address in network:
            return what
    for network, what in _PRIVATE:
        if address in network:
            return "" if allow_private else what
    if isinstance(address, IPv6Address) and address not in _PUBLIC6:
        return "a reserved address"
    return ""
