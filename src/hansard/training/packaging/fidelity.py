"""Does a converted model hear what the trained one hears? Both read the same clips, greedily.

Compared are the texts, the segments' timestamps, and when words begin; features are padded alike on
both sides, so what differs is the conversion's doing.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from hansard.audio import Sound
from hansard.errors import FidelityError
from hansard.evaluation.rates import ErrorRate, pool, word_error_rate
from hansard.models.engines import Ask, DecodeOptions, Engine, Piece, Window
from hansard.models.engines.whisper import OPENING
from hansard.training.packaging.options import Limits
from hansard.transcript import Span, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

MOST_TOKENS = 200
"""That a clip may yield; both sides stop there."""
_STRICT = frozenset({"float32", "float16"})
_SHOWN = 120


class Read(NamedTuple):
    """What the model makes of a clip, its times counted from the clip's start."""

    pieces: tuple[Piece, ...]
    """With timestamps asked for."""
    tokens: tuple[int, ...]
    """Of the text, with none asked for."""
    times: "NDArray[np.float64]"
    """When each of these tokens begins, and when the last one ends; shape (tokens + 1,)."""
    generated: "NDArray[np.float64]"
    """The same as transformers' `return_token_timestamps` tells it; shape (tokens,)."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """The language and task that a clip is read with; None for a model of English alone."""

    language: str | None
    task: str | None = "transcribe"


Bound = Literal["strict", "loose", "told"]
"""Next to no difference is allowed; some words may differ; or it is only told, where the weights
are whole and the arithmetic alone is in 8 bits."""


class Trial(NamedTuple):
    """One way to compute a conversion."""

    folder: str
    precision: str
    """Of the weights as they are stored."""
    compute_type: str
    bound: Bound


class Heard(NamedTuple):
    """What an engine makes of a clip; times are on the recording's clock."""

    pieces: tuple[Piece, ...]
    tokens: tuple[int, ...]
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFidelity:
    """One clip as both heard it."""

    id: str
    reference: str
    """The trained model's text."""
    heard: str
    rate: ErrorRate
    same: bool
    """The same text in as many segments."""
    times: tuple[float, ...] = ()
    """By how many seconds timestamps differ; none where the text does."""
    words: tuple[float, ...] = ()
    """By how many seconds the beginnings of words differ."""
    generated: tuple[float, ...] = ()
    """The same against transformers' `return_token_timestamps`."""

    @property
    def badness(self) -> tuple[float, float]:
        """What the worst clip has most of."""
        rate = float(self.rate.errors) if self.rate.rate is None else self.rate.rate
        return rate, max((*self.times, *self.words), default=0.0)


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How faithful one way to compute a conversion is."""

    trial: Trial
    clips: tuple[ClipFidelity, ...]

    @property
    def wer(self) -> float:
        """Word error rate against the trained model's text, over all clips."""
        rate = pool(clip.rate for clip in self.clips)
        return float(rate.errors) if rate.rate is None else rate.rate

    @property
    def same_text(self) -> float:
        """The share of clips with the same text in as many segments."""
        return sum(clip.same for clip in self.clips) / len(self.clips)

    @property
    def worst(self) -> ClipFidelity:
        """The clip that differs most."""
        return max(self.clips, key=lambda clip: clip.badness)

    def gather(self, what: Literal["times", "words", "generated"]) -> "Spread | None":
        """How differences in seconds are spread; None where there are none to tell."""
        found = [value for clip in self.clips for value in getattr(clip, what)]
        return spread(found) if found else None


class Spread(NamedTuple):
    """Seconds."""

    median: float
    most: float
    """95 % are below."""
    largest: float


def spread(values: Sequence[float]) -> Spread:
    """Median, 95th percentile and maximum."""
    median, most = np.percentile(np.abs(values), (50, 95))
    return Spread(round(float(median), 4), round(float(most), 4), round(max(map(abs, values)), 4))


def trials_of(folder: str, precision: str, *, first: bool) -> tuple[Trial, ...]:
    """How a conversion is computed: in float32, and in 8 bits as CPUs do for speed."""
    if precision.startswith("int"):
        return (Trial(folder, precision, "int8", "loose"),)
    bound: Bound = "strict" if precision in _STRICT else "loose"
    whole = Trial(folder, precision, "float32", bound)
    return (whole, Trial(folder, precision, "int8", "told")) if first else (whole,)


def listen(
    engine: Engine, clip: tuple[Sound, Span], tongue: Tongue, suppressed: Iterable[int]
) -> Heard:
    """What an engine makes of a clip: once with timestamps; once without, its words timed.

    Raises:
        EngineError: the engine failed.
    """
    sound, span = clip
    batch = engine.encode([Window(sound, span.start, span.end)])
    try:
        ask = Ask(0, language=tongue.language)
        found = {
            timestamps: dict(batch.decode([ask], _options(suppressed, timestamps=timestamps)))[0]
            for timestamps in (True, False)
        }
        words = batch.align({0: found[False]}).get(0, ())
    finally:
        batch.close()
    tokens = tuple(token for piece in found[False].pieces for token in piece.tokens)
    return Heard(found[True].pieces, tokens, tuple(words))


