"""The loop of a training: steps, evaluations, checkpoints, and how it ends."""

import logging
import math
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import Any, Literal

import torch

from hansard.errors import Cancelled, MemoryExhaustedError, TrainingError
from hansard.training.fitting.assembly import Augmenter
from hansard.training.fitting.batches import Batch, Lengths, plan_batches
from hansard.training.fitting.checking import Judge, check_loss
from hansard.training.fitting.checkpoints import (
    Progress,
    clear_parts,
    explaining_refusals,
    list_checkpoints,
    part_of,
    read_progress,
    save,
)
from hansard.training.fitting.clips import Clip
from hansard.training.fitting.features import Features
from hansard.training.fitting.loading import Kitchen, Tensors, letters_of, serve
from hansard.training.fitting.machine import accelerate, describe, gpu_utilisation, used_memory
from hansard.training.fitting.network import count_parameters, export, groups_of, load
from hansard.training.fitting.options import FitOptions, suggest_learning_rate
from hansard.training.fitting.records import RunFolder
from hansard.training.fitting.schedule import is_exhausted, rate_at, take_figure
from hansard.training.fitting.shards import Shard
from hansard.training.fitting.vocabulary import Vocabulary
from hansard.training.fitting.windows import plan_checks, plan_windows

logger = logging.getLogger(__name__)

