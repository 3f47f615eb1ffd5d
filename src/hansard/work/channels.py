"""The channels of a recording, each as a Sound of its own."""

from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from hansard.audio import Sound
from hansard.audio.channels import split_channels
from hansard.audio.info import MediaInfo
from hansard.audio.media import open_sound
from hansard.errors import UsageError
from hansard.work.options import TranscribeOptions
from hansard.work.wires import Wires


def open_channels(
    source: Path | BinaryIO,
    folder: Path,
    info: MediaInfo,
    options: TranscribeOptions,
    wires: Wires,
) -> tuple[Sound, ...]:
    """Each channel decoded into `folder`; nothing where channels are no speakers.

    Raises:
        UsageError: the source cannot be read twice, or one channel alone was asked for.
        MediaLimitError: it has one channel, or too many for each to be a speaker.
        MediaError: as `open_sound`.
    """
    if not options.channel_speakers:
        return ()
    names = split_channels(info.channels, options)
    if not isinstance(source, Path) and not source.seekable():
        raise UsageError(
            "channel_speakers needs a file: a pipe can be read only once",
            hint="save the recording first",
        )
    sounds: list[Sound] = []
    for name in names:
        if not isinstance(source, Path):
            source.seek(0)
        alone = replace(options, channel=name)
        sounds.append(open_sound(source, folder, alone, cancelled=wires.cancelled).sound)
    return tuple(sounds)
