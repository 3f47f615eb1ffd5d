"""One night: from what was corrected to a better model in use, or to the reason why not.

    count ─ data ─ train ─ package ─ judge ─ promoted
      └─ nothing to do                 └─ kept: the old one stays

Each step is written down when it is done, so a night that was stopped or killed goes on where it
was. Held-out recordings are the same every night, and no model has learnt from them.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from hansard.errors import DataError, ModelError, TrainingError, UsageError
from hansard.evaluation.significance import FEWEST
from hansard.models.hub import ModelFiles
from hansard.models.hub.hub import Hub
from hansard.models.hub.registry_book import Version, promoted, short, spelt, with_version
from hansard.storage.store import Store
from hansard.training.checks import Means as Checks
from hansard.training.fitting.options import FitOptions
from hansard.training.fitting.records import RunFolder, now
from hansard.training.nightly import (
    Counted,
    Gate,
    Night,
    Trial,
    Verdict,
    alone,
    count,
    decide,
    find_open,
    find_seen,
    new_night,
)
from hansard.training.nightly.counting import lacking
from hansard.training.nightly.deciding import describe as describe_trial
from hansard.training.packaging.comparing import OpenEngine
from hansard.training.project import Project
from hansard.training.texts.normalising import NormaliseOptions
from hansard.work.fine_tune import Helpers, Order, fine_tune, require_train, resume
from hansard.work.learn_data import Gathering, gather
from hansard.work.learn_judge import Judging, judge
from hansard.work.lending import Workshop
from hansard.work.options import TranscribeOptions
from hansard.work.package import PackageOrder, package

_OVER: Final = (DataError, TrainingError, ModelError, UsageError)
"""Failures that the same night would meet again; after others it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightOrder:
    """What is to be learnt, and what is to be switched."""

    project: Project
    alias: str
    name: str = ""
    """What the model is registered as; by default the name that the alias stands for."""
    start: str = ""
    """The model to begin with; by default the one that the alias stands for."""
    mix: Path | None = None
    guard: Path | None = None
    min_corrections: int = 50
    since: float | None = None
    """Seconds since 1970; by default what the last night did not know counts as new."""
    gate: Gate = field(default_factory=Gate)
    fit: FitOptions = field(default_factory=FitOptions)
    texts: NormaliseOptions = field(default_factory=NormaliseOptions)
    dry_run: bool = False
    command: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightMeans:
    """What a night works with."""

    hub: Hub
    fetch: Callable[[str], ModelFiles]
    """A model in Hugging Face's layout."""
    store: Store
    options: TranscribeOptions
    workshop: Callable[[], AbstractContextManager[Workshop]]
    open_engine: OpenEngine
    checks: Callable[[], Checks]
    restore: Callable[[Mapping[str, Any]], FitOptions]
    """Options as a night's file has them."""
    helpers: Helpers
    tell: Callable[[str], None] = lambda _step: None
    """Told which step begins."""


def learn(order: NightOrder, means: NightMeans) -> dict[str, Any]:
    """Spend a night; returns what came of it.

    Raises:
        UsageError: the alias or the name may not be given, or nothing tells where to begin.
        TrainingError: another night is under way, or the model cannot be trained or packaged.
        DataError: there is nothing to learn from, or a manifest cannot be used.
        ModelError: a model cannot be had.
        MissingExtraError: the libraries of the extra `train` are absent.
        OutputError: the disk is full or refuses.
        Cancelled: the caller asked to stop; the same command goes on.
    """
    before = _check(order, means.hub)
    if order.dry_run:
        return _plan(order, means, before)
    with alone(order.project):
        night = find_open(order.project, order.alias)
        if night is None:
            counted = _count(order, means)
            reason = lacking(counted, order.min_corrections, FEWEST)
            if reason:
                return _nothing(order, before, counted, reason)
            require_train()
            night = _begin(order, before, counted)
        return _spend(night, order, means)


