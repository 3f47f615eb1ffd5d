"""Changed copies of clips as files, with a manifest whose times are true."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from hansard.audio import SAMPLE_RATE
from hansard.errors import DataError, MediaError, MediaLimitError, UsageError
from hansard.storage.files import remove_stale
from hansard.training.clips import ClipReader, reading_clips
from hansard.training.journal import Journal
from hansard.training.manifest import Entry
from hansard.training.project import Project
from hansard.training.sounds.augmenting import Augmented, Augmenter
from hansard.training.sounds.names import Claims
from hansard.training.sounds.preprocessing import CUT, Failure
from hansard.training.sounds.times import Move, move
from hansard.training.sounds.writing import write_audio
from hansard.training.watching import Watch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ORIGIN: Final = "augmented_from"
"""The field of a copy that names the clip it was made from, for whoever must keep both together."""
LONGEST: Final = 600.0
"""Clips longer than this many seconds are refused, as they are held in memory."""
HELD_BACK: Final = frozenset({"test", "validation", "valid", "val", "dev", "eval"})
_TRIES: Final = 100


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy's file, and what was done to it."""

    file: str
    size: int
    changed: int
    """When it was written, in nanoseconds since 1970."""
    samples: int
    speed: float
    offset: float
    snr: float | None
    effects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Copies:
    """What came of a manifest."""

    entries: tuple[Entry, ...]
    """Each original that could be read, followed by its copies."""
    report: Mapping[str, Any]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class _Shop:
    """What every clip is worked on with."""

    project: Project
    augmenter: Augmenter
    facts: str
    reader: ClipReader
    journal: Journal
    claims: Claims
    output: Path


def check_split(manifest: Path, *, force: bool) -> None:
    """Refuse a manifest that a model is judged by.

    Raises:
        UsageError: its name says so.
    """
    if manifest.name.partition(".")[0].lower() in HELD_BACK and not force:
        raise UsageError(
            f"{manifest.name} is for judging a model, and copies with noise would change what is "
            "measured",
            hint="augment train.jsonl; --force does it all the same",
        )


def check_recipe(augmenter: Augmenter) -> None:
    """Refuse a recipe that leaves every file as it is.

    Raises:
        UsageError: it does.
    """
    if not augmenter.recipe.on_sound:
        raise UsageError(
            "the recipe has no effect on sound with a probability above 0",
            hint="specaugment works on features, while training; name another effect, or raise "
            "a prob",
        )


def copy_clips(
    entries: Sequence[Entry],
    output: Path,
    project: Project,
    augmenter: Augmenter,
    copies: int,
    watch: Watch,
) -> Copies:
    """Write `copies` changed copies of every clip to `project.augmented`; copies get none.

    What was done before is not done again. The new entries stand for the manifest `output`, which
    the caller writes.

    Raises:
        OutputError: the folder refuses, or the disk is full.
        Cancelled: the caller asked to stop.
    """
    remove_stale(project.augmented, ".hansard-*.part")
    spared = {entry.audio.resolve() for entry in entries}
    taken = {entry.id for entry in entries}
    made: list[Entry] = []
    failures: list[Failure] = []
    with reading_clips() as reader, Journal(project.journals / "augment.jsonl") as journal:
        claims = Claims(journal, project.augmented, spared)
        facts = json.dumps(augmenter.facts())
        shop = _Shop(project, augmenter, facts, reader, journal, claims, output)
        for entry in watch.through(entries, lambda one: one.id):
            try:
                names = () if is_copy(entry) else _name(entry, copies, taken)
                changed = [
                    _copy(entry, ident, number, shop) for number, ident in enumerate(names, 1)
                ]
                made += [entry, *changed]
            except (MediaError, DataError) as error:
                failures.append(Failure(id=entry.id, audio=str(entry.audio), reason=str(error)))
    report = _report(made, failures, entries, augmenter)
    return Copies(tuple(made), report, tuple(failures))


def is_copy(entry: Entry) -> bool:
    """Whether an entry was made from another one."""
    return ORIGIN in entry.extra


def _name(entry: Entry, copies: int, taken: set[str]) -> list[str]:
    """Ids of copies, which nothing else has."""
    names = []
    for number in range(1, copies + 1):
        name = f"{entry.id}-a{number}"
        while name in taken:
            name += "x"
        taken.add(name)
        names.append(name)
    return names


