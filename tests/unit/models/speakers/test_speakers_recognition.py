"""Speakers get the names of known voices where they are alike, and strangers get none."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import VoiceError
from hansard.models.speakers import Embedding, Voice
from hansard.models.speakers.recognition import (
    KnownVoice,
    combine,
    name_voices,
    similarity,
)

number = st.floats(-1, 1, allow_subnormal=False)
embeddings = st.tuples(number, number, number)


def at(degrees: float) -> Embedding:
    """A direction: the cosine of two is that of the angle between them."""
    return (math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))


def voices(*embeddings: Embedding) -> list[Voice]:
    return [
        Voice(speaker=f"SPEAKER_{n:02d}", embedding=embedding, seconds=5.0)
        for n, embedding in enumerate(embeddings)
    ]


def named(heard: list[Voice], known: dict[str, Embedding], threshold: float) -> dict[str, str]:
    people = [KnownVoice(name, embedding) for name, embedding in known.items()]
    return {label: match.name for label, match in name_voices(heard, people, threshold).items()}


def test_a_voice_gets_the_name_of_its_owner() -> None:
    """Whoever is alike enough is called by name, with how alike."""
    found = name_voices(voices(at(5)), [KnownVoice("Ana", at(0))], 0.9)
    assert found["SPEAKER_00"].name == "Ana"
    assert found["SPEAKER_00"].similarity == pytest.approx(math.cos(math.radians(5)))


def test_strangers_are_rejected() -> None:
    """A voice below the threshold is nobody, though nobody else is there to take the name."""
    assert named(voices(at(40)), {"Ana": at(0)}, 0.9) == {}
    assert named(voices(at(40), at(3)), {"Ana": at(0)}, 0.9) == {"SPEAKER_01": "Ana"}
    assert named(voices(at(1)), {}, 0.9) == {}
    assert named([], {"Ana": at(0)}, 0.9) == {}


def test_the_threshold_itself_is_enough() -> None:
    """A pair exactly at the threshold is a match."""
    assert named(voices((0.6, 0.8)), {"Ana": (1.0, 0.0)}, 0.6) == {"SPEAKER_00": "Ana"}


def test_a_name_goes_to_one_speaker_only() -> None:
    """Of two who are both like one person, the nearer one is that person."""
    assert named(voices(at(10), at(4)), {"Ana": at(0)}, 0.9) == {"SPEAKER_01": "Ana"}


def test_pairs_are_the_best_ones_together() -> None:
    """A greedy choice would leave somebody without a name; the best assignment does not."""
    heard = voices(at(0), at(20))
    assert named(heard, {"Ana": at(12), "Zoë": at(-20)}, 0.9) == {
        "SPEAKER_00": "Zoë",
        "SPEAKER_01": "Ana",
    }


def test_a_clear_match_is_not_given_up_for_two_doubtful_ones() -> None:
    """Where a swap would name both at the threshold, the sure one keeps the name."""
    heard = voices(at(0), at(24))
    assert named(heard, {"Ana": at(0), "Zoë": at(-24)}, 0.9) == {"SPEAKER_00": "Ana"}


def test_the_best_of_several_clips_counts() -> None:
    """A name with several voices is matched by the nearest of them."""
    known = [KnownVoice("Ana", at(60)), KnownVoice("Ana", at(2)), KnownVoice("Zoë", at(9))]
    found = name_voices(voices(at(0)), known, 0.9)
    assert found["SPEAKER_00"].name == "Ana"


@given(st.lists(embeddings, max_size=4), st.lists(embeddings, max_size=4), st.floats(-0.5, 1))
def test_the_assignment_is_optimal_and_one_to_one(
    heard: list[Embedding], known: list[Embedding], threshold: float
) -> None:
    """No other way to pair exceeds the threshold by more in sum, and nothing below it is paired."""
    people = [KnownVoice(str(n), embedding) for n, embedding in enumerate(known)]
    found = name_voices(voices(*heard), people, threshold)
    names = [match.name for match in found.values()]
    assert len(set(names)) == len(names)
    assert all(match.similarity >= threshold for match in found.values())
    table = [[similarity(h, k) for k in known] for h in heard]
    if len(heard) > len(known):
        table = [list(row) for row in zip(*table, strict=True)]
    wide = len(table[0]) if table else 0
    best = max(
        (
            sum(max(0.0, row[column] - threshold) for row, column in zip(table, order, strict=True))
            for order in permutations(range(wide), len(table))
        ),
        default=0.0,
    )
    gained = sum(match.similarity - threshold for match in found.values())
    assert gained == pytest.approx(best, abs=1e-6)


@given(embeddings, embeddings)
def test_similarity_is_a_cosine(left: Embedding, right: Embedding) -> None:
    """It lies within -1 and 1, is the same both ways, and says 0 of what has no direction."""
    found = similarity(left, right)
    assert -1 <= found <= 1
    assert found == pytest.approx(similarity(right, left))
    if np.linalg.norm(left) > 1e-6:
        assert similarity(left, left) == pytest.approx(1)
        assert similarity(left, tuple(-x for x in left)) == pytest.approx(-1)


def test_what_has_no_direction_is_like_nobody() -> None:
    """Zeros, and what is no number, are like nothing; other lengths are another engine's."""
    assert similarity((0.0, 0.0), (1.0, 0.0)) == 0
    assert similarity((math.nan, 0.0), (1.0, 0.0)) == 0
    assert similarity((math.inf, 0.0), (1.0, 0.0)) == 0
    with pytest.raises(ValueError, match="lengths 2 and 3"):
        similarity((1.0, 0.0), (1.0, 0.0, 0.0))


def test_embeddings_are_combined_by_their_speech() -> None:
    """More speech counts more, the length of a vector does not, and the result has length 1."""
    mixed = combine([(10.0, 0.0), (0.0, 0.1)], [3.0, 1.0])
    assert mixed == pytest.approx((3 / math.sqrt(10), 1 / math.sqrt(10)))
    assert combine([at(30)], [0.5]) == pytest.approx(at(30))
    assert combine([at(30), (math.nan, 1.0)], [1.0, 5.0]) == pytest.approx(at(30))


def test_nothing_makes_no_voice() -> None:
    """Without a direction in sum there is no voice."""
    for clips, seconds in (([], []), ([at(0), at(180)], [1.0, 1.0]), ([at(0)], [0.0])):
        with pytest.raises(VoiceError):
            combine(clips, seconds)
    with pytest.raises(ValueError, match="shorter"):
        combine([at(0)], [])
