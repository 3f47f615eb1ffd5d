"""Bad input at the command line: one clear error or a right transcript, and nothing left behind.

The library's own cases are in test_media_bad.py; here the whole program meets them at once.
"""

import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hansard.testing.media import flac_of_silence
from hansard.work.demonstrate import find_sample

WAV = find_sample("standup").path.read_bytes()
NOTE = find_sample("note").path.read_bytes()
SAID = "Good morning everyone, let's start the meeting."


def float_wav_with_nan() -> bytes:
    samples = (np.frombuffer(WAV[44 : 44 + 320_000], "<i2") / 32768).astype("<f4")
    samples[5000:5010] = np.nan
    samples[90_000] = np.inf
    size = samples.nbytes
    form = struct.pack("<IHHIIHH", 16, 3, 1, 16000, 64000, 4, 32)
    head = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + form
    return head + b"data" + struct.pack("<I", size) + samples.tobytes()


REFUSED = {
    "empty.wav": (b"", "is empty"),
    "renamed.mp3": (b"plain text, no music\n" * 50, "is text"),
    "concat.wav": (b"ffconcat version 1.0\nfile other.ogg\n", "names other files"),
    "hls.wav": (b"#EXTM3U\n#EXTINF:9,\nother.mp3\n#EXT-X-ENDLIST\n", "names other files"),
    "sdp.wav": (b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 5004 RTP/AVP 0\n", "addresses"),
    "no-channels.wav": (WAV[:22] + struct.pack("<H", 0) + WAV[24:], "0 channels"),
    "one-hertz.wav": (WAV[:24] + struct.pack("<I", 1) + WAV[28:644], "1 Hz"),
    "understated.wav": (WAV[:40] + struct.pack("<I", 99) + WAV[44:200_000], "0.003 s of audio"),
    "bomb.flac": (flac_of_silence(10, 1000), "1000 Hz"),
    "half.mp4": (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(4000), "incomplete"),
}
HEARD = {
    "lying.wav": WAV[:40] + b"\xff\xff\xff\xff" + WAV[44:200_000],
    "nan.wav": float_wav_with_nan(),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> "subprocess.CompletedProcess[str]":
    """One call with every bad file and some good ones among them."""
    folder = tmp_path_factory.mktemp("bad")
    for name, (content, _) in REFUSED.items():
        (folder / name).write_bytes(content)
    for name, content in HEARD.items():
        (folder / name).write_bytes(content)
    for name in ("--dash.ogg", "new\nline\u202egpj.ogg", "x" * 251 + ".ogg"):
        (folder / name).write_bytes(NOTE)
    (folder / "folder").mkdir()
    (folder / "tmp").mkdir()
    names = sorted(path.name for path in folder.iterdir() if path.name != "tmp")
    words = [sys.executable, "-m", "hansard", "transcribe", "--model", "demo", "-f", "txt",
             "-o", "out", "--", *names, "../absent.mp3"]  # fmt: skip
    mine = {**os.environ, "TMPDIR": str(folder / "tmp"), "HOME": str(folder / "tmp" / "home")}
    done = subprocess.run(
        words, cwd=folder, env=mine, capture_output=True, text=True, timeout=280, check=False
    )
    done.args = folder
    return done


def test_the_rest_goes_on(told: "subprocess.CompletedProcess[str]") -> None:
    """Bad files make the exit code 1; there is no traceback, and nothing is left behind."""
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert list((told.args / "tmp").rglob("*")) == []


@pytest.mark.parametrize("name", REFUSED)
def test_each_bad_file_is_one_clear_error(
    told: "subprocess.CompletedProcess[str]", name: str
) -> None:
    """The error names the file and what is wrong with it; no output appears."""
    lines = [line for line in told.stderr.splitlines() if f"'{name}'" in line]
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert REFUSED[name][1] in lines[0]
    assert not (told.args / "out" / f"{name.rsplit('.', 1)[0]}.txt").exists()


@pytest.mark.parametrize("name", HEARD)
def test_what_can_be_read_is_read(told: "subprocess.CompletedProcess[str]", name: str) -> None:
    """Lying sizes and impossible samples do not cost the speech that is there."""
    text = (told.args / "out" / f"{name.rsplit('.', 1)[0]}.txt").read_text()
    assert text.startswith(SAID)


def test_strange_names_are_only_names(told: "subprocess.CompletedProcess[str]") -> None:
    """Dashes, newlines, direction marks and 255 bytes are transcribed and written as they are."""
    written = {path.name for path in (told.args / "out").iterdir()}
    assert "--dash.txt" in written
    assert "new\nline\u202egpj.txt" in written
    assert any(name.startswith("x" * 100) and len(name) <= 255 for name in written)


def test_a_missing_file_and_an_empty_folder_are_named(
    told: "subprocess.CompletedProcess[str]",
) -> None:
    """What is not there, and a folder without media, are errors of their own."""
    assert "'../absent.mp3' does not exist" in told.stderr
    assert "'folder' holds no media files" in told.stderr


def test_a_full_disk_loses_nothing_that_was_there(tmp_path: Path) -> None:
    """When the disk is full the error says so, and an older output is still whole."""
    import resource

    source = tmp_path / "note.ogg"
    source.write_bytes(NOTE)
    (tmp_path / "note.json").write_text("older")

    def limit() -> None:
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    (tmp_path / "tmp").mkdir()
    mine = {**os.environ, "TMPDIR": str(tmp_path / "tmp"), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "hansard", "transcribe", str(find_sample("standup").path),
         "--model", "demo", "-f", "json"],
        cwd=tmp_path, env=mine, capture_output=True, text=True, preexec_fn=limit, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "error:" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "tmp").iterdir()) == []
    assert {path.name for path in tmp_path.glob("*.json")} == {"note.json"}
