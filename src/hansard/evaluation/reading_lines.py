"""Utterances as JSON lines: NeMo's manifests, the Open ASR leaderboard's results, our manifests."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hansard.errors import DataError
from hansard.evaluation.reading_items import Item, code_of, unique_ids

_IDS: Final = ("id", "utt_id", "utterance_id", "audio_filepath", "audio", "audio_path", "file_name")
_AUDIO: Final = ("audio_filepath", "audio", "audio_path", "path", "file_name")
_TEXTS: Final = ("reference", "text", "transcript", "transcription", "sentence", "txt")
_PREDICTIONS: Final = ("pred_text", "hypothesis", "prediction", "hyp")
_MANY: Final = ("pred_text_", "hypothesis_")
_TIMES: Final = ("time", "seconds")


def looks_like_lines(text: str, path: Path) -> bool:
    """Whether a file with the suffix `json` holds JSON lines, as NeMo's manifests do."""
    if path.suffix.lower() != ".json":
        return False
    rows = [row for row in text.splitlines() if row.strip()][:2]
    try:
        fields = [json.loads(row) for row in rows]
    except (ValueError, RecursionError):
        return False
    if not all(isinstance(each, dict) for each in fields):
        return False
    return len(fields) == 2 or any(_first(each, _AUDIO) is not None for each in fields)


def read_lines(text: str, path: Path) -> tuple[Item, ...]:
    """The utterances of a file, ids that come twice numbered.

    Raises:
        DataError: a line is not what it must be; names it.
    """
    items: list[Item] = []
    for number, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        try:
            fields = json.loads(row)
            if not isinstance(fields, dict):
                raise TypeError("it is no JSON object")  # noqa: TRY301 - told with its line below
            items.append(_item(fields, len(items) + 1, path))
        except (ValueError, TypeError, RecursionError) as error:
            raise DataError(
                f"line {number} of {str(path)!r}: {error}", hint="each line is a JSON object"
            ) from error
    return unique_ids(items)


def _item(fields: Mapping[str, Any], number: int, path: Path) -> Item:
    start = _number(fields, "offset", "start") or 0.0
    named = _first(fields, _IDS)
    ident = str(number) if named is None else str(named)
    if fields.get("id") is None and start and named is not None:
        ident = f"{ident}@{start:g}"
    audio = _first(fields, _AUDIO)
    texts, seconds = _predictions(fields)
    end, duration = _number(fields, "end"), _number(fields, "duration")
    return Item(
        id=ident,
        text=_text(fields, _TEXTS),
        predictions=texts,
        seconds=seconds,
        language=code_of(_text(fields, ("language", "lang", "source_lang"))),
        speaker=_text(fields, ("speaker", "speaker_id")),
        source=_text(fields, ("source", "dataset")),
        noise=_number(fields, "snr", "noise"),
        duration=end - start if duration is None and end is not None else duration,
        audio=path.absolute().parent / audio if isinstance(audio, str) else None,
        start=start,
    )


def _predictions(fields: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, float]]:
    texts: dict[str, str] = {}
    seconds: dict[str, float] = {}
    only = _text(fields, _PREDICTIONS)
    if only is not None:
        texts[""] = only
    for name in fields:
        for prefix in _MANY:
            if name.startswith(prefix) and len(name) > len(prefix):
                texts[name.removeprefix(prefix)] = _text(fields, (name,)) or ""
    for name in texts:
        taken = _number(fields, *(f"{time}_{name}" if name else time for time in _TIMES))
        if taken is not None:
            seconds[name] = taken
    return texts, seconds


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((fields[name] for name in names if fields.get(name) is not None), None)


def _text(fields: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    value = _first(fields, names)
    if value is None:
        return None
    if isinstance(value, bool | list | dict):
        name = next(name for name in names if fields.get(name) is not None)
        raise TypeError(f"{name} is {value!r}, not text")
    return str(value)


def _number(fields: Mapping[str, Any], *names: str) -> float | None:
    value = _first(fields, names)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        name = next(name for name in names if fields.get(name) is not None)
        raise TypeError(f"{name} is {value!r}, not a number")
    return float(value)
