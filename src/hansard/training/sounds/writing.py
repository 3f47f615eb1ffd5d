"""Sound files: 16 kHz, 16 bits, one channel, written whole or not at all."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import numpy as np

from hansard.audio import SAMPLE_RATE, Sound
from hansard.audio.disk import FreeSpace, refuse_write
from hansard.audio.wav import HEADER_BYTES, header

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Blocks = Iterable[NDArray[np.float32]]

Format = Literal["wav", "flac"]
BLOCK = 60 * SAMPLE_RATE
"""Samples that are held in memory at once."""


def write_audio(path: Path, blocks: "Blocks") -> int:
    """Write samples (float32, -1 to 1, any number of blocks) as the suffix of `path` says.

    Returns how many samples there are.

    Raises:
        DiskFullError: there is no room.
        OutputError: it cannot be written.
    """
    with refuse_write(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    write = _write_flac if path.suffix == ".flac" else _write_wav
    with _aside(path) as part, refuse_write(path.parent):
        return write(part, _pcm(blocks, path.parent))


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """A hidden file that becomes `path` when all went well."""
    part = path.with_name(f".hansard-{secrets.token_hex(8)}{path.suffix}.part")
    try:
        yield part
        with refuse_write(path.parent):
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _pcm(blocks: "Blocks", folder: Path) -> "Iterator[NDArray[np.int16]]":
    space = FreeSpace(folder)
    for block in blocks:
        space.take(2 * len(block))
        yield np.clip(np.rint(block * 32768.0), -32768, 32767).astype("<i2")


def _write_wav(path: Path, blocks: "Iterable[NDArray[np.int16]]") -> int:
    with path.open("wb") as file:
        return _fill(file, blocks)


def _fill(file: BinaryIO, blocks: "Iterable[NDArray[np.int16]]") -> int:
    file.write(bytes(HEADER_BYTES))
    samples = 0
    for block in blocks:
        file.write(block.tobytes())
        samples += len(block)
    file.seek(0)
    file.write(header(samples, SAMPLE_RATE))
    return samples


def _write_flac(path: Path, blocks: "Iterable[NDArray[np.int16]]") -> int:
    from hansard.training.sounds.flac import encode_flac

    return encode_flac(path, blocks)


def blocks_of(
    sound: Sound, change: "Callable[[NDArray[np.float32]], NDArray[np.float32]] | None" = None
) -> "Iterator[NDArray[np.float32]]":
    """A Sound's samples in blocks of a minute, each changed by `change`."""
    for first in range(0, sound.samples, BLOCK):
        last = min(first + BLOCK, sound.samples)
        start = sound.start + first / SAMPLE_RATE
        block = sound.read(start, sound.start + last / SAMPLE_RATE)
        yield block if change is None else change(block)
