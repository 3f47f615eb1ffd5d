"""The table of all figures of all models, and what is said about their differences."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from hansard.evaluation.report.numbers import MINUS, NONE, decimal, percent, plural, whole
from hansard.evaluation.values import LEVELS, Comparison, Evaluation, Level, Scores

LEVEL_NAMES: Final[dict[Level, str]] = {
    "raw": "as written",
    "normalised": "normalised",
    "tolerant": "variants tolerated",
}
Better = Literal["low", "high", ""]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one model."""

    text: str
    more: str = ""
    """What stands small beside it: its interval, its parts."""
    best: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of all models."""

    name: str
    about: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """Figures that belong together."""

    name: str
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A comparison in words: a sentence around the names of both models."""

    second: str
    relation: str
    first: str
    rest: str
    sure: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    """A figure before it is compared: its value as shown, its text."""

    value: float | None
    text: str
    more: str = ""


_Read = Callable[[Scores], _Reading | None]
_NOTHING: Final = _Reading(None, NONE)


def summarise(evaluation: Evaluation) -> tuple[tuple[Family, ...], tuple[str, ...]]:
    """The families of figures that any model has, and the names of those that none has."""
    families, missing = [], []
    for name, measures in _FAMILIES:
        shown = []
        for title, about, better, read in measures:
            readings = [read(model) for model in evaluation.scores]
            if any(readings):
                shown.append(Measure(title, about, _figures(readings, better)))
            else:
                missing.append(title)
        if shown:
            families.append(Family(name, tuple(shown)))
    return tuple(families), tuple(missing)


def judge(comparison: Comparison) -> Verdict:
    """Say what came of a comparison."""
    within = f"({LEVEL_NAMES[comparison.level]}"
    interval = comparison.interval
    if interval is not None:
        within += f"; 95 % interval {_signed(interval.low)} to {_signed(interval.high)} points"
    if comparison.p_value is None:
        end = "There are too few utterances to tell whether this is chance."
    elif comparison.is_significant:
        end = f"The difference is significant at the level of 5 %, {_chance(comparison.p_value)}."
    else:
        end = f"This may well be chance, {_chance(comparison.p_value)}."
    if comparison.difference:
        points = decimal(abs(100 * comparison.difference), 2)
        way = "fewer" if comparison.difference < 0 else "more"
        relation = f"makes {points} points {way} word errors than"
    else:
        relation = "makes as many word errors as"
    return Verdict(
        comparison.second,
        relation,
        comparison.first,
        f"{within}). {end}",
        comparison.is_significant,
    )


def _chance(p_value: float) -> str:
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def _signed(share: float) -> str:
    text = decimal(100 * share, 2)
    return text if text.startswith(MINUS) or share == 0 else f"+{text}"


def _figures(readings: Sequence[_Reading | None], better: Better) -> tuple[Figure, ...]:
    values = [each.value for each in readings if each is not None and each.value is not None]
    best = None
    if better and len(values) > 1 and min(values) < max(values):
        best = min(values) if better == "low" else max(values)
    return tuple(
        Figure(each.text, each.more, best is not None and each.value == best)
        for each in (reading or _NOTHING for reading in readings)
    )


def _words(level: Level) -> _Read:
    def read(model: Scores) -> _Reading | None:
        rate = model.words.get(level)
        if rate is None:
            return None
        interval = model.intervals.get(level)
        more = ""
        if interval is not None:
            more = f"{percent(interval.low, 2)} \u2013 {percent(interval.high, 2)}"
        return _Reading(rate.rate, percent(rate.rate, 2), more)

    return read


def _characters(level: Level) -> _Read:
    def read(model: Scores) -> _Reading | None:
        rate = model.characters.get(level)
        return None if rate is None else _Reading(rate.rate, percent(rate.rate, 2))

    return read


def _part(kind: Literal["substitutions", "deletions", "insertions"]) -> _Read:
    def read(model: Scores) -> _Reading | None:
        rate = model.words.get("normalised")
        if rate is None:
            return None
        count: int = getattr(rate, kind)
        share = count / rate.reference_length if rate.reference_length else None
        return _Reading(share, percent(share, 2), whole(count))

    return read


def _number(name: str, digits: int) -> _Read:
    def read(model: Scores) -> _Reading | None:
        value: float | None = getattr(model, name)
        return None if value is None else _Reading(value, decimal(value, digits))

    return read


def _time(edge: Literal["start", "end"]) -> _Read:
    def read(model: Scores) -> _Reading | None:
        error = None if model.word_times is None else getattr(model.word_times, edge)
        if error is None:
            return None
        more = f"95 % under {whole(1000 * error.p95)}, {percent(error.within_100ms, 0)} % under 100"
        return _Reading(error.median, whole(1000 * error.median), more)

    return read


def _diarisation(model: Scores) -> _Reading | None:
    error = model.diarisation
    if error is None:
        return None
    shares = [
        percent(part / error.total if error.total else None)
        for part in (error.missed, error.false_alarm, error.confusion)
    ]
    more = f"missed {shares[0]}, false {shares[1]}, confused {shares[2]}"
    return _Reading(error.rate, percent(error.rate, 2), more)


def _speaker_words(model: Scores) -> _Reading | None:
    errors = model.speaker_words
    return None if errors is None else _Reading(errors.rate, percent(errors.rate, 2))


def _turn_words(model: Scores) -> _Reading | None:
    errors = model.turn_words
    if errors is None:
        return None
    return _Reading(errors.rate, percent(errors.rate, 2), plural(errors.turns, "turn"))


def _reference(model: Scores) -> _Reading | None:
    rate = model.words.get("normalised")
    if rate is None:
        return None
    return _Reading(None, whole(rate.reference_length))


def _count(model: Scores) -> _Reading:
    return _Reading(None, whole(len(model.scored)))


_FAMILIES: Final[Iterable[tuple[str, Iterable[tuple[str, str, Better, _Read]]]]] = (
    (
        "Words",
        (
            *(
                (
                    f"WER {LEVEL_NAMES[level]}, %",
                    "word error rate, with its 95 % interval by bootstrap",
                    "low",
                    _words(level),
                )
                for level in LEVELS
            ),
            ("Substitutions, %", "of normalised reference words", "low", _part("substitutions")),
            ("Deletions, %", "of normalised reference words", "low", _part("deletions")),
            ("Insertions, %", "of normalised reference words", "low", _part("insertions")),
            (
                "Invented words per hour",
                "words where the reference has none, per hour of sound",
                "low",
                _number("invented_words_per_hour", 1),
            ),
        ),
    ),
    (
        "Characters",
        tuple(
            (f"CER {LEVEL_NAMES[level]}, %", "character error rate", "low", _characters(level))
            for level in LEVELS
        ),
    ),
    (
        "Word times",
        (
            ("Word starts, ms", "median distance from the truth", "low", _time("start")),
            ("Word ends, ms", "median distance from the truth", "low", _time("end")),
        ),
    ),
    (
        "Speakers",
        (
            ("DER, %", "diarisation error rate: speaker time given wrongly", "low", _diarisation),
            ("cpWER, %", "word errors with speakers matched as a whole", "low", _speaker_words),
            ("DE-WER, %", "word errors turn by turn", "low", _turn_words),
        ),
    ),
    (
        "Speed and size",
        (
            ("RTFx", "seconds of sound per second of work", "high", _number("rtfx", 1)),
            ("Sound, hours", "of all utterances", "", _number("hours", 2)),
            ("Utterances", "that were scored", "", _count),
            ("Reference words", "normalised", "", _reference),
            ("Failed", "utterances without a text", "low", _number("failed", 0)),
        ),
    ),
)
