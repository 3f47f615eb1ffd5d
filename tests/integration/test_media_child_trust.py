"""A child that was taken over by its file: what it says and leaves is not believed."""

import asyncio
import os
import socket
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from hansard.audio.child_call import Call
from hansard.audio.child_fate import Outcome
from hansard.audio.child_folder import make_room
from hansard.audio.child_limits import ChildLimits
from hansard.audio.child_messages import (
    Decoded,
    Ended,
    Failed,
    Hello,
    Progress,
    Request,
    Secluded,
    pack,
)
from hansard.audio.info import MediaInfo
from hansard.errors import UnreadableMediaError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs passed files")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where Sounds are made."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def _names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


class _FakeLink:
    """Stands for a nursery whose child was taken over: it says what it likes."""

    def __init__(self, words: Sequence[bytes], *, linger: bool = False) -> None:
        self._words = words
        self._linger = linger
        self.held: list[socket.socket] = []

    async def send(self, _request: bytes, descriptors: Sequence[int]) -> bool:
        answers = socket.socket(fileno=os.dup(descriptors[0]))
        answers.sendall(b"".join(self._words))
        if self._linger:
            self.held.append(answers)
        else:
            answers.close()
        return True

    async def is_gone(self) -> bool:
        return False


INFO = MediaInfo(
    name="", path=None, format="wav", format_long="WAV", codec="pcm_s16le", duration=1.0,
    sample_rate=16_000, channels=1, layout="mono", bit_rate=None, audio_streams=1, has_video=False,
    size=32_080,
)  # fmt: skip
HELLO = pack(Hello(2**30))


@pytest.mark.parametrize(
    "words",
    [
        [HELLO, b"\xff\x00 not a message\n"],
        [HELLO, HELLO],
        [HELLO, pack(Secluded(())), pack(Secluded(("no-network",)))],
        [HELLO, bytes(1 << 17)],
        [HELLO, *[pack(Progress(1.0))] * 500],
        [HELLO, b'{"x":' * 10_000 + b"\n"],
    ],
)
def test_a_child_that_babbles_is_not_believed(words: list[bytes]) -> None:
    """Nonsense, repetitions and floods end the conversation."""
    outcome = asyncio.run(_converse(_FakeLink(words)))
    assert outcome == Outcome(unruly=True)


async def _converse(link: Any, most: float = 30.0) -> Outcome:
    try:
        return await Call(link=link).run(Request("a", ChildLimits()), [], most)
    finally:
        for each in getattr(link, "held", ()):
            each.close()


def test_a_child_that_never_ends_is_not_waited_for_for_ever() -> None:
    """Whoever outlives all clocks is given up."""

    class Patient(_FakeLink):
        async def send(self, request: bytes, descriptors: Sequence[int]) -> bool:
            asyncio.get_running_loop().call_later(0.5, lambda: [x.close() for x in self.held])
            return await super().send(request, descriptors)

    assert asyncio.run(_converse(Patient([HELLO], linger=True), 0.1)) == Outcome(late=True)


def test_the_last_word_and_the_end_are_told() -> None:
    """An honest conversation yields its last word and how the child ended."""
    said = Failed("no_audio", "none")
    words = [HELLO, pack(Secluded(())), pack(Progress(1.0, 2.0)), pack(said), pack(Ended(0))]
    assert asyncio.run(_converse(_FakeLink(words))) == Outcome(said=said, status=0)


def _leave_nothing(room: Path) -> None:
    pass


def _leave_two(room: Path) -> None:
    for name in ("a", "b"):
        (room / name).write_bytes(bytes(80 + 64))


def _leave_a_link(room: Path) -> None:
    (room.parent.parent / "passwd").write_bytes(bytes(80 + 64))
    (room / "a").symlink_to(room.parent.parent / "passwd")


def _leave_a_second_name(room: Path) -> None:
    (room.parent.parent / "passwd").write_bytes(bytes(80 + 64))
    (room / "a").hardlink_to(room.parent.parent / "passwd")


def _leave_less(room: Path) -> None:
    (room / "a").write_bytes(bytes(80 + 63))


def _leave_a_folder(room: Path) -> None:
    (room / "a").mkdir()


@pytest.mark.parametrize(
    "leave",
    [_leave_nothing, _leave_two, _leave_a_link, _leave_a_second_name, _leave_less, _leave_a_folder],
)
def test_what_a_child_leaves_is_looked_at(folder: Path, leave: Callable[[Path], None]) -> None:
    """Only one plain file of the announced size is taken for the Sound."""
    with make_room(folder) as room:
        leave(room.path)
        with pytest.raises(UnreadableMediaError, match="it left no sound"):
            room.adopt(Decoded(INFO, 32, 0.0), "talk.mp3")
    assert _names(folder) == []


def test_the_sound_gets_a_name_of_the_callers(folder: Path) -> None:
    """Whatever the child called it, the Sound lies in the caller's folder under a new name."""
    with make_room(folder) as room:
        assert stat.S_IMODE(room.path.stat().st_mode) == 0o700
        (room.path / "..record.json").write_bytes(bytes(80 + 64))
        sound = room.adopt(Decoded(INFO, 32, 1.5), "talk.mp3")
    assert [sound.path.name] == _names(folder)
    assert sound.path.name.startswith("hansard-")
    assert (sound.samples, sound.start) == (32, 1.5)
