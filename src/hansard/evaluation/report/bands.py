"""What utterances are grouped by in tables of two dimensions."""

import math
import re
from collections.abc import Iterable
from typing import Final, Literal

from hansard.evaluation.groups import noise_bucket, seconds_bucket, words_bucket
from hansard.evaluation.report.rows import Row

Feature = Literal["language", "speaker", "source", "length", "noise", "words"]

_BAND: Final = re.compile(r"(under |over )?(-?\d+(?:\.\d+)?)\b")


def feature_of(row: Row, feature: Feature) -> str | None:
    """The group that an utterance belongs to; None where it is not known."""
    utterance = row.utterance
    match feature:
        case "length":
            return seconds_bucket(utterance)
        case "noise":
            return noise_bucket(utterance)
        case "words":
            return words_bucket(utterance)
        case _:
            name: str | None = getattr(utterance, feature)
            return name or None


def is_band(feature: str) -> bool:
    """Whether its groups are stretches of a measure, such as `2-5 s`."""
    return feature in {"length", "noise", "words"}


def band_rank(label: str) -> float:
    """Where a stretch stands among others: by its lower edge; infinity for what is none."""
    found = _BAND.match(label)
    if found is None:
        return math.inf
    return float(found[2]) - (0.001 if found[1] == "under " else 0.0)


def in_order(labels: Iterable[str]) -> list[str]:
    """Stretches from the lowest to the highest, then all else."""
    return sorted(labels, key=lambda label: (band_rank(label), label))
