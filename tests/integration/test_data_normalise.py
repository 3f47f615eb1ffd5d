"""`hansard data normalise` on manifests and folders, with faults in them."""

# ruff: noqa: RUF001 - Cyrillic letters
import json
from pathlib import Path
from typing import Any

import pytest

from hansard.cli.main import run
from hansard.training.manifest import read_manifest

ENTRIES: list[dict[str, Any]] = [
    {"id": "1", "audio": "../uploads/a.mp3", "transcript": "Имам 2 жене, Њ. и ЊЕГОШ.",
     "language": "sr", "mood": "calm"},
    {"id": "2", "audio": "b.mp3", "transcript": "Rast od 50 % [pljesak]", "language": "hr",
     "segments": [{"start": 0, "end": 3, "text": "Rast od 50 % [pljesak]", "words": [
         {"word": "Rast", "start": 0, "end": 1}, {"word": "od", "start": 1, "end": 1.2},
         {"word": "50", "start": 1.2, "end": 2}, {"word": "%", "start": 2, "end": 2.5},
         {"word": "[pljesak]", "start": 2.5, "end": 3}]}]},
    {"id": "3", "audio": "c.mp3", "no_speech": True},
]  # fmt: skip
FAULTY = ['{"id": "1", "audio": "x.mp3", "transcript": "twice"}', "no JSON",
          '{"id": "4", "audio": "d.mp3", "transcript": ""}',
          '{"id": "5", "audio": "d.mp3", "transcript": "[glazba]"}']  # fmt: skip


def write_lines(path: Path, entries: list[dict[str, Any]], more: list[str] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(entry, ensure_ascii=False) for entry in entries] + (more or [])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def normalise(project: Path, *argv: str | Path) -> tuple[int, dict[str, Any]]:
    """The exit code of the command, and its report."""
    code = run(["data", "normalise", *map(str, argv), "--project", str(project), "-q"])
    report = project / "manifests" / "normalisation_report.json"
    return code, json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}


def test_a_manifest_becomes_a_new_one(tmp_path: Path) -> None:
    """Script, numbers and notes change in transcripts and timed words; the rest stays."""
    given = write_lines(tmp_path / "manifests" / "run1.jsonl", ENTRIES)
    before = given.read_bytes()
    code, report = normalise(tmp_path, given, "--script", "latin", "--numbers", "words")
    assert code == 0
    made = read_manifest(tmp_path / "manifests" / "run1.norm.jsonl")
    said = [entry.transcript for entry in made]
    assert said == ["Imam dve žene, Nj. i NJEGOŠ.", "Rast od pedeset posto", ""]
    assert [entry.audio for entry in made] == [entry.audio for entry in read_manifest(given)]
    assert made[0].extra == {"mood": "calm"}
    words = made[1].segments[0].words
    assert [(word.word, word.start, word.end) for word in words] == [
        ("Rast", 0, 1), ("od", 1, 1.2), ("pedeset posto", 1.2, 2.5),
    ]  # fmt: skip
    assert made[2].no_speech
    assert given.read_bytes() == before
    assert (report["transcripts"], report["normalised"], report["no_speech"]) == (2, 2, 1)
    assert report["share"] == 1.0
    assert report["target_reached"] is True
    assert report["scripts"] == {"cyrillic": 1, "latin": 1}
    assert report["scripts_after"] == {"latin": 2}
    assert report["output"].endswith("run1.norm.jsonl")


def test_faults_are_told_and_the_rest_is_done(tmp_path: Path) -> None:
    """Empty, doubled and broken lines are left out and told; the exit code says so."""
    given = write_lines(tmp_path / "run1.jsonl", ENTRIES, FAULTY)
    code, report = normalise(tmp_path, given, "-o", tmp_path / "new.jsonl", "--script", "cyrillic")
    assert code == 1
    assert [entry.id for entry in read_manifest(tmp_path / "new.jsonl")] == ["1", "2", "3"]
    assert (report["normalised"], report["empty"], report["failed"]) == (2, 2, 2)
    assert report["share"] == pytest.approx(1 / 3, abs=1e-3)
    assert report["target_reached"] is False
    told = {one["name"]: one["reason"] for one in report["failures"]}
    assert "nothing is left" in told["5"]
    assert "empty" in told["4"]
    assert "not JSON" in told["line 5"]
    assert "there already" in told["1"]


