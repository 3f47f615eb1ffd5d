"""How many summaries of made transcripts are valid, by each way to write one that runs here."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from injection import Case, cases
from runs import print_table, report

if TYPE_CHECKING:
    from hansard.settings import Options

CONTEXT = 16_384
"""Tokens of the random model: its vocabulary is of letters, so texts take many."""


@dataclass
class Tally:
    """What came of all transcripts by one way."""

    cases: int = 0
    valid: int = 0
    points: int = 0
    flagged: int = 0
    parts: int = 0
    """Parts that transcripts were read in."""
    longest: float = 0.0
    """Seconds for the slowest."""
    failed: list[str] = field(default_factory=list)


def ways(stack: ExitStack, asked: Sequence[str]) -> dict[str, "Options"]:
    """Each way by its name, ready; those that cannot run here are left out, and told."""
    from hansard.settings import Options
    from hansard.testing.llm_server import LlmServer, agreeable

    data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-bench-")))
    base = Options(data_dir=data, offline=True)
    made: dict[str, Callable[[], Options]] = {
        "extractive": lambda: base,
        "openai": lambda: replace(base, llm_url=stack.enter_context(LlmServer(agreeable)).url),
        "transformers": lambda: replace(
            base, llm_model=random_model(data), llm_context=CONTEXT, summary_max_tokens=1500
        ),
    }
    if not all(find_spec(name) for name in ("torch", "transformers", "llguidance")):
        made.pop("transformers")
        print("left out: transformers, whose libraries are not installed")
    return {name: make() for name, make in made.items() if name in asked}


def random_model(folder: Path) -> str:
    """A language model of random weights."""
    from hansard.testing.language_models import Shape, make_language_model

    return str(make_language_model(folder / "lm", shape=Shape(context=CONTEXT)))


def measure(options: "Options", chosen: Sequence[Case]) -> Tally:
    """Summarise every case with one template after the other."""
    from hansard.errors import HansardError
    from hansard.models.llm.shapes.schemas import problems_of
    from hansard.wiring.library import Transcriber
    from hansard.writing.forms.template_files import shipped

    tally, templates = Tally(), list(shipped().values())
    with Transcriber(options) as hansard:
        for number, case in enumerate(chosen):
            template = templates[number % len(templates)]
            begin = time.perf_counter()
            tally.cases += 1
            try:
                made = hansard.summarise(case.transcript(), template.id)
            except HansardError as error:
                tally.failed.append(f"{case}: {error.code}: {error}")
                continue
            tally.longest = max(tally.longest, time.perf_counter() - begin)
            tally.valid += not problems_of(made.content, template.schema)
            tally.points += len(made.evidence)
            tally.flagged += len(made.flagged)
            tally.parts += made.metrics.get("parts", 1)
    return tally


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `run.py backends`."""
    parser.description = __doc__
    parser.add_argument("--cases", type=int, default=100, help="transcripts, up to 3 hours long")
    parser.add_argument(
        "--ways", nargs="+", default=["extractive", "openai", "transformers"], metavar="WAY"
    )


def main(given: argparse.Namespace) -> int:
    """Print a row for each way; 1 where a summary is not valid."""
    os.environ.setdefault("OMP_NUM_THREADS", str(given.threads))
    with ExitStack() as stack:
        tallies = {
            name: measure(options, list(cases(given.cases)))
            for name, options in ways(stack, given.ways).items()
        }
    columns = ("cases", "valid", "points", "flagged", "parts", "longest")
    rows = [
        [name, *(f"{getattr(tally, column):g}" for column in columns), str(len(tally.failed))]
        for name, tally in tallies.items()
    ]
    print_table("summaries", ("way", *columns, "failed"), rows)
    for name, tally in tallies.items():
        for reason in dict.fromkeys(tally.failed):
            print(f"{name}: {reason}")
    report({"backends": {name: vars(tally) for name, tally in tallies.items()}}, given.json)
    return int(any(tally.valid < tally.cases for tally in tallies.values()))
