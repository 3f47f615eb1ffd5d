"""Pieces from timestamps, words with their punctuation."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hansard.models.engines.whisper import TokenTable, attach_punctuation, split_pieces
from hansard.transcript import Word

END, STAMPS = 100, 200


def decode(tokens: Sequence[int]) -> str:
    return "".join(f" {token}" for token in tokens)


TABLE = TokenTable(END, STAMPS, decode)


def stamp(seconds: float) -> int:
    return STAMPS + round(seconds / 0.02)


def test_timestamps_cut_pieces() -> None:
    """Each pair of timestamps around text is a piece on the recording's clock."""
    tokens = [stamp(0.5), 1, 2, stamp(2), stamp(2.4), 3, stamp(4)]
    pieces = split_pieces(tokens, TABLE, 10.0, 20.0)
    assert [(p.text, p.start, p.end) for p in pieces] == [(" 1 2", 10.5, 12.0), (" 3", 12.4, 14.0)]


def test_without_timestamps_there_is_one_piece() -> None:
    """Text without timestamps lasts as long as its window."""
    (piece,) = split_pieces([1, 2, 3], TABLE, 10.0, 20.0)
    assert (piece.start, piece.end, piece.tokens) == (10.0, 20.0, (1, 2, 3))


def test_text_after_the_last_timestamp_is_kept() -> None:
    """A piece that was never closed lasts until the window's end."""
    pieces = split_pieces([stamp(0), 1, stamp(1), stamp(1), 2], TABLE, 0.0, 5.0)
    assert [(p.start, p.end) for p in pieces] == [(0.0, 1.0), (1.0, 5.0)]


@given(st.lists(st.one_of(st.integers(0, 50), st.integers(200, 1700)), max_size=40))
def test_no_text_is_lost_and_times_are_in_order(tokens: list[int]) -> None:
    """Whatever the model writes, every text token is in one piece and pieces do not overlap."""
    pieces = split_pieces(tokens, TABLE, 5.0, 15.0)
    assert [t for p in pieces for t in p.tokens] == [t for t in tokens if t < END]
    times = [time for p in pieces for time in (p.start, p.end)]
    assert times == sorted(times)
    assert all(5.0 <= time <= 15.0 for time in times)


def word(text: str, at: float) -> Word:
    return Word(text=text, start=at, end=at + 1, tokens=(int(at),))


def test_punctuation_joins_its_word() -> None:
    """Closing marks join the word before, opening marks the word after, with their tokens."""
    words = [word(' "', 0), word(" Good", 1), word(" day", 2), word(",", 3), word(" sir", 4),
             word(".", 5), word('"', 6)]  # fmt: skip
    joined = attach_punctuation(words)
    assert [w.text for w in joined] == [' " Good', " day,", ' sir."']
    assert [w.tokens for w in joined] == [(0, 1), (2, 3), (4, 5, 6)]
    assert (joined[1].start, joined[1].end) == (2, 3)
