"""Which media are accepted, and by which demultiplexers of FFmpeg.

The list is closed on purpose: formats that name other files or addresses (playlists, `concat`,
HLS, DASH, SDP), pictures, devices and text are refused, whatever a file's name says.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of media file that is accepted."""

    name: str
    suffixes: tuple[str, ...]
    """How such files are usually named; nothing depends on it, content decides."""
    description: str
    demuxer: str
    """FFmpeg's short name of the reader."""
    declares: bool = False
    """Its header tells the length in a way that can be believed before decoding."""


FORMATS = (
    Format("wav", (".wav", ".wave", ".rf64"), "WAV, RF64: PCM, float, mu-law, A-law, ADPCM", "wav"),
    Format("w64", (".w64",), "Sony Wave64", "w64"),
    Format("aiff", (".aiff", ".aif", ".aifc"), "AIFF and AIFF-C", "aiff"),
    Format("au", (".au", ".snd"), "Sun AU", "au"),
    Format("caf", (".caf",), "Apple Core Audio Format", "caf"),
    Format("mp3", (".mp3", ".mp2", ".mpga"), "MPEG audio, layers 1 to 3", "mp3"),
    Format("aac", (".aac", ".adts"), "AAC in ADTS", "aac"),
    Format("flac", (".flac",), "FLAC", "flac", declares=True),
    Format("ogg", (".ogg", ".oga", ".opus", ".spx", ".ogv"), "Ogg: Opus, Vorbis, Speex, FLAC",
           "ogg", declares=True),
    Format("m4a", (".m4a", ".m4b", ".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".qt"),
           "MP4, QuickTime and 3GPP, with or without video: AAC, ALAC, AMR, PCM", "mov",
           declares=True),
    Format("matroska", (".mkv", ".mka", ".webm", ".weba"), "Matroska and WebM", "matroska",
           declares=True),
    Format("wma", (".wma", ".asf", ".wmv"), "Windows Media", "asf"),
    Format("amr", (".amr", ".awb"), "AMR, narrow and wide band", "amr"),
    Format("ac3", (".ac3",), "Dolby Digital", "ac3"),
    Format("eac3", (".eac3", ".ec3"), "Dolby Digital Plus", "eac3"),
    Format("wavpack", (".wv",), "WavPack", "wv"),
    Format("tta", (".tta",), "True Audio", "tta"),
    Format("avi", (".avi",), "AVI", "avi"),
    Format("mpegts", (".ts", ".mts", ".m2ts"), "MPEG transport stream", "mpegts"),
    Format("mpeg", (".mpg", ".mpeg", ".vob"), "MPEG programme stream", "mpeg"),
    Format("flv", (".flv",), "Flash video", "flv"),
)  # fmt: skip
"""Everything that can be read, for `hansard formats` and for the whitelist."""


def suffixes() -> frozenset[str]:
    """The usual endings of media files' names, in lower case, for picking files from a folder."""
    return frozenset(suffix for each in FORMATS for suffix in each.suffixes)


def whitelist() -> str:
    """FFmpeg's `format_whitelist`: the only readers that it may use."""
    return ",".join(each.demuxer for each in FORMATS)


def find_format(demuxer: str) -> Format | None:
    """The accepted format that FFmpeg's reader (`mov,mp4,m4a,3gp,3g2,mj2`) belongs to."""
    names = demuxer.split(",")
    return next((each for each in FORMATS if each.demuxer in names), None)
