"""What is right and wrong in an utterance, word by word, and when each word is said."""

from collections.abc import Sequence
from typing import Final, Literal

from hansard.evaluation.pairs import comparable
from hansard.evaluation.values import Pair, Scored
from hansard.transcript import Seconds, Transcript
from hansard.transcript.diff import align_words

Kind = Literal["equal", "tolerated", "substituted", "deleted", "inserted"]
KINDS: Final[tuple[Kind, ...]] = ("equal", "substituted", "deleted", "inserted", "tolerated")


def kind_of(pair: Pair) -> Kind:
    """What became of the word."""
    if pair.reference is None:
        return "inserted"
    if pair.hypothesis is None:
        return "deleted"
    if pair.reference == pair.hypothesis:
        return "equal"
    return "tolerated" if pair.tolerated else "substituted"


def pair_times(scored: Scored) -> list[Seconds | None]:
    """When each pair is said, in seconds from the utterance's beginning; None = not known.

    The time is that of the model's word where the model has times, else that of the reference.
    """
    utterance = scored.utterance
    language = utterance.language
    heard = _times(
        [pair.hypothesis for pair in scored.pairs], _pieces(utterance.transcript, language)
    )
    said = _times(
        [pair.reference for pair in scored.pairs], _pieces(utterance.reference_transcript, language)
    )
    return [other if one is None else one for one, other in zip(heard, said, strict=True)]


def _times(
    words: Sequence[str | None], pieces: Sequence[tuple[str, Seconds]]
) -> list[Seconds | None]:
    """The time of each word that is the same as a timed one, or stands in its place."""
    times: list[Seconds | None] = [None] * len(words)
    if not pieces:
        return times
    places = [place for place, word in enumerate(words) if word is not None]
    shown = [word for word in words if word is not None]
    for edit in align_words([piece for piece, _ in pieces], shown):
        if edit.reference is not None and edit.hypothesis is not None:
            times[places[edit.hypothesis]] = pieces[edit.reference][1]
    return times


def _pieces(transcript: Transcript | None, language: str | None) -> list[tuple[str, Seconds]]:
    """The timed words of a transcript as they are compared, and when each begins."""
    return [
        (piece, max(0.0, word.start))
        for word in (() if transcript is None else transcript.words)
        for piece in comparable(word.text, language).split()
    ]
