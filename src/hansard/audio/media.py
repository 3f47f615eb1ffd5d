"""Media in, a Sound out: the only place that uses PyAV, which is FFmpeg's libraries.

    bytes -> packets -> frames -> blocks of a second -> one channel at 16 kHz -> spool file

Everything here is hostile input until proved otherwise: readers are whitelisted, nothing beside the
given bytes can be opened, and what is decoded is counted while it is decoded.
"""

import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Never, cast

import av
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.filter import Graph
from av.stream import Discard

from hansard.audio.decoding import Decoding, Means
from hansard.audio.diagnosis import explain
from hansard.audio.formats import whitelist
from hansard.audio.headers import describe, expected_length, place, unread_length
from hansard.audio.info import MediaInfo, Opened
from hansard.audio.limits import check_header
from hansard.audio.listening import Listener, Progress
from hansard.audio.mixing import is_weighable, replace_non_finite, to_mono, views
from hansard.audio.notes import Findings, tell
from hansard.audio.options import WHOLE, AudioOptions, parse_channel, parse_clip
from hansard.audio.sound import SAMPLE_RATE
from hansard.audio.sources import Recording, Source, open_recording, unreadable
from hansard.audio.spool import Spool
from hansard.errors import NoAudioError, UnreadableMediaError
from hansard.transcript.spans import Seconds, Span

if TYPE_CHECKING:
    from av.packet import Packet

logger = logging.getLogger(__name__)

_READ_BYTES = 1 << 16
_LARGEST_BLOCK = 48_000
"""Samples that are gathered before they are resampled together, at most a second's worth."""
_MOST_PLANES = 8
"""With more, PyAV counts planes beyond the end of FFmpeg's list of them."""
_CHAN_READERS = ("mov", "caf", "aiff")
"""Readers of Apple's `chan` box; see `_tame_layout`."""


def probe(source: Source, *, folder: Path | None = None) -> MediaInfo:
    """What the headers of a media file say, without decoding it.

    `folder` is where a pipe is copied to meanwhile.

    Raises:
        MediaError: as `open_sound`, but for the limits.
    """
    with open_recording(source, folder) as recording, _open(recording) as container:
        return describe(recording, container, _first_audio(recording, container))


