"""What can go wrong between the hub and the disk, each with its own error."""

import hashlib
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from hansard.errors import (
    Cancelled,
    HubUnreachableError,
    ModelDamagedError,
    ModelError,
    ModelGatedError,
    ModelNotFoundError,
    OutputError,
)
from hansard.models.hub import HubOptions
from hansard.models.hub.hub import Hub
from hansard.models.hub.lookup import bundled_folder
from hansard.models.hub.refusals import explain
from hansard.models.hub.transfer import RemoteFile, Source, bring
from hansard.testing.hub_server import HubServer, Sent

CT2 = {path.name: path for path in bundled_folder("ctranslate2").iterdir()}
SIZE = CT2["model.bin"].stat().st_size
SHA256 = hashlib.sha256(CT2["model.bin"].read_bytes()).hexdigest()
TOKEN = "hf_" + "A" * 30


@pytest.fixture
def server() -> Iterator[HubServer]:
    """A hub that has the demonstration model as `owner/repo`."""
    with HubServer() as server:
        server.add("owner/repo", CT2)
        yield server


@pytest.fixture
def hub(server: HubServer, tmp_path: Path) -> Hub:
    """A hub client with an empty store."""
    return Hub(HubOptions(data_dir=tmp_path), endpoint=server.endpoint)


def starts(server: HubServer) -> list[int]:
    """From which byte on the weights were sent, each time."""
    return [sent.start for sent in server.sent if sent.name == "model.bin"]


def test_a_broken_connection_is_taken_up_again(hub: Hub, server: HubServer) -> None:
    """When the connection breaks, the rest is asked for, and the whole is right."""
    server.faults.cut["model.bin"] = [1_000_000, 0, 500_000]
    assert hub.fetch("owner/repo").digest == hub.find("demo").digest
    assert starts(server) == [0, 1_000_000, 1_000_000, 1_500_000]


def test_an_interrupted_download_goes_on_later(hub: Hub, server: HubServer) -> None:
    """What came before somebody pressed Ctrl-C is not fetched again."""

    def stop(done: int, _total: int, name: str) -> None:
        if name == "model.bin" and done > 2_000_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        hub.fetch("owner/repo", stop)
    assert not hub.describe("owner/repo").here
    assert hub.fetch("owner/repo").digest == hub.find("demo").digest
    first, second = starts(server)
    assert first == 0
    assert 1_000_000 < second < SIZE
    assert server.sent.count(Sent("tokenizer.json", 0)) == 1


def test_a_server_without_ranges_starts_over(hub: Hub, server: HubServer) -> None:
    """A server that sends everything again does no harm."""
    server.faults.cut["model.bin"] = [1_000_000]
    server.faults.ignore_ranges = True
    assert hub.fetch("owner/repo").digest == hub.find("demo").digest
    assert starts(server) == [0, 0]


@pytest.fixture
def source(server: HubServer) -> Source:
    """The weights, asked for without patience."""
    return Source(
        repo="owner/repo",
        file=RemoteFile(name="model.bin", size=SIZE, sha256=SHA256, git_id=None),
        url=f"{server.endpoint}/owner/repo/resolve/main/model.bin",
        headers={},
        wait=0.0,
    )


def ignored(_: int) -> None:
    """Nobody watches the progress."""


def test_a_connection_that_keeps_breaking_keeps_what_came(
    server: HubServer, source: Source, tmp_path: Path
) -> None:
    """Patience ends; the error says how far it got, and the next time goes on from there."""
    server.faults.cut["model.bin"] = [1_000_000, 0, 0, 0, 0, 0]
    with pytest.raises(HubUnreachableError, match=f"1000000 of {SIZE} bytes") as caught:
        bring(source, tmp_path, ignored)
    assert "goes on from there" in caught.value.hint
    assert bring(source, tmp_path, ignored) == SHA256
    assert starts(server) == [0, *[1_000_000] * 6]
    assert (tmp_path / "model.bin").read_bytes() == CT2["model.bin"].read_bytes()


def test_a_storage_that_stays_busy_is_given_up(
    server: HubServer, source: Source, tmp_path: Path
) -> None:
    """A server that answers 503 again and again is not asked for ever."""
    server.faults.busy["model.bin"] = 100
    with pytest.raises(httpx2.HTTPError) as caught:
        bring(source, tmp_path, ignored)
    explained = explain(caught.value, "owner/repo", None, token=False)
    assert isinstance(explained, HubUnreachableError)
    assert 80 < server.faults.busy["model.bin"] < 100


