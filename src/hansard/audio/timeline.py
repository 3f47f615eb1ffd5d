"""Where decoded audio belongs on the recording's clock. Pure arithmetic, no media library."""

from dataclasses import dataclass

from hansard.transcript.spans import Seconds

TOLERANCE: Seconds = 0.1
"""A time stamp this far from where the samples say it should be is rounding, not a gap."""
LONGEST_GAP: Seconds = 3600.0
"""The longest gap that is believed where the recording's length is not known."""
WARM_UP: Seconds = 1.0
"""How much before a clip decoding starts, so that codecs with a memory are warm."""


@dataclass(slots=True)
class Timeline:
    """Follows the time stamps of a stream and finds the places where time is missing.

    The clock's zero is where the recording begins, which in a video is where its picture begins.
    """

    origin: Seconds
    """The container's time stamp of the clock's zero."""
    until: Seconds | None = None
    """Where the recording ends at the latest, by its header; silence is not filled in beyond."""
    begun: Seconds = 0.0
    """Where the sound begins."""
    position: Seconds = 0.0
    """The time of the next sample."""
    shift: Seconds = 0.0
    """What was added to the stamps so far because they jumped."""
    bias: Seconds = 0.0
    """How much later the stamps are than the samples, less than a gap."""
    jumps: int = 0
    """How often they jumped back, or further than can be believed."""
    gaps: int = 0
    missing: Seconds = 0.0
    """The gaps' length in all."""

    def begin(self, start: Seconds | None) -> None:
        """Moves to where the stream says that it begins, however little that is after zero."""
        delay = 0.0 if start is None else start - self.origin
        if self._believable(delay):
            self.begun = self.position = max(0.0, delay)
        else:
            self.shift -= delay
            self.jumps += 1

    def gap_before(self, stamp: Seconds | None) -> Seconds:
        """The silence that belongs before audio with this stamp; moves the position over it.

        A stamp that lies before the position, or behind the end of the recording, is not believed:
        the audio follows on, and later stamps are read relative to it.
        """
        if stamp is None:
            return 0.0
        ahead = stamp - self.origin + self.shift - self.position
        if -TOLERANCE <= ahead <= TOLERANCE:
            return 0.0
        if ahead < 0 or not self._believable(ahead):
            self.shift -= ahead
            self.jumps += 1
            return 0.0
        self.gaps += 1
        self.missing += ahead
        self.position += ahead
        return ahead

    def settle(self, stamp: Seconds | None) -> None:
        """Remembers how far the first stamp is off, which some decoders' stamps are throughout."""
        if stamp is not None:
            self.bias = self.ends(stamp, 0.0) - self.position

    def pass_over(self, stamp: Seconds, length: Seconds) -> None:
        """Moves over audio that is not decoded."""
        self.gap_before(stamp)
        self.position = self.ends(stamp, length) - self.bias

    def resume(self, stamp: Seconds | None) -> None:
        """Moves exactly to the first audio that is decoded after some was not.

        A decoder that starts in the middle may need a packet or two before it yields anything.
        """
        if stamp is not None:
            if abs(self.ends(stamp, 0.0) - self.position) > WARM_UP:
                self.gap_before(stamp)
            self.position = self.ends(stamp, 0.0) - self.bias

    def ends(self, stamp: Seconds, length: Seconds) -> Seconds:
        """Where audio with this stamp and length would end, if it follows on."""
        return stamp - self.origin + self.shift + length

    def _believable(self, gap: Seconds) -> bool:
        if self.until is None:
            return gap <= LONGEST_GAP
        return self.position + gap <= self.until + 1.0
