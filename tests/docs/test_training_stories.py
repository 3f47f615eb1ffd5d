"""The pages about training are true: their commands run, one after another, as they are typed."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL, DATA = "docs/tutorial/first-training.md", "docs/how-to/data.md"
TABLE = ROOT / "docs/explanation/training-requirements.md"
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROJECT = "my-language"

pytestmark = [pytest.mark.timeout(1500), pytest.mark.xdist_group("training-stories")]


@dataclass(frozen=True)
class Story:
    """What came of a page."""

    place: Path
    seen: frozenset[str]
    """Every file of the project that was there after any of its commands."""


def commands(page: str) -> list[str]:
    """The commands of a page, in their order."""
    blocks = BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def begin(place: Path) -> Path:
    """An empty folder for a project, beside what the pages use of the clone."""
    shutil.copytree(ROOT / "deploy" / "train", place / "hansard" / "deploy" / "train")
    (place / PROJECT).mkdir()
    return place


def tell(page: str, place: Path) -> Story:
    """Run a page's commands in the project's folder; all of them must end well."""
    kept = {n: v for n, v in os.environ.items() if not n.upper().startswith("HANSARD_")}
    programs = str(Path(sys.executable).parent)
    home = {"HOME": str(place / "home"), "XDG_DATA_HOME": str(place / "home" / "data")}
    own = {**kept, **home, "PATH": programs + os.pathsep + kept["PATH"]}
    project, seen = place / PROJECT, set[str]()
    for command in commands(page):
        done = subprocess.run(  # noqa: S602 - our own pages
            command, shell=True, cwd=project, env=own,
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{page}: {command}\n{done.stderr}"
        seen |= {p.relative_to(project).as_posix() for p in project.rglob("*") if p.is_file()}
    return Story(place, frozenset(seen))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The tutorial; its training is the only one in the documentation."""
    if find_spec("torch") is None or find_spec("peft") is None:
        pytest.skip("the extra train is not installed: python3 dev.py setup train")
    return tell(TUTORIAL, begin(tmp_path_factory.mktemp("tutorial")))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The page about data."""
    return tell(DATA, begin(tmp_path_factory.mktemp("data")))


def test_the_page_about_data_is_true(prepared: Story) -> None:
    """Its commands run from an empty folder on, and the last one took everything out again."""
    assert commands(DATA)
    left = {path.name for path in (prepared.place / PROJECT / "uploads").rglob("*.wav")}
    assert left == set()


@pytest.mark.torch
@pytest.mark.parametrize("page", ["docs/how-to/train.md", "docs/how-to/evaluate.md"])
def test_pages_go_on_from_the_first_training(page: str, trained: Story, tmp_path: Path) -> None:
    """The commands of the page run in the folder that the tutorial leaves behind."""
    assert commands(page)
    shutil.copytree(trained.place, tmp_path, dirs_exist_ok=True, symlinks=True)
    tell(page, tmp_path)


@pytest.mark.torch
def test_what_the_table_promises_is_left_behind(trained: Story, prepared: Story) -> None:
    """Every file in the table's last column was there after the commands, unless it is marked."""
    rows = re.findall(r"^\| \d+ .*\| ?([^|]*) \|$", TABLE.read_text("utf-8"), re.MULTILINE)
    named = [found for row in rows for found in re.findall(r"`([^`]+)`(\\\*)?", row)]
    promised = [name for name, marked in named if not marked]
    assert len(promised) >= 40
    seen = trained.seen | prepared.seen
    assert [name for name in promised if not any(fnmatch(path, name) for path in seen)] == []
