"""What is known of a recording beside its sound and its text: sidecar, fetch record, defaults.

A sidecar is `<name>.meta.json` beside the recording, an object with any of `language`, `speaker`,
`source` and `licence`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hansard.errors import UnknownNameError
from hansard.training.sources.records import UNKNOWN, SourceRecord
from hansard.transcript.languages import find_language

FIELDS = ("language", "speaker", "source", "licence")
_LARGEST = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What an entry of a manifest says about its recording."""

    language: str | None = None
    speaker: str | None = None
    source: str | None = None
    licence: str | None = None


def gather(media: Path, record: SourceRecord | None, defaults: Known) -> tuple[Known, str | None]:
    """What is known of a recording, and what is wrong with its sidecar.

    The sidecar is believed first, then what was told when it was fetched, then the defaults.
    """
    own, fault = _sidecar(media)
    fetched: Mapping[str, str | None] = {}
    if record is not None:
        fetched = {name: getattr(record, name) for name in FIELDS}
        fetched = {n: v for n, v in fetched.items() if v and not (n == "licence" and v == UNKNOWN)}
    found = {n: own.get(n) or fetched.get(n) or getattr(defaults, n) for n in FIELDS}
    language = found["language"]
    if language:
        try:
            found["language"] = find_language(language)
        except UnknownNameError as error:
            fault = fault or str(error)
            found["language"] = None
    return Known(**found), fault


def _sidecar(media: Path) -> tuple[Mapping[str, str], str | None]:
    for name in (media.stem, media.name):
        path = media.with_name(f"{name}.meta.json")
        try:
            if not path.is_file() or path.stat().st_size > _LARGEST:
                continue
            told = json.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            return {}, f"{path.name!r} cannot be read: {error}"
        if not isinstance(told, dict):
            return {}, f"{path.name!r} is not an object"
        told = {"licence": told.get("license"), **told}
        return {n: v for n in FIELDS if isinstance(v := told.get(n), str) and v.strip()}, None
    return {}, None
