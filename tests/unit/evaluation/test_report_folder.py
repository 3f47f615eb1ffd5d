"""Where a report is put, and the sound beside it."""

import os
import re
import wave
from pathlib import Path

import numpy as np
import pytest
from report_cases import evaluation, read_page, rows, scored, scores

from hansard.errors import OutputError
from hansard.evaluation.report import clips, write_report
from hansard.evaluation.report.clips import gather_sounds
from hansard.evaluation.report.folders import replacing

CSS = Path(clips.__file__).parent / "assets" / "report.css"


def write_ramp(path: Path, seconds: float, rate: int = 16_000) -> Path:
    """A WAV whose samples tell the second that they are of, times a thousand."""
    samples = (np.arange(round(seconds * rate)) // rate * 1000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


def read_wav(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert file.getframerate() == 16_000
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def test_a_report_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    """Nothing of the old one stays, what others put beside it does, and no trace is left."""
    audio = write_ramp(tmp_path / "a.wav", 2)
    old = evaluation(scores("old", [scored("a", [("x", "y")], audio=audio)]))
    folder = write_report(old, tmp_path / "reports" / "r").parent
    (folder / "scores.json").write_text("{}", encoding="utf-8")
    assert (folder / "audio" / "0.wav").exists()
    page = write_report(evaluation(scores("new", [scored("a", [("x", "y")])])), folder)
    assert page == folder / "index.html"
    assert sorted(path.name for path in folder.iterdir()) == [
        "data",
        "index.html",
        "report.css",
        "report.js",
        "scores.json",
    ]
    assert "old" not in read_page(page).part("summary").text
    assert [path.name for path in folder.parent.iterdir()] == ["r"]


def test_what_is_no_report_is_not_replaced(tmp_path: Path) -> None:
    """A folder with other things under a report's names is refused and stays as it is."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.csv").write_text("1", encoding="utf-8")
    with pytest.raises(OutputError, match="is not part of a report") as caught:
        write_report(evaluation(), tmp_path)
    assert "another folder" in caught.value.hint
    assert (tmp_path / "data" / "mine.csv").read_text(encoding="utf-8") == "1"
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(OutputError, match="it is a file"):
        write_report(evaluation(), file)


def test_the_current_folder_is_not_replaced() -> None:
    """The folder that a process is in would be gone under its feet."""
    for folder in (Path(), Path("..")):
        with pytest.raises(OutputError, match="current folder"):
            write_report(evaluation(), folder)


def test_a_failure_leaves_the_old_report(tmp_path: Path) -> None:
    """When anything goes wrong meanwhile, the old page is still there, and nothing else."""
    page = write_report(evaluation(scores("old", [])), tmp_path / "r")
    before = page.read_bytes()

    def break_off() -> None:
        with replacing(tmp_path / "r") as fresh:
            (fresh / "index.html").write_text("half", encoding="utf-8")
            raise KeyError

    with pytest.raises(KeyError):
        break_off()
    assert page.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_refuses_is_told(tmp_path: Path) -> None:
    """An error names the folder and says what to do."""
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot write the report"):
        write_report(evaluation(), tmp_path / "r")


def test_a_place_below_a_file_is_told(tmp_path: Path) -> None:
    """A folder cannot be made in a file."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write the report"):
        write_report(evaluation(), tmp_path / "file" / "r")


def test_what_killed_processes_left_goes_after_an_hour(tmp_path: Path) -> None:
    """Old unfinished folders are removed; young ones may be someone's work."""
    old, young = tmp_path / ".r.aa.part", tmp_path / ".r.bb.part"
    for folder in (old, young):
        folder.mkdir()
    os.utime(old, (0, 0))
    write_report(evaluation(), tmp_path / "r")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".r.bb.part", "r"]


def test_clips_are_cut_where_the_utterance_lies(tmp_path: Path) -> None:
    """Clips of one recording are its seconds, at 16 kHz, whatever its own rate is."""
    audio = write_ramp(tmp_path / "long.wav", 10)
    table = rows(
        [
            scored("a", [("x", "y")], audio=audio, start=2.0, duration=1.0),
            scored("b", [("x", "y")], audio=audio, start=7.0, duration=2.0),
            scored("c", [("x", "y")]),
        ]
    )
    found = gather_sounds(table, [0, 1, 2], tmp_path, tmp_path / "audio")
    assert (found.copied, found.linked, found.unreadable) == (2, 0, 0)
    assert found.players[1].address == "audio/1.wav"
    assert 2 not in found.players
    first, second = (read_wav(tmp_path / "audio" / f"{n}.wav") for n in (0, 1))
    assert len(first) == 16_000
    assert set(first[100:-100]) == {2000}
    assert len(second) == 32_000
    assert set(second[100:15_900]) == {7000}


