"""What a run's name means, which clips suit it, and what its README says."""

import json
from pathlib import Path

import pytest

from hansard.errors import ManifestError, TrainingError, UsageError
from hansard.training.manifest import Entry, write_manifest
from hansard.training.packaging.card import Card, write_card
from hansard.training.packaging.clips import choose, tongue_of
from hansard.training.packaging.heads import Choice
from hansard.training.packaging.making import read_precisions
from hansard.training.packaging.source import find_source
from hansard.training.project import Project
from hansard.work.package import PackageOrder, choose_entries, sample_entries

TOLD = {
    "run": "first",
    "command": ["hansard", "train", "run", "splits"],
    "git_commit": "abc123",
    "start": {"name": "demo", "digest": "0" * 64},
    "split": {
        "train": {"clips": 90, "hours": 0.5, "languages": {"hr": 60, "sr": 30, "unknown": 1}},
        "validation": {"clips": 10, "hours": 0.05},
    },
    "sources": [{"source": "my corpus", "licence": "CC BY 4.0"}, {"source": None}],
    "figures": {"before": {"wer": 0.8}, "after": {"wer": 0.2}},
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one run that has a best model, and one that has none yet."""
    made = Project(tmp_path)
    best = made.runs / "first" / "best"
    best.mkdir(parents=True)
    (best / "config.json").write_text("{}")
    (made.runs / "first" / "run_manifest.json").write_text(json.dumps(TOLD))
    (made.runs / "early").mkdir()
    (made.runs / "early" / "run_manifest.json").write_text("{}")
    return made


def test_a_run_is_found_by_name_folder_and_weights(project: Project) -> None:
    """All three mean the same weights with the same manifest."""
    for run in ("first", str(project.runs / "first"), str(project.runs / "first" / "best")):
        found = find_source(run, project)
        assert (found.name, found.run) == ("first", project.runs / "first")
        assert found.weights == project.runs / "first" / "best"
        assert found.figures == TOLD["figures"]


def test_any_folder_with_a_model_will_do(project: Project, tmp_path: Path) -> None:
    """A folder in Hugging Face's layout needs no run."""
    (tmp_path / "some model").mkdir()
    (tmp_path / "some model" / "config.json").write_text("{}")
    found = find_source(str(tmp_path / "some model"), project)
    assert (found.name, found.run, found.told) == ("some model", None, {})


def test_what_cannot_be_packaged_is_told(project: Project, tmp_path: Path) -> None:
    """No such run, a run without a model, a folder of something else, a spoilt manifest."""
    with pytest.raises(UsageError, match="neither a run nor a folder 'other'") as caught:
        find_source("other", project)
    assert "early, first" in caught.value.hint
    with pytest.raises(TrainingError, match="has no model yet"):
        find_source("early", project)
    with pytest.raises(UsageError, match="neither a run nor a model"):
        find_source(str(tmp_path), project)
    for content in ("[]", "{"):
        (project.runs / "first" / "run_manifest.json").write_text(content)
        with pytest.raises(ManifestError, match=r"run_manifest\.json"):
            find_source("first", project)


def entries(*durations: float, no_speech: bool = False) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            id=f"c{number}",
            audio=Path("/a.wav"),
            transcript="" if no_speech else "x",
            duration=duration,
            no_speech=no_speech,
        )
        for number, duration in enumerate(durations)
    )


def test_clips_are_spread_over_the_manifest() -> None:
    """First and last among them; what is longer than a window, or silence, is left out."""
    some = choose(entries(*[5.0] * 100), 5)
    assert [one.id for one in some] == ["c0", "c25", "c50", "c74", "c99"]
    assert [one.id for one in choose(entries(5.0, 31.0, 30.0), 5)] == ["c0", "c2"]
    assert choose(entries(5.0, no_speech=True), 5) == ()
    assert len(choose(entries(1.0, 2.0, 3.0), 1)) == 1


def test_the_runs_own_clips_come_before_the_samples(project: Project, tmp_path: Path) -> None:
    """A manifest that was named, else that of the run's validation, else the shipped recordings."""
    order = PackageOrder(run="first", project=project)
    found, origin = choose_entries(order, find_source("first", project))
    assert found == sample_entries()
    assert "come with Hansard" in origin
    manifest = tmp_path / "validation.jsonl"
    write_manifest(manifest, entries(1.0))
    told = {"split": {"validation": {"manifest": str(manifest)}}}
    (project.runs / "first" / "run_manifest.json").write_text(json.dumps(told))
    found, origin = choose_entries(order, find_source("first", project))
    assert ([one.id for one in found], origin) == (["c0"], "`validation.jsonl`")
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(ManifestError, match="no clip"):
        choose_entries(
            PackageOrder(run="first", project=project, clips=empty), find_source("first", project)
        )


@pytest.mark.parametrize(
    ("own", "known", "usual", "expected"),
    [
        ("hr", ("en", "hr"), "sr", "hr"),
        (None, ("en", "hr"), "hr", "hr"),
        ("xx", ("en", "hr"), None, "en"),
        ("xx", ("hr", "sr"), None, "hr"),
        ("hr", (), None, None),
    ],
)
def test_the_language_of_a_clip(
    own: str | None, known: tuple[str, ...], usual: str | None, expected: str | None
) -> None:
    """Its own where the model knows it, else the model's; none for a model of English alone."""
    entry = Entry(id="a", audio=Path("/a.wav"), transcript="x", language=own)
    assert tongue_of(entry, known, usual).language == expected


def test_precisions() -> None:
    """Commas and repeated flags are both taken, short names too; what is unknown is told."""
    assert read_precisions(("fp16,int8", "int8", "float32")) == ("float16", "int8", "float32")
    for asked in (("int7",), ("",), ()):
        with pytest.raises(UsageError, match="quantization"):
            read_precisions(asked)


def test_the_readme_tells_data_figures_and_how_to_serve() -> None:
    """Languages, licences, command, figures before and after, and three ways to serve."""
    card = Card(
        name="first",
        told=TOLD,
        folders={"ct2": "float16", "ct2-int8": "int8"},
        languages=("hr", "sr"),
        multilingual=True,
        chosen=Choice(((1, 2),), (0.5,), 12),
        clips="`validation.jsonl`",
        short_context=True,
    )
    text = write_card(card)
    for said in (
        "Languages: hr, sr", "`ct2-int8/` | CTranslate2, int8", "begun with: demo",
        "`hansard train run splits`", "abc123", "train: 90 clips, 0.5 hours",
        "my corpus, licence: CC BY 4.0", "source not told, licence: not told",
        "| before wer | 0.8 |", "| after wer | 0.2 |", "Not tested.",
        "They are 1.2: chosen by measurement on 12 clips of `validation.jsonl`",
        "hansard models promote first --alias best", 'language="hr"', "convert-h5-to-ggml.py",
        "shorter than 30 s",
    ):  # fmt: skip
        assert said in text, said


def test_the_readme_of_a_bare_folder_claims_nothing() -> None:
    """Without a run's manifest there are no sections on training, data or figures."""
    text = write_card(Card(name="x", told={}, folders={"ct2": "float16"}))
    for title in ("## Training", "## Data", "## How good it is", "## Word times"):
        assert title not in text
    guessed = Choice(((1, 0),), (), 0)
    text = write_card(Card(name="x", told={}, folders={"ct2": "float16"}, chosen=guessed))
    assert "word times may be rough" in text
