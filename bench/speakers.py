"""How well speakers are told apart: made and real conversations, each engine, count known or not.

As a program of its own (`python bench/speakers.py REQUEST`) it is the process that is measured.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from places import AUDIO, BENCH
from runs import WorkerFailedError, print_table, report
from words import ask
from worker import peak_memory

REAL = BENCH.parent.parent / "shared" / "data" / "diarization"
COLLAR = 0.25
HEAD = (
    *("recordings", "engine", "count", "DER", "DER 0.25 s", "missed", "false", "confused", "JER"),
    *("count right", "off by", "s per hour", "peak MB"),
)


@dataclass(frozen=True)
class Scene:
    """A recording and who truly spoke when."""

    group: str
    path: Path
    duration: float
    turns: tuple[Any, ...]
    made: Any = None
    """The conversation, with its words, where it was made here."""

    @property
    def speakers(self) -> int:
        """How many there are."""
        return len({turn.speaker for turn in self.turns})


def made_scenes(given: argparse.Namespace) -> list[Scene]:
    """Conversations of test voices."""
    from hansard.testing.conversations import TEST_VOICES, ConversationPlan, make_conversation

    folder = AUDIO / "speakers"
    folder.mkdir(parents=True, exist_ok=True)
    scenes = []
    for speakers in given.speakers:
        for seed in range(given.seeds):
            plan = ConversationPlan(
                seed=seed,
                speakers=speakers,
                minutes=given.minutes,
                overlap=given.overlap,
                noise=given.noise,
                reverberation=0.2,
                variation=0.05,
                voices=TEST_VOICES,
            )
            made = make_conversation(plan, folder)
            group = f"{speakers} voices, {given.minutes:g} min"
            scenes.append(Scene(group, made.path, made.duration, made.turns, made))
    return scenes


def real_scenes(folder: Path) -> list[Scene]:
    """Every recording of a folder that one of its RTTM files tells of; its name is the WAV's."""
    from hansard import Turn, probe

    turns: dict[str, list[Turn]] = {}
    for path in sorted(folder.glob("*.rttm")):
        for line in path.read_text(encoding="utf-8").splitlines():
            fields = line.split()
            if fields[:1] == ["SPEAKER"]:
                start, length = float(fields[3]), float(fields[4])
                turn = Turn(speaker=fields[7], start=start, end=start + length)
                turns.setdefault(fields[1], []).append(turn)
    scenes = []
    for name, found in sorted(turns.items()):
        path = folder / f"{name}.wav"
        duration = probe(path).duration or max(turn.end for turn in found)
        scenes.append(Scene("real", path, duration, tuple(found)))
    return scenes


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Tell speakers apart in `jobs[]` of `{audio, count}`, or transcribe them as well."""
    from hansard import Options

    options = Options(offline=True, threads=request["threads"], **request["options"])
    read = transcribing if request["transcribe"] else diarising
    readings = read(options, request["jobs"])
    return {"readings": readings, "peak_mb": peak_memory() / 1e6}


def diarising(options: Any, jobs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """As `hansard diarize` does; the engine is loaded before the clock starts."""
    from dataclasses import replace

    from hansard.wiring.workshop import LocalWorkshop
    from hansard.work.diarise import diarise
    from hansard.work.wires import Wires

    workshop = LocalWorkshop(options)
    readings = []
    try:
        with workshop.lend_speakers(options):
            pass
        for job in jobs:
            asked = replace(options, num_speakers=job["count"])
            begin = time.perf_counter()
            found = diarise(Path(job["audio"]), asked, workshop, Wires())
            wall = time.perf_counter() - begin
            turns = [[turn.speaker, turn.start, turn.end] for turn in found.turns]
            readings.append({**job, "wall_s": wall, "turns": turns})
    finally:
        workshop.close()
    return readings


def transcribing(options: Any, jobs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """As `hansard transcribe --diarize` does."""
    from dataclasses import replace

    from hansard import Transcriber

    readings = []
    with Transcriber(options) as transcriber:
        for job in jobs:
            asked = replace(options, diarize=True, num_speakers=job["count"])
            found = transcriber.transcribe(job["audio"], asked)
            said = [[s.text, s.start, s.end, s.speaker] for s in found.segments]
            readings.append({**job, "said": said, "stages": found.metrics["stage_seconds"]})
    return readings


def score(scenes: list[Scene], readings: list[dict[str, Any]]) -> dict[str, Any]:
    """One engine's figures on a group; errors are of all speech of the group together."""
    from hansard.evaluation import diarisation_error_rate, jaccard_error_rate
    from hansard.transcript import Span, Turn

    strict, lenient, jaccard, counts = [], [], [], []
    for scene, reading in zip(scenes, readings, strict=True):
        heard = [Turn(speaker=name, start=a, end=b) for name, a, b in reading["turns"]]
        whole = [Span(0.0, scene.duration)]
        strict.append(diarisation_error_rate(scene.turns, heard, scored=whole))
        lenient.append(diarisation_error_rate(scene.turns, heard, scored=whole, collar=COLLAR))
        jaccard.append(jaccard_error_rate(scene.turns, heard, scored=whole) or 0.0)
        counts.append(len({turn.speaker for turn in heard}) - scene.speakers)
    speech = sum(error.total for error in strict)
    kinds = ("missed", "false_alarm", "confusion")
    return {
        "der": sum(error.wrong for error in strict) / speech,
        "der_collar": sum(e.wrong for e in lenient) / sum(e.total for e in lenient),
        **{kind: sum(getattr(error, kind) for error in strict) / speech for kind in kinds},
        "jer": sum(jaccard) / len(jaccard),
        "counts_right": sum(not off for off in counts),
        "recordings": len(counts),
        "count_error": sum(map(abs, counts)) / len(counts),
        "seconds_per_hour": sum(one["wall_s"] for one in readings)
        / sum(scene.duration for scene in scenes)
        * 3600,
    }


