"""The shelf: where templates are found, and who may change which."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hansard.errors import TemplateError, TemplateExistsError, UnknownNameError
from hansard.storage.folder import FolderStore
from hansard.storage.names import TEMPLATES
from hansard.writing.forms.shelf import Shelf
from hansard.writing.forms.template import Template
from hansard.writing.forms.template_files import shipped, shipped_ids, to_files

OWN = replace(shipped()["generic_v1"], id="own", name="Our own", source="store")


def written(root: Path, template: Template, **changes: str) -> Path:
    """A template in the operator's folder; a change names the file by its stem."""
    folder = root / template.id
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in to_files(template).items():
        (folder / name).write_text(changes.get(name.partition(".")[0], text), encoding="utf-8")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "operator"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "data")


@pytest.fixture
def shelf(root: Path, store: FolderStore) -> Shelf:
    return Shelf(root, store)


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.WARNING, "hansard.writing.forms.shelf"):
        yield caplog


def test_what_is_shipped_is_always_there() -> None:
    """Without folder and store, there are the shipped templates, in order of their ids."""
    shelf = Shelf(None, None)
    assert tuple(template.id for template in shelf.list()) == shipped_ids() == shelf.ids()
    assert shelf.find("podcast_v1") is shipped()["podcast_v1"]


def test_a_template_is_kept_in_the_store(shelf: Shelf, store: FolderStore, root: Path) -> None:
    """What is added is found again, by other processes too, and is listed in its place."""
    added = shelf.add(OWN)
    assert added == OWN
    assert shelf.find("own") == OWN
    assert Shelf(root, store).find("own") == OWN
    assert [template.id for template in shelf.list()] == sorted([*shipped_ids(), "own"])
    assert [blob.key for blob in store.list(TEMPLATES)] == ["templates/own.json"]


def test_nothing_is_added_twice(shelf: Shelf, root: Path) -> None:
    """An id that is taken, by whomever, cannot be added again."""
    shelf.add(OWN)
    written(root, replace(OWN, id="theirs"))
    for name in ("own", "theirs", "generic_v1"):
        with pytest.raises(TemplateExistsError, match=f"there is a template '{name}' already"):
            shelf.add(replace(OWN, id=name))


def test_a_broken_template_holds_its_id(shelf: Shelf, root: Path, store: FolderStore) -> None:
    """What cannot be read is not overwritten by adding, but can be replaced in the store."""
    store.put("templates/own.json", b"{")
    with pytest.raises(TemplateExistsError):
        shelf.add(OWN)
    assert shelf.replace(OWN) == OWN
    assert shelf.find("own") == OWN


def test_a_template_is_replaced_at_once(shelf: Shelf, root: Path, store: FolderStore) -> None:
    """A replaced template is seen by everyone with the next look; a new one may be put so, too."""
    other = Shelf(root, store)
    shelf.replace(OWN)
    assert other.find("own").name == "Our own"
    shelf.replace(replace(OWN, name="Our new"))
    assert other.find("own").name == "Our new"
    assert "Our new" in [template.name for template in other.list()]


def test_a_template_is_removed_for_good(shelf: Shelf) -> None:
    """What was removed is not found any more, and its id is free again."""
    shelf.add(OWN)
    shelf.remove("own")
    with pytest.raises(UnknownNameError):
        shelf.find("own")
    with pytest.raises(UnknownNameError):
        shelf.remove("own")
    shelf.add(OWN)


def test_shipped_and_the_operators_templates_stay(shelf: Shelf, root: Path) -> None:
    """Clients can neither replace nor remove what is shipped or lies in the operator's folder."""
    written(root, replace(OWN, id="theirs"))
    for name in ("theirs", "generic_v1"):
        with pytest.raises(TemplateExistsError, match=f"'{name}' cannot be replaced") as caught:
            shelf.replace(replace(OWN, id=name))
        assert "another id" in caught.value.hint
        with pytest.raises(TemplateExistsError, match=f"'{name}' cannot be removed"):
            shelf.remove(name)


def test_what_could_not_be_read_is_not_stored(shelf: Shelf, store: FolderStore) -> None:
    """A template that breaks the rules is refused before it is stored."""
    for broken in (replace(OWN, prompt="{{ 9**9 }}"), replace(OWN, id="../x"), replace(OWN, id="")):
        for put in (shelf.add, shelf.replace):
            with pytest.raises(TemplateError):
                put(broken)
    assert list(store.list()) == []


def test_without_a_store_nothing_can_be_kept() -> None:
    """Where there is no store, adding and replacing fail."""
    for put in (Shelf(None, None).add, Shelf(None, None).replace):
        with pytest.raises(TemplateError, match="no place"):
            put(OWN)


def test_the_operators_folder_comes_first(shelf: Shelf, root: Path, store: FolderStore) -> None:
    """A template in the folder is meant before one in the store, and that before a shipped one."""
    store.put("templates/generic_v1.json", packed(replace(OWN, name="Stored")))
    assert shelf.find("generic_v1").name == "Stored"
    written(root, replace(OWN, id="generic_v1", name="Theirs"))
    found = shelf.find("generic_v1")
    assert (found.name, found.source) == ("Theirs", "folder")
    assert [template.id for template in shelf.list()] == list(shipped_ids())


