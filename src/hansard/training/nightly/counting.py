"""How much was corrected since the last night: reads nothing but the corrections."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hansard.errors import HansardError, UsageError
from hansard.library.corrections import corrected_records
from hansard.library.records import read_record
from hansard.storage.store import Store
from hansard.training.nightly.dividing import Part, part_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was corrected; segments count, not how often somebody changed one."""

    segments: int
    """All of them."""
    new: int
    """Those of which an earlier night knows nothing."""
    parts: Mapping[Part, int] = field(default_factory=dict)
    """All of them, by the part that their recording belongs to."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """How many corrections each record has; they are only ever added to."""
    recordings: Mapping[str, str] = field(default_factory=dict)
    """What each record's recording is known by: its hash, or the record's id."""


def count(store: Store, seen: Mapping[str, int], since: float | None = None) -> Counted:
    """Count the segments whose text was corrected.

    New are those in lines beyond the `seen` ones of a record, or with `since`, in seconds since
    1970, those of that moment and later.

    Raises:
        OutputError: the store cannot be listed.
    """
    every = new = 0
    lines: dict[str, int] = {}
    names: dict[str, str] = {}
    parts: Counter[Part] = Counter()
    for record in corrected_records(store):
        made = record.overlay.corrections
        told = [(each, n) for n, each in enumerate(made) if each.text]
        known = seen.get(record.id, 0)
        fresh = [c for c, n in told if (n >= known if since is None else c.at >= since)]
        segments = {(c.run, c.segment) for c, _ in told}
        lines[record.id] = len(made)
        names[record.id] = name_of_recording(store, record.id)
        every += len(segments)
        new += len({(c.run, c.segment) for c in fresh})
        parts[part_of(names[record.id])] += len(segments)
    return Counted(segments=every, new=new, parts=dict(parts), lines=lines, recordings=names)


def name_of_recording(store: Store, record: str) -> str:
    """What a record's recording is known by, so that one that came twice is one."""
    try:
        media = read_record(store, record).media
    except HansardError:
        return record
    return media.sha256 if media is not None and media.sha256 else record


def moment_of(text: str) -> float:
    """A moment in seconds since 1970, of ISO 8601 such as `2026-11-20`; UTC where it tells none.

    Raises:
        UsageError: it is no moment.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        seconds = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"{text[:40]!r} is no date", hint="write 2026-11-20") from error
    return seconds if math.isfinite(seconds) else 0.0


def lacking(counted: Counted, least: int, fewest: int) -> str:
    """Why there is nothing to do; empty where there is. Pure.

    `least` new corrections are worth a night, and `fewest` held-out ones allow a judgement.
    """
    if counted.new < max(1, least):
        return (
            f"{counted.new} segments were corrected since the last night, of {counted.segments} "
            f"in all; {max(1, least)} are needed"
        )
    held = counted.parts.get("test", 0)
    if held < fewest:
        return (
            f"{held} of {counted.segments} corrected segments are of held-out recordings, and "
            f"{fewest} are needed to judge by: correct more recordings"
        )
    if not counted.parts.get("train"):
        return "every corrected recording is held out, and none is left to learn from"
    return ""
