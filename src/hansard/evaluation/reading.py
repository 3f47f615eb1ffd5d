"""References and hypotheses as files hold them: texts, subtitles, transcripts, JSON lines, folders.

A plain text, a subtitle file or a transcript is one utterance; with `lines` each line of a plain
text is one. Files of JSON lines hold one utterance a line (`reading_lines`). In two folders, files
of the same name apart from the suffix belong together.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from hansard.errors import DataError, UnknownNameError, UsageError
from hansard.evaluation.reading_items import Item, code_of, read_text
from hansard.evaluation.reading_lines import looks_like_lines, read_lines
from hansard.evaluation.values import Utterance
from hansard.transcript.formats import find, name_of, read

logger = logging.getLogger(__name__)

LINES_SUFFIXES: Final = frozenset({".jsonl", ".ndjson"})
_PLAIN: Final = "txt"
_FIRST: Final = ("json", "vtt", "srt", "tsv", "csv", "txt")
"""Which of several files of one name in a folder is read: the one that tells most."""
_NO_TEXT: Final = frozenset({"rttm"})


@dataclass(frozen=True, slots=True)
class Side:
    """All utterances of a file or folder."""

    path: Path
    items: tuple[Item, ...]
    single: bool = False
    """Whether the whole file is one utterance."""


def read_pairs(
    reference: Path,
    hypotheses: Sequence[Path],
    *,
    lines: bool = False,
    language: str | None = None,
) -> dict[str, tuple[Utterance, ...]]:
    """The utterances of each hypothesis, by its name, each beside its reference.

    Without `hypotheses`, the reference must be a file of JSON lines that holds predictions, too.
    `language` is that of utterances that do not tell.

    Raises:
        DataError: a file cannot be read or is no text, makes no sense as its format, or the
            hypothesis lacks utterances.
        UsageError: there is nothing to compare with.
    """
    said = read_side(reference, lines=lines)
    if not said.items:
        raise DataError(f"{str(reference)!r} holds no utterances")
    if not hypotheses:
        return _beside(said, language)
    sides = [read_side(path, lines=lines) for path in hypotheses]
    found: dict[str, tuple[Utterance, ...]] = {}
    for name, side in zip(name_models([path.name for path in hypotheses]), sides, strict=True):
        found.update(_match(said, side, name, language))
    return found


def read_side(path: Path, *, lines: bool = False) -> Side:
    """The utterances of a file or folder.

    Raises:
        DataError: it cannot be read or is no text, or makes no sense as its format.
    """
    if path.is_dir():
        return Side(path, tuple(_read_file(file, name) for name, file in _in_folder(path)))
    text = read_text(path)
    if path.suffix.lower() in LINES_SUFFIXES or looks_like_lines(text, path):
        return Side(path, read_lines(text, path))
    if lines:
        rows = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
        return Side(path, tuple(Item(id=str(n), text=row) for n, row in enumerate(rows, start=1)))
    return Side(path, (_read_file(path, path.stem, text),), single=True)


def name_models(names: Iterable[str]) -> list[str]:
    """A short name for each of several files, folders or models, no two alike."""
    given = list(names)
    stems = [Path(name.rstrip("/")).name or name for name in given]
    short = [Path(stem).stem if Path(stem).suffix[1:].isalpha() else stem for stem in stems]
    chosen: list[str] = []
    for name, stem, brief in zip(given, stems, short, strict=True):
        best = brief if short.count(brief) == 1 else stem if stems.count(stem) == 1 else name
        number = 1
        while (best if number == 1 else f"{best}-{number}") in chosen:
            number += 1
        chosen.append(best if number == 1 else f"{best}-{number}")
    return chosen


def _in_folder(folder: Path) -> list[tuple[str, Path]]:
    """The transcripts of a folder and those below it, by their path without suffix."""
    found: dict[str, list[tuple[int, Path]]] = {}
    for path in sorted(folder.rglob("*")):
        kind = _kind(path)
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if kind in _FIRST and path.is_file() and not hidden:
            name = path.relative_to(folder).with_suffix("").as_posix()
            found.setdefault(name, []).append((_FIRST.index(kind), path))
    return [(name, min(paths)[1]) for name, paths in sorted(found.items())]


def _kind(path: Path) -> str:
    """The name of the format that a file is in; empty where nobody knows."""
    try:
        return name_of(path)
    except UnknownNameError:
        return ""


def _read_file(path: Path, name: str, text: str | None = None) -> Item:
    """A whole file as one utterance."""
    content = read_text(path) if text is None else text
    kind = _kind(path)
    if kind in _NO_TEXT:
        raise DataError(f"{str(path)!r} holds no words", hint="give a text or a transcript")
    if kind == _PLAIN or not kind or find(kind).read is None:
        return Item(id=name, text=content)
    try:
        transcript = read(content, kind)
    except UsageError as error:
        raise DataError(f"{str(path)!r}: {error}", hint=error.hint) from error
    duration = transcript.duration or None
    return Item(
        id=name,
        text=transcript.text,
        transcript=transcript,
        language=code_of(transcript.language),
        duration=duration,
    )


def _beside(said: Side, language: str | None) -> dict[str, tuple[Utterance, ...]]:
    """The utterances of each model whose predictions stand beside the references."""
    models = list(dict.fromkeys(name for item in said.items for name in item.predictions))
    if not models:
        raise UsageError(
            f"{str(said.path)!r} holds no hypotheses",
            hint="name them with --hypothesis FILE, or give JSON lines with text and pred_text",
        )
    return {
        name or said.path.stem: tuple(
            _join(item, _predicted(item, name, said.path), name, language) for item in said.items
        )
        for name in models
    }


def _predicted(item: Item, name: str, path: Path) -> Item:
    if name not in item.predictions:
        field_name = f"pred_text_{name}" if name else "pred_text"
        raise DataError(f"{str(path)!r}: utterance {item.id!r} has no {field_name}")
    return replace(item, text=item.predictions[name])


def _match(
    said: Side, heard: Side, model: str, language: str | None
) -> dict[str, tuple[Utterance, ...]]:
    """The utterances of one hypothesis, or of each model that it holds predictions of."""
    if said.single != heard.single and not (said.items and len(said.items) == len(heard.items)):
        raise DataError(
            f"{str(said.path)!r} and {str(heard.path)!r} do not go together: one has "
            f"{len(said.items)} utterances, the other {len(heard.items)}",
            hint="give two texts, two files of JSON lines, or two folders; --lines compares "
            "plain texts line by line",
        )
    others = _by_id(said, heard)
    models = list(dict.fromkeys(name for item in heard.items for name in item.predictions)) or [""]
    found = {}
    for name in models:
        title = model if not name else name if len(models) == 1 else f"{model}:{name}"
        found[title] = tuple(
            _join(one, _text_of(others[one.id], name, heard.path), name, language)
            for one in said.items
        )
    return found


def _text_of(item: Item, name: str, path: Path) -> Item:
    return _predicted(item, name, path) if item.predictions else item


def _by_id(said: Side, heard: Side) -> dict[str, Item]:
    """The hypothesis of each reference; single files and plain lines go together by their place."""
    if len(said.items) == 1 == len(heard.items):
        return {said.items[0].id: heard.items[0]}
    known = {item.id: item for item in heard.items}
    missing = [item.id for item in said.items if item.id not in known]
    if missing and len(said.items) == len(heard.items) and _numbered(said, heard):
        return {one.id: other for one, other in zip(said.items, heard.items, strict=True)}
    if missing:
        named = ", ".join(repr(ident) for ident in missing[:3])
        raise DataError(
            f"{str(heard.path)!r} lacks {len(missing)} of {len(said.items)} utterances of "
            f"{str(said.path)!r}, the first are {named}",
            hint="every reference needs a hypothesis; an empty one counts as deleted",
        )
    more = len(heard.items) - len(said.items)
    if more and _numbered(said) and _numbered(heard):
        raise DataError(
            f"{str(heard.path)!r} has {more} utterances more than {str(said.path)!r}",
            hint="give them ids, or as many lines",
        )
    if more:
        logger.warning("%s has %d utterances that no reference has", heard.path, more)
    return known


def _numbered(*sides: Side) -> bool:
    """Whether the utterances of one side at least are told apart only by the line they stand in."""
    return any(
        all(item.id == str(number) for number, item in enumerate(side.items, start=1))
        for side in sides
    )


def _join(said: Item, heard: Item, model: str, language: str | None) -> Utterance:
    durations = (said.duration, heard.duration)
    return Utterance(
        id=said.id,
        reference=said.text or "",
        hypothesis=heard.text or "",
        language=said.language or code_of(language) or heard.language,
        speaker=said.speaker,
        source=said.source,
        noise=said.noise,
        duration=next((one for one in durations if one is not None), None),
        audio=said.audio or heard.audio,
        start=said.start,
        seconds=heard.seconds.get(model),
        reference_transcript=said.transcript,
        transcript=heard.transcript if heard is not said else None,
    )
