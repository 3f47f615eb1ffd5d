"""Channels that may each be one speaker: recorded calls, a microphone each."""

from hansard.audio.options import AudioOptions
from hansard.errors import MediaLimitError, UsageError

MOST_SPEAKERS = 8
"""A call has two, a round table a few; more is a surround mix, whose channels are no speakers."""


def split_channels(count: int, options: AudioOptions) -> tuple[str, ...]:
    """The names of a recording's channels, each to be decoded by itself.

    Raises:
        UsageError: one channel alone was asked for.
        MediaLimitError: there is one channel, or there are too many.
    """
    if options.channel is not None:
        raise UsageError(
            f"channel = {options.channel!r} chooses one channel, and channel_speakers needs all "
            "of them",
            hint="leave one of them out",
        )
    if not 2 <= count <= MOST_SPEAKERS:
        raise MediaLimitError(
            f"channel_speakers needs 2 to {MOST_SPEAKERS} channels, and the recording has {count}",
            hint="diarize tells speakers apart by their voices",
        )
    return tuple(str(number) for number in range(count))
