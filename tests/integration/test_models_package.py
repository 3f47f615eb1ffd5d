"""`hansard models package`: a trained model becomes what other programs can serve."""

import hashlib
import json
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from hansard.cli.main import run
from hansard.errors import FidelityError
from hansard.models.engines import Engine
from hansard.models.hub.lookup import bundled_folder
from hansard.settings import Options
from hansard.testing.checkpoints import Files, Script, scripted_checkpoint
from hansard.training.manifest import Entry, write_manifest
from hansard.training.packaging import PackageOptions
from hansard.training.project import Project
from hansard.training.watching import Watch
from hansard.wiring.fidelity import Converted
from hansard.work.demonstrate import find_sample
from hansard.work.package import PackageOrder
from hansard.work.package import package as package_run

pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("transformers", reason="the extra `train` is not installed")

HF = bundled_folder("transformers")
PLAIN = """
import json, sys
sys.modules["hansard"] = None  # importing it would fail
from faster_whisper import WhisperModel
model = WhisperModel(sys.argv[1], device="cpu", cpu_threads=1, local_files_only=True)
segments, info = model.transcribe(sys.argv[2], word_timestamps=True)
segments = list(segments)
print(json.dumps({
    "duration": info.duration,
    "text": "".join(segment.text for segment in segments),
    "words": [[w.word, float(w.start), float(w.end)] for s in segments for w in s.words],
}))
"""


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads on a core that others use wait for each other."""
    monkeypatch.setenv("HANSARD_THREADS", "1")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one run, as a training leaves it: its heads are not told."""
    root = tmp_path_factory.mktemp("project")
    home = root / "models" / "whisper" / "first"
    shutil.copytree(HF, home / "best")
    edit(home / "best" / "generation_config.json", drop="alignment_heads")
    note = find_sample("podcast")
    clips = [
        Entry(
            id=f"clip-{line.id}",
            audio=note.path,
            transcript=line.text,
            language="en",
            start=line.start,
            end=line.end,
        )
        for line in note.segments[:4]
    ]
    clips.append(Entry(id="gone", audio=root / "gone.wav", transcript="x", duration=1.0))
    manifest = root / "manifests" / "splits" / "validation.jsonl"
    write_manifest(manifest, clips)
    told = {
        "run": "first",
        "split": {"validation": {"manifest": str(manifest), "clips": 4, "hours": 0.01}},
        "sources": [{"source": "made up", "licence": "CC0"}],
        "figures": {"before": {"wer": 0.5}, "after": {"wer": 0.1}},
    }
    (home / "run_manifest.json").write_text(json.dumps(told))
    return root


@pytest.fixture(scope="module")
def package(project: Path) -> Path:
    """The run, packaged."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANSARD_THREADS", "1")
        assert run(["models", "package", "first", "--project", str(project), "-q"]) == 0
    return project / "models" / "whisper" / "first" / "package"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the bundled model to spoil."""
    return Path(shutil.copytree(HF, tmp_path / "copy"))


def edit(path: Path, *, drop: str = "", **changes: Any) -> None:
    """Change a JSON file."""
    told = json.loads(path.read_bytes())
    told.pop(drop, None)
    path.write_text(json.dumps({**told, **changes}))


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def test_a_package_is_complete(package: Path) -> None:
    """Both layouts with tokeniser and card, heads that were measured, manifest, README, hashes."""
    for name in ("tokenizer.json", "preprocessor_config.json", "hansard.json", "config.json"):
        assert (package / "hf" / name).is_file()
        assert (package / "ct2" / name).is_file()
    heads = read(package / "hf" / "generation_config.json")["alignment_heads"]
    assert [1, 2] in heads
    assert len(heads) < 9
    assert read(package / "ct2" / "config.json")["alignment_heads"] == heads
    assert read(package / "run_manifest.json")["figures"]["after"] == {"wer": 0.1}
    readme = (package / "README.md").read_text()
    for said in ("licence: CC0", "| before wer | 0.5 |", "chosen by measurement on 4 clips"):
        assert said in readme
    assert not list(package.parent.glob("*.part"))
    assert not list(package.rglob("hansard-manifest.json"))


