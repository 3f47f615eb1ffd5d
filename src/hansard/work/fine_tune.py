"""A model made better: data opened and checked, trained, everything about it written down."""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hansard.errors import (
    Cancelled,
    ManifestError,
    MissingExtraError,
    OutputError,
    TrainingError,
    UsageError,
)
from hansard.models.hub import ModelFiles
from hansard.training.fitting.assembly import Augmenter
from hansard.training.fitting.batches import FULL, SHORT_CONTEXTS, Lengths
from hansard.training.fitting.checkpoints import list_checkpoints
from hansard.training.fitting.chronicle import Chronicle
from hansard.training.fitting.clips import Clip, Refusal, check_refused, choose_clips
from hansard.training.fitting.copies import restore
from hansard.training.fitting.options import FitOptions
from hansard.training.fitting.records import RunFolder, find_commit, now
from hansard.training.fitting.shards import Shard, open_shard
from hansard.training.fitting.vocabulary import Vocabulary, read_vocabulary
from hansard.training.manifest import Entry, read_leniently, read_manifest
from hansard.training.project import Project
from hansard.training.watching import Watch

if TYPE_CHECKING:
    from hansard.training.fitting.checking import Judge
    from hansard.training.fitting.loop import Fitting, Outcome

logger = logging.getLogger(__name__)