def test_recordings_that_cannot_be_read_have_no_player(tmp_path: Path) -> None:
    """A damaged or missing file costs its own sound only, and the page says so."""
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    good = write_ramp(tmp_path / "good.wav", 1)
    utterances = [
        scored("a", [("x", "y")], audio=tmp_path / "bad.wav"),
        scored("b", [("x", "y")], audio=tmp_path / "gone.wav"),
        scored("c", [("x", "y")], audio=good),
        scored("d", [("x", "y")], audio=good, start=5.0, duration=1.0),
        scored("e", [("x", "y")], audio=tmp_path / "odd.wav", start=1e9, duration=1.0),
        scored("f", [("x", "y")], duration=float("nan"), noise=float("inf")),
    ]
    page = write_report(evaluation(scores("m", utterances)), tmp_path / "r")
    assert [path.name for path in (page.parent / "audio").iterdir()] == ["2.wav"]
    told = read_page(page).part("sounds-note").text
    assert "1 utterance (the worst first) lies beside" in told
    assert "3 recordings could not be read" in told


def test_without_copies_recordings_are_linked(tmp_path: Path) -> None:
    """Links are relative, with the stretch in them, and every odd name is escaped."""
    folder = tmp_path / "up loads"
    folder.mkdir()
    audio = write_ramp(folder / "a#b?č:%.wav", 3)
    utterances = [scored("a", [("x", "y")], audio=audio, start=1.5, duration=1.0)]
    page = write_report(
        evaluation(scores("m", utterances)), tmp_path / "reports" / "r", copy_audio=False
    )
    (player,) = read_page(page).all("audio")
    assert player.attributes == {
        "controls": None,
        "preload": "none",
        "src": "../../up%20loads/a%23b%3F%C4%8D%3A%25.wav#t=1.500,2.500",
    }
    assert not (page.parent / "audio").exists()
    assert '"../../up%20loads/a%23b%3F%C4%8D%3A%25.wav#t=1.500,2.500",1.5,' in (
        page.parent / "data" / "index.js"
    ).read_text(encoding="utf-8")


def test_no_more_than_an_hour_is_copied(tmp_path: Path) -> None:
    """What would exceed the bound is linked instead; shorter ones that fit are still copied."""
    audio = write_ramp(tmp_path / "a.wav", 3, rate=8000)
    table = rows(
        [
            scored("long", [("x", "y")], audio=audio, duration=4000.0),
            scored("short", [("x", "y")], audio=audio, duration=1.0),
        ]
    )
    found = gather_sounds(table, [0, 1], tmp_path, tmp_path / "audio")
    assert (found.copied, found.linked) == (1, 1)
    assert found.players[0].address.startswith("a.wav#t=0.000,4000")


def test_no_more_than_five_hundred_clips_are_copied(tmp_path: Path) -> None:
    """The worst have their clips; the others are linked, and the page says which."""
    audio = write_ramp(tmp_path / "a.wav", 1)
    some = [scored(f"{n}", [("x", "y")], audio=audio, duration=0.05) for n in range(503)]
    found = gather_sounds(rows(some), range(503), tmp_path, tmp_path / "audio")
    assert (found.copied, found.linked) == (500, 3)
    assert len(list((tmp_path / "audio").iterdir())) == 500


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


PAIRS = [
    *((ink, ground) for ink in ("ink", "soft", "accent") for ground in ("page", "card", "stripe")),
    ("ink", "accent-soft"),
    ("ink", "mark"),
    ("soft", "right-bg"),
    ("del", "card"),
    ("second", "page"),
    *((name, f"{name}-bg") for name in ("sub", "del", "ins", "tol")),
    *(("h-low", f"h{shade}") for shade in range(6)),
    *(("h-high", f"h{shade}") for shade in (6, 7, 8)),
]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_can_be_read(scheme: int, ink: str, ground: str) -> None:
    """Every pair of colours that text is written in has WCAG's contrast of 4.5 to 1."""
    blocks = re.findall(r":root \{(.*?)\n? *\}", CSS.read_text(encoding="utf-8"), re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[scheme]))
    high, low = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5
