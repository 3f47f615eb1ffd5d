"""A judge of models that learn: serves them as they will be served, scores what they hear."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from hansard.evaluation import character_error_rate, normaliser_for, pool, word_error_rate
from hansard.models.engines import Ask, DecodeOptions, Engine, Window
from hansard.models.hub.hub import Hub
from hansard.plugins import load_engine_spec
from hansard.settings import Options
from hansard.storage.files import temporary_folder
from hansard.training.fitting.clips import Clip
from hansard.training.fitting.shards import Shard
from hansard.wiring.machine import place

logger = logging.getLogger(__name__)


class EngineJudge:
    """Converts an exported model, loads it into the engine, and has it hear clips in batches."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def __call__(self, folder: Path, clips: Sequence[Clip], shard: Shard) -> dict[str, Any]:
        """Figures of the model in `folder`: `wer`, `cer`, `heard` (seconds of sound a second).

        Raises:
            ModelError: it cannot be converted.
            EngineError: it cannot be loaded.
        """
        with self._serving(folder) as engine:
            began = time.monotonic()
            texts = list(_hear(engine, clips, shard))
            seconds = time.monotonic() - began
        names = [normaliser_for(clip.language) for clip in clips]
        told = list(zip(clips, texts, names, strict=True))
        words = pool(word_error_rate(c.text, text, normaliser=name) for c, text, name in told)
        letters = pool(
            character_error_rate(c.text, text, normaliser=name) for c, text, name in told
        )
        return {
            "wer": round(_share(words.errors, words.reference_length), 5),
            "cer": round(_share(letters.errors, letters.reference_length), 5),
            "clips": len(clips),
            "heard": round(sum(clip.duration for clip in clips) / max(seconds, 1e-6), 1),
        }

    @contextmanager
    def _serving(self, folder: Path) -> Iterator[Engine]:
        with temporary_folder("hansard-judge-") as home:
            hub = Hub(replace(self._options, data_dir=home))
            files = hub.fetch(str(folder.absolute()), layout="ctranslate2")
            spec = load_engine_spec(self._options.engine)
            with closing(spec.load(files, place(self._options, files.size))) as engine:
                yield engine


def _hear(engine: Engine, clips: Sequence[Clip], shard: Shard) -> Iterator[str]:
    rest = iter(clips)
    while some := list(islice(rest, max(1, engine.info.batch))):
        windows = [Window(shard.sound(clip.id), 0.0, clip.duration) for clip in some]
        asks = [Ask(row, language=clip.language) for row, clip in enumerate(some)]
        if engine.info.languages == {"en"}:
            asks = [Ask(row) for row in range(len(some))]
        with closing(engine.encode(windows)) as encoded:
            heard = dict(encoded.decode(asks, DecodeOptions(timestamps=True)))
        yield from (heard[row].text for row in range(len(some)))


def _share(errors: int, length: int) -> float:
    """Errors per word; invented words alone count as one each."""
    return errors / max(1, length)
