"""Fetching models from a hub on this machine, through the real hub client."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hansard.errors import ModelDamagedError, ModelNotHereError
from hansard.models.hub import HubOptions
from hansard.models.hub.hub import Hub
from hansard.models.hub.lookup import bundled_folder
from hansard.models.hub.manifest import read_manifest
from hansard.testing.hub_server import HubServer, Sent

CT2 = {path.name: path for path in bundled_folder("ctranslate2").iterdir()}
HF = {path.name: path for path in bundled_folder("transformers").iterdir()}
NOISE = {
    "README.md": b"# hello",
    ".gitattributes": b"*.bin lfs",
    "pytorch_model.bin": b"\x80\x04.",
    "onnx/model.onnx": b"onnx",
}
TOKEN = "hf_" + "A" * 30


@pytest.fixture
def server() -> Iterator[HubServer]:
    """A hub that has the demonstration model as `owner/repo`, among other files."""
    with HubServer() as server:
        server.add("owner/repo", CT2 | NOISE)
        yield server


@pytest.fixture
def hub(server: HubServer, tmp_path: Path) -> Hub:
    """A hub client with an empty store."""
    return Hub(HubOptions(data_dir=tmp_path), endpoint=server.endpoint)


def names(server: HubServer) -> list[str]:
    """The files of which bytes were sent, in order."""
    return [sent.name for sent in server.sent]


def test_a_model_is_fetched_checked_and_found_again(
    hub: Hub, server: HubServer, tmp_path: Path
) -> None:
    """The bytes are those of the hub; only the needed files come, and they come once."""
    fetched = hub.fetch("owner/repo")
    assert fetched.digest == hub.find("demo").digest
    assert fetched.revision == server.repos["owner/repo"].commit
    assert fetched.path == tmp_path / "models" / "owner--repo.ctranslate2"
    assert sorted(names(server)) == sorted(CT2)
    assert hub.fetch("owner/repo") == hub.find("owner/repo") == hub.verify("owner/repo") == fetched
    assert sorted(names(server)) == sorted(CT2)
    assert [path.name for path in (tmp_path / "models").iterdir() if path.name[0] != "."] == [
        "owner--repo.ctranslate2"
    ]


def test_the_manifest_says_where_everything_comes_from(hub: Hub, server: HubServer) -> None:
    """Repository, commit, sizes and hashes are recorded, and who vouches for each hash."""
    fetched = hub.fetch("owner/repo")
    manifest = read_manifest(fetched.path)
    assert manifest is not None
    assert (manifest.model, manifest.repo) == ("owner/repo", "owner/repo")
    assert manifest.revision == server.repos["owner/repo"].commit
    assert set(manifest.files) == set(CT2)
    assert manifest.files["model.bin"].source == "hub"
    assert manifest.files["config.json"].source == "computed"
    assert manifest.files["model.bin"].size == CT2["model.bin"].stat().st_size
    assert manifest.created_at == manifest.last_used


def test_progress_counts_every_byte(hub: Hub) -> None:
    """Progress never goes back, names the file, and ends with everything."""
    seen: list[tuple[int, int, str]] = []
    hub.fetch("owner/repo", lambda *told: seen.append(told))
    total = sum(path.stat().st_size for path in CT2.values())
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert {all_ for _, all_, _ in seen} == {total}
    assert seen[-1] == (total, total, "model.bin")
    assert {name for _, _, name in seen} == set(CT2)


def test_a_catalogue_name_leads_to_its_repository(hub: Hub, server: HubServer) -> None:
    """`small` is fetched from its repository, shares it with the id, and is listed as here."""
    commit = server.add("Systran/faster-whisper-small", CT2)
    fetched = hub.fetch("small")
    assert fetched.name == "small"
    assert hub.find("Systran/faster-whisper-small").path == fetched.path
    listed = {one.name: one for one in hub.list()}
    assert listed["small"].here
    assert listed["small"].revision == commit
    assert listed["small"].files is not None
    assert not listed["medium"].here
    assert hub.describe("small") == listed["small"]
    assert "Systran/faster-whisper-small" not in listed


def test_what_a_distilled_model_cannot_do_is_on_its_card(hub: Hub, server: HubServer) -> None:
    """The catalogue corrects a card that does not know that text from before leads it astray."""
    files = {name: path for name, path in CT2.items() if name != "hansard.json"}
    server.add("Systran/faster-distil-whisper-small.en", files)
    card = hub.fetch("distil-small.en").card
    assert (card.conditions, card.translates) == (False, False)


def test_safetensors_are_fetched_where_they_are_wanted(hub: Hub, server: HubServer) -> None:
    """The other layout comes from its own repository, without pickles."""
    server.add("openai/whisper-tiny", HF | {"pytorch_model.bin": b"\x80\x04."})
    fetched = hub.fetch("tiny", layout="transformers")
    assert fetched.layout == "transformers"
    assert fetched.digest == hub.find("demo", layout="transformers").digest
    assert "pytorch_model.bin" not in names(server)


def test_revisions_lie_side_by_side(hub: Hub, server: HubServer) -> None:
    """A pinned revision is kept beside the main branch, under its own commit."""
    hub.fetch("owner/repo")
    other = {**CT2, "hansard.json": b'{"window": 20.0}'}
    server.repos.clear()
    server.add("owner/repo", other, revisions=("v2", "refs/pr/1"))
    pinned = hub.fetch("owner/repo@v2")
    assert pinned.card.window == 20.0
    assert hub.fetch("owner/repo@refs/pr/1").path != pinned.path
    assert hub.find("owner/repo").card.window == 10.0
    assert hub.fetch(f"owner/repo@{pinned.revision}").digest == pinned.digest


def test_pull_follows_the_hub(hub: Hub, server: HubServer) -> None:
    """The same commit costs one question; a new one is fetched and replaces the old one."""
    before = hub.pull("owner/repo")
    count = len(server.sent)
    assert hub.pull("owner/repo") == before
    assert len(server.sent) == count
    server.add("owner/repo", {**CT2, "hansard.json": b'{"window": 20.0}'})
    after = hub.pull("owner/repo")
    assert after.card.window == 20.0
    assert after.path == before.path
    assert after.revision != before.revision


def test_force_fetches_again(hub: Hub, server: HubServer) -> None:
    """A damaged model is refused at once, and `force` brings it back."""
    fetched = hub.pull("owner/repo")
    (fetched.path / "model.bin").write_bytes(b"\x06\x00\x00\x00")
    with pytest.raises(ModelDamagedError) as caught:
        hub.fetch("owner/repo")
    assert "pull owner/repo --force" in caught.value.hint
    assert hub.pull("owner/repo", force=True) == fetched
    assert names(server).count("model.bin") == 2


def test_a_mirror_that_lists_only_names_will_do(server: HubServer, tmp_path: Path) -> None:
    """Sizes and hashes are asked for file by file where the listing has none."""
    server.faults.bare_listing = True
    hub = Hub(HubOptions(data_dir=tmp_path), endpoint=f"{server.endpoint}/")
    fetched = hub.fetch("owner/repo")
    assert fetched.digest == hub.find("demo").digest
    manifest = read_manifest(fetched.path)
    assert manifest is not None
    assert manifest.files["model.bin"].source == "hub"


def test_a_folder_without_manifest_is_fetched_anew(hub: Hub) -> None:
    """A folder that never became whole is not used, and gives way to the model."""
    fetched = hub.fetch("owner/repo")
    (fetched.path / "hansard-manifest.json").unlink()
    with pytest.raises(ModelNotHereError, match="no manifest"):
        hub.find("owner/repo")
    assert hub.fetch("owner/repo") == fetched


def test_a_model_with_a_broken_manifest_can_be_removed(hub: Hub) -> None:
    """What cannot be read can still be deleted."""
    fetched = hub.fetch("owner/repo")
    (fetched.path / "hansard-manifest.json").write_text("{")
    with pytest.raises(ModelDamagedError):
        hub.find("owner/repo")
    assert hub.remove("owner/repo") > fetched.size
    assert not fetched.path.exists()


def test_a_moved_repository_is_followed(
    hub: Hub, server: HubServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The old name works on; the new one is recorded and logged."""
    server.moved["old/name"] = "owner/repo"
    with caplog.at_level(logging.WARNING, "hansard"):
        fetched = hub.fetch("old/name")
    manifest = read_manifest(fetched.path)
    assert manifest is not None
    assert manifest.repo == "owner/repo"
    assert "old/name is now called owner/repo" in caplog.text
    assert hub.find("old/name") == fetched


