"""The words of training data: which language they are in, and one way of writing them."""

from hansard.training.texts.normalising import Normalised, NormaliseOptions, normalise_text
from hansard.training.texts.varieties import Guess, dialect_of, guess_language

__all__ = [
    "Guess",
    "NormaliseOptions",
    "Normalised",
    "dialect_of",
    "guess_language",
    "normalise_text",
]
