"""How much of people's own summaries quotations hold, and what a long transcript costs.

As a program of its own (`python bench/summaries.py REQUEST`) it is the process that is measured.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

from runs import print_table, report
from words import ask
from worker import peak_memory

TUNED_ON = 15
"""The first meetings, with which the constants of `hansard.writing` were chosen."""
BUDGET = 150
SEEDS = range(5)
SCORES = ("rouge1", "rouge2", "rougeL")
PEERS = {"sumy TextRank": "text_rank.TextRank", "sumy LexRank": "lex_rank.LexRank"}
LONG_HOURS = 3
LONG_WORDS = 30_000
LINE_WORDS = 12

System = Callable[[Sequence[str], int], str]


@dataclass(frozen=True)
class Meeting:
    """What was said, in sentences, and what a person wrote about it."""

    texts: tuple[str, ...]
    summary: str


def read_meetings(path: Path) -> list[Meeting]:
    """QMSum's meetings; marks for laughter and broken words are taken out of what was said."""
    from hansard.writing.language.ranking import split_sentences

    meetings = []
    for line in path.read_text(encoding="utf-8").splitlines():
        found = json.loads(line)
        said = [tidy(turn["text"]) for turn in found["turns"]]
        texts = tuple(sentence for text in said for sentence in split_sentences(text))
        meetings.append(Meeting(texts, found["summary"]))
    return meetings


def tidy(text: str) -> str:
    """A turn as a recogniser would write it: no `{vocalsound}`, `TV` for `T_V_`, marks at words."""
    text = re.sub(r"\{[^}]*\}", " ", text)
    text = re.sub(r"\b(?:[A-Z]_)+", lambda match: match.group().replace("_", ""), text)
    text = re.sub(r"\s+([.,?!;:%]|'\w)", r"\1", text)
    return " ".join(text.split())


def fill(texts: Sequence[str], order: Iterable[int], budget: int) -> str:
    """The texts that fit into a budget of words, taken in `order`, written in their own order."""
    taken = []
    for number in order:
        size = len(texts[number].split())
        if size <= budget:
            taken.append(number)
            budget -= size
    return " ".join(texts[number] for number in sorted(taken))


def lead(texts: Sequence[str], budget: int) -> str:
    """The first words."""
    return " ".join(" ".join(texts).split()[:budget])


def shuffled(seed: int) -> System:
    """Sentences by chance."""
    return lambda texts, budget: fill(
        texts, Random(seed).sample(range(len(texts)), len(texts)), budget
    )


class Hansard:
    """Our own choice."""

    def __init__(self) -> None:
        self._known: dict[Sequence[str], Any] = {}

    def __call__(self, texts: Sequence[str], budget: int) -> str:
        """What is quoted."""
        from hansard.writing.language.ranking import choose, rank

        if texts not in self._known:
            self._known[texts] = rank(texts, "en")
        chosen = choose(texts, self._known[texts], budget, language="en")
        return " ".join(texts[number] for number in chosen)


class Sumy:
    """A ranking of the library sumy, with our words, stems and small words."""

    def __init__(self, name: str) -> None:
        module, kind = name.split(".")
        self._kind = (module, f"{kind}Summarizer")
        self._known: dict[Sequence[str], list[int]] = {}

    def __call__(self, texts: Sequence[str], budget: int) -> str:
        """What is quoted."""
        if texts not in self._known:
            self._known[texts] = self._order(texts)
        return fill(texts, self._known[texts], budget)

    def _order(self, texts: Sequence[str]) -> list[int]:
        from importlib import import_module

        from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence

        from hansard.writing.language.words import is_stop_word, stem, words

        module, kind = self._kind
        summarizer = getattr(import_module(f"sumy.summarizers.{module}"), kind)(
            lambda word: stem(word.lower(), "en") if word else word
        )
        seen = {word for text in texts for word in words(text.lower())}
        summarizer.stop_words = [word for word in seen if is_stop_word(word, "en")]
        tokenizer = _Tokenizer()
        document = ObjectDocumentModel([Paragraph([Sentence(text, tokenizer) for text in texts])])
        order: list[int] = []

        def everything(infos: Sequence[Any]) -> Sequence[Any]:
            order.extend(info.order for info in infos)
            return infos

        summarizer(document, everything)
        return order


class _Tokenizer:
    """What sumy asks of a tokenizer, without downloads."""

    def to_words(self, sentence: str) -> tuple[str, ...]:
        """Its words in lower case."""
        from hansard.writing.language.words import words

        return tuple(words(sentence.lower()))