def test_a_gated_model_opens_for_its_token(server: HubServer, tmp_path: Path) -> None:
    """With the token of somebody who may read it, a gated model is fetched like any other."""
    server.add("owner/gated", CT2, gated=frozenset({TOKEN}))
    hub = Hub(HubOptions(data_dir=tmp_path, hf_token=f" {TOKEN}\n"), endpoint=server.endpoint)
    assert hub.fetch("owner/gated").digest == hub.find("demo").digest


def test_a_token_goes_to_the_hub_and_nowhere_else(server: HubServer, tmp_path: Path) -> None:
    """Large files lie on another server; it is not told the token."""
    options = HubOptions(data_dir=tmp_path, hf_token=TOKEN)
    Hub(options, endpoint=server.endpoint).fetch("owner/repo")
    told = {(request.origin, request.token) for request in server.requests}
    assert told == {(server.endpoint, TOKEN), (server.storage, None)}


def test_a_token_is_never_picked_up(server: HubServer, tmp_path: Path) -> None:
    """With a placeholder set, neither it nor what the client finds for itself is sent."""
    (tmp_path / "token").write_text(TOKEN)
    script = (
        "import sys; from pathlib import Path\n"
        "from hansard.models.hub import HubOptions\n"
        "from hansard.models.hub.hub import Hub\n"
        "options = HubOptions(data_dir=Path(sys.argv[1]), hf_token='your_huggingface_token_here')\n"
        "Hub(options, endpoint=sys.argv[2]).fetch('owner/repo')\n"
    )
    environment = {**os.environ, "HF_TOKEN": TOKEN, "HF_HOME": str(tmp_path)}
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "data"), server.endpoint],
        env=environment,
        check=True,
    )
    assert server.sent
    assert {request.token for request in server.requests} == {None}


