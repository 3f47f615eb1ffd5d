"""RTTM: who spoke when, as programs that score diarisation read it.

The form is that of NIST's *Rich Transcription evaluation plan* (RT-09, appendix A), a line a turn:

    SPEAKER file 1 start duration <NA> <NA> name <NA> <NA>

Times are seconds. Fields hold no blanks, so blanks within names are written `_`.
"""

from hansard.transcript.formats.clock import milliseconds
from hansard.transcript.formats.protocol import Format, in_order, lines_of, nonsense
from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles import SubtitleOptions
from hansard.transcript.values import Transcript, Turn

NOTHING = "<NA>"
RECORDING = "recording"
"""What the recording is called where nobody gave it a name."""
KINDS = frozenset(
    "SEGMENT NOSCORE NO_RT_METADATA LEXEME NON-LEX NON-SPEECH FILLER EDIT IP SU CB A/P SPEAKER "
    "SPKR-INFO".split()
)
"""What a line may tell; only turns are read."""


def write(transcript: Transcript, options: SubtitleOptions) -> str:  # noqa: ARG001 - it is no subtitle
    """One line a turn; where there are no turns, one a segment whose speaker is known."""
    file = field_of(str(transcript.versions.get("title") or transcript.versions.get("source", "")))
    return "".join(line_of(turn, file or RECORDING) for turn in turns_in(transcript))


def turns_in(transcript: Transcript) -> tuple[Turn, ...]:
    """The turns of a transcript, or what its segments tell of them."""
    return transcript.turns or tuple(
        Turn(speaker=segment.speaker, start=segment.start, end=segment.end)
        for segment in transcript.segments
        if segment.speaker
    )


def line_of(turn: Turn, file: str) -> str:
    """One turn; nothing where it has no name, or no length to the millisecond."""
    start, end = milliseconds(turn.start), milliseconds(turn.end)
    name = field_of(turn.speaker)
    if not name or end <= start:
        return ""
    times = f"{start / 1000:.3f} {(end - start) / 1000:.3f}"
    return f"SPEAKER {file} 1 {times} {NOTHING} {NOTHING} {name} {NOTHING} {NOTHING}\n"


def field_of(text: str) -> str:
    """The text as one field."""
    return "_".join(text.split())


def read(text: str) -> Transcript:
    """The turns of a file about one recording; there is no text in it.

    Raises:
        UsageError: a line is no RTTM, or the turns are those of several recordings.
    """
    found = read_recordings(text)
    if len(found) > 1:
        first, second, *_ = found
        line = next(n for n, row in enumerate(lines_of(text), 1) if row.split()[1:2] == [second])
        hint = "keep the turns of each recording in a file of their own"
        raise nonsense(f"turns of {second!r} after those of {first!r}", line, hint=hint)
    turns = next(iter(found.values()), ())
    return Transcript(
        segments=(),
        turns=turns,
        speakers=tuple(dict.fromkeys(turn.speaker for turn in turns)),
        duration=max((turn.end for turn in turns), default=0.0),
    )


def read_recordings(text: str) -> dict[str, tuple[Turn, ...]]:
    """The turns in order of time, by the name of their recording; of all channels.

    Raises:
        UsageError: a line is no RTTM.
    """
    found: dict[str, list[Turn]] = {}
    for number, line in enumerate(lines_of(text), start=1):
        fields = line.split()
        if not fields or fields[0].startswith(";;"):
            continue
        if fields[0] not in KINDS:
            raise nonsense(f"no RTTM: {line.strip()[:40]!r}", number)
        if fields[0] == "SPEAKER":
            found.setdefault(fields[1] if len(fields) > 1 else "", []).append(
                turn_of(fields, number)
            )
    return {
        file: tuple(sorted(turns, key=lambda turn: (turn.start, turn.end)))
        for file, turns in found.items()
    }


def turn_of(fields: list[str], number: int) -> Turn:
    """The turn that a line tells."""
    try:
        start, duration, name = float(fields[3]), float(fields[4]), fields[7]
    except (ValueError, IndexError) as error:
        raise nonsense(f"no turn: {' '.join(fields)[:40]!r}", number) from error
    begun, ended = in_order(start, ends_at(start, duration), number)
    return Turn(speaker=name, start=begun, end=ended)


def ends_at(start: Seconds, duration: Seconds) -> Seconds:
    """The end of a turn, without the dust of adding two decimal numbers."""
    return round(start + duration, 6)


FORMAT = Format(
    name="rttm",
    about="who spoke when, for programs that score or train diarisation (NIST RTTM)",
    write=write,
    read=read,
)
