"""The model that learns: loaded, frozen or given LoRA matrices, its loss, its export."""

import json
import shutil
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from hansard.errors import ModelDamagedError
from hansard.storage.files import current_umask
from hansard.training.fitting.labels import IGNORED
from hansard.training.fitting.options import LearnOptions

_LORA_LAYERS = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")
_COPIED = (
    "tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt", "normalizer.json",
    "special_tokens_map.json", "added_tokens.json", "preprocessor_config.json",
    "processor_config.json", "hansard.json",
)  # fmt: skip


class Learner(nn.Module):  # type: ignore[misc]
    """A Whisper and its loss."""

    def __init__(self, model: Any, options: LearnOptions, letters: int = 0) -> None:
        """`letters` is how many an auxiliary loss can spell; 0 = there is none."""
        super().__init__()
        self.model = model
        self._smoothing = options.label_smoothing
        self._ctc = options.ctc_weight if letters else 0.0
        self.speller = nn.Linear(model.config.d_model, letters + 1) if self._ctc else None

    @property
    def whisper(self) -> Any:
        """The Whisper itself, whatever is wrapped around it."""
        return self.model.get_base_model() if hasattr(self.model, "peft_config") else self.model

    def forward(self, features: Any, inputs: Any, targets: Any, spelt: Any = None) -> Any:
        """Cross entropy, summed over the targets that count; smoothed while training alone.

        Shapes: features (rows, bands, frames), inputs and targets (rows, tokens). `spelt` holds
        letters (rows, letters) from 1, how many there are, and how many of the encoder's steps hold
        sound; with it the CTC loss is mixed in (Graves et al. 2006).
        """
        whisper = self.whisper
        heard = encode(whisper.model.encoder, features)
        said = whisper.model.decoder(
            input_ids=inputs, encoder_hidden_states=heard, use_cache=False
        ).last_hidden_state
        counted = targets != IGNORED
        scores = whisper.proj_out(said[counted])  # only where it counts: most of the work is here
        smoothing = self._smoothing if self.training else 0.0
        loss = nn.functional.cross_entropy(
            scores.float(), targets[counted], reduction="sum", label_smoothing=smoothing
        )
        if spelt is None or self.speller is None:
            return loss
        return (1 - self._ctc) * loss + self._ctc * _spelling_loss(self.speller(heard), *spelt)


def _spelling_loss(scores: Any, letters: Any, counts: Any, steps: Any) -> Any:
    likely = scores.float().log_softmax(-1).transpose(0, 1)
    return nn.functional.ctc_loss(
        likely, letters, steps, counts, reduction="sum", zero_infinity=True
    )


def encode(encoder: Any, features: Any) -> Any:
    """What the encoder makes of features of any length up to 30 s; transformers wants 30 s alone.

    Shapes: (rows, bands, frames) to (rows, frames / 2, width). Positions are counted from the
    window's beginning, as in Whisper, and simply end earlier.
    """
    frozen = not any(parameter.requires_grad for parameter in encoder.parameters())
    with torch.set_grad_enabled(torch.is_grad_enabled() and not frozen):
        hidden = nn.functional.gelu(encoder.conv1(features))
        hidden = nn.functional.gelu(encoder.conv2(hidden)).permute(0, 2, 1)
        hidden = hidden + encoder.embed_positions.weight[: hidden.shape[1]]
        hidden = nn.functional.dropout(hidden, p=encoder.dropout, training=encoder.training)
        for layer in encoder.layers:
            found = layer(hidden, None)
            hidden = found[0] if isinstance(found, tuple) else found
        return encoder.layer_norm(hidden)


