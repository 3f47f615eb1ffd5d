"""Reading the facts from an opened container. It is handed PyAV's objects and imports none."""

import math
from typing import TYPE_CHECKING

from hansard.audio.info import MediaInfo
from hansard.audio.timeline import Timeline
from hansard.transcript.spans import Seconds

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.stream import Stream

    from hansard.audio.sources import Recording

_ATTACHED_PIC = 0x400
"""FFmpeg's AV_DISPOSITION_ATTACHED_PIC: cover art, not video."""
_PLAIN = frozenset({"wav", "w64", "aiff", "au", "caf"})
"""Containers of little else than samples."""
_GUESS = 0.02
"""How close to size / bit rate a length lies that was guessed from them."""


def describe(
    recording: "Recording", container: "InputContainer", stream: "AudioStream"
) -> MediaInfo:
    """What the headers say about the recording and its chosen audio stream."""
    context = stream.codec_context
    tags = {
        key.lower(): value.strip()
        for key, value in {**stream.metadata, **container.metadata}.items()
    }
    language = stream.metadata.get("language", "")
    return MediaInfo(
        name=recording.name,
        path=recording.path,
        format=container.format.name,
        format_long=container.format.long_name,
        codec=context.name,
        duration=_whole_length(container) or _stream_length(stream),
        sample_rate=context.sample_rate,
        channels=context.channels,
        layout=context.layout.name if context.channels else "",
        bit_rate=context.bit_rate or container.bit_rate or None,
        audio_streams=len(container.streams.audio),
        has_video=any(_is_video(each) for each in container.streams),
        size=recording.size,
        title=tags.get("title") or None,
        artist=tags.get("artist") or None,
        language=None if language in {"", "und"} else language,
    )


def place(container: "InputContainer", stream: "AudioStream") -> Timeline:
    """The recording's clock: zero is where its earliest sound or moving picture begins."""
    starts = [
        start
        for each in container.streams
        if each.type == "audio" or _is_video(each)
        if (start := _start(each)) is not None
    ]
    timeline = Timeline(origin=min(starts, default=0.0), until=_whole_length(container))
    timeline.begin(_start(stream))
    return timeline


def expected_length(
    recording: "Recording", container: "InputContainer", stream: "AudioStream"
) -> Seconds | None:
    """Where the audio should end; None where the header does not tell.

    It does not where FFmpeg guessed the length from the file's size and the first bit rate, as for
    MP3 without a Xing header and raw AAC.
    """
    length = _stream_length(stream) or _whole_length(container)
    bit_rate = stream.codec_context.bit_rate
    if length is None or (
        bit_rate and math.isclose(recording.size * 8 / bit_rate, length, rel_tol=_GUESS)
    ):
        return None
    return length


def unread_length(info: MediaInfo) -> Seconds:
    """How many seconds of PCM would fit behind what the header announces; 0 where few do.

    A recorder that was cut off may have left the sizes of an earlier moment in the header.
    """
    if info.format not in _PLAIN or not info.codec.startswith("pcm_"):
        return 0.0
    if not info.duration or not info.bit_rate:
        return 0.0
    rest = info.size * 8 / info.bit_rate - info.duration
    return rest if rest > max(2.0, 0.1 * info.duration) else 0.0


def _is_video(stream: "Stream") -> bool:
    return stream.type == "video" and not int(stream.disposition) & _ATTACHED_PIC


def _start(stream: "Stream") -> Seconds | None:
    if stream.start_time is None or not stream.time_base:
        return None
    return float(stream.start_time * stream.time_base)


def _stream_length(stream: "Stream") -> Seconds | None:
    if not stream.duration or stream.duration < 0 or not stream.time_base:
        return None
    return float(stream.duration * stream.time_base)


def _whole_length(container: "InputContainer") -> Seconds | None:
    if container.duration is None or container.duration <= 0:
        return None
    return container.duration / 1_000_000
