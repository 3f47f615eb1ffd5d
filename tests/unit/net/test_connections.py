"""Connections go to checked addresses, under the name that was asked for."""

import json
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from hansard.errors import AddressRefusedError, Cancelled, FetchError
from hansard.net.client import new_client
from hansard.net.connections import GuardedBackend, look_up
from hansard.net.patience import Patience

SCRIPT = Path(__file__).with_name("asking_script.py")
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def test_no_connection_to_a_peer_that_is_not_global() -> None:
    """Whatever is asked, Python is only ever about to connect to addresses that are global."""
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, check=True)
    told = json.loads(done.stdout)
    assert {*told["hostile"], *told["names"], *told["mixed"]} == {"refused"}
    assert told["flips"] == ["blocked", "refused"] * 20
    assert told["honest"] == ["blocked"] * 3
    peers = {ip_address(peer) for peer in told["peers"]}
    assert {str(peer) for peer in peers} == {"93.184.216.34", "2606:4700:4700::1111", "8.8.8.8"}
    assert all(peer.is_global and not peer.is_multicast for peer in peers)
    assert len(told["peers"]) == 20 + 3


def test_patience_counts_and_asks() -> None:
    """What is left never exceeds what was asked, and runs out; a cancellation ends it first."""
    assert Patience().left(2.0) == 2.0
    assert 0 < Patience.lasting(1.0).left(5.0) <= 1.0
    with pytest.raises(FetchError) as caught:
        Patience.lasting(0.0).left()
    assert caught.value.retry == "transient"
    with pytest.raises(Cancelled):
        Patience.lasting(0.0, lambda: True).left()


def test_the_system_knows_this_machine() -> None:
    """The system's resolver gives each address once."""
    found = look_up("localhost", 80)
    assert set(found) <= {"127.0.0.1", "::1"}
    assert len(set(found)) == len(found) > 0


def test_sockets_of_this_machine_are_no_way_out() -> None:
    """A socket in the file system is refused."""
    backend = GuardedBackend(True, Patience(), look_up)
    with pytest.raises(AddressRefusedError):
        backend.connect_unix_socket("/run/x.sock")


def test_a_host_without_an_address_cannot_be_reached() -> None:
    """Where the look-up gives nothing, the error says so."""
    with (
        new_client(resolve=lambda _host, _port: []) as client,
        pytest.raises(FetchError, match="cannot be reached"),
    ):
        client.get("http://nothing.example/")


class Encrypted:
    """A TLS server with a certificate for `podcast.example` that notes whom clients ask for."""

    def __init__(self, certificate: Path) -> None:
        self.names: list[str | None] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            plain.settimeout(10)
            try:
                with self._context.wrap_socket(plain, server_side=True) as wire:
                    if wire.recv(65_536):
                        wire.sendall(ANSWER)
            except OSError:
                plain.close()

    def close(self) -> None:
        """Stop listening."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for `podcast.example`, with its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=podcast.example",
         "-addext", "subjectAltName=DNS:podcast.example", "-keyout", "key.pem", "-out", "one.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    both = tmp_path / "both.pem"
    both.write_bytes((tmp_path / "key.pem").read_bytes() + (tmp_path / "one.pem").read_bytes())
    return both


@pytest.fixture
def encrypted(certificate: Path) -> Iterator[Encrypted]:
    server = Encrypted(certificate)
    yield server
    server.close()


@pytest.mark.system
def test_tls_is_asked_for_the_name_and_checked_against_it(
    encrypted: Encrypted, certificate: Path
) -> None:
    """The connection goes to the address, but TLS names the host, and its certificate must fit."""
    trusting = ssl.create_default_context(cafile=str(certificate))
    with new_client(
        allow_private=True, resolve=lambda _host, _port: ["127.0.0.1"], ssl_context=trusting
    ) as client:
        assert client.get(f"https://podcast.example:{encrypted.port}/").text == "ok"
        with pytest.raises(FetchError, match=r"prove that it is 'other\.example'") as bad:
            client.get(f"https://other.example:{encrypted.port}/")
    assert encrypted.names == ["podcast.example", "other.example"]
    assert bad.value.retry == "permanent"


@pytest.mark.system
def test_an_unknown_certificate_is_not_trusted(encrypted: Encrypted) -> None:
    """Without a known authority behind it, a certificate proves nothing."""
    with (
        new_client(allow_private=True, resolve=lambda _host, _port: ["127.0.0.1"]) as client,
        pytest.raises(FetchError, match="could not prove"),
    ):
        client.get(f"https://podcast.example:{encrypted.port}/")


def test_a_tls_handshake_that_never_comes_is_given_up() -> None:
    """A server that accepts and says nothing does not hold the client beyond its patience."""
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        new_client(allow_private=True, patience=Patience.lasting(0.3)) as client,
        pytest.raises(FetchError) as caught,
    ):
        client.get(f"https://127.0.0.1:{silent.getsockname()[1]}/")
    assert caught.value.retry == "transient"