def test_too_much_is_as_wrong_as_too_little(
    server: HubServer, source: Source, tmp_path: Path
) -> None:
    """A partial file that is longer than the whole is thrown away; so are bytes past the end."""
    (tmp_path / "model.bin.incomplete").write_bytes(b"x" * (SIZE + 1))
    assert bring(source, tmp_path, ignored) == SHA256
    assert starts(server) == [0]
    shorter = replace(source, file=replace(source.file, name="model.bin.2", size=SIZE - 1))
    with pytest.raises(ModelDamagedError, match="does not have the hash"):
        bring(shorter, tmp_path, ignored)


def test_without_a_hash_the_size_must_do(server: HubServer, source: Source, tmp_path: Path) -> None:
    """A hub that gives no hash is believed on the size, and the hash is computed from what came."""
    unknown = replace(source, file=replace(source.file, sha256=None))
    assert bring(unknown, tmp_path, ignored) == SHA256


def test_a_busy_storage_is_waited_for(hub: Hub, server: HubServer) -> None:
    """A 503 in the middle is tried again."""
    server.faults.busy["model.bin"] = 1
    assert hub.fetch("owner/repo").digest == hub.find("demo").digest


@pytest.mark.parametrize("name", ["model.bin", "config.json"])
def test_a_wrong_byte_is_found(hub: Hub, server: HubServer, name: str) -> None:
    """Bytes that do not have the hub's hash are thrown away; the next try is right."""
    server.faults.corrupt.add(name)
    with pytest.raises(ModelDamagedError, match=rf"{name} .* does not have the hash"):
        hub.fetch("owner/repo")
    assert not hub.describe("owner/repo").here
    server.faults.corrupt.clear()
    assert hub.fetch("owner/repo").digest == hub.find("demo").digest


def test_a_file_that_ends_early_is_damage(hub: Hub, server: HubServer) -> None:
    """A file that is shorter than announced is never taken for whole."""
    server.faults.short["model.bin"] = 3_000_000
    with pytest.raises(ModelDamagedError, match=f"after 3000000 of {SIZE} bytes"):
        hub.fetch("owner/repo")


def test_a_full_disk_is_told_before_the_first_byte(hub: Hub, server: HubServer) -> None:
    """What cannot fit is refused with the numbers, and nothing is fetched."""
    server.faults.claims["model.bin"] = 10**18
    with pytest.raises(OutputError, match="MB free") as caught:
        hub.fetch("owner/repo")
    assert "--data-dir" in caught.value.hint
    assert server.sent == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /dev/full")
def test_a_disk_that_fills_up_is_an_output_error(
    hub: Hub, server: HubServer, tmp_path: Path
) -> None:
    """When the disk refuses while bytes come, the error says so."""
    commit = server.repos["owner/repo"].commit
    part = tmp_path / "models" / f"owner--repo.ctranslate2.{commit[:12]}.part"
    part.mkdir(parents=True)
    (part / "model.bin.incomplete").symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"model\.bin") as caught:
        hub.fetch("owner/repo")
    assert "disk is full" in caught.value.hint


def test_a_store_that_may_not_be_written_is_an_output_error(
    server: HubServer, tmp_path: Path
) -> None:
    """A data folder that cannot be made is named."""
    (tmp_path / "file").write_text("")
    hub = Hub(HubOptions(data_dir=tmp_path / "file"), endpoint=server.endpoint)
    with pytest.raises(OutputError, match="file"):
        hub.fetch("owner/repo")


def test_a_gated_model_asks_for_consent(server: HubServer, tmp_path: Path) -> None:
    """Without a token and with the wrong one there are two messages; neither names a token."""
    server.add("owner/gated", CT2, gated=frozenset({"somebody else's"}))
    with pytest.raises(ModelGatedError, match="no token is set") as caught:
        Hub(HubOptions(data_dir=tmp_path), endpoint=server.endpoint).fetch("owner/gated")
    assert "model's page at the hub" in caught.value.hint
    options = HubOptions(data_dir=tmp_path, hf_token=TOKEN)
    with pytest.raises(ModelGatedError, match="may not read it") as caught:
        Hub(options, endpoint=server.endpoint).fetch("owner/gated")
    assert TOKEN not in str(caught.value) + caught.value.hint


