"""What to do about a manifest that is out of balance, with numbers. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

LANGUAGE_SHARE = 0.25
"""A language should have at least this share of what the largest one has."""
SPEAKER_SHARE = 0.3
"""No speaker should have more of the sound."""
FEW_SPEAKERS = 10
NOISY_SHARE = 0.05
LARGEST_WEIGHT = 4
DIALECTS = ("ekavian", "ijekavian")
UNKNOWN_WORDS = 0.15


@dataclass(frozen=True, slots=True)
class Target:
    """What is aimed at."""

    hours: float = 10.0
    """Of each language."""


def advise(facts: Mapping[str, Any], target: Target) -> Iterator[str]:
    """One sentence for each thing that should change; what weighs most first."""
    if not facts["clips"]:
        yield "there are no clips: hansard data manifest makes some out of recordings"
        return
    yield from _languages(facts["languages"], target)
    yield from _speakers(facts)
    yield from _dialects(facts["dialects"])
    yield from _scripts(facts)
    yield from _noise(facts["noise"])
    yield from _lengths(facts)
    yield from _unknown(facts)
    yield from _words(facts)


def _languages(languages: Mapping[str, Any], target: Target) -> Iterator[str]:
    named = {name: one for name, one in languages.items() if name != "unknown"}
    largest = max((one["hours"] for one in named.values()), default=0.0)
    for name, one in named.items():
        hours = one["hours"]
        if hours >= target.hours:
            continue
        wanted = LANGUAGE_SHARE * min(largest, target.hours)
        if len(named) > 1 and hours < wanted:
            weight = min(LARGEST_WEIGHT, ceil(wanted / max(hours, 1e-6)))
            more = _hours(wanted - hours)
            yield (
                f"{name} has {_hours(hours)} of {_hours(sum(o['hours'] for o in named.values()))}: "
                f"record or fetch about {more} more, or weight it x{weight}"
            )
        else:
            yield (
                f"{name} has {_hours(hours)}, {_hours(target.hours)} are aimed at: record or fetch "
                f"about {_hours(target.hours - hours)} more"
            )


def _hours(hours: float) -> str:
    if hours < 1 / 60:
        return f"{3600 * hours:.0f} s"
    return f"{60 * hours:.1f} min" if hours < 0.1 else f"{hours:.1f} h"


def _speakers(facts: Mapping[str, Any]) -> Iterator[str]:
    speakers, clips = facts["speakers"], facts["clips"]
    largest = speakers["largest"]
    if largest and speakers["count"] > 1 and largest["share"] > SPEAKER_SHARE:
        # n of the largest's clips, such that they are the allowed share of what is then left
        others = clips - largest["clips"]
        cap = max(1, round(others * SPEAKER_SHARE / (1 - SPEAKER_SHARE)))
        share = 100 * largest["share"]
        if cap < largest["clips"]:
            yield f"speaker {largest['name']} has {share:.0f} %: cap it at {cap} clips"
        else:
            yield f"speaker {largest['name']} has {share:.0f} %: use shorter clips of it"
    if speakers["count"] and speakers["count"] < FEW_SPEAKERS:
        yield (
            f"there are {speakers['count']} speakers: with fewer than {FEW_SPEAKERS} a model "
            f"learns voices; add {FEW_SPEAKERS - speakers['count']} more"
        )
    if speakers["unknown"]["clips"]:
        yield (
            f"{speakers['unknown']['clips']} clips name no speaker: name them, so that no speaker "
            "is in training and test at once"
        )


def _dialects(dialects: Mapping[str, Any]) -> Iterator[str]:
    told = {name: dialects[name]["hours"] for name in DIALECTS if name in dialects}
    for name in DIALECTS:
        least = min((one for other, one in told.items() if other != name), default=None)
        if least and told.get(name, 0.0) < LANGUAGE_SHARE * least:
            more = _hours(LANGUAGE_SHARE * least - told.get(name, 0.0))
            yield f"{name} has {_hours(told.get(name, 0.0))}: add about {more}"


def _scripts(facts: Mapping[str, Any]) -> Iterator[str]:
    scripts = facts["scripts"]
    if scripts.get("mixed"):
        yield (
            f"{scripts['mixed']['clips']} transcripts mix Cyrillic and Latin letters: hansard data "
            "normalise writes one"
        )
    if scripts.get("latin") and scripts.get("cyrillic"):
        yield (
            f"{scripts['latin']['clips']} transcripts are in Latin and "
            f"{scripts['cyrillic']['clips']} in Cyrillic letters: a model cannot know which to "
            "write; choose one with hansard data normalise --script"
        )


def _noise(noise: Mapping[str, Any]) -> Iterator[str]:
    known = {name: one for name, one in noise.items() if name != "unknown"}
    if not known:
        yield "nothing is known of noise: hansard data validate measures it"
        return
    clips = sum(one["clips"] for one in known.values())
    noisy = sum(known[n]["clips"] for n in ("below 5 dB", "5 to 10 dB") if n in known)
    if noisy < NOISY_SHARE * clips:
        yield (
            f"{noisy} of {clips} clips are noisy (below 10 dB): add noise to about "
            f"{ceil(0.1 * clips)} with hansard data augment, so that a model learns to bear it"
        )
    elif noisy > 0.5 * clips:
        yield f"{noisy} of {clips} clips are noisy (below 10 dB): add clean ones"


def _lengths(facts: Mapping[str, Any]) -> Iterator[str]:
    histogram, clips = facts["lengths"]["histogram"], facts["clips"]
    long = histogram["30 s and more"]
    if long:
        yield f"{long} clips are 30 s or longer: cut them, a model's window ends there"
    short = histogram["0 to 1 s"]
    if short > 0.2 * clips:
        yield f"{short} of {clips} clips are shorter than 1 s: join them with their neighbours"
    if facts["without_duration"]:
        yield (
            f"{facts['without_duration']} clips tell no length, the usual one is taken: hansard "
            "data validate -o writes them"
        )


def _unknown(facts: Mapping[str, Any]) -> Iterator[str]:
    for field, what in (("languages", "language"), ("licences", "licence"), ("sources", "source")):
        one = facts[field].get("unknown")
        if one:
            yield f"{one['clips']} clips name no {what}: fill it in"


def _words(facts: Mapping[str, Any]) -> Iterator[str]:
    odd = facts["characters"]["odd"]
    if odd:
        shown = " ".join(one["character"] for one in odd[:10] if one["character"].isprintable())
        yield f"{len(odd)} odd characters ({shown}): look at their examples, then normalise"
    for part, one in facts.get("unknown_words", {}).items():
        if one["unknown"] > UNKNOWN_WORDS:
            yield (
                f"{100 * one['unknown']:.0f} % of the words of {part} are never seen in training: "
                "train on more text of that kind"
            )
