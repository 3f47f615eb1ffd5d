"""Getting hold of the bytes of a recording."""

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hansard.audio.sources import Recording, Source, open_recording
from hansard.errors import (
    Cancelled,
    MediaAccessError,
    MediaNotFoundError,
    UnreadableMediaError,
    UsageError,
)

CONTENT = bytes(range(256)) * 3000


def _contents(source: Source, folder: Path) -> tuple[Recording, bytes]:
    with open_recording(source, folder) as recording:
        assert recording.file.seekable()
        return recording, recording.file.read()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of 768,000 bytes."""
    path = tmp_path / "in" / "talk.bin"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for spool files."""
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def test_a_path_is_read_in_place(path: Path, folder: Path) -> None:
    """A file is opened where it lies, given as text or as a path."""
    for source in (path, str(path)):
        recording, content = _contents(source, folder)
        assert content == CONTENT
        assert (recording.name, recording.path, recording.size) == (str(path), path, len(CONTENT))


def test_a_file_object_is_read_from_its_beginning_and_stays_open(path: Path, folder: Path) -> None:
    """Where the caller had stopped does not matter, and closing is left to the caller."""
    memory = io.BytesIO(CONTENT)
    memory.seek(0, io.SEEK_END)
    recording, content = _contents(memory, folder)
    assert (recording.name, content) == ("recording", CONTENT)
    assert not memory.closed
    with path.open("rb") as file:
        file.seek(1000)
        recording, content = _contents(file, folder)
        assert (recording.name, content) == (str(path), CONTENT)
        assert not file.closed


def test_objects_that_run_python_code_are_copied(folder: Path) -> None:
    """A file object that is not pure C is copied first, and the copy has no name on disk."""
    with tempfile.NamedTemporaryFile(dir=folder.parent) as file:
        file.write(CONTENT)
        with open_recording(file, folder) as recording:  # type: ignore[arg-type]
            assert type(recording.file) is not type(file)
            assert recording.file.read() == CONTENT
            if os.name == "posix":
                assert not list(folder.iterdir())
        assert recording.file.closed


def test_a_pipe_is_copied_so_that_it_can_be_sought_in(folder: Path) -> None:
    """Bytes from a pipe can be read twice."""
    reading, writing = os.pipe()
    with open(reading, "rb") as reader, open(writing, "wb") as writer:  # noqa: PTH123 - descriptors
        writer.write(CONTENT[:5000])
        writer.close()
        recording, content = _contents(reader, folder)
    assert content == CONTENT[:5000]
    assert recording.size == 5000


def test_copying_a_pipe_can_be_cancelled(folder: Path) -> None:
    """Between two pieces of an endless pipe the caller is asked, and nothing is left."""

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return bytes(max(1, size))

    asked = iter([False, False, True])
    with (
        pytest.raises(Cancelled),
        open_recording(Endless(), folder, lambda: next(asked)),  # type: ignore[arg-type]
    ):
        pass
    assert not list(folder.iterdir())


def test_a_text_file_object_is_a_wrong_use(path: Path, folder: Path) -> None:
    """Forgetting the binary mode is told as what it is."""
    with path.open(encoding="latin-1") as file, pytest.raises(UsageError) as caught:
        _contents(file, folder)  # type: ignore[arg-type]
    assert "binary mode" in caught.value.hint


@pytest.mark.parametrize(
    "name",
    ["missing.wav", "no/such/folder.wav", "x" * 300, "nul\0byte", "--help", "http://example.org/a.mp3"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(tmp_path: Path, name: str) -> None:
    """Missing files, impossible names and addresses are all a missing file."""
    with pytest.raises(MediaNotFoundError) as caught:
        _contents(f"{tmp_path}/{name}", tmp_path)
    assert isinstance(caught.value, FileNotFoundError)
    assert caught.value.hint


def test_a_file_as_a_folder_is_not_found(path: Path, folder: Path) -> None:
    """A path that goes through a file leads nowhere."""
    with pytest.raises(MediaNotFoundError):
        _contents(path / "a.wav", folder)


def test_an_address_hints_at_files(folder: Path) -> None:
    """Whoever gives a web address is told to give a file."""
    with pytest.raises(MediaNotFoundError) as caught:
        _contents("https://example.org/talk.mp3", folder)
    assert "not a web address" in caught.value.hint


def test_an_empty_file_is_called_empty(folder: Path) -> None:
    """Nothing at all is neither media nor damage."""
    empty = folder / "empty.wav"
    empty.touch()
    for source in (empty, io.BytesIO()):
        with pytest.raises(UnreadableMediaError, match="is empty"):
            _contents(source, folder)


@pytest.mark.skipif(
    not Path("/proc/self/mem").exists(), reason="needs a file that fails to be read"
)
def test_a_file_that_fails_while_it_is_read_is_unreadable(folder: Path) -> None:
    """An error of the disk is told as one."""
    with pytest.raises(UnreadableMediaError, match="cannot be read"):
        _contents("/proc/self/mem", folder)


def test_a_folder_is_refused(folder: Path) -> None:
    """A folder where a file should be is said to be one."""
    with pytest.raises(UnreadableMediaError, match="is a folder"):
        _contents(folder, folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_named_pipes_and_devices_are_refused_without_waiting(folder: Path) -> None:
    """A pipe that nobody writes to, or a device, never blocks."""
    pipe = folder / "pipe.wav"
    os.mkfifo(pipe)
    for special in (pipe, Path("/dev/zero")):
        with pytest.raises(UnreadableMediaError, match="is a pipe or a device") as caught:
            _contents(special, folder)
        assert "standard input" in caught.value.hint


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_file_that_may_not_be_read_is_an_access_error(path: Path, folder: Path) -> None:
    """Missing permission is told as such, with what to check."""
    path.chmod(0)
    with _as_nobody(), pytest.raises(MediaAccessError, match="may not be read") as caught:
        _contents(path, folder)
    assert isinstance(caught.value, PermissionError)
    assert "permissions" in caught.value.hint


@contextmanager
def _as_nobody() -> Iterator[None]:
    """For the superuser, to whom nothing is forbidden."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)
