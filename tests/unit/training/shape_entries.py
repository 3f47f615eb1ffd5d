"""Entries and sounds for tests of manifests."""

import struct
import wave
from dataclasses import replace
from pathlib import Path

from hypothesis import strategies as st

from hansard.training.manifest import Entry, Stretch, TimedWord

LENGTH = 2.0
"""Seconds of each made-up recording."""
RATES = {"plain.wav": 16_000, "with space čž.wav": 8_000, "Plain.WAV": 44_100}


def make_wav(path: Path, *, seconds: float = LENGTH, rate: int = 16_000, channels: int = 1) -> Path:
    """A WAV file whose samples all differ from their neighbours."""
    count = round(seconds * rate)
    samples = [((n * 37) % 20_001) - 10_000 for n in range(count) for _ in range(channels)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, count, "NONE", ""))
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def make_recordings(folder: Path) -> dict[str, Path]:
    """A recording of each name in `RATES`."""
    return {name: make_wav(folder / name, rate=rate) for name, rate in RATES.items()}


_LETTERS = st.sampled_from("abcčćdđ šžљњђ'-.,?")
_TEXT = st.text(_LETTERS, min_size=1, max_size=12).map(lambda t: f"a{t}b")
_NAME = st.text(st.sampled_from("abž-_.!# 7"), min_size=1, max_size=6).map(lambda t: f"n{t}z")
_EXTRA = st.dictionaries(
    st.sampled_from(["year", "topic", "tags"]),
    st.one_of(st.integers(0, 9), _TEXT, st.booleans(), st.lists(_TEXT, max_size=2)),
    max_size=2,
)


@st.composite
def _stretch(draw: st.DrawFn, start: float) -> Stretch:
    count = draw(st.integers(0, 3))
    words = tuple(
        TimedWord(
            word=draw(_TEXT),
            start=round(start + 0.05 + n * 0.1, 2),
            end=round(start + 0.1 + n * 0.1, 2),
            score=draw(st.sampled_from([None, 0.0, 0.5, 1.0])),
        )
        for n in range(count)
    )
    return Stretch(text=draw(_TEXT), start=start, end=round(start + 0.4, 2), words=words)


@st.composite
def entries(draw: st.DrawFn, recordings: dict[str, Path]) -> tuple[Entry, ...]:
    """A few entries with ids of their own, of recordings or of parts of them."""
    ids = draw(st.lists(_NAME, min_size=1, max_size=5, unique=True))
    found = []
    for ident in ids:
        start = draw(st.sampled_from([0.0, 0.25, 0.5]))
        end = draw(st.sampled_from([None, 1.5, 1.75]))
        silent = draw(st.booleans())
        starts = draw(st.sampled_from([(), (0.0,), (0.0, 0.5)]))
        found.append(
            Entry(
                id=ident,
                audio=recordings[draw(st.sampled_from(sorted(recordings)))],
                transcript="" if silent else draw(_TEXT),
                duration=None if end is None else end - start,
                language=draw(st.sampled_from([None, "hr", "sr", "en"])),
                speaker=draw(st.one_of(st.none(), _NAME)),
                start=start,
                end=end,
                source=draw(st.one_of(st.none(), _TEXT)),
                licence=draw(st.sampled_from([None, "CC0-1.0"])),
                no_speech=silent,
                segments=() if silent else tuple(draw(_stretch(each)) for each in starts),
                extra=draw(_EXTRA),
            )
        )
    return tuple(found)


def settled(entry: Entry) -> Entry:
    """The entry with its end and its length, as far as they follow from the recording's."""
    end = LENGTH if entry.end is None and entry.is_clip else entry.end
    return replace(entry, end=end, duration=(end or LENGTH) - entry.start)
