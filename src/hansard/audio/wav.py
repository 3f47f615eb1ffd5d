"""The header of a spool file: a WAV that can grow beyond 4 GiB.

Room for a `ds64` chunk is kept by a `JUNK` chunk of the same size, so that the file becomes an
RF64 in place when it turns out to be large (EBU Tech 3306, "BWF to RF64 on the fly").
"""

import struct

HEADER_BYTES = 80
"""Where the samples begin."""

_BYTES_PER_SAMPLE = 2
_LARGEST = 0xFFFF_FFFF
_DS64_BYTES = 28


def header(samples: int, rate: int) -> bytes:
    """The first 80 bytes of a WAV, or RF64 if need be, of mono 16-bit samples."""
    data = samples * _BYTES_PER_SAMPLE
    riff = data + HEADER_BYTES - 8
    large = riff > _LARGEST
    ds64 = struct.pack("<QQQI", riff, data, samples, 0) if large else bytes(_DS64_BYTES)
    parts = [
        struct.pack("<4sI4s", b"RF64" if large else b"RIFF", _LARGEST if large else riff, b"WAVE"),
        struct.pack("<4sI", b"ds64" if large else b"JUNK", _DS64_BYTES),
        ds64,
        struct.pack("<4sI", b"fmt ", 16),
        struct.pack("<HHIIHH", 1, 1, rate, rate * _BYTES_PER_SAMPLE, _BYTES_PER_SAMPLE, 16),
        struct.pack("<4sI", b"data", _LARGEST if large else data),
    ]
    return b"".join(parts)
