"""The end of a night: two models heard, one chosen, the alias switched or not."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from hansard.cli.fit_options import check_options
from hansard.errors import TrainingError, UsageError
from hansard.models.hub.hub import Hub
from hansard.models.hub.lookup import bundled_folder
from hansard.models.vad.silero import Silero
from hansard.settings import Options
from hansard.storage.folder import FolderStore
from hansard.testing.checkpoints import Script, scripted_checkpoint
from hansard.training.checks import Limits
from hansard.training.checks import Means as Checks
from hansard.training.checks.tokens import Estimate
from hansard.training.manifest import Entry, write_manifest
from hansard.training.nightly import Gate, Night, find_open, find_seen, new_night
from hansard.training.project import Project
from hansard.wiring.fidelity import Converted
from hansard.wiring.workshop import LocalWorkshop
from hansard.work.demonstrate import find_sample
from hansard.work.fine_tune import Helpers
from hansard.work.learn import NightMeans, NightOrder, learn
from hansard.work.lending import Workshop

WRONG = "nothing of all this was ever said by anybody"


class Bench:
    """A project in which a night is nearly over: only the judging is left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = Project(folder / "project")
        self.options = Options(data_dir=folder / "data", offline=True, guards=False)
        self.hub = Hub(self.options)
        self.old = scripted_checkpoint(folder / "old", Script(transcribe=WRONG))
        self.order = NightOrder(project=self.project, alias="best", name="en", start=str(self.old))

    def means(self) -> NightMeans:
        return NightMeans(
            hub=self.hub,
            fetch=lambda name: self.hub.fetch(name, layout="transformers"),
            store=FolderStore(self.folder / "data" / "store"),
            options=self.options,
            workshop=self.workshop,
            open_engine=Converted(self.options).open,
            checks=lambda: Checks(
                detector=Silero(threads=1), counter=Estimate(), limits=Limits(), vad=self.options
            ),
            restore=check_options,
            helpers=Helpers(),
        )

    @contextmanager
    def workshop(self) -> Iterator[Workshop]:
        with closing(LocalWorkshop(self.options)) as workshop:
            yield workshop

    def night(self, *steps: str, **facts: Any) -> Night:
        night = new_night(
            self.project, "2026-11-20", alias="best", name="en", created="1", before=None,
            start=str(self.old), corrections={"all": 60, "new": 50}, seen={"aa": 3},
            recordings={}, options={}, texts={}, gate=asdict(Gate()), mix=None, guard=None,
        )  # fmt: skip
        night.note(**facts)
        clips = {"clips": {"train": 1, "validation": 0, "test": 9}}
        for step in steps or ("data", "train", "package"):
            night.finish(step, clips if step == "data" else {})
        write_manifest(night.path.parent / "data" / "test.jsonl", clips_of("note", "standup"))
        shutil.copytree(bundled_folder("ctranslate2"), night.path.parent / "package" / "ct2")
        return night

    @property
    def target(self) -> str | None:
        return self.hub.registry.read().targets.get("best")


def clips_of(*samples: str, text: str = "") -> list[Entry]:
    return [
        Entry(
            id=f"{name}-{segment.id}", audio=find_sample(name).path, language="en",
            transcript=text or segment.text, start=segment.start, end=segment.end,
            duration=segment.end - segment.start, source="corrections",
        )
        for name in samples
        for segment in find_sample(name).segments
    ]  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_better_model_becomes_what_the_alias_stands_for(bench: Bench) -> None:
    """Registered, promoted, written down, and reported with both models."""
    night = bench.night()
    told = learn(bench.order, bench.means())
    assert (told["state"], told["promoted"]) == ("promoted", True)
    assert told["after"] == bench.target
    assert bench.target is not None
    assert bench.target.startswith("en@")
    assert told["held_out"]["wer_after"] < 0.3 < told["held_out"]["wer_before"]
    assert bench.hub.find("best").path.is_dir()
    report = json.loads((bench.project.manifests / f"eval_{night.run}.json").read_text())
    assert [model["model"] for model in report["models"]] == ["before", night.run]
    assert (bench.project.reports / night.run / "index.html").exists()
    assert find_seen(bench.project, "best") == {"aa": 3}
    assert find_open(bench.project, "best") is None


def test_the_same_model_is_not_better(bench: Bench) -> None:
    """Nothing is switched, nothing is registered, and that is told as a success."""
    bench.night(start="demo")
    told = learn(bench.order, bench.means())
    assert (told["state"], told["promoted"], told["after"]) == ("kept", False, None)
    assert "not better" in told["reason"]
    assert bench.hub.registry.read().models == {}


def test_a_guard_keeps_the_old_one(bench: Bench) -> None:
    """Better on what was corrected, and worse on other speech."""
    guard = write_manifest(bench.folder / "guard.jsonl", clips_of("standup", text=WRONG))
    bench.night(guard=str(guard))
    told = learn(bench.order, bench.means())
    assert told["promoted"] is False
    assert "worse on the guard" in told["reason"]
    assert told["guard"]["wer_before"] < told["guard"]["wer_after"]
    assert told["held_out"]["p_value"] < 0.05


def test_what_was_promoted_meanwhile_stays(bench: Bench) -> None:
    """The candidate was not compared with it."""
    bench.night()
    package = bench.folder / "other"
    shutil.copytree(bench.old, package / "ct2")
    bench.hub.registry.register("other", package)
    other = bench.hub.registry.promote("other", "best").target
    told = learn(bench.order, bench.means())
    assert (told["state"], told["after"]) == ("kept", other)
    assert "meanwhile 'best' was switched to other@" in told["reason"]
    assert bench.target == other


def test_too_little_is_not_trained_on(bench: Bench) -> None:
    """Where too few clips were good, the night ends before it costs anything."""
    night = bench.night("data")
    night.finish("data", {"clips": {"train": 9, "validation": 0, "test": 4}})
    told = learn(bench.order, bench.means())
    assert (told["state"], told["promoted"]) == ("kept", False)
    assert "9 clips can be learnt from and 4 are held out" in told["reason"]


def test_a_night_that_cannot_succeed_is_over(bench: Bench) -> None:
    """It is told, and the next one begins anew with the same corrections."""
    night = bench.night("data", "train")
    shutil.rmtree(night.path.parent / "package")
    with pytest.raises((TrainingError, UsageError)):
        learn(bench.order, bench.means())
    told = json.loads(night.path.read_text())
    assert (told["state"], told["promoted"]) == ("failed", False)
    assert told["reason"]
    assert find_open(bench.project, "best") is None
    assert find_seen(bench.project, "best") == {}


def test_a_dry_run_tells_of_a_night_that_was_stopped(bench: Bench) -> None:
    """It would be gone on with, whatever is new."""
    night = bench.night()
    told = learn(replace(bench.order, dry_run=True), bench.means())
    assert told["would"] == f"go on with {night.run}"
    assert find_open(bench.project, "best") is not None
