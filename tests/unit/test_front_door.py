"""The public names, and nothing else."""

import pytest

import hansard


def test_public_names_are_sorted_and_real() -> None:
    """Every name of `__all__` can be had, and the list is in order."""
    assert hansard.__all__ == sorted(hansard.__all__)
    for name in hansard.__all__:
        assert getattr(hansard, name) is not None


def test_dir_shows_the_public_names() -> None:
    """`dir(hansard)` shows what is public."""
    assert dir(hansard) == sorted(hansard.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name that is not there fails as in any module."""
    with pytest.raises(AttributeError, match="nonsense"):
        _ = hansard.nonsense  # type: ignore[attr-defined]
