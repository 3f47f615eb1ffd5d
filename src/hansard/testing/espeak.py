"""Speech with exact word times, by espeak-ng's library; and speech by flite, without them.

espeak-ng tells with every phoneme at which sample it begins and which word of the text it belongs
to (`espeak_ng.h`, `espeakEVENT_PHONEME`). A word begins with its first phoneme and ends where the
next phoneme, or a pause, begins; its edges are then trimmed to where it can be heard. espeak's own
word events are not used: they come up to 0.13 s early.
"""

import contextlib
import ctypes.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
import wave
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Self

import numpy as np

from hansard.audio import SAMPLE_RATE
from hansard.errors import HansardError, UnknownNameError
from hansard.transcript import Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

Sex = Literal["female", "male"]

_QUIET: Final = 0.01
"""What is 40 dB below a word's loudest 5 ms is not part of it."""
_STEP: Final = SAMPLE_RATE // 200
"""5 ms in samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EspeakVoice:
    """A voice of espeak-ng."""

    accent: str = "en-us"
    variant: str = "m1"
    rate: int = 165
    """Words a minute."""
    pitch: int = 50
    """0 to 99; 50 is the variant's own."""
    range: int = 50
    """How much it sings, 0 to 99."""
    sex: Sex = "male"
    hertz: float = 100.0
    """About how high it speaks, measured."""

    @property
    def name(self) -> str:
        """As espeak-ng writes it, e.g. `en-us+f2`."""
        return f"{self.accent}+{self.variant}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FliteVoice:
    """A voice of flite: `kal`, `kal16`, `awb`, `rms`, `slt`."""

    name: str
    sex: Sex = "male"
    hertz: float = 100.0
    """About how high it speaks, measured."""


Voice = EspeakVoice | FliteVoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A text as speech."""

    samples: "NDArray[np.float32]"
    """16 kHz, -1 to 1, from the first to the last moment that can be heard. Shape: (n,)."""
    words: tuple[Word, ...]
    """Times count from the first sample. Left out: two words that espeak-ng runs into one where
    the seam cannot be told (about 1 in 300), and every word by flite."""


class Synthesiser:
    """Says texts; the same texts in the same order sound the same each time.

    Starts a process with the first voice of espeak-ng, and ends it on leaving the `with` block.
    One thread at a time.
    """

    def __init__(self) -> None:
        self._espeak: _Espeak | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._espeak is not None:
            self._espeak.close()
            self._espeak = None

    def speak(self, text: str, voice: Voice, *, speed: float = 1.0) -> Spoken:
        """Say a text. `speed` above 1 is faster and higher, as a tape that is played too fast.

        Raises:
            UnknownNameError: there is no such voice.
            HansardError: espeak-ng, or flite, is not installed, or fails.
        """
        if isinstance(voice, FliteVoice):
            rate, samples = _run_flite(text, voice.name)
            phonemes: Sequence[_Phoneme] = ()
        else:
            if self._espeak is None:
                self._espeak = _Espeak()
            rate, samples, phonemes = self._espeak.say(text, voice)
        ratio = Fraction(SAMPLE_RATE, rate)
        if speed != 1:
            # small numbers, as the filter is as long as the larger one; the words keep to the ratio
            ratio = (ratio / Fraction(speed)).limit_denominator(64)
        sound = _resample(samples, ratio)
        words = _time_words(text, phonemes, float(SAMPLE_RATE / ratio))
        return _trim(sound, [_audible(word, sound) for word in words])


def speak(text: str, voice: Voice, *, speed: float = 1.0) -> Spoken:
    """Say one text in a process of its own, as `Synthesiser.speak` does, with its errors."""
    with Synthesiser() as synthesiser:
        return synthesiser.speak(text, voice, speed=speed)


def can_speak() -> bool:
    """Whether espeak-ng's library is on this machine."""
    return ctypes.util.find_library("espeak-ng") is not None


class _Phoneme(NamedTuple):
    place: int
    """Index of its character in the text."""
    sample: int
    name: str


class _Espeak:
    """The process that speaks."""

    def __init__(self) -> None:
        library = ctypes.util.find_library("espeak-ng")
        if library is None:
            raise HansardError(
                "espeak-ng is not installed", hint="install the system package espeak-ng"
            )
        program = Path(__file__).with_name("conversation_espeak.py")
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", "-S", str(program), library],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def say(
        self, text: str, voice: EspeakVoice
    ) -> "tuple[int, NDArray[np.float32], Sequence[_Phoneme]]":
        """The sample rate, the samples, and when each phoneme begins."""
        request = {"text": text, "voice": voice.name, "rate": voice.rate}
        request |= {"pitch": voice.pitch, "range": voice.range}
        answer, sound = self._ask(json.dumps(request).encode() + b"\n")
        if "error" in answer:
            raise UnknownNameError(answer["error"], hint="see `espeak-ng --voices=variant`")
        return answer["rate"], _as_floats(sound), [_Phoneme(*one) for one in answer["phonemes"]]

    def _ask(self, request: bytes) -> tuple[dict[str, Any], bytes]:
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None  # noqa: S101 - both are pipes
        assert answers is not None  # noqa: S101
        try:
            asked.write(request)
            asked.flush()
            answer = json.loads(answers.readline())
        except (BrokenPipeError, ValueError) as error:
            status = self._process.wait()
            raise HansardError(
                f"espeak-ng ended with status {status}",
                hint="install the system package espeak-ng, with its data",
            ) from error
        return answer, answers.read(answer.get("size", 0))

    def close(self) -> None:
        """End the process."""
        # after this it reads the end of its input, and nothing is left in the pipe to be flushed
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()


