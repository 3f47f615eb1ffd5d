r"""Advanced SubStation: subtitles whose words fill with the colour of who says them.

The form is SubStation Alpha v4.00+ as libass reads it. `{\kf20}` fills what follows within 20
hundredths of a second; `{\k20}` waits. Each speaker has a style with a colour, from the ninth on
they share them, and the name stands in the field for it. Text has no escapes there that every
player knows: braces are written full width, and a backslash is followed by a word joiner.
"""

from collections.abc import Iterator, Sequence

from hansard.transcript.formats.ass_read import read, read_cues
from hansard.transcript.formats.clock import milliseconds
from hansard.transcript.formats.protocol import Format
from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles import Cue, SubtitleOptions, cues_of
from hansard.transcript.subtitles.highlight import Spoken, spoken_lines
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.values import Transcript

COLOURS = (
    "FFE066", "66D9FF", "8CE99A", "FFA8A8", "D0BFFF", "FFC078", "63E6BE", "FAA2C1",
)  # fmt: skip
"""The colours of speakers, red, green and blue."""
WAITING = "FFFFFF"
"""The colour of a word that is not said yet, and of what nobody is known to say."""
HEAD = """\
[Script Info]
; {by}
Title: {title}
ScriptType: v4.00+
WrapStyle: 0
ScaledBorderAndShadow: yes
YCbCr Matrix: None
PlayResX: 1920
PlayResY: 1080

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
{styles}

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
PLAIN = "Default"
CLEAN = str.maketrans({"{": "\uff5b", "}": "\uff5d", "\\": "\\\u2060"})


def write(transcript: Transcript, options: SubtitleOptions) -> str:
    """The transcript as ass, each word filling while it is spoken where its time is known."""
    cues = cues_of(transcript, options)
    named = tuple(dict.fromkeys((*transcript.speakers, *(cue.speaker for cue in cues))))
    speakers = [name for name in named if name]
    title = squeeze(str(transcript.versions.get("title", ""))) or "Transcript"
    styles = "\n".join(styles_of(len(speakers)))
    head = HEAD.format(by="Hansard", title=title, styles=styles)
    return head + "".join(event_of(cue, style_of(cue.speaker, speakers)) for cue in cues)


def styles_of(speakers: int) -> Iterator[str]:
    """The styles: one for nobody, and one for each speaker as long as there are colours."""
    yield style(PLAIN, COLOURS[0])
    for number, colour in enumerate(COLOURS[:speakers], start=1):
        yield style(f"Voice{number}", colour)


def style(name: str, colour: str) -> str:
    """One style: bottom centre, large, with an outline. Colours are written blue first."""
    red, green, blue = colour[:2], colour[2:4], colour[4:]
    said = f"&H00{blue}{green}{red}"
    fixed = "&H00000000,&H80000000,0,0,0,0,100,100,0,0,1,3,1,2,80,80,60,1"
    return f"Style: {name},Arial,64,{said},&H00{WAITING},{fixed}"


def style_of(speaker: str | None, speakers: Sequence[str]) -> str:
    """The name of the style of a speaker."""
    if not speaker:
        return PLAIN
    return f"Voice{speakers.index(speaker) % len(COLOURS) + 1}"


def event_of(cue: Cue, style: str) -> str:
    """One line: a cue."""
    name = squeeze(cue.speaker or "").replace(",", ";")
    times = f"{clock(cue.start)},{clock(cue.end)}"
    return f"Dialogue: 0,{times},{style},{name},0,0,0,,{body_of(cue)}\n"


def hundredths(seconds: Seconds) -> int:
    """The time in hundredths of a second."""
    return (milliseconds(seconds) + 5) // 10


def clock(seconds: Seconds) -> str:
    """`H:MM:SS.cc`."""
    rest, fraction = divmod(hundredths(seconds), 100)
    minutes, second = divmod(rest, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02d}:{second:02d}.{fraction:02d}"


def body_of(cue: Cue) -> str:
    r"""The lines of a cue, parted by `\N`, each word behind the time that it fills."""
    lines = spoken_lines(cue)
    if not any(piece.word for line in lines for piece in line):
        return r"\N".join(clean(line) for line in cue.lines)
    here, end = hundredths(cue.start), hundredths(cue.end)
    written = []
    for line in lines:
        text = ""
        for piece in line:
            begin, until = stretch(piece, here, end)
            wait = rf"{{\k{begin - here}}}" if begin > here else ""
            text += rf"{wait}{clean(piece.gap)}{{\kf{until - begin}}}{clean(piece.text)}"
            here = until
        written.append(text)
    return r"\N".join(written)


def stretch(piece: Spoken, here: int, end: int) -> tuple[int, int]:
    """When a piece is said, in hundredths of a second, not before `here` and not after `end`.

    A word that a line break parts fills in proportion to its letters: so much is layout.
    """
    if piece.word is None:
        return here, here
    first, last = hundredths(piece.word.start), hundredths(piece.word.end)
    begin = min(max(first, here), end)
    until = last if piece.share == 1 else begin + round((last - first) * piece.share)
    return begin, min(max(begin, until), end)


def clean(text: str) -> str:
    """The text with nothing in it that a player would take for a command."""
    return text.translate(CLEAN)


FORMAT = Format(
    name="ass",
    about="karaoke subtitles, words filling in their speaker's colour (Advanced SubStation)",
    write=write,
    read=read,
    cues=read_cues,
    media_type="text/x-ssa; charset=utf-8",
)