_NEEDS = ("torch", "transformers", "accelerate", "safetensors")
Tell = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be trained on what."""

    project: Project
    run: str
    data: Path
    """A manifest, or a folder with train.jsonl and validation.jsonl."""
    start: ModelFiles
    options: FitOptions
    command: str = ""
    """As it was typed, for the record."""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Helpers:
    """Who follows a training, and judges the model."""

    judge: "Judge | None" = None
    watch: Watch = field(default_factory=Watch)
    tell: Tell = lambda _stage, _facts: None
    augmenter: Callable[[FitOptions], Augmenter | None] = lambda _: None


def require_train() -> None:
    """Refuse where the libraries of the extra `train` are absent.

    Raises:
        MissingExtraError: names what is missing.
    """
    missing = [module for module in _NEEDS if find_spec(module) is None]
    if missing:
        raise MissingExtraError(
            f"training needs {' and '.join(missing)}, which cannot be found",
            hint="pip install 'hansard[train]'",
        )


def fine_tune(order: Order, helpers: Helpers) -> dict[str, Any]:
    """Begin a training; returns the run's manifest at its end, nothing in processes that only help.

    Raises:
        UsageError: there is a run of this name.
        OutputError: the project's folder refuses.
        DataError: there are clips that cannot be learnt from.
        HansardError: as `Fitting` does.
        Cancelled: the caller asked to stop; `resume` goes on.
    """
    require_train()
    home = RunFolder(order.project, order.run)
    if home.exists:
        raise UsageError(
            f"there is a run {order.run!r} already",
            hint=f"hansard train resume {order.run}, or another --run",
        )
    home.make()
    return _train(order, helpers, home, None)


def resume(order: Order, helpers: Helpers) -> dict[str, Any]:
    """Go on with a training from its newest checkpoint; returns the run's manifest at its end.

    Raises:
        UsageError: there is no such run.
        TrainingError: its data, or the model it began with, is not what it was.
        HansardError: as `fine_tune` does.
    """
    require_train()
    home = RunFolder(order.project, order.run)
    if order.options.copy_to and not list_checkpoints(home.checkpoints):
        restore(order.options.copy_to, home.path)
    before = home.read()
    if before.get("start", {}).get("digest") != order.start.digest:
        raise TrainingError(
            f"the model that run {order.run!r} began with has changed: {order.start.name!r}",
            hint="begin a new run",
        )
    return _train(order, helpers, home, before)


def _train(
    order: Order, helpers: Helpers, home: RunFolder, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    from hansard.training.fitting.machine import lead

    with (
        lead(order.options) as leads,
        Chronicle(home, order.request_id, order.options.copy_to, leads=leads) as chronicle,
    ):
        chronicle.follow(helpers.tell)
        chronicle.figures.update(before.get("figures", {}) if before else {})
        try:
            told = _prepared(order, helpers, chronicle, before)
        except BaseException as error:
            stopped = isinstance(error, Cancelled | KeyboardInterrupt)
            facts: dict[str, Any] = {} if stopped else {"error": str(error) or type(error).__name__}
            facts["figures"] = chronicle.figures
            with suppress(OutputError):  # what went wrong first is what counts
                _end(home, "stopped" if stopped else "failed", chronicle.tell, facts, leads=leads)
            raise
        figures = {"figures": chronicle.figures}
        return _end(home, "done", chronicle.tell, {**told, **figures}, leads=leads)


def _prepared(
    order: Order, helpers: Helpers, chronicle: Chronicle, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    from hansard.training.fitting.loop import Company, Fitting, Lesson
    from hansard.training.fitting.machine import lead_first

    options = order.options
    vocabulary = read_vocabulary(order.start.path)
    parts = find_parts(order.data)
    chronicle.tell("data", {"train": str(parts["train"])})
    with lead_first():  # one process decodes, the others find what it made
        opened = {
            path: _open(path, vocabulary, (order, helpers))
            for path in dict.fromkeys(parts.values())
        }
    train, checks = opened[parts["train"]], opened[parts["validation"]]
    check_refused(train.refused, len(train.clips), skip=options.skip_bad)
    for part in opened.values():
        _warn(part.refused)
    lesson = Lesson(
        start=order.start.path,
        home=chronicle.home,
        clips=train.clips,
        shard=train.shard,
        checks=checks.clips,
        check_shard=checks.shard,
        options=options,
        vocabulary=vocabulary,
        lengths=_lengths(order),
        facts=_facts(train.clips, vocabulary, options),
    )
    company = Company(
        judge=helpers.judge,
        augmenter=helpers.augmenter(options),
        tell=chronicle.tell,
        saved=chronicle.saved,
        cancelled=helpers.watch.cancelled,
    )
    told = _describe(order, (train, checks), before)
    _check_same(told, before, order.run)
    fitting = Fitting(lesson, company)
    if before is not None:
        checkpoint = fitting.resume()
        chronicle.tell("resume", {"checkpoint": checkpoint.name if checkpoint else None})
    return _run(fitting, chronicle, {**told, **_sizes(fitting)})


def _run(fitting: "Fitting", chronicle: Chronicle, told: dict[str, Any]) -> dict[str, Any]:
    if fitting.is_main:
        chronicle.home.write({**told, "state": "running"})
        chronicle.tell("begin", {"total": fitting.total, **fitting.machine})
    return _result(fitting.run())


@dataclass(frozen=True, slots=True)
class _Part:
    path: Path
    entries: Sequence[Entry]
    clips: Sequence[Clip]
    refused: Sequence[Refusal]
    shard: Shard


def find_parts(data: Path) -> dict[str, Path]:
    """The manifests for training and validation: of a folder of splits, or one for both.

    Raises:
        ManifestError: there is neither.
    """
    if data.is_dir():
        train, validation = data / "train.jsonl", data / "validation.jsonl"
        if not train.exists():
            raise ManifestError(
                f"there is no train.jsonl in {str(data)!r}",
                hint="hansard data split makes it; or name a manifest",
            )
        return {"train": train, "validation": validation if validation.exists() else train}
    return {"train": data, "validation": data}


def _open(path: Path, vocabulary: Vocabulary, means: tuple[Order, Helpers]) -> _Part:
    order, helpers = means
    entries, faulty = _read(path, order.options)
    shard = open_shard(entries, order.project.shards, helpers.watch)
    clips, refused = choose_clips(
        entries, shard.durations, vocabulary, order.options.train_language
    )
    return _Part(path, entries, clips, (*faulty, *refused), shard)


def _read(path: Path, options: FitOptions) -> tuple[Sequence[Entry], Sequence[Refusal]]:
    """The entries that are wanted, and what is left out for the faults of its line."""
    if options.skip_bad:
        read = read_leniently(path)
        entries: Sequence[Entry] = read.entries
        faulty = [Refusal(fault.id or f"line {fault.line}", fault.message) for fault in read.faults]
    else:
        entries, faulty = read_manifest(path), []
    stride = -(-len(entries) // options.max_clips) if options.max_clips and entries else 1
    return entries[::stride], faulty


def _warn(refused: Sequence[Refusal]) -> None:
    for one in refused:
        logger.warning("clip %r is left out: %s", one.id, one.reason)


def _lengths(order: Order) -> Lengths:
    """What windows are padded to; engines keep contexts short only where the card says so."""
    asked, card = order.options.context, order.start.card
    return Lengths(
        served=SHORT_CONTEXTS if card.short_context else (FULL,),
        short=asked == "short" or (asked == "auto" and card.short_context),
        served_share=order.options.served_share,
    )


def _facts(clips: Sequence[Clip], vocabulary: Vocabulary, options: FitOptions) -> dict[str, Any]:
    """What the exported model says of itself: its task, and its language where it has one."""
    languages = {clip.language for clip in clips if clip.text}
    facts: dict[str, Any] = {"forced_decoder_ids": None}
    if vocabulary.is_multilingual:
        facts["task"] = options.task
        facts["language"] = f"<|{languages.pop()}|>" if len(languages) == 1 else None
    return facts


def _describe(
    order: Order, parts: Sequence[_Part], before: Mapping[str, Any] | None
) -> dict[str, Any]:
    train, checks = parts
    return {
        "run": order.run,
        "state": "running",
        "created": before["created"] if before else now(),
        "command": before["command"] if before else order.command,
        "request_id": order.request_id,
        "git_commit": find_commit(order.project.root),
        "versions": {"hansard": version("hansard")},
        "start": {"name": order.start.name, "digest": order.start.digest},
        "options": json.loads(json.dumps(asdict(order.options), default=str)),
        "data": str(order.data.absolute()),
        "split": {"train": _summary(train), "validation": _summary(checks)},
        "sources": _sources(train.entries),
    }


def _summary(part: _Part) -> dict[str, Any]:
    return {
        "manifest": str(part.path.absolute()),
        "sha256": hashlib.sha256(part.path.read_bytes()).hexdigest(),
        "clips": len(part.clips),
        "left_out": len(part.refused),
        "hours": round(sum(clip.duration for clip in part.clips) / 3600, 4),
        "languages": dict(Counter(clip.language or "unknown" for clip in part.clips)),
    }


def _sources(entries: Sequence[Entry]) -> list[dict[str, str | None]]:
    found = sorted({(entry.source or "", entry.licence or "") for entry in entries})
    return [{"source": source or None, "licence": licence or None} for source, licence in found]


def _check_same(told: Mapping[str, Any], before: Mapping[str, Any] | None, run: str) -> None:
    if before is None:
        return
    if told["split"]["train"]["sha256"] != before["split"]["train"]["sha256"]:
        raise TrainingError(
            f"the manifest that run {run!r} learns from has changed: {told['data']!r}",
            hint="begin a new run",
        )


def _sizes(fitting: "Fitting") -> dict[str, Any]:
    return {
        "machine": fitting.machine,
        "parameters": fitting.parameters,
        "learning_parameters": fitting.learning,
        "total_steps": fitting.total,
    }


def _result(outcome: "Outcome") -> dict[str, Any]:
    progress = outcome.progress
    measured = progress.best is not None and progress.best >= 0  # nothing to measure with: -step
    return {
        "ending": outcome.ending,
        "steps": progress.step,
        "best": {"step": progress.best_step, "figure": progress.best if measured else None},
        "seconds": round(progress.seconds, 2),
    }


def _end(
    home: RunFolder, state: str, tell: Tell, facts: Mapping[str, Any], *, leads: bool = True
) -> dict[str, Any]:
    tell(state, facts)
    return home.note(state=state, **facts) if leads and home.exists else {}
