"""The models that have a name of their own."""

import re

import pytest
from faster_whisper.utils import _MODELS

from hansard.models.hub.catalogue import CATALOGUE, named, of_repo


@pytest.mark.parametrize(("name", "repo"), sorted(_MODELS.items()))
def test_names_mean_what_faster_whisper_means_by_them(name: str, repo: str) -> None:
    """Every name that faster-whisper knows stands here for the same repository."""
    entry = named(name)
    assert entry is not None
    assert entry.repos["ctranslate2"] == repo


def test_capabilities_follow_the_family() -> None:
    """English-only, turbo and distilled models do not translate; distilled do not condition."""
    for entry in CATALOGUE:
        if entry.bundled:
            continue
        distilled = entry.name.startswith("distil-")
        english = entry.name.endswith(".en") or distilled
        assert entry.multilingual is not english, entry.name
        assert entry.conditions is not distilled, entry.name
        assert entry.translates is not (english or "turbo" in entry.name), entry.name


def test_every_entry_says_where_it_lies_and_how_big_it_is() -> None:
    """Each has a repository for both layouts and rough sizes, except the bundled one."""
    for entry in CATALOGUE:
        assert entry.parameters > 0
        if not entry.bundled:
            assert set(entry.repos) == {"ctranslate2", "transformers"}
            assert entry.download > entry.parameters  # two bytes a parameter


def test_only_the_demo_is_bundled() -> None:
    """One model comes inside the package."""
    assert [entry.name for entry in CATALOGUE if entry.bundled] == ["demo"]


def test_a_repository_leads_back_to_its_entry() -> None:
    """An entry is found by either of its repositories, whatever their case."""
    for entry in CATALOGUE:
        for repo in entry.repos.values():
            assert of_repo(repo.upper()) is entry
    assert of_repo("owner/repo") is None


def test_no_hashes_are_invented() -> None:
    """The catalogue holds nothing that looks like a hash or a commit."""
    assert not re.search(r"[0-9a-f]{20,}", repr(CATALOGUE))
