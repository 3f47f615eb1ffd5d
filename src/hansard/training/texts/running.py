"""All transcripts of a manifest or a folder made alike, one by one; what is done is kept."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from hansard.errors import DataError
from hansard.storage.files import write_whole
from hansard.training.journal import Journal
from hansard.training.manifest import Entry, Fault, ManifestRead, Stretch
from hansard.training.texts.decoding import decode_text
from hansard.training.texts.entries import normalise_entry
from hansard.training.texts.files import normalised_path, read_lines
from hansard.training.texts.normalising import VERSION, NormaliseOptions, normalise_text
from hansard.training.texts.report import Item, State
from hansard.training.watching import Watch
from hansard.transcript.scripts import script_of

_NOTHING_LEFT = "nothing is left that can be said"


@dataclass(frozen=True, slots=True)
class _Done:
    """What a journal keeps of an entry."""

    item: Item
    transcript: str
    segments: tuple[Stretch, ...]


def normalise_manifest(
    read: ManifestRead, options: NormaliseOptions, journal: Journal, watch: Watch
) -> tuple[list[Entry], list[Item]]:
    """Entries made alike, without those that are empty then; and what became of all, faults first.

    Raises:
        Cancelled: the caller asked to stop; the journal has what was done.
        OutputError: the journal cannot be written.
    """
    items = [_from_fault(fault) for fault in read.faults]
    kept: list[Entry] = []
    for entry in watch.through(read.entries, lambda entry: entry.id):
        if entry.no_speech:
            kept.append(entry)
            items.append(Item(name=entry.id, state="no speech"))
            continue
        done = _do_entry(entry, options, journal)
        items.append(replace(done.item, name=entry.id))
        if done.item.state == "normalised":
            kept.append(replace(entry, transcript=done.transcript, segments=done.segments))
    return kept, items


def normalise_files(
    paths: Sequence[Path], options: NormaliseOptions, journal: Journal, watch: Watch
) -> list[Item]:
    """What became of each transcript file; those that are not empty lie beside as NAME.norm.txt.

    Raises:
        Cancelled: the caller asked to stop; the journal has what was done.
        OutputError: the journal or a file cannot be written.
    """
    return [_do_file(path, options, journal) for path in watch.through(paths)]


def _from_fault(fault: Fault) -> Item:
    name = fault.id or f"line {fault.line}"
    state: State = "empty" if fault.kind == "empty transcript" else "failed"
    return Item(name=name, state=state, reason=f"line {fault.line}: {fault.message}")


def _do_entry(entry: Entry, options: NormaliseOptions, journal: Journal) -> _Done:
    said = [entry.transcript, entry.language, msgspec.to_builtins(entry.segments)]
    key = _key("entry", options, said)
    if known := journal.get(key):
        return msgspec.convert(known, _Done)
    made = normalise_entry(entry, options)
    text = made.entry.transcript
    item = Item(
        name=entry.id,
        state="normalised" if text else "empty",
        changes=made.changes,
        left=made.left,
        language=made.language,
        script=script_of(entry.transcript),
        script_after=script_of(text) if text else None,
        reason="" if text else f"{_NOTHING_LEFT} of {entry.transcript[:60]!r}",
    )
    done = _Done(item, text, made.entry.segments)
    journal.put(key, msgspec.to_builtins(done))
    return done


def _do_file(path: Path, options: NormaliseOptions, journal: Journal) -> Item:
    target = normalised_path(path)
    try:
        seen = path.stat()
        key = _key("file", options, [str(path.absolute()), seen.st_size, seen.st_mtime_ns])
        known = journal.get(key)
        if known and _size(target) == known["size"]:
            return msgspec.convert(known["item"], Item)
        item, text = _make(path, path.read_bytes(), options)
    except (OSError, DataError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        return Item(name=str(path), state="failed", reason=reason)
    if not text:
        return _warn_of_old(item, target)
    size = len(text.encode())
    write_whole(target, text)
    journal.put(key, {"item": msgspec.to_builtins(item), "size": size})
    return item


def _make(path: Path, data: bytes, options: NormaliseOptions) -> tuple[Item, str]:
    """What became of a file's bytes, and the text to write."""
    decoded = decode_text(data)
    lines, subtitles = read_lines(decoded.text, path)
    made = normalise_text(lines, options)
    changes = (
        *(("encoding",) if decoded.encoding != "utf-8" else ()),
        *(("subtitles to text",) if subtitles else ()),
        *made.changes,
    )
    reason = "" if made.text else (f"{_NOTHING_LEFT} of it" if data else "the file is empty")
    item = Item(
        name=str(path),
        state="normalised" if made.text else "empty",
        changes=changes,
        left=made.left,
        language=made.language,
        script=script_of(lines),
        script_after=script_of(made.text) if made.text else None,
        encoding=decoded.encoding,
        guessed=decoded.guessed,
        output=str(normalised_path(path)) if made.text else None,
        reason=reason,
    )
    return item, made.text + "\n" if made.text else ""


def _warn_of_old(item: Item, target: Path) -> Item:
    if _size(target) is None:
        return item
    return replace(item, reason=f"{item.reason}; {target.name} is of an earlier run, delete it")


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _key(kind: str, options: NormaliseOptions, facts: Sequence[Any]) -> str:
    told = json.dumps([kind, VERSION, asdict(options), facts], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
