"""Scores and comparisons as JSON can hold them, and as sentences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from hansard.evaluation.confusions import confusions
from hansard.evaluation.rates import ErrorRate
from hansard.evaluation.values import Comparison, Evaluation, Group, Interval, Level, Scores

_LISTED: Final = 50
"""Confusions that are listed."""
_SUFFIXES: Final[Mapping[Level, str]] = {
    "normalised": "",
    "raw": "_raw",
    "tolerant": "_tolerant",
}


def describe_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    """Everything but single utterances; the figures of the first model stand at the top, too."""
    models = [describe_scores(scores) for scores in evaluation.scores]
    first = {name: value for name, value in models[0].items() if name != "confusions"}
    return {
        "run": evaluation.run,
        "created": evaluation.created,
        **(first if models else {}),
        "models": models,
        "comparisons": [describe_comparison(each) for each in evaluation.comparisons],
    }


def describe_scores(scores: Scores) -> dict[str, Any]:
    """The figures of one model; `wer` and the counts beside it are of normalised words."""
    counted = confusions(scores.scored)
    return {
        "model": scores.model,
        "digest": scores.digest,
        "utterances": len(scores.scored),
        "failed": scores.failed,
        "hours": scores.hours,
        **describe_rates(scores.words, scores.characters),
        **{
            f"wer{_SUFFIXES[level]}_interval": _interval(scores.intervals.get(level))
            for level in _SUFFIXES
        },
        "rtfx": scores.rtfx,
        "invented_words_per_hour": scores.invented_words_per_hour,
        "word_times": None if scores.word_times is None else asdict(scores.word_times),
        **_speakers(scores),
        **{f"per_{by}": _groups(groups) for by, groups in scores.groups.items()},
        "confusions": {
            "words": [[said, heard, count] for (said, heard), count in counted.words[:_LISTED]],
            "characters": [
                [said, heard, count] for (said, heard), count in counted.characters[:_LISTED]
            ],
        },
        "facts": dict(scores.facts),
    }


def describe_rates(
    words: Mapping[Level, ErrorRate], characters: Mapping[Level, ErrorRate]
) -> dict[str, Any]:
    """Rates at all levels, and the counts of normalised words; a rate of nothing is None."""
    plain = words["normalised"]
    return {
        **{f"wer{suffix}": words[level].rate for level, suffix in _SUFFIXES.items()},
        **{f"cer{suffix}": characters[level].rate for level, suffix in _SUFFIXES.items()},
        **asdict(plain),
        "reference_words": plain.reference_length,
        "hypothesis_words": plain.hypothesis_length,
        "counts": {level: asdict(words[level]) for level in words},
    }


def describe_comparison(comparison: Comparison) -> dict[str, Any]:
    """A comparison, with the sentence that says it."""
    return {
        "first": comparison.first,
        "second": comparison.second,
        "level": comparison.level,
        "difference": comparison.difference,
        "interval": _interval(comparison.interval),
        "p_value": comparison.p_value,
        "corrected_p_value": comparison.corrected,
        "is_significant": comparison.is_significant,
        "sentence": say(comparison),
    }


def say(comparison: Comparison) -> str:
    """A comparison in words, differences in percentage points of word error rate."""
    first, second, points = comparison.first, comparison.second, 100 * comparison.difference
    known = _certainty(comparison)
    if comparison.difference == 0 and (comparison.p_value or 0) >= 1:
        return f"{second} is as good as {first}{known}"
    if not comparison.is_significant:
        what = f"a difference between {first} and {second} is not proved"
        return f"{what}: {points:+.1f} points{known}"
    better, worse = (second, first) if points < 0 else (first, second)
    return f"{better} is better than {worse} by {abs(points):.1f} points{known}"


def more_figures(scores: Scores) -> Iterator[str]:
    """Figures that not every evaluation has, a line each."""
    if scores.invented_words_per_hour is not None:
        yield f"{scores.invented_words_per_hour:.1f} invented words an hour"
    if scores.word_times is not None and scores.word_times.start is not None:
        start = scores.word_times.start
        median, p95 = 1000 * start.median, 1000 * start.p95
        yield f"words begin {median:.0f} ms off (median), 95 % of them at most {p95:.0f} ms"
    rates = {
        "DER": None if scores.diarisation is None else scores.diarisation.rate,
        "cpWER": None if scores.speaker_words is None else scores.speaker_words.rate,
        "DE-WER": None if scores.turn_words is None else scores.turn_words.rate,
    }
    known = [f"{name} {percent(rate)}" for name, rate in rates.items() if rate is not None]
    if known:
        yield ", ".join(known)


def percent(share: float | None) -> str:
    """A rate for people: `12.3`; empty for none."""
    return "" if share is None else f"{100 * share:.1f}"


def percent_interval(interval: Interval | None) -> str:
    """Bounds for people: `10.1-14.9`; empty for none."""
    return "" if interval is None else f"{100 * interval.low:.1f}-{100 * interval.high:.1f}"


def _certainty(comparison: Comparison) -> str:
    parts = []
    if comparison.interval is not None:
        low, high = 100 * comparison.interval.low, 100 * comparison.interval.high
        if comparison.is_significant:
            low, high = sorted((abs(low), abs(high))) if low * high >= 0 else (low, high)
        parts.append(f"95 %: {low:.1f} to {high:.1f}")
    value = comparison.p_value if comparison.corrected is None else comparison.corrected
    if value is None:
        parts.append("too few utterances to tell chance from skill")
    else:
        after = "" if comparison.corrected is None else " after Holm's correction"
        parts.append(f"p {'< 0.001' if value < 0.001 else f'= {value:.3f}'}{after}")
    return f" ({', '.join(parts)})"


def _interval(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _speakers(scores: Scores) -> dict[str, Any]:
    time, words, turns = scores.diarisation, scores.speaker_words, scores.turn_words
    return {
        "der": None if time is None else time.rate,
        "cpwer": None if words is None else words.rate,
        "de_wer": None if turns is None else turns.rate,
        "speakers": None
        if time is None
        else {
            "missed": time.missed,
            "false_alarm": time.false_alarm,
            "confusion": time.confusion,
            "total": time.total,
            "reference": time.reference_speakers,
            "hypothesis": time.hypothesis_speakers,
        },
    }


def _groups(groups: Sequence[Group]) -> dict[str, Any]:
    return {
        group.value: {
            "utterances": group.utterances,
            "hours": group.hours,
            **describe_rates(group.words, group.characters),
        }
        for group in groups
    }
