"""`hansard doctor`."""

import platform
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import Annotated, Any

from cyclopts import Parameter

from hansard.cli.flags import with_options
from hansard.cli.main import DONE, FAILED, set_up_logging
from hansard.cli.tables import print_facts, print_json, show_bytes
from hansard.errors import HansardError
from hansard.models.hub.hub import Hub
from hansard.plugins import list_engines
from hansard.settings import Options
from hansard.wiring.machine import inspect_machine, place
from hansard.wiring.workshop import LocalWorkshop, choose_model
from hansard.work.demonstrate import find_sample
from hansard.work.transcribe import transcribe as do_transcribe
from hansard.work.wires import Wires

LIBRARIES = (
    "faster-whisper", "ctranslate2", "onnxruntime", "sherpa-onnx", "scikit-learn", "av", "numpy",
    "huggingface-hub",
)  # fmt: skip
EXTRAS = {
    "align": "torch",
    "cluster": "redis",
    "convert": "torch",
    "llm": "openai",
    "llm-local": "llguidance",
    "lyrics": "mutagen",
    "pyannote": "pyannote.audio",
    "serve": "litestar",
}
"""Extras and the library by which their presence is told."""
KINDS = {
    "engines": "engine",
    "speaker_engines": "speakers",
    "aligners": "aligner",
    "language_models": "llm",
}
"""Facts about back ends, and how each of them is called."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What was measured here and now, on a bundled recording with the bundled model."""

    engine: str
    sample_seconds: float
    first_seconds: float
    """With loading."""
    again_seconds: float
    """With the model loaded."""
    rtfx: float
    """Seconds of sound a second of work, with the model loaded."""


@with_options("Model", "Machine", "Models on disk")
def doctor(
    *, json_: Annotated[bool, Parameter(name="--json", negative="")] = False, options: Options
) -> int:
    """Say what this machine can run, how fast, and what to install for more.

    Times are measured when you ask, with the bundled model; a real model is larger and slower.

    Parameters
    ----------
    json_
        Write JSON.
    """
    set_up_logging(verbose=False)
    problems: list[str] = []
    facts = dict(_gather(options, problems))
    try:
        facts["measured"] = asdict(measure(options))
    except HansardError as error:
        problems.append(f"the default engine does not run: {error}")
        facts["measured"] = None
    facts["problems"] = problems
    if json_:
        print_json(facts)
    else:
        _tell(facts)
    return FAILED if problems else DONE


def measure(options: Options) -> Timing:
    """Transcribe a bundled recording twice with the default engine, and say how long it took."""
    sample = find_sample("standup")
    bundled = replace(options, model="demo", offline=True)
    spent: list[float] = []
    with closing(LocalWorkshop(bundled)) as workshop:
        for _ in range(2):
            begin = perf_counter()
            duration = do_transcribe(sample.path, bundled, workshop, Wires()).duration
            spent.append(perf_counter() - begin)
    return Timing(
        engine=options.engine,
        sample_seconds=duration,
        first_seconds=round(spent[0], 3),
        again_seconds=round(spent[1], 3),
        rtfx=round(duration / spent[1], 1),
    )


def _gather(options: Options, problems: list[str]) -> Iterator[tuple[str, Any]]:
    machine = inspect_machine()
    yield "hansard", version("hansard")
    yield "python", platform.python_version()
    yield "machine", asdict(machine)
    yield "libraries", {name: _version(name) for name in LIBRARIES}
    yield "engines", [asdict(engine) for engine in list_engines()]
    yield "speaker_engines", [asdict(engine) for engine in list_engines("speaker engine")]
    yield "aligners", [asdict(engine) for engine in list_engines("aligner")]
    yield "language_models", [asdict(e) for e in list_engines("language model engine")]
    yield "extras", {name: _version(probe) is not None for name, probe in EXTRAS.items()}
    yield "default_model", choose_model(options)
    yield "placement", asdict(place(options, 0))
    data_dir = options.data_dir.expanduser()
    existing = next(folder for folder in (data_dir, *data_dir.parents) if folder.is_dir())
    free = shutil.disk_usage(existing).free
    yield "data_dir", {"path": str(data_dir), "free_bytes": free}
    if free < 2**30:
        problems.append(f"only {show_bytes(free)} free at {existing}")
    yield "models_here", [m.name for m in Hub(options).list() if m.here]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _tell(facts: dict[str, Any]) -> None:
    machine, placed, measured = facts["machine"], facts["placement"], facts["measured"]
    width = f"{placed['threads']} threads for {placed['workers']} workers"
    lines: dict[str, object] = {
        "hansard": f"{facts['hansard']}, Python {facts['python']}",
        "system": machine["system"],
        "processor": f"{machine['processor']}, {machine['cores']} cores",
        "instructions": " ".join(machine["instructions"]) or "nothing special",
        "memory": f"{show_bytes(machine['free_memory'])} free of {show_bytes(machine['memory'])}",
        "gpu": ", ".join(machine["gpus"]) or "none found",
        "will run on": f"{placed['device']}, {placed['compute_type']}, {width}",
        "default model": facts["default_model"],
        "models here": ", ".join(facts["models_here"]) or "none",
        "data": f"{facts['data_dir']['path']}, {show_bytes(facts['data_dir']['free_bytes'])} free",
    }
    for kind, noun in KINDS.items():
        for engine in facts[kind]:
            lines[f"{noun} {engine['name']}"] = "ready" if engine["ready"] else engine["problem"]
    lines |= {name: shown or "not installed" for name, shown in facts["libraries"].items()}
    for extra, there in facts["extras"].items():
        lines[f"extra {extra}"] = "installed" if there else f"pip install 'hansard[{extra}]'"
    print_facts(lines)
    if measured:
        print(
            f"\nmeasured now: {measured['sample_seconds']:.0f} s of speech with the demo model "
            f"in {measured['again_seconds']:.2f} s ({measured['rtfx']:.0f} x real time); "
            f"{measured['first_seconds']:.2f} s with loading"
        )
    for problem in facts["problems"]:
        print(f"problem: {problem}")
    if facts["default_model"] not in facts["models_here"]:
        print(f"hint: hansard models pull {facts['default_model']}")
