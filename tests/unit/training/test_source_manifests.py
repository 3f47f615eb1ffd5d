"""What a manifest is made of: transcripts, sidecars, ids, the small one."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import DataError
from hansard.training.manifest import Entry
from hansard.training.sources.manifesting import choose_small, ident_of
from hansard.training.sources.records import UNKNOWN, SourceRecord
from hansard.training.sources.sidecars import Known, gather
from hansard.training.sources.transcripts import choose, look_at, plain_text, read_transcript


def entry(number: int, language: str, duration: float = 5.0) -> Entry:
    return Entry(
        id=f"{language}{number}", audio=Path("a.wav"), language=language, duration=duration
    )


def test_the_small_manifest_is_even() -> None:
    """Each language has its share, short clips come first, and it is the same each time."""
    entries = [entry(n, "hr") for n in range(50)]
    entries += [entry(n, "sr") for n in range(4)] + [entry(9, "bs", 99.0)]
    chosen = choose_small(entries, 12, 30.0)
    counts = Counter(each.language for each in chosen)
    assert counts == {"hr": 8, "sr": 4}
    assert choose_small(list(reversed(entries)), 12, 30.0) == chosen
    assert len(choose_small(entries, 100, 30.0)) == 55
    assert choose_small([], 5, 30.0) == []


@given(st.text(min_size=1), st.text(min_size=1))
def test_ids_are_plain_and_differ(first: str, second: str) -> None:
    """Whatever a path is, its id is made of letters that every file system takes."""
    one = ident_of(f"uploads/{first}", "ab")
    assert set(one) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    assert one == ident_of(f"uploads/{first}", "ab")
    assert one != ident_of(f"uploads/{first}", "cd")
    assert (one == ident_of(f"uploads/{second}", "ab")) == (first == second)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", "\ufeffdobar\r\ndan\r\n".encode(), "dobar dan"),
        ("a.txt", "dobar dan č".encode("utf-16"), "dobar dan č"),
        ("a.norm.txt", b"dobar dan", "dobar dan"),
        ("a.LAB", b"dobar dan", "dobar dan"),
        ("a.srt", b"1\n00:00:01,000 --> 00:00:02,000\ndobar <i>dan</i>\n", "dobar dan"),
        ("a.json", b'{"text": "dobar dan"}', "dobar dan"),
    ],
)
def test_transcripts_of_many_kinds_are_read(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    """Encodings with a mark, line ends of other systems, markup and labels."""
    path = tmp_path / name
    path.write_bytes(data)
    assert plain_text(read_transcript(path)) == said


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.txt", "šuma".encode("cp1250"), "not UTF-8"),
        ("a.txt", b"a\0b", "not text"),
        ("a.srt", b"no times here", "no transcript"),
        ("a.json", b"{", "no transcript"),
        ("a.lab", b"0 100000 a\n100000 200000 b\n", "labels with times"),
        ("missing.txt", None, "cannot be read"),
    ],
)
def test_what_is_no_transcript_is_told(
    tmp_path: Path, name: str, data: bytes | None, why: str
) -> None:
    """Nothing is guessed: what cannot be read has a reason."""
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(DataError, match=why):
        read_transcript(path)


def test_the_first_transcript_that_says_something_is_taken(tmp_path: Path) -> None:
    """A broken or empty one does not hide a good one."""
    broken, empty, good = tmp_path / "a.json", tmp_path / "a.srt", tmp_path / "a.txt"
    broken.write_text("{}")
    empty.write_text("")
    good.write_text("dobar dan")
    path, transcript, fault = choose((broken, empty, good))
    assert (path, fault) == (good, None)
    assert transcript is not None
    assert choose((broken,))[0] == broken
    assert choose((empty,))[2] == "'a.srt' is empty"
    assert choose(()) == (None, None, None)


def test_two_ways_to_write_one_text_are_the_same(tmp_path: Path) -> None:
    """Punctuation and case make no other transcript; other words do."""
    texts = ("Dobar dan!", "dobar  dan", "dobra dan")
    digests = []
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}.txt"
        path.write_text(text)
        digests.append(look_at(read_transcript(path)).digest)
    assert digests[0] == digests[1] != digests[2]


def test_what_is_known_comes_from_the_nearest(tmp_path: Path) -> None:
    """The sidecar counts before the record of fetching, and that before the defaults."""
    media = tmp_path / "a.wav"
    (tmp_path / "a.meta.json").write_text('{"speaker": "Ana", "language": "Croatian", "x": 1}')
    record = SourceRecord(
        url="u", file="a.wav", sha256="1", licence=UNKNOWN, source="radio", language="sr"
    )
    known, fault = gather(media, record, Known(licence="own", source="tv", speaker="nobody"))
    assert known == Known(language="hr", speaker="Ana", source="radio", licence="own")
    assert fault is None


@pytest.mark.parametrize("text", ["{", "[]", '{"language": "klingonish"}'])
def test_a_wrong_sidecar_is_told(tmp_path: Path, text: str) -> None:
    """It is not believed, and the rest is known all the same."""
    (tmp_path / "a.meta.json").write_text(text)
    known, fault = gather(tmp_path / "a.wav", None, Known(licence="own"))
    assert fault
    assert (known.licence, known.language) == ("own", None)
