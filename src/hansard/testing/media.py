"""Media files of every accepted kind, and of many broken kinds, built by script.

Sound is an array of shape (channels, samples), float32 in -1 to 1. The encoders are those in PyAV's
wheels; what they cannot write (AMR-WB, Speex, FLAC of ten hours) is put together byte by byte.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.video.stream import VideoStream

Samples = NDArray[np.float32]
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
_PICTURES_PER_SECOND = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a media file is made."""

    container: str
    codec: str
    rate: int = 48_000
    channels: int = 2
    bit_rate: int | None = None
    video: str | None = None
    """The codec of a black picture that lasts as long as the sound."""
    delay: float = 0.0
    """How much later than the picture the sound begins, in seconds."""
    options: Mapping[str, str] = field(default_factory=dict)
    """For the container's writer."""


RECIPES: Mapping[str, Recipe] = MappingProxyType({
    "s16.wav": Recipe(container="wav", codec="pcm_s16le", rate=16_000, channels=1),
    "u8.wav": Recipe(container="wav", codec="pcm_u8", rate=8_000, channels=1),
    "s24.wav": Recipe(container="wav", codec="pcm_s24le"),
    "s32.wav": Recipe(container="wav", codec="pcm_s32le", rate=192_000),
    "f32.wav": Recipe(container="wav", codec="pcm_f32le", rate=44_100, channels=6),
    "f64.wav": Recipe(container="wav", codec="pcm_f64le", channels=16),
    "mulaw.wav": Recipe(container="wav", codec="pcm_mulaw", rate=8_000, channels=1),
    "alaw.wav": Recipe(container="wav", codec="pcm_alaw", rate=11_025),
    "adpcm-ms.wav": Recipe(container="wav", codec="adpcm_ms", rate=22_050),
    "adpcm-ima.wav": Recipe(container="wav", codec="adpcm_ima_wav", rate=44_100, channels=1),
    "rf64.wav": Recipe(container="wav", codec="pcm_s16le", options={"rf64": "always"}),
    "pcm.w64": Recipe(container="w64", codec="pcm_s16le", rate=44_100),
    "pcm.aiff": Recipe(container="aiff", codec="pcm_s16be", rate=44_100),
    "pcm.au": Recipe(container="au", codec="pcm_s16be", rate=22_050, channels=1),
    "pcm.caf": Recipe(container="caf", codec="pcm_s16be", rate=32_000),
    "layer3.mp3": Recipe(container="mp3", codec="libmp3lame", rate=44_100),
    "layer2.mp2": Recipe(container="mp2", codec="mp2"),
    "aac.m4a": Recipe(container="ipod", codec="aac", rate=44_100),
    "alac.m4a": Recipe(container="ipod", codec="alac", rate=44_100),
    "adts.aac": Recipe(container="adts", codec="aac"),
    "lossless.flac": Recipe(container="flac", codec="flac", rate=96_000),
    "opus.ogg": Recipe(container="ogg", codec="libopus"),
    "vorbis.ogg": Recipe(container="ogg", codec="vorbis", rate=44_100),
    "opus.webm": Recipe(container="webm", codec="libopus", channels=1),
    "aac.mka": Recipe(container="matroska", codec="aac"),
    "pcm16.mka": Recipe(container="matroska", codec="pcm_s16le", channels=16),
    "v2.wma": Recipe(container="asf", codec="wmav2", rate=44_100, bit_rate=128_000),
    "narrow.amr": Recipe(container="amr", codec="libopencore_amrnb", rate=8_000, channels=1),
    "surround.ac3": Recipe(container="ac3", codec="ac3", channels=6),
    "surround.eac3": Recipe(container="eac3", codec="eac3", channels=6),
    "pack.wv": Recipe(container="wv", codec="wavpack", rate=44_100),
    "pack16.wv": Recipe(container="wv", codec="wavpack", rate=44_100, channels=16),
    "true.tta": Recipe(container="tta", codec="tta", rate=44_100),
    "film.mp4": Recipe(container="mp4", codec="aac", video="mpeg4"),
    "film.mov": Recipe(container="mov", codec="pcm_s16le", video="mpeg4"),
    "film.mkv": Recipe(container="matroska", codec="libopus", video="mpeg4"),
    "film.webm": Recipe(container="webm", codec="libopus", video="libvpx"),
    "film.avi": Recipe(container="avi", codec="libmp3lame", rate=44_100, video="mpeg4"),
    "film.ts": Recipe(container="mpegts", codec="aac", video="mpeg2video"),
    "film.mpg": Recipe(container="vob", codec="ac3", video="mpeg2video"),
    "film.flv": Recipe(container="flv", codec="aac", rate=44_100, video="flv"),
    "phone.3gp": Recipe(container="3gp", codec="libopencore_amrnb", rate=8_000, channels=1),
})  # fmt: skip
"""One file of each kind that the encoders can make; the name is a good file name."""


