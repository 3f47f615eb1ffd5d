"""A package is made: checked, completed, converted, compared, described; whole or not at all.

out/hf/  out/ct2/  [out/ct2-PRECISION/]  run_manifest.json  fidelity.json  README.md  SHA256SUMS
"""

import json
import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hansard.errors import UsageError
from hansard.models.hub import Layout, ModelFiles
from hansard.models.hub.contents import choose as choose_files
from hansard.models.hub.convert import Conversion, convert, require_extra
from hansard.models.hub.manifest import NAME as HUB_MANIFEST
from hansard.models.hub.names import PRECISIONS
from hansard.models.hub.opening import Opening, open_foreign
from hansard.models.hub.registry_folders import BELOW, SUMS
from hansard.models.hub.store import PART, put_in_place, writing
from hansard.models.hub.verify import STAMP
from hansard.storage.files import sha256_of, write_whole
from hansard.training.packaging.card import Card, write_card
from hansard.training.packaging.checks import Checkpoint, check, check_converted, read_checkpoint
from hansard.training.packaging.clips import Clips, through
from hansard.training.packaging.comparing import Means, OpenEngine, compare_all, tongue_for
from hansard.training.packaging.fidelity import Fidelity, describe, judge
from hansard.training.packaging.heads import Choice, choose_heads, share_on_path
from hansard.training.packaging.options import Limits, PackageOptions
from hansard.training.packaging.source import MANIFEST, Source
from hansard.training.watching import Watch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hansard.training.packaging.reference import Reference

logger = logging.getLogger(__name__)

