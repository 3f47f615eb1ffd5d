"""Takes the demo model to Croatian, Serbian and Bosnian synthetic speech; shows WER before, after.

    python recipes/bcs_demo/run.py ./bcs

Everything lands below the folder that is named: speech, manifests, the model, a report. What is
done is not done again. Needs the extra `train` and espeak-ng.
"""

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import growth
import hansard
import stages
import synthesis
from bcs_demo import grammar
from hansard.testing.conversation_voices import DEV_VOICES, TEST_VOICES
from hansard.testing.espeak import EspeakVoice
from hansard.training.project import Project

HERE = Path(__file__).parent
START = Path(hansard.__file__).parent / "data" / "demo" / "hf"
PIECES = 500
INVENTED = 0.5
"""The share of training sentences that are made of made-up words."""
SIZES = {"train": 18_000, "validation": 300, "test": 360}


def main() -> int:
    """Make data, train, and compare; returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="where everything goes")
    parser.add_argument("--texts", type=Path, help="a folder with hr_set.txt and sr_set.txt")
    parser.add_argument("--scale", type=float, default=1.0, help="less data, for a try: 0.01")
    parser.epilog = "All other flags go to hansard train run, such as --precision bf16."
    options, flags = parser.parse_known_args()
    project = Project(options.folder.absolute())
    make_data(project, options.scale, options.texts)
    start = project.root / "start"
    if not start.exists():  # a folder that grow() did not finish must be deleted by hand
        dice = random.Random("pieces")
        texts = [_sentence(dice, INVENTED)[1] for _ in range(round(200 + 12_000 * options.scale))]
        print(growth.grow(START, start, texts, PIECES), "pieces were added to the tokeniser")
    code = stages.train(project, "bcs", start, HERE / "recipe.toml", flags)
    return code or compare(project)


def make_data(project: Project, scale: float, texts: Path | None) -> None:
    """Speech of the grammar, in voices of which none is in both training and test."""
    for part, count in SIZES.items():
        path = project.splits / f"{part}.jsonl"
        if not path.exists():
            lines = _lines(part, max(6, round(count * scale)))
            stages.write_part(project, part, lines)
    for name in ("hr", "sr"):
        path = project.splits / f"open_{name}.jsonl"
        if texts is not None and not path.exists():
            sentences = _open_sentences(texts / f"{name}_set.txt")[: max(6, round(150 * scale))]
            lines = [_cast(f"open-{name}-{n}", name, s, TEST_VOICES) for n, s in sentences]
            stages.write_part(project, f"open_{name}", lines)


def compare(project: Project) -> int:
    """Word error rates before and after, on voices and sentences that were never trained on."""
    code = 0
    for manifest in sorted(project.splits.glob("*.jsonl")):
        if manifest.stem not in {"train", "validation"}:
            run = f"bcs-{manifest.stem}"
            code = stages.compare(project, manifest, project.runs / "bcs" / "best", run) or code
    return code


def _lines(part: str, count: int) -> list[synthesis.Line]:
    dice = random.Random(f"lines {part}")
    voices = TEST_VOICES if part == "test" else DEV_VOICES
    invented = INVENTED if part == "train" else 0.0
    wanted: Callable[[str], bool] = (
        grammar.is_held_out if part != "train" else lambda text: not grammar.is_held_out(text)
    )
    lines: list[synthesis.Line] = []
    seen: set[str] = set()
    while len(lines) < count:
        language, text = _sentence(dice, invented)
        if wanted(text) and (part == "train" or text not in seen):
            seen.add(text)
            lines.append(_cast(f"{part}-{len(lines):05d}", language, text, voices))
    return lines


def _sentence(dice: random.Random, invented: float) -> tuple[str, str]:
    language = dice.choice(grammar.STANDARDS)
    return language, grammar.make_sentence(language, dice, invented=invented)


def _cast(ident: str, language: str, text: str, voices: Sequence[object]) -> synthesis.Line:
    espeak = [voice for voice in voices if isinstance(voice, EspeakVoice)]
    voice = synthesis.cast(espeak, language, random.Random(ident))
    return synthesis.Line(ident, text, language, voice)


def _open_sentences(path: Path) -> list[tuple[int, str]]:
    """Sentences that people wrote, without digits and brackets, whose reading is not settled."""
    lines = path.read_text(encoding="utf-8").splitlines()
    plain = [s for s in lines if 20 < len(s) < 120 and not set(s) & set("0123456789[]()\"'-/%")]
    return list(enumerate(plain))


if __name__ == "__main__":
    sys.exit(main())
