"""The pages about training name what is there: commands, flags, files, messages, figures."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from cyclopts import CycloptsError

from hansard.cli.commands import COMMANDS
from hansard.cli.main import make_app

ROOT = Path(__file__).parents[2]
PAGES = (
    "PLANNING.md",
    "docs/how-to/data.md",
    "docs/how-to/evaluate.md",
    "docs/how-to/train.md",
    "docs/tutorial/first-training.md",
)
TABLE = "docs/explanation/training-requirements.md"
FENCE = re.compile(r"^```(?:sh|powershell|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
OURS = re.compile(
    r"(deploy|docs|scripts|tests|recipes|constraints|locks|\.github|\.vscode)/|"
    r"(Dockerfile|docker-compose|requirements-train|PLANNING|\.gitignore|\.dockerignore)"
)
NAMED = """
server/scripts/WHISPER_TRAINING_README.md manifests/dataset_inventory.csv
server/scripts/fetch_youtube_dataset.py uploads/ validate_and_dedupe.py uploads/duplicates/
manifests/validation_report.json normalize_transcripts.py .norm.txt prepare_whisper_dataset.py
manifests/run1_small.jsonl manifests/run1.jsonl preprocess_whisper_audio.py data/processed/
outputs/{file_id}/transcription_base.json build_processor.py models/processor/
requirements-train.txt pyproject scripts/setup_env.ps1 train_whisper.py tests/test_train_smoke.py
train_whisper_hf_full.py models/whisper/<run>/checkpoints/ evaluate_model.py
manifests/eval_<run>.json package_model.py models/whisper/<run>/ /upload/whisper
/process/whisper/<file_id> /status/<id> /download/<id>
ci-train-smoke.yml CI_SMOKE=true DATA_LICENSES.md .env scripts/enable-pwsh-allow.ps1
.vscode/tasks.json logs/training/<run>.log X-Request-ID outputs/<file_id>/karaoke.lrc {id}_sync.json
PLANNING.md manifests/dataset_balance.json split_dataset.py manifests/splits/
scripts/augment_audio.py configs/augment.yaml Dockerfile.train docker-compose.train.yml
reports/<run>/index.html
""".split()
"""Everything that the thirty-one tasks call by a name."""


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def rows() -> list[list[str]]:
    """The rows of the table: number, task, usual name, in Hansard, leaves."""
    lines = re.findall(r"^\| \d+ \|.*\|$", text_of(TABLE), re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def typed(page: str) -> Iterator[list[str]]:
    """The words of every `hansard ...` in a page's blocks, however it is started."""
    for block in FENCE.findall(text_of(page)):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ ").replace("\\", "/"), comments=True)
            for place, word in enumerate(words):
                if re.fullmatch(r"(\S*/)?hansard", word):
                    yield words[place + 1 :]
                    break


def flags_of(words: list[str]) -> set[str]:
    """Every flag that a command has."""
    _, apps, _ = make_app({}, words).parse_commands(words)
    found = apps[-1].assemble_argument_collection(parse_docstring=False)
    return {name for argument in found for name in argument.names}


def below(words: list[str]) -> list[str]:
    """The words that name the command itself; empty where there is none."""
    command = COMMANDS.get(words[0])
    if command is None or (command.below and (len(words) < 2 or words[1] not in command.below)):
        return []
    return words[:2] if command.below else words[:1]


@pytest.mark.parametrize("page", PAGES)
def test_commands_on_the_page_are_understood(page: str) -> None:
    """Every command of every block, also of those that are not run, is taken by the parser."""
    seen = 0
    for words in typed(page):
        tokens = words[: words.index(">")] if ">" in words else words
        try:
            make_app({}, tokens).parse_args(tokens, exit_on_error=False, print_error=False)
        except CycloptsError as error:  # pragma: no cover - the page is wrong
            pytest.fail(f"{page}: hansard {' '.join(words)}: {error}")
        seen += 1
    assert seen >= 2


def test_the_table_has_every_task_and_every_name() -> None:
    """Thirty-one rows in their order, and no usual name is missing."""
    assert [int(row[0]) for row in rows()] == list(range(1, 32))
    usual = {name for row in rows() for name in re.findall(r"`([^`]+)`", row[2])}
    assert set(NAMED) - usual == set()
    assert all(row[3] for row in rows())


def test_commands_and_flags_in_the_table_exist() -> None:
    """Each `hansard ...` of the table is a command, and its flags are flags of that command."""
    found = [c for row in rows() for c in re.findall(r"`hansard ([^`]+)`", row[3])]
    assert len(found) > 25
    for command in found:
        words = command.split()
        name = below(words)
        assert name, command
        flags = [word for word in words[len(name) :] if word.startswith("--")]
        assert set(flags) <= flags_of(name), command
        assert set(words[len(name) :]) == set(flags), command


def test_files_in_the_table_exist() -> None:
    """Each file of the project that the table names is there."""
    named = [n for row in rows() for n in re.findall(r"`([^`\s]+)`", row[3]) if OURS.match(n)]
    assert len(named) > 15
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_routes_in_the_table_exist() -> None:
    """The thin routes are served under these very names."""
    served = re.findall(
        r'^    "(/[^"]+)",$', text_of("src/hansard/server/api/whisper.py"), re.MULTILINE
    )
    plain = {re.sub(r"\{(?:task_)?(\w+):str\}", r"<\1>", route) for route in served}
    row = next(row for row in rows() if row[0] == "17")
    named = set(re.findall(r"`(/[^`]+)`", row[2]))
    assert named == plain & named
    assert len(named) == 4


def test_messages_that_are_explained_are_said() -> None:
    """Each message in the table of errors stands in the code; `…` stands for what changes."""
    part = text_of("docs/how-to/train.md").partition("## When it goes wrong")[2]
    table = part.partition("And what no message tells")[0]
    messages = re.findall(r"^\| `([^`]+)`( \(PyTorch's\))? \|", table, re.MULTILINE)
    said = "".join(
        re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "src").rglob("*.py"))
    )
    assert len(messages) > 20
    for message, foreign in messages:
        pieces = [] if foreign else [piece.strip() for piece in message.split("…")]
        assert [piece for piece in pieces if piece not in said] == [], message


def test_sizes_in_the_plan_are_reckoned_right() -> None:
    """Checkpoints, disks and memory follow from the number of parameters."""
    found = re.findall(
        r"^\| [a-z0-9-]+ \| ([\d,.]+) \| ([\d.]+) GB \| ([\d.]+) GB \| ([\d.]+) GB \|$",
        text_of("PLANNING.md"), re.MULTILINE,
    )  # fmt: skip
    assert len(found) == 6
    for cells in found:
        millions, *sizes = (float(cell.replace(",", "")) for cell in cells)
        for size, share in zip(sizes, (12, 38, 16), strict=True):
            assert size == pytest.approx(millions * share / 1000, rel=0.05), cells


def test_learning_rates_on_the_page_are_those_of_the_program() -> None:
    """The guide's figures are what is taken where none is given."""
    from hansard.training.fitting.options import suggest_learning_rate

    sizes = {"tiny": 38e6, "base": 73e6, "small": 242e6, "medium": 764e6, "large": 1.5e9}
    page = text_of("docs/how-to/train.md")
    for name, parameters in sizes.items():
        told = re.search(rf"\b{name} (\de-\d|\d\.\d+e-\d)", page)
        assert told is not None, name
        assert float(told[1]) == suggest_learning_rate(int(parameters), "full"), name
    assert "LoRA 1e-3" in page
    assert suggest_learning_rate(int(1e8), "lora") == 1e-3
