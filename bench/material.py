"""Sound to measure with, made here: speech of the demo model's domain, noises, joined files.

Everything is deterministic and kept in `bench/out/audio`.
"""

import json
import random
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from places import AUDIO, SAMPLES

RATE = 16_000
Sound = npt.NDArray[np.float32]
VOICES = ("en-us+f2", "en-us+m3", "en-gb-x-rp+f4", "en-gb-x-rp+m1", "en-us+f5", "en-us+m7")
UNHEARD = ("en-us+linda", "en-gb-x-rp+travis", "en-us+Alicia", "en-us+steph3")
"""Voices that the demo model never met in training (its card)."""


@dataclass(frozen=True)
class Said:
    """A stretch of speech and what was said in it."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Recording:
    """A WAV file at 16 kHz, and the truth about it."""

    path: Path
    duration: float
    said: tuple[Said, ...]

    @property
    def text(self) -> str:
        """All that was said."""
        return " ".join(part.text for part in self.said)


def read_samples() -> list[tuple[Sound, Said]]:
    """Every sentence of the bundled samples, with its sound."""
    found = []
    for path in sorted(SAMPLES.glob("*.json")):
        sound = decode(sample_audio(path))
        found += [
            (sound[int(said.start * RATE) : int(said.end * RATE)], said)
            for said in read_truth(path)
        ]
    return found


def read_truth(path: Path) -> list[Said]:
    """What a sample's JSON file says about it."""
    segments = json.loads(path.read_text(encoding="utf-8"))["segments"]
    return [Said(part["start"], part["end"], part["text"]) for part in segments]


def sample_audio(truth: Path) -> Path:
    """The recording that a JSON file describes."""
    return next(path for path in SAMPLES.glob(f"{truth.stem}.*") if path.suffix != ".json")


def decode(path: Path) -> Sound:
    """Any file as 16 kHz mono float32."""
    from faster_whisper import decode_audio

    sound: Sound = decode_audio(str(path), sampling_rate=RATE)
    return sound


def save(name: str, parts: Iterable[tuple[Sound, str | None]]) -> Recording:
    """Join sounds, spoken ones with their text, into `bench/out/audio/<name>.wav`."""
    AUDIO.mkdir(parents=True, exist_ok=True)
    path = AUDIO / f"{name}.wav"
    place, said = 0, []
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for sound, text in parts:
            file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
            if text is not None:
                said.append(Said(place / RATE, (place + len(sound)) / RATE, text))
            place += len(sound)
    truth = {"duration": place / RATE, "said": [asdict(part) for part in said]}
    path.with_suffix(".json").write_text(json.dumps(truth), encoding="utf-8")
    return Recording(path, place / RATE, tuple(said))


def kept(name: str) -> Recording | None:
    """A file that was made before."""
    path = AUDIO / f"{name}.wav"
    if not path.with_suffix(".json").exists():
        return None
    truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return Recording(path, truth["duration"], tuple(Said(**part) for part in truth["said"]))


def domain_speech(minutes: float) -> Recording:
    """Sentences of the samples by several voices with short pauses.

    With espeak-ng the sentences are spoken anew, one in three by a voice that the demo model never
    heard; without it they are cut from the samples, so that the same sound comes back.
    """
    maker = "espeak" if shutil.which("espeak-ng") else "samples"
    name = f"speech-{maker}-{minutes:g}min"
    return kept(name) or save(name, talk(minutes * 60, maker))


def talk(seconds: float, maker: str) -> Iterator[tuple[Sound, str | None]]:
    """Sentences and pauses until the time is over, drawn with a fixed seed."""
    dice = random.Random(2)
    sentences = read_samples()
    place = 0.0
    while True:
        for sound, said in dice.sample(sentences, len(sentences)):
            voice = dice.choice(UNHEARD if dice.random() < 1 / 3 else VOICES)
            manner = (dice.randint(150, 172), dice.randint(38, 66))
            spoken = speak(said.text, voice, manner) if maker == "espeak" else sound
            pause = silence(dice.uniform(0.3, 0.8))
            place += (len(spoken) + len(pause)) / RATE
            if place > seconds:
                return
            yield spoken, said.text
            yield pause, None


def speak(text: str, voice: str, manner: tuple[int, int]) -> Sound:
    """One sentence by espeak-ng; `manner` is words per minute and pitch."""
    rate, pitch = map(str, manner)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        command = ["espeak-ng", "-v", voice, "-s", rate, "-p", pitch, "-w", str(path), text]
        subprocess.run(command, check=True, capture_output=True)
        return decode(path)


def silence(seconds: float) -> Sound:
    """Digital silence."""
    return np.zeros(int(seconds * RATE), np.float32)


def cut(recording: Recording, seconds: float, name: str) -> Recording:
    """The beginning of a recording."""
    sound = decode(recording.path)[: int(seconds * RATE)]
    return save(name, [(sound, None)])


def background(kind: str, seconds: float, seed: int = 0) -> Sound:
    """A stretch without speech: `silence`, `white`, `pink`, `hum` or `music`."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE)
    if kind == "silence":
        return silence(seconds)
    if kind == "white":
        return (0.05 * rng.standard_normal(count)).astype(np.float32)
    if kind == "pink":
        return pink(count, rng)
    if kind == "hum":
        return hum(count)
    return music(count, rng)


def pink(count: int, rng: np.random.Generator) -> Sound:
    """White noise shaped to 1/f power from 20 Hz up."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20)
    noise = np.fft.irfft(spectrum / np.sqrt(frequency), count)
    return np.asarray(0.05 * noise / noise.std(), np.float32)


def hum(count: int) -> Sound:
    """Mains hum: 50 Hz and its first odd harmonics."""
    time = np.arange(count) / RATE
    parts = ((50, 0.08), (150, 0.03), (250, 0.015))
    tones = [level * np.sin(2 * np.pi * rate * time) for rate, level in parts]
    return np.sum(tones, axis=0).astype(np.float32)


def music(count: int, rng: np.random.Generator) -> Sound:
    """Chords of decaying tones, a new one every 0.4 to 0.8 s."""
    sound = np.zeros(count, np.float32)
    scale = 220 * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12, 14, 16]) / 12)
    start = 0
    while start < count:
        length = int(rng.uniform(0.4, 0.8) * RATE)
        time = np.arange(2 * length) / RATE
        for tone in rng.choice(scale, 3, replace=False):
            note = 0.06 * np.sin(2 * np.pi * tone * time) * np.exp(-3 * time)
            room = min(len(note), count - start)
            sound[start : start + room] += note[:room].astype(np.float32)
        start += length
    return sound
