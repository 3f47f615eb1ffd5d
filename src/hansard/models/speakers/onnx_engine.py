"""The speaker engine `onnx`, loaded."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import SAMPLE_RATE, Sound
from hansard.errors import Cancelled, VoiceError
from hansard.models.hub import ModelFiles
from hansard.models.speakers.clustering import Wanted, cluster, unit
from hansard.models.speakers.onnx_segmentation import Geometry, Segmentation
from hansard.models.speakers.onnx_stitching import Heard, Named, separate, smooth, vote
from hansard.models.speakers.onnx_voices import VoiceModel
from hansard.models.speakers.options import SpeakerOptions
from hansard.models.speakers.protocol import (
    Diarisation,
    Embedding,
    SpeakerEngineInfo,
    Voice,
    Watch,
)
from hansard.models.speakers.recognition import combine
from hansard.models.speakers.turns import Stretch, name, runs, turns_of
from hansard.transcript import Seconds, Span, Turn
from hansard.transcript.spans import intersect, merge, subtract, total

if TYPE_CHECKING:
    from numpy.typing import NDArray

METHOD = "onnx 1"
"""Changes when the same weights would give other embeddings."""
HOP = 0.25
"""From one window to the next, as a share of a window: each moment is heard four times."""
ALONE: Seconds = 0.4
"""With less speech of its own than this a voice is taken from overlapping speech, too."""
SHORTEST: Seconds = 0.2
"""With less speech than this in a window there is no embedding."""
SURE: Seconds = 1.0
"""Only voices with this much speech of their own found a speaker."""
GAP: Seconds = 0.4
"""Pauses of one speaker that are filled."""
BLIP: Seconds = 0.1
"""Shorter turns are left out."""
ENOUGH: Seconds = 1.0
"""The least speech that a voice can be learnt from."""
LONGEST: Seconds = 60.0
"""More speech than this adds nothing to a voice."""


@dataclass(frozen=True, slots=True)
class _Local:
    """One speaker of one window."""

    window: int
    slot: int
    seconds: Seconds
    """How much it says alone."""
    embedding: "NDArray[np.float32]"


class OnnxSpeakers:
    """Tells voices apart; for one thread at a time."""

    def __init__(self, segmentation: Segmentation, voices: VoiceModel, files: ModelFiles) -> None:
        """`files` are those of the embedding model; its card says both thresholds."""
        self._joins = files.card.threshold or 0.0
        self._segmentation = segmentation
        self._voices = voices
        self.info = SpeakerEngineInfo(
            name="onnx",
            version=f"sherpa-onnx {version('sherpa-onnx')}",
            model=files.name,
            digest=hashlib.sha256(f"{METHOD}\0{files.digest}".encode()).hexdigest(),
            threshold=files.card.recognises or 1.0,
            overlaps=True,
        )

    def close(self) -> None:
        """Nothing is held open: the models go with the object."""

    def diarise(
        self, sound: Sound, speech: Sequence[Span], options: SpeakerOptions, watch: Watch
    ) -> Diarisation:
        """Who spoke when; memory grows by about 20 MB for each hour.

        Raises:
            UsageError: no number of speakers can satisfy the options.
            EngineError: the model fails.
            Cancelled: the caller asked to stop.
        """
        wanted = Wanted.of(options)
        heard, locals_ = self._listen(sound, speech, watch)
        if not locals_:
            watch.on_progress(1.0)
            return Diarisation(turns=(), voices=(), notes=_notes(wanted.exact, 0))
        named, labels = _name(locals_, (len(heard), self._geometry.speakers), wanted, self._joins)
        stretches = self._stretches(sound, heard, named)
        turns = turns_of(stretches)
        voices = _voices(turns, locals_, labels, [stretch.label for stretch in stretches])
        watch.on_progress(1.0)
        return Diarisation(turns=turns, voices=voices, notes=_notes(wanted.exact, len(voices)))

    def embed(self, sound: Sound, spans: Sequence[Span]) -> Embedding:
        """One voice from stretches in which only that voice speaks.

        Raises:
            VoiceError: there is too little speech, or nothing like a voice in them.
        """
        found: list[tuple[NDArray[np.float32], Seconds]] = []
        for window in self._windows(sound, merge(spans)):
            _, active = self._segmentation.hear(window)
            chosen = _cut(window, np.any(active, axis=1, keepdims=True)[:, 0], self._geometry)
            seconds = len(chosen) / SAMPLE_RATE
            embedding = self._voices.embed(chosen) if seconds >= SHORTEST else None
            if embedding is not None:
                found.append((embedding, seconds))
            if sum(each for _, each in found) >= LONGEST:
                break
        heard = sum(seconds for _, seconds in found)
        if heard < ENOUGH:
            raise VoiceError(
                f"{heard:.1f} s of speech is too little to learn a voice from",
                hint=f"give at least {ENOUGH:g} s, better 10 s, in which one person speaks",
            )
        return combine([tuple(e.tolist()) for e, _ in found], [each for _, each in found])

    @property
    def _geometry(self) -> Geometry:
        return self._segmentation.geometry

    def _windows(self, sound: Sound, spans: Sequence[Span]) -> Iterator["NDArray[np.float32]"]:
        """The sound of these spans, a window at a time."""
        length = self._geometry.window / SAMPLE_RATE
        for span in spans:
            start = max(span.start, sound.start)
            while start < min(span.end, sound.end):
                yield sound.read(start, min(span.end, start + length))
                start += length

    def _listen(
        self, sound: Sound, speech: Sequence[Span], watch: Watch
    ) -> tuple[list[Heard], list[_Local]]:
        """Every window with speech in it, and the voices of its speakers."""
        shape = self._geometry
        hop = max(1, round(HOP * shape.window / shape.shift))
        count = max(1, -(-max(0, sound.samples - shape.window) // (hop * shape.shift)) + 1)
        spoken = merge(speech)
        heard: list[Heard] = []
        locals_: list[_Local] = []
        for number in range(count):
            if watch.cancelled():
                raise Cancelled
            begin = sound.start + number * hop * shape.shift / SAMPLE_RATE
            span = Span(begin, begin + shape.window / SAMPLE_RATE)
            if intersect(spoken, (span,)):
                samples = sound.read(*span)
                activity, active = self._segmentation.hear(samples)
                activity = np.where(np.any(active, axis=1, keepdims=True), activity, 0)
                heard.append(Heard(number * hop, np.rint(activity * 255).astype(np.uint8)))
                locals_.extend(self._locals(samples, active, len(heard) - 1))
            watch.on_progress(0.95 * (number + 1) / count)
        return heard, locals_

    def _locals(
        self, samples: "NDArray[np.float32]", active: "NDArray[np.bool_]", window: int
    ) -> Iterator[_Local]:
        """The voices of one window, each from where it speaks alone if it does long enough."""
        alone = active & (active.sum(axis=1, keepdims=True) == 1)
        for slot in range(active.shape[1]):
            chosen = _cut(samples, alone[:, slot], self._geometry)
            seconds = len(chosen) / SAMPLE_RATE
            if seconds < ALONE:
                chosen = _cut(samples, active[:, slot], self._geometry)
            if len(chosen) < SHORTEST * SAMPLE_RATE:
                continue
            embedding = self._voices.embed(chosen)
            if embedding is not None:
                yield _Local(window, slot, seconds, embedding)

    def _stretches(self, sound: Sound, heard: Sequence[Heard], named: Named) -> list[Stretch]:
        """What each speaker says, labelled 0, 1 ... in the order in which they are first heard."""
        shape = self._geometry
        frames = max(one.first + len(one.activity) for one in heard)
        step = shape.shift / SAMPLE_RATE
        rows = smooth(vote(heard, named, frames), round(GAP / step), round(BLIP / step))
        found = []
        for run in rows:
            start = sound.start + max(0.0, shape.start(run.first))
            end = min(sound.end, sound.start + shape.start(run.last))
            if end > start:
                sure = None
                if named.speakers > 1:
                    sure = min(1.0, max(0.0, run.margin / (run.last - run.first)))
                found.append(Stretch(run.label, start, end, sure))
        return sorted(found, key=lambda stretch: (stretch.start, stretch.end))


def _cut(
    samples: "NDArray[np.float32]", frames: "NDArray[np.bool_]", shape: Geometry
) -> "NDArray[np.float32]":
    """The samples of the chosen frames of one window, one after the other."""
    half = (shape.size - shape.shift) // 2
    pieces = [
        samples[half + first * shape.shift : half + last * shape.shift]
        for first, last, chosen in runs(frames.astype(np.int64))
        if chosen
    ]
    return np.concatenate([samples[:0], *pieces])


def _name(
    locals_: Sequence[_Local], shape: tuple[int, int], wanted: Wanted, joins: float
) -> "tuple[Named, NDArray[np.int64]]":
    """Which speaker of the recording each local one is; `shape` is windows and slots."""
    points = np.stack([one.embedding for one in locals_])
    seconds = np.array([one.seconds for one in locals_])
    sure = np.flatnonzero(seconds >= SURE)
    if len(sure) < (wanted.exact or wanted.least):
        sure = np.arange(len(locals_))
    # Each second is in 1 / HOP windows.
    founded = cluster(points[sure], np.maximum(seconds[sure], SHORTEST) * HOP, wanted, joins)
    count = int(founded.max()) + 1
    centres = unit(
        np.stack(
            [
                (points[sure] * np.maximum(seconds[sure], SHORTEST)[:, None])[founded == k].sum(0)
                for k in range(count)
            ]
        )
    )
    similarity = points @ centres.T
    labels = similarity.argmax(axis=1)
    labels[sure] = founded
    windows = np.array([one.window for one in locals_])
    labels = separate(labels, similarity, windows)
    own = similarity[np.arange(len(labels)), labels]
    others = similarity.copy()
    others[np.arange(len(labels)), labels] = -1
    named = Named(np.full(shape, -1, dtype=np.int64), np.zeros(shape, dtype=np.float32), count)
    slots = np.array([one.slot for one in locals_])
    named.labels[windows, slots] = labels
    named.margins[windows, slots] = np.clip(own - others.max(axis=1), 0, 1)
    return named, labels


def _voices(
    turns: Sequence[Turn],
    locals_: Sequence[_Local],
    labels: "NDArray[np.int64]",
    heard: Sequence[int],
) -> tuple[Voice, ...]:
    """The voice of each speaker of the turns; `heard` are their labels, in order of start."""
    voices = []
    for index, label in enumerate(dict.fromkeys(heard)):
        mine = [one for one, its in zip(locals_, labels, strict=True) if its == label]
        weights = [max(one.seconds, 0.01) for one in mine]
        said = merge(Span(t.start, t.end) for t in turns if t.speaker == name(index))
        rest = merge(Span(t.start, t.end) for t in turns if t.speaker != name(index))
        voices.append(
            Voice(
                speaker=name(index),
                embedding=combine([tuple(one.embedding.tolist()) for one in mine], weights),
                seconds=total(subtract(said, rest)),
            )
        )
    return tuple(voices)


def _notes(exact: int | None, found: int) -> tuple[str, ...]:
    """That fewer voices were found than were asked for."""
    if exact is None or found >= exact:
        return ()
    return (f"{exact} speakers were asked for, and there is speech enough for {found}",)
