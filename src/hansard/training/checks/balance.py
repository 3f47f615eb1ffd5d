"""How a manifest's sound is shared out: languages, speakers, dialects, noise, lengths. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from hansard.training.checks.grouping import seconds_of, speaker_of
from hansard.training.checks.vocabulary import measure_alphabet, measure_vocabulary
from hansard.training.manifest import Entry
from hansard.training.texts.varieties import dialect_of
from hansard.transcript import Seconds
from hansard.transcript.scripts import script_of

UNKNOWN = "unknown"
STANDARDS: Final = frozenset({"bs", "hr", "sr", "sh"})
NOISE: Final = ((5.0, "below 5 dB"), (10.0, "5 to 10 dB"), (20.0, "10 to 20 dB"),
                (30.0, "20 to 30 dB"), (float("inf"), "above 30 dB"))  # fmt: skip
LENGTHS: Final = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0)
LARGEST = 20
"""Speakers that are listed; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the sound."""

    clips: int
    seconds: Seconds

    def shown(self, whole: Seconds) -> dict[str, Any]:
        """For a report: clips, hours, and the share of all sound."""
        return {
            "clips": self.clips,
            "hours": round(self.seconds / 3600, 4),
            "share": round(self.seconds / whole, 4) if whole else 0.0,
        }


def tally(
    entries: Iterable[Entry], seconds: Mapping[str, Seconds], key: Callable[[Entry], str]
) -> dict[str, Share]:
    """Clips and seconds by what `key` says, the largest first."""
    clips: dict[str, int] = defaultdict(int)
    lengths: dict[str, Seconds] = defaultdict(float)
    for entry in entries:
        name = key(entry)
        clips[name] += 1
        lengths[name] += seconds[entry.id]
    ordered = sorted(lengths, key=lambda name: (-lengths[name], name))
    return {name: Share(clips[name], lengths[name]) for name in ordered}


def gini(amounts: Sequence[float]) -> float:
    """How unevenly amounts are shared out: 0 = all alike, near 1 = one has everything."""
    ordered = sorted(amounts)
    count, whole = len(ordered), sum(ordered)
    if not whole:
        return 0.0
    weighted = sum(rank * amount for rank, amount in enumerate(ordered, start=1))
    return 2 * weighted / (count * whole) - (count + 1) / count


def dialect(entry: Entry) -> str:
    """`ekavian`, `ijekavian` or `unknown`, of the languages that have them; else empty."""
    if entry.language not in STANDARDS:
        return ""
    return dialect_of(entry.transcript) or UNKNOWN


def noise_of(snr: float | None) -> str:
    """Which bucket of noise a clip belongs to."""
    if snr is None:
        return UNKNOWN
    return next(name for limit, name in NOISE if snr < limit)


def measure_balance(entries: Sequence[Entry], snr: Mapping[str, float]) -> dict[str, Any]:
    """All figures of a manifest as JSON's values; `snr` is that of entries, in decibels, by id."""
    seconds = seconds_of(entries)
    whole = sum(seconds.values())
    keys: Mapping[str, Callable[[Entry], str]] = {
        "languages": lambda entry: entry.language or UNKNOWN,
        "dialects": dialect,
        "scripts": lambda entry: "none" if entry.no_speech else script_of(entry.transcript),
        "sources": lambda entry: entry.source or UNKNOWN,
        "licences": lambda entry: entry.licence or UNKNOWN,
        "noise": lambda entry: noise_of(snr.get(entry.id)),
    }
    shares = {name: tally(entries, seconds, key) for name, key in keys.items()}
    shares["dialects"].pop("", None)
    return {
        "clips": len(entries),
        "hours": round(whole / 3600, 4),
        "without_duration": sum(e.duration is None and e.end is None for e in entries),
        "no_speech": sum(entry.no_speech for entry in entries),
        **{name: _shown(found, whole) for name, found in shares.items()},
        "speakers": _speakers(entries, seconds, whole),
        "lengths": _lengths(entries, seconds),
        "words": measure_vocabulary(entries),
        "characters": measure_alphabet(entries),
    }


def _shown(shares: Mapping[str, Share], whole: Seconds) -> dict[str, Any]:
    return {name: share.shown(whole) for name, share in shares.items()}


def _speakers(
    entries: Sequence[Entry], seconds: Mapping[str, Seconds], whole: Seconds
) -> dict[str, Any]:
    names = {speaker_of(entry): (entry.speaker or "").strip() for entry in reversed(entries)}
    every = tally(entries, seconds, speaker_of)
    nameless = every.pop("", Share(0, 0.0))
    largest = next(iter(every), None)
    return {
        "count": len(every),
        "gini": round(gini([share.seconds for share in every.values()]), 3) if every else None,
        "largest": None if largest is None else {"name": names[largest],
                                                 **every[largest].shown(whole)},
        "unknown": nameless.shown(whole),
        "by_name": {names[key]: every[key].shown(whole) for key in list(every)[:LARGEST]},
    }  # fmt: skip


def _lengths(entries: Sequence[Entry], seconds: Mapping[str, Seconds]) -> dict[str, Any]:
    ordered = sorted(seconds[entry.id] for entry in entries)
    edges = (0.0, *LENGTHS, float("inf"))
    histogram = {}
    for low, high in pairwise(edges):
        name = f"{low:g} to {high:g} s" if high < float("inf") else f"{low:g} s and more"
        histogram[name] = sum(low <= length < high for length in ordered)
    if not ordered:
        return {"histogram": histogram}
    return {
        "histogram": histogram,
        "shortest": round(ordered[0], 2),
        "median": round(ordered[len(ordered) // 2], 2),
        "longest": round(ordered[-1], 2),
    }