def test_removing_frees_what_was_fetched(hub: Hub, tmp_path: Path) -> None:
    """Removing deletes the model, says how much it freed, and the model is not here any more."""
    fetched = hub.fetch("owner/repo")
    held = sum(path.stat().st_size for path in fetched.path.iterdir())
    assert hub.remove("owner/repo") == held
    assert not fetched.path.exists()
    assert not hub.describe("owner/repo").here


def test_a_model_fetched_by_an_alias_keeps_its_own_name(server: HubServer, tmp_path: Path) -> None:
    """The list shows the alias and the model, which can be used without the alias."""
    options = HubOptions(data_dir=tmp_path, aliases={"mine": "owner/repo@main:int8"})
    fetched = Hub(options, endpoint=server.endpoint).fetch("mine")
    assert (fetched.name, fetched.compute_type) == ("mine", "int8")
    alias = Hub(options).list()[-1]
    assert (alias.name, alias.here, alias.precision) == ("mine", True, "int8")
    plain = Hub(HubOptions(data_dir=tmp_path))
    assert plain.list()[-1].name == "owner/repo@main"
    assert plain.remove("owner/repo@main") > fetched.size


def test_a_model_by_id_is_listed(hub: Hub) -> None:
    """What is here under a name that the catalogue does not have is listed behind it."""
    hub.fetch("owner/repo")
    listed = hub.list()[-1]
    assert (listed.name, listed.here, listed.multilingual) == ("owner/repo", True, None)
    assert listed.size == sum(path.stat().st_size for path in CT2.values())
    assert hub.describe("owner/repo") == listed
    assert hub.describe("owner/repo@v2").here is False


def test_the_server_satisfies_the_clients_own_downloader(server: HubServer, tmp_path: Path) -> None:
    """The test hub speaks the protocol: the client's own snapshot download gets the same bytes."""
    import huggingface_hub

    folder = huggingface_hub.snapshot_download(
        "owner/repo", endpoint=server.endpoint, token=False, local_dir=tmp_path / "snapshot"
    )
    for name, path in CT2.items():
        assert (Path(folder) / name).read_bytes() == path.read_bytes()
    assert json.loads((Path(folder) / "config.json").read_text())
    assert Sent("model.bin", 0) in server.sent
