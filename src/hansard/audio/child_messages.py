"""What the caller, the nursery and its children say to each other: JSON, one message a line.

    caller -> nursery   Request, with the descriptors of the answers' socket, of the media file and,
                        when it is decoded, of the folder for the Sound
    nursery -> caller   Ready, once
    child -> caller     Hello, Secluded, Progress ..., then Probed | Decoded | Failed
    nursery -> caller   Ended, on the child's socket, as soon as the child is gone

A child may have been taken over by the file that it reads: types are checked, lines are short.
"""

from dataclasses import replace

import msgspec

from hansard.audio.child_limits import ChildLimits
from hansard.audio.info import MediaInfo
from hansard.audio.options import AudioOptions
from hansard.transcript.spans import Seconds

LONGEST_LINE = 1 << 16
"""In bytes."""
_LONGEST_TEXT = 500
"""What is left of a title or the like, in characters."""
_MOST_NOTES = 20


class Request(msgspec.Struct, frozen=True):
    """One file to be probed or decoded."""

    shown: str
    """Its name, safe to print."""
    limits: ChildLimits
    options: AudioOptions | None = None
    """How to decode it; None = only probe it."""
    largest: int = 0
    """How many bytes the Sound's file may have."""


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The nursery has loaded everything."""


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """A child has begun; a pidfd of it comes along where the system has them."""

    pid: int


class Secluded(msgspec.Struct, frozen=True, tag="secluded"):
    """The child has given up what it does not need, and names what that is."""

    confined: tuple[str, ...]


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """How far decoding is and, if known, how far it will go."""

    position: Seconds
    total: Seconds | None = None


class Probed(msgspec.Struct, frozen=True, tag="probed"):
    """What the headers say."""

    info: MediaInfo


class Decoded(msgspec.Struct, frozen=True, tag="decoded"):
    """A Sound is in the folder, its only file."""

    info: MediaInfo
    samples: int
    start: Seconds
    notes: tuple[str, ...] = ()


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """An exception, by its code."""

    code: str
    message: str
    hint: str = ""


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """How the child ended: its exit status, or less than zero for a signal."""

    status: int


Answer = Ready | Hello | Secluded | Progress | Probed | Decoded | Failed | Ended

_REQUESTS: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_ANSWERS: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)


def pack(message: Request | Answer) -> bytes:
    """A message as a line."""
    return msgspec.json.encode(message) + b"\n"


def read_request(line: bytes) -> Request:
    """The request in a line.

    Raises:
        ValueError: there is none.
    """
    return _REQUESTS.decode(line)


def read_answer(line: bytes) -> Answer:
    """The answer in a line.

    Raises:
        ValueError: there is none.
    """
    try:
        return _ANSWERS.decode(line)
    except RecursionError as error:
        raise ValueError("Invalid: it is nested too deeply") from error


def brief(info: MediaInfo) -> MediaInfo:
    """The same facts without the name and with texts, which a stranger wrote, cut to a size."""
    return replace(
        info,
        name="",
        path=None,
        title=_cut(info.title),
        artist=_cut(info.artist),
        language=_cut(info.language),
    )


def brief_notes(notes: tuple[str, ...]) -> tuple[str, ...]:
    """The weightiest notes."""
    return tuple(note[:_LONGEST_TEXT] for note in notes[:_MOST_NOTES])


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:_LONGEST_TEXT]


class Lines:
    """Makes lines of bytes as they come."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes.

        Raises:
            ValueError: a line is longer than 65,536 bytes.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if max(map(len, [*lines, self._rest])) > LONGEST_LINE:
            raise ValueError("a line is too long")
        return lines
