"""Which language is spoken: detected over several windows, with how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hansard.errors import UnsupportedOptionError
from hansard.models.engines import Engine, Window
from hansard.pipeline.options import LanguageOptions
from hansard.transcript.languages import find_language
from hansard.transcript.spans import total


@dataclass(frozen=True, slots=True)
class Spoken:
    """The language of a recording."""

    code: str | None
    probability: float | None
    """None where nothing was detected: it was given, or the model knows one language only."""
    unsure: bool = False


def settle_language(engine: Engine, windows: Sequence[Window], options: LanguageOptions) -> Spoken:
    """The language given, or the one that several windows agree on.

    The windows with most speech out of each part of the recording are heard, and their
    probabilities are weighed by how much speech they hold.

    Raises:
        UnsupportedOptionError: the model does not know the language given.
        UnknownNameError: nothing is called so.
    """
    known = engine.info.languages
    if options.language:
        code = find_language(options.language)
        if known and code not in known:
            raise UnsupportedOptionError(
                f"model {engine.info.model!r} does not know language {options.language!r}",
                hint=f"it knows {', '.join(sorted(known)[:8])}"
                + ("" if len(known) <= 8 else f" and {len(known) - 8} more")
                + "; choose a multilingual model with --model",
            )
        return Spoken(code, None)
    if len(known) <= 1:
        return Spoken(next(iter(known), None), None)
    return _detect(engine, pick_windows(windows, options.language_windows), options.language_floor)


def pick_windows(windows: Sequence[Window], count: int) -> tuple[Window, ...]:
    """The window with most speech out of each of `count` equal parts."""
    picked: list[Window] = []
    parts = min(count, len(windows))
    for part in range(parts):
        chunk = windows[part * len(windows) // parts : (part + 1) * len(windows) // parts]
        picked.append(max(chunk, key=lambda window: total(window.speech)))
    return tuple(picked)


def weigh_languages(
    heard: Sequence[Mapping[str, float]], weights: Sequence[float]
) -> Mapping[str, float]:
    """Mean probabilities, weighted."""
    whole = sum(weights) or 1.0
    mean: dict[str, float] = {}
    for shares, weight in zip(heard, weights, strict=True):
        for code, share in shares.items():
            mean[code] = mean.get(code, 0.0) + share * weight / whole
    return mean


def _detect(engine: Engine, windows: Sequence[Window], floor: float) -> Spoken:
    if not windows:
        return Spoken(None, None)
    heard: list[Mapping[str, float]] = []
    batch = max(1, engine.info.batch)
    for first in range(0, len(windows), batch):
        encoded = engine.encode(windows[first : first + batch])
        try:
            heard += encoded.detect()
        finally:
            encoded.close()
    weights = [max(total(window.speech), 0.1) for window in windows]
    mean = weigh_languages(heard, weights)
    code = max(sorted(mean), key=lambda language: mean[language])
    return Spoken(code, mean[code], unsure=mean[code] < floor)
