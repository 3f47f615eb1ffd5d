"""Clips, windows and vocabularies for tests of training."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from hansard.testing.checkpoints import Files, random_checkpoint
from hansard.training.fitting.clips import Clip
from hansard.training.fitting.labels import IGNORED, Labels
from hansard.training.fitting.options import SampleOptions
from hansard.training.fitting.vocabulary import Vocabulary, read_vocabulary
from hansard.training.fitting.windows import Part, Window

DEMO = Path(str(files("hansard"))) / "data" / "demo" / "hf"
PLAIN = SampleOptions(
    pack=0.0, timestamp_probability=0.0, condition_on_prev_probability=0.0, no_speech_share=0.0
)
"""Clips one by one, without anything that is drawn."""


@cache
def demo_vocabulary() -> Vocabulary:
    """That of the bundled model, of English alone."""
    return read_vocabulary(DEMO)


def make_multilingual(folder: Path) -> Path:
    """A model that knows 99 languages and nothing else, in Hugging Face's layout."""
    return random_checkpoint(folder, files=Files(layout="transformers"))


def rewrite(path: Path, **changes: Any) -> None:
    """Change fields of a JSON file; None takes one out."""
    told = {**json.loads(path.read_bytes()), **changes}
    kept = {name: value for name, value in told.items() if value is not None}
    path.write_text(json.dumps(kept), encoding="utf-8")


def make_clip(ident: str = "a", text: str = "Good morning.", **fields: Any) -> Clip:
    """A clip of two seconds; `fields` are stronger."""
    return Clip(
        **{
            "id": ident,
            "text": text,
            "duration": 2.0,
            "language": None,
            "group": "one",
            **fields,
        }
    )


def make_window(*clips: Clip, gap: float = 0.5, **fields: Any) -> Window:
    """Clips one after another, a gap between them."""
    parts = []
    end = 0.0
    for number, clip in enumerate(clips):
        start = end + (gap if number else 0.0)
        parts.append(Part(clip, start))
        end = start + clip.duration
    language = clips[0].language if clips else None
    usual = {"key": "k", "duration": end or 3.0, "language": language}
    return Window(parts=tuple(parts), **{**usual, **fields})


def whole(labels: Labels, vocabulary: Vocabulary) -> list[int]:
    """All tokens of labels: what is given, and the last one, which is only answered."""
    assert labels.targets[-1] == vocabulary.end
    return [*labels.inputs, labels.targets[-1]]


def answers(labels: Labels) -> list[int]:
    """The targets that count."""
    return [target for target in labels.targets if target != IGNORED]