def _run_flite(text: str, voice: str) -> "tuple[int, NDArray[np.float32]]":
    program = shutil.which("flite")
    if program is None:
        raise HansardError("flite is not installed", hint="install the system package flite")
    # asked for a voice that it lacks, it says the text with another one
    known = subprocess.run([program, "-lv"], check=False, capture_output=True, text=True)  # noqa: S603
    if voice not in known.stdout.split():
        raise UnknownNameError(f"flite has no voice {voice!r}", hint=known.stdout.strip())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        command = [program, "-voice", voice, "-t", text, "-o", str(path)]
        ended = subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - a fixed program
        if ended.returncode or not path.exists():
            raise HansardError(f"flite fails with voice {voice!r}: {ended.stderr[-200:]!r}")
        with wave.open(str(path)) as said:
            return said.getframerate(), _as_floats(said.readframes(said.getnframes()))


def _as_floats(pcm: bytes) -> "NDArray[np.float32]":
    return np.asarray(np.frombuffer(pcm, "<i2") / 32768, np.float32)


def _resample(samples: "NDArray[np.float32]", ratio: Fraction) -> "NDArray[np.float32]":
    """`ratio` is new samples for each old one."""
    from scipy.signal import resample_poly

    if not len(samples) or ratio == 1:
        return samples
    changed = resample_poly(samples, ratio.numerator, ratio.denominator)
    return np.asarray(np.clip(changed, -1, 1), np.float32)


class _Stretch(NamedTuple):
    first: int
    """Index of its first phoneme."""
    last: int
    """Index after its last phoneme."""


def _time_words(text: str, phonemes: Sequence[_Phoneme], rate: float) -> list[Word]:
    """Each word that has phonemes of its own; `rate` is samples a second."""
    tokens = list(re.finditer(r"\S+", text))
    stretches = _find_stretches([token.start() for token in tokens], phonemes)
    words = []
    for index, token in enumerate(tokens):
        stretch = stretches.get(index)
        if stretch is not None and stretch.last < len(phonemes):
            start, end = phonemes[stretch.first].sample, phonemes[stretch.last].sample
            words.append(Word(text=" " + token[0], start=start / rate, end=end / rate))
            continue
        # said as one with the word before: only `the` shows where it begins
        before = stretches.get(index - 1)
        seam = _find_the(before, phonemes) if token[0].lower() == "the" else None
        if words and before is not None:
            whole = words.pop()
            if seam is not None:
                middle = phonemes[seam].sample / rate
                words.append(Word(text=whole.text, start=whole.start, end=middle))
                words.append(Word(text=" " + token[0], start=middle, end=whole.end))
    return words


def _find_stretches(starts: Sequence[int], phonemes: Sequence[_Phoneme]) -> dict[int, _Stretch]:
    """Which phonemes each word has, by the word's index; words without any are missing."""
    found: dict[int, _Stretch] = {}
    for index, phoneme in enumerate(phonemes):
        if phoneme.name.startswith("_"):
            continue
        word = bisect_right(starts, phoneme.place) - 1
        first = found[word].first if word in found else index
        found[word] = _Stretch(first, index + 1)
    return found


def _find_the(stretch: _Stretch | None, phonemes: Sequence[_Phoneme]) -> int | None:
    """Where `the` begins in what was said as one; None = nowhere, or at the very beginning."""
    if stretch is None:
        return None
    inside = range(stretch.last - 1, stretch.first, -1)
    return next((index for index in inside if phonemes[index].name == "D"), None)


def _audible(word: Word, sound: "NDArray[np.float32]") -> Word:
    """The word from its first to its last 5 ms that can be heard."""
    first, last = round(word.start * SAMPLE_RATE), round(word.end * SAMPLE_RATE)
    edges = _find_edges(sound[first:last])
    return replace(
        word, start=(first + edges[0]) / SAMPLE_RATE, end=(first + edges[1]) / SAMPLE_RATE
    )


def _find_edges(sound: "NDArray[np.float32]") -> tuple[int, int]:
    """Where what can be heard begins and ends, in samples."""
    padded = np.pad(sound, (0, -len(sound) % _STEP)).reshape(-1, _STEP)
    peaks = np.abs(padded).max(axis=1, initial=0)
    loud = np.flatnonzero(peaks > _QUIET * peaks.max(initial=0))
    if not len(loud):
        return 0, len(sound)
    return int(loud[0]) * _STEP, min(len(sound), (int(loud[-1]) + 1) * _STEP)


def _trim(sound: "NDArray[np.float32]", words: Sequence[Word]) -> Spoken:
    """Without the silence before and after."""
    first, last = _find_edges(sound)
    begin, length = first / SAMPLE_RATE, (last - first) / SAMPLE_RATE
    moved = tuple(
        replace(word, start=max(0.0, word.start - begin), end=min(length, word.end - begin))
        for word in words
    )
    return Spoken(samples=sound[first:last], words=moved)
