"""Whisper checkpoints made here, with numpy alone: for tests and measurements without a download.

    folder = scripted_checkpoint(tmp_path / "hr", Script(
        transcribe="Dobar dan svima", translate="Good day everyone", languages={"hr": 1.0}))

A *random* checkpoint has a Whisper's shape and no sense. A *scripted* one has random weights of
full size, so that it costs what a trained one costs, and a text that it writes whatever it hears,
so that every engine can be checked to have done the same work before its time is compared.
"""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from hansard.testing.checkpoint_folders import (
    Heads,
    Precision,
    in_precision,
    write_transformers,
)
from hansard.testing.checkpoint_script import Script, plan_rules, schedule
from hansard.testing.checkpoint_stage import write_clock, write_script
from hansard.testing.checkpoint_vocabulary import Vocabulary, build_vocabulary
from hansard.testing.checkpoint_weights import (
    SHAPES,
    SMALLEST,
    Weights,
    WhisperShape,
    random_weights,
)

__all__ = [
    "SHAPES",
    "SMALLEST",
    "Files",
    "Script",
    "WhisperShape",
    "random_checkpoint",
    "scripted_checkpoint",
]

SCRIPTED_GAIN = 0.02
"""How much of what residual branches add at random a script tolerates: next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """How a checkpoint is written."""

    layout: Literal["ctranslate2", "transformers"] = "ctranslate2"
    precision: Precision = "float32"
    """`int8` only as CTranslate2."""


def random_checkpoint(
    folder: Path,
    *,
    shape: WhisperShape = SMALLEST,
    multilingual: bool = True,
    seed: int = 0,
    files: Files = Files(),
) -> Path:
    """A checkpoint with random weights; the same seed gives the same files. Returns the folder."""
    vocabulary = build_vocabulary((), multilingual=multilingual)
    weights = random_weights(shape, len(vocabulary.ids), seed=seed)
    later = range(shape.decoder_layers // 2, shape.decoder_layers)
    heads = list(product(later, range(shape.heads)))
    return write(folder, weights, shape, vocabulary, (heads, files))


def scripted_checkpoint(
    folder: Path,
    script: Script,
    *,
    shape: WhisperShape = SMALLEST,
    seed: int = 0,
    files: Files = Files(),
) -> Path:
    """A checkpoint that detects and writes what `script` says. Returns the folder.

    Raises:
        UsageError: the script repeats a word, names an unknown language, or is too long.
    """
    vocabulary = build_vocabulary(script.words, multilingual=bool(script.languages))
    rules = plan_rules(script, vocabulary)
    weights = random_weights(shape, len(vocabulary.ids), seed=seed, gain=SCRIPTED_GAIN)
    write_script(weights, shape, vocabulary, rules)
    last_of_prompt = 3 if vocabulary.multilingual else 1  # start, language, task, no timestamps
    write_clock(weights, shape, last_of_prompt, schedule(script))
    heads: Heads = [(shape.decoder_layers - 1, 0)]
    return write(folder, weights, shape, vocabulary, (heads, files))


def write(
    folder: Path,
    weights: Weights,
    shape: WhisperShape,
    vocabulary: Vocabulary,
    kind: tuple[Heads, Files],
) -> Path:
    """The weights in the layout that was asked for."""
    heads, files = kind
    folder.mkdir(parents=True, exist_ok=True)
    if files.layout == "transformers":
        converted = in_precision(weights, files.precision)
        write_transformers(folder, converted, shape, vocabulary, heads)
    else:
        from hansard.testing.checkpoint_ctranslate2 import write_ctranslate2

        write_ctranslate2(folder, weights, shape, vocabulary, (heads, files.precision))
    return folder
