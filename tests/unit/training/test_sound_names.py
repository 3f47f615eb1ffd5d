"""File names for clips whose ids may be anything."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hansard.training.journal import Journal
from hansard.training.sounds.names import Claims, safe_name

ODD = ["../../etc/passwd", "a/b", "č ž", "x" * 500, ".", "..", "con", "NUL.wav", "", "a\\b", "-x"]


def test_plain_ids_are_their_own_names() -> None:
    """An id of letters, digits, dots and dashes is the name of its file."""
    for ident in ("a1", "S01_ana-03.b", "0001"):
        assert safe_name(ident) == ident


def test_odd_ids_stay_in_the_folder() -> None:
    """Slashes, dots, spaces, other letters, long and reserved names become harmless."""
    names = [safe_name(ident) for ident in ODD]
    assert len(set(names)) == len(ODD)
    assert all(re.fullmatch(r"[A-Za-z0-9_]+-[0-9a-f]{12}", name) for name in names)
    assert max(map(len, names)) <= 100


@given(st.text(max_size=150), st.text(max_size=150))
def test_two_ids_never_share_a_name(one: str, other: str) -> None:
    """Different ids have different names, and a name given to an odd id is no plain one."""
    assert (safe_name(one) == safe_name(other)) == (one == other)
    assert safe_name(safe_name(one)) != safe_name(one) or safe_name(one) == one


def test_a_file_belongs_to_its_owner(tmp_path: Path) -> None:
    """The owner gets the same file again; another owner, and one in other case, another file."""
    with Journal(tmp_path / "journal") as journal:
        claims = Claims(journal, tmp_path, [])
        first = claims.claim("a", "me", ".wav")
        assert first == tmp_path / "a.wav"
        other = claims.claim("a", "you", ".wav")
        assert len({first, other, claims.claim("A", "them", ".wav")}) == 3
        assert str(claims.claim("A", "them", ".wav")).casefold() != str(first).casefold()
    with Journal(tmp_path / "journal") as journal:
        again = Claims(journal, tmp_path, [])
        assert again.claim("a", "me", ".wav") == first
        assert again.claim("a", "you", ".wav") == other


def test_a_file_that_is_read_is_never_written(tmp_path: Path) -> None:
    """What a manifest takes its sound from is nobody's to write over."""
    with Journal(tmp_path / "journal") as journal:
        claims = Claims(journal, tmp_path, [tmp_path / "a.wav"])
        assert claims.claim("a", "me", ".wav") != tmp_path / "a.wav"
