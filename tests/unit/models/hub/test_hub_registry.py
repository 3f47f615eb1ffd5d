"""The registry on the disk: what is taken in, found, switched and removed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hansard.errors import (
    ModelDamagedError,
    ModelError,
    ModelNotFoundError,
    ModelNotHereError,
    UnknownNameError,
    UsageError,
)
from hansard.models.hub import HubOptions
from hansard.models.hub.hub import Hub
from hansard.models.hub.lookup import bundled_folder
from hansard.models.hub.manifest import FileRecord, Manifest, write_manifest
from hansard.storage.files import sha256_of

MakePackage = Callable[..., Path]

REGISTER = """
import sys
from pathlib import Path
from hansard.models.hub import HubOptions
from hansard.models.hub.hub import Hub
hub = Hub(HubOptions(data_dir=Path(sys.argv[1])))
for name in sys.argv[3:]:
    hub.registry.register(name, Path(sys.argv[2]))
    hub.registry.promote(name, f"alias-{name}")
"""


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A hub whose store is empty."""
    return Hub(HubOptions(data_dir=tmp_path / "data"))


@pytest.fixture
def make_package(tmp_path: Path) -> MakePackage:
    """Makes packages of the bundled model, each with another card and so another digest."""

    def make(name: str, window: float, *, hf: bool = False) -> Path:
        root = tmp_path / name
        shutil.copytree(bundled_folder("ctranslate2"), root / "ct2")
        (root / "ct2" / "hansard.json").write_text(
            json.dumps({"window": window, "short_context": True, "conditions": False})
        )
        if hf:
            shutil.copytree(bundled_folder("transformers"), root / "hf")
        told = {"run": name, "figures": {"after": {"wer": window / 100}}}
        (root / "run_manifest.json").write_text(json.dumps(told))
        return root

    return make


def test_a_registered_model_is_found_by_name_and_digest(
    hub: Hub, make_package: MakePackage
) -> None:
    """A name means its newest version; older ones are had by their digest, verified."""
    first = hub.registry.register("bcs", make_package("one", 9.0))
    second = hub.registry.register("bcs", make_package("two", 8.0))
    assert (first.new, second.new) == (True, True)
    assert hub.find("bcs").card.window == 8.0
    old = hub.find(f"bcs@{first.version.digest[:8]}")
    assert (old.name, old.revision, old.card.window) == ("bcs", first.version.digest, 9.0)
    assert old.digest == old.revision
    assert old.pinned == f"bcs@{old.digest}"
    assert hub.find(old.pinned) == hub.verify(old.pinned) == hub.fetch(old.pinned) == old
    assert hub.pull("bcs") == hub.find("BCS")


def test_the_same_weights_are_one_version(hub: Hub, make_package: MakePackage) -> None:
    """Registered again, also from another place, nothing is copied and nothing is new."""
    package = make_package("one", 9.0)
    before = hub.registry.register("bcs", package)
    moved = package.rename(package.with_name("moved"))
    after = hub.registry.register("bcs", moved / "ct2")
    assert (after.new, after.path) == (False, before.path)
    assert len(hub.registry.read().models["bcs"]) == 1


def test_files_are_linked_where_that_is_possible(hub: Hub, make_package: MakePackage) -> None:
    """On one disk the weights are not stored twice, and outlive the package."""
    package = make_package("one", 9.0)
    kept = hub.registry.register("bcs", package).path / "ct2" / "model.bin"
    assert kept.samefile(package / "ct2" / "model.bin")
    shutil.rmtree(package)
    assert hub.find("bcs").path == kept.parent


def test_safetensors_come_along(hub: Hub, make_package: MakePackage) -> None:
    """A package's Hugging Face folder is registered too; without it that layout is refused."""
    hub.registry.register("both", make_package("one", 9.0, hf=True))
    hub.registry.register("one", make_package("two", 8.0))
    found = hub.find("both", layout="transformers")
    assert (found.path / "model.safetensors").is_file()
    with pytest.raises(ModelError, match="not registered in the layout transformers"):
        hub.find("one", layout="transformers")


