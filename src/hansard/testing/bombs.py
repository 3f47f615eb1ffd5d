"""Hostile files: what strangers may send to make a decoder stumble, swell, wander or run for ever.

Each is a few bytes that a script writes, a description of what becomes of it, and the reason in its
name. What one names that it should not reach is a `Trap`: a file beside it and a web address.
"""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from hansard.errors import (
    HansardError,
    MediaError,
    MediaLimitError,
    UnreadableMediaError,
)
from hansard.testing.media import WavHeader, caf, flac_of_silence, id3_with_cover, wav

_SECOND = bytes(32_000)
_BILLION = 1_000_000_000
_MANY = 40_000_000
LONGEST = 3600.0
"""The `max_duration` for which the outcomes are stated, in seconds."""


@dataclass(frozen=True, slots=True)
class Trap:
    """What no bomb may touch."""

    file: Path
    address: str
    """Of a web server, `http://host:port`."""


@dataclass(frozen=True, slots=True)
class Bomb:
    """One hostile file."""

    build: Callable[[Trap], bytes]
    outcome: type[HansardError] | None
    """What it is refused with (or a class below that); None = some sound can be had from it."""


def _text(template: str) -> Callable[[Trap], bytes]:
    def build(trap: Trap) -> bytes:
        named = template.replace("FILE", str(trap.file)).replace("NEIGHBOUR", trap.file.name)
        return named.replace("ADDRESS", trap.address).encode()

    return build


def _fixed(make: Callable[[], bytes]) -> Callable[[Trap], bytes]:
    return lambda _: make()


def _wav(header: WavHeader, data: bytes = _SECOND) -> Callable[[Trap], bytes]:
    return lambda _: wav(data, header)


_CONCAT = "ffconcat version 1.0\nfile '{}'\n"
_HLS = (
    "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:3\n#EXT-X-MEDIA-SEQUENCE:0\n"
    "#EXTINF:3.0,\n{}\n#EXT-X-ENDLIST\n"
)
_DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT3S"><Period><AdaptationSet mimeType="audio/mp4">'
    '<Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL></Representation>'
    "</AdaptationSet></Period></MPD>"
)
_SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def _riff(*chunks: bytes, kind: bytes = b"WAVE") -> bytes:
    body = kind + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunk(kind: bytes, data: bytes, size: int | None = None) -> bytes:
    return kind + struct.pack("<I", len(data) if size is None else size) + data


_FORMAT = _chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 16_000, 32_000, 2, 16))


def _nested_lists() -> bytes:
    inner = b""
    for _ in range(5000):
        inner = _chunk(b"LIST", b"INFO" + inner)
    return _riff(inner, _FORMAT, _chunk(b"data", _SECOND))


def _not_numbers(value: float) -> bytes:
    return wav(np.full(16_000, value, dtype=np.float32).tobytes(), WavHeader(bits=32, tag=3))


# MP4 (ISO/IEC 14496-12) -------------------------------------------------------------------------


def _box(kind: bytes, *content: bytes, size: int | None = None) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body) if size is None else size, kind) + body


