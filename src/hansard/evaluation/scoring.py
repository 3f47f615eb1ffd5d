"""All figures of one model on one set of utterances."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from hansard.evaluation.alternations import alternates
from hansard.evaluation.groups import group_all, pool_characters, pool_words, total_hours
from hansard.evaluation.pairs import (
    comparable,
    count_pairs,
    forgive,
    pair_variants,
    pair_words,
)
from hansard.evaluation.rates import ErrorRate, character_error_rate, word_error_rate
from hansard.evaluation.scoring_times import (
    invented_per_hour,
    pool_diarisation,
    pool_speaker_words,
    pool_turn_words,
    pool_word_times,
)
from hansard.evaluation.significance import compare, correct, find_interval, make_blocks
from hansard.evaluation.values import LEVELS, Evaluation, Level, Scored, Scores, Utterance

__all__ = ["compare", "correct", "evaluation_of", "score", "score_utterance"]

_AS_WRITTEN: Final = "none"


def score(
    model: str,
    utterances: Sequence[Utterance],
    *,
    digest: str = "",
    facts: Mapping[str, Any] | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Scores:
    """Score what a model made of some utterances.

    Errors are summed before they are divided, so that long utterances weigh more. `bootstrap` draws
    give the intervals of the word error rates; what was drawn together (recordings, speakers or
    utterances) is told in `facts["bootstrap"]`.
    """
    scored = tuple(score_utterance(one) for one in utterances)
    blocks = make_blocks(scored)
    drawn = {"draws": bootstrap, "seed": seed, "unit": blocks.unit, "blocks": blocks.count}
    return Scores(
        model=model,
        digest=digest,
        words=pool_words(scored),
        characters=pool_characters(scored),
        intervals={
            level: find_interval(scored, level, bootstrap=bootstrap, seed=seed) for level in LEVELS
        },
        groups=group_all(scored),
        scored=scored,
        hours=total_hours(utterances),
        rtfx=_speed(utterances),
        invented_words_per_hour=invented_per_hour(utterances),
        word_times=pool_word_times(utterances),
        diarisation=pool_diarisation(utterances),
        speaker_words=pool_speaker_words(utterances),
        turn_words=pool_turn_words(utterances),
        failed=sum(bool(one.failure) for one in utterances),
        facts={**(facts or {}), "bootstrap": drawn},
    )


def evaluation_of(
    run: str,
    scores: Sequence[Scores],
    *,
    level: Level = "normalised",
    bootstrap: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Scores with every other model compared with the first, p-values corrected by Holm's method.

    Raises:
        DataError: they were not scored on the same utterances.
    """
    first, *others = scores
    compared = [
        compare(first, each, level=level, bootstrap=bootstrap, seed=seed) for each in others
    ]
    return Evaluation(
        run=run,
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        scores=tuple(scores),
        comparisons=correct(compared),
    )


def score_utterance(utterance: Utterance) -> Scored:
    """The errors of one utterance at every level."""
    said = comparable(utterance.reference, utterance.language)
    heard = comparable(utterance.hypothesis, utterance.language)
    plain = pair_words(said.split(), heard.split())
    tolerates = alternates(utterance.language)
    pairs = pair_variants(said.split(), heard.split()) if tolerates else plain
    forgiven = forgive(pairs) if any(pair.tolerated for pair in pairs) else heard
    characters = _characters(said, heard)
    return Scored(
        utterance=utterance,
        words=_levels(
            word_error_rate(utterance.reference, utterance.hypothesis, normaliser=_AS_WRITTEN),
            count_pairs(plain),
            count_pairs(pairs),
        ),
        characters=_levels(
            character_error_rate(utterance.reference, utterance.hypothesis, normaliser=_AS_WRITTEN),
            characters,
            characters if forgiven == heard else _characters(said, forgiven),
        ),
        pairs=pairs,
    )


def _levels(*rates: ErrorRate) -> Mapping[Level, ErrorRate]:
    return dict(zip(LEVELS, rates, strict=True))


def _characters(said: str, heard: str) -> ErrorRate:
    return character_error_rate(said, heard, normaliser=_AS_WRITTEN)


def _speed(utterances: Sequence[Utterance]) -> float | None:
    """Seconds of sound per second of work, of those utterances that tell both."""
    timed = [
        (one.duration, one.seconds)
        for one in utterances
        if one.duration is not None and one.seconds is not None and not one.failure
    ]
    worked = sum(seconds for _, seconds in timed)
    return sum(duration for duration, _ in timed) / worked if worked > 0 else None
