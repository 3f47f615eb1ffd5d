"""How good a transcript is, as pure measures: texts and values in, counts out."""

from hansard.evaluation.coverage import Inventions, LostWord, invented_words, lost_words
from hansard.evaluation.diarisation import (
    DiarisationError,
    diarisation_error_rate,
    jaccard_error_rate,
)
from hansard.evaluation.normalisers import NORMALISERS, normalise, normaliser_for, split_words
from hansard.evaluation.rates import ErrorRate, character_error_rate, pool, word_error_rate
from hansard.evaluation.speaker_words import (
    NOBODY,
    SpeakerWordErrors,
    TurnWordErrors,
    speaker_texts,
    speaker_word_error_rate,
    turn_word_error_rate,
)
from hansard.evaluation.word_times import (
    MatchedWords,
    TimeError,
    WordTimeErrors,
    compare_word_times,
    match_words,
    word_time_errors,
)

__all__ = [
    "NOBODY",
    "NORMALISERS",
    "DiarisationError",
    "ErrorRate",
    "Inventions",
    "LostWord",
    "MatchedWords",
    "SpeakerWordErrors",
    "TimeError",
    "TurnWordErrors",
    "WordTimeErrors",
    "character_error_rate",
    "compare_word_times",
    "diarisation_error_rate",
    "invented_words",
    "jaccard_error_rate",
    "lost_words",
    "match_words",
    "normalise",
    "normaliser_for",
    "pool",
    "speaker_texts",
    "speaker_word_error_rate",
    "split_words",
    "turn_word_error_rate",
    "word_error_rate",
    "word_time_errors",
]