def _full(kind: bytes, *numbers: int) -> bytes:
    """A box of 32-bit numbers, after its version and flags."""
    return _box(kind, struct.pack(f">{len(numbers) + 1}I", 0, *numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mp4:
    """What may lie in an MP4 of one second of 16-bit PCM."""

    times: bytes = _full(b"stts", 1, 16_000, 1)
    sizes: bytes = _full(b"stsz", 2, 16_000)
    chunks: bytes = _full(b"stsc", 1, 1, 16_000, 1)
    reference: bytes = _full(b"url ")
    edits: bytes = b""

    def build(self) -> bytes:
        file_type = _box(b"ftyp", b"isom", bytes(4), b"isom")
        offset = len(file_type) + 8
        sound = struct.pack(">6xH8xHHHHI", 1, 1, 16, 0, 0, 16_000 << 16)
        table = _box(
            b"stbl",
            _box(b"stsd", struct.pack(">II", 0, 1), _box(b"sowt", sound)),
            self.times, self.sizes, self.chunks, _full(b"stco", 1, offset),
        )  # fmt: skip
        reference = _box(b"dref", struct.pack(">II", 0, 1), self.reference)
        media = _box(
            b"mdia",
            _full(b"mdhd", 0, 0, 16_000, 16_000, 0),
            _box(b"hdlr", struct.pack(">II4s12xB", 0, 0, b"soun", 0)),
            _box(b"minf", _full(b"smhd", 0), _box(b"dinf", reference), table),
        )
        track = _box(b"trak", _full(b"tkhd", 0, 0, 1, 0, 16_000, *[0] * 15), self.edits, media)
        movie = _box(b"moov", _full(b"mvhd", 0, 0, 16_000, 16_000, *[0] * 20), track)
        return file_type + _box(b"mdat", _SECOND) + movie


def _alias(trap: Trap) -> bytes:
    """A QuickTime data reference to another file, by its path."""
    path = str(trap.file).encode()
    record = bytes(150) + struct.pack(">HH", 2, len(path)) + path + bytes(len(path) & 1)
    record += struct.pack(">HH", 0xFFFF, 0)
    return _Mp4(reference=_box(b"alis", bytes(4), record)).build()


def _deep_boxes() -> bytes:
    inner = b""
    for _ in range(20_000):
        inner = _box(b"moov", inner)
    return _box(b"ftyp", b"isom", bytes(4)) + inner


# Matroska (RFC 9559) ----------------------------------------------------------------------------


def _element(kind: str, *content: bytes | int) -> bytes:
    body = b"".join(
        each if isinstance(each, bytes) else each.to_bytes(4, "big") for each in content
    )
    return bytes.fromhex(kind) + (len(body) | 1 << 56).to_bytes(8, "big") + body


_EBML = _element("1A45DFA3", _element("4282", b"matroska"), _element("4287", 4))


def _compressed_matroska(packets: int, size: int) -> bytes:
    """Blocks of PCM silence that zlib has made a thousandth of their size."""
    encoding = _element("6D80", _element("6240", _element("5034", _element("4254", 0))))
    sound = _element("E1", _element("B5", struct.pack(">f", 16_000.0)), _element("9F", 1),
                     _element("6264", 16))  # fmt: skip
    track = _element("AE", _element("D7", 1), _element("73C5", 1), _element("83", 2),
                     _element("86", b"A_PCM/INT/LIT"), sound, encoding)  # fmt: skip
    block = _element("A3", b"\x81\x00\x00\x80" + zlib.compress(bytes(size), 9))
    clusters = [_element("1F43B675", _element("E7", 1000 * number), block)
                for number in range(packets)]  # fmt: skip
    return _EBML + _element("18538067", _element("1654AE6B", track), *clusters)


def _deep_elements() -> bytes:
    inner = b""
    for _ in range(3000):
        inner = _element("1654AE6B", inner)
    return _EBML + _element("18538067", inner)


# Ogg (RFC 3533) ---------------------------------------------------------------------------------

_OPUS_HEAD = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, 0, 48_000, 0, 0)
_OPUS_TAGS = struct.pack("<8sII", b"OpusTags", 0, 0)


def _page(number: int, flags: int, granule: int, packets: list[bytes], serial: int = 1) -> bytes:
    """A page; a packet of 255 bytes goes on in the next one."""
    sizes = bytes(map(len, packets))
    head = struct.pack("<4sBBqII", b"OggS", 0, flags, granule, serial, number)
    tail = bytes([len(sizes)]) + sizes + b"".join(packets)
    return head + struct.pack("<I", _ogg_sum(head + bytes(4) + tail)) + tail


def _ogg_sum(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C1_1DB7 if value >> 31 else value << 1) & 0xFFFF_FFFF
    return value


def _opus(*pages: bytes) -> bytes:
    head = _page(0, 2, 0, [_OPUS_HEAD]) + _page(1, 0, 0, [_OPUS_TAGS])
    return head + b"".join(pages)


def _opus_of_silence(hours: float) -> bytes:
    """Two bytes for each 120 ms: discontinuous transmission (RFC 6716, section 3.1)."""
    packets = 255
    pages = int(hours * 3600 / 0.12 / packets)
    frame = b"\x1b\x06"  # 60 ms silk frames, two in a packet, both empty
    return _opus(*(_page(number + 2, 0, (number + 1) * packets * 5760, [frame] * packets)
                   for number in range(pages)))  # fmt: skip


def _endless_packet() -> bytes:
    page = _page(2, 1, -1, [b"\xff" * 255] * 255)
    return _opus(page * 300)


# MP3 with ID3 -----------------------------------------------------------------------------------


def _id3(*frames: bytes, size: int | None = None) -> bytes:
    body = b"".join(frames)
    return b"ID3\x04\x00\x00" + _sevens(len(body) if size is None else size) + body


def _sevens(number: int) -> bytes:
    """A number in four bytes of seven bits (ID3v2.4, section 6.2)."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _mp3(seconds: float = 1.0) -> bytes:
    """Frames of silence at 32 kb/s and 16 kHz (ISO/IEC 13818-3): 144 bytes for 36 ms."""
    frame = b"\xff\xf3\x48\xc4" + bytes(140)
    return frame * round(seconds / 0.036)


def _inflating_tag() -> bytes:
    """A compressed frame of 256 KB that says, and is, 256 MB."""
    size = 256 << 20
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(256)) + packer.flush()
    content = _sevens(size - 1) + packed
    return _id3(b"TXXX" + _sevens(len(content)) + b"\x00\x09" + content) + _mp3()


def _flac_without_length() -> bytes:
    content = bytearray(flac_of_silence(10, 4_000))
    content[21:26] = bytes([content[21] & 0xF0, 0, 0, 0, 0])
    return bytes(content)


def _flac_blocks(kind: int, size: int, count: int) -> bytes:
    """Metadata blocks before the first frame, with the size that they say."""
    whole = flac_of_silence(0.05, 16_000)
    head, rest = bytearray(whole[:42]), whole[42:]
    head[4] &= 0x7F
    block = size.to_bytes(3, "big") + bytes(32)
    blocks = (bytes([kind]) + block) * (count - 1) + bytes([kind | 0x80]) + block
    return bytes(head) + blocks + rest


def _caf_of_packets(count: int) -> bytes:
    whole = caf((1,), 1600)
    table = struct.pack(">qqii", count, count, 0, 0)
    return whole + b"pakt" + struct.pack(">q", len(table)) + table


def _tta(samples: int) -> bytes:
    """A header of True Audio, without a table of frames."""
    head = struct.pack("<4sHHHII", b"TTA1", 1, 1, 16, 16_000, samples)
    return head + struct.pack("<I", zlib.crc32(head)) + bytes(100_000)


def _zip(content: bytes, depth: int) -> bytes:
    for _ in range(depth):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in "abcdefgh":
                archive.writestr(name + ".zip", content)
        content = packed.getvalue()
    return content


def _noise() -> bytes:
    return np.random.default_rng(3).bytes(300_000)


_TABLE: Mapping[str, tuple[Callable[[Trap], bytes], type[HansardError] | None]] = {
    # Files that name others.
    "concat.wav": (_text(_CONCAT.format("NEIGHBOUR")), UnreadableMediaError),
    "concat-far.mp3": (_text(_CONCAT.format("FILE")), UnreadableMediaError),
    "concat-itself.wav": (_text(_CONCAT.format("concat-itself.wav") * 9), UnreadableMediaError),
    "concat-web.ogg": (_text(_CONCAT.format("ADDRESS/a.mp3")), UnreadableMediaError),
    "hls.mp3": (_text(_HLS.format("FILE")), UnreadableMediaError),
    "hls-web.wav": (_text(_HLS.format("ADDRESS/a.ts")), UnreadableMediaError),
    "hls-itself.m3u8": (_text(_HLS.format("hls-itself.m3u8")), UnreadableMediaError),
    "hls-key.wav": (_text('#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="ADDRESS/key"\n'
                          "#EXTINF:3,\nNEIGHBOUR\n"), UnreadableMediaError),
    "dash.mp4": (_text(_DASH.format("FILE")), UnreadableMediaError),
    "dash-web.m4a": (_text(_DASH.format("ADDRESS/a.mp4")), UnreadableMediaError),
    "sdp.wav": (_text(_SDP + "a=control:ADDRESS\r\nm=audio 5004 RTP/AVP 0\r\n"),
                UnreadableMediaError),
    "pls.mp3": (_text("[playlist]\nFile1=FILE\nNumberOfEntries=1\n"), UnreadableMediaError),
    "alias.mov": (_alias, MediaError),
    # Files that are something else.
    "empty.wav": (_fixed(bytes), UnreadableMediaError),
    "one-byte.mp3": (_fixed(lambda: b"R"), UnreadableMediaError),
    "zeros.mp3": (_fixed(lambda: bytes(1 << 20)), UnreadableMediaError),
    "noise.flac": (_fixed(_noise), UnreadableMediaError),
    "laughs.xml": (_text(f"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY l0 'ha'>{_LAUGHS}]>"
                         "<x>&l9;</x>"), UnreadableMediaError),
    "picture.svg": (_text('<svg xmlns="http://www.w3.org/2000/svg"><image href="FILE"/></svg>'),
                    UnreadableMediaError),
    "paper.pdf": (_text("%PDF-1.7\n1 0 obj<</Type/Catalog/F(FILE)>>endobj"), UnreadableMediaError),
    "picture.png": (_fixed(lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\x7f" * 17),
                    UnreadableMediaError),
    "picture.gif": (_fixed(lambda: b"GIF89a" + bytes(100)), UnreadableMediaError),
    "program.wav": (_fixed(lambda: b"\x7fELF\x02\x01\x01" + bytes(500)), UnreadableMediaError),
    "script.mp3": (_text("#!/bin/sh\ncat FILE\n"), UnreadableMediaError),
    "archive.gz": (_fixed(lambda: gzip.compress(bytes(50 << 20))), UnreadableMediaError),
    "matryoshka.zip": (_fixed(lambda: _zip(bytes(1 << 20), 5)), UnreadableMediaError),
    "page-with-sound.wav": (_fixed(lambda: b"<!DOCTYPE html><script>" + wav(_SECOND)),
                            UnreadableMediaError),
    "sound-with-archive.wav": (_fixed(lambda: wav(_SECOND) + _zip(b"x", 1)), None),
    # Headers that lie.
    "channels-0.wav": (_wav(WavHeader(channels=0)), MediaLimitError),
    "channels-255.wav": (_wav(WavHeader(channels=255)), MediaLimitError),
    "channels-65535.wav": (_wav(WavHeader(channels=65_535)), MediaError),
    "rate-0.wav": (_wav(WavHeader(rate=0)), MediaError),
    "rate-1.wav": (_wav(WavHeader(rate=1)), MediaLimitError),
    "rate-4-billion.wav": (_wav(WavHeader(rate=0xFFFF_FFFF)), MediaError),
    "bits-0.wav": (_wav(WavHeader(bits=0)), MediaError),
    "bits-65535.wav": (_wav(WavHeader(bits=65_535)), MediaError),
    "codec-unknown.wav": (_wav(WavHeader(tag=0x1234)), MediaError),
    "sizes-4-gb.wav": (_wav(WavHeader(data_size=0xFFFF_FFFE, riff_size=0xFFFF_FFFE)), None),
    "sizes-0.wav": (_wav(WavHeader(data_size=0, riff_size=0)), None),
    "format-4-gb.wav": (_fixed(lambda: _riff(_chunk(b"fmt ", _SECOND, 0xFFFF_FFF0))), MediaError),
    "lists-in-lists.wav": (_fixed(_nested_lists), None),
    "chunks-100000.wav": (_fixed(lambda: _riff(_FORMAT, _chunk(b"junk", b"") * 100_000,
                                               _chunk(b"data", _SECOND))), None),
    "nan.wav": (_fixed(lambda: _not_numbers(np.nan)), None),
    "infinite.wav": (_fixed(lambda: _not_numbers(np.inf)), None),
    "packets-billion.caf": (_fixed(lambda: _caf_of_packets(_BILLION)), MediaError),
    "samples-4-billion.tta": (_fixed(lambda: _tta(0xFFFF_FFFF)), MediaError),
    "truncated.mp4": (_fixed(lambda: _Mp4().build()[:32_100]), MediaError),
    "times-billion-announced.mp4": (
        _fixed(lambda: _Mp4(times=_full(b"stts", _BILLION, 16_000, 1)).build()), MediaError),
    "samples-80-million.mp4": (_fixed(lambda: _Mp4(
        times=_full(b"stts", 2, _MANY, 1, _MANY, 2), sizes=_full(b"stsz", 1, 2 * _MANY),
        chunks=_full(b"stsc", 1, 1, 2 * _MANY, 1)).build()), MediaError),
    "edits-million.mp4": (_fixed(lambda: _Mp4(edits=_box(b"edts", _full(
        b"elst", 1_000_000, *[1, 0, 0x1_0000] * 1_000))).build()), None),
    "boxes-in-boxes.mp4": (_fixed(_deep_boxes), UnreadableMediaError),
    "box-of-no-size.mp4": (_fixed(lambda: _box(b"ftyp", b"isom", bytes(4))
                                  + _box(b"moov", size=1) * 50_000), UnreadableMediaError),
    "elements-in-elements.mkv": (_fixed(_deep_elements), MediaError),
    "streams-3000.ogg": (_fixed(lambda: b"".join(
        _page(0, 2, 0, [_OPUS_HEAD], serial) for serial in range(3000))), MediaError),
    # Much from little.
    "ten-hours.flac": (_fixed(lambda: flac_of_silence(10, 4_000)), MediaLimitError),
    "ten-hours-1khz.flac": (_fixed(lambda: flac_of_silence(10, 1_000)), MediaLimitError),
    "ten-hours-unsaid.flac": (_fixed(_flac_without_length), MediaLimitError),
    "pictures.flac": (_fixed(lambda: _flac_blocks(6, 0xFF_FFFF, 1)), MediaError),
    "paddings.flac": (_fixed(lambda: _flac_blocks(1, 32, 50_000)), None),
    "two-hours-of-nothing.opus": (_fixed(lambda: _opus_of_silence(2)), MediaLimitError),
    "leap.opus": (_fixed(lambda: _opus(_page(2, 0, 5760, [b"\x1b\x06"]),
                                       _page(3, 0, 1 << 60, [b"\x1b\x06"]))), MediaError),
    "endless-packet.ogg": (_fixed(_endless_packet), MediaError),
    "inflating.mkv": (_fixed(lambda: _compressed_matroska(64, 8 << 20)), MediaLimitError),
    "cover-32-mb.mp3": (_fixed(lambda: id3_with_cover(bytes(32 << 20)) + _mp3()), None),
    "tag-256-mb-announced.mp3": (_fixed(lambda: _id3(size=(1 << 28) - 1) + _mp3()), MediaError),
    "tags-50000.mp3": (_fixed(lambda: _id3() * 50_000 + _mp3()), None),
    "inflating-tag.mp3": (_fixed(_inflating_tag), None),
}  # fmt: skip

BOMBS: Mapping[str, Bomb] = MappingProxyType({name: Bomb(*each) for name, each in _TABLE.items()})
"""Every bomb by its file name."""
