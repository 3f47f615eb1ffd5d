"""Engines side by side: the same weights, the same sound, one run, A B C A B C ..."""

import argparse
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engines import ENGINES, Variant
from material import Recording, cut, domain_speech
from places import DEMO
from runs import Job, Place, WorkerFailedError, installed, print_table, report, run
from scripted import ScriptedModel, check, scripted_model

COMPARED = (
    "hansard",
    "faster-whisper",
    "faster-whisper batched",
    "faster-whisper batched words",
    "openai-whisper",
    "transformers",
)
HEAD = ("engine", "seconds (range)", "x real time", "time vs hansard", "CPU s", "peak MB", "load s")


@dataclass
class Entry:
    """One engine in one case."""

    name: str
    variant: Variant
    note: str = ""
    """Why it was not measured."""
    answers: list[dict[str, Any]] = field(default_factory=list)

    def seconds(self) -> list[float]:
        """Of each round."""
        return [answer["readings"][0]["wall_s"] for answer in self.answers]


@dataclass(frozen=True)
class Case:
    """Weights and sound."""

    name: str
    model: Path
    recording: Recording
    warm: Path
    script: ScriptedModel | None


def make_case(name: str, minutes: float, tokens: int) -> Case:
    """`demo`, or the size of a scripted checkpoint.

    A scripted recording ends 10 s before the full minute: sequential decoders advance by a little
    less than 30 s, and would spend a whole window on the last fraction of a second.
    """
    speech = domain_speech(minutes)
    warm = cut(speech, 10, "warm-up-10s").path
    if name == "demo":
        return Case(name, DEMO, speech, warm, None)
    length = minutes * 60 - 10
    shorter = cut(speech, length, f"scripted-{length:g}s")
    model = scripted_model(name, tokens)
    return Case(name, model.path, shorter, warm, model)


def tune(case: Case, name: str, place: Place, seconds: float) -> Variant:
    """The fastest of an engine's variants on the beginning of the recording."""
    variants = ENGINES[name].variants
    if len(variants) == 1 or not seconds:
        return variants[0]
    start = cut(case.recording, seconds, f"tune-{case.name}").path
    times = {}
    for place_of, variant in enumerate(variants):
        answer = run(Job(name, case.model, [start], case.warm), place, variant)
        times[place_of] = answer["readings"][0]["wall_s"]
    return variants[min(times, key=times.__getitem__)]


def measure(case: Case, given: argparse.Namespace, place: Place) -> list[Entry]:
    """All engines, in turns."""
    verdicts = check(case.script, place) if case.script else {}
    entries = [prepare(case, name, place, given, verdicts) for name in given.engines]
    for number in range(given.rounds):
        for entry in entries:
            if entry.note:
                continue
            print(f"{case.name} round {number + 1}: {entry.name}", flush=True)
            job = Job(entry.name, case.model, [case.recording.path], case.warm)
            try:
                entry.answers.append(run(job, place, entry.variant))
            except WorkerFailedError as error:
                entry.note = f"failed: {error}"
    return entries


def prepare(
    case: Case, name: str, place: Place, given: argparse.Namespace, verdicts: dict[str, str]
) -> Entry:
    """Leave out what cannot run here or reads other ids; choose the variant of the rest."""
    if not installed(name, place):
        return Entry(name, {}, "not installed")
    family = {"transformers": "transformers generate"}.get(name, name.removesuffix(" words"))
    verdict = verdicts.get(family, "same")
    if not verdict.startswith("same"):
        return Entry(name, {}, verdict)
    try:
        return Entry(name, tune(case, name, place, given.tune_seconds))
    except WorkerFailedError as error:
        return Entry(name, {}, f"failed: {error}")


def row(entry: Entry, case: Case, ours: float | None) -> list[str]:
    """One line of the table."""
    variant = ", ".join(f"{key}={value}" for key, value in entry.variant.items())
    name = f"{entry.name} ({variant})" if variant else entry.name
    if entry.note:
        return [name, entry.note, *[""] * (len(HEAD) - 1)]
    seconds = entry.seconds()
    middle = statistics.median(seconds)
    cpu = statistics.median(answer["readings"][0]["cpu_s"] for answer in entry.answers)
    return [
        name,
        f"{middle:.2f} ({min(seconds):.2f}-{max(seconds):.2f})",
        f"{case.recording.duration / middle:.1f}",
        f"{middle / ours:.2f}x" if ours else "-",
        f"{cpu:.1f}",
        f"{max(answer['peak_mb'] for answer in entry.answers):.0f}",
        f"{statistics.median(answer['load_s'] for answer in entry.answers):.2f}",
        what_was_read(entry, case),
    ]


def what_was_read(entry: Entry, case: Case) -> str:
    """WER where there is a truth to compare with; how many windows where it was scripted."""
    text = entry.answers[-1]["readings"][0]["text"]
    if case.script:
        words = case.script.text.split()
        windows = len(text.split()) / len(words)
        return f"{windows:g} windows"
    from hansard.evaluation import word_error_rate

    rate = word_error_rate(case.recording.text, text, normaliser="english").rate
    return "-" if rate is None else f"WER {100 * rate:.1f} %"


def show(case: Case, entries: list[Entry]) -> dict[str, Any]:
    """Print a case and return what is kept of it."""
    measured = {entry.name: entry for entry in entries if entry.answers}
    ours = statistics.median(measured["hansard"].seconds()) if "hansard" in measured else None
    title = f"{case.name}: {case.recording.duration:.0f} s of speech, {case.recording.path.name}"
    print_table(title, [*HEAD, "read"], [row(entry, case, ours) for entry in entries])
    for entry in measured.values():
        print(f"{entry.name}: {entry.answers[-1]['versions']}")
    return {"title": title, "entries": [vars(entry) for entry in entries]}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `run.py speed`."""
    parser.description = __doc__
    parser.add_argument("--cases", nargs="+", default=["demo", "base", "small"])
    parser.add_argument("--engines", nargs="+", default=list(COMPARED), choices=list(ENGINES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=10, help="length of the recording")
    parser.add_argument("--tokens", type=int, default=100, help="text tokens per scripted window")
    parser.add_argument("--tune-seconds", type=float, default=120, help="0: take first variants")


def main(given: argparse.Namespace) -> int:
    """Measure every case; a table each."""
    place = Place(given.threads, given.peers_python)
    results = {}
    for name in given.cases:
        case = make_case(name, given.minutes, given.tokens)
        results[name] = show(case, measure(case, given, place))
    report({"speed": results, "threads": given.threads}, given.json)
    return 0