def _copy(entry: Entry, ident: str, number: int, shop: _Shop) -> Entry:
    try:
        stat = entry.audio.stat()
        facts = [ident, entry.id, str(entry.audio), entry.start, entry.end, str(shop.output)]
        owner = json.dumps(facts)
        known = json.dumps([owner, number, stat.st_size, stat.st_mtime_ns, shop.facts])
        key = hashlib.sha256(known.encode()).hexdigest()
        copied = _known(key, shop)
    except OSError:
        owner, key, copied = "", "", None  # the reader says best what is wrong with it
    if copied is None:
        changed = _change(_read(entry, shop), entry, number, shop)
        copied = _write(changed, shop.claims.claim(ident, owner, ".wav"))
        shop.journal.put(key, asdict(copied))
    return _entry(entry, ident, copied, shop)


def _known(key: str, shop: _Shop) -> Copied | None:
    outcome = shop.journal.get(key)
    if outcome is None:
        return None
    try:
        copied = Copied(**{**outcome, "effects": tuple(outcome["effects"])})
        stat = (shop.project.augmented / copied.file).stat()
    except (TypeError, KeyError, OSError):
        return None
    return copied if (stat.st_size, stat.st_mtime_ns) == (copied.size, copied.changed) else None


def _read(entry: Entry, shop: _Shop) -> "NDArray[np.float32]":
    sound = shop.reader.sound(entry)
    length = (sound.end if entry.end is None else min(entry.end, sound.end)) - entry.start
    if length > LONGEST:
        raise MediaLimitError(
            f"clip {entry.id!r} lasts {length:.0f} s, longer than {LONGEST:g} s",
            hint="hansard data align cuts long recordings into clips",
        )
    return shop.reader.read(entry)


def _change(samples: "NDArray[np.float32]", entry: Entry, number: int, shop: _Shop) -> Augmented:
    """The clip with at least one effect: lots are drawn until there is one."""
    for epoch in _epochs(number):
        made = shop.augmenter.apply(samples, entry.id, epoch)
        if made.applied:
            return made
    raise DataError(
        f"after {_TRIES} draws no effect of the recipe has changed clip {entry.id!r}",
        hint="raise a prob of the recipe",
    )


def _epochs(number: int) -> Iterator[int]:
    """Which lots a copy may have; no two copies share any."""
    return (number * _TRIES + again for again in range(_TRIES))


def _write(made: Augmented, path: Path) -> Copied:
    samples = write_audio(path, [made.samples])
    stat = path.stat()
    return Copied(
        file=path.name,
        size=stat.st_size,
        changed=stat.st_mtime_ns,
        samples=samples,
        speed=made.speed,
        offset=made.offset,
        snr=made.snr,
        effects=made.applied,
    )


def _entry(entry: Entry, ident: str, copied: Copied, shop: _Shop) -> Entry:
    length = copied.samples / SAMPLE_RATE
    by = Move(speed=copied.speed, offset=copied.offset)
    noted: dict[str, Any] = {
        ORIGIN: entry.extra.get(ORIGIN, entry.id),
        "augmented_audio": Path(
            os.path.relpath(entry.audio, shop.output.absolute().parent)
        ).as_posix(),
        "effects": list(copied.effects),
        "speed": round(copied.speed, 6),
    }
    if copied.snr is not None:
        noted["snr"] = copied.snr
    return replace(
        entry,
        id=ident,
        audio=(shop.project.augmented / copied.file).absolute(),
        start=0.0,
        end=None,
        duration=length,
        segments=move(entry.segments, by, length),
        extra={**{k: v for k, v in entry.extra.items() if k != CUT}, **noted},
    )


def _report(
    made: Sequence[Entry],
    failures: Sequence[Failure],
    entries: Sequence[Entry],
    augmenter: Augmenter,
) -> dict[str, Any]:
    given = {entry.id for entry in entries}
    copied = [entry for entry in made if entry.id not in given]
    effects = Counter(name for entry in copied for name in entry.extra["effects"])
    noises = [entry.extra["snr"] for entry in copied if "snr" in entry.extra]
    return {
        "clips": len(entries),
        "copies": len(copied),
        "copies_before": sum(map(is_copy, entries)),
        "failed": len(failures),
        "seed": augmenter.seed,
        "recipe": augmenter.recipe.describe(),
        "effects": dict(effects.most_common()),
        "seconds_of_copies": round(sum(entry.duration or 0.0 for entry in copied), 3),
        "snr": {"least": min(noises), "median": median(noises), "most": max(noises)}
        if noises
        else None,
        "failures": [asdict(one) for one in failures],
    }