def tone(seconds: float, rate: int, channels: int = 1, *, hz: float = 440.0) -> Samples:
    """A sine of half the full level, the same in all channels."""
    times = np.arange(round(seconds * rate)) / rate
    return np.tile((0.5 * np.sin(2 * np.pi * hz * times)).astype(np.float32), (channels, 1))


def beep(seconds: float, rate: int, channels: int = 1, *, start: float, end: float) -> Samples:
    """Silence but for a 1 kHz tone from `start` to `end`, which tells where time has gone."""
    sound = tone(seconds, rate, channels, hz=1000.0)
    sound[:, : round(start * rate)] = 0
    sound[:, round(end * rate) :] = 0
    return sound


def make(
    path: Path, recipe: Recipe, sound: Samples, *, tags: Mapping[str, str] | None = None
) -> Path:
    """Writes `sound` as a media file; its channels must be those of the recipe."""
    layout = _LAYOUTS.get(recipe.channels, f"{recipe.channels} channels")
    strict = {"strict": "experimental"} if recipe.codec == "vorbis" else {}
    with av.open(str(path), "w", format=recipe.container, options=dict(recipe.options)) as file:
        file.metadata.update(tags or {})
        # All streams are there before the first packet, or the header has been written without.
        film = _add_film(file, recipe.video) if recipe.video else None
        stream = file.add_stream(recipe.codec, rate=recipe.rate, layout=layout, options=strict)
        stream = cast("AudioStream", stream)
        if recipe.bit_rate:
            stream.bit_rate = recipe.bit_rate
        if film:
            _shoot(file, film, sound.shape[1] / recipe.rate)
        for frame in [*_frames(recipe, layout, sound), None]:
            file.mux(stream.encode(frame))
    return path


def make_film(path: Path, container: str, codec: str, seconds: float) -> Path:
    """Writes a black picture without any sound."""
    with av.open(str(path), "w", format=container) as file:
        _shoot(file, _add_film(file, codec), seconds)
    return path


def _add_film(file: OutputContainer, codec: str) -> "VideoStream":
    stream = cast("VideoStream", file.add_stream(codec, rate=_PICTURES_PER_SECOND))
    stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
    return stream


def _shoot(file: OutputContainer, stream: "VideoStream", seconds: float) -> None:
    for number in range(round(seconds * _PICTURES_PER_SECOND)):
        picture = VideoFrame(64, 64, "yuv420p")
        for plane in picture.planes:
            plane.update(bytes(plane.buffer_size))
        picture.pts, picture.time_base = number, Fraction(1, _PICTURES_PER_SECOND)
        file.mux(stream.encode(picture))
    file.mux(stream.encode(None))


def _frames(recipe: Recipe, layout: str, sound: Samples) -> Iterator[AudioFrame]:
    late = round(recipe.delay * recipe.rate)
    for start in range(0, sound.shape[1], recipe.rate):
        piece = np.ascontiguousarray(sound[:, start : start + recipe.rate].T).reshape(1, -1)
        frame = AudioFrame.from_ndarray(piece, format="flt", layout=layout)
        frame.sample_rate, frame.time_base = recipe.rate, Fraction(1, recipe.rate)
        frame.pts = start + late
        yield frame


def make_with_gap(
    path: Path, container: str, sound: Samples, rate: int, gap: tuple[float, float]
) -> Path:
    """Writes mono `sound` as Opus whose time stamps leap from `gap[0]` to `gap[1]` seconds.

    The sound before the leap comes first, the rest follows after it.
    """
    recipe = Recipe(container=container, codec="libopus", rate=rate, channels=1)
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream("libopus", rate=rate, layout="mono")
        for frame in [*_frames(recipe, "mono", sound), None]:
            for packet in stream.encode(frame):
                if packet.pts is not None and packet.pts * packet.time_base >= gap[0]:
                    packet.pts += round((gap[1] - gap[0]) / packet.time_base)
                    packet.dts = packet.pts
                file.mux(packet)
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class WavHeader:
    """The fields of a WAV header, true or not; None = what is true."""

    rate: int = 16_000
    channels: int = 1
    bits: int = 16
    tag: int = 1
    """1 = PCM, 3 = float."""
    data_size: int | None = None
    riff_size: int | None = None


