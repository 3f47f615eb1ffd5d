"""Lists of addresses, records of sources, names of files."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import DataError
from hansard.training.project import Project
from hansard.training.sources.lines import append_line, read_lines
from hansard.training.sources.naming import free_stem, safe_stem
from hansard.training.sources.records import (
    Removal,
    SourceRecord,
    add_removed,
    add_source,
    read_barred,
    read_sources,
    sources_path,
)
from hansard.training.sources.wanted import Wanted, completed, read_list

ONE, TWO = "https://example.org/a.mp3", "https://example.org/b?x=1#t"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.txt", f"# talks\n\n{ONE}\tCC0-1.0\tradio\n  {TWO}  \n"),
        ("list.csv", f"URL,license,source\r\n{ONE},CC0-1.0,radio\r\n{TWO},,\r\n"),
        ("list.tsv", f"source\turl\tlicence\nradio\t{ONE}\tCC0-1.0\n\t{TWO}\t\n"),
        ("list.tsv", f"{ONE}\tCC0-1.0\tradio\n{TWO}\n"),
        (
            "list.jsonl",
            f'{{"url": "{ONE}", "licence": "CC0-1.0", "source": "radio"}}\n\n{{"url": "{TWO}"}}',
        ),
    ],
)
def test_lists_of_every_kind_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    """Text, tables and JSON lines give the same addresses, licences and sources."""
    path = tmp_path / name
    path.write_text("\ufeff" + text, encoding="utf-8")
    first, second = read_list(path)
    assert first == Wanted(url=ONE, licence="CC0-1.0", source="radio")
    assert second == Wanted(url=TWO)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", b"{"),
        ("a.jsonl", b"[1]"),
        ("a.csv", b"name,licence\nx,y\n"),
        ("a.txt", b"\xff\xfe\xfa"),
        ("missing.txt", None),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(
    tmp_path: Path, name: str, data: bytes | None
) -> None:
    """What is wrong is told before anything is fetched."""
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(DataError):
        read_list(path)


def test_defaults_fill_only_what_is_missing() -> None:
    """What a line says itself counts."""
    defaults = Wanted(url="", licence="CC-BY-4.0", language="hr")
    made = completed(Wanted(url=ONE, licence="CC0-1.0"), defaults)
    assert made == Wanted(url=ONE, licence="CC0-1.0", language="hr")


@given(st.text(max_size=300))
def test_safe_names_are_safe(title: str) -> None:
    """Any title becomes a name that stays in its folder, is short, and has no ending."""
    name = safe_stem(title)
    assert name
    assert not set(name) & set('/\\:*?"<>|.\0 \n')
    assert not name.startswith("-")
    assert len(name.encode()) <= 121


def test_names_are_free_whatever_their_ending(tmp_path: Path) -> None:
    """Two recordings never share a transcript by their name."""
    (tmp_path / "Talk.norm.txt").touch()
    assert free_stem(tmp_path, "talk") == "talk-2"
    assert free_stem(tmp_path, "šuma: 1/2") == "šuma_1_2"


def test_records_survive_a_line_cut_short(tmp_path: Path) -> None:
    """What a kill left of a line is passed over, and the next line is whole."""
    project = Project(tmp_path)
    first = SourceRecord(url=ONE, file="uploads/a.mp3", sha256="1")
    second = SourceRecord(url=TWO, file="uploads/b.mp3", sha256="2", licence="CC0-1.0")
    add_source(project, first)
    with sources_path(project).open("a") as file:
        file.write('{"url": "https://ex')
    add_source(project, second)
    assert read_sources(project) == (first, second)


def test_lines_by_others_are_passed_over(tmp_path: Path) -> None:
    """A person may write what is no record into the file."""
    project = Project(tmp_path)
    sources_path(project).parent.mkdir()
    sources_path(project).write_text('[1]\n{"url": 3, "file": "x"}\n{"licence": "x"}\nhello\n')
    assert read_sources(project) == ()


def test_lines_that_are_added_at_once_stay_whole(tmp_path: Path) -> None:
    """Threads that add lines do not mix them."""
    path = tmp_path / "lines.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: append_line(path, {"n": n, "text": "x" * 500}), range(60)))
    assert sorted(line["n"] for line in read_lines(path)) == list(range(60))


def test_what_was_removed_is_barred(tmp_path: Path) -> None:
    """Addresses, hashes and ids of removed sources are known; names only of whole sources."""
    project = Project(tmp_path)
    known = {"reason": "asked", "removed_at": "2026-01-01T00:00:00Z"}
    add_removed(project, Removal(source="radio", kind="source", urls=(ONE,), **known))
    add_removed(project, Removal(source="a.wav", kind="file", sha256=("1",), **known))
    barred = read_barred(project)
    assert barred.sources == {"radio"}
    assert barred.urls == {ONE}
    assert barred.sha256 == {"1"}
