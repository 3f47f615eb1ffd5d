"""`hansard data normalise`."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from hansard.audio.names import printable
from hansard.cli.clips import HERE, JsonFlag, ProjectFlag, QuietFlag, watching_clips
from hansard.cli.main import DONE, FAILED, set_up_logging
from hansard.cli.tables import print_facts, print_json, print_table
from hansard.errors import DataError, UsageError
from hansard.storage.files import write_whole
from hansard.training.journal import Journal
from hansard.training.manifest import read_leniently, write_manifest
from hansard.training.project import Project
from hansard.training.texts.files import SUFFIXES, find_transcripts
from hansard.training.texts.normalising import NormaliseOptions
from hansard.training.texts.report import Item, describe
from hansard.training.texts.running import normalise_files, normalise_manifest
from hansard.training.watching import Watch

MANIFESTS: Final = frozenset({".jsonl", ".json", ".ndjson"})
AS_USUAL: Final = NormaliseOptions()
REPORT: Final = "normalisation_report.json"
LISTED: Final = 20
"""Failures that are listed; the report has all."""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What is told, and where the project is."""

    project: ProjectFlag = HERE
    """The folder of the training project; here unless said otherwise."""
    json_: JsonFlag = False
    """Write the report to standard output."""
    quiet: QuietFlag = False
    """Say nothing but results and errors."""


def normalise(
    path: Path | None = None,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    options: Annotated[NormaliseOptions, Parameter(name="*", group="Texts")] = AS_USUAL,
    telling: Annotated[Telling, Parameter(name="*", group="Reporting")] = Telling(),
) -> int:
    """Make transcripts alike: characters, script, brackets, punctuation, numbers.

    A manifest becomes a new one; transcript files get NAME.norm.txt beside them, in UTF-8. Letters
    keep their marks. What is not clear stays as it is, and is told in
    manifests/normalisation_report.json. Done work is not done again.

    Parameters
    ----------
    path
        A manifest, a folder of transcripts, or one of them; by default the project's uploads.
    output
        The new manifest; by default NAME.norm.jsonl beside the old one.
    """
    set_up_logging(verbose=False, quiet=telling.quiet)
    _check(options)
    project = Project(telling.project)
    given = project.uploads if path is None else path
    with (
        Journal(project.journals / "normalise.jsonl") as journal,
        watching_clips("normalising", show=not telling.quiet) as watch,
    ):
        if given.suffix.lower() in MANIFESTS and not given.is_dir():
            items, written = _do_manifest(given, output, options, (journal, watch))
        elif output is not None:
            raise UsageError(
                "--output names a new manifest, and there is none for transcript files",
                hint="they get NAME.norm.txt beside them",
            )
        else:
            items, written = _do_files(given, project, options, (journal, watch)), None
    report = describe(items, options, given, written)
    place = project.manifests / REPORT
    write_whole(place, json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    if telling.json_:
        print_json(report)
    else:
        _tell(report, place)
    return FAILED if report["empty"] or report["failed"] else DONE


def _check(options: NormaliseOptions) -> None:
    if options.language is not None and not re.fullmatch(r"[a-z]{2,3}", options.language):
        raise UsageError(
            f"--language {options.language!r} is no code of a language", hint="such as hr, sr, bs"
        )


def _do_manifest(
    path: Path, output: Path | None, options: NormaliseOptions, means: tuple[Journal, Watch]
) -> tuple[list[Item], Path | None]:
    target = output or path.with_name(f"{path.stem}.norm.jsonl")
    if target.absolute() == path.absolute() or (target.exists() and target.samefile(path)):
        raise UsageError(
            f"{printable(str(target))!r} is the manifest itself", hint="choose another name with -o"
        )
    entries, items = normalise_manifest(read_leniently(path), options, *means)
    return items, write_manifest(target, entries) if entries else None


def _do_files(
    path: Path, project: Project, options: NormaliseOptions, means: tuple[Journal, Watch]
) -> list[Item]:
    if path.is_dir():
        found, spare = find_transcripts(path, without=project.duplicates)
    elif path.exists() or path.is_symlink():
        found, spare = [path], []
    else:
        raise DataError(
            f"there is no {printable(str(path))!r}",
            hint="name a manifest, or a folder of transcripts",
        )
    if not found:
        raise DataError(
            f"there is no transcript in {printable(str(path))!r}",
            hint=f"transcripts end in {', '.join(SUFFIXES)}",
        )
    passed = [
        Item(name=str(one), state="passed over", reason="another file of this name stands for it")
        for one in spare
    ]
    return [*normalise_files(found, options, *means), *passed]


def _tell(report: Mapping[str, Any], place: Path) -> None:
    share = report["share"]
    facts = {
        "transcripts": report["transcripts"],
        "normalised": f"{report['normalised']} ({share:.1%})" if share is not None else 0,
        "changed": report["changed"],
        "empty": report["empty"],
        "failed": report["failed"],
        "mixed scripts": len(report["mixed_scripts"]),
        "scripts": _list(report["scripts"]),
        "encodings": _list(report["encodings"]),
        "changes": _list(report["changes"]),
        "left as it is": _list(report["left"]),
        "manifest": report["output"],
        "report": place,
    }
    print_facts({name: fact for name, fact in facts.items() if fact not in {None, ""}})
    failures = [one for one in report["failures"] if one["state"] != "passed over"]
    if failures:
        print()
        rows = [(printable(one["name"]), one["state"], one["reason"]) for one in failures[:LISTED]]
        print_table(("transcript", "state", "reason"), rows)
    if len(failures) > LISTED:
        print(f"and {len(failures) - LISTED} more in the report")
    sys.stdout.flush()


def _list(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
