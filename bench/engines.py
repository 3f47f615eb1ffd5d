"""Every engine behind one small door: `load(model) -> reader`, `reader.read(audio) -> Reading`.

This file is imported by the measuring process too, so it loads no engine at its top; it runs in
the peers' environment, so it needs nothing of Hansard but where it measures Hansard itself.
"""

import json
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

Variant = Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """What an engine made of a recording."""

    text: str
    words: list[tuple[str, float, float]] = field(default_factory=list)
    """Each word with its start and end in seconds, where the engine times words."""
    tokens: list[int] = field(default_factory=list)
    """All token ids, where the engine tells them."""


Reader = Callable[[str], Reading]


@dataclass(frozen=True)
class Engine:
    """How an engine is loaded and tuned."""

    load: Callable[[Path, int, Variant], Reader]
    module: str
    """What must be importable."""
    packages: tuple[str, ...]
    """Whose versions belong beside the figures."""
    layout: str = "ct2"
    """Which of a model's two folders it reads: `ct2` or `hf`."""
    peer: bool = False
    """True: it runs in the peers' environment."""
    variants: tuple[Variant, ...] = ({},)
    """Settings to choose the fastest from, before anything is measured."""


def load_hansard(model: Path, threads: int, _: Variant) -> Reader:
    """Hansard as a library, with its defaults: guards, trust report and word times are on."""
    from hansard import Options, transcribe

    options = Options(model=str(model), language="en", beam_size=5, threads=threads)
    if (model.parent / "script.json").exists():
        # a scripted text is as long in a short window as in a long one, which no speech is
        options = replace(options, fastest_speech=200.0)

    def read(audio: str) -> Reading:
        said = transcribe(audio, options=options)
        words = [(word.text, float(word.start), float(word.end)) for word in said.words]
        return Reading(
            said.text, words, [id_ for segment in said.segments for id_ in segment.tokens]
        )

    return read


def load_faster_whisper(model: Path, threads: int, variant: Variant) -> Reader:
    """`WhisperModel.transcribe`, window after window; `variant` adds to its arguments."""
    from faster_whisper import WhisperModel

    loaded = WhisperModel(str(model), device="cpu", cpu_threads=threads)
    asked = {"beam_size": 5, "language": "en", "word_timestamps": True, **variant}

    def read(audio: str) -> Reading:
        return collect(loaded.transcribe(audio, **asked)[0])

    return read


def load_batched(model: Path, threads: int, variant: Variant) -> Reader:
    """faster-whisper's `BatchedInferencePipeline` as it comes: VAD on, no timestamps."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    loaded = WhisperModel(str(model), device="cpu", cpu_threads=threads)
    pipeline = BatchedInferencePipeline(loaded)
    asked = {"beam_size": 5, "language": "en", **variant}

    def read(audio: str) -> Reading:
        return collect(pipeline.transcribe(audio, **asked)[0])

    return read


def collect(segments: Any) -> Reading:
    """Let faster-whisper's generator do its work."""
    done = list(segments)
    words = [
        (word.word, float(word.start), float(word.end))
        for segment in done
        for word in segment.words or ()
    ]
    text = " ".join(segment.text.strip() for segment in done)
    return Reading(text, words, [id_ for segment in done for id_ in segment.tokens])


def load_openai(model: Path, threads: int, variant: Variant) -> Reader:
    """openai-whisper in float32 with word times; it has no other precision on a CPU."""
    import torch
    from openai_whisper import load_checkpoint

    torch.set_num_threads(threads)
    loaded = load_checkpoint(model)
    asked = {"beam_size": 5, "language": "en", "word_timestamps": True, "fp16": False, **variant}

    def read(audio: str) -> Reading:
        said = loaded.transcribe(samples(audio), **asked)
        words = [
            (word["word"], float(word["start"]), float(word["end"]))
            for segment in said["segments"]
            for word in segment.get("words", ())
        ]
        ids = [id_ for segment in said["segments"] for id_ in segment["tokens"]]
        return Reading(said["text"].strip(), words, ids)

    return read


