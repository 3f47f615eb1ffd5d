"""Known voices: kept by name, found again, renamed, and forgotten without a trace."""

import logging
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import UnknownNameError, UsageError, VoiceError
from hansard.library.voices import (
    LONGEST_NAME,
    Lesson,
    Profile,
    check_name,
    find_profile,
    forget_profile,
    known_voices,
    learn,
    read_profiles,
    rename_profile,
    write_profile,
)
from hansard.models.speakers.recognition import KnownVoice, similarity
from hansard.storage.folder import FolderStore
from hansard.storage.names import owner_of, parts_of, voice_key

ONE, OTHER = "1" * 64, "2" * 64
LESSON = Lesson(digest=ONE, embedding=(1.0, 0.0), seconds=6.0, clips=2)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def profile(name: str = "Ana Kovač", digest: str = ONE) -> Profile:
    lesson = Lesson(digest=digest, embedding=(0.6, 0.8), seconds=7.5, clips=3)
    return learn(None, name, lesson, 1234.5)


@pytest.mark.parametrize(
    "name", ["Ana", "Ana Kovač", "山田 太郎", "O'Brien / Sons", "..", "a\u200cb", "م", "x" * 80]
)
def test_a_profile_comes_back_as_it_was(store: FolderStore, name: str) -> None:
    """Any letters may be in a name, and none of them gets into the key."""
    write_profile(store, profile(name))
    assert find_profile(store, name) == profile(name)
    assert read_profiles(store) == (profile(name),)
    (blob,) = store.list()
    assert blob.key == voice_key(name)
    assert blob.key.startswith("voices/")
    assert blob.key.isascii()


@given(st.text())
def test_any_name_has_a_key(name: str) -> None:
    """Whatever a name holds, its key is one, belongs to no job, and is that of its variants."""
    key = voice_key(name)
    assert parts_of(key)
    assert owner_of(key) == ""
    assert key == voice_key(unicodedata.normalize("NFD", name))


def test_names_are_alike_whatever_their_case_and_composition(store: FolderStore) -> None:
    """A name typed on another keyboard means the same person."""
    write_profile(store, profile("Zoë"))
    assert find_profile(store, "zoë").name == "Zoë"
    assert find_profile(store, " ZOE\u0308 ").name == "Zoë"


@pytest.mark.parametrize(
    "name",
    ["", "  ", "x" * (LONGEST_NAME + 1), "a\nb", "a\x00b", "a\x1bb", "a\u202eb", "a\u2028b",
     "\ud800", "SPEAKER_00", "speaker_7"],
)  # fmt: skip
def test_what_cannot_be_shown_is_no_name(name: str) -> None:
    """Nothing that could deceive a reader, and nothing that means an unknown speaker."""
    with pytest.raises(UsageError) as caught:
        check_name(name)
    assert str(caught.value).isprintable()


def test_what_is_written_holds_no_name_that_is_none(store: FolderStore) -> None:
    """A profile is checked before it is written."""
    with pytest.raises(UsageError):
        write_profile(store, profile("a\nb"))
    assert list(store.list()) == []


def test_enrolling_again_adds() -> None:
    """Each second of speech counts the same, and the first day is kept."""
    first = learn(None, "Ana", LESSON, 10.0)
    again = Lesson(digest=ONE, embedding=(0.0, 1.0), seconds=2.0, clips=1)
    both = learn(first, "Ana", again, 99.0)
    assert both.embeddings[ONE] == pytest.approx((3 / 10**0.5, 1 / 10**0.5))
    assert (both.seconds, both.clips, both.created) == (8.0, 3, 10.0)


def test_engines_stand_side_by_side() -> None:
    """Another engine's embedding is added without touching that of the first."""
    both = learn(
        learn(None, "Ana", LESSON, 10.0),
        "Ana",
        Lesson(digest=OTHER, embedding=(0.0, 0.6, 0.8), seconds=9.0, clips=1),
        11.0,
    )
    assert both.embeddings == {ONE: (1.0, 0.0), OTHER: (0.0, 0.6, 0.8)}
    third = Lesson(digest=OTHER, embedding=(1.0, 0.0, 0.0), seconds=9.0, clips=1)
    even = learn(both, "Ana", third, 12.0).embeddings[OTHER]
    assert similarity(even, (0.0, 0.6, 0.8)) == pytest.approx(similarity(even, (1.0, 0.0, 0.0)))


def test_only_voices_of_the_engine_in_use_are_known() -> None:
    """Profiles of another engine are left out, and a note says whose."""
    here, there = profile("Ana"), profile("Zoë", OTHER)
    known, notes = known_voices([here, there], ONE)
    assert known == (KnownVoice("Ana", (0.6, 0.8)),)
    assert len(notes) == 1
    assert "Zoë" in notes[0]
    assert known_voices([here], ONE)[1] == ()
    assert known_voices([], ONE) == ((), ())


def test_a_name_that_is_not_there_gets_those_spelt_alike(store: FolderStore) -> None:
    """The hint has near names, and otherwise the command that lists them."""
    for name in ("Ana Kovač", "Anna", "Branko"):
        write_profile(store, profile(name))
    for ask in (find_profile, forget_profile):
        with pytest.raises(UnknownNameError, match="'Ann'") as caught:
            ask(store, "Ann")
        assert "Anna" in caught.value.hint
        assert "Branko" not in caught.value.hint
    with pytest.raises(UnknownNameError) as caught:
        find_profile(store, "Wolfgang")
    assert "speakers list" in caught.value.hint


def test_a_renamed_voice_has_one_name(store: FolderStore) -> None:
    """The new name finds it, the old one does not, and everything else is as before."""
    write_profile(store, profile("Ana"))
    renamed = rename_profile(store, "ana", " Ana Kovač ")
    assert renamed == profile("Ana Kovač")
    assert read_profiles(store) == (renamed,)
    assert rename_profile(store, "Ana Kovač", "ANA KOVAČ").name == "ANA KOVAČ"
    assert [found.name for found in read_profiles(store)] == ["ANA KOVAČ"]


def test_renaming_takes_nobody_elses_name(store: FolderStore) -> None:
    """A name that is taken, none, or not there is refused, and both voices stay."""
    write_profile(store, profile("Ana"))
    write_profile(store, profile("Zoë", OTHER))
    for old, new, wrong in (
        ("Ana", "zoë", UsageError),
        ("Ana", "a\nb", UsageError),
        ("Eve", "Ivy", UnknownNameError),
    ):
        with pytest.raises(wrong):
            rename_profile(store, old, new)
    assert read_profiles(store) == (profile("Ana"), profile("Zoë", OTHER))


def test_a_forgotten_voice_leaves_nothing(store: FolderStore) -> None:
    """No file of the store holds any of it afterwards."""
    write_profile(store, profile("Ana"))
    write_profile(store, profile("Zoë"))
    forget_profile(store, "ANA")
    assert [found.name for found in read_profiles(store)] == ["Zoë"]
    forget_profile(store, "Zoë")
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"name": "Ana", "embeddings": 3}'])
def test_a_damaged_profile_harms_no_other(
    store: FolderStore, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It is left out of the list and logged without a name; it can still be forgotten."""
    write_profile(store, profile("Zoë"))
    store.put(voice_key("Ana"), content)
    with caplog.at_level(logging.WARNING):
        assert read_profiles(store) == (profile("Zoë"),)
    assert voice_key("Ana") in caplog.text
    with pytest.raises(VoiceError, match="damaged"):
        find_profile(store, "Ana")
    forget_profile(store, "Ana")
    with pytest.raises(UnknownNameError):
        find_profile(store, "Ana")