def test_a_change_in_the_folder_is_seen(shelf: Shelf, root: Path) -> None:
    """Whatever the operator changes counts from the next look on, even within one clock tick."""
    folder = written(root, replace(OWN, id="theirs"))
    assert shelf.find("theirs").prompt == OWN.prompt
    for prompt in ("One.", "Two."):
        (folder / "prompt.jinja").write_text(prompt)
        assert shelf.find("theirs").prompt == prompt
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    with pytest.raises(UnknownNameError):
        shelf.find("theirs")


def test_a_broken_folder_is_told_once_and_left_out(
    shelf: Shelf, root: Path, warnings: pytest.LogCaptureFixture
) -> None:
    """A mistake of the operator hides one template only; the log says which, once."""
    written(root, replace(OWN, id="good"))
    written(root, replace(OWN, id="broken"), prompt="{{ nothing }}")
    written(root, replace(OWN, id="call_v1"), schema="{")
    (root / "Not An Id").mkdir()
    (root / ".git").mkdir()
    (root / "README.md").write_text("about")
    for _ in range(3):
        listed = {template.id for template in shelf.list()}
    assert listed == {*shipped_ids(), "good"} - {"call_v1"}
    told = [record.getMessage() for record in warnings.records]
    assert len(told) == 3
    assert all(any(name in line for line in told) for name in ("broken", "call_v1", "Not An Id"))
    with pytest.raises(TemplateError, match="template 'broken': line 1 of the prompt"):
        shelf.find("broken")
    with pytest.raises(TemplateError, match="template 'call_v1': the schema is no JSON"):
        shelf.find("call_v1")


def test_a_folder_that_leads_elsewhere_is_refused(shelf: Shelf, root: Path, tmp_path: Path) -> None:
    """A link in the operator's folder to a folder outside of it is no template."""
    outside = written(tmp_path / "elsewhere", OWN)
    root.mkdir()
    (root / "own").symlink_to(outside)
    with pytest.raises(TemplateError, match="leads elsewhere"):
        shelf.find("own")
    assert "own" not in [template.id for template in shelf.list()]


def test_a_broken_document_in_the_store_is_left_out(
    shelf: Shelf, store: FolderStore, warnings: pytest.LogCaptureFixture
) -> None:
    """What lies in the store and is no template is told and left out, whatever it is."""
    documents = {
        "a": b"{", "b": b"\xff", "c": b"[]", "d": b"{}", "e": b"[" * 100_000,
        "f": json.dumps(dict.fromkeys(to_files(OWN), 1)).encode(),
        "g": json.dumps(dict.fromkeys(to_files(OWN), "x")).encode(),
    }  # fmt: skip
    for name, content in documents.items():
        store.put(f"{TEMPLATES}{name}.json", content)
        with pytest.raises(TemplateError, match=f"stored template '{name}'"):
            shelf.find(name)
    store.put("templates/UPPER.json", b"")
    store.put("templates/own/more.json", b"")
    assert tuple(template.id for template in shelf.list()) == shipped_ids()
    assert len(warnings.records) == len(documents)


@pytest.mark.parametrize(
    "name", ["nothing", "", "../generic_v1", "/etc/passwd", "GENERIC_V1", "a\0b", "..", "x" * 5000]
)
def test_an_unknown_id_is_told_with_the_known_ones(name: str, shelf: Shelf, root: Path) -> None:
    """An id that nothing has, or that is none, is unknown; the hint names those that there are."""
    written(root.parent, OWN)
    for deed in (shelf.find, shelf.remove):
        with pytest.raises(UnknownNameError, match="there is no template") as caught:
            deed(name)
        assert all(known in caught.value.hint for known in shipped_ids())
        assert len(str(caught.value)) < 200


def test_a_slip_of_the_pen_is_answered_with_what_was_meant(shelf: Shelf) -> None:
    """The hint names the id that is nearest to the one asked for."""
    with pytest.raises(UnknownNameError) as caught:
        shelf.find("Meeting-Notes_v1")
    assert "did you mean meeting_notes_v1?" in caught.value.hint


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path, store: FolderStore) -> None:
    """Neither a missing folder nor a file in its place hides the shipped templates."""
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "missing", tmp_path / "file"):
        shelf = Shelf(folder, store)
        assert tuple(template.id for template in shelf.list()) == shipped_ids()
        assert shelf.find("call_v1").source == "shipped"


def test_looking_for_templates_loads_no_library_before_one_is_read() -> None:
    """Jinja and the schema validator are loaded with the first template, nothing heavy ever."""
    program = """
import sys
from hansard.writing.forms.shelf import Shelf
heavy = {"jinja2", "jsonschema_rs", "numpy", "torch", "transformers", "openai", "litestar"}
print(sorted(heavy & set(sys.modules)))
Shelf(None, None).list()
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "['jinja2', 'jsonschema_rs']"]


def packed(template: Template) -> bytes:
    return json.dumps(dict(to_files(template))).encode()