def test_an_alias_is_switched_and_rolled_back(hub: Hub, make_package: MakePackage) -> None:
    """Promotion and rollback are seen at once by a hub that was there before."""
    watching = Hub(HubOptions(data_dir=hub.registry.path.parent.parent))
    one = hub.registry.register("bcs", make_package("one", 9.0)).version.digest
    two = hub.registry.register("bcs", make_package("two", 8.0)).version.digest
    with pytest.raises(UnknownNameError):
        watching.find("best")
    assert hub.registry.promote(f"bcs@{one}", "best").before is None
    assert watching.find("best").digest == one
    switched = hub.registry.promote("bcs", "best")
    assert (switched.before, switched.target) == (f"bcs@{one}", f"bcs@{two}")
    assert watching.find("best").pinned == f"bcs@{two}"
    hub.registry.rollback("best")
    assert watching.find("Best:int8").pinned == f"bcs@{one}:int8"
    with pytest.raises(UsageError):
        hub.registry.rollback("best")


def test_the_users_own_alias_is_the_stronger(hub: Hub, make_package: MakePackage) -> None:
    """An alias of the settings hides one of the registry, whatever their case."""
    hub.registry.register("bcs", make_package("one", 9.0))
    hub.registry.promote("bcs", "best")
    data = hub.registry.path.parent.parent
    own = Hub(HubOptions(data_dir=data, aliases={"Best": "demo", "mine": "bcs"}))
    assert own.find("best").card.window == 10.0
    assert own.find("mine").card.window == 9.0
    assert {one.name: one.alias_of for one in own.list() if one.alias_of} == {
        "Best": "demo",
        "mine": "bcs",
    }


def test_everything_is_listed_and_described(hub: Hub, make_package: MakePackage) -> None:
    """Names, older versions and aliases are listed with what is known of their training."""
    one = hub.registry.register("bcs", make_package("one", 9.0)).version.digest
    two = hub.registry.register("bcs", make_package("two", 8.0)).version.digest
    hub.registry.promote(f"bcs@{one}", "best")
    listed = {entry.name: entry for entry in hub.list()}
    assert {"bcs", f"bcs@{one[:12]}", "best"} <= set(listed)
    assert listed["best"].alias_of == f"bcs@{one[:12]}"
    assert listed["bcs"].run == "two"
    described = hub.describe("bcs")
    assert described.versions == (f"bcs@{one[:12]}", f"bcs@{two[:12]}")
    assert described.figures == {"after": {"wer": 0.08}}
    assert described.here
    assert described.kind == "speech"
    assert hub.describe("best").run == "one"


def test_removing(hub: Hub, make_package: MakePackage) -> None:
    """What an alias stands for stays; an alias can be removed, then the versions."""
    one = hub.registry.register("bcs", make_package("one", 9.0))
    hub.registry.register("bcs", make_package("two", 8.0))
    hub.registry.promote(f"bcs@{one.version.digest}", "best")
    for name in ("bcs", f"bcs@{one.version.digest[:6]}"):
        with pytest.raises(UsageError, match="alias 'best' stands for") as caught:
            hub.remove(name)
        assert "rollback best" in caught.value.hint
    assert one.path.is_dir()
    assert hub.remove("best") == 0
    assert hub.remove(f"bcs@{one.version.digest[:6]}") > 5_000_000
    assert not one.path.exists()
    assert hub.find("bcs").card.window == 8.0
    hub.remove("bcs")
    with pytest.raises(UnknownNameError):
        hub.find("bcs")
    assert list((one.path.parent.parent).iterdir()) == []


def test_a_damaged_package_is_refused(hub: Hub, make_package: MakePackage) -> None:
    """Weights that are not those of the package's own list of hashes are not taken in."""
    package = make_package("one", 9.0)
    (package / "SHA256SUMS").write_text(f"{'0' * 64}  ct2/model.bin\n")
    with pytest.raises(ModelDamagedError, match=r"ct2/model\.bin .* SHA256SUMS"):
        hub.registry.register("bcs", package)
    assert not hub.registry.path.exists()


def test_what_is_no_package_is_refused(hub: Hub, tmp_path: Path) -> None:
    """A missing folder, safetensors alone and an incomplete conversion have an error each."""
    with pytest.raises(ModelNotFoundError, match="no folder"):
        hub.registry.register("bcs", tmp_path / "nowhere")
    with pytest.raises(ModelError, match="is no package") as caught:
        hub.registry.register("bcs", bundled_folder("transformers"))
    assert "hansard models package" in caught.value.hint
    broken = tmp_path / "broken"
    shutil.copytree(bundled_folder("ctranslate2"), broken / "ct2")
    (broken / "ct2" / "tokenizer.json").unlink()
    with pytest.raises(ModelDamagedError, match=r"no tokenizer\.json"):
        hub.registry.register("bcs", broken)