def test_a_manifest_is_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The manifest itself is no output, and nothing happens to it."""
    given = write_lines(tmp_path / "run1.jsonl", ENTRIES)
    before = given.read_bytes()
    assert normalise(tmp_path, given, "-o", given)[0] == 2
    assert "the manifest itself" in capsys.readouterr().err
    assert given.read_bytes() == before


def fill(uploads: Path) -> None:
    """A folder with transcripts of many kinds, and faults."""
    (uploads / "sub š").mkdir(parents=True)
    (uploads / "empty folder").mkdir()
    (uploads / "duplicates").mkdir()
    (uploads / "a.txt").write_text("[glazba] Dobar dan, „gospođo“.", encoding="utf-8")
    (uploads / "a.srt").write_text("not looked at", encoding="utf-8")
    (uploads / "cp.txt").write_bytes("Šest žena čeka, đak ćuti.".encode("cp1250"))
    (uploads / "iso.txt").write_bytes("Šest žena čeka, đak ćuti.".encode("iso-8859-2"))
    (uploads / "cyr.txt").write_bytes("Добар дан, ја сам Љубица и чекам ђака.".encode("cp1251"))
    (uploads / "wide.txt").write_text("Добар дан, како сте?", encoding="utf-16")
    (uploads / "mixed.txt").write_text("Dobar dan, Београде, Beogr\u0430d.", encoding="utf-8")
    (uploads / "s.srt").write_text(
        "1\n00:00:01,000 --> 00:00:02,000\n<i>Dobar</i> dan.\n", encoding="utf-8"
    )
    (uploads / "sub š" / "ime s razmakom č.txt").write_text("Zdravo.", encoding="utf-8")
    (uploads / "duplicates" / "x.txt").write_text("x", encoding="utf-8")
    (uploads / "empty.txt").touch()
    (uploads / "note.txt").write_text("(smijeh)", encoding="utf-8")
    (uploads / "binary.txt").write_bytes(bytes(range(256)))
    (uploads / "dead.txt").symlink_to("nowhere.txt")


def test_files_get_normalised_ones_beside_them(tmp_path: Path) -> None:
    """Each transcript is decoded, made Latin and written in UTF-8; faults are told."""
    fill(tmp_path / "uploads")
    code, report = normalise(tmp_path, "--script", "latin")
    assert code == 1
    made = {
        path.name.removesuffix(".norm.txt"): path.read_text(encoding="utf-8").strip()
        for path in (tmp_path / "uploads").rglob("*.norm.txt")
    }
    assert made == {
        "a": 'Dobar dan, "gospođo".',
        "cp": "Šest žena čeka, đak ćuti.",
        "iso": "Šest žena čeka, đak ćuti.",
        "cyr": "Dobar dan, ja sam Ljubica i čekam đaka.",
        "wide": "Dobar dan, kako ste?",
        "mixed": "Dobar dan, Beograde, Beograd.",
        "s": "Dobar dan.",
        "ime s razmakom č": "Zdravo.",
    }
    states = {Path(one["name"]).name: one["state"] for one in report["failures"]}
    assert states == {
        "empty.txt": "empty", "note.txt": "empty", "binary.txt": "failed", "dead.txt": "failed",
        "a.srt": "passed over",
    }  # fmt: skip
    assert [Path(name).name for name in report["mixed_scripts"]] == ["mixed.txt"]
    assert {"cp1250", "iso-8859-2", "cp1251", "utf-16", "utf-8"} <= set(report["encodings"])
    assert report["share"] == pytest.approx(8 / 12, abs=1e-3)


def test_done_files_are_not_done_again(tmp_path: Path) -> None:
    """A second run does only what changed: another text, other options, a result that is gone."""
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    for name in "abc":
        (uploads / f"{name}.txt").write_text(f"Zdravo, {name}.", encoding="utf-8")
    assert normalise(tmp_path)[0] == 0
    times = {name: (uploads / f"{name}.norm.txt").stat().st_mtime_ns for name in "abc"}
    (uploads / "a.txt").write_text("Doviđenja.", encoding="utf-8")
    (uploads / "b.norm.txt").unlink()
    code, report = normalise(tmp_path)
    assert (code, report["normalised"]) == (0, 3)
    assert (uploads / "a.norm.txt").read_text(encoding="utf-8") == "Doviđenja.\n"
    assert (uploads / "b.norm.txt").exists()
    assert (uploads / "c.norm.txt").stat().st_mtime_ns == times["c"]
    normalise(tmp_path, "--case", "lower")
    assert (uploads / "c.norm.txt").read_text(encoding="utf-8") == "zdravo, c.\n"


def test_a_manifest_goes_on_from_its_journal(tmp_path: Path) -> None:
    """A second run gives the same manifest and report, and writes nothing into the journal."""
    given = write_lines(tmp_path / "run1.jsonl", ENTRIES)
    first = normalise(tmp_path, given, "--script", "latin")
    made = (tmp_path / "run1.norm.jsonl").read_bytes()
    journal = tmp_path / "manifests" / ".journal" / "normalise.jsonl"
    noted = journal.read_bytes()
    assert normalise(tmp_path, given, "--script", "latin") == first
    assert (tmp_path / "run1.norm.jsonl").read_bytes() == made
    assert journal.read_bytes() == noted


def test_one_file_may_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A single transcript is normalised, and the report comes as JSON."""
    text = tmp_path / "talk.txt"
    text.write_text("Imam 2 žene.", encoding="utf-8")
    argv = ["data", "normalise", str(text), "--numbers", "words", "--language", "hr", "--json"]
    assert run([*argv, "--project", str(tmp_path), "-q"]) == 0
    assert json.loads(capsys.readouterr().out)["normalised"] == 1
    assert (tmp_path / "talk.norm.txt").read_text(encoding="utf-8") == "Imam dvije žene.\n"


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [
        (["nowhere"], 1, "there is no 'nowhere'"),
        (["nowhere.jsonl"], 1, "there is no manifest"),
        (["."], 1, "there is no transcript in '.'"),
        ([".", "-o", "x.jsonl"], 2, "there is none for transcript files"),
        ([".", "--language", "Croatian"], 2, "no code of a language"),
        ([".", "--script", "greek"], 2, "greek"),
    ],
)
def test_wrong_use_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    argv: list[str], code: int, told: str,
) -> None:  # fmt: skip
    """What is not there, or not possible, is one sentence, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    assert run(["data", "normalise", *argv]) == code
    assert told in capsys.readouterr().err
    assert list(tmp_path.rglob("*.norm.*")) == []
