"""How good a transcript is, as pure measures: texts and values in, counts out."""

from hansard.evaluation.alignment import Edit, align_words, edit_script
from hansard.evaluation.coverage import Inventions, LostWord, invented_words, lost_words
from hansard.evaluation.normalisers import NORMALISERS, normalise, normaliser_for, split_words
from hansard.evaluation.rates import ErrorRate, character_error_rate, pool, word_error_rate

__all__ = [
    "NORMALISERS",
    "Edit",
    "ErrorRate",
    "Inventions",
    "LostWord",
    "align_words",
    "character_error_rate",
    "edit_script",
    "invented_words",
    "lost_words",
    "normalise",
    "normaliser_for",
    "pool",
    "split_words",
    "word_error_rate",
]
