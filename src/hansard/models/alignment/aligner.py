"""The aligner of every CTC model: words to letters, letters to frames, frames to times."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from unicodedata import category

from hansard.audio import Sound
from hansard.errors import EngineError
from hansard.models.alignment.ctc import STAR, Placed, force
from hansard.models.alignment.edges import measure_quiet, widen
from hansard.models.alignment.emissions import Listener, Rate
from hansard.models.alignment.letters import Alphabet
from hansard.models.alignment.protocol import AlignerInfo
from hansard.models.alignment.spoken import speak
from hansard.transcript import Seconds, Span, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Letters = tuple[int, ...]

FLOOR = 0.1
"""Below this mean posterior of its letters a word counts as not found; measured in
docs/decisions/0013-word-times.md."""
TRIES = 4
CHANCES = 8
"""How often the text is looked for again without the words that fit least, and with one more."""
LONGEST_WORD: Seconds = 0.8
PER_LETTER: Seconds = 0.15
"""Nor is a word found that lasts longer than 0.8 s and 0.15 s a letter."""


@dataclass(slots=True)
class CtcAligner:
    """Keeps `Aligner` for any model that spells sound."""

    info: AlignerInfo
    listener: Listener
    alphabet: Alphabet

    def align(
        self, sound: Sound, span: Span, words: Sequence[str], language: str | None
    ) -> tuple[Word | None, ...]:
        """When each of the words was said within `span`; None where that cannot be told.

        Raises:
            EngineError: the model failed.
        """
        within = Span(max(span.start, sound.start), min(span.end, sound.end))
        spelt = [self.alphabet.spell(speak(word.strip(), language)) for word in words]
        if not any(spelt):
            return (None,) * len(words)
        heard = self.listener.listen(sound, within)
        rate = self.listener.rate
        found = self._look(words, spelt, heard)
        spans = [self._time(parts, within) if _is_found(parts, rate) else None for parts in found]
        edges = widen(spans, measure_quiet(sound.read(within.start, within.end)), within)
        return tuple(
            None if edge is None else _word(written, edge, _mean(parts))
            for written, edge, parts in zip(words, edges, found, strict=True)
        )

    def close(self) -> None:
        """Let go of the model."""
        self.listener = replace(self.listener, hear=_refuse)

    def _look(
        self, words: Sequence[str], spelt: list[Letters], heard: "NDArray[np.float32]"
    ) -> list[list[Placed]]:
        """The letters of each word, where need be without words that were not said.

        Such a word keeps its neighbours from their places. So of each run of words that do not fit
        the worst is left out, until all fit; then each of those gets one more chance alone.
        """
        rate = self.listener.rate
        found = self._find(words, spelt, heard)
        left_out: list[int] = []
        kept = spelt
        for _ in range(TRIES):
            strangers = _worst(found, rate)
            if not strangers:
                break
            left_out += strangers
            kept = [() if i in left_out else letters for i, letters in enumerate(spelt)]
            found = self._find(words, kept, heard)
        for index in sorted(left_out)[:CHANCES] if len(left_out) > 1 else ():
            again = [spelt[i] if i == index else letters for i, letters in enumerate(kept)]
            tried = self._find(words, again, heard)
            if _count(tried, rate) > _count(found, rate):
                kept, found = again, tried
        return found

    def _find(
        self, words: Sequence[str], spelt: Sequence[Letters], heard: "NDArray[np.float32]"
    ) -> list[list[Placed]]:
        """The letters of each word; none where it has none, or where the stretch is too short."""
        tokens, owners = _join(words, spelt, self.alphabet.between)
        found: list[list[Placed]] = [[] for _ in words]
        placed = force(heard, tokens, self.alphabet.blank) if any(spelt) and len(heard) else None
        for owner, place in zip(owners, placed or (), strict=placed is not None):
            if owner is not None:
                found[owner].append(place)
        return found

    def _time(self, parts: Sequence[Placed], within: Span) -> Span:
        rate = self.listener.rate
        begin = within.start + rate.lead
        start = begin + parts[0].first * rate.seconds
        end = begin + parts[-1].last * rate.seconds
        return Span(min(start, within.end), min(end, within.end))


def _refuse(samples: "NDArray[np.float32]") -> "NDArray[np.float32]":
    raise EngineError(f"a closed aligner was given {len(samples)} samples")


def _join(
    words: Sequence[str], spelt: Sequence[Letters], between: int | None
) -> tuple[Letters, tuple[int | None, ...]]:
    """All tokens, and for each the index of its word; None between words."""
    tokens: list[int] = []
    owners: list[int | None] = []
    bare = not any(word[:1].isspace() for word in words[1:])
    for index, (word, letters) in enumerate(zip(words, spelt, strict=True)):
        after_star = tokens[-1:] == [STAR]
        if not letters:
            # one star is enough for all words of a gap; it takes what parts them, too
            tokens += [] if after_star else [STAR]
            owners += [] if after_star else [None]
            continue
        parted = word[:1].isspace() or (bare and _spaced(word))
        if tokens and parted and between is not None and not after_star:
            tokens.append(between)
            owners.append(None)
        tokens += letters
        owners += [index] * len(letters)
    return tuple(tokens), tuple(owners)


def _spaced(word: str) -> bool:
    """Whether its script parts words by spaces, as far as the kind of its letters tells."""
    return not any(category(letter) == "Lo" for letter in word)


def _is_found(parts: Sequence[Placed], rate: Rate) -> bool:
    """Whether the sound bears a word out, and in no longer than it can be said."""
    if not parts or _mean(parts) < FLOOR:
        return False
    lasted = (parts[-1].last - parts[0].first) * rate.seconds
    return lasted <= LONGEST_WORD + PER_LETTER * len(parts)


def _count(found: Sequence[Sequence[Placed]], rate: Rate) -> int:
    return sum(_is_found(parts, rate) for parts in found)


def _worst(found: Sequence[Sequence[Placed]], rate: Rate) -> set[int]:
    """Of each run of words that were looked for and not found, the one that fits least."""
    worst: set[int] = set()
    run: list[int] = []
    for index, parts in enumerate([*found, ()]):
        if parts and not _is_found(parts, rate):
            run.append(index)
        elif run:
            worst.add(min(run, key=lambda place: _mean(found[place])))
            run = []
    return worst


def _mean(parts: Sequence[Placed]) -> float:
    return sum(part.score for part in parts) / len(parts)


def _word(text: str, span: Span, confidence: float) -> Word:
    start, end = _rounded(span.start), _rounded(span.end)
    return Word(
        text=text, start=start, end=end, method="ctc", confidence=round(min(1.0, confidence), 3)
    )


def _rounded(time: Seconds) -> Seconds:
    return round(time, 4)
