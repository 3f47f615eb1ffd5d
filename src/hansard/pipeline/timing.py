"""When each word was said: attention's guess made to agree with what can be heard.

Cross-attention knows the order of words and about where they lie, and errs by tenths of a second:
it begins words early, runs them across pauses, and bunches them. Three things are known besides:

* a pause lies between words, not inside one, and what is loud between two pauses is words; where
  there is no pause, the sound mostly dips for a moment;
* a word takes about as long as its letters take at this speaker's rate, give or take a quarter;
* words come in order and do not overlap.

`fit` finds the starts and ends of all words of a window that agree best with these and with the
attention, by dynamic programming over frames of 20 ms (a hidden semi-Markov model with the words as
its states; Rabiner 1989, section IV.D). How far the attention can be trusted is measured in each
window: a second pass weighs it by the typical distance that the first had to move it, so that a
checkpoint whose attention is exact keeps its times.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import SAMPLE_RATE
from hansard.models.engines import Window
from hansard.transcript import Seconds, Span, Word
from hansard.transcript.spans import intersect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

FRAME: Seconds = 0.02
LONGEST_WORD: Seconds = 0.7
PER_LETTER: Seconds = 0.09
"""A word longer than 0.7 s and 0.09 s a letter has been stretched over something else."""
CONTRAST = 10.0
"""Decibels between loud and quiet below which pauses cannot be told from speech."""
RATES = (0.035, 0.13)
"""Seconds a letter takes in the fastest and in the slowest speech."""
DIGIT = 4.0
"""Letters that a digit stands for when it is read out."""
SPREAD = 0.3
"""The standard deviation of the logarithm of a word's length, given its letters."""
LONGEST: Seconds = 2.5
QUIET_WORD = 15.0
"""What a second of quiet inside a word costs; a stop consonant's closure takes 0.06 s."""
LOUD_PAUSE = 35.0
"""What a second of loudness between words costs."""
LEVEL = 1.0
DEEP = 15.0
AROUND = 6
"""What it costs to begin a word where the sound does not dip: mouths close between most words.
A dip is measured against 6 frames on each side, and is whole at 15 dB."""
PAUSE = 2.0
"""What it costs to pause between two words at all."""
UNHEARD = 0.5
"""How quiet a loud frame counts as where the detector heard no speech; it may be wrong."""
UNWRITTEN = 15.0
"""What a stretch of speech without words costs, however long: a word may be missing."""
BUNCHED = 1.0
DOUBTED = 0.2
"""Attention that gives a word e times its length or an e-th of it deserves about half the belief;
none gets less than a fifth."""
SENTENCE_END = ".?!\u3002\uff1f\uff01\u2026"
CLAUSE_END = ",;:\u2013\u2014-\u3001\uff0c"
TRUST = 0.8
"""The weight of attention's starts."""
FEW = 5
"""Words of which no typical error can be told."""
ERROR: Seconds = 0.2
ERRORS = (0.06, 0.4)
"""How far attention lies from the truth: before it is known, and the bounds of what is believed."""
NEAR: Seconds = 0.1
"""Confidence is the share of likelihood this near to the chosen time."""


def fit(words: Sequence[Word], window: Window) -> tuple[Word, ...]:
    """The words of a window where attention, pauses and lengths agree best; in order, texts as is.

    `confidence` is the share of likelihood, 0 to 1, that lies within 0.1 s of the chosen start and
    end. It ranks words and is no probability of being right; None where the sound has no pauses to
    go by (steady noise, music, silence): there words are only trimmed, by `settle`.
    """
    if not words:
        return ()
    heard = listen(window)
    if heard is None or len(heard.quiet) <= len(words):
        return settle(words, window.speech)
    scene = _look(words, heard, window.start)
    starts, _ = _trace(scene, _forward(scene, scene.pull(ERROR)))
    error = 1.48 * float(np.median(np.abs(starts - scene.targets))) * FRAME
    found = place(scene, ERROR if len(words) < FEW else float(np.clip(error, *ERRORS)))
    return tuple(
        replace(word, start=start, end=end, confidence=round(sure, 3))
        for word, start, end, sure in zip(
            words,
            (window.start + found.starts * FRAME).tolist(),
            np.minimum(window.start + found.ends * FRAME, window.end).tolist(),
            found.sure.tolist(),
            strict=True,
        )
    )