def open_sound(
    source: Source,
    folder: Path,
    options: AudioOptions | None = None,
    *,
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Opened:
    """Decodes the first audio stream of `source` into a new WAV file in `folder`.

    Memory use does not depend on the length. `cancelled` is asked about every second of audio.
    When anything is raised, KeyboardInterrupt included, no file is left behind.

    Raises:
        SettingError: the clip or the channel is not understood.
        MediaNotFoundError: no file has this name.
        MediaAccessError: it may not be read.
        UnreadableMediaError: it is not media, or of a kind that is refused, or nothing decodes.
        NoAudioError: it has no sound.
        MediaLimitError: its rate, channels or length, or the clip, are outside the bounds.
        OutputError: the disk is full or refuses.
        Cancelled: the caller asked to stop.
    """
    options = options or AudioOptions()
    clip = WHOLE if options.clip is None else parse_clip(options.clip)
    channel = None if options.channel is None else parse_channel(options.channel)
    with open_recording(source, folder, cancelled) as recording, _open(recording) as container:
        stream = _first_audio(recording, container)
        info = describe(recording, container, stream)
        check_header(info, clip, channel, options.max_duration, recording.shown)
        with Spool(folder, clip, options.max_duration, recording.shown) as spool:
            findings = Findings(
                expected=expected_length(recording, container, stream), unread=unread_length(info)
            )
            decoding = Decoding(
                shown=recording.shown,
                means=_means(recording, container, stream, channel, findings),
                timeline=place(container, stream),
                spool=spool,
                channel=channel,
                listener=Listener(on_progress, cancelled, _end(info, clip)),
                findings=findings,
            )
            decoding.run()
            decoding.check(clip, options.min_duration)
            sound = spool.finish()
    notes = tell(findings, decoding.timeline, clip)
    for note in notes:
        logger.info("%s: %s", recording.shown, note)
    return Opened(sound=sound, info=info, notes=notes)


def _end(info: MediaInfo, clip: Span) -> Seconds | None:
    end = clip.end if info.duration is None else min(info.duration, clip.end)
    return None if math.isinf(end) else end


@contextmanager
def _open(recording: Recording) -> Iterator[InputContainer]:
    try:
        container = av.open(
            _Reader(recording),
            "r",
            container_options={"format_whitelist": whitelist(), "protocol_whitelist": "file"},
            metadata_errors="replace",
            buffer_size=_READ_BYTES,
            io_open=_refuse_to_open,
        )
    except (av.FFmpegError, ValueError, RuntimeError) as error:
        logger.debug("%s: %s", recording.shown, error)
        raise UnreadableMediaError(
            f"'{recording.shown}' {explain(recording.file)}",
            hint="hansard formats lists what can be read",
        ) from error
    except OSError as error:
        raise unreadable(recording.shown, error) from error
    with container:
        try:
            yield container
        except av.FFmpegError as error:
            raise UnreadableMediaError(f"'{recording.shown}' is damaged: {error}") from error


class _Reader:
    """What FFmpeg reads from: bytes only, without a name that could sway it."""

    name = "recording"

    def __init__(self, recording: Recording) -> None:
        self.read = recording.file.read
        self.seek = recording.file.seek
        self.tell = recording.file.tell


def _refuse_to_open(*_asked: object) -> Never:
    # Second lock behind the whitelists: a format that names other files gets none.
    raise PermissionError("media may not open other files")


def _first_audio(recording: Recording, container: InputContainer) -> AudioStream:
    streams = container.streams.audio
    if not streams:
        raise NoAudioError(
            f"'{recording.shown}' holds no audio",
            hint="it has a picture only" if container.streams.video else "",
        )
    # PyAV has no codec context where FFmpeg has no decoder, whatever its types say.
    stream = next((each for each in streams if each.codec_context is not None), None)
    if stream is None:
        raise UnreadableMediaError(f"'{recording.shown}' has audio of a codec that is not known")
    for other in container.streams:
        if other is not stream:
            other.discard = Discard.all  # so that pictures are not even read, where possible
    _tame_layout(container, stream)
    return stream


def _tame_layout(container: InputContainer, stream: AudioStream) -> None:
    """Replaces the channel layout of formats whose layouts may be a list.

    PyAV 18.1 frees such a list once for each look at the layout, which ends the process. One look
    (`channels`) is safe, as the list is then dropped; more than two channels are mixed evenly.
    """
    if set(_CHAN_READERS).intersection(container.format.name.split(",")):
        channels = stream.codec_context.channels
        if channels > 0:
            names = {1: "mono", 2: "stereo"}
            stream.codec_context.layout = names.get(channels, f"{channels} channels")


def _means(
    recording: Recording,
    container: InputContainer,
    stream: AudioStream,
    channel: int | None,
    findings: Findings,
) -> Means:
    return Means(
        tick=float(stream.time_base or 0),
        packets=_packets(recording, container, stream),
        decode=_decode,
        forget=stream.codec_context.flush_buffers,
        funnel=lambda frame: _Funnel(frame, channel, findings),
    )


def _packets(
    recording: Recording, container: InputContainer, stream: AudioStream
) -> Iterator["Packet[AudioStream] | None"]:
    while True:
        try:
            yield from container.demux(stream)
        except av.FFmpegError:
            yield None
        except OSError as error:
            raise unreadable(recording.shown, error) from error
        else:
            return


def _decode(packet: "Packet[AudioStream]") -> list[AudioFrame] | None:
    try:
        return packet.decode()
    except av.FFmpegError:
        return None


class _Converter:
    """FFmpeg's resampler, told to give 16-bit or other samples of a layout and a rate.

    Not PyAV's `AudioResampler`: that one ends each call with an exception, and while PyAV builds a
    traceback it runs Python code in which a Ctrl-C is lost, once in fifty times.
    """

    def __init__(self, like: AudioFrame, sample_format: str, layout: str, rate: int) -> None:
        self._graph = Graph()
        self._graph.threads = 1
        source = self._graph.add(
            "abuffer",
            sample_rate=str(like.sample_rate),
            sample_fmt=like.format.name,
            channel_layout=like.layout.name,
        )
        target = self._graph.add(
            "aformat", sample_rates=str(rate), sample_fmts=sample_format, channel_layouts=layout
        )
        source.link_to(target)
        target.link_to(self._graph.add("abuffersink"))
        self._graph.configure()

    def convert(self, block: AudioFrame) -> AudioFrame | None:
        """One block in, at most one out; what has to wait for more input comes later."""
        self._graph.push(block)
        return self._pull()

    def finish(self) -> Iterator[AudioFrame]:
        """All that is still inside."""
        self._graph.push(None)
        while (frame := self._pull()) is not None:
            yield frame

    def _pull(self) -> AudioFrame | None:
        try:
            return cast("AudioFrame", self._graph.pull())
        except (BlockingIOError, EOFError):
            return None


class _Funnel:
    """Gathers frames of one shape and turns them into 16 kHz mono, a block at a time.

    Blocks, because the way through numpy and the resampler costs as much for 20 ms as for 1 s.
    """

    def __init__(self, like: AudioFrame, channel: int | None, findings: Findings) -> None:
        self._rate = like.sample_rate
        self._channels = like.layout.nb_channels
        self._format = like.format.name
        self._channel = channel
        self._findings = findings
        self._is_float = self._format.startswith(("flt", "dbl"))
        self._mixes = channel is not None or not is_weighable(like.layout.name, self._channels)
        self._fifo = AudioFifo()
        self._waiting = 0
        self._block = min(self._rate, _LARGEST_BLOCK)
        self._packer: _Converter | None = None
        self._resampler: _Converter | None = None

    def fits(self, frame: AudioFrame) -> bool:
        """Whether the frame has the shape of the others."""
        return (
            frame.sample_rate == self._rate
            and frame.layout.nb_channels == self._channels
            and frame.format.name == self._format
        )

    def put(self, frame: AudioFrame) -> bool:
        """Adds a frame; says whether a block is complete."""
        frame.pts = None  # the timeline has seen it; the fifo would insist on a perfect one
        self._fifo.write(frame)
        self._waiting += frame.samples
        return self._waiting >= self._block

    def pour(self, *, last: bool = False) -> Iterator[memoryview]:
        """What has been gathered, as 16-bit samples; with `last`, to the end."""
        block = self._prepare(self._fifo.read())
        self._waiting = 0
        if block is not None:
            self._resampler = self._resampler or _Converter(block, "s16", "mono", SAMPLE_RATE)
            frame = self._resampler.convert(block)
            if frame is not None:
                yield memoryview(frame.planes[0])[: frame.samples * 2]
        if last and self._resampler:
            for frame in self._resampler.finish():
                yield memoryview(frame.planes[0])[: frame.samples * 2]

    def _prepare(self, block: AudioFrame | None) -> AudioFrame | None:
        """Takes out what is not a number, and mixes what FFmpeg would not mix well."""
        if block is not None and self._channels > _MOST_PLANES and block.format.is_planar:
            block = self._pack(block)
        if block is None:
            return None
        block.pts = None
        if not (self._is_float or self._mixes):
            return block
        channels = views(block.planes, block.format.name, block.samples, self._channels)
        if self._is_float:
            self._findings.non_finite += sum(replace_non_finite(each) for each in channels)
        if not self._mixes:
            return block
        mono = to_mono(channels, self._channel)
        mixed = AudioFrame.from_ndarray(mono.reshape(1, -1), format="flt", layout="mono")
        mixed.sample_rate = self._rate
        return mixed

    def _pack(self, block: AudioFrame) -> AudioFrame | None:
        packed = block.format.packed.name
        block.pts = None
        self._packer = self._packer or _Converter(block, packed, block.layout.name, self._rate)
        return self._packer.convert(block)
