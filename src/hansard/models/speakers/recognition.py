"""Known voices: which speaker of a recording is which person, and who is a stranger. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hansard.errors import VoiceError
from hansard.models.speakers.protocol import Embedding, Voice
from hansard.transcript import Seconds

JUST = 1e-9
"""What a pair counts that is exactly at the threshold: a little more than no pair."""


@dataclass(frozen=True, slots=True)
class KnownVoice:
    """A voice whose owner is known; a name may have several."""

    name: str
    embedding: Embedding


@dataclass(frozen=True, slots=True)
class Match:
    """Who a speaker was taken for."""

    name: str
    similarity: float
    """Cosine of the two voices, at or above the threshold, at most 1."""


def name_voices(
    voices: Sequence[Voice], known: Sequence[KnownVoice], threshold: float
) -> Mapping[str, Match]:
    """Which of the known each speaker is, by label; strangers are in no entry.

    A name goes to one speaker at most, and a speaker gets one name at most. Among all ways to pair
    those whose similarity is at or above `threshold`, the one is taken in which the pairs exceed
    it most in sum (the assignment problem, solved exactly), so a clear match is not given up for
    two doubtful ones. Of several voices of one name the nearest counts. The embeddings must come
    from one engine (`SpeakerEngineInfo.digest`).
    """
    from scipy.optimize import linear_sum_assignment

    names = tuple(dict.fromkeys(each.name for each in known))
    if not voices or not names:
        return {}
    nearness = np.array(
        [
            [
                max(similarity(voice.embedding, k.embedding) for k in known if k.name == name)
                for name in names
            ]
            for voice in voices
        ]
    )
    gain = np.where(nearness >= threshold, nearness - threshold + JUST, 0.0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    return {
        voices[row].speaker: Match(names[column], float(nearness[row, column]))
        for row, column in zip(rows, columns, strict=True)
        if gain[row, column] > 0
    }


def similarity(left: Embedding, right: Embedding) -> float:
    """The cosine of the angle between two embeddings of one engine, -1 to 1.

    0 where either has no direction: all zeros, or not all numbers.

    Raises:
        ValueError: they have different lengths, so they come from different engines.
    """
    if len(left) != len(right):
        raise ValueError(f"embeddings of lengths {len(left)} and {len(right)}")
    one, other = _direction(left), _direction(right)
    if one is None or other is None:
        return 0.0
    return float(np.clip(np.dot(one, other), -1.0, 1.0))


def combine(embeddings: Sequence[Embedding], seconds: Sequence[Seconds]) -> Embedding:
    """One embedding of length 1 from several of one voice, each weighed by its speech in seconds.

    Raises:
        VoiceError: there is nothing to combine, or they cancel each other out.
        ValueError: there are not as many lengths of speech as embeddings.
    """
    total = None
    for embedding, weight in zip(embeddings, seconds, strict=True):
        direction = _direction(embedding)
        if direction is not None and weight > 0:
            total = direction * weight + (0 if total is None else total)
    unit = None if total is None else _direction(tuple(total.tolist()))
    if unit is None:
        raise VoiceError("there is no voice to learn", hint="give clips in which one person speaks")
    return tuple(unit.tolist())


def _direction(embedding: Embedding) -> "np.ndarray[tuple[int], np.dtype[np.float64]] | None":
    """The vector at length 1; None where it has no direction. Shape (n,)."""
    vector = np.asarray(embedding, dtype=np.float64)
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length < 1e-12:
        return None
    unit: np.ndarray[tuple[int], np.dtype[np.float64]] = vector / length
    return unit