def test_the_hashes_are_right_and_cover_everything(package: Path) -> None:
    """Every file but the list itself is in the list, with its SHA-256."""
    lines = (package / "SHA256SUMS").read_text().splitlines()
    told = {name: sha for sha, name in (line.split("  ", 1) for line in lines)}
    files = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    assert set(told) == files - {"SHA256SUMS"}
    for name, sha in told.items():
        assert hashlib.sha256((package / name).read_bytes()).hexdigest() == sha


def test_the_conversion_hears_what_the_trained_model_hears(package: Path) -> None:
    """In float32 both write the same, at the same times, to a hundredth of a second."""
    told = read(package / "fidelity.json")
    assert told["clips_of"] == "`validation.jsonl`"
    strict, eight = told["trials"]
    assert (strict["compute_type"], strict["bound"]) == ("float32", "strict")
    assert (strict["clips"], strict["same_text"], strict["wer"]) == (4, 1.0, 0.0)
    assert strict["timestamps_seconds"]["largest"] <= 0.01
    assert strict["word_starts_seconds"]["largest"] <= 0.01
    assert all(len(clip["reference"].split()) >= 5 for clip in strict["details"])
    assert (eight["compute_type"], eight["bound"]) == ("int8", "told")
    assert eight["wer"] < 0.5


