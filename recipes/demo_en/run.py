"""Makes the demo model from nothing: synthetic English speech, a tokeniser, training in two stages.

    python recipes/demo_en/run.py ./demo-en
    python recipes/demo_en/run.py ./demo-en --start demo     # goes on from the demo model instead

Everything lands below the folder that is named; what is done is not done again. Needs the extra
`train` and espeak-ng.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import hansard
import stages
import synthesis
from hansard.testing.conversation_voices import DEV_VOICES, TEST_VOICES
from hansard.testing.espeak import EspeakVoice
from hansard.training.project import Project

HERE = Path(__file__).parent
DEMO = Path(hansard.__file__).parent / "data" / "demo" / "hf"
ACCENTS = (
    "en-us",
    "en-gb",
    "en-gb-x-rp",
    "en-gb-scotland",
    "en-029",
    "en-us-nyc",
    "en-gb-x-gbclan",
)
SIZES = {"train": 24_000, "validation": 300, "test": 300}
DOMAIN = 0.72
"""The share of sentences of the closed grammar; the others are of the texts that are named."""
STAGES = (("sentences", "recipe.toml"), ("windows", "windows.toml"))


def main() -> int:
    """Make data, train twice, and measure; returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="where everything goes")
    parser.add_argument(
        "--texts", type=Path, nargs="*", default=[], help="more sentences, a line each"
    )
    parser.add_argument("--start", choices=("nothing", "demo"), default="nothing")
    parser.add_argument("--scale", type=float, default=1.0, help="less data, for a try: 0.01")
    parser.add_argument("--no-compare", action="store_true", help="only train")
    parser.epilog = "All other flags go to hansard train run, such as --precision bf16."
    options, flags = parser.parse_known_args()
    project = Project(options.folder.absolute())
    domain = read_lines(HERE / "sentences.txt")
    others = [line for path in options.texts for line in read_lines(path)]
    make_data(project, options.scale, (domain, others))
    start = DEMO if options.start == "demo" else _fresh(project.root / "start", domain + others)
    for name, recipe in STAGES:
        code = stages.train(project, name, start, HERE / recipe, flags)
        if code:
            return code
        start = project.runs / name / "best"
    if options.no_compare:
        return 0
    return stages.compare(project, project.splits / "test.jsonl", start, "demo-en")


def read_lines(path: Path) -> list[str]:
    """Sentences of a file that can be said: a line each, not too long."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if 8 <= len(line.strip()) <= 140]


def make_data(project: Project, scale: float, texts: tuple[Sequence[str], Sequence[str]]) -> None:
    """Speech in voices of which none is in both training and test; sentences likewise."""
    domain, others = texts
    held = set(random.Random("held out").sample(list(domain), max(1, len(domain) // 17)))
    for part, count in SIZES.items():
        path = project.splits / f"{part}.jsonl"
        if path.exists():
            continue
        dice = random.Random(f"lines {part}")
        voices = TEST_VOICES if part == "test" else DEV_VOICES
        known = [text for text in domain if (text in held) != (part == "train")]
        lines = [
            _line(f"{part}-{number:05d}", dice, voices, (known, others if part == "train" else []))
            for number in range(max(6, round(count * scale)))
        ]
        stages.write_part(project, part, lines)


def _line(
    ident: str,
    dice: random.Random,
    voices: Sequence[object],
    texts: tuple[Sequence[str], Sequence[str]],
) -> synthesis.Line:
    domain, others = texts
    text = dice.choice(others if others and dice.random() > DOMAIN else domain)
    espeak = [voice for voice in voices if isinstance(voice, EspeakVoice)]
    return synthesis.Line(ident, text, "en", synthesis.cast(espeak, dice.choice(ACCENTS), dice))


def _fresh(folder: Path, texts: Sequence[str]) -> Path:
    if not (folder / "hansard.json").exists():
        import fresh

        demo = json.loads((DEMO / "tokenizer.json").read_text(encoding="utf-8"))
        fresh.make_fresh(folder, texts, [token["content"] for token in demo["added_tokens"]])
    return folder


if __name__ == "__main__":
    sys.exit(main())