def test_an_unknown_repository_gets_a_guess(hub: Hub) -> None:
    """The hub's `no` becomes one of ours, with a name that is spelt alike."""
    with pytest.raises(ModelNotFoundError, match="no model 'openai/whisper-smal'") as caught:
        hub.fetch("openai/whisper-smal")
    assert "'small'" in caught.value.hint


def test_an_unknown_revision_is_named(hub: Hub) -> None:
    """A repository without that branch, tag or commit is told from no repository."""
    with pytest.raises(ModelNotFoundError, match="no revision 'v9'"):
        hub.fetch("owner/repo@v9")


@pytest.mark.parametrize("target", ["gone/away", "old/name"])
def test_a_move_that_cannot_be_followed_is_told(hub: Hub, server: HubServer, target: str) -> None:
    """A new name that nothing has, or that leads in a ring, is not mistaken for a wrong name."""
    server.moved["old/name"] = target
    with pytest.raises(ModelError, match="has moved"):
        hub.fetch("old/name")


def test_a_login_page_is_not_the_hub(hub: Hub, server: HubServer) -> None:
    """A network that answers everything with its own page is recognised."""
    server.faults.portal = True
    with pytest.raises(ModelError, match="cannot be read") as caught:
        hub.fetch("owner/repo")
    assert "proxy" in caught.value.hint


def test_a_hub_in_trouble_is_unreachable(hub: Hub, server: HubServer) -> None:
    """A hub that answers 503 is not there for now."""
    server.faults.busy["api"] = 100
    with pytest.raises(HubUnreachableError, match="answered 503"):
        hub.fetch("owner/repo")


@pytest.mark.parametrize("name", ["small", "owner/repo"])
def test_no_connection_names_the_reason_and_the_ways_out(tmp_path: Path, name: str) -> None:
    """Where nobody listens, the error gives the system's reason and three ways out."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(HubUnreachableError, match="refused") as caught:
            Hub(HubOptions(data_dir=tmp_path), endpoint=endpoint).fetch(name)
    for way in ("hansard models pull", "--model ./folder", "--model demo"):
        assert way in caught.value.hint
    assert caught.value.retry == "transient"


def test_no_such_host_is_unreachable(tmp_path: Path) -> None:
    """A name that cannot be looked up is a network's fault, not a model's."""
    hub = Hub(HubOptions(data_dir=tmp_path), endpoint="http://no-such-host.invalid")
    with pytest.raises(HubUnreachableError):
        hub.fetch("owner/repo")


def test_a_silent_hub_is_unreachable() -> None:
    """A client that waited in vain is told in those words."""
    error = explain(httpx2.ReadTimeout(""), "owner/repo", None, token=False)
    assert isinstance(error, HubUnreachableError)
    assert "did not answer in time" in str(error)


@pytest.mark.parametrize(
    ("missing", "extra", "message"),
    [
        ("tokenizer.json", {}, r"no tokenizer\.json"),
        ("model.bin", {"pytorch_model.bin": b"\x80\x04."}, "pickled"),
        ("model.bin", {}, "holds no model"),
        ("vocabulary.json", {}, "no vocabulary"),
    ],
)
def test_what_could_not_be_used_is_not_fetched(
    hub: Hub, server: HubServer, missing: str, extra: dict[str, bytes], message: str
) -> None:
    """An incomplete or refused repository is told from its list of files alone."""
    server.add("owner/bad", {k: v for k, v in CT2.items() if k != missing} | extra)
    with pytest.raises(ModelError, match=message):
        hub.fetch("owner/bad")
    assert server.sent == []


def test_weights_of_another_library_are_refused(
    hub: Hub, server: HubServer, tmp_path: Path
) -> None:
    """A model.bin that is not CTranslate2's never becomes a model here."""
    server.add("owner/bad", {**CT2, "model.bin": b"PK\x03\x04" * 10})
    with pytest.raises(ModelDamagedError, match="not in CTranslate2's format"):
        hub.fetch("owner/bad")
    assert not hub.describe("owner/bad").here
    assert not [path for path in (tmp_path / "models").iterdir() if path.name[0] != "."]


def test_a_listed_file_that_cannot_be_had_is_told(hub: Hub, server: HubServer) -> None:
    """A hub that lists what it does not have is not tried again and again."""
    server.faults.missing.add("config.json")
    with pytest.raises(ModelError, match="lists a file of 'owner/repo'"):
        hub.fetch("owner/repo")
    assert not hub.describe("owner/repo").here
