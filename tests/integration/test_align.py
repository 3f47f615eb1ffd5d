"""`hansard align` as a person runs it: real files, real weights, its own process."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hansard.cli.align import read_text
from hansard.errors import UsageError
from hansard.settings import Options
from hansard.testing.sounds import repeat_sample
from hansard.transcript import Segment, Transcript
from hansard.transcript.formats import read
from hansard.wiring.workshop import LocalWorkshop
from hansard.work.align import Aligned, align
from hansard.work.demonstrate import Sample, find_sample
from hansard.work.wires import Wires

HANSARD = [sys.executable, "-m", "hansard"]
STANDUP, PODCAST, NOTE = (find_sample(name) for name in ("standup", "podcast", "note"))


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment of its own, so that nobody's settings or models matter."""
    return environment(tmp_path)


def environment(tmp_path: Path) -> dict[str, str]:
    keep = {n: v for n, v in os.environ.items() if not n.upper().startswith("HANSARD_")}
    (tmp_path / "tmp").mkdir()
    return {
        **keep,
        "HOME": str(tmp_path / "home"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "TMPDIR": str(tmp_path / "tmp"),
        "HANSARD_MODEL": "demo",
        "HANSARD_OFFLINE": "true",
    }


def run(home: dict[str, str], *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    words = [*HANSARD, "align", *(str(argument) for argument in arguments)]
    return subprocess.run(
        words,
        env=home,
        cwd=Path(home["TMPDIR"]).parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def script(sample: Sample, path: Path) -> Path:
    """What is said in a sample, as its author may have written it."""
    lines = (f"{line.speaker}: {line.text}\n" for line in sample.segments)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def in_process(sample: Sample, lines: list[Segment], folder: Path) -> Aligned:
    options = Options(model="demo", offline=True, data_dir=folder)
    bare = tuple(Segment(id=n, text=s.text, start=0, end=0) for n, s in enumerate(lines))
    workshop = LocalWorkshop(options)
    try:
        return align(sample.path, Transcript(segments=bare), options, workshop, Wires())
    finally:
        workshop.close()


@pytest.mark.parametrize("sample", [STANDUP, PODCAST], ids=["standup", "podcast"])
def test_lines_begin_when_they_are_said(sample: Sample, tmp_path: Path) -> None:
    """Nearly all words get times, and lines begin within a quarter of a second of the truth."""
    made = in_process(sample, list(sample.segments), tmp_path)
    assert made.report.matched + made.report.forced >= 0.95 * made.report.words
    for line, truth in zip(made.transcript.segments, sample.segments, strict=True):
        assert line.text == truth.text
        assert line.start == pytest.approx(truth.start, abs=0.25)
        assert line.end == pytest.approx(truth.end, abs=1.0)


def test_skipped_and_unwritten_speech_is_found(tmp_path: Path) -> None:
    """A line put into the text and one left out of it are both named."""
    lines = list(PODCAST.segments)
    gone = lines.pop(9)
    lines.insert(3, Segment(id=0, text="Penguins rarely visit equatorial jungles.", start=0, end=0))
    made = in_process(PODCAST, lines, tmp_path)
    assert [p.text for p in made.report.skipped if p.line == 4] == [lines[3].text]
    around = [p for p in made.report.unwritten if gone.start < p.end and p.start < gone.end]
    extra = " ".join(p.text for p in around)
    assert "thirty more hours" in extra
    assert "Sunday was cold and windy" in extra
    assert around[-1].end == pytest.approx(gone.end, abs=1.0)


@pytest.fixture(scope="module")
def podcast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a script, aligned: srt, json, lrc, and what was told."""
    folder = tmp_path_factory.mktemp("podcast")
    text = script(PODCAST, folder / "written.txt")
    formats = ("-f", "srt,json", "-f", "lrc", "-o", "out")
    done = run(environment(folder), PODCAST.path, text, *formats)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    (folder / "out" / "told").write_text(done.stderr)
    return folder / "out"


def test_a_script_becomes_subtitles_and_lyrics(podcast: Path) -> None:
    """Files are named like the recording; text and speakers are as written."""
    assert "151 words have a time" in (podcast / "told").read_text()
    made = read((podcast / "podcast.json").read_text(encoding="utf-8"), "json")
    assert [(s.speaker, s.text) for s in made.segments] == [
        (s.speaker, s.text) for s in PODCAST.segments
    ]
    assert made.trust is not None
    assert (podcast / "podcast.srt").read_text().startswith("1\n00:00:00,")
    lyrics = (podcast / "podcast.lrc").read_text().splitlines()
    lines = [line for line in lyrics if "<" in line]
    assert len(lines) == len(PODCAST.segments)
    assert not any("<00:00.00>" in line for line in lines)


def test_subtitles_go_to_standard_output(home: dict[str, str], tmp_path: Path) -> None:
    """Without -f the text is on stdout as srt, and no file is written."""
    (tmp_path / "note.text").write_text(NOTE.text)
    before = set(tmp_path.iterdir())
    done = run(home, NOTE.path, "note.text")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1\n00:00:00,")
    assert "Please write that down" in done.stdout
    assert {p.name for p in set(tmp_path.iterdir()) - before} <= {"data", "home", "config"}


def test_the_report_has_every_word(home: dict[str, str], tmp_path: Path) -> None:
    """`--json` has the times of lines and words, null where there is none."""
    (tmp_path / "note.txt").write_text(f"Nonetheless nobody listened.\n{NOTE.text}\n")
    done = run(home, NOTE.path, "note.txt", "--json", "-q")
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert [line["line"] for line in report["segments"]] == [1, 2]
    assert {word["start"] for word in report["segments"][0]["words"]} == {None}
    assert [word["word"].strip() for word in report["segments"][1]["words"]] == NOTE.text.split()
    assert all(word["end"] >= word["start"] > 0 for word in report["segments"][1]["words"])
    assert report["skipped"][0]["line"] == 1
    assert report["matched"] + report["forced"] + report["unplaced"] == report["words"]


def test_a_correction_touches_only_its_line(
    home: dict[str, str], podcast: Path, tmp_path: Path
) -> None:
    """A corrected transcript keeps every other line to the byte; `--all` aligns all of them."""
    made = tmp_path / "podcast.json"
    old = (podcast / "podcast.json").read_text(encoding="utf-8")
    made.write_text(old.replace("forty requests", "forty two requests"), encoding="utf-8")
    done = run(home, PODCAST.path, made, "-f", "json")
    assert done.returncode == 0, done.stderr
    assert "1 of 13 lines aligned, the others kept" in done.stderr
    new = made.read_text(encoding="utf-8")
    lines = [[x for x in one.split("\n") if x.startswith('{"id"')] for one in (old, new)]
    assert [a == b for a, b in zip(*lines, strict=True)] == [n != 4 for n in range(13)]
    assert "forty two requests" in lines[1][4]
    done = run(home, PODCAST.path, made, "--all", "--json", "-q")
    assert json.loads(done.stdout)["touched"] == 13


def test_what_cannot_be_aligned_is_told(home: dict[str, str], tmp_path: Path) -> None:
    """Another text is a failure with figures; a text without words is wrong use."""
    (tmp_path / "other.txt").write_text(
        "Der Bundestag hat gestern beschlossen, dass Pinguine nicht mehr fliegen müssen."
    )
    (tmp_path / "empty.txt").write_text("")
    done = run(home, NOTE.path, "other.txt")
    assert done.returncode == 1
    assert "error: the text does not belong to the recording: 0 % of its 11 words" in done.stderr
    assert "hint: " in done.stderr
    done = run(home, NOTE.path, "empty.txt")
    assert done.returncode == 2
    assert "holds no words" in done.stderr
    assert done.stdout == ""


def test_texts_are_read_by_their_suffix(tmp_path: Path) -> None:
    """An unknown suffix is plain text, Windows' Unicode is understood; the rest is refused."""
    for name, data in (("a", b"one\ntwo\n"), ("b.text", "one\ntwo".encode("utf-16"))):
        (tmp_path / name).write_bytes(data)
        assert [line.text for line in read_text(tmp_path / name).segments] == ["one", "two"]
    (tmp_path / "c.txt").write_bytes(b"\xff\xfa\x00\x80")
    for name, said in (("c.txt", "not UTF-8"), ("d.txt", "no such file"), (".", "directory")):
        with pytest.raises(UsageError, match=said):
            read_text(tmp_path / name)


def test_the_text_itself_is_not_written_over(home: dict[str, str], tmp_path: Path) -> None:
    """An output that would replace the user's text is refused before any work."""
    shutil.copy(NOTE.path, tmp_path / "note.ogg")
    (tmp_path / "note.txt").write_text(NOTE.text)
    done = run(home, "note.ogg", "note.txt", "-f", "srt", "-f", "txt")
    assert done.returncode == 2
    assert "written over" in done.stderr
    assert not (tmp_path / "note.srt").exists()


def test_an_interrupt_leaves_nothing_behind(home: dict[str, str], tmp_path: Path) -> None:
    """Ctrl-C ends with 130, no output and no temporary files."""
    long = repeat_sample(STANDUP.path, 1200, tmp_path)
    text = script(STANDUP, tmp_path / "written.txt")
    words = [*HANSARD, "align", str(long), str(text), "-f", "srt"]
    with subprocess.Popen(words, env=home, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        while not list(Path(home["TMPDIR"]).rglob("hansard-*")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"interrupted" in told
    assert not (tmp_path / "long-1200.srt").exists()
    assert list(Path(home["TMPDIR"]).iterdir()) == []