def _check(order: NightOrder, hub: Hub) -> str | None:
    """What the alias stands for; None where it stands for nothing yet.

    Raises:
        UsageError: it may not be given, or nothing tells where to begin.
    """
    book = hub.registry.read()
    kept = spelt(order.alias, book.aliases)
    before = None if kept is None else book.aliases[kept].target
    moment = datetime.now(UTC)
    promoted(book, order.alias, "any@0", moment)
    with_version(book, _name(order, before), Version(digest="0", registered_at=moment))
    if before is None and not order.start:
        raise UsageError(
            f"alias {order.alias!r} stands for nothing yet",
            hint="tell the model to begin with: --start demo",
        )
    return before


def _name(order: NightOrder, before: str | None) -> str:
    own = before.partition("@")[0] if before else f"{order.alias}-nightly"
    return order.name or own


def _count(order: NightOrder, means: NightMeans) -> Counted:
    return count(means.store, find_seen(order.project, order.alias), order.since)


def _plan(order: NightOrder, means: NightMeans, before: str | None) -> dict[str, Any]:
    """What would be done; writes nothing."""
    night = find_open(order.project, order.alias)
    counted = _count(order, means)
    reason = "" if night else lacking(counted, order.min_corrections, FEWEST)
    told = _nothing(order, before, counted, reason or "a dry run")
    would = "nothing" if reason else f"go on with {night.run}" if night else "learn"
    return {**told, "state": "dry run", "would": would, "start": order.start or before}


def _nothing(
    order: NightOrder, before: str | None, counted: Counted, reason: str
) -> dict[str, Any]:
    return {
        "alias": order.alias,
        "run": None,
        "state": "nothing",
        "promoted": False,
        "reason": reason,
        "before": before,
        "after": before,
        "corrections": _describe(counted),
    }


def _describe(counted: Counted) -> dict[str, Any]:
    return {"all": counted.segments, "new": counted.new, "parts": dict(counted.parts)}


def _begin(order: NightOrder, before: str | None, counted: Counted) -> Night:
    created = now()
    return new_night(
        order.project,
        created[:10],
        alias=order.alias,
        name=_name(order, before),
        created=created,
        before=before,
        start=order.start or before,
        corrections=_describe(counted),
        seen=dict(counted.lines),
        recordings=dict(counted.recordings),
        options=json.loads(json.dumps(asdict(order.fit), default=str)),
        texts=asdict(order.texts),
        gate=asdict(order.gate),
        mix=_absolute(order.mix),
        guard=_absolute(order.guard),
    )


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _spend(night: Night, order: NightOrder, means: NightMeans) -> dict[str, Any]:
    """Go through the steps that are not done; a failure that would come again ends the night."""
    try:
        return _Spending(night, order, means).run()
    except _OVER as error:
        night.note(state="failed", promoted=False, reason=str(error), ended=now())
        raise