_HF, _CT2 = BELOW["transformers"], BELOW["ctranslate2"]
_FEWEST_TOKENS = 6
"""Clips with fewer say little about attention."""
_WORK = ".work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What to make a package of."""

    source: Source
    out: Path
    clips: Clips
    open_engine: OpenEngine
    options: PackageOptions = field(default_factory=PackageOptions)
    limits: Limits = field(default_factory=Limits)
    watch: Watch = field(default_factory=Watch)
    threads: int = 0
    """Of the CPU; 0 = as many as there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packaged:
    """A package that was made."""

    path: Path
    folders: Mapping[str, str]
    """CTranslate2 folders and their precisions."""
    digest: str
    """Of ct2/, by which the registry will know it."""
    chosen: Choice | None
    fidelities: tuple[Fidelity, ...]
    size: int
    """Bytes of all files."""


def make_package(making: Making) -> Packaged:
    """Make it; an earlier package of the same place is replaced at the end.

    Raises:
        UsageError: a precision is unknown, or something else lies where it shall be.
        MissingExtraError: torch or transformers are absent.
        ModelError: the source is no Whisper, or has faults that would make it useless.
        FidelityError: the conversion hears something else; no package is left, and what was
            measured lies beside its place as `...-fidelity.json`.
        OutputError: the disk is full or refuses.
        Cancelled: the caller asked to stop.
    """
    precisions = read_precisions(making.options.quantization)
    _check_place(making.out)
    require_extra(making.source.name, None)
    part = making.out.with_name(making.out.name + PART)
    try:
        with writing(part):
            shutil.rmtree(part, ignore_errors=True)
            (part / _HF).mkdir(parents=True)
        packaged = _Workbench(making, part).make(precisions)
        put_in_place(part, making.out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return packaged


def read_precisions(asked: tuple[str, ...]) -> tuple[str, ...]:
    """CTranslate2's names of the precisions, in order, each once.

    Raises:
        UsageError: one is unknown, or none is given.
    """
    given = [one.strip() for text in asked for one in text.split(",") if one.strip()]
    for one in given:
        if one.lower() not in PRECISIONS:
            raise UsageError(
                f"unknown quantization {one!r}", hint=f"choose of {', '.join(PRECISIONS)}"
            )
    if not given:
        raise UsageError("no quantization is given", hint=f"choose of {', '.join(PRECISIONS)}")
    return tuple(dict.fromkeys(PRECISIONS[one.lower()] for one in given))


def _check_place(out: Path) -> None:
    """Never take away what is no package."""
    if out.is_dir() and any(out.iterdir()) and not (out / SUMS).is_file():
        raise UsageError(
            f"{str(out)!r} is there already, and is no package", hint="choose another place: --out"
        )
    if out.exists() and not out.is_dir():
        raise UsageError(f"{str(out)!r} is a file", hint="choose another place: --out")


class _Workbench:
    """One package in the making, in its `.part` folder."""

    def __init__(self, making: Making, part: Path) -> None:
        self._making = making
        self._part = part
        self._hf = part / _HF

    def make(self, precisions: tuple[str, ...]) -> Packaged:
        from hansard.training.packaging.reference import Reference

        self._take_weights()
        checkpoint = read_checkpoint(self._hf)
        check(checkpoint, repr(str(self._making.source.weights)))
        files = self._open(_HF)
        reference = Reference(self._hf, files.card, self._making.threads)
        chosen = None if checkpoint.heads else self._choose_heads(reference, checkpoint)
        self._complete_generation(checkpoint, chosen)
        checkpoint = read_checkpoint(self._hf)
        reference.set_heads(checkpoint.heads)
        folders = self._convert(precisions, checkpoint)
        fidelities = compare_all(
            reference,
            checkpoint,
            {name: (self._part / name, precision) for name, precision in folders.items()},
            self._means(),
        )
        self._describe(checkpoint, (folders, chosen, fidelities))
        every = [path for path in self._part.rglob("*") if path.is_file()]
        digest, size = self._open(_CT2).digest, sum(path.stat().st_size for path in every)
        self._check_faithful(fidelities)
        return Packaged(
            path=self._making.out,
            folders=folders,
            digest=digest,
            chosen=chosen,
            fidelities=fidelities,
            size=size,
        )

    def _means(self) -> Means:
        making = self._making
        return Means(making.open_engine, making.clips, making.watch, making.options.fidelity)

    def _take_weights(self) -> None:
        """Copy the files that count, and make those that can be made."""
        from hansard.training.packaging.reference import complete, halve

        weights = self._making.source.weights
        names = [path.name for path in weights.iterdir() if path.is_file()]
        chosen = choose_files(names, "transformers", repr(str(weights)))
        with writing(self._hf):
            for name in chosen.files:
                shutil.copyfile(weights / name, self._hf / name)
        config = json.loads((self._hf / "config.json").read_bytes())
        for name in complete(self._hf, config):
            logger.info("%s was made", name)
        if self._making.options.half:
            for name in chosen.weights:
                halve(self._hf / name)
            _write_json(self._hf / "config.json", {**config, "dtype": "float16"})

    def _choose_heads(self, reference: "Reference", checkpoint: Checkpoint) -> Choice:
        scores: list[NDArray[np.float64]] = []
        for clip in through(self._making.clips, self._making.watch):
            tongue = tongue_for(clip.entry, checkpoint)
            looked = reference.attention(clip.samples, clip.entry.transcript, tongue)
            if looked.shape[1] >= _FEWEST_TOKENS:
                scores.append(share_on_path(looked))
        layers, heads = reference.shape
        chosen = choose_heads(scores, layers, heads)
        if not chosen.is_measured:
            logger.warning("no attention head follows the speech; word times may be rough")
        return chosen

    def _complete_generation(self, checkpoint: Checkpoint, chosen: Choice | None) -> None:
        """Write down heads, and the task that a multilingual model is for."""
        told = dict(checkpoint.generation)
        if chosen is not None:
            told["alignment_heads"] = [list(head) for head in chosen.heads]
        if checkpoint.is_multilingual and not told.get("task"):
            told["task"] = "transcribe"
        if told != checkpoint.generation:
            write_whole(self._hf / "generation_config.json", json.dumps(told, indent=2) + "\n")

    def _convert(self, precisions: tuple[str, ...], checkpoint: Checkpoint) -> dict[str, str]:
        files = self._open(_HF)
        folders: dict[str, str] = {}
        for precision in precisions:
            name = f"{_CT2}-{precision}" if folders else _CT2
            work = self._part / _WORK
            made = convert(Conversion(source=files, precision=precision, models=work))
            with writing(made):
                for note in (HUB_MANIFEST, STAMP):
                    (made / note).unlink()
                made.rename(self._part / name)
                shutil.rmtree(work)
            check_converted(self._part / name, checkpoint)
            folders[name] = precision
        return folders

    def _check_faithful(self, fidelities: tuple[Fidelity, ...]) -> None:
        out = self._making.out
        beside = out.with_name(f"{out.name}-fidelity.json")
        try:
            for fidelity in fidelities:
                judge(fidelity, self._making.limits)
        except Exception:
            shutil.copyfile(self._part / "fidelity.json", beside)
            raise
        beside.unlink(missing_ok=True)

    def _describe(
        self,
        checkpoint: Checkpoint,
        made: tuple[Mapping[str, str], Choice | None, tuple[Fidelity, ...]],
    ) -> None:
        folders, chosen, fidelities = made
        source, card = self._making.source, self._open(_HF).card
        told = dict(source.told) or {"run": source.name}
        _write_json(self._part / MANIFEST, told)
        trials = [describe(one) for one in fidelities]
        origin = self._making.clips.origin
        _write_json(self._part / "fidelity.json", {"clips_of": origin, "trials": trials})
        text = write_card(
            Card(
                name=source.name,
                told=source.told,
                folders=folders,
                languages=_languages(checkpoint, source.told),
                multilingual=checkpoint.is_multilingual,
                window=card.window,
                short_context=card.short_context,
                chosen=chosen,
                fidelities=fidelities,
                clips=origin,
            )
        )
        write_whole(self._part / "README.md", text)
        write_sums(self._part)

    def _open(self, below: str) -> ModelFiles:
        layout: Layout = "transformers" if below == _HF else "ctranslate2"
        opening = Opening(name=self._making.source.name, folder=self._part / below)
        return open_foreign(opening, layout, None)


def _languages(checkpoint: Checkpoint, told: Mapping[str, Any]) -> tuple[str, ...]:
    """What the model was taught, as far as it is told."""
    split = told.get("split")
    train = split.get("train") if isinstance(split, dict) else None
    counted = train.get("languages") if isinstance(train, dict) else None
    if isinstance(counted, dict) and counted:
        return tuple(sorted(one for one in counted if one != "unknown"))
    if not checkpoint.is_multilingual:
        return ("en",)
    return (checkpoint.language,) if checkpoint.language else ()


def write_sums(folder: Path) -> None:
    """List every file's SHA-256 as `sha256sum` does."""
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != SUMS
    )
    lines = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in names)
    write_whole(folder / SUMS, lines)


def _write_json(path: Path, value: Any) -> None:
    write_whole(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
