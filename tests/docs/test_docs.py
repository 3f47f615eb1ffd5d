"""The documentation is true: its pages are up to date, its commands run, nothing is missing."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from hansard import errors
from hansard.settings import declared
from hansard.testing.service import RunningService
from hansard.work.demonstrate import find_sample

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "PLANNING.md", *sorted((ROOT / "docs").rglob("*.md"))]
STORIES = {
    "docs/how-to/data.md",
    "docs/how-to/evaluate.md",
    "docs/how-to/train.md",
    "docs/tutorial/first-training.md",
}
"""Pages whose blocks go on where the one before ended: test_training_stories.py runs them."""
FENCE = re.compile(r"^```(console|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def blocks(kind: str) -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for found in FENCE.finditer(page.read_text(encoding="utf-8")):
            if found[1] == kind and page.relative_to(ROOT).as_posix() not in STORIES:
                yield page.relative_to(ROOT).as_posix(), found[2]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the recordings that the documentation speaks of."""
    for name in ("talk.mp3", "song.mp3"):
        shutil.copy(find_sample("podcast").path, tmp_path / name)
    return tmp_path


def environment(place: Path) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.upper().startswith("HANSARD_")}
    programs = str(Path(sys.executable).parent)
    own = {"HOME": str(place / "home"), "XDG_DATA_HOME": str(place / "data")}
    return {**kept, **own, "PATH": programs + os.pathsep + kept["PATH"]}


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The service as the pages start it, but for the port."""
    with RunningService(tmp_path_factory.mktemp("documented")) as running:
        yield running


ADDRESS = "http://127.0.0.1:8000"
"""Where the pages say that the service is."""


def test_generated_pages_are_up_to_date() -> None:
    """The reference is what the code says today (else run `python3 dev.py docs`)."""
    for name, text in generator().pages().items():
        assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == text, name


@pytest.mark.parametrize(("page", "block"), list(blocks("console")))
def test_commands_in_the_documentation_run(
    page: str, block: str, place: Path, request: pytest.FixtureRequest
) -> None:
    """Every command that a page shows to a reader works as it stands."""
    if ADDRESS in block:
        running: RunningService = request.getfixturevalue("service")
        block = block.replace(ADDRESS, running.address)
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    assert commands, page
    for command in commands:
        done = subprocess.run(  # noqa: S602 - our own pages
            command, shell=True, cwd=place, env=environment(place),
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{page}: {command}\n{done.stderr}"


@pytest.mark.parametrize(("page", "block"), list(blocks("python")))
def test_python_in_the_documentation_runs(page: str, block: str, place: Path) -> None:
    """Every Python example runs as it stands, and prints something."""
    done = subprocess.run(
        [sys.executable, "-c", block], cwd=place, env=environment(place),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{page}\n{done.stderr}"
    assert done.stdout


def test_links_lead_somewhere() -> None:
    """Relative links between pages lead to files that exist."""
    for page in PAGES:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_every_setting_and_error_is_documented() -> None:
    """No setting and no error is missing from the reference."""
    settings = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert [name for name in declared() if f"| `{name}` |" not in settings] == []
    named = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
    classes = [one.__name__ for one in vars(errors).values() if isinstance(one, type)]
    assert [name for name in classes if f"`{name}`" not in named] == []


def test_the_error_tree_is_drawn_in_full() -> None:
    """The tree at the top of errors.py names every class, under its parent."""
    drawn = errors.__doc__ or ""
    for one in vars(errors).values():
        if isinstance(one, type) and issubclass(one, errors.HansardError):
            assert re.search(rf"\b{one.__name__}\b", drawn), one.__name__


def test_the_house_is_drawn_as_it_is_enforced() -> None:
    """Every room of the import contract stands in the drawing of the house."""
    house = (ROOT / "docs/explanation/house.md").read_text(encoding="utf-8")
    rooms = [p.name.removesuffix(".py") for p in (ROOT / "src/hansard").iterdir()]
    for room in rooms:
        if not room.startswith("_") and room not in {"data", "py.typed"}:
            assert room in house, room


def test_the_changelog_has_a_place_for_what_comes() -> None:
    """The changelog begins with what is not released yet."""
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_no_page_names_a_machine() -> None:
    """No path of somebody's home stands in the documentation."""
    for page in PAGES:
        assert not re.search(r"/(root|home/\w+|Users/\w+)/", page.read_text(encoding="utf-8")), page
