"""What models heard, as JSON lines that other tools read.

The fields are those of NeMo's manifests and of the Open ASR leaderboard: `audio_filepath`,
`duration`, `text`, `pred_text` and `time` of the first model, `pred_text_NAME` and `time_NAME` of
the others.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hansard.evaluation.values import Evaluation, Utterance
from hansard.storage.files import write_whole


def write_predictions(evaluation: Evaluation, path: Path) -> Path:
    """Write one line for each utterance; audio is named relative to the file's folder.

    Raises:
        OutputError: it cannot be written.
    """
    folder = path.absolute().parent
    lines = (json.dumps(fields, ensure_ascii=False) + "\n" for fields in _lines(evaluation, folder))
    return write_whole(path, "".join(lines))


def _lines(evaluation: Evaluation, folder: Path) -> Iterator[dict[str, Any]]:
    first, *others = evaluation.scores
    heard = [{each.utterance.id: each.utterance for each in one.scored} for one in others]
    for each in first.scored:
        one = each.utterance
        fields: dict[str, Any] = {
            "id": one.id,
            "audio_filepath": None if one.audio is None else _relative(one.audio, folder),
            "offset": one.start or None,
            "duration": one.duration,
            "text": one.reference,
            **_prediction(one, ""),
            "language": one.language,
            "speaker": one.speaker,
            "source": one.source,
        }
        for scores, texts in zip(others, heard, strict=True):
            fields |= _prediction(texts[one.id], f"_{scores.model}")
        yield {name: value for name, value in fields.items() if value is not None}


def _prediction(utterance: Utterance, suffix: str) -> dict[str, Any]:
    taken = utterance.seconds
    return {
        f"pred_text{suffix}": utterance.hypothesis,
        f"time{suffix}": None if taken is None else round(taken, 4),
        f"failure{suffix}": utterance.failure or None,
    }


def _relative(audio: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(audio, folder)).as_posix()
    except ValueError:  # another drive
        return audio.as_posix()
