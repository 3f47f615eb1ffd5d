"""`outputs/<id>/transcription_base.json`: a clip's text with times, as front ends read it.

    {"text": "...", "segments": [{"text": "...", "start": 0.1, "end": 2.0,
                                  "words": [{"word": "...", "start": 0.1, "end": 0.4}]}],
     "offset": 0.25, ...}

Times count from the beginning of the clip's sound as it lies on disk now; `offset` says how many
seconds of the clip as it first came were cut off before that.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hansard.errors import DataError
from hansard.storage.files import write_whole
from hansard.training.project import Project
from hansard.training.sounds.names import safe_name
from hansard.training.sounds.times import Move
from hansard.transcript import Seconds, Span

Base = dict[str, Any]


def base_path(project: Project, ident: str) -> Path:
    """Where the word times of a clip are."""
    return project.outputs / safe_name(ident) / "transcription_base.json"


def write_base(path: Path, base: Mapping[str, Any]) -> None:
    """Write word times, and beside them the text alone.

    Raises:
        OutputError: they cannot be written.
    """
    write_whole(path, json.dumps(base, ensure_ascii=False, indent=1) + "\n")
    write_whole(path.with_suffix(".txt"), f"{str(base.get('text', '')).strip()}\n")


def read_base(path: Path) -> Base | None:
    """The word times of a clip; None where there are none.

    Raises:
        DataError: the file is there and is something else.
    """
    try:
        base = json.loads(path.read_text(encoding="utf-8"))
        for one in base["segments"]:
            _check(one)
            for word in one.get("words") or ():
                _check(word)
        float(base.get("offset") or 0.0)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{str(path)!r} does not hold segments with times: {error}",
            hint="delete it; hansard data align makes it anew",
        ) from error
    return dict(base)


def _check(one: Mapping[str, Any]) -> None:
    if not (math.isfinite(one["start"]) and math.isfinite(one["end"])):
        raise ValueError(f"a time is {one['start']!r} or {one['end']!r}")


def span_of(base: Base) -> Span | None:
    """From the first to the last moment with words, from the clip's first beginning."""
    parts = [*base["segments"], *(w for s in base["segments"] for w in s.get("words") or ())]
    if not parts:
        return None
    offset = offset_of(base)
    return Span(
        min(one["start"] for one in parts) + offset, max(one["end"] for one in parts) + offset
    )


def offset_of(base: Base) -> Seconds:
    """How much was cut off before its times' zero."""
    return float(base.get("offset") or 0.0)


def rebase(base: Base, offset: Seconds, length: Seconds) -> Base:
    """The same words for a sound of `length` that lacks the clip's first `offset` seconds."""
    by = Move(offset=offset_of(base) - offset)
    segments = []
    for one in base["segments"]:
        span = by.within(one["start"], one["end"], length)
        if span is None:
            continue
        words = [_moved(word, by, length) for word in one.get("words") or ()]
        kept = {**one, "start": round(span.start, 5), "end": round(span.end, 5)}
        segments.append({**kept, "words": [word for word in words if word]})
    return {**base, "segments": segments, "offset": round(offset, 7), "duration": round(length, 5)}


def _moved(word: Mapping[str, Any], by: Move, length: Seconds) -> dict[str, Any] | None:
    span = by.within(word["start"], word["end"], length)
    if span is None:
        return None
    return {**word, "start": round(span.start, 5), "end": round(span.end, 5)}