def wav(data: bytes, header: WavHeader | None = None) -> bytes:
    """A WAV file with these samples and this header."""
    fields = header or WavHeader()
    block = fields.channels * fields.bits // 8
    riff = 36 + len(data) if fields.riff_size is None else fields.riff_size
    size = len(data) if fields.data_size is None else fields.data_size
    head = struct.pack("<4sI4s4sI", b"RIFF", riff, b"WAVE", b"fmt ", 16)
    speed = (fields.rate * block) & 0xFFFF_FFFF
    shape = struct.pack("<HHIIHH", fields.tag, fields.channels, fields.rate, speed,
                        block & 0xFFFF, fields.bits)  # fmt: skip
    return head + shape + struct.pack("<4sI", b"data", size) + data


def flac_of_silence(hours: float, rate: int) -> bytes:
    """A valid FLAC of silence, about 14 bytes for each 65,535 samples (RFC 9639, section 9)."""
    block = 65_535
    count = int(hours * 3600 * rate) // block
    shape = ((rate << 44) | (15 << 36) | (count * block)).to_bytes(8, "big")  # mono, 16 bits
    info = struct.pack(">HH", block, block) + bytes(6) + shape + bytes(16)
    frames = [b"fLaC\x80" + len(info).to_bytes(3, "big") + info]
    for number in range(count):
        head = b"\xff\xf8\x70\x08" + _utf8(number) + struct.pack(">H", block - 1)
        head += bytes([_crc(head, 8, 0x07)])
        body = head + bytes(3)  # one constant subframe of value 0
        frames.append(body + struct.pack(">H", _crc(body, 16, 0x8005)))
    return b"".join(frames)


def _utf8(number: int) -> bytes:
    if number < 0x80:
        return bytes([number])
    if number < 0x800:
        return bytes([0xC0 | number >> 6, 0x80 | number & 0x3F])
    return bytes([0xE0 | number >> 12, 0x80 | number >> 6 & 0x3F, 0x80 | number & 0x3F])


def _crc(data: bytes, bits: int, polynomial: int) -> int:
    top, mask, value = 1 << (bits - 1), (1 << bits) - 1, 0
    for byte in data:
        value ^= byte << (bits - 8)
        for _ in range(8):
            value = ((value << 1) ^ polynomial if value & top else value << 1) & mask
    return value


def caf(labels: tuple[int, ...], samples: int, rate: int = 16_000) -> bytes:
    """A CAF of 16-bit samples of 0x1000 whose channels carry these labels (1 = left, 2 = right)."""
    count = len(labels)
    shape = struct.pack(">d4sIIIII", rate, b"lpcm", 0, 2 * count, 1, count, 16)
    places = struct.pack(">III", 0, 0, count)
    places += b"".join(struct.pack(">IIfff", label, 0, 0.0, 0.0, 0.0) for label in labels)
    data = struct.pack(">I", 0) + b"\x10\x00" * (samples * count)
    chunks = [(b"desc", shape), (b"chan", places), (b"data", data)]
    body = b"".join(kind + struct.pack(">q", len(data)) + data for kind, data in chunks)
    return b"caff" + struct.pack(">HH", 1, 0) + body


def amr_wide(frames: int) -> bytes:
    """An AMR-WB file of 20 ms frames of lost speech, which decode to silence (RFC 4867, 5.3)."""
    return b"#!AMR-WB\n" + b"\x7c" * frames


def speex(frames: int) -> bytes:
    """An Ogg Speex file of 20 ms narrow-band frames without sound (the Speex manual, chapter 7)."""
    head = struct.pack("<8s20s13I", b"Speex   ", b"1.2", 1, 80, 8000, 0, 4, 1, 0xFFFF_FFFF, 160,
                       0, 1, 0, 0, 0)  # fmt: skip
    comment = struct.pack("<I", 0) * 2
    pages = [_ogg_page(0, 2, 0, head), _ogg_page(1, 0, 0, comment)]
    for number in range(frames):
        last = 4 if number == frames - 1 else 0
        # One bit for the band, four for "nothing is said", five that end the packet.
        pages.append(_ogg_page(number + 2, last, (number + 1) * 160, b"\x03\xc0"))
    return b"".join(pages)


def _ogg_page(number: int, flags: int, granule: int, packet: bytes) -> bytes:
    """One packet of fewer than 255 bytes as a page (RFC 3533, section 6)."""
    head = struct.pack("<4sBBqII", b"OggS", 0, flags, granule, 1, number)
    tail = bytes([1, len(packet)]) + packet
    return head + struct.pack("<I", _crc(head + bytes(4) + tail, 32, 0x04C1_1DB7)) + tail


def id3_with_cover(picture: bytes) -> bytes:
    """An ID3v2.3 tag with a front cover, to be put before an MP3."""
    content = b"\x00image/png\x00\x03\x00" + picture
    frame = b"APIC" + struct.pack(">IH", len(content), 0) + content
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + frame
