"""The bounds of what is accepted, and the words for what lies outside them."""

from hansard.audio.formats import find_format
from hansard.audio.info import MediaInfo
from hansard.audio.options import WHOLE
from hansard.errors import MediaLimitError
from hansard.transcript.spans import Seconds, Span

LOWEST_RATE = 4_000
HIGHEST_RATE = 384_000
MOST_CHANNELS = 16


def check_shape(rate: int, channels: int, shown: str) -> None:
    """Refuses sample rates and channel counts outside the bounds.

    Raises:
        MediaLimitError: always then.
    """
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise MediaLimitError(
            f"'{shown}' has a sample rate of {rate} Hz",
            hint=f"{LOWEST_RATE} to {HIGHEST_RATE} Hz are accepted",
        )
    if not 1 <= channels <= MOST_CHANNELS:
        raise MediaLimitError(
            f"'{shown}' has {channels} channels", hint=f"1 to {MOST_CHANNELS} channels are accepted"
        )


def check_channel(channel: int | None, channels: int, shown: str) -> None:
    """Refuses a channel that the recording does not have.

    Raises:
        MediaLimitError: always then.
    """
    if channel is not None and channel >= channels:
        have = "only channel 0" if channels == 1 else f"channels 0 to {channels - 1}"
        raise MediaLimitError(f"'{shown}' has no channel {channel}", hint=f"it has {have}")


def check_header(
    info: MediaInfo, clip: Span, channel: int | None, longest: Seconds, shown: str
) -> None:
    """Refuses what a recording's header already shows to be outside the bounds.

    Raises:
        MediaLimitError: always then.
    """
    if info.sample_rate or info.channels:  # neither is known of some streams until they decode
        check_shape(info.sample_rate, info.channels, shown)
        check_channel(channel, info.channels, shown)
    if clip == WHOLE:
        check_declared(info, longest, shown)


def check_declared(info: MediaInfo, longest: Seconds, shown: str) -> None:
    """Refuses, before anything is decoded, a recording whose header credibly says too much.

    Raises:
        MediaLimitError: always then.
    """
    if info.duration is not None and info.duration > longest and _credible(info):
        raise too_long(shown, longest, f"is {hms(info.duration)} long by its header")


def too_long(shown: str, longest: Seconds, found: str = "is longer than that") -> MediaLimitError:
    """The error for a recording beyond `max_duration`."""
    return MediaLimitError(
        f"max_duration is {hms(longest)} and '{shown}' {found}",
        hint=f"raise max_duration (now {longest:g} s), or take a part of it with clip",
    )


def check_shortest(duration: Seconds, shortest: Seconds, shown: str) -> None:
    """Refuses a recording, or a clip of one, that is shorter than `min_duration`.

    Raises:
        MediaLimitError: always then.
    """
    if duration < shortest:
        raise MediaLimitError(
            f"min_duration is {shortest:g} s and '{shown}' yields {duration:.3f} s of audio",
            hint="min_duration can be lowered, but speech needs longer than that",
        )


def hms(seconds: Seconds) -> str:
    """Seconds as people read them: `1:02:03.5`, `2:03.0`."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    lead = f"{hours}:{minutes:02d}" if hours else str(minutes)
    return f"{lead}:{rest // 10:02d}.{rest % 10}"


def _credible(info: MediaInfo) -> bool:
    known = find_format(info.format)
    if known and known.declares:
        return True
    # Of PCM the size tells the truth: a header cannot announce more than there are bytes.
    announced = (info.duration or 0) * (info.bit_rate or 0) / 8
    return info.codec.startswith("pcm_") and 0 < announced <= info.size
