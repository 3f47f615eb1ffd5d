"""Cues: what stands on the screen, from when to when.

blocks -> groups (`cutting`) -> lines (`wrapping`) -> times, so that cues are in order, never
overlap, keep the profile's gap, and stay as long as a reader needs where silence allows it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles import scripts
from hansard.transcript.subtitles.blocks import blocks_of, leading
from hansard.transcript.subtitles.cutting import Cutter, Group
from hansard.transcript.subtitles.labels import label_of
from hansard.transcript.subtitles.options import SubtitleOptions
from hansard.transcript.subtitles.profiles import Profile, profile_of
from hansard.transcript.subtitles.wrapping import wrap_atoms
from hansard.transcript.values import Transcript, Word

FLASH: Seconds = 0.1
"""The least time that a cue gets, where words lie on top of each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One subtitle."""

    start: Seconds
    end: Seconds
    lines: tuple[str, ...]
    """As shown, with the label before the first one."""
    speaker: str | None = None
    label: str = ""
    """What the first line begins with that nobody says: the speaker's name."""
    words: tuple[Word, ...] = ()
    """The words that it shows, with their own times; none where they are not known."""

    @property
    def text(self) -> str:
        """What is said in it, on one line."""
        text = ""
        for line in self.lines:
            text += (scripts.seam(text, line) if text else "") + line
        return text[len(self.label) :].strip()


def cues_of(
    transcript: Transcript, options: SubtitleOptions | None = None, *, labels: bool = False
) -> tuple[Cue, ...]:
    """The transcript as readable cues, in order and free of overlaps, times in whole milliseconds.

    Every word with a visible character is in exactly one cue, in order. A segment whose words do
    not spell its text (or that has none) is laid out from its text; where it is too long for one
    cue, its time is shared out in proportion, an estimate used for layout only.

    Args:
        transcript: what was said; its times may be out of order or overlap.
        options: limits; the `plain` profile by default.
        labels: write `Name:` before the text of each cue whose speaker is known.
    """
    profile = profile_of(options or SubtitleOptions())
    blocks = blocks_of(transcript, profile, labels=labels)
    until = transcript.duration if transcript.duration > 0 else math.inf
    groups = Cutter(profile, labels=labels, until=until).cut(blocks)
    cues = [cue_of(group, profile, labels=labels) for group in groups]
    starts = starts_of(cues, profile)
    limits = [
        *(start - profile.gap for start in starts[1:]),
        *(max(until, c.end) for c in cues[-1:]),
    ]
    return tuple(
        timed(cue, start, limit, profile)
        for cue, start, limit in zip(cues, starts, limits, strict=True)
    )


def cue_of(group: Group, profile: Profile, *, labels: bool) -> Cue:
    """A group as a cue that stands exactly as long as it is spoken."""
    first = group[0]
    atoms = leading(first, labels=labels)
    atoms += tuple(atom for block in group[1:] for atom in block.atoms)
    return Cue(
        start=first.start,
        end=max(block.end for block in group),
        lines=wrap_atoms(atoms, profile, first.language),
        speaker=first.speaker,
        label=label_of(first.speaker) if labels else "",
        words=tuple(word for block in group for word in block.words),
    )


def starts_of(cues: Sequence[Cue], profile: Profile) -> list[Seconds]:
    """When each cue appears: as its first word is spoken, or later where that leaves no room.

    Only cues that overlap, or last less than a moment, push the next one back.
    """
    starts: list[Seconds] = []
    earliest = 0.0
    for cue in cues:
        start = round(max(cue.start, earliest), 3)
        starts.append(start)
        needed = max(FLASH, min(profile.shortest, cue.end - cue.start) - profile.gap)
        earliest = start + needed + profile.gap
    return starts


def timed(cue: Cue, start: Seconds, limit: Seconds, profile: Profile) -> Cue:
    """The cue from `start`, as long as it is spoken and as a reader needs, up to `limit`."""
    end = max(cue.end, start + profile.reading_time(" ".join(cue.lines)))
    if limit - end < profile.bridge and limit < math.inf:
        end = limit
    end = min(end, limit, start + profile.longest)
    return replace(cue, start=start, end=round(max(end, start + FLASH), 3))