def load_transformers(model: Path, threads: int, variant: Variant) -> Reader:
    """The speech recognition pipeline with 30 s chunks in batches, greedy, segment timestamps."""
    import torch
    from transformers import pipeline

    torch.set_num_threads(threads)
    config = json.loads((model / "generation_config.json").read_text(encoding="utf-8"))
    asked = {"language": "en", "task": "transcribe"} if config["is_multilingual"] else {}
    recogniser = pipeline(
        "automatic-speech-recognition",
        model=str(model),
        dtype=getattr(torch, variant.get("dtype", "float32")),
        chunk_length_s=30,
        batch_size=variant.get("batch_size", 8),
        ignore_warning=True,
    )

    def read(audio: str) -> Reading:
        sound = {"raw": samples(audio), "sampling_rate": 16_000}
        said = recogniser(sound, return_timestamps=True, generate_kwargs=dict(asked))
        return Reading(said["text"].strip())

    return read


def load_transformers_ids(model: Path, threads: int, variant: Variant) -> Reader:
    """`generate` on the first window, for its token ids: the pipeline does not tell them."""
    import torch
    from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration

    torch.set_num_threads(threads)
    loaded = WhisperForConditionalGeneration.from_pretrained(model, dtype=torch.float32)
    features = WhisperFeatureExtractor.from_pretrained(model)
    asked = {"language": "en", "task": "transcribe", **variant}

    def read(audio: str) -> Reading:
        window = features(samples(audio)[:480_000], sampling_rate=16_000, return_tensors="pt")
        ids = loaded.generate(window.input_features, **asked)
        return Reading("", [], ids[0].tolist())

    return read


def samples(audio: str) -> Any:
    """A 16 kHz mono 16-bit WAV as float32, without the ffmpeg that these peers would start."""
    import numpy as np

    with wave.open(audio) as file:
        data = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return data.astype(np.float32) / 32768


OPENAI = ("openai-whisper", "torch", "numpy")
HUGGING_FACE = ("transformers", "torch", "numpy")
FASTER = ("faster-whisper", "ctranslate2", "onnxruntime", "av", "numpy")

ENGINES: dict[str, Engine] = {
    "hansard": Engine(load_hansard, "hansard", ("hansard", *FASTER)),
    "faster-whisper": Engine(
        load_faster_whisper,
        "faster_whisper",
        FASTER,
        variants=({"condition_on_previous_text": False},),
    ),
    "faster-whisper defaults": Engine(load_faster_whisper, "faster_whisper", FASTER),
    "faster-whisper VAD": Engine(
        load_faster_whisper,
        "faster_whisper",
        FASTER,
        variants=({"condition_on_previous_text": False, "vad_filter": True},),
    ),
    "faster-whisper batched": Engine(
        load_batched,
        "faster_whisper",
        FASTER,
        variants=tuple({"batch_size": size} for size in (8, 4, 16)),
    ),
    "faster-whisper batched words": Engine(
        load_batched,
        "faster_whisper",
        FASTER,
        variants=tuple({"batch_size": size, "word_timestamps": True} for size in (8, 4, 16)),
    ),
    "openai-whisper": Engine(
        load_openai,
        "whisper",
        OPENAI,
        layout="hf",
        peer=True,
        variants=({"condition_on_previous_text": False},),
    ),
    "transformers": Engine(
        load_transformers,
        "transformers",
        HUGGING_FACE,
        layout="hf",
        peer=True,
        variants=tuple(
            {"dtype": dtype, "batch_size": size}
            for dtype, size in (("float32", 8), ("bfloat16", 8), ("bfloat16", 24))
        ),
    ),
    "transformers generate": Engine(
        load_transformers_ids, "transformers", HUGGING_FACE, layout="hf", peer=True
    ),
}
