"""Moving needless recordings out of the way, so that a kill half-way is made good."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hansard.storage.files import write_whole
from hansard.training.checks.copies import Copy, find_transcripts
from hansard.training.checks.twins import Family
from hansard.training.project import Project

logger = logging.getLogger(__name__)

PLANNED = "dedupe-moves.json"
"""In the journals' folder: what was to be moved when a run was stopped."""


@dataclass(frozen=True, slots=True)
class Move:
    """A file that goes to another place."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of moves."""

    done: tuple[Move, ...] = ()
    failed: tuple[tuple[Move, str], ...] = ()
    """With why."""


def plan_moves(
    families: Iterable[Family], movable: Sequence[Copy], every: Iterable[Path], project: Project
) -> tuple[Move, ...]:
    """Where each needless recording goes, and its transcripts with it.

    Only those of `movable` go; `every` is every recording. The path below `uploads` is kept below
    `uploads/duplicates`; where something lies there already, a number is added. A transcript stays
    with a recording that stays.
    """
    can_go = {copy.path for copy in movable}
    going = [twin.copy for family in families for twin in family.twins if twin.copy.path in can_go]
    leaving = {copy.path for copy in going}
    staying = [path for path in every if path not in leaving]
    needed = {text for path in staying for text in find_transcripts(path)}
    texts = {text: None for copy in going for text in copy.transcripts if text not in needed}
    taken: set[Path] = set()
    return tuple(
        Move(source, _free(project.duplicates / source.relative_to(project.uploads), taken))
        for source in (*(copy.path for copy in going), *texts)
    )


def _free(target: Path, taken: set[Path]) -> Path:
    """A path where nothing lies and nothing is to go."""
    tried, number = target, 1
    while tried in taken or tried.exists() or tried.is_symlink():
        number += 1
        tried = target.with_name(f"{target.stem} ({number}){target.suffix}")
    taken.add(tried)
    return tried


def carry_out(moves: Sequence[Move], project: Project, before: Moved) -> Moved:
    """Move files; what is to be moved is written down first, for `finish` after a kill.

    `before` is what `finish` did; it is in what is given back.

    Raises:
        OutputError: the plan cannot be written.
    """
    if not moves:
        return before
    every = [*before.done, *moves]
    plan = [{"from": str(move.source), "to": str(move.target)} for move in every]
    write_whole(project.journals / PLANNED, json.dumps(plan, ensure_ascii=False))
    now = _carry_out(moves)
    return Moved(done=(*before.done, *now.done), failed=(*before.failed, *now.failed))


def finish(project: Project) -> Moved:
    """Make the moves that a stopped run had planned and not made yet."""
    done: list[Move] = []
    left: list[Move] = []
    for move in _read_plan(project.journals / PLANNED):
        source, target = move.source.exists(), move.target.exists()
        if source and target and move.source.samefile(move.target):
            move.source.unlink()  # killed between the new name and the old one
        elif source and not target:
            left.append(move)
            continue
        if target:
            done.append(move)
    moved = _carry_out(left)
    return Moved(done=(*done, *moved.done), failed=moved.failed)


def forget_plan(project: Project) -> None:
    """The moves are made, and told in the report."""
    (project.journals / PLANNED).unlink(missing_ok=True)


def _carry_out(moves: Iterable[Move]) -> Moved:
    done: list[Move] = []
    failed: list[tuple[Move, str]] = []
    for move in moves:
        try:
            move.target.parent.mkdir(parents=True, exist_ok=True)
            _rename(move)
        except OSError as error:
            failed.append((move, error.strerror or str(error)))
        else:
            done.append(move)
    return Moved(done=tuple(done), failed=tuple(failed))


def _rename(move: Move) -> None:
    """Give a file its new name, never over another file."""
    try:
        move.target.hardlink_to(move.source)
    except FileExistsError:
        raise
    except OSError:
        # a file system without hard links; nothing lies there, as was just seen
        if move.target.exists():
            raise
        move.source.rename(move.target)
    else:
        move.source.unlink()


def _read_plan(path: Path) -> tuple[Move, ...]:
    try:
        plan: Sequence[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return tuple(Move(Path(one["from"]), Path(one["to"])) for one in plan)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError):
        logger.warning("%s cannot be read, and is left out of account", path.name)
        return ()


def shown(moves: Iterable[Move], project: Project) -> Iterator[dict[str, str]]:
    """Moves for a report: paths below the project."""
    root = project.root
    for move in moves:
        yield {"from": below(move.source, root), "to": below(move.target, root)}


def below(path: Path, root: Path) -> str:
    """A path as it is seen from the project, where it lies in it."""
    here = root.absolute()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)
