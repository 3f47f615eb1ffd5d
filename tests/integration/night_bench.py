"""A library with corrections of speech that the demo model reads badly, for tests of nights."""

import io
import random
import wave
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from hansard.audio import SAMPLE_RATE
from hansard.library.corrections import append_correction
from hansard.library.records import Record, Recording, media_key, switch, write_run
from hansard.storage.folder import FolderStore
from hansard.testing.espeak import EspeakVoice, Synthesiser
from hansard.training.nightly import Part, part_of
from hansard.transcript import Segment, Transcript
from hansard.transcript.overlay import Correction

WORDS = "jedan dva tri pet sedam devet".split()
WANTED: dict[Part, int] = {"train": 9, "validation": 1, "test": 4}
VOICE = EspeakVoice(accent="hr", rate=150)
RUN = "run1"


@dataclass(frozen=True)
class Talk:
    """A recording with two sentences, each with what was really said."""

    sound: bytes
    said: tuple[str, ...]
    spans: tuple[tuple[float, float], ...]

    @property
    def digest(self) -> str:
        return sha256(self.sound).hexdigest()


def talks(seed: int = 0) -> Iterator[Talk]:
    """As many recordings for each part as are wanted."""
    drawn, left = random.Random(seed), Counter(WANTED)
    with Synthesiser() as synthesiser:
        while +left:
            talk = make_talk(synthesiser, drawn)
            if left[part_of(talk.digest)] > 0:
                left[part_of(talk.digest)] -= 1
                yield talk


def make_talk(synthesiser: Synthesiser, drawn: random.Random) -> Talk:
    pieces, spans, said, place = [], [], [], 0
    pause = np.zeros(SAMPLE_RATE // 2, np.float32)
    for _ in range(2):
        text = " ".join(drawn.choices(WORDS, k=3))
        samples = synthesiser.speak(text, VOICE).samples
        place += len(pause)
        spans.append((place / SAMPLE_RATE, (place + len(samples)) / SAMPLE_RATE))
        place += len(samples)
        pieces += [pause, samples]
        said.append(text)
    whole = np.concatenate([*pieces, pause])
    return Talk(as_wav(np.asarray(whole * 32000, "<i2")), tuple(said), tuple(spans))


def as_wav(samples: "np.ndarray[tuple[int], np.dtype[np.int16]]") -> bytes:
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.tobytes())
    return kept.getvalue()


def add(data_dir: Path, number: int, talk: Talk) -> None:
    """Put a recording, what a machine made of it, and a person's corrections into a library."""
    store, identity = FolderStore(data_dir / "store"), f"{number:08x}"
    store.put(media_key(identity), talk.sound)
    segments = tuple(
        Segment(id=n, text="yet an other", start=start, end=end)
        for n, (start, end) in enumerate(talk.spans)
    )
    machine = Transcript(segments=segments, language="en", duration=talk.spans[-1][1] + 0.5)
    run = write_run(store, identity, RUN, machine.render("json").encode())
    media = Recording(
        key=media_key(identity), size=len(talk.sound), sha256=talk.digest, duration=machine.duration
    )
    switch(store, Record(id=identity, created=1.0, owner="ana", media=media, run=run))
    for n, text in enumerate(talk.said):
        made = Correction(segment=n, text=text, at=1.0 + number, by="ana", run=RUN)
        append_correction(store, identity, made)


def fill(data_dir: Path) -> int:
    """A library with all of them; returns how many segments were corrected."""
    made = list(talks())
    for number, talk in enumerate(made, start=1):
        add(data_dir, number, talk)
    return sum(len(talk.said) for talk in made)
