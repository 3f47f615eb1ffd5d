"""Which clip is learnt from and which is held out: the same every night. Pure.

A recording is put into its part by a hash of what it is, whatever else there is. So what was held
out once stays so for every later night, and a model is never judged by what an earlier one learnt.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from hansard.training.manifest import Entry

Part = Literal["train", "validation", "test"]
PARTS: Final[tuple[Part, ...]] = ("train", "validation", "test")
TEST: Final = 0.2
VALIDATION: Final = 0.1
MOST_LOST: Final = 0.2
"""The largest share of all clips to learn from that is given up to keep speakers apart."""
_SEED: Final = "hansard nightly 1"
"""Never changed: another one would put held-out recordings among those that are learnt from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Divided:
    """Entries by part."""

    train: tuple[Entry, ...]
    validation: tuple[Entry, ...]
    test: tuple[Entry, ...]
    notes: tuple[str, ...] = ()


def part_of(recording: str) -> Part:
    """The part of a recording, by what it is known by: its hash, or its record's id."""
    digest = sha256(f"{_SEED}\0{recording}".encode("utf-8", "surrogatepass")).digest()
    drawn = int.from_bytes(digest[:8]) / 2**64
    if drawn < TEST:
        return "test"
    return "validation" if drawn < TEST + VALIDATION else "train"


def divide(
    corrected: Sequence[Entry], recording_of: Callable[[Entry], str], mixed: Sequence[Entry] = ()
) -> Divided:
    """Corrected clips by part, with the `mixed` ones, which are only learnt from.

    Whoever speaks in a held-out clip is not learnt from, as long as that costs no more than
    `MOST_LOST` of the clips; of mixed ones those are left out that are held out, or corrected.
    """
    parts: dict[Part, list[Entry]] = {part: [] for part in PARTS}
    for entry in corrected:
        parts[part_of(recording_of(entry))].append(entry)
    held = [*parts["test"], *parts["validation"]]
    notes = []
    train, note = _without_speakers(parts["train"], _speakers(parts["test"]))
    notes += [note] if note else []
    known = {entry.id for entry in corrected}
    sounds = {entry.audio for entry in held}
    fresh = [one for one in mixed if one.id not in known and one.audio not in sounds]
    if len(fresh) < len(mixed):
        notes.append(
            f"{len(mixed) - len(fresh)} mixed clips are held out, or were corrected, and left out"
        )
    if not parts["validation"]:
        notes.append("no recording fell to validation: the best step is chosen by the training's")
    return Divided(
        train=(*train, *fresh),
        validation=tuple(parts["validation"]),
        test=tuple(parts["test"]),
        notes=tuple(notes),
    )


def _speakers(entries: Sequence[Entry]) -> frozenset[str]:
    return frozenset(_speaker(entry) for entry in entries) - {""}


def _speaker(entry: Entry) -> str:
    return (entry.speaker or "").casefold().strip()


def _without_speakers(
    entries: Sequence[Entry], speakers: Collection[str]
) -> tuple[Sequence[Entry], str]:
    """The entries without these speakers, where that leaves enough; and what should be known."""
    others = [entry for entry in entries if _speaker(entry) not in speakers]
    lost = len(entries) - len(others)
    if lost == 0:
        return entries, ""
    if lost > MOST_LOST * len(entries):
        return entries, (
            f"{lost} of {len(entries)} clips to learn from are of speakers that are held out, too: "
            "recordings are kept apart, speakers are not"
        )
    return others, f"{lost} clips were left out because their speakers are held out"
