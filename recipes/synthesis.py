"""Sentences as speech by espeak-ng, with a manifest: what recipes learn from."""

import random
import wave
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hansard.errors import HansardError
from hansard.testing.espeak import EspeakVoice, Synthesiser
from hansard.training.manifest import Entry

RATE = 16_000


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence to be said."""

    id: str
    text: str
    language: str
    voice: EspeakVoice


def cast(voices: Sequence[EspeakVoice], accent: str, dice: random.Random) -> EspeakVoice:
    """One of the voices, speaking this language, a little faster or slower, higher or lower."""
    voice = dice.choice(voices)
    return replace(
        voice,
        accent=accent,
        rate=dice.randint(135, 195),
        pitch=min(99, max(0, voice.pitch + dice.randint(-12, 12))),
        range=dice.randint(30, 70),
    )


def say_all(lines: Sequence[Line], folder: Path, *, source: str, processes: int) -> list[Entry]:
    """Say every line into `folder`, several at a time; what espeak-ng cannot say is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [lines[first::processes] for first in range(processes)]
    with ProcessPoolExecutor(processes) as pool:
        made = pool.map(_say, parts, [folder] * processes, [source] * processes)
        found = {entry.id: entry for part in made for entry in part}
    return [found[line.id] for line in lines if line.id in found]


def _say(lines: Sequence[Line], folder: Path, source: str) -> list[Entry]:
    with Synthesiser() as synthesiser:
        return list(_say_each(synthesiser, lines, folder, source))


def _say_each(
    synthesiser: Synthesiser, lines: Sequence[Line], folder: Path, source: str
) -> Iterator[Entry]:
    for line in lines:
        path = folder / f"{line.id}.wav"
        try:
            samples = synthesiser.speak(line.text, line.voice).samples
        except HansardError:
            continue
        duration = len(samples) / RATE
        if not 0.3 <= duration <= 20:
            continue
        _write(path, samples)
        yield Entry(
            id=line.id,
            audio=path.absolute(),
            transcript=line.text,
            duration=duration,
            language=line.language,
            speaker=f"{line.voice.variant}",
            source=source,
            licence="Apache-2.0",
        )


def _write(path: Path, samples: "np.ndarray") -> None:
    pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm.tobytes())
