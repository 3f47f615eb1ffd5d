"""Lyrics in the tags of MP3 files."""

import shutil
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from mutagen.id3 import APIC, COMM, ID3, SYLT, TIT2, TYER, USLT, Encoding

from hansard.audio.lyrics import LANGUAGES, timed_lyrics, write_lyrics
from hansard.errors import MediaNotFoundError, OutputError, UnreadableMediaError
from hansard.transcript import Segment, Transcript, Word
from hansard.transcript.languages import LANGUAGES as SPOKEN

PICTURE = b"\x89PNG\xff\xe0\0" * 700
SONG = Transcript(
    segments=(
        Segment(
            id=0,
            text=" Šta, \u6708?",
            start=1.0,
            end=2.5,
            words=(
                Word(text=" Šta,", start=1.0, end=1.5),
                Word(text=" \u6708?", start=1.75, end=2.5),
            ),
        ),
        Segment(id=1, text=" La\nla.", start=3.0, end=4.0),
    ),
    language="sr",
)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """A copy of a shipped MP3 file without tags."""
    path = tmp_path / "song.mp3"
    with as_file(files("hansard") / "data/samples/podcast.mp3") as sample:
        shutil.copyfile(sample, path)
    ID3().delete(path)
    return path


def sound_of(path: Path) -> bytes:
    """What lies behind the tags."""
    data = path.read_bytes()
    if data[:3] != b"ID3":
        return data
    size = sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    return data[10 + size :]


def test_words_and_lines_are_written(song: Path) -> None:
    """USLT has the lines, SYLT each word with its milliseconds; the sound is the same."""
    before = song.read_bytes()
    assert write_lyrics(song, SONG) == song
    tags = ID3(song)
    (plain,) = tags.getall("USLT")
    assert (plain.lang, plain.desc, plain.text) == ("srp", "Hansard", "Šta, \u6708?\nLa la.")
    (timed,) = tags.getall("SYLT")
    assert (timed.lang, timed.format, timed.type) == ("srp", 2, 1)
    assert timed.text == [("Šta,", 1000), (" \u6708?", 1750), ("\nLa la.", 3000)]
    assert sound_of(song) == before
    assert list(song.parent.iterdir()) == [song]


def test_lines_alone_can_be_timed(song: Path) -> None:
    """For players that show lines."""
    write_lyrics(song, SONG, by="line")
    (timed,) = ID3(song).getall("SYLT")
    assert timed.text == [("Šta, \u6708?", 1000), ("\nLa la.", 3000)]


def test_a_second_time_replaces_the_first(song: Path) -> None:
    """Only our own frames go, whatever language they were in."""
    write_lyrics(song, SONG)
    write_lyrics(song, Transcript(segments=SONG.segments[1:], language="xx"))
    tags = ID3(song)
    assert [(frame.lang, frame.text) for frame in tags.getall("USLT")] == [("XXX", "La la.")]
    assert len(tags.getall("SYLT")) == 1


@pytest.mark.parametrize("version", [3, 4])
def test_all_other_frames_stay(song: Path, version: int) -> None:
    """Titles, pictures, other lyrics and frames that nobody knows, in the tag's own version."""
    tags = ID3()
    tags.add(TIT2(encoding=Encoding.UTF16, text=["A", "B"]))
    tags.add(APIC(encoding=Encoding.LATIN1, mime="image/png", type=3, desc="", data=PICTURE))
    tags.add(COMM(encoding=Encoding.UTF16, lang="eng", desc="x", text=["a note"]))
    tags.add(USLT(encoding=Encoding.UTF16, lang="eng", desc="", text="by hand"))
    tags.add(SYLT(encoding=Encoding.UTF16, lang="eng", desc="", format=2, type=1, text=[("a", 1)]))
    if version == 3:
        tags.add(TYER(encoding=Encoding.LATIN1, text=["1999"]))
    tags.save(song, v2_version=version, v23_sep=None)
    add_unknown_frame(song)
    before = ID3(song, translate=False)
    write_lyrics(song, SONG)
    after = ID3(song, translate=False)
    assert after.version == before.version == (2, version, 0)
    for key, frame in before.items():
        assert after[key].pprint() == frame.pprint()
    assert after["APIC:"].data == PICTURE
    assert after.unknown_frames == before.unknown_frames != []
    assert len(after) == len(before) + 2
    assert after["SYLT:Hansard:srp"].text[1] == (" \u6708?", 1750)