def score_words(scenes: list[Scene], readings: list[dict[str, Any]]) -> dict[str, Any]:
    """Words that reached the right speaker, beside words as such."""
    from hansard.evaluation import (
        pool,
        speaker_texts,
        speaker_word_error_rate,
        turn_word_error_rate,
        word_error_rate,
    )
    from hansard.transcript import Segment

    plain, speakers, turns = [], [], []
    for scene, reading in zip(scenes, readings, strict=True):
        heard = [
            Segment(id=number, text=text, start=start, end=end, speaker=speaker)
            for number, (text, start, end, speaker) in enumerate(reading["said"])
        ]
        said = scene.made.segments
        texts = (" ".join(part.text for part in side) for side in (said, heard))
        plain.append(word_error_rate(*texts, normaliser="english"))
        known, found = speaker_texts(said), speaker_texts(heard)
        speakers.append(speaker_word_error_rate(known, found, normaliser="english").counts)
        turns.append(turn_word_error_rate(said, heard, normaliser="english"))
    return {
        "wer": pool(plain).rate,
        "cpwer": pool(speakers).rate,
        "dewer": sum(turn.errors for turn in turns) / sum(turn.words for turn in turns),
    }


def run_engine(name: str, scenes: list[Scene], given: argparse.Namespace) -> dict[str, Any]:
    """Speakers by one engine in all recordings, in one process for each way to ask.

    Raises:
        WorkerFailedError: it cannot run here, or failed.
    """
    options = chosen(name, given)
    results: dict[str, Any] = {}
    for count in ("found", "given"):
        jobs = [
            {"audio": str(scene.path), "count": scene.speakers if count == "given" else None}
            for scene in scenes
        ]
        request = {"options": options, "threads": given.threads, "jobs": jobs}
        answer = ask({**request, "transcribe": False}, __file__)
        for group, (members, readings) in grouped(scenes, answer["readings"]).items():
            figures = {**score(members, readings), "peak_mb": answer["peak_mb"]}
            results.setdefault(group, {})[count] = figures
    return results


def add_words(
    results: dict[str, Any], name: str, scenes: list[Scene], given: argparse.Namespace
) -> None:
    """The words of the made recordings, by the demo model and this engine.

    Raises:
        WorkerFailedError: it cannot run here, or failed.
    """
    made = [scene for scene in scenes if scene.made]
    if not made or given.no_words:
        return
    jobs = [{"audio": str(scene.path), "count": None} for scene in made]
    request = {"jobs": jobs, "threads": given.threads, "transcribe": True}
    asked = {**chosen(name, given), "model": "demo", "language": "en"}
    answer = ask({**request, "options": asked}, __file__)
    for group, (members, readings) in grouped(made, answer["readings"]).items():
        results[group]["words"] = score_words(members, readings)


