"""Reading Hugging Face's AudioFolder: audio beside `metadata.csv`, `.jsonl` or `.parquet`.

`file_name` counts from the metadata's folder; a folder called `train`, `test` and the like is a
split. Source: the documentation of `datasets`, "Create an audio dataset", AudioFolder.
"""

import csv
import io
import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from hansard.errors import ManifestError, MissingExtraError
from hansard.training.manifest import Entry
from hansard.training.manifest.fields import (
    FieldError,
    parse_seconds,
    path_of,
    seconds_of,
    text_of,
)
from hansard.training.shapes.gathering import (
    OWN,
    Gathering,
    Place,
    Row,
    language_of,
    leftover,
    own_values,
    read_rows,
    read_text,
)
from hansard.training.shapes.values import Gathered

NAMES = ("metadata.jsonl", "metadata.csv", "metadata.parquet")
TEXTS = ("transcription", "text", "transcript", "sentence")
"""Fields that people keep what is said in; the first one counts."""
SPLITS = frozenset("train training validation valid val dev test testing eval evaluation".split())
"""Names of folders that `datasets` takes for splits."""


def find_metadata(path: Path) -> list[Path]:
    """The metadata files of a folder and those below it, without hidden ones."""
    found: list[Path] = []
    for folder, below, files in os.walk(path):
        below[:] = sorted(name for name in below if not name.startswith("."))
        found += [Path(folder) / name for name in NAMES if name in files]
    return found


def read(path: Path) -> Gathered:
    """The entries of a folder, or of one metadata file.

    Raises:
        ManifestError: there is no metadata, two of a folder, or it cannot be read.
        MissingExtraError: it is a Parquet file, and pyarrow is not installed.
    """
    files = find_metadata(path) if path.is_dir() else [path]
    if not files:
        raise ManifestError(
            f"there is no metadata.csv, .jsonl or .parquet in {str(path)!r}",
            hint="without it nothing tells what is said in the audio",
        )
    folders = [each.parent for each in files]
    twice = next((folder for folder in folders if folders.count(folder) > 1), None)
    if twice is not None:
        raise ManifestError(
            f"{str(twice)!r} has several metadata files", hint="name the one that counts"
        )
    gathering = Gathering()
    root = path if path.is_dir() else path.parent
    only_train = _splits(files, root) <= {"train"}
    for file in files:
        for row in _rows(file, gathering):
            try:
                gathering.add(row.place, _entry(row.fields, file.parent, root, only_train))
            except FieldError as error:
                gathering.fault(row.place, str(error))
    return gathering.finish()


def _splits(files: list[Path], root: Path) -> set[str]:
    return {split for file in files if (split := _split(file, root))}


def _split(file: Path, root: Path) -> str | None:
    parts = file.relative_to(root).parts[:-1] if file.is_relative_to(root) else ()
    return next((part for part in parts if part.lower() in SPLITS), None)


def _rows(path: Path, gathering: Gathering) -> Iterator[Row]:
    if path.suffix == ".csv":
        return _csv_rows(path, gathering)
    if path.suffix == ".parquet":
        return _parquet_rows(path)
    return read_rows(path, gathering)


def _csv_rows(path: Path, gathering: Gathering) -> Iterator[Row]:
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        for fields in reader:
            place = Place(path, reader.line_num)
            if None in fields:
                gathering.fault(place, "it has more cells than there are columns")
                continue
            try:
                yield Row(place, _typed(fields))
            except FieldError as error:
                gathering.fault(place, str(error))
    except csv.Error as error:
        raise ManifestError(f"line {reader.line_num + 1} of {str(path)!r}: {error}") from error


def _typed(cells: Mapping[str, str | None]) -> dict[str, Any]:
    """The cells of a row that hold something; all but two are text."""
    fields: dict[str, Any] = {name: value for name, value in cells.items() if value}
    if "duration" in fields:
        fields["duration"] = parse_seconds(fields["duration"], "duration")
    if "no_speech" in fields:
        fields["no_speech"] = fields["no_speech"].lower() in {"true", "1", "yes"}
    return fields


def _parquet_rows(path: Path) -> Iterator[Row]:
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtraError(
            f"reading {path.name!r} needs the library pyarrow, which is not installed",
            hint="pip install pyarrow, or save the metadata as .jsonl or .csv",
        ) from error
    try:
        rows = parquet.read_table(path).to_pylist()
    except (OSError, ValueError) as error:  # pyarrow's own are of these kinds
        raise ManifestError(f"{str(path)!r} cannot be read: {error}") from error
    for number, fields in enumerate(rows, start=1):
        yield Row(Place(path, number), {n: v for n, v in fields.items() if v is not None})


def _entry(fields: Mapping[str, Any], folder: Path, root: Path, only_train: bool) -> Entry:
    audio = Path(os.path.normpath(folder.absolute() / path_of(fields, "file_name")))
    spoken = next((name for name in TEXTS if name in fields), TEXTS[0])
    extra = leftover(fields, {"file_name", spoken, "duration", "language", *OWN})
    split = _split(audio, root.absolute())
    if split and not (only_train and split == "train"):
        extra.setdefault("split", split)
    own = own_values(fields)
    return Entry(
        audio=audio,
        transcript=text_of(fields, spoken) or "",
        duration=seconds_of(fields, "duration"),
        language=language_of(fields, ["language"])[0],
        extra=extra,
        **own,
    )
