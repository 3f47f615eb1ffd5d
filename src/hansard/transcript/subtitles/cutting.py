"""Where one cue ends and the next begins.

blocks | part (speaker, segment, pause, sentence) | gather (what is too short to stand alone)
       | split (what is too long) | merge (what is short)

Each step keeps every block, in order, and takes time in proportion to their number: splitting looks
ahead no further than one cue can hold.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles import scripts
from hansard.transcript.subtitles.blocks import Block, leading
from hansard.transcript.subtitles.profiles import Profile
from hansard.transcript.subtitles.wrapping import break_cost, pour

PAUSE: Seconds = 0.6
"""A silence from which on a new cue begins: listeners take it for the end of a phrase."""
HESITATION: Seconds = 0.25
"""A silence that makes a cut cheaper."""
COMFORTABLE: Seconds = 1.0
"""A cue that can stay for less than this is joined to a neighbour where it fits."""
HASTE = 6.0
"""What a cue costs that leaves before it can be read."""

Group = Sequence[Block]


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts blocks into groups, one for each cue."""

    profile: Profile
    labels: bool = False
    """Room is kept for the speaker's name before the text."""
    until: Seconds = math.inf
    """When the recording ends."""

    def cut(self, blocks: Sequence[Block]) -> tuple[Group, ...]:
        """The groups, in order; joined together they are `blocks`."""
        parts = tuple(self.gather(tuple(self.part(blocks))))
        limits = [*(self.limit(part) for part in parts[1:]), self.until]
        pairs = zip(parts, limits, strict=False)
        return tuple(self.merge([group for part, end in pairs for group in self.split(part, end)]))

    def limit(self, following: Group) -> Seconds:
        """When a cue must leave for the one after it; the recording's end where none follows."""
        return following[0].start - self.profile.gap if following else self.until

    def part(self, blocks: Sequence[Block]) -> Iterator[Group]:
        """Groups that end with a segment, a sentence, a pause or a change of speaker."""
        begun = 0
        for index in range(1, len(blocks)):
            left, right = blocks[index - 1], blocks[index]
            if (
                right.opens
                or left.speaker != right.speaker
                or right.start - left.end >= PAUSE
                or scripts.ends_sentence(left.text, right.text)
            ):
                yield blocks[begun:index]
                begun = index
        if blocks:
            yield blocks[begun:]

    def gather(self, parts: Sequence[Group]) -> Iterator[Group]:
        """The parts with those that would only flash by put to a neighbour of the same voice.

        `split` then finds the cut that suits both, where they do not fit together.
        """
        held: list[Block] = []
        for index, part in enumerate(parts):
            held.extend(part)
            following, after = (*parts[index + 1 : index + 3], (), ())[:2]
            if not (following and self.ties(part, following, after)):
                yield held
                held = []

    def ties(self, part: Group, following: Group, after: Group) -> bool:
        """Whether one of two parts is too short to stand alone, the second with nowhere to go."""
        if not near(part, following):
            return False
        stuck = not (after and near(following, after))
        return self.is_short(part, following) or (stuck and self.is_short(following, after))

    def split(self, group: Group, until: Seconds) -> Iterator[Group]:
        """The group in as few cheap pieces as fit into a cue each; the last may stay `until`."""
        if self.fits(group):
            yield group
            return
        sizes = [0]
        for block in group:
            sizes.append(sizes[-1] + sum(atom.columns + 1 for atom in block.atoms))
        ends = [0.0, *(cut_cost(left, right) for left, right in pairwise(group)), 0.0]
        limits = [*(block.start - self.profile.gap for block in group), until]
        best: list[tuple[float, int]] = [(0.0, 0)] + [(math.inf, 0)] * len(group)
        for start in range(len(group)):
            for end in self.reach(group, start):
                cost = best[start][0] + self.size_cost(sizes[end] - sizes[start], end - start)
                hasty = limits[end] - group[start].start < self.profile.shortest
                cost += ends[end] + (HASTE if hasty else 0)
                if cost < best[end][0]:
                    best[end] = (cost, start)
        cuts = [len(group)]
        while cuts[-1]:
            cuts.append(best[cuts[-1]][1])
        cuts.reverse()
        for start, end in pairwise(cuts):
            yield group[start:end]

    def reach(self, group: Group, start: int) -> Iterator[int]:
        """Where a cue that begins with block `start` may end; one block is always allowed."""
        fill = pour(leading(group[start], labels=self.labels), self.profile)
        yield start + 1
        for end in range(start + 1, len(group)):
            fill = pour(group[end].atoms, self.profile, fill)
            late = group[end].end - group[start].start > self.profile.longest
            if late or fill.lines > self.profile.line_count:
                return
            yield end + 1

    def size_cost(self, columns: int, blocks: int) -> float:
        """What one more cue of this size costs; small ones and single words cost more."""
        empty = max(0.0, 1 - columns / (self.profile.line_columns * self.profile.line_count))
        return 2 + 4 * empty * empty + (2 if blocks == 1 else 0)

    def merge(self, groups: Sequence[Group]) -> Iterator[Group]:
        """The groups with short ones joined to the nearer neighbour of the same speaker."""
        held: Group = ()
        for index, group in enumerate(groups):
            following = groups[index + 1] if index + 1 < len(groups) else ()
            if held and self.may_join(held, group) and self.wants(held, group, following):
                held = (*held, *group)
                continue
            if held:
                yield held
            held = group
        if held:
            yield held

    def wants(self, held: Group, group: Group, following: Group) -> bool:
        """Whether one of two neighbours is too short to stand alone."""
        if self.is_short(held, group):
            return True
        if not self.is_short(group, following):
            return False
        nearer = not following or pause(held, group) <= pause(group, following)
        return nearer or not self.may_join(group, following)

    def is_short(self, group: Group, following: Group) -> bool:
        """Whether the group cannot stay on the screen for a comfortable time."""
        return self.limit(following) - group[0].start < max(self.profile.shortest, COMFORTABLE)

    def may_join(self, left: Group, right: Group) -> bool:
        """Whether two neighbours can make one cue: one voice, no long silence, room for both."""
        return near(left, right) and self.fits((*left, *right))

    def fits(self, group: Group) -> bool:
        """Whether the group can be shown as one cue; a single block always is."""
        return len(group) == 1 or any(end == len(group) for end in self.reach(group, 0))


def cut_cost(left: Block, right: Block) -> float:
    """What it costs to end a cue between two blocks: least where a listener hears a break."""
    silence = right.start - left.end
    cost = 3 * break_cost(left.atoms[-1], right.atoms[0], left.language)
    return cost - (silence >= HESITATION) - 2 * (silence >= PAUSE) - right.opens


def near(left: Group, right: Group) -> bool:
    """Whether one voice goes on after no long silence."""
    return left[-1].speaker == right[0].speaker and pause(left, right) <= COMFORTABLE


def pause(left: Group, right: Group) -> Seconds:
    """The silence between two groups, in seconds."""
    return right[0].start - left[-1].end
