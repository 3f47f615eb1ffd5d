"""The default engine: Whisper checkpoints on CTranslate2, through faster-whisper's classes.

CPU and CUDA, no torch. faster-whisper gives the features, the tokenizer and the word alignment;
batching, prompts, subsets and short contexts are here.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import groupby
from typing import TYPE_CHECKING, Any

# runtime sets CTranslate2 up before faster-whisper loads it
from hansard.models.engines.runtime import ctranslate2

import faster_whisper
import numpy as np
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from hansard.errors import EngineError, MemoryExhaustedError, ModelDamagedError
from hansard.models.engines.options import DecodeOptions, Placement
from hansard.models.engines.protocol import Ask, EngineInfo, Hypothesis, Window
from hansard.models.engines.whisper import (
    CONTEXT,
    MAX_TOKENS,
    TokenTable,
    attach_punctuation,
    split_pieces,
)
from hansard.models.hub import ModelFiles
from hansard.transcript import Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAMES_PER_SECOND = 100
FULL_CONTEXT = int(CONTEXT * FRAMES_PER_SECOND)
SHORT_CONTEXTS = (1050, 2000, FULL_CONTEXT)
"""Encoder lengths in frames. A row's length depends on its own window alone, so that its text does
not depend on its neighbours; few lengths, so that rows still share a batch."""
TAIL = 50
"""Frames of silence after a window that a short context keeps."""
SMALL_FILE = 32 * 2**20
HEADS = ((100 * 2**20, 6), (200 * 2**20, 8), (600 * 2**20, 12), (1800 * 2**20, 16), (2**62, 20))
"""Attention heads of a published checkpoint by the size of its weights in bytes; their scores over
a whole window are what takes most memory while encoding."""
CACHED_SCORES = 32 * 2**20
"""Bytes of attention scores that a CPU encodes at once."""
HONOURS = frozenset(
    {
        "task", "timestamps", "beam_size", "best_of", "patience", "length_penalty", "temperature",
        "repetition_penalty", "no_repeat_ngram_size", "suppress_tokens", "max_new_tokens",
        "language", "prompt", "prefix",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FasterWhisperSpec:
    """The entry point of this engine."""

    name: str = "faster-whisper"
    needs: tuple[str, ...] = ("faster_whisper", "ctranslate2")
    extra: str | None = None

    def memory(self, files: ModelFiles, place: Placement) -> int:
        """About the bytes of the weights at the wanted precision, and of a batch's attention."""
        widths = {"float32": 4.0, "float16": 2.0, "bfloat16": 2.0, "int16": 2.0}
        # the files do not say their precision: published ones are float16, ours int8
        stored = 1.0 if files.size <= SMALL_FILE else 2.0
        weights = files.size * widths.get(place.compute_type, 1.0) / stored
        if place.device == "cpu":
            weights *= 1.7  # packed matrices and float32 embeddings lie beside the weights
        heads = guess_heads(files.size)
        frames = 1050 if files.card.short_context else FULL_CONTEXT
        scores = heads * (frames // 2) ** 2 * (4 if place.device == "cpu" else 2)
        return int(weights + place.workers * place.batch * scores)

    def load(self, files: ModelFiles, place: Placement) -> "FasterWhisper":
        """Load the checkpoint.

        Raises:
            ModelDamagedError: CTranslate2 cannot read the files.
            MemoryExhaustedError: the device has no room.
        """
        try:
            with _named_failures(f"loading {files.name!r}"):
                model = faster_whisper.WhisperModel(
                    str(files.path),
                    device=place.device,
                    device_index=place.device_index,
                    compute_type=place.compute_type,
                    cpu_threads=max(1, place.threads // place.workers),
                    num_workers=place.workers,
                )
        except MemoryExhaustedError:
            raise
        except (EngineError, ValueError, OSError) as error:
            raise ModelDamagedError(
                f"model {files.name!r} at {str(files.path)!r} cannot be loaded: {error}",
                hint=f"hansard models verify {files.name}",
            ) from error
        return FasterWhisper(model, files, place)


class FasterWhisper:
    """A loaded checkpoint."""

    def __init__(self, model: Any, files: ModelFiles, place: Placement) -> None:
        self.model = model
        self.card = files.card
        self._heads = guess_heads(files.size)
        multilingual = bool(model.model.is_multilingual)
        can_translate = multilingual and files.card.translates
        self.info = EngineInfo(
            name=SPEC.name,
            version=f"faster-whisper {version('faster-whisper')}, "
            f"ctranslate2 {ctranslate2.__version__}",
            model=files.name,
            digest=files.digest,
            device=place.device,
            compute_type=str(model.model.compute_type),
            languages=frozenset(model.supported_languages),
            tasks=frozenset({"transcribe", "translate"} if can_translate else {"transcribe"}),
            honours=HONOURS,
            longest=CONTEXT,
            suits=files.card.window,
            batch=place.batch,
            parallel=place.workers,
            words="align",
            punctuates=files.card.punctuates,
            conditions=files.card.conditions,
            repeatable=True,
        )

    def encode(self, windows: Sequence[Window]) -> "FasterWhisperBatch":
        """Compute features and run the encoder.

        Raises:
            MemoryExhaustedError: the batch does not fit.
        """
        return FasterWhisperBatch(self, windows)

    def close(self) -> None:
        """Free the weights."""
        self.model.model.unload_model()

    def tokenizer(self, language: str | None, task: str) -> Any:
        """The checkpoint's tokenizer, set to a language and task."""
        if not self.model.model.is_multilingual:
            return Tokenizer(self.model.hf_tokenizer, False)
        return Tokenizer(self.model.hf_tokenizer, True, task=task, language=language or "en")

    def features(self, window: Window) -> "NDArray[np.float32]":
        """The window's log-mel features, padded with zeros; shape (mels, frames)."""
        samples = window.sound.read(window.start, window.end)
        extractor = self.model.feature_extractor
        shortest = extractor.n_fft  # the transform needs one whole frame
        if len(samples) < shortest:
            samples = np.pad(samples, (0, shortest - len(samples)))
        mel = extractor(samples)[:, : -(-len(samples) // extractor.hop_length)]
        padded = np.zeros((mel.shape[0], self._context(mel.shape[1])), dtype=np.float32)
        used = min(padded.shape[1], mel.shape[1])
        padded[:, :used] = mel[:, :used]
        return padded

    def encode_features(self, features: Sequence["NDArray[np.float32]"]) -> Any:
        """The encoder's output for rows of one length.

        On a CPU few rows go at once: the attention scores of more than one long window outgrow its
        caches, and a batch takes longer than its rows one by one. Decoding gains from the batch.
        """
        rows = len(features)
        if self.info.device == "cpu":
            scores = self._heads * (features[0].shape[1] // 2) ** 2 * 4
            rows = max(1, CACHED_SCORES // scores)
        if rows >= len(features):
            return self.model.encode(np.stack(features))
        parts = [
            np.array(self.model.encode(np.stack(features[first : first + rows])))
            for first in range(0, len(features), rows)
        ]
        return ctranslate2.StorageView.from_array(np.concatenate(parts))

    def _context(self, frames: int) -> int:
        if not self.card.short_context:
            return FULL_CONTEXT
        return next((c for c in SHORT_CONTEXTS if c >= frames + TAIL), FULL_CONTEXT)


class FasterWhisperBatch:
    """Windows that the encoder has read."""

    def __init__(self, engine: FasterWhisper, windows: Sequence[Window]) -> None:
        self._engine = engine
        self._windows = tuple(windows)
        self._model = engine.model.model
        features = [engine.features(window) for window in windows]
        self._parts: list[tuple[tuple[int, ...], Any]] = []
        order = sorted(range(len(features)), key=lambda row: features[row].shape[1])
        for _, rows in groupby(order, key=lambda row: features[row].shape[1]):
            chosen = tuple(sorted(rows))
            with _named_failures(f"encoding {len(chosen)} windows"):
                self._parts.append((chosen, engine.encode_features([features[r] for r in chosen])))

    def detect(self) -> Sequence[Mapping[str, float]]:
        """For each row, how probable each language is."""
        found: dict[int, Mapping[str, float]] = {}
        for rows, encoded in self._parts:
            if not self._model.is_multilingual:
                found.update((row, {"en": 1.0}) for row in rows)
                continue
            for row, ranked in zip(rows, self._model.detect_language(encoded), strict=True):
                found[row] = {token[2:-2]: float(share) for token, share in ranked}
        return [found[row] for row in range(len(self._windows))]

    def decode(
        self, asks: Sequence[Ask], options: DecodeOptions
    ) -> Iterator[tuple[int, Hypothesis]]:
        """Rows with their hypotheses, a sub-batch at a time.

        Raises:
            MemoryExhaustedError: the search does not fit.
        """
        for rows, encoded in self._parts:
            here = [ask for ask in asks if ask.row in rows]
            prompts = {ask.row: self._prompt(ask, options) for ask in here}
            here.sort(key=lambda ask: (len(prompts[ask.row]), ask.language or "", ask.row))
            # one call wants the start token at one index
            for _, group in groupby(here, key=lambda ask: len(prompts[ask.row])):
                chosen = list(group)
                yield from self._search(chosen, prompts, _take(encoded, rows, chosen), options)

    def align(self, said: Mapping[int, Hypothesis]) -> Mapping[int, tuple[Word, ...]]:
        """When each word was said, by dynamic time warping over cross-attention.

        One call to the decoder for each sub-batch and language. The method is openai-whisper's:
        heads named by the checkpoint, median filter of 7, DTW; see its `timing.py`.
        """
        timed: dict[int, tuple[Word, ...]] = {}
        for rows, encoded in self._parts:
            here = sorted(row for row in rows if row in said)
            by_language = sorted(here, key=lambda row: said[row].language or "")
            for language, group in groupby(by_language, key=lambda row: said[row].language):
                chosen = list(group)
                subset = _take(encoded, rows, [Ask(row) for row in chosen])
                timed.update(self._align(chosen, said, subset, language))
        return timed

    def close(self) -> None:
        """Free the encoder's output."""
        self._parts.clear()

    def _prompt(self, ask: Ask, options: DecodeOptions) -> list[int]:
        tokenizer = self._engine.tokenizer(ask.language, options.task)
        before = tokenizer.encode(" " + ask.prompt.strip()) if ask.prompt.strip() else []
        prompt: list[int] = self._engine.model.get_prompt(
            tokenizer,
            before,
            without_timestamps=not options.timestamps,
            prefix=ask.prefix or None,
        )
        return prompt

    def _search(
        self,
        asks: Sequence[Ask],
        prompts: Mapping[int, list[int]],
        encoded: Any,
        options: DecodeOptions,
    ) -> Iterator[tuple[int, Hypothesis]]:
        given = [prompts[ask.row] for ask in asks]
        limit, allowed = _limit(len(given[0]), options.max_new_tokens)
        tokenizer = self._engine.tokenizer(asks[0].language, options.task)
        with _named_failures(f"decoding {len(asks)} windows"):
            results = self._model.generate(
                encoded, given, max_length=limit, **_search_settings(tokenizer, options)
            )
        table = TokenTable(tokenizer.eot, tokenizer.timestamp_begin, tokenizer.decode)
        penalty = 1.0 if options.length_penalty is None else options.length_penalty
        for ask, result in zip(asks, results, strict=True):
            tokens = result.sequences_ids[0]
            window = self._windows[ask.row]
            total = result.scores[0] * len(tokens) ** penalty
            yield (
                ask.row,
                Hypothesis(
                    pieces=split_pieces(tokens, table, window.start, window.end),
                    language=ask.language or tokenizer.language_code,
                    avg_logprob=total / (len(tokens) + 1),
                    no_speech_prob=float(result.no_speech_prob),
                    finished=len(tokens) < allowed,
                ),
            )

    def _align(
        self,
        rows: Sequence[int],
        said: Mapping[int, Hypothesis],
        encoded: Any,
        language: str | None,
    ) -> Iterator[tuple[int, tuple[Word, ...]]]:
        tokenizer = self._engine.tokenizer(language, "transcribe")
        texts = [
            # a text that was given has no tokens yet
            [token for p in said[row].pieces for token in p.tokens or tokenizer.encode(p.text)]
            for row in rows
        ]
        frames = [self._frames(row) for row in rows]
        with _named_failures(f"aligning {len(rows)} windows"):
            found = self._engine.model.find_alignment(tokenizer, texts, encoded, frames)
        for row, words in zip(rows, found, strict=True):
            start, end = self._windows[row].start, self._windows[row].end
            yield row, attach_punctuation([_word(word, start, end) for word in words])

    def _frames(self, row: int) -> int:
        window = self._windows[row]
        return max(2, min(FULL_CONTEXT, round((window.end - window.start) * FRAMES_PER_SECOND)))


def guess_heads(size: int) -> int:
    """Attention heads of a checkpoint whose weights take `size` bytes."""
    return next(heads for limit, heads in HEADS if size <= limit)


def _word(found: Mapping[str, Any], start: float, end: float) -> Word:
    probability = float(found["probability"])
    return Word(
        text=found["word"],
        start=min(start + float(found["start"]), end),
        end=min(start + float(found["end"]), end),
        probability=probability,
        method="cross-attention",
        tokens=tuple(found["tokens"]),
    )


def _search_settings(tokenizer: Any, options: DecodeOptions) -> dict[str, Any]:
    """CTranslate2's names for what was asked; what was not asked is left to it."""
    sampling = bool(options.temperature)
    suppressed = (-1,) if options.suppress_tokens is None else options.suppress_tokens
    asked = {
        "beam_size": 1 if sampling else options.beam_size,
        "num_hypotheses": 1,
        "patience": options.patience,
        "length_penalty": 1.0 if options.length_penalty is None else options.length_penalty,
        "repetition_penalty": options.repetition_penalty,
        "no_repeat_ngram_size": options.no_repeat_ngram_size,
        "sampling_temperature": options.temperature if sampling else None,
        "sampling_topk": 0 if sampling else None,
        "suppress_tokens": get_suppressed_tokens(tokenizer, list(suppressed)),
    }
    if sampling and options.best_of:
        asked["num_hypotheses"] = options.best_of
    given = {name: value for name, value in asked.items() if value is not None}
    return {**given, "return_scores": True, "return_no_speech_prob": True}


def _limit(prompt: int, wanted: int | None) -> tuple[int, int]:
    """CTranslate2's `max_length`, and how many new tokens it allows with it.

    It stops at half of `max_length`, or where prompt and text together reach it.
    """
    new = wanted or MAX_TOKENS
    limit = min(MAX_TOKENS, max(2 * new, prompt + new))
    return limit, min(limit // 2, limit - prompt)


def _take(encoded: Any, rows: Sequence[int], asks: Sequence[Ask]) -> Any:
    """The encoder's output for some rows of a sub-batch, in the order of `asks`."""
    wanted = [rows.index(ask.row) for ask in asks]
    if wanted == list(range(len(rows))):
        return encoded
    on_host = encoded.to_device(ctranslate2.Device.cpu)
    return ctranslate2.StorageView.from_array(np.ascontiguousarray(np.array(on_host)[wanted]))


NO_MEMORY = ("out of memory", "bad_alloc", "allocat", "temporarily unavailable")
"""How CTranslate2 says that memory is short; the last where a thread gets no stack."""


@contextmanager
def _named_failures(deed: str) -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise MemoryExhaustedError(f"out of memory while {deed}") from error
    except RuntimeError as error:
        if any(sign in str(error).lower() for sign in NO_MEMORY):
            raise MemoryExhaustedError(f"out of memory while {deed}: {error}") from error
        raise EngineError(f"CTranslate2 failed while {deed}: {error}") from error


SPEC = FasterWhisperSpec()
