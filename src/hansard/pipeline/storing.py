"""Finished groups as bytes, so that a killed run goes on from them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from hansard.audio import Sound
from hansard.pipeline.reading import Group, Reading


def pack(group: Group) -> bytes:
    """A group as bytes; its windows' Sound is left out, because the next run has its own."""
    return msgspec.msgpack.encode(group, enc_hook=_plain)


def unpack(packed: bytes, sound: Sound) -> Group | None:
    """A packed group, its windows reading from `sound`; None where it cannot be understood.

    A group that another version of the program wrote may be of another shape. It is then decoded
    again.
    """
    try:
        group = msgspec.msgpack.decode(packed, type=Group, dec_hook=_rich)
    except (msgspec.MsgspecError, ValueError, TypeError):
        return None
    return replace(group, readings=tuple(_rebind(reading, sound) for reading in group.readings))


def _rebind(reading: Reading, sound: Sound) -> Reading:
    return replace(reading, window=replace(reading.window, sound=sound))


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return ""
    raise NotImplementedError(type(value))


def _rich(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(kind)