def chosen(name: str, given: argparse.Namespace) -> dict[str, Any]:
    """The options that choose an engine and its models."""
    models = ("segmentation_model", "embedding_model")
    named = {model: getattr(given, model) for model in models if getattr(given, model)}
    return {"speaker_engine": name, **named}


def grouped(
    scenes: list[Scene], readings: list[dict[str, Any]]
) -> dict[str, tuple[list[Scene], list[dict[str, Any]]]]:
    """Scenes and what was made of them, by the scenes' groups."""
    groups: dict[str, tuple[list[Scene], list[dict[str, Any]]]] = {}
    for scene, reading in zip(scenes, readings, strict=True):
        members, found = groups.setdefault(scene.group, ([], []))
        members.append(scene)
        found.append(reading)
    return groups


def show(results: dict[str, Any]) -> None:
    """A table of speakers, and one of words."""
    lines, words = [], []
    for name, found in results.items():
        for group, ways in found.items():
            lines += [line(group, name, count, ways[count]) for count in ("found", "given")]
            if "words" in ways:
                rates = [f"{100 * ways['words'][kind]:.1f} %" for kind in ("wer", "cpwer", "dewer")]
                words.append([group, name, *rates])
    print_table("speakers", HEAD, lines)
    if words:
        print_table("words of the demo model", ("recordings", "engine", *RATES), words)


RATES = ("WER", "cpWER", "DE-WER")


def line(group: str, engine: str, count: str, figures: dict[str, Any]) -> list[str]:
    """One engine, one group, one way to ask."""
    shares = ("der", "der_collar", "missed", "false_alarm", "confusion", "jer")
    return [
        *(group, engine, count),
        *[f"{100 * figures[kind]:.1f} %" for kind in shares],
        f"{figures['counts_right']} of {figures['recordings']}",
        f"{figures['count_error']:.1f}",
        f"{figures['seconds_per_hour']:.0f}",
        f"{figures['peak_mb']:.0f}",
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `run.py speakers`."""
    parser.description = __doc__
    parser.add_argument("--engines", default="baseline,onnx", help="names, parted by commas")
    parser.add_argument("--sets", default="synthetic,real", help="`synthetic`, `real`, or both")
    parser.add_argument("--minutes", type=float, default=5, help="length of each conversation")
    parser.add_argument("--speakers", type=int, nargs="+", default=[2, 3, 4, 6])
    parser.add_argument("--seeds", type=int, default=2, help="conversations of each number")
    parser.add_argument("--overlap", type=float, default=0.1, help="share of overlapped turns")
    parser.add_argument("--noise", type=float, default=25, help="dB below the speech")
    parser.add_argument("--real", type=Path, default=REAL, help="a folder of WAV and RTTM files")
    parser.add_argument("--segmentation-model", help="of the engine onnx; it must be here")
    parser.add_argument("--embedding-model", help="of the engine onnx; it must be here")
    parser.add_argument("--no-words", action="store_true", help="leave the transcription out")


def find_scenes(given: argparse.Namespace) -> list[Scene]:
    """The recordings of the sets that were asked for."""
    sets = given.sets.split(",")
    scenes = made_scenes(given) if "synthetic" in sets else []
    if "real" in sets:
        found = real_scenes(given.real) if given.real.is_dir() else []
        if not found:
            print(f"real recordings left out: no RTTM files in {given.real}")
        scenes += found
    return scenes


def main(given: argparse.Namespace) -> int:
    """Every engine hears every recording, without the number of speakers and with it."""
    scenes = find_scenes(given)
    results: dict[str, Any] = {}
    for name in given.engines.split(",") if scenes else ():
        print(f"hearing {len(scenes)} recordings: {name}", flush=True)
        results[name] = {}
        try:
            results[name] = run_engine(name, scenes, given)
            add_words(results[name], name, scenes, given)
        except WorkerFailedError as error:
            print(f"  not all was measured: {str(error).splitlines()[-1]}")
    show(results)
    report({"speakers": results}, given.json)
    return 0


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    Path(asked["answer"]).write_text(json.dumps(measure(asked)), encoding="utf-8")