def test_faster_whisper_serves_it_without_hansard(package: Path) -> None:
    """A process that cannot import Hansard gets text, and words whose times run in order."""
    sample = find_sample("note").path
    said = subprocess.run(
        [sys.executable, "-I", "-c", PLAIN, str(package / "ct2"), str(sample)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(said.stdout)
    assert "write that down in the notes" in told["text"]
    assert "Tuesday at nine thirty" in told["text"]
    words = told["words"]
    assert len(words) >= 15
    times = [moment for _, start, end in words for moment in (start, end)]
    assert times == sorted(times)
    assert times[-1] <= told["duration"]
    assert len({start for _, start, _ in words}) > len(words) / 2


def test_hansard_serves_it(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Registered under a name it transcribes, and its run and figures are told."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HANSARD_DATA_DIR", str(tmp_path / "data"))
    assert run(["models", "register", "mine", str(package.parent)]) == 0
    note = str(find_sample("note").path)
    assert run(["transcribe", note, "--model", "mine", "--offline", "-f", "txt", "-o", "."]) == 0
    assert "design team" in (tmp_path / "note.txt").read_text()
    registry = read(tmp_path / "data" / "models" / "registry.json")
    (version,) = registry["models"]["mine"]
    assert (version["run"], version["figures"]["after"]) == ("first", {"wer": 0.1})


def test_a_multilingual_model_in_several_precisions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A scripted Croatian model says its text in every precision; half-size safetensors too."""
    script = Script(transcribe="Dobar dan svima", translate="Good day", languages={"hr": 1.0})
    folder = scripted_checkpoint(tmp_path / "hr", script, files=Files(layout="transformers"))
    edit(folder / "generation_config.json", language="<|hr|>")
    out = tmp_path / "out"
    arguments = ["--quantization", "float32,int8", "--half", "--max-clips", "2", "--json", "-q"]
    assert run(["models", "package", str(folder), "--out", str(out), *arguments]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["folders"] == {"ct2": "float32", "ct2-int8": "int8"}
    assert told["alignment_heads"] is None
    assert [trial["same_text"] for trial in told["fidelity"]] == [1.0, 1.0, 1.0]
    assert {one["heard"] for trial in told["fidelity"] for one in trial["details"]} == {
        "Dobar dan svima"
    }
    assert read(out / "hf" / "generation_config.json")["task"] == "transcribe"
    assert "Languages: hr" in (out / "README.md").read_text()
    halved = (out / "hf" / "model.safetensors").stat().st_size
    assert halved < 0.6 * (folder / "model.safetensors").stat().st_size


def test_an_unfaithful_conversion_is_refused(tmp_path: Path) -> None:
    """Where what is served says something else, both texts are told and no package appears."""
    texts = {"right": "The meeting is on Tuesday", "wrong": "The meeting was on Monday"}
    for name, text in texts.items():
        script = Script(transcribe=text)
        scripted_checkpoint(tmp_path / f"{name}-ct2", script)
        scripted_checkpoint(tmp_path / name, script, files=Files(layout="transformers"))
    served = Converted(Options(threads=1))

    def open_engine(_folder: Path, compute_type: str) -> AbstractContextManager[Engine]:
        return served.open(tmp_path / "wrong-ct2", compute_type)

    order = PackageOrder(
        run=str(tmp_path / "right"),
        project=Project(tmp_path),
        out=tmp_path / "out",
        options=PackageOptions(max_clips=2),
        threads=1,
    )
    with pytest.raises(FidelityError, match="worst of 2 clips is") as caught:
        package_run(order, open_engine, Watch())
    for text in texts.values():
        assert text in str(caught.value)
    assert not (tmp_path / "out").exists()
    told = read(tmp_path / "out-fidelity.json")["trials"][0]
    assert told["wer"] == 0.4
    assert not list(tmp_path.glob("*.part"))
    package_run(order, served.open, Watch())
    assert (tmp_path / "out" / "ct2" / "model.bin").is_file()
    assert not (tmp_path / "out-fidelity.json").exists()


def test_missing_parts_of_the_tokeniser_are_made(copy: Path, tmp_path: Path) -> None:
    """Of vocab.json and merges.txt tokenizer.json is made, with every special token in place."""
    whole = read(copy / "tokenizer.json")
    specials = {token["content"]: token["id"] for token in whole["added_tokens"]}
    (copy / "tokenizer.json").unlink()
    (copy / "preprocessor_config.json").unlink()
    (copy / "added_tokens.json").write_text(json.dumps(specials))
    out = tmp_path / "out"
    assert run(["models", "package", str(copy), "--out", str(out), "--no-fidelity", "-q"]) == 0
    made = {
        token["content"]: token["id"]
        for token in read(out / "ct2" / "tokenizer.json")["added_tokens"]
    }
    assert made == specials
    assert read(out / "hf" / "preprocessor_config.json")["feature_size"] == 80
    assert "Not tested." in (out / "README.md").read_text()


@pytest.mark.parametrize(
    ("file", "changes", "said"),
    [
        ("generation_config.json", {"alignment_heads": [[7, 1]]}, "layer 7, head 1"),
        ("preprocessor_config.json", {"feature_size": 128}, "makes 128 bands"),
        ("config.json", {"model_type": "wav2vec2"}, "'wav2vec2'"),
    ],
)
def test_faults_are_refused_before_the_work(
    copy: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    changes: dict[str, Any],
    said: str,
) -> None:
    """A checkpoint that would be useless where it is served is told at once; nothing is left."""
    edit(copy / file, **changes)
    assert run(["models", "package", str(copy), "--out", str(tmp_path / "out"), "-q"]) == 1
    assert said in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy"]


def test_a_model_that_servers_would_prompt_otherwise_is_refused(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A small vocabulary cannot be multilingual: CTranslate2 would leave language and task out."""
    ids = {t["content"]: t["id"] for t in read(copy / "tokenizer.json")["added_tokens"]}
    edit(
        copy / "generation_config.json",
        is_multilingual=True,
        lang_to_id={"<|en|>": ids["<|en|>"]},
        task_to_id={"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]},
    )
    out = str(tmp_path / "out")
    assert run(["models", "package", str(copy), "--out", out, "--no-fidelity", "-q"]) == 1
    assert "prompted in another way than it was taught" in capsys.readouterr().err


def test_weights_that_are_no_numbers_are_refused(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A training that went astray leaves NaN; it is named."""
    from safetensors.numpy import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    name = next(one for one in weights if one.endswith("fc1.weight"))
    weights[name] = weights[name].copy()
    weights[name][0, 0] = float("nan")
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    assert run(["models", "package", str(copy), "--out", str(tmp_path / "out"), "-q"]) == 1
    assert name in capsys.readouterr().err


def test_a_place_with_other_things_is_spared(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is no package is never replaced, nor is a file."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    for out in (mine, mine / "thesis.txt"):
        assert run(["models", "package", str(copy), "--out", str(out), "-q"]) == 2
        assert "--out" in capsys.readouterr().err
    assert (mine / "thesis.txt").read_text() == "years of work"