def add_unknown_frame(path: Path) -> None:
    """Put a frame that no standard knows before the others."""
    data = path.read_bytes()
    frame = b"XYZW" + bytes([0, 0, 0, 4, 0, 0]) + b"what"
    size = sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    grown = bytes((size + len(frame)) >> shift & 127 for shift in (21, 14, 7, 0))
    path.write_bytes(data[:6] + grown + frame + data[10:])


def test_the_older_tag_at_the_end_stays_as_it_is(song: Path) -> None:
    """ID3v1 is neither changed nor made into newer frames."""
    older = b"TAG" + b"An old title".ljust(125, b" ")
    song.write_bytes(song.read_bytes() + older)
    write_lyrics(song, SONG)
    assert song.read_bytes().endswith(older)
    assert set(ID3(song, load_v1=False)) == {"USLT:Hansard:srp", "SYLT:Hansard:srp"}


def test_mode_and_link_stay(song: Path, tmp_path: Path) -> None:
    """The file that a link names is changed, and keeps who may read it."""
    song.chmod(0o640)
    link = tmp_path / "link.mp3"
    link.symlink_to(song)
    assert write_lyrics(link, SONG) == song
    assert link.is_symlink()
    assert song.stat().st_mode & 0o777 == 0o640
    assert ID3(song).getall("USLT")


@pytest.mark.parametrize(
    "content", [b"", b"no music at all" * 9999, b"RIFF\0\0\0\0WAVEfmt " + b"\0" * 90000, b"ID3"]
)
def test_what_is_no_mp3_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    """The name of a file does not make it music."""
    path = tmp_path / "fake.mp3"
    path.write_bytes(content)
    with pytest.raises(UnreadableMediaError, match=r"'.*fake\.mp3' is no MP3 file"):
        write_lyrics(path, SONG)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_shipped_ogg_is_refused(tmp_path: Path) -> None:
    """Other music has other tags."""
    path = tmp_path / "note.mp3"
    with as_file(files("hansard") / "data/samples/note.ogg") as sample:
        shutil.copyfile(sample, path)
    with pytest.raises(UnreadableMediaError, match="is no MP3 file"):
        write_lyrics(path, SONG)


def test_a_missing_file_and_a_closed_folder_are_told(song: Path, tmp_path: Path) -> None:
    """Nothing is made where nothing was, and a folder that takes no copy leaves the file alone."""
    with pytest.raises(MediaNotFoundError):
        write_lyrics(tmp_path / "none.mp3", SONG)
    long = song.rename(song.with_name("x" * 251 + ".mp3"))
    before = long.read_bytes()
    write_lyrics(long, SONG)  # a name as long as names may be is no hindrance
    assert sound_of(long) == before
    with pytest.raises(OutputError, match="cannot write lyrics"):
        write_lyrics("/proc/self/cmdline", SONG)


def test_without_its_library_the_extra_is_named(song: Path) -> None:
    """Said before anything is read, with the command that installs it."""
    program = (
        "import sys; sys.modules['mutagen'] = None\n"
        "from hansard.audio.lyrics import write_lyrics\n"
        "from hansard.errors import MissingExtraError\n"
        "from hansard.transcript import Transcript\n"
        f"try: write_lyrics({str(song)!r}, Transcript(segments=()))\n"
        "except MissingExtraError as error: print(error.hint)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "pip install 'hansard[lyrics]'\n"


def test_times_never_go_backwards() -> None:
    """Entries are in order, as the standard asks; words that do not spell their line are none."""
    segments = (
        Segment(id=0, text="b", start=5.0, end=6.0),
        Segment(id=1, text="", start=5.0, end=6.0),
        Segment(id=2, text="a", start=float("nan"), end=2.0),
        Segment(id=3, text="c", start=9.0, end=9.5, words=(Word(text="x", start=1, end=2),)),
        Segment(id=4, text="d", start=5e9, end=6e9),
    )
    assert timed_lyrics(Transcript(segments=segments), by_word=True) == [
        ("b", 5000),
        ("\na", 5000),
        ("\nc", 9000),
        ("\nd", 0xFFFF_FFFF),
    ]


def test_every_language_has_a_code_of_three_letters() -> None:
    """Whatever Whisper knows can stand in a tag."""
    assert set(LANGUAGES) == set(SPOKEN)
    assert all(len(code) == 3 and code.isascii() and code.islower() for code in LANGUAGES.values())
