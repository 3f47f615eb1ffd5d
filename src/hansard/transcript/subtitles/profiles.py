"""The limits that readable subtitles keep, as published, with a name for each set."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles.options import SubtitleOptions
from hansard.transcript.subtitles.scripts import UNSPACED, columns

COLUMNS_PER_WORD = 4
"""The usual width of a word in scripts without spaces: two Chinese characters, four Thai ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One set of limits."""

    name: str
    line_width: int
    """The most characters on a line."""
    line_count: int
    """The most lines of a cue."""
    speed: float
    """The reading speed to aim at, in `measure` per second, spaces included."""
    ceiling: float
    """The reading speed that counts as a fault when it is exceeded."""
    measure: Literal["characters", "words"] = "characters"
    """What reading speed is counted in."""
    shortest: Seconds
    longest: Seconds
    gap: Seconds = 0.0
    """The least time between two cues."""
    bridge: Seconds = 0.0
    """A silence shorter than this is bridged: the cue stays until the next one is due."""
    cell: Literal[1, 2] = 1
    """Columns of a terminal that count as one character: 2 where full-width ones are the rule."""
    words_per_line: int | None = None
    """The most words on a line."""

    @property
    def line_columns(self) -> int:
        """The width of a line in columns (a narrow character takes one, a wide one two)."""
        return self.line_width * self.cell

    def load(self, text: str) -> float:
        """How much there is to read in `text`, in `measure`.

        A wide character counts as two narrow ones, or, with a `cell` of 2, as one. Words are what
        spaces part; in scripts without spaces they are reckoned from their usual width.
        """
        if self.measure == "characters":
            return columns(text) / self.cell
        unspaced = columns("".join(UNSPACED.findall(text)))
        return len(UNSPACED.sub(" ", text).split()) + unspaced / COLUMNS_PER_WORD

    def reading_time(self, text: str) -> Seconds:
        """How long `text` should stand: its load at `speed`, at least `shortest`."""
        return max(self.shortest, self.load(text) / self.speed)


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "plain": Profile(
            name="plain",
            line_width=42,
            line_count=2,
            speed=17,
            ceiling=21,
            shortest=0.7,
            longest=7.0,
        ),
        "netflix": Profile(
            name="netflix",
            line_width=42,
            line_count=2,
            speed=17,
            ceiling=20,
            shortest=5 / 6,
            longest=7.0,
            gap=2 / 24,
            bridge=0.5,
        ),
        "bbc": Profile(
            name="bbc",
            line_width=37,
            line_count=2,
            speed=160 / 60,
            ceiling=180 / 60,
            measure="words",
            shortest=0.7,
            longest=7.0,
            bridge=1.0,
        ),
        "asian": Profile(
            name="asian",
            line_width=16,
            line_count=2,
            speed=9,
            ceiling=12,
            shortest=5 / 6,
            longest=7.0,
            gap=2 / 24,
            bridge=0.5,
            cell=2,
        ),
    }
)
"""The profiles by name.

* `plain`: the limits that TED and Amara give their volunteers: 42 characters, 2 lines, 21
  characters a second at most, 0.7 to 7 s. The speed aimed at is Netflix's usual 17.
* `netflix`: Timed Text Style Guide, General Requirements and Timing Guidelines: 42 characters, 2
  lines, 5/6 to 7 s, 2 frames between cues (taken at 24 a second), gaps under half a second closed.
  17 characters a second is its limit for adults in most languages, 20 that for English.
* `bbc`: Subtitle Guidelines 3 and 4: 37 characters, 2 lines, 160 to 180 words a minute, no gap
  shorter than a second. They name no shortest and longest time; those of `plain` stand in.
* `asian`: Netflix's guides for Chinese and Korean: 16 full-width characters (a narrow one is half),
  2 lines, 9 characters a second (Chinese) up to 12 (Korean); times as `netflix`. The 4 a second of
  the Japanese guide cannot be met by what was said word for word.
"""


def profile_of(options: SubtitleOptions) -> Profile:
    """The profile that the options name, with the numbers that they set in its place."""
    profile = PROFILES[options.subtitle_profile]
    profile = replace(
        profile,
        line_width=options.max_line_width or profile.line_width,
        line_count=options.max_line_count or profile.line_count,
        words_per_line=options.max_words_per_line,
    )
    if options.subtitle_cps is None:
        return profile
    speed = options.subtitle_cps
    return replace(profile, speed=speed, ceiling=speed, measure="characters")
