"""`hansard data preprocess`, `augment` and `align`: clips as sound."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from hansard.audio.names import printable
from hansard.cli.clips import watching_clips
from hansard.cli.flags import with_options
from hansard.cli.main import DONE, FAILED, set_up_logging
from hansard.cli.tables import print_facts, print_json
from hansard.errors import ManifestError, UsageError
from hansard.settings import Options
from hansard.storage.files import write_whole
from hansard.training.manifest import Entry, ManifestRead, read_leniently, write_manifest
from hansard.training.project import Project
from hansard.training.sounds.writing import Format

if TYPE_CHECKING:
    from hansard.training.sounds.recipes import Recipe

LISTED = 20
"""Failures that are listed; the report has all."""
Flag = Annotated[bool, Parameter(negative="")]


@dataclass(frozen=True, kw_only=True)
class Files:
    """Where things are."""

    output: Annotated[Path | None, Parameter(alias="-o")] = None
    """The new manifest; by default NAME.processed.jsonl, NAME.augmented.jsonl or
    NAME.aligned.jsonl in the project's manifests."""
    project: Path = Path()
    """The project's folder."""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What is told, and how."""

    json_: Annotated[bool, Parameter(name="--json", negative="")] = False
    """Write the report to standard output as JSON."""
    quiet: Annotated[bool, Parameter(alias="-q", negative="")] = False
    """Say nothing but results and errors."""


@dataclass(frozen=True, kw_only=True)
class Making:
    """How clips are made alike."""

    trim: bool = True
    """Cut off silence at both ends."""
    pad: Annotated[float, Parameter(validator=Number(gte=0, lte=5))] = 0.2
    """Seconds of it that are kept."""
    level: Annotated[
        float | None, Parameter(validator=Number(gte=-60, lte=-3), allow_leading_hyphen=True)
    ] = None
    """Make the speech of every clip this loud, in dBFS, e.g. -23; by default it stays as it is."""
    format: Format = "wav"
    """wav or flac, 16 bits a sample."""


@dataclass(frozen=True, kw_only=True)
class Copying:
    """How clips are changed."""

    recipe: Path | None = None
    """The effects, YAML or JSON; by default configs/augment.yaml, else the one that comes with
    Hansard."""
    copies: Annotated[int, Parameter(validator=Number(gte=1, lte=100))] = 1
    """How many copies of each clip."""
    seed: int = 0
    """Another number gives other copies."""
    only_copies: Flag = False
    """Leave the originals out of the new manifest."""
    write_recipe: Flag = False
    """Write the recipe that comes with Hansard to configs/augment.yaml, to be changed."""
    force: Flag = False
    """Augment a manifest for validation or test all the same, and write over a recipe."""


FILES, TELLING, MAKING, COPYING = Files(), Telling(), Making(), Copying()
FilesFlags = Annotated[Files, Parameter(name="*", group="Files")]
TellingFlags = Annotated[Telling, Parameter(name="*", group="Reporting")]


def preprocess(
    manifest: Path,
    /,
    *,
    making: Annotated[Making, Parameter(name="*", group="Sound")] = MAKING,
    files: FilesFlags = FILES,
    telling: TellingFlags = TELLING,
) -> int:
    """Write every clip as a 16 kHz mono file of its own, trimmed; the manifest follows.

    Files go to data/processed. Silence before and after the speech is cut off, and the times of
    words in the manifest and in outputs/ are moved with it. Where no speech is heard, the clip
    stays as long as it is, and the report says so.

    Parameters
    ----------
    manifest
        The manifest of the clips.
    """
    from hansard.models.vad.silero import Silero
    from hansard.training.sounds.preprocessing import PreprocessOptions
    from hansard.training.sounds.preprocessing import preprocess as do_preprocess

    set_up_logging(verbose=False, quiet=telling.quiet)
    here = Project(files.project)
    read, target = _open(manifest, files.output, here, "processed")
    options = PreprocessOptions(**asdict(making))
    with watching_clips("preprocessing", show=not telling.quiet) as watch:
        made = do_preprocess(read.entries, target, here, options, Silero(), watch)
    report = _finish(read, target, made.entries, made.report)
    _save(here, "preprocess_report", report)
    facts = {
        "clips": f"{report['processed']} of {report['clips']}",
        "trimmed": f"{report['seconds_trimmed']} s of {report['seconds_before']} s",
        "resampled from": _counts(report["resampled_from"]),
        "no speech heard": len(report["untrimmed_no_speech_heard"]) or None,
        "manifest": target,
    }
    return _tell(report, facts, json_=telling.json_)


def augment(
    manifest: Path | None = None,
    /,
    *,
    copying: Annotated[Copying, Parameter(name="*", group="Effects")] = COPYING,
    files: FilesFlags = FILES,
    telling: TellingFlags = TELLING,
) -> int:
    """Add copies of clips with noise, room, telephone and the like.

    Files go to data/augmented; the new manifest has the originals and the copies, the times of
    whose words are true. A copy's `augmented_from` names its original: keep both on one side of a
    split, or augment only what was split off for training.

    Parameters
    ----------
    manifest
        The manifest of the clips.
    """
    from hansard.training.sounds.augmenting import Augmenter
    from hansard.training.sounds.copying import check_recipe, check_split, copy_clips, is_copy

    set_up_logging(verbose=False, quiet=telling.quiet)
    here = Project(files.project)
    if copying.write_recipe:
        _write_recipe(_own_recipe(here), force=copying.force)
        if manifest is None:
            return DONE
    if manifest is None:
        raise UsageError("no manifest is named", hint="hansard data augment manifests/run1.jsonl")
    check_split(manifest, force=copying.force)
    read, target = _open(manifest, files.output, here, "augmented")
    effects, source = _recipe(copying.recipe, here)
    augmenter = Augmenter(effects, copying.seed)
    check_recipe(augmenter)
    with watching_clips("augmenting", show=not telling.quiet) as watch:
        made = copy_clips(read.entries, target, here, augmenter, copying.copies, watch)
    kept = [entry for entry in made.entries if is_copy(entry) or not copying.only_copies]
    report = _finish(read, target, kept, {**made.report, "recipe_file": source})
    _save(here, "augment_report", report)
    facts = {
        "clips": report["clips"] - report["failed"],
        "copies": report["copies"],
        "effects": _counts(report["effects"]),
        "recipe": source,
        "manifest": target,
    }
    return _tell(report, facts, json_=telling.json_)


@with_options(
    "Model", "Language", "Word times", "Word time model", "Voice activity", "Machine",
    "Models on disk", "Models in memory",
)  # fmt: skip
def align(
    manifest: Path,
    /,
    *,
    cut: bool = True,
    least: Annotated[float, Parameter(validator=Number(gte=0, lte=1))] = 0.8,
    files: FilesFlags = FILES,
    telling: TellingFlags = TELLING,
    options: Options,
) -> int:
    """Find when each word of each clip is said.

    Times go to outputs/ID/transcription_base.json and into the new manifest. A word that cannot be
    placed has no time; a clip of which too few words can be placed has failed and is left out. Exit
    code 1 if any has. With --align ctc, clips up to 30 s need no recogniser that knows the
    language, only an aligner that does.

    Parameters
    ----------
    manifest
        The manifest of the clips.
    cut
        Cut recordings over 30 s into clips, at sentences and pauses.
    least
        The share of a clip's words that must have a time, 0 to 1.
    """
    from hansard.cli.working import at_work
    from hansard.work.align_clips import ClipChoices, align_clips

    set_up_logging(verbose=False, quiet=telling.quiet)
    here = Project(files.project)
    read, target = _open(manifest, files.output, here, "aligned")
    staying = replace(options, residency="resident")
    shown = not telling.quiet
    with (
        at_work("models", staying, show=False) as (workshop, _),
        watching_clips("aligning", show=shown) as watch,
    ):
        choices = ClipChoices(cut=cut, least=least)
        made = align_clips(read.entries, here, choices, (staying, workshop), watch)
    report = _finish(read, target, made.entries, made.report)
    _save(here, "alignment_report", report)
    reference = report["reference"] or {}
    facts = {
        "clips aligned": f"{report['aligned']} of {report['clips']}",
        "confidence": report["mean_confidence"],
        "method": _counts(report["methods"]),
        "poor": len(report["poor"]) or None,
        "off the known times": f"{reference['mean_offset']} s" if reference else None,
        "manifest": target,
    }
    return _tell(report, facts, json_=telling.json_)


def _open(
    manifest: Path, output: Path | None, project: Project, made: str
) -> tuple[ManifestRead, Path]:
    """What the manifest holds, and where the new one goes.

    Raises:
        ManifestError: it cannot be read, or holds nothing.
        UsageError: the new one would be written over it.
    """
    inside = project.root / manifest
    source = inside if not manifest.exists() and inside.exists() else manifest
    read = read_leniently(source)
    if not read.entries and not read.faults:
        raise ManifestError(f"{str(source)!r} holds no clips")
    target = output or project.manifests / f"{source.name.removesuffix('.jsonl')}.{made}.jsonl"
    if target.resolve() == source.resolve():
        raise UsageError(
            f"'{printable(target)}' is the manifest itself, and would be written over",
            hint="choose another name with -o",
        )
    return read, target.absolute()


def _finish(
    read: ManifestRead, target: Path, entries: Sequence[Entry], report: Mapping[str, Any]
) -> dict[str, Any]:
    """Write the new manifest; the report with what was wrong in the old one."""
    write_manifest(target, entries)
    return {
        "manifest": str(read.path),
        "output": str(target),
        "entries_written": len(entries),
        **report,
        "faults": [asdict(fault) for fault in read.faults],
    }


def _save(project: Project, name: str, report: Mapping[str, Any]) -> None:
    text = json.dumps(report, ensure_ascii=False, indent=1, default=str)
    write_whole(project.manifests / f"{name}.json", f"{text}\n")


def _tell(report: Mapping[str, Any], facts: Mapping[str, object], *, json_: bool) -> int:
    """The outcome for people or programs; the exit code."""
    if json_:
        print_json(report)
    else:
        print_facts({name: value for name, value in facts.items() if value is not None})
    lines = [f"line {one['line']}: {one['message']}" for one in report["faults"]]
    lines += [f"{one['id']}: {one['reason']}" for one in report["failures"]]
    for line in lines[:LISTED]:
        print(f"left out: {line}", file=sys.stderr)
    if len(lines) > LISTED:
        print(f"left out: {len(lines) - LISTED} more, see the report", file=sys.stderr)
    return FAILED if lines else DONE


def _counts(counts: Mapping[str, int]) -> str | None:
    return ", ".join(f"{name} ({count})" for name, count in counts.items()) or None


def _own_recipe(project: Project) -> Path:
    return project.root / "configs" / "augment.yaml"


def _recipe(given: Path | None, project: Project) -> "tuple[Recipe, str]":
    """The recipe to use, and where it is from."""
    from hansard.training.sounds.recipes import parse_recipe, read_recipe, shipped_recipe

    own = _own_recipe(project)
    path = given or (own if own.exists() else None)
    if path is None:
        return parse_recipe(shipped_recipe()), "the one that comes with Hansard"
    return read_recipe(path), str(path)


def _write_recipe(path: Path, *, force: bool) -> None:
    from hansard.training.sounds.recipes import shipped_recipe

    if path.exists() and not force:
        raise UsageError(f"'{printable(path)}' is there already", hint="--force writes over it")
    write_whole(path, shipped_recipe())
    print(f"recipe written to {path}", file=sys.stderr)