Ending = Literal["all steps done", "no better for too long", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What is learnt from what."""

    start: Path
    """The model to begin with, in Hugging Face's layout."""
    home: RunFolder
    clips: Sequence[Clip]
    shard: Shard
    checks: Sequence[Clip]
    """Clips to evaluate with; may be empty."""
    check_shard: Shard
    options: FitOptions
    vocabulary: Vocabulary
    lengths: Lengths
    """What windows are padded to."""
    facts: Mapping[str, Any]
    """For the generation config and the card of what is exported."""


def _quiet(_stage: str, _facts: Mapping[str, Any]) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Who helps with a training, and who follows it."""

    judge: Judge | None = None
    """Hears clips as a server would, and gives the word error rate; None = the loss decides."""
    augmenter: Augmenter | None = None
    tell: Callable[[str, Mapping[str, Any]], None] = _quiet
    """Told of every stage and step, in the main process."""
    saved: Callable[[Path], None] = lambda _: None
    """Told of every folder that was written: a checkpoint, the best model."""
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a training ended."""

    ending: Ending
    progress: Progress
    total: int
    """Steps that were planned."""


class Fitting:
    """One training; made anew for each start of it."""

    def __init__(self, lesson: Lesson, company: Company) -> None:
        """Load the model.

        Raises:
            SettingError: the machine cannot do what was asked.
            ModelDamagedError: the model cannot be loaded.
        """
        options = lesson.options
        self._lesson, self._company, self._options = lesson, company, options
        self._machine = accelerate(options)
        torch.manual_seed(options.seed)
        letters = letters_of(lesson.clips) if options.ctc_weight else {}
        learner = load(
            lesson.start,
            options,
            letters=len(letters),
            checkpointing=options.gradient_checkpointing,
        )
        self.parameters, self.learning = count_parameters(learner)
        self._rate = options.learning_rate or suggest_learning_rate(self.parameters, options.method)
        optimizer = torch.optim.AdamW(
            groups_of(learner, options.weight_decay),
            lr=self._rate, betas=(0.9, 0.98), eps=1e-6, fused=True,
        )  # fmt: skip
        self._learner, self._optimizer = self._machine.prepare(learner, optimizer)
        self._kitchen = Kitchen(
            shard=lesson.shard,
            vocabulary=lesson.vocabulary,
            features=Features(lesson.start),
            task=options.task,
            augmenter=company.augmenter,
            letters=letters,
        )
        self._progress = Progress()
        self._looked = 0
        """The step after which it was evaluated last."""
        self._clock = time.monotonic()
        """When the last step, or what was due after it, ended."""
        per_epoch = len(self._plan(0))
        self.total = options.max_steps or max(1, round(per_epoch * options.epochs))

    @property
    def machine(self) -> dict[str, Any]:
        """What it runs on."""
        return describe(self._machine)

    @property
    def is_main(self) -> bool:
        """Whether this process is the one that writes and tells."""
        return bool(self._machine.is_main_process)

    def resume(self) -> Path | None:
        """Go on from the newest checkpoint; returns it, or None where there is none.

        Raises:
            TrainingError: it cannot be read.
        """
        found = list_checkpoints(self._lesson.home.checkpoints)
        if not found:
            return None
        self._progress = read_progress(found[-1])
        try:
            self._machine.load_state(str(found[-1]))
        except Exception as error:  # whatever the libraries make of a damaged file
            raise TrainingError(
                f"checkpoint {str(found[-1])!r} cannot be read: {error}",
                hint="delete it, and the one before is taken",
            ) from error
        return found[-1]

    def run(self) -> Outcome:
        """Train until all is done, nothing becomes better, or the caller asks to stop.

        Raises:
            Cancelled: the caller asked to stop; a checkpoint was written.
            DiskFullError: there was no room for a checkpoint; those before are there.
            TrainingError: it diverged.
        """
        if self.is_main:
            clear_parts(self._lesson.home.checkpoints)
        if self._options.evaluate_first and self._lesson.checks and not self._progress.step:
            self._evaluate()
        ending = self._go()
        if ending != "stopped" and self._looked != self._progress.step:
            self._evaluate(last=True)
        self._save()
        if self.is_main:
            shutil.rmtree(self._exported, ignore_errors=True)
        if ending == "stopped":
            raise Cancelled(
                f"stopped after step {self._progress.step}; a checkpoint was written",
                hint=f"hansard train resume {self._lesson.home.name}",
            )
        return Outcome(ending=ending, progress=self._progress, total=self.total)

    def _go(self) -> Ending:
        if self._progress.step >= self.total:
            return "all steps done"
        if is_exhausted(self._progress, self._options.patience):
            return "no better for too long"
        self._clock = time.monotonic()
        for epoch in count(self._progress.epoch):
            plan = self._plan(epoch)[self._progress.taken :]
            batches = [(batch, epoch) for step in plan for batch in step]
            with closing(serve(self._kitchen, batches, self._options.loader_threads)) as stream:
                for _ in plan:
                    ending = self._advance(list(islice(stream, self._options.accumulate)))
                    if ending is not None:
                        return ending
            self._progress = replace(self._progress, epoch=epoch + 1, taken=0)
        raise AssertionError

    def _plan(self, epoch: int) -> list[list[Batch]]:
        """For each step of an epoch, the batches of this process."""
        options = self._options
        windows = plan_windows(self._lesson.clips, options, epoch, options.seed)
        batches = plan_batches(
            windows, options.batch_seconds, self._lesson.lengths, f"{options.seed} {epoch}"
        )
        processes, rank = self._machine.num_processes, self._machine.process_index
        each = processes * options.accumulate
        # every process takes part in every step, so the last one is filled up from the first
        whole = [batches[n % len(batches)] for n in range(-(-len(batches) // each) * each)]
        return [
            [whole[first + n * processes + rank] for n in range(options.accumulate)]
            for first in range(0, len(whole), each)
        ]

    def _advance(self, batches: Sequence[Tensors]) -> Ending | None:
        """Do a step, then whatever is due; returns how the training ends, if it does."""
        try:
            loss, stop = self._step(batches)
        except torch.OutOfMemoryError as error:
            raise MemoryExhaustedError(
                f"the GPU's memory is full in step {self._progress.step + 1}",
                hint="lower --batch-seconds and raise --accumulate, or --gradient-checkpointing",
            ) from error
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss is {loss} in step {self._progress.step + 1}: the training has diverged",
                hint="begin anew with a lower --learning-rate, or with --precision fp32",
            )
        done = replace(self._progress, step=self._progress.step + 1, taken=self._progress.taken + 1)
        seconds = time.monotonic() - self._clock  # waiting for the batch counts, too
        self._progress = replace(done, seconds=done.seconds + seconds)
        self._log(loss, batches, seconds)
        ending = self._after(stop=stop)
        self._clock = time.monotonic()
        return ending

    def _after(self, *, stop: bool) -> Ending | None:
        """What is due after a step; returns how the training ends, if it does."""
        options, step = self._options, self._progress.step
        if step % options.evaluate_every == 0:
            self._evaluate()
        if stop:
            return "stopped"
        if step % options.save_every == 0 and step < self.total:
            self._save()
        if step >= self.total:
            return "all steps done"
        return "no better for too long" if is_exhausted(self._progress, options.patience) else None

    def _step(self, batches: Sequence[Tensors]) -> tuple[float, bool]:
        """A step of the optimiser; returns the mean loss of a token, and whether to stop.

        The loss is the mean over all tokens of the step, whichever batch or process they are in.
        """
        machine = self._machine
        counted = torch.tensor(
            [float(sum(b.counted for b in batches)), float(self._company.cancelled())],
            device=machine.device,
        )
        counted = machine.reduce(counted, reduction="sum")
        tokens, stop = counted.tolist()
        rate = rate_at(self._progress.step, self.total, self._options, self._rate)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._learner.train()
        total = torch.zeros((), device=machine.device)
        for number, batch in enumerate(batches, start=1):
            last = number == len(batches)
            with nullcontext() if last else machine.no_sync(self._learner):
                loss = self._loss(batch)
                machine.backward(loss * (machine.num_processes / tokens))
            total += loss.detach()
        machine.clip_grad_norm_(self._learner.parameters(), self._options.max_grad_norm)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        whole = machine.reduce(total, reduction="sum")
        return float(whole) / tokens, stop > 0

    def _loss(self, batch: Tensors) -> Any:
        return self._learner(*batch.to(self._machine.device))

    def _log(self, loss: float, batches: Sequence[Tensors], seconds: float) -> None:
        step = self._progress.step
        if not self.is_main or (step % self._options.log_every and step != self.total):
            return
        windows = sum(len(batch.inputs) for batch in batches) * self._machine.num_processes
        sound = sum(batch.seconds for batch in batches) * self._machine.num_processes
        self._company.tell(
            "train",
            {
                "step": step,
                "total": self.total,
                "epoch": self._progress.epoch,
                "loss": round(loss, 6),
                "lr": rate_at(step - 1, self.total, self._options, self._rate),
                "gpu_utilisation": gpu_utilisation(self._machine),
                "memory": used_memory(self._machine),
                "seconds": round(seconds, 4),
                "windows_per_second": round(windows / seconds, 3),
                "sound_per_second": round(sound / seconds, 2),
            },
        )

    def _evaluate(self, *, last: bool = False) -> None:
        """Measure on the validation clips; the best model so far is kept whole."""
        self._looked = step = self._progress.step
        figure = torch.zeros((), dtype=torch.float64, device=self._machine.device)
        facts: dict[str, Any] = {}
        if self.is_main:
            facts = self._measure()
            # with nothing to measure, what was trained longest counts as the best
            figure += facts.get("wer", facts.get("loss", -step))
        figure = self._machine.reduce(figure, reduction="sum")  # the others hold zeros
        self._progress = take_figure(self._progress, float(figure))
        better = self._progress.best_step == step
        if self.is_main:
            told = {"step": step, "last": last, "better": better, **facts}
            self._company.tell("evaluate", told)
        if self.is_main and better:
            shutil.rmtree(self._lesson.home.best, ignore_errors=True)
            self._exported.replace(self._lesson.home.best)
            self._company.saved(self._lesson.home.best)
        self._machine.wait_for_everyone()

    @property
    def _exported(self) -> Path:
        return self._lesson.home.best.with_name("candidate.part")

    def _measure(self) -> dict[str, Any]:
        lesson = self._lesson
        facts: dict[str, Any] = {}
        learner = self._machine.unwrap_model(self._learner)
        shutil.rmtree(self._exported, ignore_errors=True)
        with explaining_refusals("the model", self._exported.parent):
            export(learner, lesson.start, self._exported, lesson.facts)
        chosen = _spread(lesson.checks, self._options.evaluate_clips)
        if chosen:
            kitchen = replace(
                self._kitchen,
                shard=lesson.check_shard,
                augmenter=None,
                letters={},
                both_paddings=False,
            )
            batches = plan_batches(
                plan_checks(chosen),
                self._options.batch_seconds,
                replace(lesson.lengths, short=False),
                "checks",
            )
            with self._machine.autocast():
                facts["loss"] = check_loss(learner, kitchen, batches, self._machine.device)
        if chosen and self._company.judge is not None:
            facts.update(self._company.judge(self._exported, chosen, lesson.check_shard))
        return facts

    def _save(self) -> None:
        home, machine = self._lesson.home.checkpoints, self._machine

        def write(part: Path) -> None:  # each process adds its own random numbers
            machine.wait_for_everyone()
            machine.save_state(str(part))
            machine.wait_for_everyone()

        if not self.is_main:
            write(part_of(home, self._progress))
            return
        kept = save(home, self._progress, write, self._options.keep)
        self._company.tell("checkpoint", {"step": self._progress.step, "path": kept.name})
        self._company.saved(kept)


def _spread(clips: Sequence[Clip], most: int) -> list[Clip]:
    stride = max(1, -(-len(clips) // most))
    return list(clips[::stride])
