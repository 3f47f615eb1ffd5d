"""Whether a candidate takes the place of the model in use: pure.

It must be better on clips that neither has learnt from, by more than chance, and worse nowhere: for
no language, source or speaker of either set, and not on other data.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from annotated_types import Interval

from hansard.evaluation.values import By, Comparison, Scores

LEVEL: Final = "normalised"
GROUPED: Final[tuple[By, ...]] = ("language", "source", "speaker")


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What a candidate must achieve."""

    p: Annotated[float, Interval(gt=0, le=1)] = 0.05
    """How likely a difference at least so large may be by chance, for a model to be promoted."""
    tolerance: Annotated[float, Interval(ge=0, le=1)] = 0.02
    """By how much, as a share of all words, errors may grow in one language, source or speaker."""
    smallest_group: Annotated[int, Interval(ge=1)] = 10
    """Languages, sources and speakers with fewer clips tell too little to be looked at alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Both models on the same clips."""

    old: Scores
    new: Scores
    comparison: Comparison
    """Of the new one with the old one, at the level `LEVEL`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a candidate, and why."""

    promote: bool
    reason: str
    """A sentence for people."""


def decide(held_out: Trial, guard: Trial | None, gate: Gate) -> Verdict:
    """Whether the new model shall be promoted; the first reason against it is told."""
    reasons = _against(held_out, guard, gate)
    reason = next(reasons, None)
    if reason is not None:
        return Verdict(promote=False, reason=reason)
    compared = held_out.comparison
    return Verdict(
        promote=True,
        reason=f"it makes {-100 * compared.difference:.1f} fewer errors in a hundred words of what "
        f"was held out ({_change(held_out)}; p = {compared.p_value:.2g})",
    )


def _against(held_out: Trial, guard: Trial | None, gate: Gate) -> Iterator[str]:
    compared = held_out.comparison
    if compared.p_value is None:
        yield f"{len(held_out.new.scored)} held-out clips are too few to tell"
    elif compared.difference >= 0:
        yield f"it is not better on what was held out ({_change(held_out)})"
    elif compared.p_value >= gate.p:
        yield (
            f"that it is better may be chance ({_change(held_out)}; "
            f"p = {compared.p_value:.2g}, not below {gate.p:g})"
        )
    yield from _failures(held_out, "held-out")
    yield from _worse_groups(held_out, "held-out", gate)
    if guard is None:
        return
    if guard.comparison.p_value is None:
        yield f"{len(guard.new.scored)} clips of the guard are too few to tell"
    elif guard.comparison.difference > 0 and guard.comparison.p_value < gate.p:
        yield f"it is worse on the guard ({_change(guard)}; p = {guard.comparison.p_value:.2g})"
    yield from _failures(guard, "guard")
    yield from _worse_groups(guard, "guard", gate)


def _failures(trial: Trial, name: str) -> Iterator[str]:
    if trial.new.failed > trial.old.failed:
        yield (
            f"it gives no text for {trial.new.failed} {name} clips, the old one for "
            f"{trial.old.failed}"
        )


def _worse_groups(trial: Trial, name: str, gate: Gate) -> Iterator[str]:
    for by in GROUPED:
        before = {group.value: group for group in trial.old.groups.get(by, ())}
        for group in trial.new.groups.get(by, ()):
            old = before.get(group.value)
            if old is None or group.utterances < gate.smallest_group:
                continue
            was, now = old.words[LEVEL].rate, group.words[LEVEL].rate
            if was is not None and now is not None and now - was > gate.tolerance:
                yield (
                    f"it is worse for the {by} {group.value!r} of the {name} clips "
                    f"({_percent(was)} to {_percent(now)})"
                )


def describe(trial: Trial) -> dict[str, Any]:
    """The figures of a trial, for programs."""
    compared = trial.comparison
    return {
        "clips": len(trial.new.scored),
        "wer_before": trial.old.words[LEVEL].rate,
        "wer_after": trial.new.words[LEVEL].rate,
        "difference": compared.difference,
        "p_value": compared.p_value,
        "groups": {by: _rates(trial, by) for by in GROUPED if trial.new.groups.get(by)},
    }


def _rates(trial: Trial, by: By) -> Mapping[str, Any]:
    before = {group.value: group for group in trial.old.groups.get(by, ())}
    return {
        group.value: {
            "clips": group.utterances,
            "wer_before": before[group.value].words[LEVEL].rate,
            "wer_after": group.words[LEVEL].rate,
        }
        for group in trial.new.groups[by]
        if group.value in before
    }


def _change(trial: Trial) -> str:
    rates = (trial.old.words[LEVEL].rate, trial.new.words[LEVEL].rate)
    return " to ".join("no words" if rate is None else _percent(rate) for rate in rates)


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f} %"
