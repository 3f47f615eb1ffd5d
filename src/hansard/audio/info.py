"""What is known about a media file without decoding it."""

from dataclasses import dataclass
from pathlib import Path, PurePath

from hansard.audio.sound import Sound
from hansard.transcript.spans import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """The facts that a media file's headers state. They are claims, not measurements."""

    name: str
    """The path as it was given, or the name of the file object, or `standard input`."""
    path: Path | None
    """None where the media did not come from a path."""
    format: str
    """FFmpeg's short name of the container, such as `mov,mp4,m4a,3gp,3g2,mj2`."""
    format_long: str
    codec: str
    """FFmpeg's name of the codec of the first audio stream."""
    duration: Seconds | None
    """None where the container does not say; guessed from the size for some."""
    sample_rate: int
    """In Hz, of the first audio stream; 0 where only decoding can tell."""
    channels: int
    layout: str
    """The arrangement of the channels, such as `stereo` or `5.1`."""
    bit_rate: int | None
    """Bits a second, of the audio stream or, failing that, of the file."""
    audio_streams: int
    has_video: bool
    """A moving picture; cover art is not one."""
    size: int
    """Bytes."""
    title: str | None = None
    artist: str | None = None
    language: str | None = None
    """As the audio stream's tag has it, usually three letters (ISO 639-2)."""

    @property
    def titles(self) -> dict[str, str]:
        """What the recording is called: `source` (its name without suffix), `title`, `artist`."""
        named = {"source": PurePath(self.name).stem, "title": self.title, "artist": self.artist}
        return {key: text for key, text in named.items() if text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A recording that was decoded."""

    sound: Sound
    info: MediaInfo
    notes: tuple[str, ...] = ()
    """What was noticed on the way, one sentence each: damage, gaps, a header that errs."""
