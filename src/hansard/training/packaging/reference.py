"""The trained model as transformers runs it: what a conversion is measured against."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import transformers

from hansard.audio import SAMPLE_RATE
from hansard.errors import ModelDamagedError
from hansard.models.engines.whisper import TokenTable, split_pieces
from hansard.models.hub import ModelCard
from hansard.training.packaging.fidelity import MOST_TOKENS, Read, Tongue
from hansard.training.packaging.timing import crop, token_times

if TYPE_CHECKING:
    from numpy.typing import NDArray


_HOP = 160
_RATE = 100
_FULL = 3000
_CONTEXTS = (1050, 2000, _FULL)
"""Frames that a window is padded to where the model's card allows short ones, as it is served."""
_TAIL = 50


class Reference:
    """A Whisper in float32, on the CPU."""

    def __init__(self, folder: Path, card: ModelCard, threads: int = 0) -> None:
        """Load the weights; `threads` are for torch in this whole process, 0 = as it likes.

        Raises:
            ModelDamagedError: they cannot be loaded, or hold what is no number.
        """
        self._short = card.short_context
        if threads:
            torch.set_num_threads(threads)
        try:
            self._model: Any = _quietly(
                transformers.WhisperForConditionalGeneration.from_pretrained,
                str(folder),
                dtype=torch.float32,
                attn_implementation="eager",  # the others give no attention away
                local_files_only=True,
                use_safetensors=True,
            ).eval()
            self._extractor = transformers.WhisperFeatureExtractor.from_pretrained(
                str(folder), local_files_only=True
            )
            self.tokenizer: Any = transformers.WhisperTokenizerFast.from_pretrained(
                str(folder), local_files_only=True
            )
        except Exception as error:  # whatever the library makes of a stranger's files
            raise ModelDamagedError(
                f"transformers cannot load {str(folder)!r}: {error}",
                hint="the folder may be incomplete; save the model again",
            ) from error
        _check_numbers(self._model)
        self._positions = self._model.model.encoder.embed_positions.weight
        self._model.generation_config.max_length = None  # `max_new_tokens` says how many

    @property
    def shape(self) -> tuple[int, int]:
        """Layers of the decoder, and heads in each."""
        config = self._model.config
        return config.decoder_layers, config.decoder_attention_heads

    @property
    def suppressed(self) -> tuple[int, ...]:
        """Tokens that its generation config forbids."""
        return tuple(self._model.generation_config.suppress_tokens or ())

    def set_heads(self, heads: Sequence[tuple[int, int]]) -> None:
        """Choose the heads that word times are read from."""
        self._model.generation_config.alignment_heads = [list(head) for head in heads]

    def read(self, samples: "NDArray[np.float32]", tongue: Tongue) -> Read:
        """Read a clip greedily: once with timestamps, once without; time its words."""
        features, frames = self._features(samples)
        said = self._generate(features, frames, tongue, return_timestamps=True)
        plain = self._generate(
            features, frames, tongue, return_timestamps=False, return_token_timestamps=True
        )
        table = TokenTable(self._id("<|endoftext|>"), self._id("<|notimestamps|>") + 1, self._text)
        written = [token for segment in said["segments"][0] for token in segment["tokens"].tolist()]
        seconds = len(samples) / SAMPLE_RATE
        pieces = split_pieces(written, table, 0.0, seconds)
        sequence = plain["sequences"][0].tolist()
        text = [place for place, token in enumerate(sequence) if token < table.end_of_text]
        tokens = tuple(sequence[place] for place in text)
        generated = plain["token_timestamps"][0].double().numpy()[text]
        return Read(pieces, tokens, self._times(features, frames, tokens, tongue), generated)

    def attention(
        self, samples: "NDArray[np.float32]", text: str, tongue: Tongue
    ) -> "NDArray[np.float32]":
        """Where each head looks as the decoder is made to write `text`.

        Shape: (layers * heads, tokens, frames of the clip); no tokens where the text is too long.
        """
        features, frames = self._features(samples)
        tokens = self.tokenizer.encode(" " + text.strip(), add_special_tokens=False)
        start = self._start(tongue)
        if len(start) + len(tokens) > self._model.config.max_target_positions:
            return np.zeros((math.prod(self.shape), 0, frames // 2), dtype=np.float32)
        found = self._attend(features, [*start, *tokens])
        found = found.reshape(-1, *found.shape[2:])
        # the row of the token before is where the decoder looked to write this one
        return found[:, len(start) - 1 : -1, : frames // 2]

    def _times(
        self, features: Any, frames: int, tokens: Sequence[int], tongue: Tongue
    ) -> "NDArray[np.float64]":
        if not tokens:
            return np.zeros(1)
        start = self._start(tongue)
        found = self._attend(features, [*start, *tokens, self._id("<|endoftext|>")])
        heads = self._model.generation_config.alignment_heads
        chosen = np.stack([found[layer, head] for layer, head in heads])
        return token_times(crop(chosen, max(1, frames // 2)), len(start) - 1)

    def _attend(self, features: Any, tokens: Sequence[int]) -> "NDArray[np.float32]":
        """Cross-attention of all heads; shape (layers, heads, tokens, frames)."""
        with torch.no_grad():
            made = self._model(
                features,
                decoder_input_ids=torch.tensor([tokens]),
                output_attentions=True,
                use_cache=False,
            )
        stacked: NDArray[np.float32] = torch.stack(made.cross_attentions)[:, 0].numpy()
        return stacked

    def _generate(self, features: Any, frames: int, tongue: Tongue, **asked: bool) -> Any:
        said = {} if tongue.language is None else {"language": tongue.language, "task": tongue.task}
        mask = torch.zeros((1, features.shape[-1]), dtype=torch.long)
        mask[0, :frames] = 1
        with torch.no_grad():
            return _quietly(
                self._model.generate,
                features,
                attention_mask=mask,
                max_new_tokens=MOST_TOKENS,
                num_beams=1,
                do_sample=False,
                return_dict_in_generate=True,
                return_segments=True,
                **said,
                **asked,
            )

    def _features(self, samples: "NDArray[np.float32]") -> tuple[Any, int]:
        """Log-mel features, padded with zeros as faster-whisper pads, and the clip's frames."""
        frames = max(2, -(-len(samples) // _HOP))
        given = np.pad(samples, (0, max(_HOP, 400 - len(samples))))
        made = self._extractor(
            given, sampling_rate=SAMPLE_RATE, padding="do_not_pad", truncation=False,
            return_tensors="np",
        ).input_features[0][:, :frames]  # fmt: skip
        context = self._context(frames)
        padded = torch.zeros((1, made.shape[0], context))
        padded[0, :, : made.shape[1]] = torch.from_numpy(made)
        self._set_context(context)
        spoken = max(2, min(_FULL, round(len(samples) / SAMPLE_RATE * _RATE)))
        return padded, spoken

    def _context(self, frames: int) -> int:
        if not self._short:
            return _FULL
        return next((one for one in _CONTEXTS if one >= frames + _TAIL), _FULL)

    def _set_context(self, frames: int) -> None:
        """Have the encoder take windows of so many frames; transformers would take 30 s alone."""
        encoder = self._model.model.encoder
        if encoder.embed_positions.weight.shape[0] != frames // 2:
            encoder.embed_positions = torch.nn.Embedding.from_pretrained(
                self._positions[: frames // 2].detach().clone()
            )
            self._model.config.max_source_positions = frames // 2

    def _start(self, tongue: Tongue) -> list[int]:
        names = ["startoftranscript"]
        if tongue.language is not None:
            names += [tongue.language, tongue.task or "transcribe"]
        return [self._id(f"<|{name}|>") for name in (*names, "notimestamps")]

    def _id(self, token: str) -> int:
        return int(self.tokenizer.convert_tokens_to_ids(token))

    def _text(self, tokens: Sequence[int]) -> str:
        text: str = self.tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text


def _check_numbers(model: Any) -> None:
    for name, weight in model.state_dict().items():
        if not bool(torch.isfinite(weight).all()):
            raise ModelDamagedError(
                f"the weights {name!r} hold what is no number (NaN or infinity)",
                hint="the training went astray; take an earlier checkpoint, or train with a lower "
                "learning rate or in bf16",
            )


def complete(folder: Path, config: Mapping[str, Any]) -> tuple[str, ...]:
    """Make the tokeniser's and the extractor's file where only their parts are there.

    Returns the names of the files that were made.

    Raises:
        ModelDamagedError: there is nothing to make them of.
    """
    made = []
    if not (folder / "tokenizer.json").exists():
        try:
            tokenizer = transformers.WhisperTokenizerFast.from_pretrained(
                str(folder), local_files_only=True
            )
            tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
        except Exception as error:  # whatever the library makes of a stranger's files
            raise ModelDamagedError(
                f"{str(folder)!r} has no tokenizer.json, and none can be made: {error}",
                hint="copy tokenizer.json there from the model that the training began with",
            ) from error
        made.append("tokenizer.json")
    if not (folder / "preprocessor_config.json").exists():
        bands = config.get("num_mel_bins", 80)
        transformers.WhisperFeatureExtractor(feature_size=bands).save_pretrained(str(folder))
        made.append("preprocessor_config.json")
    return tuple(made)


def halve(weights: Path) -> None:
    """Store the weights as float16."""
    from safetensors.torch import load_file, save_file

    halved = {
        name: value.half() if value.is_floating_point() else value
        for name, value in load_file(str(weights)).items()
    }
    save_file(halved, str(weights), metadata={"format": "pt"})


def _quietly(deed: Any, *given: Any, **named: Any) -> Any:
    """Do it without the library's bars and advice."""
    settings = transformers.utils.logging
    level, bars = settings.get_verbosity(), settings.is_progress_bar_enabled()
    settings.set_verbosity_error()
    settings.disable_progress_bar()
    try:
        return deed(*given, **named)
    finally:
        settings.set_verbosity(level)
        if bars:
            settings.enable_progress_bar()
