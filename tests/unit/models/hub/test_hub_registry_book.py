"""The registry's rules: versions, aliases, what they stood for. No disk."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import UnknownNameError, UsageError
from hansard.models.hub.names import parse_name
from hansard.models.hub.registry_book import (
    Book,
    Version,
    find_version,
    promoted,
    rolled_back,
    with_version,
    without_versions,
)

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
OLD, NEW = "a" * 64, "ab" * 32


def version(digest: str) -> Version:
    return Version(digest=digest, registered_at=BEGIN)


def filled() -> Book:
    """`bcs` with two versions."""
    book, _ = with_version(Book(), "bcs", version(OLD))
    return with_version(book, "bcs", version(NEW))[0]


def test_the_newest_version_is_what_a_name_means() -> None:
    """A name without a digest is its last registration, also of weights known before."""
    book = filled()
    assert find_version("BCS", None, book.digests) == ("bcs", NEW)
    again, kept = with_version(book, "Bcs", version(OLD))
    assert kept == "bcs"
    assert again.digests == {"bcs": (NEW, OLD)}


def test_a_prefix_names_one_version() -> None:
    """Four digits or more that only one version begins with are enough; less is refused."""
    digests = filled().digests
    assert find_version("bcs", "abab", digests) == ("bcs", NEW)
    assert find_version("other", "abab", digests) is None
    for prefix in ("a", "", "ffff", "AAAA", "abab!"):
        with pytest.raises(UnknownNameError, match="version"):
            find_version("bcs", prefix, digests)


def test_a_digest_that_fits_two_versions_is_refused() -> None:
    """What could be either version is told, with both."""
    digests = {"m": ("abcd" + "0" * 60, "abcd" + "1" * 60)}
    with pytest.raises(UnknownNameError, match="more than one version 'abcd'") as caught:
        find_version("m", "abcd", digests)
    assert "abcd00000000, abcd11111111" in caught.value.hint


@pytest.mark.parametrize("name", ["", ".x", "-x", "a/b", "a@b", "a:int8", "a b", "..", "x" * 65])
def test_odd_names_are_refused(name: str) -> None:
    """A name can neither be a path, nor hold what has a meaning in names."""
    with pytest.raises(UsageError, match="cannot be used"):
        with_version(Book(), name, version(OLD))
    with pytest.raises(UsageError, match="cannot be used"):
        promoted(filled(), name, f"bcs@{OLD}", BEGIN)


@pytest.mark.parametrize("name", ["small", "Demo", "large-v3", "turbo", "wav2vec2-en"])
def test_names_of_the_catalogue_are_never_taken(name: str) -> None:
    """Neither a model nor an alias may be called like a model of the catalogue."""
    with pytest.raises(UsageError, match="catalogue"):
        with_version(Book(), name, version(OLD))
    with pytest.raises(UsageError, match="catalogue"):
        promoted(filled(), name, f"bcs@{OLD}", BEGIN)


def test_a_name_is_a_model_or_an_alias_and_not_both() -> None:
    """What one of them is called, the other cannot be, whatever the case."""
    book, _ = promoted(filled(), "best", f"bcs@{OLD}", BEGIN)
    with pytest.raises(UsageError, match="is an alias"):
        with_version(book, "BEST", version(OLD))
    with pytest.raises(UsageError, match="registered model"):
        promoted(book, "Bcs", f"bcs@{OLD}", BEGIN)


def test_removing_takes_a_version_out_of_histories_and_spares_what_is_used() -> None:
    """An alias keeps its version from being removed; one that it left can go."""
    book, _ = promoted(filled(), "best", f"bcs@{OLD}", BEGIN)
    book, _ = promoted(book, "best", f"bcs@{NEW}", BEGIN)
    with pytest.raises(UsageError, match="alias 'best' stands for bcs@abababababab"):
        without_versions(book, "bcs", [NEW])
    left = without_versions(book, "bcs", [OLD])
    assert left.digests == {"bcs": (NEW,)}
    with pytest.raises(UsageError, match="nothing is known"):
        rolled_back(left, "best", BEGIN)


def test_an_unknown_alias_is_told_with_those_that_there_are() -> None:
    """A misspelt alias is answered with the right ones."""
    book, _ = promoted(filled(), "best", f"bcs@{OLD}", BEGIN)
    with pytest.raises(UnknownNameError) as caught:
        rolled_back(book, "bset", BEGIN)
    assert "best" in caught.value.hint


@given(st.lists(st.sampled_from([OLD, NEW, "c" * 64]), min_size=1, max_size=12))
def test_rollbacks_undo_promotions_in_reverse(digests: list[str]) -> None:
    """After any row of promotions, as many rollbacks go through the same targets backwards."""
    book, seen = filled(), []
    for number, digest in enumerate(digests):
        book, _ = promoted(book, "best", f"bcs@{digest}", BEGIN + timedelta(days=number))
        target = book.aliases["best"].target
        if not seen or seen[-1] != target:
            seen.append(target)
    for target in reversed(seen[:-1]):
        book, _ = rolled_back(book, "best", BEGIN)
        assert book.aliases["best"].target == target
    with pytest.raises(UsageError):
        rolled_back(book, "best", BEGIN)


def test_what_a_name_stands_for_here() -> None:
    """Aliases lead to one version; a registered name comes before a folder of that name."""
    book, _ = promoted(filled(), "best", f"bcs@{OLD}", BEGIN)

    def read(text: str) -> tuple[str, str, str | None, str | None]:
        found = parse_name(text, book.targets, {"bcs", "./bcs"}.__contains__, book.digests)
        return found.kind, found.target, found.revision, found.precision

    assert read("bcs") == ("registered", "bcs", NEW, None)
    assert read("BCS@aaaa:int8") == ("registered", "bcs", OLD, "int8")
    assert read("best") == ("registered", "bcs", OLD, None)
    assert read("Best:int8") == ("registered", "bcs", OLD, "int8")
    assert read("./bcs")[0] == "folder"
    assert read("owner/bcs")[0] == "repo"
    with pytest.raises(UnknownNameError) as caught:
        read("bsc")
    assert "did you mean 'bcs'" in caught.value.hint
