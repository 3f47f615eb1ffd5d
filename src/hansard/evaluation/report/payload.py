"""The data of the list of utterances: scripts, as pages opened from a disk may read nothing else.

`data/index.js` holds what the list is sorted and filtered by, `data/texts-<n>.js` the texts of a
few hundred utterances each, which the page loads when they are looked at.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hansard.evaluation.report.clips import Player, Sounds
from hansard.evaluation.report.diffs import kind_of, pair_times
from hansard.evaluation.report.rows import Row, rate_of
from hansard.evaluation.values import LEVELS, Scored

CHUNK: Final = 200


def write_payload(folder: Path, models: Sequence[str], rows: Sequence[Row], sounds: Sounds) -> None:
    """Write the scripts into `folder`, one row in memory at a time."""
    folder.mkdir()
    with (folder / "index.js").open("w", encoding="utf-8", errors="replace") as file:
        head = json.dumps({"models": list(models), "chunk": CHUNK}, ensure_ascii=False)
        file.write(f"HansardReport.begin({_safe(head)},[\n")
        for number, row in enumerate(rows):
            file.write(_script(_index(row, sounds.players.get(number))) + ",\n")
        file.write("]);\n")
    for chunk in range(0, len(rows), CHUNK):
        name = folder / f"texts-{chunk // CHUNK}.js"
        with name.open("w", encoding="utf-8", errors="replace") as file:
            file.write(f"HansardReport.texts({chunk // CHUNK},[\n")
            for number, row in enumerate(rows[chunk : chunk + CHUNK], start=chunk):
                player = sounds.players.get(number)
                file.write(_script(_texts(row, timed=player is not None)) + ",\n")
            file.write("]);\n")


def _index(row: Row, player: Player | None) -> list[Any]:
    """What the list is made of.

    The id, language, speaker, source, noise, seconds, words, address of the sound, its offset; and
    of each model three rates, substitutions, deletions, insertions, and whether it failed.
    """
    utterance = row.utterance
    return [
        utterance.id,
        utterance.language or "",
        utterance.speaker or "",
        utterance.source or "",
        _finite(utterance.noise, 1),
        _finite(utterance.duration, 2),
        len(utterance.reference.split()),
        player.address if player else "",
        _finite(player.offset, 3) if player else 0,
        [0 if each is None else _figures(each) for each in row.scored],
    ]


def _figures(scored: Scored) -> list[Any]:
    rate = rate_of(scored, "normalised")
    return [
        *(_finite(rate_of(scored, level).rate, 4) for level in LEVELS),
        rate.substitutions,
        rate.deletions,
        rate.insertions,
        int(bool(scored.utterance.failure)),
    ]


def _texts(row: Row, *, timed: bool) -> list[Any]:
    """The reference, and of each model: its text, the diff, times of words, why it failed."""
    return [
        row.utterance.reference,
        [0 if s is None else _heard(s, timed=timed) for s in row.scored],
    ]


def _heard(scored: Scored, *, timed: bool) -> list[Any]:
    diff = [
        pair.reference
        if kind_of(pair) == "equal"
        else [pair.reference or 0, pair.hypothesis or 0, int(pair.tolerated)]
        for pair in scored.pairs
    ]
    times = pair_times(scored) if timed else []  # they lead into the sound
    known = [_finite(time, 2) for time in times] if any(t is not None for t in times) else 0
    return [scored.utterance.hypothesis, diff, known, scored.utterance.failure]


def _finite(value: float | None, digits: int) -> float | int | None:
    """A number that JSON has a form for."""
    if value is None or not math.isfinite(value):
        return None
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded


def _script(value: object) -> str:
    return _safe(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def _safe(text: str) -> str:
    """JSON that ends no script and opens no tag, wherever it is put."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