def _options(suppressed: Iterable[int], *, timestamps: bool) -> DecodeOptions:
    return DecodeOptions(
        timestamps=timestamps,
        beam_size=1,
        max_new_tokens=MOST_TOKENS,
        suppress_tokens=tuple(suppressed),
    )


def compare(ident: str, reference: Read, heard: Heard, start: float) -> ClipFidelity:
    """One clip as the trained model read it and as an engine heard it, from `start` on."""
    text = "".join(piece.text for piece in reference.pieces).strip()
    other = "".join(piece.text for piece in heard.pieces).strip()
    pairs = list(zip(reference.pieces, heard.pieces, strict=False))
    same = text == other and len(reference.pieces) == len(heard.pieces)
    times = [abs(b.start - start - a.start) for a, b in pairs]
    times += [abs(b.end - start - a.end) for a, b in pairs]
    words, generated = _words(reference, heard, start)
    return ClipFidelity(
        id=ident,
        reference=text,
        heard=other,
        rate=word_error_rate(text, other, normaliser="none"),
        same=same,
        times=tuple(round(value, 4) for value in times) if same else (),
        words=words,
        generated=generated,
    )


def _words(
    reference: Read, heard: Heard, start: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """By how much the beginnings of words differ; told only where the tokens are the same."""
    if reference.tokens != heard.tokens:
        return (), ()
    ours: list[float] = []
    theirs: list[float] = []
    place = 0
    for word in heard.words:
        # a word with an opening mark has the time of the word, not of the mark
        if place < len(reference.generated) and not word.text.strip().startswith(tuple(OPENING)):
            began = word.start - start
            ours.append(round(abs(began - float(reference.times[place])), 4))
            theirs.append(round(abs(began - float(reference.generated[place])), 4))
        place += len(word.tokens)
    return tuple(ours), tuple(theirs)


def judge(fidelity: Fidelity, limits: Limits) -> None:
    """See that a conversion is faithful enough.

    Raises:
        FidelityError: it is not; names the figure, its limit and the worst clip.
    """
    strict = fidelity.trial.bound == "strict"
    most = limits.max_wer if strict else limits.max_wer_int8
    if fidelity.wer > most and fidelity.trial.bound == "told":
        logger.warning(
            "computed in 8 bits, as CPUs do unless told otherwise, the model hears other words: "
            "the word error rate is %.3f", fidelity.wer,
        )  # fmt: skip
        return
    if fidelity.wer > most:
        raise _failure(fidelity, f"the word error rate between them is {fidelity.wer:.3f}", most)
    if not strict:
        return
    told: tuple[tuple[Literal["times", "words"], str], ...] = (
        ("times", "timestamps"),
        ("words", "beginnings of words"),
    )
    for what, name in told:
        found = fidelity.gather(what)
        if found is not None and found.most > limits.max_seconds:
            what_differs = f"one in twenty {name} differs by {found.most:.2f} s or more"
            raise _failure(fidelity, what_differs, limits.max_seconds)


def _failure(fidelity: Fidelity, what: str, most: float) -> FidelityError:
    trial, worst = fidelity.trial, fidelity.worst
    return FidelityError(
        f"{trial.folder} ({trial.precision}, computed in {trial.compute_type}) hears something "
        f"else than the trained model: {what}, at most {most:g} is allowed; worst of "
        f"{len(fidelity.clips)} clips is {worst.id!r}: {worst.reference[:_SHOWN]!r} became "
        f"{worst.heard[:_SHOWN]!r}",
        hint="the limits are --max-wer, --max-wer-int8 and --max-seconds",
    )


def describe(fidelity: Fidelity) -> dict[str, Any]:
    """For fidelity.json and programs."""
    trial = fidelity.trial
    spreads = {
        name: found._asdict() if (found := fidelity.gather(what)) else None
        for what, name in _GATHERED
    }
    return {
        "folder": trial.folder,
        "precision": trial.precision,
        "compute_type": trial.compute_type,
        "bound": trial.bound,
        "clips": len(fidelity.clips),
        "same_text": round(fidelity.same_text, 4),
        "wer": round(fidelity.wer, 4),
        **spreads,
        "worst": fidelity.worst.id,
        "details": [
            {
                "id": clip.id,
                "reference": clip.reference,
                "heard": clip.heard,
                "wer": clip.rate.rate,
                "largest_time": max(clip.times, default=None),
                "largest_word_time": max(clip.words, default=None),
            }
            for clip in fidelity.clips
        ],
    }


_GATHERED: tuple[tuple[Literal["times", "words", "generated"], str], ...] = (
    ("times", "timestamps_seconds"),
    ("words", "word_starts_seconds"),
    ("generated", "word_starts_beside_return_token_timestamps_seconds"),
)
