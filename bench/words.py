"""How far word times are from the truth, and what they cost: the demo model on made conversations.

As a program of its own (`python bench/words.py REQUEST`) it is the process that is measured.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from places import AUDIO
from runs import WorkerFailedError, print_table, report
from worker import peak_memory

TEXT_STAGES = ("encode", "decode", "second look")
TIME_STAGES = ("align", "align words")


def make(speakers: int, minutes: float, seed: int) -> Any:
    """A conversation of test voices, without overlaps, as only one voice can be timed at once."""
    from hansard.testing.conversations import TEST_VOICES, ConversationPlan, make_conversation

    AUDIO.mkdir(parents=True, exist_ok=True)
    plan = ConversationPlan(seed=seed, speakers=speakers, minutes=minutes, voices=TEST_VOICES)
    return make_conversation(plan, AUDIO)


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Transcribe `audio[]` with and without word times in turns, after a warm-up on the first."""
    from hansard import Options, Transcriber

    shared = {"model": "demo", "language": "en", "offline": True, "threads": request["threads"]}
    timed = Options(**shared, **request["options"])
    plain = Options(**shared, word_timestamps=False)
    readings = []
    with Transcriber(timed) as transcriber:
        transcriber.transcribe(request["audio"][0], timed)
        for audio in request["audio"]:
            for _ in range(request["rounds"]):
                reading: dict[str, Any] = {"audio": audio}
                for name, options in (("plain", plain), ("timed", timed)):
                    begin = time.perf_counter()
                    transcript = transcriber.transcribe(audio, options)
                    wall = time.perf_counter() - begin
                    reading[name] = {"wall_s": wall, "stages": transcript.metrics["stage_seconds"]}
                    reading["words"] = [
                        [w.text, w.start, w.end, w.method] for w in transcript.words
                    ]
                readings.append(reading)
    return {"readings": readings, "peak_mb": peak_memory() / 1e6}


def ask(request: dict[str, Any], program: str = __file__) -> dict[str, Any]:
    """Run a measuring process of `program` and return its answer.

    Raises:
        WorkerFailedError: it ended with an error.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, program, json.dumps({**request, "answer": str(answer)})]
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        if ended.returncode or not answer.exists():
            raise WorkerFailedError("\n".join(ended.stderr.strip().splitlines()[-3:]))
        result: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return result


def score(conversations: list[Any], readings: list[dict[str, Any]]) -> dict[str, Any]:
    """Errors of the words of one group, and the share of time that they cost."""
    from hansard.evaluation import MatchedWords, compare_word_times, match_words
    from hansard.transcript import Word

    truth = {str(made.path): made for made in conversations}
    last = {reading["audio"]: reading for reading in readings}
    found = [
        match_words(
            truth[audio].words,
            [Word(text=text, start=start, end=end) for text, start, end, _ in reading["words"]],
        )
        for audio, reading in last.items()
    ]
    pairs = tuple(pair for matched in found for pair in matched.pairs)
    unmatched = tuple(word for matched in found for word in matched.unmatched)
    return {
        **asdict(compare_word_times(MatchedWords(pairs, unmatched))),
        "methods": sorted({word[3] for reading in readings for word in reading["words"]}),
        "stages_share": share(readings),
        "wall_ratio": sum(one["timed"]["wall_s"] for one in readings)
        / sum(one["plain"]["wall_s"] for one in readings),
    }


def share(readings: list[dict[str, Any]]) -> float:
    """Seconds in which words are timed per second in which text is decoded, in the same runs."""
    stages = [reading["timed"]["stages"] for reading in readings]
    spent = [
        [sum(one.get(name, 0.0) for name in names) for one in stages]
        for names in (TIME_STAGES, TEXT_STAGES)
    ]
    return sum(spent[0]) / sum(spent[1])


def row(name: str, found: dict[str, Any]) -> list[str]:
    """One group's line."""
    cells = [name, f"{found['matched']} of {found['matched'] + found['unmatched']}"]
    for kind in ("start", "end"):
        errors = found[kind]
        if errors is None:
            cells += ["-"] * 4
            continue
        cells += [f"{1000 * errors[which]:.0f} ms" for which in ("median", "p95", "bias")]
        cells.append(f"{100 * errors['within_200ms']:.0f} %")
    return [*cells, f"{100 * found['stages_share']:.0f} %", f"{found['wall_ratio']:.2f}"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `run.py words`."""
    parser.description = __doc__
    parser.add_argument("--minutes", type=float, default=5, help="length of each conversation")
    parser.add_argument("--speakers", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--seeds", type=int, default=2, help="conversations of each kind")
    parser.add_argument("--rounds", type=int, default=2, help="how often each is transcribed")
    parser.add_argument("--align", choices=("engine", "ctc"), default="engine")
    parser.add_argument("--align-model", help="the model of `--align ctc`; it must be here")


def main(given: argparse.Namespace) -> int:
    """One process reads all conversations, with and without word times in turns."""
    options = {} if given.align == "engine" else {"align": given.align}
    if given.align_model:
        options["align_model"] = given.align_model
    groups = {
        count: [make(count, given.minutes, seed) for seed in range(given.seeds)]
        for count in given.speakers
    }
    results: dict[str, Any] = {}
    for count, conversations in groups.items():
        name = f"{count} speaker" + "s" * (count > 1)
        print(f"timing words: {name}, {len(conversations)} x {given.minutes:g} min", flush=True)
        audio = [str(made.path) for made in conversations]
        request = {"audio": audio, "options": options}
        try:
            answer = ask({**request, "rounds": given.rounds, "threads": given.threads})
        except WorkerFailedError as error:
            print(f"  failed: {error}")
            results[name] = f"failed: {error}"
            continue
        results[name] = {**score(conversations, answer["readings"]), "peak_mb": answer["peak_mb"]}
    rows = [row(name, found) for name, found in results.items() if not isinstance(found, str)]
    sides = [f"{side} {what}" for side in ("start", "end") for what in FIGURES]
    print_table(
        f"word times by {given.align}", ("said by", "words read", *sides, "timing", "wall"), rows
    )
    report({"words": results, "align": given.align}, given.json)
    return 0


FIGURES = ("median", "p95", "bias", "in 0.2 s")

if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    Path(asked["answer"]).write_text(json.dumps(measure(asked)), encoding="utf-8")