class _Spending:
    """A night under way; what was ordered when it began counts."""

    def __init__(self, night: Night, order: NightOrder, means: NightMeans) -> None:
        self._night = night
        self._order = order
        self._means = means
        self._told = night.told
        self._project = order.project
        self._data = night.path.parent / "data"
        self._package = night.path.parent / "package"

    def run(self) -> dict[str, Any]:
        """The steps in their order."""
        clips = self._step("data", self._gather)["clips"]
        if clips["test"] < FEWEST or not clips["train"]:
            return self._end(
                Verdict(
                    promote=False,
                    reason=f"of what was corrected {clips['train']} clips can be learnt from and "
                    f"{clips['test']} are held out; that is too little",
                )
            )
        self._step("train", self._train)
        self._step("package", self._make_package)
        self._means.tell("judge")
        held_out, guard = self._judge()
        figures = {
            "held_out": describe_trial(held_out),
            "guard": None if guard is None else describe_trial(guard),
        }
        self._night.note(figures=figures)
        return self._end(decide(held_out, guard, Gate(**self._told["gate"])))

    def _step(self, name: str, deed: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        if name not in self._night.steps:
            self._means.tell(name)
            self._night.finish(name, deed())
        found: Mapping[str, Any] = self._night.steps[name]
        return found

    def _gather(self) -> Mapping[str, Any]:
        return gather(
            Gathering(
                project=self._project,
                store=self._means.store,
                folder=self._data,
                recordings=self._told["recordings"],
                texts=NormaliseOptions(**self._told["texts"]),
                checks=self._means.checks,
                watch=self._means.helpers.watch,
                mix=_path(self._told["mix"]),
            )
        )

    def _train(self) -> Mapping[str, Any]:
        home = RunFolder(self._project, self._night.run)
        told = home.read() if home.exists else {}
        if told.get("state") != "done":
            deed = resume if told else fine_tune
            told = deed(self._training(), self._means.helpers)
        return {name: told.get(name) for name in ("steps", "best", "seconds", "ending")}

    def _training(self) -> Order:
        return Order(
            project=self._project,
            run=self._night.run,
            data=self._data,
            start=self._means.fetch(self._told["start"]),
            options=self._means.restore(self._told["options"]),
            command=self._order.command,
            request_id=self._order.request_id,
        )

    def _make_package(self) -> Mapping[str, Any]:
        wanted = PackageOrder(run=self._night.run, project=self._project, out=self._package)
        made = package(wanted, self._means.open_engine, self._means.helpers.watch)
        return {"digest": made.digest, "size": made.size}

    def _judge(self) -> tuple[Trial, Trial | None]:
        judging = Judging(
            project=self._project,
            run=self._night.run,
            old=(self._told["before"] or self._told["start"], "before"),
            new=(str(self._package.absolute() / "ct2"), self._night.run),
            options=self._means.options,
            workshop=self._means.workshop,
            watch=self._means.helpers.watch,
        )
        held_out = judge(judging, self._data / "test.jsonl")
        guard = _path(self._told["guard"])
        return held_out, None if guard is None else judge(judging, guard, "guard")

    def _end(self, verdict: Verdict) -> dict[str, Any]:
        """Switch the alias, or say why not."""
        after, reason = self._told["before"], verdict.reason
        done = False
        if verdict.promote:
            self._means.tell("promote")
            done, reason, after = self._promote(reason)
        self._night.note(
            state="promoted" if done else "kept",
            promoted=done,
            reason=reason,
            after=after,
            ended=now(),
        )
        home = RunFolder(self._project, self._night.run)
        shutil.rmtree(home.checkpoints, ignore_errors=True)  # a year of nights would fill the disk
        return describe(self._night)

    def _promote(self, reason: str) -> tuple[bool, str, str | None]:
        """Whether the alias was switched, why or why not, and what it stands for now.

        A model that somebody else promoted meanwhile was not compared with, so it stays.
        """
        alias, registry = self._told["alias"], self._means.hub.registry
        name = self._told["name"]
        made = registry.register(name, self._package)
        target = f"{made.name}@{made.version.digest}"
        book = registry.read()
        stands = book.targets.get(spelt(alias, book.aliases) or alias)
        if stands not in {self._told["before"], target}:
            other = short(stands) if stands else "nothing"
            return False, f"meanwhile {alias!r} was switched to {other}; {reason}", stands
        registry.promote(target, alias)
        return True, reason, target


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def describe(night: Night) -> dict[str, Any]:
    """A night that has ended, for programs."""
    told = night.told
    figures: Mapping[str, Any] = told.get("figures") or {}
    shown = ("alias", "run", "state", "promoted", "reason", "before", "after", "corrections")
    return {
        **{name: told.get(name) for name in shown},
        "data": night.steps.get("data"),
        "training": night.steps.get("train"),
        "package": night.steps.get("package"),
        "held_out": figures.get("held_out"),
        "guard": figures.get("guard"),
    }
