"""Tables of recordings that transcripts are written back into."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import DataError
from hansard.evaluation.batch import Table, add_columns, name_columns, read_table, write_table

CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=12
)


def put(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8", newline="")
    return path


def test_other_columns_are_kept_as_they_are(tmp_path: Path) -> None:
    """Quotation marks within cells are plain characters where no cell begins with one."""
    path = put(tmp_path / "t.tsv", 'audio_path\ttxt\tnote\na.wav\t5" disc\the said "hi"\nb.wav\n')
    table = read_table(path)
    assert table.rows[0] == {"audio_path": "a.wav", "txt": '5" disc', "note": 'he said "hi"'}
    assert table.rows[1] == {"audio_path": "b.wav", "txt": "", "note": ""}
    write_table(path, add_columns(table, {"hypothesis": ["one\ntwo\tthree", ""]}))
    assert path.read_text(encoding="utf-8") == (
        "audio_path\ttxt\tnote\thypothesis\n"
        'a.wav\t5" disc\the said "hi"\tone two three\nb.wav\t\t\t\n'
    )


def test_quoted_cells_may_hold_tabs_and_lines(tmp_path: Path) -> None:
    """What is read is written back so that it is read again."""
    path = put(tmp_path / "t.tsv", 'txt\taudio_path\r\n"a ""b""\tc\r\nd"\tx y.wav\r\n')
    table = read_table(path)
    assert table.rows == ({"txt": 'a "b"\tc\r\nd', "audio_path": "x y.wav"},)
    assert read_table(write_table(tmp_path / "out.tsv", table)) == table


def test_a_mark_that_is_never_closed_is_a_plain_character(tmp_path: Path) -> None:
    """One stray quotation mark does not swallow the rows after it."""
    path = put(tmp_path / "t.tsv", 'audio_path\ttxt\na.wav\t"never closed\nb.wav\tb\n')
    assert [row["txt"] for row in read_table(path).rows] == ['"never closed', "b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("path\ttxt\na\tb\n", "no column 'audio_path'"),
        ("audio_path\taudio_path\na\tb\n", "two columns of one name"),
        ("audio_path\ttxt\na\tb\tc\n", "line 2 .* has 3 cells"),
    ],
)
def test_a_table_without_its_columns_is_refused(tmp_path: Path, content: str, message: str) -> None:
    """The error says what is wrong, and where."""
    with pytest.raises(DataError, match=message):
        read_table(put(tmp_path / "t.tsv", content))


def test_a_byte_order_mark_and_empty_lines_do_no_harm(tmp_path: Path) -> None:
    """Tables from spreadsheets begin with one, and end with the other."""
    table = read_table(put(tmp_path / "t.tsv", "\ufeffaudio_path\ttxt\n\na\tb\n\n"))
    assert table.rows == ({"audio_path": "a", "txt": "b"},)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_any_quoted_table_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    """Tabs, line feeds, quotation marks and other scripts survive."""
    path = tmp_path_factory.mktemp("tables") / "t.tsv"
    made = tuple({"audio_path": f"{n}.wav", "a": a, "b": b} for n, (a, b) in enumerate(rows))
    marked = ({"audio_path": '"', "a": "", "b": ""}, *made)
    table = Table(("audio_path", "a", "b"), marked, quoted=True)
    assert read_table(write_table(path, table)) == table


def test_several_models_get_a_column_each() -> None:
    """One model writes `hypothesis`; a column that is there already is written over."""
    assert name_columns(["demo"]) == ["hypothesis"]
    assert name_columns(["demo", "my model"]) == ["hypothesis_demo", "hypothesis_my_model"]
    table = Table(("audio_path", "hypothesis"), ({"audio_path": "a", "hypothesis": "old"},))
    found = add_columns(table, {"hypothesis": ["new"]})
    assert found.columns == table.columns
    assert found.rows[0]["hypothesis"] == "new"