def settle(words: Sequence[Word], speech: Sequence[Span]) -> tuple[Word, ...]:
    """Words in order, cut to the speech, none longer than it can be said.

    Where the detector heard a pause inside a word, the word keeps the larger part of speech; a word
    that is still longer than it can be said keeps its end if it is the first after a pause, else
    its start.
    """
    settled: list[Word] = []
    latest = words[0].start if words else 0.0
    for index, word in enumerate(words):
        start, end = max(word.start, latest), max(word.end, latest, word.start)
        start, end = _keep_to_speech(Span(start, end), speech)
        limit = LONGEST_WORD + PER_LETTER * len(word.text.strip())
        if end - start > limit:
            first = index == 0 or start - settled[-1].end > limit
            start, end = (end - limit, end) if first else (start, start + limit)
        settled.append(replace(word, start=start, end=end))
        latest = end
    return tuple(settled)


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud a window is, frame by frame."""

    quiet: "Floats"
    """0 = as loud as speech, 1 = a pause; shape (frames,)."""
    dips: "Floats"
    """How far the sound sinks at each seam of frames, 0 = not at all, 1 = by 15 dB or more below
    what is within 0.12 s; shape (frames + 1,)."""


def listen(window: Window) -> Loudness | None:
    """Pauses and dips of a window; None where speech and pauses are too much alike to be told.

    Quiet is what lies nearer to the window's quiet moments than to its loud ones, and what the
    detector of speech heard nothing in.
    """
    samples = window.sound.read(window.start, window.end)
    size = SAMPLE_RATE // 100
    count = len(samples) // (2 * size) * 2
    if count < 8:
        return None
    power = np.square(samples[: count * size]).reshape(count, size).mean(axis=1)
    levels = 10 * np.log10(np.convolve(power, np.ones(3) / 3, mode="same") + 1e-10)
    top = float(np.percentile(levels, 95))
    floor = max(float(np.percentile(levels, 10)), top - 60)
    if top - floor < CONTRAST:
        return None
    floor = min(floor, top - 20)
    threshold = floor + max(6.0, 0.3 * (top - floor))
    quiet = np.clip((threshold + 4 - levels) / 8, 0, 1).reshape(-1, 2).mean(axis=1)
    if window.speech:
        middles = window.start + (np.arange(len(quiet)) + 0.5) * FRAME
        heard = sum(((s.start <= middles) & (middles < s.end) for s in window.speech), middles < 0)
        quiet[~heard] = np.maximum(quiet[~heard], UNHEARD)
    return Loudness(quiet, _find_dips(power.reshape(-1, 2).mean(axis=1)))


def _find_dips(power: "Floats") -> "Floats":
    levels = 10 * np.log10(power + 1e-10)
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(levels, AROUND, mode="edge"), 2 * AROUND + 1
    )
    depth = np.clip((around.max(axis=1) - levels) / DEEP, 0, 1)
    return np.concatenate([[1.0], np.maximum(depth[1:], depth[:-1]), [1.0]])


@dataclass(frozen=True, slots=True)
class Placed:
    """Where words lie, in frames of a window, and how sure that is."""

    starts: "Ints"
    ends: "Ints"
    sure: "Floats"


@dataclass(frozen=True, slots=True)
class _Scene:
    """Costs as negative log-likelihoods; times in frames of the window."""

    targets: "Floats"
    """Where attention has each word begin."""
    belief: "Floats"
    """How far each of these is believed, 0 to 1."""
    lasting: Sequence["Floats"]
    """What it costs each word to last 1, 2, 3 ... frames."""
    inside: "Floats"
    """Of quiet in words, summed up to each frame."""
    between: "Floats"
    """Of loudness between words, summed up to each frame."""
    level: "Floats"
    """Of beginning a word at each frame where the sound does not dip."""
    prices: Sequence[tuple[float, float]]
    """Of going straight on after each word, and of pausing."""

    def pull(self, error: Seconds) -> "Floats":
        """What each start costs, if attention errs by about so much; shape (words, frames)."""
        times = np.arange(len(self.inside))
        distances = (times[None] - self.targets[:, None]) * (FRAME / error)
        return np.asarray(TRUST * self.belief[:, None] * np.log1p(distances**2) + self.level)

    def pause(self, index: int, ends: "Floats") -> "Floats":
        """The best cost of being ready for the word after this one, given those of its end."""
        on, paused = self.prices[index]
        waited = np.minimum.accumulate(ends - self.between) + self.between
        skipped = np.minimum.accumulate(ends) + UNWRITTEN
        return np.asarray(np.minimum(ends + on, np.minimum(waited, skipped) + paused))

    def pause_back(self, index: int, starts: "Floats") -> "Floats":
        """The best cost of all that follows this word's end, given that of the next one's start."""
        on, paused = self.prices[index]
        ahead = starts[::-1]
        between = (self.between[-1] - self.between)[::-1]
        waited = np.minimum.accumulate(ahead - between) + between
        skipped = np.minimum.accumulate(ahead) + UNWRITTEN
        return np.asarray(np.minimum(ahead + on, np.minimum(waited, skipped) + paused)[::-1])

    def paused_from(self, index: int, ends: "Floats", start: int) -> int:
        """Where this word ended, if the next one begins at `start`."""
        on, paused = self.prices[index]
        before = ends[: start + 1]
        waited = before + np.minimum(UNWRITTEN, self.between[start] - self.between[: start + 1])
        best = int(waited.argmin())
        return best if waited[best] + paused < ends[start] + on else start

    @property
    def tail(self) -> "Floats":
        """What it costs to have no word after each frame."""
        return np.asarray(np.minimum(self.between[-1] - self.between, UNWRITTEN))


def place(scene: _Scene, error: Seconds) -> Placed:
    """The likeliest starts and ends of all words, if attention's starts err by about `error`."""
    pull = scene.pull(error)
    forward = _forward(scene, pull)
    starts, ends = _trace(scene, forward)
    after = _backward(scene, pull)
    sure = np.minimum(
        _share(forward.starts + after.starts, starts), _share(forward.ends + after.ends, ends)
    )
    return Placed(starts, ends, sure)