def systems() -> dict[str, list[System]]:
    """Name to what makes the text; a name's figures are the mean over its systems."""
    found: dict[str, list[System]] = {"random": [shuffled(n) for n in SEEDS], "lead": [lead]}
    if find_spec("sumy"):
        found |= {name: [Sumy(kind)] for name, kind in PEERS.items()}
    else:
        print("sumy is not installed: it is left out")
    return {**found, "hansard": [Hansard()]}


def compare(
    meetings: Sequence[Meeting], made: dict[str, list[System]], budget: int | None
) -> dict[str, list[float]]:
    """Mean F1 of ROUGE-1, -2 and -L in percent; the budget None is the summary's own length."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(list(SCORES), use_stemmer=True)
    results = {}
    for name, variants in made.items():
        sums = [0.0] * len(SCORES)
        for meeting in meetings:
            words = budget or len(meeting.summary.split())
            for system in variants:
                found = scorer.score(meeting.summary, system(meeting.texts, words))
                sums = [
                    total + found[kind].fmeasure for total, kind in zip(sums, SCORES, strict=True)
                ]
        results[name] = [100 * total / len(meetings) / len(variants) for total in sums]
    return results


def long_lines(meetings: Sequence[Meeting]) -> list[dict[str, Any]]:
    """Three hours of talk: 30,000 words of the meetings in lines of 12, evenly in time."""
    words = " ".join(text for meeting in meetings for text in meeting.texts).split()[:LONG_WORDS]
    step = 3600 * LONG_HOURS / max(1, len(words))
    return [
        {
            "segment": at // LINE_WORDS,
            "text": " ".join(words[at : at + LINE_WORDS]),
            "start": at * step,
            "end": min(at + LINE_WORDS, len(words)) * step,
        }
        for at in range(0, len(words), LINE_WORDS)
    ]


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Rank, choose, find keyphrases and topics once, from a cold start of the process."""
    begin = time.perf_counter()
    from hansard.writing.language.keyphrases import keyphrases
    from hansard.writing.language.ranking import choose, rank
    from hansard.writing.language.topics import find_topics
    from hansard.writing.lines import Line

    seconds = {"import": time.perf_counter() - begin}
    said = json.loads(Path(request["lines"]).read_text(encoding="utf-8"))
    lines = [Line(**line) for line in said]
    texts = [line.text for line in lines]
    scores: list[Any] = []
    deeds: dict[str, Callable[[], object]] = {
        "rank": lambda: scores.append(rank(texts, None)),
        "choose": lambda: choose(texts, scores[0], BUDGET),
        "keyphrases": lambda: keyphrases(texts, None, 15),
        "topics": lambda: find_topics(lines, None),
    }
    for name, deed in deeds.items():
        begin = time.perf_counter()
        deed()
        seconds[name] = time.perf_counter() - begin
    return {"seconds": seconds, "peak_mb": peak_memory() / 1e6, "lines": len(lines)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `run.py summaries`."""
    parser.description = __doc__
    parser.add_argument("--data", required=True, metavar="FILE", help="QMSum's test.jsonl")
    parser.add_argument(
        "--part", choices=("tuning", "held-out", "both"), default="both", help="which meetings"
    )


def main(given: argparse.Namespace) -> int:
    """Print a table for each part and budget, and the cost of three hours."""
    if not find_spec("rouge_score"):
        raise SystemExit("rouge-score is not installed")
    meetings = read_meetings(Path(given.data))
    parts = {"tuning": meetings[:TUNED_ON], "held-out": meetings[TUNED_ON:]}
    made = systems()
    results: dict[str, Any] = {}
    for part, chosen in parts.items():
        if given.part not in {part, "both"}:
            continue
        for budget in (None, BUDGET):
            length = f"{budget} words" if budget else "as long as the reference"
            found = results[f"{part}, {length}"] = compare(chosen, made, budget)
            rows = [[name, *(f"{figure:.1f}" for figure in row)] for name, row in found.items()]
            title = f"{part}: {len(chosen)} meetings, {length}"
            print_table(title, ("system", "ROUGE-1", "ROUGE-2", "ROUGE-L"), rows)
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(long_lines(meetings), file)
        file.flush()
        results["three hours"] = cost = ask({"lines": file.name}, __file__)
    spent = [f"{seconds:.2f} s" for seconds in cost["seconds"].values()]
    row = [*spent, f"{sum(cost['seconds'].values()):.2f} s", f"{cost['peak_mb']:.0f}"]
    print_table(f"{cost['lines']} lines", (*cost["seconds"], "together", "peak MB"), [row])
    report({"summaries": results}, given.json)
    return 0


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    Path(asked["answer"]).write_text(json.dumps(measure(asked)), encoding="utf-8")
