"""`hansard evaluate` as a person runs it."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hansard.cli.main import run
from hansard.work.demonstrate import find_sample

NOTE = find_sample("note")
CT2 = str(NOTE.path.parents[1] / "demo" / "ct2")


def put(path: Path, content: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return str(path)


def put_manifest(path: Path, rows: list[dict[str, Any]]) -> str:
    return put(path, "".join(json.dumps(row) + "\n" for row in rows))


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What the command says as JSON, once it has succeeded."""
    assert run(["evaluate", *arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def note(ident: str, **more: Any) -> dict[str, Any]:
    text = " ".join(line.text for line in NOTE.segments)
    return {"id": ident, "audio": str(NOTE.path), "transcript": text, "language": "en", **more}


def test_two_texts_are_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The counts, and the rates at all levels; `wer` is that of normalised words."""
    one = put(tmp_path / "right.txt", "Gdje je dijete? Radit ću to sutra.")
    other = put(tmp_path / "heard.txt", "gde je dete radiću sutra sutra")
    found = told(capsys, "--reference", one, "--hypothesis", other, "--language", "hr")
    assert found["reference_words"] == 7
    assert found["hypothesis_words"] == 6
    counts = [found[name] for name in ("hits", "substitutions", "deletions", "insertions")]
    assert sum(counts[:3]) == 7
    assert found["wer"] == pytest.approx(sum(counts[1:]) / 7)
    assert found["wer_tolerant"] == pytest.approx(1 / 7)
    assert found["wer_raw"] > found["wer"]
    assert 0 < found["cer_tolerant"] < found["cer"] < found["cer_raw"]


def test_an_empty_reference_has_no_rate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was heard is counted as inserted."""
    one, other = put(tmp_path / "r.txt", ""), put(tmp_path / "h.txt", "thank you")
    found = told(capsys, "--reference", one, "--hypothesis", other)
    assert (found["wer"], found["insertions"]) == (None, 2)


def test_several_hypotheses_are_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table for people, and a sentence for every model but the first."""
    said = [f"number {n} is said here and now" for n in range(30)]
    one = put(tmp_path / "r.txt", "\n".join(said))
    good = put(tmp_path / "good.txt", "\n".join(said))
    bad = put(tmp_path / "bad.txt", "\n".join(line.replace("here", "there") for line in said))
    worse = put(tmp_path / "worse.txt", "\n".join(line[: len(line) // 2] for line in said))
    arguments = ["--hypothesis", good, "--hypothesis", bad, "--hypothesis", worse, "--lines"]
    assert run(["evaluate", "--reference", one, *arguments]) == 0
    out = capsys.readouterr().out
    assert "good is better than bad by 14.3 points (95 %: 14.3 to 14.3, p < 0.001 after" in out
    assert "good is better than worse by" in out
    found = told(capsys, "--reference", one, *arguments, "--level", "raw", "--bootstrap", "0")
    assert [model["model"] for model in found["models"]] == ["good", "bad", "worse"]
    assert [each["level"] for each in found["comparisons"]] == ["raw", "raw"]
    assert found["comparisons"][0]["interval"] is None


def test_leaderboard_results_are_scored_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file with `text` and `pred_text` needs no hypothesis; pages are written when asked for."""
    same = {"duration": 2.0, "time": 0.5, "pred_text": "a b 1"}
    rows = [
        {**same, "audio_filepath": f"{n}.wav", "text": f"a b {n}", "language": ("hr", "sr")[n % 2]}
        for n in range(6)
    ]
    path = put_manifest(tmp_path / "results.jsonl", rows)
    found = told(capsys, "--reference", path, "--report", str(tmp_path / "pages"))
    assert found["wer"] == pytest.approx(5 / 18)
    assert found["rtfx"] == pytest.approx(4)
    assert found["per_language"]["hr"]["utterances"] == 3
    assert "<html" in (tmp_path / "pages" / "index.html").read_text(encoding="utf-8")[:500]


def test_a_manifest_is_transcribed_scored_and_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each model, each clip; a failing one is counted, told, and makes the exit code 1."""
    rows = [
        note("a"), note("ž b", start=0.2, end=5.8), note("c", language="hr"),
        {**note("gone"), "audio": "no.wav"},
    ]  # fmt: skip
    path = put_manifest(tmp_path / "m.jsonl", rows)
    arguments = ["evaluate", path, "--models", "demo", "--models", CT2, "--project", str(tmp_path)]
    assert run([*arguments, "--run", "first"]) == 1
    shown = capsys.readouterr()
    assert "demo: gone: " in shown.err
    assert "ct2 is as good as demo" in shown.out
    figures = json.loads((tmp_path / "manifests/eval_first.json").read_text(encoding="utf-8"))
    assert (figures["utterances"], figures["failed"]) == (4, 1)
    assert figures["counts"]["raw"]["deletions"] == len(rows[0]["transcript"].split())
    assert set(figures["per_language"]) == {"en", "hr"}
    assert figures["per_language"]["hr"]["wer"] == 0
    assert (tmp_path / "reports/first/index.html").is_file()
    lines = (tmp_path / "reports/first/predictions.jsonl").read_text(encoding="utf-8").splitlines()
    predicted = [json.loads(line) for line in lines]
    assert [each["id"] for each in predicted] == ["a", "ž b", "c", "gone"]
    assert predicted[0]["pred_text"] == predicted[0]["pred_text_ct2"] == rows[0]["transcript"]
    assert predicted[0]["time"] > 0
    assert "does not exist" in predicted[3]["failure"]
    assert run([*arguments, "--run", "first", "--no-report", "--json"]) == 1
    assert "demo: 3 of 4 were transcribed before" in capsys.readouterr().err


def test_a_killed_evaluation_goes_on(tmp_path: Path) -> None:
    """After kill -9 the clips that were done are not transcribed again."""
    rows = [note(str(n), end=5.0 + n / 50) for n in range(6)]
    path = put_manifest(tmp_path / "m.jsonl", rows)
    command = [sys.executable, "-m", "hansard", "evaluate", path, "--models", "demo",
               "--project", str(tmp_path), "--no-report", "--json"]  # fmt: skip
    keep = {n: v for n, v in os.environ.items() if not n.upper().startswith("HANSARD_")}
    journal = tmp_path / "manifests/.journal/evaluate_m.jsonl"
    with subprocess.Popen(command, env=keep, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and not (journal.exists() and journal.stat().st_size):
            time.sleep(0.01)
        process.kill()
    done = len([line for line in journal.read_bytes().split(b"\n") if line.endswith(b"}")])
    assert 1 <= done < 6
    again = subprocess.run(command, env=keep, capture_output=True, text=True, check=True)
    assert f"demo: {done} of 6 were transcribed before" in again.stderr
    assert json.loads(again.stdout)["utterances"] == 6


def test_transcripts_are_written_into_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside what is there; word errors of the rows that tell what was said."""
    shutil.copy(NOTE.path, tmp_path / "n ö.ogg")
    text = NOTE.segments[0].text
    table = tmp_path / "batch.tsv"
    put(table, f'audio_path\ttxt\tmore\nn ö.ogg\t{text}\t"x\ty"\n{NOTE.path}\t\t\n')
    found = told(
        capsys, str(table), "--models", "demo", "-o", str(tmp_path / "out.tsv"),
        "--project", str(tmp_path),
    )  # fmt: skip
    assert (found["wer"], found["utterances"]) == (0, 1)
    lines = (tmp_path / "out.tsv").read_text(encoding="utf-8").split("\n")
    assert lines[0] == "audio_path\ttxt\tmore\thypothesis"
    assert lines[1] == f'n ö.ogg\t{text}\t"x\ty"\t{text}'
    assert lines[2] == f"{NOTE.path}\t\t\t{text}"
    models = ["--models", "demo", "--models", CT2]
    assert run(["evaluate", str(table), *models, "--in-place", "--project", str(tmp_path)]) == 0
    head = table.read_text(encoding="utf-8").split("\n")[0]
    assert head.endswith("hypothesis_demo\thypothesis_ct2")


def test_a_table_without_texts_is_filled_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is nothing to score, which is no failure; a missing recording is one."""
    table = put(tmp_path / "batch.tsv", f"audio_path\n{NOTE.path}\n")
    arguments = ["--models", "demo", "--in-place", "--project", str(tmp_path)]
    assert run(["evaluate", table, *arguments]) == 0
    assert "1 transcripts written" in capsys.readouterr().out
    assert NOTE.segments[0].text in Path(table).read_text(encoding="utf-8")
    put(tmp_path / "batch.tsv", f"audio_path\nno.wav\n{NOTE.path}\n")
    assert run(["evaluate", table, *arguments]) == 1
    assert "row 1" in capsys.readouterr().err
    assert Path(table).read_text(encoding="utf-8").split("\n")[1] == "no.wav\t"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing was named"),
        (["--hypothesis", "h.txt"], "--hypothesis needs --reference"),
        (["m.jsonl", "--reference", "r.txt"], "takes no manifest"),
        (["--reference", "r.txt", "--models", "demo"], "name one"),
        (["m.jsonl", "-o", "x.tsv"], "are for tables"),
        (["t.tsv"], "need a place"),
        (["t.tsv", "-o", "x.tsv", "--in-place"], "go not together"),
        (["m.jsonl", "--run", "../x"], "no name for a folder"),
        (["m.jsonl", "--bootstrap", "-1"], "--bootstrap is -1"),
        (["--reference", "r.txt"], "cannot read 'r.txt'"),
        (["--reference", "r.txt", "--language", "klingonese"], "klingonese"),
        (["no.jsonl"], "no manifest 'no.jsonl'"),
    ],
)
def test_wrong_use_is_one_clear_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """With a hint, and without a trace."""
    assert run(["evaluate", *arguments]) != 0
    shown = capsys.readouterr().err
    assert shown.startswith("error: ")
    assert message in shown
    assert len(shown.splitlines()) <= 2