def _look(words: Sequence[Word], heard: Loudness, begin: Seconds) -> _Scene:
    pauses = heard.quiet
    lengths = _expect(words, pauses)
    return _Scene(
        targets=(np.array([word.start for word in words]) - begin) / FRAME,
        belief=_believe(words, lengths),
        lasting=[_costs(length, len(pauses)) for length in lengths.tolist()],
        inside=QUIET_WORD * FRAME * np.concatenate([[0.0], np.cumsum(pauses)]),
        between=LOUD_PAUSE * FRAME * np.concatenate([[0.0], np.cumsum(1 - pauses)]),
        level=LEVEL * (1 - heard.dips),
        prices=_price_pauses(words),
    )


def _expect(words: Sequence[Word], pauses: "Floats") -> "Floats":
    """How many frames each word takes at the window's own rate of speech."""
    letters = np.array([1.0 + max(1.0, sum(map(_weigh, word.text))) for word in words])
    rate = np.clip(float((1 - pauses).sum()) * FRAME / letters.sum(), *RATES)
    return np.asarray(np.maximum(2.0, letters * rate / FRAME))


def _weigh(letter: str) -> float:
    return DIGIT if letter.isdigit() else float(letter.isalpha())


def _costs(length: float, frames: int) -> "Floats":
    """What it costs a word of an expected length to last 1, 2, 3 ... frames."""
    longest = int(min(max(10.0, 3 * length), LONGEST / FRAME, frames))
    lasted = np.arange(1, longest + 1)
    return np.asarray(np.minimum(8.0, np.log(lasted / length) ** 2 / (2 * SPREAD**2)))


