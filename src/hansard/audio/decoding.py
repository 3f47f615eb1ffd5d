"""One pass over one audio stream: what becomes of each packet and each frame.

It is handed the means (packets, a decoder, a maker of funnels) and imports no media library.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from hansard.audio.limits import check_channel, check_shape, check_shortest, hms
from hansard.audio.listening import Listener
from hansard.audio.notes import Findings
from hansard.audio.sound import SAMPLE_RATE
from hansard.audio.spool import Spool
from hansard.audio.timeline import WARM_UP, Timeline
from hansard.errors import MediaLimitError, UnreadableMediaError
from hansard.transcript.spans import Seconds, Span

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.packet import Packet

_PACKETS_PER_POLL = 256


class Funnel(Protocol):
    """Gathers frames of one shape and turns them into 16 kHz mono, a block at a time."""

    def fits(self, frame: "AudioFrame") -> bool:
        """Whether the frame has the shape of the others."""

    def put(self, frame: "AudioFrame") -> bool:
        """Adds a frame; says whether a block is complete."""

    def pour(self, *, last: bool = False) -> Iterator[memoryview]:
        """What has been gathered, as 16-bit samples; with `last`, to the end."""


@dataclass(frozen=True, kw_only=True)
class Means:
    """What decoding works with."""

    tick: Seconds
    """The unit of the stream's time stamps."""
    packets: Iterator["Packet[AudioStream] | None"]
    """None for what could not be read; goes on behind it, perhaps for ever."""
    decode: Callable[["Packet[AudioStream]"], "list[AudioFrame] | None"]
    """None if the packet is damaged."""
    forget: Callable[[], None]
    """Clears the decoder's memory, as packets have been left out."""
    funnel: Callable[["AudioFrame"], Funnel]
    """A new funnel for frames like this one."""


@dataclass(kw_only=True)
class Decoding:
    """One pass over one stream, from its packets to the spool."""

    shown: str
    means: Means
    timeline: Timeline
    spool: Spool
    channel: int | None
    listener: Listener
    findings: Findings
    _funnel: Funnel | None = None
    _passed: bool = False
    _needed: Seconds = field(init=False)

    def __post_init__(self) -> None:
        self._needed = self.spool.start - WARM_UP

    def run(self) -> None:
        """Decodes until the stream or the clip ends, or all hope does.

        Raises:
            MediaLimitError: it is too long, or its shape changes to one that is not accepted.
            OutputError: the disk is full.
            Cancelled: the caller asked to stop.
        """
        for number, packet in enumerate(self.means.packets):
            if number % _PACKETS_PER_POLL == 0:
                self.listener.poll()
            self._handle(packet)
            if self.spool.full:
                self.findings.stopped = True
                return
            if self.findings.hopeless:
                break
        self._drain()

    def check(self, clip: Span, shortest: Seconds) -> None:
        """Refuses what came to nothing, or to too little.

        Raises:
            UnreadableMediaError: nothing could be decoded.
            MediaLimitError: the clip lies outside the recording, or there is too little.
        """
        if self.findings.packets and not self.findings.frames:
            raise UnreadableMediaError(
                f"nothing in '{self.shown}' can be decoded", hint="it may be damaged or encrypted"
            )
        if not self.spool.kept and clip.start > 0:
            end = hms(self.timeline.position)
            raise MediaLimitError(
                f"the clip starts at {hms(clip.start)} and '{self.shown}' ends at {end}",
                hint="choose a clip inside the recording",
            )
        check_shortest(self.spool.seconds, shortest, self.shown)

    def _handle(self, packet: "Packet[AudioStream] | None") -> None:
        self.findings.packets += packet is None or packet.size > 0  # the last one may be empty
        if packet is not None and self._passes_over(packet):
            return
        frames = None if packet is None else self.means.decode(packet)
        if frames is None:
            # Before the clip it does not matter, and a decoder that starts there may stumble.
            self.findings.fail(matters=self.timeline.position >= self.spool.start)
            return
        for frame in frames:
            self._take(frame)

    def _passes_over(self, packet: "Packet[AudioStream]") -> bool:
        """Leaves a packet undecoded if it ends well before the clip; the first ones never are."""
        if self._needed <= 0 or not self.findings.frames or not packet.size:
            return False
        if packet.pts is None or not packet.duration:
            return False
        stamp, length = packet.pts * self.means.tick, packet.duration * self.means.tick
        if self.timeline.ends(stamp, length) > self._needed:
            if self._passed:
                self.means.forget()
                self._needed = 0.0
            return False
        self.timeline.pass_over(stamp, length)
        self._passed = True
        return True

    def _take(self, frame: "AudioFrame") -> None:
        self.findings.succeed()
        stamp = None if frame.pts is None else frame.pts * self.means.tick
        if self._passed:
            self._passed = False
            self._drain()
            self.timeline.resume(stamp)
        gap = self.timeline.gap_before(stamp)
        if self.findings.frames == 1:
            self.timeline.settle(stamp)
        if self._funnel is None or gap or not self._funnel.fits(frame):
            self._drain()
            check_shape(frame.sample_rate, frame.layout.nb_channels, self.shown)
            check_channel(self.channel, frame.layout.nb_channels, self.shown)
            self.spool.silence_until(round(self.timeline.position * SAMPLE_RATE))
            self._funnel = self.means.funnel(frame)
        self.timeline.position += frame.samples / frame.sample_rate
        if self._funnel.put(frame):
            self._pour(self._funnel.pour())

    def _drain(self) -> None:
        if self._funnel:
            self._pour(self._funnel.pour(last=True))
            self._funnel = None

    def _pour(self, pcm: Iterator[memoryview]) -> None:
        for piece in pcm:
            self.spool.write(piece)
        self.listener.tell(self.timeline.position)
