"""The table of commands that make models better: data, training, evaluation, packages."""

from collections.abc import Mapping
from typing import Final

from hansard.cli.command import Command

DATA: Final[Mapping[str, Command]] = {
    "inventory": Command(
        "List recordings and transcripts: lengths, hashes, languages, duplicates.",
        "data_sources:inventory",
        ("hansard data inventory", "hansard data inventory talks --project my-language"),
    ),
    "fetch": Command(
        "Fetch recordings from addresses or video sites, with their licence.",
        "data_sources:fetch",
        (
            "hansard data fetch https://example.org/talk.mp3 --licence CC-BY-4.0",
            "hansard data fetch --list addresses.txt --licence CC0-1.0 --source radio",
        ),
    ),
    "manifest": Command(
        "Make a manifest of all recordings that have a transcript, and of corrections.",
        "data_sources:manifest",
        ("hansard data manifest", "hansard data manifest --corrections -o run2.jsonl"),
    ),
    "remove": Command(
        "Take a source out of everything, and keep record of it.",
        "data_sources:remove",
        ("hansard data remove radio --dry-run", "hansard data remove radio --reason 'asked to'"),
    ),
    "validate": Command(
        "Decode every clip, and find what would spoil a training.",
        "data_checks:validate",
        (
            "hansard data validate manifests/run1.jsonl",
            "hansard data validate manifests/run1.jsonl --score ctc -o manifests/good.jsonl",
        ),
    ),
    "dedupe": Command(
        "Move recordings that are there twice out of the way.",
        "data_checks:dedupe",
        ("hansard data dedupe --dry-run", "hansard data dedupe --acoustic"),
    ),
    "split": Command(
        "Part a manifest for training, validation and test, no speaker in two of them.",
        "data_checks:split",
        ("hansard data split manifests/run1.jsonl --seed 7",),
    ),
    "audit": Command(
        "Tell how balanced a manifest is, and what is missing.",
        "data_checks:audit",
        ("hansard data audit manifests/run1.jsonl",),
    ),
    "normalise": Command(
        "Make transcripts alike: characters, script, brackets, punctuation, numbers.",
        "data_texts:normalise",
        (
            "hansard data normalise manifests/run1.jsonl --script latin",
            "hansard data normalise uploads --numbers words",
        ),
    ),
    "preprocess": Command(
        "Write every clip as 16 kHz mono, trimmed; the manifest follows.",
        "data_sounds:preprocess",
        ("hansard data preprocess manifests/run1.jsonl",),
    ),
    "augment": Command(
        "Add copies of clips with noise, room, telephone and the like.",
        "data_sounds:augment",
        ("hansard data augment manifests/run1.jsonl --recipe configs/augment.yaml",),
    ),
    "align": Command(
        "Find when each word of each clip is said.",
        "data_sounds:align",
        ("hansard data align manifests/run1.jsonl --model demo",),
    ),
    "convert": Command(
        "Change a manifest into NeMo's, Lhotse's, Hugging Face's or Kaldi's, or back.",
        "data_convert:convert",
        (
            "hansard data convert manifests/run1.jsonl nemo.jsonl --to nemo",
            "hansard data convert kaldi-folder manifests/run1.jsonl --from kaldi",
        ),
    ),
}

TRAIN: Final[Mapping[str, Command]] = {
    "run": Command(
        "Train a model on a manifest.",
        "train:run",
        (
            "hansard train run manifests/splits --start demo --run first",
            "hansard train run manifests/splits --recipe recipe.toml --fast-dev-run",
        ),
    ),
    "resume": Command(
        "Go on with a training that was stopped or killed.",
        "train:resume",
        ("hansard train resume first",),
    ),
    "sweep": Command(
        "Try many settings, and keep a table of how good each was.",
        "train_sweep:sweep",
        ("hansard train sweep manifests/splits --start demo --run tuning --trials 20",),
    ),
    "nightly": Command(
        "Learn from corrections, and promote the result if it is better.",
        "train_nightly:nightly",
        (
            "hansard train nightly --alias best --start demo",
            "hansard train nightly --alias best --mix manifests/run1.jsonl --dry-run",
        ),
    ),
    "status": Command(
        "Show how far trainings are.",
        "train_status:status",
        ("hansard train status", "hansard train status first --follow"),
    ),
}

PACKAGES: Final[Mapping[str, Command]] = {
    "package": Command(
        "Make a trained model ready to serve, and prove that it hears the same.",
        "package:package",
        ("hansard models package first", "hansard models package models/whisper/first"),
    ),
    "register": Command(
        "Take a packaged model into the registry, under a name.",
        "package:register",
        ("hansard models register bcs models/whisper/first/package",),
    ),
    "promote": Command(
        "Have an alias stand for a registered model from now on.",
        "package:promote",
        ("hansard models promote bcs --alias best",),
    ),
    "rollback": Command(
        "Have an alias stand for what it stood for before.",
        "package:rollback",
        ("hansard models rollback best",),
    ),
}

EVALUATE: Final = Command(
    "Score transcripts or models against what was really said.",
    "evaluate:evaluate",
    (
        "hansard evaluate --reference right.txt --hypothesis heard.txt --json",
        "hansard evaluate manifests/splits/test.jsonl --models demo --models ./mine",
        "hansard evaluate batch.tsv --models demo --output heard.tsv",
    ),
)