def test_a_run_with_a_package_is_taken_for_it(hub: Hub, make_package: MakePackage) -> None:
    """The folder of a training stands for the package in it."""
    package = make_package("run/package", 9.0)
    assert hub.registry.register("bcs", package.parent).version.run == "run/package"


def test_damage_and_loss_say_what_to_do(hub: Hub, make_package: MakePackage) -> None:
    """Weights that changed, and weights that are gone, are to be registered again."""
    kept = hub.registry.register("bcs", make_package("one", 9.0)).path / "ct2"
    weights = kept / "model.bin"
    data = weights.read_bytes()
    weights.unlink()  # it is a link to the package's
    weights.write_bytes(data[:-1] + b"x")
    with pytest.raises(ModelDamagedError) as damaged:
        hub.verify("bcs")
    assert "hansard models register bcs" in damaged.value.hint
    shutil.rmtree(kept.parent)
    with pytest.raises(ModelNotHereError) as gone:
        hub.find("bcs")
    assert "hansard models register bcs" in gone.value.hint
    assert not next(one for one in hub.list() if one.name == "bcs").here


def test_a_broken_registry_is_read_as_empty_and_never_written_over(
    hub: Hub, make_package: MakePackage, caplog: pytest.LogCaptureFixture
) -> None:
    """The catalogue still works, the fault is logged, and nothing is lost by a new registration."""
    hub.registry.path.parent.mkdir(parents=True)
    hub.registry.path.write_text("{ half")
    assert hub.find("demo").name == "demo"
    assert "registry" in caplog.text
    with pytest.raises(ModelDamagedError, match="registry"):
        hub.registry.register("bcs", make_package("one", 9.0))
    assert hub.registry.path.read_text() == "{ half"


def test_unknown_fields_of_a_newer_registry_are_passed_over(
    hub: Hub, make_package: MakePackage
) -> None:
    """A registry that a later version wrote can be read."""
    hub.registry.register("bcs", make_package("one", 9.0))
    told = json.loads(hub.registry.path.read_text())
    told["later"] = told["models"]["bcs"][0]["later"] = 1
    hub.registry.path.write_text(json.dumps(told))
    assert hub.find("bcs").card.window == 9.0


def test_processes_that_register_at_once_lose_nothing(hub: Hub, make_package: MakePackage) -> None:
    """Three processes with four names each: all twelve are there, and their aliases."""
    package = make_package("one", 9.0)
    data = hub.registry.path.parent.parent
    names = [[f"m{process}-{number}" for number in range(4)] for process in range(3)]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", REGISTER, str(data), str(package), *mine], env=dict(os.environ)
        )
        for mine in names
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    everyone = {name for mine in names for name in mine}
    book = hub.registry.read()
    assert set(book.models) == everyone
    assert set(book.aliases) == {f"alias-{name}" for name in everyone}


def test_the_pinned_name_of_fetched_weights_finds_them_again(
    hub: Hub, make_package: MakePackage
) -> None:
    """What lies here as a main branch is found by its commit too, through aliases as well."""
    commit, models = "1" * 40, hub.registry.path.parent
    folder = models / "owner--repo.ctranslate2"
    shutil.copytree(make_package("one", 9.0) / "ct2", folder)
    now = datetime.now(UTC)
    records = {
        path.name: FileRecord(size=path.stat().st_size, sha256=sha256_of(path), source="hub")
        for path in folder.iterdir()
    }
    told = Manifest(
        model="owner/repo",
        repo="owner/repo",
        revision=commit,
        layout="ctranslate2",
        files=records,
        created_at=now,
        last_used=now,
    )
    write_manifest(folder, told)
    own = Hub(HubOptions(data_dir=models.parent, aliases={"mine": "owner/repo:int8"}))
    found = own.find("mine")
    assert found.pinned == f"owner/repo@{commit}:int8"
    again = own.find(found.pinned)
    assert (again.digest, again.compute_type) == (found.digest, "int8")
    with pytest.raises(ModelNotHereError):
        own.find(f"owner/repo@{'2' * 40}")
