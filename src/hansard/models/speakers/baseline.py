"""The baseline: tells speakers apart by spectrum and pitch, without any trained weights.

    listen ─ cut into units ─ describe ─ group ─ resegment ─ turns and voices

It works on a bare machine without a network, hears no overlapping speech, and says that it is a
baseline. See docs/decisions/0011.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from hansard.audio import Sound
from hansard.models.speakers.baseline_voices import THRESHOLD, check, embed
from hansard.models.speakers.clustering import Wanted
from hansard.models.speakers.counting import group
from hansard.models.speakers.features import FRAME, Frames, listen
from hansard.models.speakers.features_units import cut, describe
from hansard.models.speakers.options import SpeakerOptions
from hansard.models.speakers.protocol import (
    Diarisation,
    Embedding,
    SpeakerEngine,
    SpeakerEngineInfo,
    SpeakerFiles,
    Voice,
    Watch,
)
from hansard.models.speakers.resegmentation import Decision, resegment
from hansard.models.speakers.turns import (
    NOBODY,
    Stretch,
    drop_islands,
    relabel,
    runs,
    turns_of,
)
from hansard.models.speakers.turns import name as speaker_name
from hansard.transcript import Seconds, Span
from hansard.transcript.spans import merge

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION: Final = "1"
METHOD: Final = f"hansard baseline {VERSION}: mean cepstra 1-19 and log pitch of voiced frames"
"""Changes whenever embeddings would no longer be comparable."""
MEMORY: Final = 200 * 2**20
"""Bytes: the libraries, and the frames of some hours."""
ISLAND: Final = 15
"""Frames (0.3 s): shorter stretches of one speaker inside another's are the other's."""
CLEAR: Final = 1.5
"""Nats a frame, for the best speaker over the second best, at which a turn's confidence is 0.63."""
LISTENING: Final = 0.6
"""The share of the work that is done when the sound has been read."""

_INFO: Final = SpeakerEngineInfo(
    name="baseline",
    version=VERSION,
    model="none",
    digest=sha256(METHOD.encode()).hexdigest(),
    threshold=THRESHOLD,
    overlaps=False,
    baseline=True,
)


class Baseline:
    """Tells voices apart without weights; safe to use from one thread at a time."""

    def __init__(self, *, threads: int = 1) -> None:
        self._threads = max(1, threads)

    @property
    def info(self) -> SpeakerEngineInfo:
        """What it can do."""
        return _INFO

    def diarise(
        self, sound: Sound, speech: Sequence[Span], options: SpeakerOptions, watch: Watch
    ) -> Diarisation:
        """Who spoke when.

        A turn's confidence is how much better its voice fits its speaker than any other; None
        where there is one speaker only.

        Raises:
            UsageError: no number of speakers can satisfy the options.
            Cancelled: the caller asked to stop.
        """
        wanted = Wanted.of(options)
        frames = listen(sound, merge(speech), _part_of(watch, 0.0, LISTENING), self._threads)
        units = cut(frames.index)
        if not len(units):
            return Diarisation(turns=(), voices=())
        groups = group(describe(frames, units), units, wanted)
        decision = resegment(frames, units, groups, _part_of(watch, LISTENING, 1.0))
        tidy = _tidy(frames, decision)
        return Diarisation(
            turns=turns_of(_stretches(frames, tidy, sound.start)),
            voices=_voices(frames, tidy.labels),
            notes=_notes(wanted, int(groups.max()) + 1),
        )

    def embed(self, sound: Sound, spans: Sequence[Span]) -> Embedding:
        """One voice from stretches in which only that voice speaks.

        Raises:
            VoiceError: there is less than about a second, or nothing like a voice in them.
        """
        frames = listen(sound, merge(spans), Watch(), self._threads)
        check(frames)
        return embed(frames, np.ones(len(frames), dtype=bool))

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True)
class BaselineSpec:
    """What the entry point names."""

    name: str = "baseline"
    needs: tuple[str, ...] = ("sklearn",)
    extra: str | None = None
    roles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def memory(self, files: SpeakerFiles) -> int:
        """About how many bytes it takes."""
        del files
        return MEMORY

    def load(self, files: SpeakerFiles) -> SpeakerEngine:
        """The engine; there is nothing to load."""
        return Baseline(threads=files.threads)


SPEC: Final = BaselineSpec()


def _part_of(watch: Watch, begin: float, end: float) -> Watch:
    """A watch whose 0 to 1 is a part of the whole."""
    return Watch(lambda share: watch.on_progress(begin + share * (end - begin)), watch.cancelled)


def _tidy(frames: Frames, decision: Decision) -> Decision:
    """Without islands; no speaker is lost by it. Speakers are numbered as they appear."""
    labels = decision.labels
    tidy = drop_islands(_on_timeline(frames, labels), ISLAND)[frames.index - frames.index[0]]
    lost = np.setdiff1d(labels, tidy)
    tidy = np.where(np.isin(labels, lost), labels, tidy)
    speakers, firsts = np.unique(tidy, return_index=True)
    return Decision(relabel(tidy), decision.steps, decision.scores[:, speakers[np.argsort(firsts)]])


def _on_timeline(frames: Frames, labels: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """The labels of all frames from the first of speech to the last."""
    timeline = np.full(int(frames.index[-1] - frames.index[0]) + 1, NOBODY, dtype=np.int64)
    timeline[frames.index - frames.index[0]] = labels
    return timeline


def _stretches(frames: Frames, decision: Decision, start: Seconds) -> list[Stretch]:
    """One for each turn, on the recording's clock."""
    offset = int(frames.index[0])
    table = runs(_on_timeline(frames, decision.labels))
    spoken = table[table[:, 2] >= 0]
    begins = np.searchsorted(frames.index, spoken[:, 0] + offset)
    ends = np.searchsorted(frames.index, spoken[:, 1] + offset)
    return [
        Stretch(
            int(label),
            start + float(first + offset) * FRAME,
            start + float(last + offset) * FRAME,
            _confidence(decision, int(label), (int(begin), int(end))),
        )
        for (first, last, label), begin, end in zip(spoken, begins, ends, strict=True)
    ]


def _confidence(decision: Decision, label: int, place: tuple[int, int]) -> float | None:
    """How clearly the frames of a place are its speaker's rather than any other's, 0 to 1."""
    if decision.scores.shape[1] < 2:
        return None
    first = max(0, int(np.searchsorted(decision.steps, place[0], "right")) - 1)
    last = max(first + 1, int(np.searchsorted(decision.steps, place[1])))
    scores = decision.scores[first:last].sum(axis=0, dtype=np.float64)
    margin = (scores[label] - np.delete(scores, label).max()) / (place[1] - place[0])
    return float(1 - np.exp(-max(0.0, margin) / CLEAR))


def _voices(frames: Frames, labels: "NDArray[np.int64]") -> tuple[Voice, ...]:
    return tuple(
        Voice(
            speaker=speaker_name(label),
            embedding=embed(frames, labels == label),
            seconds=float(np.count_nonzero(labels == label)) * FRAME,
        )
        for label in range(int(labels.max()) + 1)
    )


def _notes(wanted: Wanted, found: int) -> tuple[str, ...]:
    least = wanted.exact or wanted.least
    if found >= least:
        return ()
    return (f"{found} of {least} speakers asked for were told apart: there is too little speech",)
