"""What lies in a project's folders: `hansard data inventory`.

    walk ── hash and decode each recording once ── read its transcript ── find repeats ── two files

What a recording is, is kept in the journal by its path, size and time, so the next inventory only
decodes what is new.
"""

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from hansard.audio.fingerprints import Fingerprint, can_fingerprint, fingerprint_sound
from hansard.audio.media import open_sound
from hansard.audio.names import printable
from hansard.audio.options import AudioOptions
from hansard.errors import MediaError
from hansard.storage.files import sha256_of, temporary_folder
from hansard.training.journal import Journal
from hansard.training.project import Project
from hansard.training.sources.items import Inventory, Item, read_inventory, write_inventory
from hansard.training.sources.repeats import Candidate, Repeat, find_repeats
from hansard.training.sources.transcripts import choose, look_at
from hansard.training.sources.walking import Problem, find_data, plain
from hansard.training.watching import Watch

__all__ = ["Inventory", "Item", "read_inventory", "take_inventory"]

logger = logging.getLogger(__name__)

_ANY_LENGTH = AudioOptions(min_duration=0.01)
NOT_CHECKED = (
    "not checked: the program 'fpcalc' is not installed (apt-get install libchromaprint-tools)"
)
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A recording, and what does not go into its row."""

    item: Item
    heard: Fingerprint | None
    digest: str


def take_inventory(
    project: Project, folders: Sequence[Path] = (), watch: Watch | None = None
) -> Inventory:
    """List all recordings and transcripts of some folders, and write the two files.

    Without `folders` it is the project's `uploads`. A recording that cannot be decoded is listed
    with its error.

    Raises:
        DataError: a folder is not there.
        OutputError: the files cannot be written.
        Cancelled: the caller asked to stop; what was measured is kept.
    """
    folders = tuple(plain(folder) for folder in folders or (project.uploads,))
    found = find_data(folders, project)
    ears = can_fingerprint()
    with Journal(project.journals / "inventory.jsonl") as journal:
        measurer = _Measurer(journal, ears=ears)
        through = (watch or Watch()).through(found.media, lambda pair: printable(pair[0].name))
        seen = [each for pair in through if (each := measurer.see(*pair)) is not None]
    repeats = find_repeats([_candidate(each) for each in seen if not each.item.error])
    items = tuple(_marked(each.item, repeats.get(each.item.path)) for each in seen)
    inventory = Inventory(
        folders=folders,
        items=items,
        lonely=found.lonely,
        problems=(*found.problems, *_problems(items), *_conflicts(seen, repeats)),
        acoustic="checked" if ears else NOT_CHECKED,
        measured=measurer.measured,
    )
    write_inventory(project, inventory)
    return inventory


class _Measurer:
    """Finds out what recordings are, once each."""

    def __init__(self, journal: Journal, *, ears: bool) -> None:
        self._journal = journal
        self._ears = ears
        self.measured = 0

    def see(self, path: Path, texts: Sequence[Path]) -> _Seen | None:
        """What is known of one recording; None where it was taken away meanwhile."""
        try:
            state = path.stat()
        except OSError:
            return None
        kind = "sound" if self._ears else "sound, not compared"
        facts = self._once(_key(kind, [path]), path)
        text = self._text(texts)
        heard = facts.get("fingerprint")
        item = Item(
            path=path,
            size=state.st_size,
            mtime=state.st_mtime,
            duration=facts["duration"],
            sha256=facts["sha256"],
            sample_rate=facts["sample_rate"],
            channels=facts["channels"],
            codec=facts["codec"],
            error=facts["error"],
            notes=tuple(facts["notes"]),
            transcript_path=Path(text["path"]) if text else None,
            words=text.get("words"),
            language=text.get("language"),
            language_probability=text.get("probability"),
            script=text.get("script") or "",
            transcript_error=text.get("error") or "",
        )
        known = None if heard is None else Fingerprint.from_text(heard, facts["duration"])
        return _Seen(item, known, text.get("digest") or "")

    def _once(self, key: str, path: Path) -> Facts:
        known = self._journal.get(key)
        if known is not None:
            return known
        self.measured += 1
        facts = measure(path, ears=self._ears)
        self._journal.put(key, facts)
        return facts

    def _text(self, texts: Sequence[Path]) -> Facts:
        if not texts:
            return {}
        key = _key("text", texts)
        known = self._journal.get(key)
        if known is None:
            path, transcript, fault = choose(texts)
            facts = asdict(look_at(transcript)) if transcript is not None else {}
            known = {"path": str(path), "error": fault, **facts}
            self._journal.put(key, known)
        return known


def _key(kind: str, paths: Iterable[Path]) -> str:
    """All that an outcome depends on."""
    parts = [kind]
    for path in paths:
        state = path.stat()
        parts.append(f"{path}|{state.st_size}|{state.st_mtime_ns}")
    return "|".join(parts)


def measure(path: Path, *, ears: bool) -> dict[str, Any]:
    """Hash and decode one recording; `error` says why that failed.

    Raises:
        OutputError: there is no room to decode it into.
    """
    facts: dict[str, Any] = {
        "duration": None,
        "sha256": "",
        "sample_rate": None,
        "channels": None,
        "codec": "",
        "error": "",
        "notes": [],
        "fingerprint": None,
    }
    try:
        facts["sha256"] = sha256_of(path)
        with temporary_folder("hansard-inventory-") as folder:
            opened = open_sound(path, folder, _ANY_LENGTH)
            facts |= {
                "duration": round(opened.sound.duration, 5),
                "sample_rate": opened.info.sample_rate,
                "channels": opened.info.channels,
                "codec": opened.info.codec,
                "notes": list(opened.notes),
            }
            if ears:
                facts["fingerprint"] = fingerprint_sound(opened.sound).to_text()
    except MediaError as error:
        if facts["duration"] is None:
            facts["error"] = str(error)
        else:
            facts["notes"].append(f"not compared with others: {error}")
    except OSError as error:
        if facts["sha256"]:
            raise
        facts["error"] = f"cannot be read: {error.strerror or error}"
    return facts


def _candidate(each: _Seen) -> Candidate:
    return Candidate(
        path=each.item.path,
        sha256=each.item.sha256,
        size=each.item.size,
        has_text=bool(each.item.words),
        heard=each.heard,
    )


def _marked(item: Item, repeat: Repeat | None) -> Item:
    if repeat is None:
        return item
    if repeat.exact:
        return replace(item, duplicate_of=repeat.of, similarity=1.0)
    return replace(item, acoustic_duplicate_of=repeat.of, similarity=round(repeat.similarity, 3))


def _problems(items: Iterable[Item]) -> Iterable[Problem]:
    for item in items:
        shown = printable(os.fspath(item.path))
        for message in (item.error, item.transcript_error):
            if message:
                yield Problem(shown, message)


def _conflicts(seen: Iterable[_Seen], repeats: Mapping[Path, Repeat]) -> Iterable[Problem]:
    """The same sound with two texts: one of them is wrong."""
    digests = {each.item.path: each.digest for each in seen}
    for path, repeat in repeats.items():
        if digests[path] and digests[path] != digests.get(repeat.of, ""):
            yield Problem(
                printable(os.fspath(path)),
                f"the same sound as {printable(repeat.of.name)!r}, with another transcript",
            )
