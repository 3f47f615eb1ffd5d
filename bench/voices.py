"""How well enrolled voices are recognised, and strangers rejected, by each speaker engine.

Every voice says two clips of its own. All pairs of clips of one voice, and of different voices, are
compared: on one set of voices to see where a threshold belongs, on another set at the threshold
that the engine has.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from runs import print_table, report

HEAD = (
    *("engine", "voices", "how many", "threshold", "false accepts", "false rejects"),
    *("equal error at", "equal error"),
)


@dataclass(frozen=True)
class Heard:
    """The embeddings of a voice's two clips."""

    enrolled: tuple[float, ...]
    tried: tuple[float, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of this measurement."""
    parser.add_argument("--engines", default="baseline,onnx")
    parser.add_argument("--enrol", type=float, default=10.0, help="seconds to learn a voice from")
    parser.add_argument("--clip", type=float, default=6.0, help="seconds to know it again by")
    parser.add_argument("--noise", type=float, default=25.0, help="signal to noise, in decibels")
    parser.add_argument("--segmentation-model", default="demo-segmentation")
    parser.add_argument("--embedding-model", default="demo-voices")


def main(given: argparse.Namespace) -> int:
    """Measure and print."""
    from hansard.testing.conversations import DEV_VOICES, TEST_VOICES

    rows = []
    for engine in given.engines.split(","):
        with tempfile.TemporaryDirectory() as folder:
            for name, voices in (("chosen on", DEV_VOICES), ("tested on", TEST_VOICES)):
                heard, threshold = listen(engine, voices, given, Path(folder))
                rows.append({"engine": engine, "voices": name, **rates(heard, threshold)})
    table = [[str(value) for value in row.values()] for row in rows]
    print_table("voices known again, strangers rejected", HEAD, table)
    report({"voices": rows}, given.json)
    return 0


def listen(
    engine: str, voices: Sequence[Any], given: argparse.Namespace, folder: Path
) -> tuple[list[Heard], float]:
    """Both embeddings of each voice, and the engine's threshold."""
    from hansard import Options
    from hansard.testing.conversations import demo_sentences
    from hansard.testing.espeak import Synthesiser
    from hansard.wiring.workshop import LocalWorkshop

    options = Options(
        offline=True, data_dir=folder, speaker_engine=engine, diarize=True,
        segmentation_model=given.segmentation_model, embedding_model=given.embedding_model,
    )  # fmt: skip
    heard = []
    workshop = LocalWorkshop(options)
    with workshop.lend_speakers(options) as lent, Synthesiser() as synthesiser:
        for seed, voice in enumerate(voices):
            sentences = iter(demo_sentences(60, seed))
            clips = [
                say(synthesiser, voice, sentences, (seconds, given.noise, seed))
                for seconds in (given.enrol, given.clip)
            ]
            heard.append(Heard(*(embed(lent, clip, folder) for clip in clips)))
        threshold = lent.engine.info.threshold
    workshop.close()
    return heard, threshold


def say(synthesiser: Any, voice: Any, sentences: Any, how: tuple[float, float, int]) -> Any:
    """So many seconds of sentences by one voice, with a little noise."""
    seconds, decibels, seed = how
    samples = np.zeros(0, np.float32)
    while len(samples) < seconds * 16_000:
        spoken = synthesiser.speak(next(sentences), voice).samples
        samples = np.concatenate([samples, spoken, np.zeros(3200, np.float32)])
    samples = samples[: round(seconds * 16_000)]
    level = float(np.sqrt(np.mean(samples**2))) * 10 ** (-decibels / 20)
    noise = np.random.default_rng(seed).normal(0, level, len(samples))
    return (samples + noise).astype(np.float32)


def embed(lent: Any, samples: Any, folder: Path) -> tuple[float, ...]:
    """The voice of a clip."""
    from hansard.testing.sounds import make_sound
    from hansard.transcript import Span

    sound = make_sound(samples, folder)
    embedding: tuple[float, ...] = lent.engine.embed(sound, [Span(0.0, sound.duration)])
    sound.path.unlink()
    return embedding


def rates(heard: Sequence[Heard], threshold: float) -> dict[str, Any]:
    """False accepts and rejects at a threshold, and where both are equal."""
    from hansard.models.speakers.recognition import similarity

    same = np.array([similarity(one.enrolled, one.tried) for one in heard])
    other = np.array(
        [similarity(a.enrolled, b.tried) for a, b in product(heard, heard) if a is not b]
    )
    cuts = np.unique(np.concatenate([same, other]))
    gaps = [abs(float((other >= cut).mean()) - float((same < cut).mean())) for cut in cuts]
    equal = float(cuts[int(np.argmin(gaps))])
    return {
        "count": len(heard),
        "threshold": round(threshold, 3),
        "false accepts": f"{100 * float((other >= threshold).mean()):.1f} %",
        "false rejects": f"{100 * float((same < threshold).mean()):.1f} %",
        "equal error at": round(equal, 3),
        "equal error": f"{100 * float((same < equal).mean()):.1f} %",
    }
