"""What is wrong with the sound of a clip."""

import wave
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hansard.audio import SAMPLE_RATE, Sound
from hansard.models.vad import VadOptions, VoiceDetector, hear
from hansard.training.checks.hearing import FRAME, Heard, measure
from hansard.training.checks.values import Finding, Limits, fail, warn
from hansard.training.manifest import Entry
from hansard.transcript import Seconds, Span
from hansard.transcript.spans import total

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST: Seconds = 600.0
"""Of a longer clip only so much is measured; it is too long to be used anyway."""
NOTHING = -75.0
"""A clip below this level holds no speech whatever the detector says."""
SOME: Seconds = 0.5
"""So much speech in a clip that is said to have none is no slip of the detector."""
QUIET_PEAK = 0.25
LOUD_PEAK = 0.5
MOST_GAIN = 100.0
"""A quiet clip is made louder for the detector, by 40 dB at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listened:
    """What was heard in one clip."""

    heard: Heard
    doubtful: bool
    """Whether something might be speech where no speech was heard."""
    digest: str
    """SHA-256 of its samples."""

    @property
    def measures(self) -> dict[str, Any]:
        """The figures, for a report."""
        shown = {name: value for name, value in asdict(self.heard).items() if value is not None}
        rounded = {name: round(value, 5) for name, value in shown.items()}
        return {**rounded, "speech_share": round(self.heard.speech_share, 3),
                "digest": self.digest}  # fmt: skip


def listen(sound: Sound, detector: VoiceDetector, options: VadOptions, folder: Path) -> Listened:
    """Measure a clip; `folder` holds a louder copy meanwhile, where the detector needs one."""
    samples = sound.read(sound.start, min(sound.end, sound.start + MOST))
    probabilities = _probabilities(sound, samples, detector, folder)
    bounds = Span(0.0, len(samples) / SAMPLE_RATE)
    found = hear(probabilities, bounds, options)
    frames = np.zeros(-(-len(samples) // FRAME), dtype=bool)
    for span in found.speech:
        frames[round(span.start * SAMPLE_RATE / FRAME) : round(span.end * SAMPLE_RATE / FRAME)] = 1
    spoken = frames & (probabilities[: len(frames)] >= options.vad_threshold / 2)
    # pauses within a sentence are speech for the pace, not for the noise
    figures = replace(measure(samples, spoken), speech=total(found.speech))
    return Listened(
        heard=figures,
        doubtful=total(found.doubtful) > 0,
        digest=sha256(samples.tobytes()).hexdigest()[:32],
    )


def _probabilities(
    sound: Sound, samples: "NDArray[np.float32]", detector: VoiceDetector, folder: Path
) -> "NDArray[np.float32]":
    peak = float(np.abs(samples).max(initial=0.0))
    if not 0 < peak < QUIET_PEAK and len(samples) == sound.samples:
        return detector.probabilities(sound, _never)
    gain = min(MOST_GAIN, LOUD_PEAK / peak) if 0 < peak < QUIET_PEAK else 1.0
    path = folder / "louder.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, len(samples), "NONE", ""))
        file.writeframes((np.clip(samples * gain, -1, 1) * 32767).astype("<i2").tobytes())
    try:
        return detector.probabilities(Sound(path, 44, len(samples)), _never)
    finally:
        path.unlink(missing_ok=True)


def _never() -> bool:
    return False


def check_sound(entry: Entry, listened: Listened, limits: Limits) -> Iterator[Finding]:
    """What is wrong with a clip's sound."""
    heard = listened.heard
    spoken = heard.speech >= limits.min_speech and heard.level > NOTHING
    if not spoken:
        yield from _silence(entry, listened, limits)
        return
    if entry.no_speech and heard.speech < SOME:
        return
    if entry.no_speech:
        message = f"{heard.speech:.1f} s of speech in a clip that is said to have none"
        yield warn("speech", message, round(heard.speech, 2), SOME)
    elif heard.speech_share < limits.min_speech_share:
        share = round(heard.speech_share, 3)
        yield warn("little speech", f"speech in {100 * share:.0f} % of it", share,
                   limits.min_speech_share)  # fmt: skip
    yield from _quality(heard, limits)


def _silence(entry: Entry, listened: Listened, limits: Limits) -> Iterator[Finding]:
    heard = listened.heard
    if entry.no_speech:
        return
    if listened.doubtful and heard.level > NOTHING:
        yield warn("little speech", "hardly anything in it is speech", round(heard.speech, 2),
                   limits.min_speech)  # fmt: skip
        yield from _quality(heard, limits)
        return
    what = "nothing to be heard" if heard.level <= NOTHING else "nobody speaks"
    yield fail("silence", f"{what} (level {heard.level:.0f} dB), yet there is a transcript",
               round(heard.speech, 2), limits.min_speech)  # fmt: skip


def _quality(heard: Heard, limits: Limits) -> Iterator[Finding]:
    clipped = max(heard.full_scale, heard.flat)
    if clipped > limits.max_clipping:
        where = "full scale" if heard.full_scale > limits.max_clipping else "one level"
        yield warn("clipping", f"{100 * clipped:.1f} % of samples at {where}: its tops are cut off",
                   round(clipped, 4), limits.max_clipping)  # fmt: skip
    if heard.level < limits.min_level:
        yield warn("level", f"very quiet: {heard.level:.0f} dB", heard.level, limits.min_level)
    if abs(heard.dc) > limits.max_dc:
        yield warn("dc", f"not centred: its mean is {heard.dc:+.3f}", round(heard.dc, 4),
                   limits.max_dc)  # fmt: skip
    if heard.bandwidth < limits.min_bandwidth:
        yield warn("bandwidth", f"no sound above {heard.bandwidth:.0f} Hz", heard.bandwidth,
                   limits.min_bandwidth)  # fmt: skip
    if heard.snr is not None and heard.snr < limits.min_snr:
        yield warn("noise", f"speech is {heard.snr:.0f} dB above the noise", heard.snr,
                   limits.min_snr)  # fmt: skip