def _believe(words: Sequence[Word], lengths: "Floats") -> "Floats":
    """How far attention's starts deserve belief, 0 to 1.

    Less where it bunched words or stretched them, before or after.
    """
    given = np.array([word.end - word.start for word in words]) / FRAME
    odds = np.log(np.maximum(given, 0.5) / lengths) / BUNCHED
    plain = np.exp(-0.5 * odds**2)
    before = np.concatenate([plain[:1], plain[:-1]])
    return np.asarray(np.maximum(DOUBTED, np.sqrt(plain * before)))


def _price_pauses(words: Sequence[Word]) -> list[tuple[float, float]]:
    """What it costs to go straight on after each word, and to pause: by the marks after it."""
    ends = [word.text.rstrip("\"')]}\u201d\u2019\u00bb")[-1:] for word in words]
    if not any(mark in SENTENCE_END + CLAUSE_END for mark in ends[:-1] if mark):
        return [(0.0, PAUSE)] * len(words)
    return [
        (PAUSE, 0.0)
        if mark and mark in SENTENCE_END
        else (0.0, 0.0)
        if mark and mark in CLAUSE_END
        else (0.0, 2 * PAUSE)
        for mark in ends
    ]


@dataclass(frozen=True, slots=True)
class _Pass:
    """Best costs of all words on one side of each start and each end; shape (words, frames + 1)."""

    starts: "Floats"
    ends: "Floats"


def _forward(scene: _Scene, pull: "Floats") -> _Pass:
    """Costs of all that lies before."""
    starts, ends = np.empty_like(pull), np.empty_like(pull)
    here = np.minimum(scene.between, UNWRITTEN)
    for index, costs in enumerate(scene.lasting):
        starts[index] = here + pull[index]
        padded = np.concatenate([np.full(len(costs), np.inf), starts[index] - scene.inside])
        ends[index] = _least(padded, costs[::-1], len(here)) + scene.inside
        here = scene.pause(index, ends[index])
    return _Pass(starts, ends)


def _backward(scene: _Scene, pull: "Floats") -> _Pass:
    """Costs of all that comes after."""
    starts, ends = np.empty_like(pull), np.empty_like(pull)
    after = scene.tail
    for index in range(len(pull) - 1, -1, -1):
        ends[index] = after
        costs = scene.lasting[index]
        padded = np.concatenate([after + scene.inside, np.full(len(costs), np.inf)])
        starts[index] = _least(padded[1:], costs, len(after)) - scene.inside
        if index:
            after = scene.pause_back(index - 1, starts[index] + pull[index])
    return _Pass(starts, ends)


def _least(values: "Floats", costs: "Floats", count: int) -> "Floats":
    """For each place the least of the values from there on, each with its cost added."""
    # sliding_window_view does the same in ten times the time
    rows = np.ndarray((len(costs), count), values.dtype, values, 0, values.strides * 2)
    least: Floats = (rows + costs[:, None]).min(axis=0)
    return least


def _trace(scene: _Scene, forward: _Pass) -> tuple["Ints", "Ints"]:
    """The best way, read back from the last word's end."""
    count = len(forward.ends)
    starts, ends = np.empty(count, np.intp), np.empty(count, np.intp)
    end = int((forward.ends[-1] + scene.tail).argmin())
    for index in range(count - 1, -1, -1):
        ends[index] = end
        costs = scene.lasting[index][: max(1, end)]
        began = (forward.starts[index] - scene.inside)[end - len(costs) : end][::-1]
        starts[index] = end - 1 - int((began + costs).argmin())
        if index:
            end = scene.paused_from(index - 1, forward.ends[index - 1], int(starts[index]))
    return starts, ends


def _share(costs: "Floats", chosen: "Ints") -> "Floats":
    """For each word, the share of likelihood near the chosen frame; 0 to 1."""
    mass = np.exp(-np.minimum(costs - costs.min(axis=1, keepdims=True), 60))
    near = np.abs(np.arange(costs.shape[1])[None] - chosen[:, None]) <= NEAR / FRAME
    return np.asarray((mass * near).sum(axis=1) / mass.sum(axis=1))


def _keep_to_speech(span: Span, speech: Sequence[Span]) -> Span:
    parts = intersect((span,), tuple(speech))
    return max(parts, key=lambda part: part.duration) if parts else span