def load(
    folder: Path, options: LearnOptions, *, letters: int = 0, checkpointing: bool = False
) -> Learner:
    """The model in `folder` in float32, ready to learn what `options` say.

    Raises:
        ModelDamagedError: it cannot be loaded, or is no Whisper.
    """
    from transformers import WhisperForConditionalGeneration

    try:
        model, found = WhisperForConditionalGeneration.from_pretrained(
            str(folder), dtype=torch.float32, attn_implementation="sdpa", local_files_only=True,
            output_loading_info=True,
        )  # fmt: skip
    except Exception as error:  # whatever the library makes of a stranger's files
        raise ModelDamagedError(
            f"the model in {str(folder)!r} cannot be loaded: {str(error).partition(chr(10))[0]}",
            hint="start from a Whisper in Hugging Face's layout: config.json, model.safetensors",
        ) from error
    if found["missing_keys"]:  # the library makes them up
        raise ModelDamagedError(
            f"the model in {str(folder)!r} cannot be loaded: no {min(found['missing_keys'])}",
            hint="fetch it again",
        )
    model.config.use_cache = False
    if checkpointing:
        # its name in transformers 5, and the one before
        enable = getattr(model, "activation_checkpointing_enable", None)
        (enable or model.gradient_checkpointing_enable)()
    # sinusoids are given; transformers forgets that on loading
    model.model.encoder.embed_positions.weight.requires_grad = False
    if options.method == "frozen-encoder":
        for parameter in model.model.encoder.parameters():
            parameter.requires_grad = False
    elif options.method == "lora":
        model = _with_lora(model, options)
    return Learner(model, options, letters)


def _with_lora(model: Any, options: LearnOptions) -> Any:
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=options.lora_rank,
        lora_alpha=options.lora_alpha,
        lora_dropout=options.lora_dropout,
        target_modules=list(_LORA_LAYERS),
        bias="none",
    )
    with warnings.catch_warnings():  # peft asks transformers by a name that is on its way out
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(model, config)


def groups_of(learner: Learner, weight_decay: float) -> list[dict[str, Any]]:
    """Parameters that learn, in two groups: matrices with weight decay, the rest without."""
    named: Iterable[tuple[str, Any]] = learner.named_parameters()
    learning = [parameter for _, parameter in named if parameter.requires_grad]
    return [
        {"params": [p for p in learning if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in learning if p.ndim < 2], "weight_decay": 0.0},
    ]


def count_parameters(learner: Learner) -> tuple[int, int]:
    """How many numbers it has, and how many of them learn."""
    sizes = [(p.numel(), p.requires_grad) for p in learner.parameters()]
    return sum(n for n, _ in sizes), sum(n for n, learns in sizes if learns)


def export(learner: Learner, start: Path, folder: Path, facts: Mapping[str, Any]) -> None:
    """Write a whole model in Hugging Face's layout: LoRA merged in, tokenizer and processor beside.

    Weights are written as float16. `facts` are put into generation_config.json (`language`,
    `task`), and under `hansard` into hansard.json, the model's card.
    """
    from transformers import WhisperForConditionalGeneration

    weights = {name: value.half() for name, value in _merged(learner)}
    whisper = learner.whisper
    config = whisper.config.__class__.from_dict({**whisper.config.to_dict(), "use_cache": True})
    config.dtype = torch.float16
    folder.mkdir(parents=True, exist_ok=True)
    with torch.device("meta"):
        shell = WhisperForConditionalGeneration(config)
    shell.generation_config = whisper.generation_config
    shell.save_pretrained(str(folder), state_dict=weights, safe_serialization=True)
    (folder / "model.safetensors").chmod(0o666 & ~current_umask())  # made for one user alone
    for name in _COPIED:
        if (start / name).exists():
            shutil.copyfile(start / name, folder / name)
    _note(folder / "generation_config.json", {k: v for k, v in facts.items() if k != "hansard"})
    if facts.get("hansard"):
        _note(folder / "hansard.json", facts["hansard"])


def _merged(learner: Learner) -> Iterator[tuple[str, Any]]:
    """Weights by their plain names, LoRA's products added where they belong."""
    if not hasattr(learner.model, "peft_config"):
        for name, value in learner.model.state_dict().items():
            if name != "proj_out.weight":  # the same as the embedding
                yield name, value.detach().cpu()
        return
    layers: dict[str, Any] = dict(learner.whisper.named_modules())
    for name, value in learner.whisper.state_dict().items():
        if "lora_" in name or name == "proj_out.weight":
            continue
        plain = name.replace(".base_layer.", ".")
        made = value.detach().cpu()
        layer = layers.get(plain.rpartition(".")[0])
        if plain.endswith(".weight") and layer is not None and hasattr(layer, "get_delta_weight"):
            made = made + layer.get_delta_weight("default").detach().cpu()
        yield plain, made


def _note(path: Path, facts: Mapping[str, Any]) -> None:
    told = json.loads(path.read_bytes()) if path.exists() else {}
    path.write_text(json.dumps({**told, **facts}, indent=2) + "\n", encoding="utf-8")
