"""Figures that need times or speakers in the references, over many recordings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from hansard.evaluation.alternations import alternates
from hansard.evaluation.coverage import invented_words
from hansard.evaluation.diarisation import DiarisationError, diarisation_error_rate
from hansard.evaluation.normalisers import normaliser_for
from hansard.evaluation.pairs import comparable
from hansard.evaluation.rates import pool
from hansard.evaluation.speaker_words import (
    SpeakerWordErrors,
    TurnWordErrors,
    speaker_texts,
    speaker_word_error_rate,
    turn_word_error_rate,
)
from hansard.evaluation.values import Utterance
from hansard.evaluation.word_times import (
    MatchedWords,
    WordTimeErrors,
    compare_word_times,
    match_words,
)
from hansard.transcript import Segment, Span, Transcript, Turn, Word
from hansard.transcript.scripts import to_latin


def invented_per_hour(utterances: Iterable[Utterance]) -> float | None:
    """Words where the reference has none, per hour of sound; None where nothing can be judged.

    In an utterance whose reference is empty every word of the hypothesis is invented; where both
    sides have times, those words are that are half a second or more away from all that is said
    (`invented_words`). The hours are those of all utterances that can be judged so.
    """
    words = 0
    seconds = 0.0
    for one in utterances:
        found = _invented(one)
        if found is not None and one.duration:
            words += found
            seconds += one.duration
    return words * 3600 / seconds if seconds else None


def pool_word_times(utterances: Iterable[Utterance]) -> WordTimeErrors | None:
    """The times of words of all utterances with word times on both sides; None without any."""
    found = [
        match_words(_words(said.words, one), _words(heard.words, one))
        for one, said, heard in _both(utterances)
        if said.words and heard.words
    ]
    if not found:
        return None
    return compare_word_times(
        MatchedWords(
            tuple(pair for each in found for pair in each.pairs),
            tuple(word for each in found for word in each.unmatched),
        )
    )


def pool_diarisation(utterances: Iterable[Utterance]) -> DiarisationError | None:
    """Speaker time of all utterances with speakers on both sides; None without any.

    No collar, overlaps are scored. Speakers of several utterances are named `id/speaker`.
    """
    found: list[tuple[str, DiarisationError]] = []
    for one, said, heard in _both(utterances):
        spoken, given = turns_of(said), turns_of(heard)
        if spoken and given:
            found.append((one.id, diarisation_error_rate(spoken, given)))
    if not found:
        return None
    errors = [error for _, error in found]
    return DiarisationError(
        missed=sum(error.missed for error in errors),
        false_alarm=sum(error.false_alarm for error in errors),
        confusion=sum(error.confusion for error in errors),
        total=sum(error.total for error in errors),
        mapping=_mappings([(ident, error.mapping) for ident, error in found]),
        reference_speakers=sum(error.reference_speakers for error in errors),
        hypothesis_speakers=sum(error.hypothesis_speakers for error in errors),
    )


def pool_speaker_words(utterances: Iterable[Utterance]) -> SpeakerWordErrors | None:
    """The cpWER of all utterances whose segments have speakers on both sides; None without any."""
    found = [
        (
            one.id,
            speaker_word_error_rate(
                speaker_texts(said), speaker_texts(heard), normaliser=normaliser_for(one.language)
            ),
        )
        for one, said, heard in _spoken(utterances)
    ]
    if not found:
        return None
    return SpeakerWordErrors(
        counts=pool(errors.counts for _, errors in found),
        mapping=_mappings([(ident, errors.mapping) for ident, errors in found]),
    )


def pool_turn_words(utterances: Iterable[Utterance]) -> TurnWordErrors | None:
    """The DE-WER of the same utterances, if they have times."""
    found = [
        turn_word_error_rate(said, heard, normaliser=normaliser_for(one.language))
        for one, said, heard in _spoken(utterances)
        if any(segment.end > segment.start for segment in said)
        and any(segment.end > segment.start for segment in heard)
    ]
    if not found:
        return None
    return TurnWordErrors(
        errors=sum(each.errors for each in found),
        words=sum(each.words for each in found),
        turns=sum(each.turns for each in found),
        unmatched=sum(each.unmatched for each in found),
    )


def turns_of(transcript: Transcript) -> tuple[Turn, ...]:
    """Who spoke when: the turns of a transcript, else those that its segments make."""
    return transcript.turns or tuple(
        Turn(speaker=segment.speaker, start=segment.start, end=segment.end)
        for segment in transcript.segments
        if segment.speaker is not None and segment.end > segment.start
    )


def _invented(one: Utterance) -> int | None:
    if not comparable(one.reference, one.language):
        return len(comparable(one.hypothesis, one.language).split())
    said, heard = one.reference_transcript, one.transcript
    if said is None or heard is None or not heard.words:
        return None
    speech = [Span(each.start, each.end) for each in said.words or said.segments]
    speech = [span for span in speech if span.end > span.start]
    if not speech:
        return None
    return len(invented_words(heard.words, speech, one.duration or 0.0).words)


def _both(
    utterances: Iterable[Utterance],
) -> Iterator[tuple[Utterance, Transcript, Transcript]]:
    for one in utterances:
        if one.reference_transcript is not None and one.transcript is not None:
            yield one, one.reference_transcript, one.transcript


def _spoken(
    utterances: Iterable[Utterance],
) -> Iterator[tuple[Utterance, Sequence[Segment], Sequence[Segment]]]:
    """Segments of both sides, where both tell who speaks."""
    for one, said, heard in _both(utterances):
        if all(any(each.speaker for each in side.segments) for side in (said, heard)):
            yield one, _segments(said.segments, one), _segments(heard.segments, one)


def _segments(segments: Sequence[Segment], one: Utterance) -> Sequence[Segment]:
    if not alternates(one.language):
        return segments
    return [replace(each, text=to_latin(each.text)) for each in segments]


def _words(words: Sequence[Word], one: Utterance) -> Sequence[Word]:
    if not alternates(one.language):
        return words
    return [replace(each, text=to_latin(each.text)) for each in words]


def _mappings(found: Sequence[tuple[str, Mapping[str, str]]]) -> Mapping[str, str]:
    if len(found) == 1:
        return found[0][1]
    return MappingProxyType(
        {
            f"{ident}/{heard}": f"{ident}/{said}"
            for ident, mapping in found
            for heard, said in mapping.items()
        }
    )
