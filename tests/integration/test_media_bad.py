"""Files that are not what they should be: one clear error each, and nothing left behind."""

import contextlib
import ctypes
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Self

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansard.audio.media import open_sound, probe
from hansard.audio.options import AudioOptions
from hansard.errors import (
    HansardError,
    MediaError,
    MediaLimitError,
    NoAudioError,
    UnreadableMediaError,
)
from hansard.testing.media import (
    RECIPES,
    WavHeader,
    caf,
    flac_of_silence,
    make,
    make_film,
    tone,
    wav,
)

SECOND = bytes(32_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where spool files would be made."""
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def _made(tmp_path: Path, name: str, seconds: float = 3.0) -> bytes:
    recipe = RECIPES[name]
    return make(tmp_path / name, recipe, tone(seconds, recipe.rate, recipe.channels)).read_bytes()


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"", UnreadableMediaError, "is empty"),
        (b"Dear all,\nplease find attached.\n" * 100, UnreadableMediaError, "is text"),
        (bytes(100_000), UnreadableMediaError, "zero bytes"),
        (np.random.default_rng(3).bytes(300_000), UnreadableMediaError, "damaged"),
        (wav(SECOND)[:30], UnreadableMediaError, "damaged"),
        (wav(SECOND, WavHeader(channels=0)), MediaLimitError, "0 channels"),
        (wav(SECOND, WavHeader(channels=17)), MediaLimitError, "17 channels"),
        (wav(SECOND, WavHeader(channels=65_535)), MediaError, ""),
        (wav(SECOND, WavHeader(rate=1)), MediaLimitError, "1 Hz"),
        (wav(SECOND, WavHeader(rate=0)), MediaError, ""),
        (wav(SECOND, WavHeader(rate=3_999)), MediaLimitError, "3999 Hz"),
        (wav(SECOND, WavHeader(rate=2_000_000_000)), MediaError, ""),
        (wav(SECOND, WavHeader(tag=0x1234)), MediaError, ""),
        (wav(b""), MediaLimitError, "0.000 s"),
        (wav(bytes(3_000), WavHeader(rate=32_000)), MediaLimitError, "0.047 s"),
        (flac_of_silence(10, 1_000), MediaLimitError, "1000 Hz"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), UnreadableMediaError, "PNG picture"),
    ],
)
def test_bad_content_is_refused_for_what_it_is(
    folder: Path, content: bytes, kind: type[HansardError], words: str
) -> None:
    """Each broken file raises its error, in a sentence, and leaves no spool file."""
    path = folder.parent / "talk.mp3"
    path.write_bytes(content)
    with pytest.raises(kind) as caught:
        open_sound(path, folder)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (WavHeader(data_size=1_000_000_000, riff_size=1_000_000_036), 10.0),
        (WavHeader(data_size=0xFFFF_FFFF, riff_size=0xFFFF_FFFF), 10.0),
        (WavHeader(data_size=0, riff_size=0), 10.0),
        (WavHeader(riff_size=4), 10.0),
        (WavHeader(data_size=64_000), 2.0),
    ],
)
def test_lying_sizes_yield_what_is_there(folder: Path, header: WavHeader, seconds: float) -> None:
    """Sizes that are too large, unknown or zero give the whole file; too small ones are told."""
    opened = open_sound(io.BytesIO(wav(SECOND * 10, header)), folder)
    assert opened.sound.duration == pytest.approx(seconds, abs=0.01)
    told = ("the file may hold 8.0 s more than its header announces",) if seconds == 2.0 else ()
    assert opened.notes == told


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_samples_that_are_no_numbers_become_silence(folder: Path, kind: str) -> None:
    """NaN and infinities are made silent, counted, and do not reach their neighbours."""
    samples = tone(2.0, 48_000)[0].astype(kind)
    samples[10_000:10_100] = np.nan
    samples[30_000], samples[30_001] = np.inf, -np.inf
    header = WavHeader(rate=48_000, bits=8 * np.dtype(kind).itemsize, tag=3)
    opened = open_sound(io.BytesIO(wav(samples.tobytes(), header)), folder)
    assert opened.notes == ("102 samples without a finite value made silent",)
    heard = opened.sound.read(0, 2)
    assert np.abs(heard[: 9_900 // 3]).max() == pytest.approx(0.5, abs=0.01)
    assert np.abs(heard).max() < 0.6


@pytest.mark.parametrize("name", ["layer3.mp3", "lossless.flac", "opus.ogg", "film.mkv", "film.ts",
                                  "adts.aac", "s24.wav", "true.tta", "pack.wv"])  # fmt: skip
def test_of_a_truncated_file_what_is_there_is_decoded(
    tmp_path: Path, folder: Path, name: str
) -> None:
    """Half a file gives about half the sound, and never an error."""
    content = _made(tmp_path, name, 6.0)
    opened = open_sound(io.BytesIO(content[: len(content) // 2]), folder)
    assert 1.0 < opened.sound.duration < 5.0
    hz = np.argmax(np.abs(np.fft.rfft(opened.sound.read(0.3, 0.8)))) * 2
    assert hz == pytest.approx(440, abs=4)


@pytest.mark.parametrize("name", ["layer3.mp3", "lossless.flac"])
def test_an_early_end_is_told(tmp_path: Path, folder: Path, name: str) -> None:
    """Where the header tells the length, a recording that stops before is noted."""
    content = _made(tmp_path, name, 6.0)
    notes = open_sound(io.BytesIO(content[: len(content) // 2]), folder).notes
    assert any(note.startswith("ends early: 0:06.0 expected") for note in notes)


@pytest.mark.parametrize("name", ["film.mp4", "aac.m4a", "film.mov", "phone.3gp"])
def test_an_mp4_without_its_index_is_called_incomplete(
    tmp_path: Path, folder: Path, name: str
) -> None:
    """A recording that was cut off before its index was written says so."""
    content = _made(tmp_path, name)
    with pytest.raises(UnreadableMediaError, match="incomplete MP4: its index"):
        open_sound(io.BytesIO(content[: content.rindex(b"moov") - 4]), folder)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("name", ["layer3.mp3", "opus.ogg", "film.mkv", "film.ts", "adts.aac",
                                  "film.mp4", "v2.wma"])  # fmt: skip
def test_damage_in_the_middle_costs_only_the_middle(
    tmp_path: Path, folder: Path, name: str
) -> None:
    """Behind damaged bytes decoding goes on, and the sound keeps its length within a second."""
    content = bytearray(_made(tmp_path, name, 6.0))
    middle = len(content) // 2
    content[middle : middle + 1500] = np.random.default_rng(5).bytes(1500)
    opened = open_sound(io.BytesIO(content), folder)
    assert opened.sound.duration == pytest.approx(6.0, abs=1.0)
    spectrum = np.abs(
        np.fft.rfft(opened.sound.read(opened.sound.end - 1.2, opened.sound.end - 0.2))
    )
    assert np.argmax(spectrum) == pytest.approx(440, abs=2)


def test_of_an_mp4_whose_sound_is_all_damaged_nothing_is_left(tmp_path: Path, folder: Path) -> None:
    """When not one packet decodes, that is the error."""
    content = bytearray(_made(tmp_path, "alac.m4a"))
    start, end = content.index(b"mdat") + 4, content.rindex(b"moov") - 4
    content[start:end] = b"\xff" * (end - start)
    with pytest.raises(UnreadableMediaError, match="nothing in 'recording' can be decoded"):
        open_sound(io.BytesIO(content), folder)
    assert not list(folder.iterdir())


@pytest.mark.parametrize(("container", "codec"), [("mp4", "mpeg4"), ("matroska", "mpeg4"),
                                                  ("mpegts", "mpeg2video")])  # fmt: skip
def test_a_film_without_sound_has_no_audio(
    tmp_path: Path, folder: Path, container: str, codec: str
) -> None:
    """A picture alone is an error of its own, when probed as well."""
    film = make_film(tmp_path / "film", container, codec, 2.0)
    with pytest.raises(NoAudioError, match="holds no audio") as caught:
        open_sound(film, folder)
    assert caught.value.hint == "it has a picture only"
    with pytest.raises(NoAudioError):
        probe(film)


PLAYLISTS: dict[str, Callable[[str], str]] = {
    "ffconcat": lambda name: f"ffconcat version 1.0\nfile '{name}'\n",
    "HLS": lambda name: (
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:3\n#EXT-X-MEDIA-SEQUENCE:0\n"
        f"#EXTINF:3.0,\n{name}\n#EXT-X-ENDLIST\n"
    ),
    "DASH": lambda name: (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT3S"><Period><AdaptationSet mimeType="audio/mp4">'
        f'<Representation id="1" bandwidth="1"><BaseURL>{name}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    ),
    "SDP": lambda name: (
        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"a=control:{name}\r\nm=audio 5004 RTP/AVP 0\r\n"
    ),
}


@pytest.mark.skipif(sys.platform != "linux", reason="watches files with Linux's inotify")
@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("absolute", [False, True])
def test_a_playlist_never_opens_the_file_that_it_names(
    tmp_path: Path, folder: Path, kind: str, absolute: bool
) -> None:
    """Text that names another file is refused as text, and the other file is not touched."""
    secret = tmp_path / "secret.ts"
    secret.write_bytes(_made(tmp_path, "film.ts"))
    trap = tmp_path / "talk.wav"
    trap.write_text(PLAYLISTS[kind](str(secret) if absolute else secret.name))
    with _Watch(secret) as watch:
        with pytest.raises(UnreadableMediaError, match="not media"):
            open_sound(trap, folder)
        with trap.open("rb") as file, pytest.raises(UnreadableMediaError):
            probe(file)
        assert not watch.opened()
        secret.read_bytes()
        assert watch.opened()  # so the watch does see


@pytest.mark.skipif(sys.platform != "linux", reason="watches files with Linux's inotify")
def test_the_trap_would_work_on_an_unguarded_reader(tmp_path: Path) -> None:
    """Without our guards the same text does open its neighbour: the danger is real."""
    secret = tmp_path / "secret.ts"
    secret.write_bytes(_made(tmp_path, "film.ts"))
    trap = tmp_path / "talk.wav"
    trap.write_text(PLAYLISTS["ffconcat"](secret.name))
    with _Watch(secret) as watch:
        av.open(str(trap)).close()
        assert watch.opened()


class _Watch:
    """Sees whether a file is opened, by anyone (inotify(7))."""

    def __init__(self, path: Path) -> None:
        self._libc = ctypes.CDLL(None)
        self._handle = self._libc.inotify_init1(os.O_NONBLOCK)
        in_open = 0x20
        assert self._libc.inotify_add_watch(self._handle, os.fsencode(path), in_open) >= 0

    def opened(self) -> bool:
        try:
            return bool(os.read(self._handle, 4096))
        except BlockingIOError:
            return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)


HARD_NAMES = [
    "line\nbreak.wav",
    "-rf.wav",
    "--help",
    "\u202egnp.wav",
    "x" * 251 + ".wav",
    "sp ace'quote\".wav",
    "caf\udce9.wav",
    "%s{0}$(id).wav",
    "con.wav",
]


@pytest.mark.parametrize("name", HARD_NAMES)
def test_hard_names_are_opened_and_shown_safely(tmp_path: Path, folder: Path, name: str) -> None:
    """Whatever a file is called, it is decoded; in an error its name is one harmless line."""
    path = tmp_path / name
    path.write_bytes(wav(SECOND))
    assert open_sound(path, folder).sound.duration == 1.0
    path.write_bytes(b"text")
    with pytest.raises(UnreadableMediaError) as caught:
        open_sound(path, folder)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 250


def test_names_relative_to_the_folder_work(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`../` and a leading dash are names like others."""
    monkeypatch.chdir(folder)
    for name in ("../up.wav", "-v.wav"):
        Path(name).write_bytes(wav(SECOND))
        assert open_sound(name, tmp_path).sound.duration == 1.0


@pytest.mark.parametrize("labels", [(1, 1), (2, 2, 2, 1), (0xFFFF_FFFF, 1), (200, 201, 202)])
def test_odd_channel_labels_do_not_end_the_process(
    tmp_path: Path, folder: Path, labels: tuple[int, ...]
) -> None:
    """A CAF with channels of the same or unknown places, which crashes PyAV alone, is mixed."""
    path = tmp_path / "odd.caf"
    path.write_bytes(caf(labels, 32_000))
    script = (
        "import sys; from pathlib import Path; from hansard.audio.media import open_sound\n"
        "for _ in range(5): opened = open_sound(sys.argv[1], Path(sys.argv[2]))\n"
        "print(opened.sound.duration, opened.sound.read(1, 1.5).mean(), opened.info.channels)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path, folder], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["2.0", "0.125", str(len(labels))]


def test_libraries_write_nothing_to_the_terminal(tmp_path: Path, folder: Path) -> None:
    """FFmpeg's complaints about a damaged film stay unsaid."""
    content = bytearray(_made(tmp_path, "film.mp4"))
    content[3000:5000] = np.random.default_rng(5).bytes(2000)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(content)
    script = (
        "import logging, sys; from pathlib import Path\n"
        "from hansard.audio.media import open_sound\n"
        "logging.disable(); open_sound(sys.argv[1], Path(sys.argv[2]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path, folder], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(["s16.wav", "layer3.mp3", "aac.m4a", "opus.ogg", "lossless.flac",
                          "opus.webm", "film.ts", "v2.wma", "narrow.amr", "pcm.caf"]),
    flips=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=30),
    cut=st.floats(0.01, 1),
)  # fmt: skip
def test_any_damage_ends_in_a_sound_or_in_an_error_of_ours(
    seeds: dict[str, bytes],
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    flips: list[tuple[float, int]],
    cut: float,
) -> None:
    """Bytes changed and ends cut off at random never raise anything else, and leave no file."""
    content = bytearray(seeds[name])
    for place, value in flips:
        content[int(place * (len(content) - 1))] = value
    folder = tmp_path_factory.mktemp("fuzz")
    media = io.BytesIO(content[: max(1, int(cut * len(content)))])
    with contextlib.suppress(MediaError):
        sound = open_sound(media, folder, AudioOptions(max_duration=60)).sound
        assert sound.path.stat().st_size == 80 + 2 * sound.samples
        sound.path.unlink()
    assert not list(folder.iterdir())


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Good files to be damaged."""
    folder = tmp_path_factory.mktemp("seeds")
    return {name: _made(folder, name, 1.0) for name in RECIPES}
