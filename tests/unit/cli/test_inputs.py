"""Which recordings are meant, and what their outputs are called."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hansard.cli.inputs import expand, name_outputs
from hansard.errors import HansardError


def test_a_folder_stands_for_its_media(tmp_path: Path) -> None:
    """Media files in a folder and below are found in order; other and hidden files are not."""
    for name in ("b.mp3", "a.WAV", "notes.txt", ".hidden.mp3", "deep/c.ogg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = [path.name for path in expand([str(tmp_path)]) if isinstance(path, Path)]
    assert found == ["a.WAV", "b.mp3", "c.ogg"]


def test_a_pattern_stands_for_what_it_matches(tmp_path: Path) -> None:
    """A pattern that the shell left alone is expanded; one that matches nothing is an error."""
    (tmp_path / "a.mp3").write_bytes(b"x")
    assert list(expand([str(tmp_path / "*.mp3")])) == [tmp_path / "a.mp3"]
    assert isinstance(next(expand([str(tmp_path / "*.wav")])), HansardError)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    """A folder without media is named in an error."""
    (error,) = expand([str(tmp_path)])
    assert isinstance(error, HansardError)
    assert tmp_path.name in str(error)


def test_a_name_that_looks_like_a_pattern_is_a_file_first(tmp_path: Path) -> None:
    """A file whose name holds brackets is found by its name."""
    strange = tmp_path / "talk [1].mp3"
    strange.write_bytes(b"x")
    assert list(expand([str(strange)])) == [strange]


def test_outputs_of_one_stem_differ() -> None:
    """Two inputs with one stem get different names, also across folders and letter case."""
    paths = [Path(p) for p in ("a/talk.mp3", "a/talk.wav", "b/talk.mp3", "b/Talk.mp3", "note.ogg")]
    assert name_outputs(paths) == ["talk.mp3", "talk.wav", "talk.mp3-2", "Talk.mp3-3", "note"]


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1)


@given(st.lists(names.filter(lambda n: n not in {".", ".."}), max_size=20))
def test_outputs_never_collide_and_fit(given_names: list[str]) -> None:
    """Whatever the inputs are called, output names are distinct and fit a file system."""
    chosen = name_outputs([Path("folder") / name for name in given_names])
    assert len({name.casefold() for name in chosen}) == len(chosen)
    assert all(0 < len(f"{name}.json".encode()) <= 255 for name in chosen)
    assert all("/" not in name for name in chosen)
