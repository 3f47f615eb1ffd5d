"""Evaluations made up for tests of reports: words of a small language, misheard at random."""

import random
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hansard.evaluation.rates import ErrorRate, character_error_rate, pool
from hansard.evaluation.values import (
    BY,
    LEVELS,
    By,
    Comparison,
    Evaluation,
    Group,
    Interval,
    Level,
    Pair,
    Scored,
    Scores,
    Utterance,
)
from hansard.transcript import Segment, Transcript, Word
from hansard.transcript.diff import align_words

RIGHT = (
    "jučer je predsjednik vlade u zagrebu govorio o cijeni mlijeka i o vremenu koje dolazi "
    "danas ćemo čuti što kažu građani nakon što je prošao zakon o školama đaci žele ljepše dvorište"
).split()
WRONG = {"čuti": "cuti", "što": "sto", "je": "ja", "vlade": "vlada", "đaci": "daci", "o": "u"}
VARIANTS = {"mlijeka": "mleka", "ljepše": "lepše", "vremenu": "vrijemenu"}
SPEAKERS = ("Ana", "Branko", "Cvita", "Đuro", "Željka")


def make_evaluation(
    count: int, *, models: Sequence[str] = ("base", "tuned"), audio: Path | None = None
) -> Evaluation:
    """Models that mishear less the later they come, on `count` utterances."""
    draw = random.Random(7)
    said = [_utterance(number, draw, audio) for number in range(count)]
    scores = tuple(
        _scores(name, [hear(each, draw, 0.3 / (place + 1)) for each in said])
        for place, name in enumerate(models)
    )
    comparisons = tuple(
        Comparison(
            first=models[0],
            second=name,
            level="normalised",
            difference=-0.083,
            interval=Interval(-0.101, -0.062),
            p_value=0.0004,
        )
        for name in models[1:]
    )
    return Evaluation(
        run="run-7", created="2026-11-20T10:00:00Z", scores=scores, comparisons=comparisons
    )


def score_pairs(utterance: Utterance) -> Scored:
    """Score texts whose words are normalised already."""
    reference, hypothesis = utterance.reference.split(), utterance.hypothesis.split()
    pairs = []
    for edit in align_words(reference, hypothesis):
        one = None if edit.reference is None else reference[edit.reference]
        other = None if edit.hypothesis is None else hypothesis[edit.hypothesis]
        pairs.append(Pair(one, other, one is not None and VARIANTS.get(one, one) == other != one))
    rate = _count(pairs, forgiving=False)
    letters = character_error_rate(utterance.reference, utterance.hypothesis, normaliser="none")
    words: dict[Level, ErrorRate] = dict.fromkeys(LEVELS, rate)
    words["tolerant"] = _count(pairs, forgiving=True)
    return Scored(
        utterance=utterance,
        words=words,
        characters=dict.fromkeys(LEVELS, letters),
        pairs=tuple(pairs),
    )


def hear(said: Utterance, draw: random.Random, rate: float) -> Scored:
    """What a model makes of an utterance when it mishears words at this rate."""
    heard: list[str] = []
    for word in said.reference.split():
        chance = draw.random() / rate
        if chance > 1:
            heard.append(word)
        elif chance < 0.25:
            heard.append(VARIANTS.get(word, word))
        elif chance < 0.85:
            heard.append(WRONG.get(word, word[:-1] + "a"))
        elif chance < 0.9:
            heard += [word, "ovaj"]
    return score_pairs(
        Utterance(
            **{name: getattr(said, name) for name in _SAID},
            hypothesis=" ".join(heard),
            transcript=_timed(heard, said.duration or 1.0),
        )
    )


_SAID = ("id", "reference", "language", "speaker", "source", "noise", "duration", "audio", "start")


def write_tone(path: Path, seconds: float) -> Path:
    """A WAV file of 8 kHz with a tone that rises."""
    time = np.arange(round(seconds * 8000)) / 8000
    samples = 9000 * np.sin(2 * np.pi * (200 * time + 20 * time**2))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def _utterance(number: int, draw: random.Random, audio: Path | None) -> Utterance:
    words = draw.choices(RIGHT, k=draw.randint(2, 24))
    words[0] = f"broj{number // 3}"  # rare words, as every text has them
    return Utterance(
        id=f"clip-{number:05}",
        reference=" ".join(words),
        hypothesis="",
        language=("hr", "sr", "bs")[number % 3],
        speaker=SPEAKERS[number % len(SPEAKERS)],
        source=("radio", "studio")[number % 2],
        noise=round(draw.uniform(-2, 40), 1),
        duration=round(len(words) * 0.42, 2),
        audio=audio,
        start=number % 7 if audio else 0.0,
    )


def _timed(words: Sequence[str], duration: float) -> Transcript:
    step = duration / max(1, len(words))
    timed = tuple(
        Word(text=f" {word}", start=place * step, end=(place + 1) * step)
        for place, word in enumerate(words)
    )
    segment = Segment(id=0, text=" ".join(words), start=0.0, end=duration, words=timed)
    return Transcript(segments=(segment,), duration=duration)


def _scores(name: str, scored: Sequence[Scored]) -> Scores:
    words = {level: pool(each.words[level] for each in scored) for level in LEVELS}
    rates = {level: words[level].rate or 0.0 for level in LEVELS}
    return Scores(
        model=name,
        digest=f"sha256:{name}",
        words=words,
        characters={level: pool(each.characters[level] for each in scored) for level in LEVELS},
        intervals={level: Interval(0.93 * rates[level], 1.08 * rates[level]) for level in LEVELS},
        groups={by: _groups(by, scored) for by in BY},
        scored=tuple(scored),
        hours=sum(each.utterance.duration or 0 for each in scored) / 3600,
        rtfx=41.5,
        invented_words_per_hour=12.25,
        facts={"engine": "fake", "options": {"beam": 5}},
    )


def _groups(by: By, scored: Sequence[Scored]) -> tuple[Group, ...]:
    found: dict[str, list[Scored]] = {}
    for each in scored:
        found.setdefault(_value(by, each.utterance), []).append(each)
    groups = [
        Group(
            value=value,
            utterances=len(some),
            hours=sum(each.utterance.duration or 0 for each in some) / 3600,
            words={level: pool(each.words[level] for each in some) for level in LEVELS},
            characters={level: pool(each.characters[level] for each in some) for level in LEVELS},
        )
        for value, some in found.items()
    ]
    return tuple(sorted(groups, key=lambda group: -group.utterances))


def _value(by: By, utterance: Utterance) -> str:
    if by == "length":
        return f"{int(utterance.duration or 0)} s"
    if by == "noise":
        return f"{10 * int((utterance.noise or 0) // 10)} dB"
    return str(getattr(utterance, by))


def _count(pairs: Sequence[Pair], *, forgiving: bool) -> ErrorRate:
    both = [pair for pair in pairs if pair.reference is not None and pair.hypothesis is not None]
    hits = sum(pair.reference == pair.hypothesis or (forgiving and pair.tolerated) for pair in both)
    return ErrorRate(
        hits=hits,
        substitutions=len(both) - hits,
        deletions=sum(pair.hypothesis is None for pair in pairs),
        insertions=sum(pair.reference is None for pair in pairs),
    )
