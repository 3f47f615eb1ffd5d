"""How two readings of a clip are compared, and when a conversion is refused. No models."""

import json
from dataclasses import replace

import numpy as np
import pytest

from hansard.errors import FidelityError
from hansard.models.engines import Piece
from hansard.training.packaging.fidelity import (
    ClipFidelity,
    Fidelity,
    Heard,
    Read,
    Trial,
    compare,
    describe,
    judge,
    spread,
    trials_of,
)
from hansard.training.packaging.options import Limits
from hansard.transcript import Word

START = 100.0
STRICT = Trial("ct2", "float16", "float32", "strict")
LOOSE = Trial("ct2", "int8", "int8", "loose")
TOLD = Trial("ct2", "float16", "int8", "told")


def piece(text: str, start: float, end: float) -> Piece:
    return Piece(text=text, start=start, end=end)


def word(text: str, start: float, *tokens: int) -> Word:
    return Word(text=text, start=START + start, end=START + start + 0.1, tokens=tokens)


READ = Read(
    pieces=(piece(" Good day.", 0.0, 1.0), piece(" All of you.", 1.5, 2.5)),
    tokens=(1, 2, 3, 4, 5, 6),
    times=np.array([0.0, 0.4, 0.8, 1.5, 1.8, 2.0, 2.4]),
    generated=np.array([0.0, 0.0, 0.4, 0.8, 1.5, 1.8]),
)
HEARD = Heard(
    pieces=(piece(" Good day.", 100.0, 101.0), piece(" All of you.", 101.5, 102.5)),
    tokens=(1, 2, 3, 4, 5, 6),
    words=(
        word(" Good", 0.0, 1), word(" day.", 0.4, 2, 3), word(" All", 1.5, 4),
        word(" of", 1.8, 5), word(" you.", 2.0, 6),
    ),
)  # fmt: skip


def clip(heard: Heard = HEARD) -> ClipFidelity:
    return compare("one", READ, heard, START)


def test_the_same_reading_differs_in_nothing() -> None:
    """Times on the recording's clock are compared with those from the clip's start."""
    found = clip()
    assert found.same
    assert found.rate.errors == 0
    assert max(found.times) == 0.0
    assert found.words == (0.0,) * 5
    assert found.generated == (0.0, 0.4, 0.7, 0.3, 0.2)


def test_moved_timestamps_and_words_are_measured() -> None:
    """A segment that ends later and a word that begins later count with their seconds."""
    moved = replace(HEARD.pieces[1], end=102.9)
    later = replace(HEARD.words[2], start=START + 1.7)
    heard = HEARD._replace(
        pieces=(HEARD.pieces[0], moved), words=(*HEARD.words[:2], later, *HEARD.words[3:])
    )
    found = clip(heard)
    assert found.times == (0.0, 0.0, 0.0, 0.4)
    assert found.words == (0.0, 0.0, 0.2, 0.0, 0.0)


def test_another_text_has_no_times_to_compare() -> None:
    """Where texts differ, the words' error rate tells, and times of other words do not."""
    heard = HEARD._replace(
        pieces=(piece(" Good night.", 100.0, 101.0), HEARD.pieces[1]), tokens=(1, 9, 3, 4, 5, 6)
    )
    found = clip(heard)
    assert not found.same
    assert found.rate.rate == pytest.approx(0.2)
    assert (found.times, found.words) == ((), ())


def test_more_segments_are_another_reading() -> None:
    """The same words cut otherwise are not the same."""
    heard = HEARD._replace(pieces=(piece(" Good day. All of you.", 100.0, 102.5),))
    found = clip(heard)
    assert found.rate.errors == 0
    assert not found.same


def test_a_word_after_an_opening_mark_is_passed_over() -> None:
    """Its time is that of the word, and the first token is the mark's."""
    quoted = replace(HEARD.words[0], text=' "Good', start=START + 0.3)
    assert clip(HEARD._replace(words=(quoted, *HEARD.words[1:]))).words == (0.0,) * 4


def test_silence_heard_as_silence_is_faithful() -> None:
    """Nothing read and nothing heard is the same; something invented is an error."""
    nothing = Read((), (), np.zeros(1), np.zeros(0))
    quiet = compare("quiet", nothing, Heard((), (), ()), START)
    judge(Fidelity(STRICT, (quiet,)), Limits())
    invented = compare("quiet", nothing, HEARD, START)
    assert Fidelity(STRICT, (invented,)).wer == 5.0


def test_limits(caplog: pytest.LogCaptureFixture) -> None:
    """A float conversion is held to the strict limits, 8 bits to their own; the worst is named."""
    wrong = clip(HEARD._replace(pieces=(piece(" Good night.", 100.0, 101.0), HEARD.pieces[1])))
    same = tuple(replace(clip(), id=f"same-{number}") for number in range(3))
    clips = (*same, replace(wrong, id="bad"))
    with pytest.raises(FidelityError, match=r"0\.050, at most 0\.02 .* 'bad': 'Good day") as caught:
        judge(Fidelity(STRICT, clips), Limits())
    assert "--max-wer" in caught.value.hint
    judge(Fidelity(LOOSE, clips), Limits())
    judge(Fidelity(STRICT, clips), Limits(max_wer=0.06))
    with pytest.raises(FidelityError, match="int8"):
        judge(Fidelity(LOOSE, clips), Limits(max_wer_int8=0.01))
    assert not caplog.text
    judge(Fidelity(TOLD, clips), Limits(max_wer_int8=0.01))
    assert "hears other words" in caplog.text


def test_times_are_limited_where_the_arithmetic_is_the_same() -> None:
    """Words that begin elsewhere are refused for float32, and only there."""
    late = tuple(replace(one, start=one.start + 0.3) for one in HEARD.words)
    found = (clip(HEARD._replace(words=late)),)
    with pytest.raises(FidelityError, match="one in twenty beginnings of words"):
        judge(Fidelity(STRICT, found), Limits())
    judge(Fidelity(STRICT, found), Limits(max_seconds=0.5))
    judge(Fidelity(LOOSE, found), Limits())


def test_what_is_written_down() -> None:
    """Figures over all clips, and each clip with both texts; plain JSON."""
    told = json.loads(json.dumps(describe(Fidelity(STRICT, (clip(),)))))
    assert (told["same_text"], told["wer"], told["worst"]) == (1.0, 0.0, "one")
    assert told["timestamps_seconds"] == {"median": 0.0, "most": 0.0, "largest": 0.0}
    assert told["word_starts_beside_return_token_timestamps_seconds"]["largest"] == 0.7
    assert told["details"][0]["heard"] == "Good day. All of you."


def test_spread() -> None:
    """Median, 95th percentile and largest, of absolute values."""
    assert spread([-0.1, 0.2, 0.3]) == (0.2, 0.29, 0.3)


@pytest.mark.parametrize(
    ("precision", "first", "expected"),
    [
        ("float16", True, [("float32", "strict"), ("int8", "told")]),
        ("float32", False, [("float32", "strict")]),
        ("bfloat16", False, [("float32", "loose")]),
        ("int8_float16", True, [("int8", "loose")]),
    ],
)
def test_how_a_conversion_is_tried(
    precision: str, first: bool, expected: list[tuple[str, str]]
) -> None:
    """The main weights also as CPUs compute them; what lost precision is not held to nothing."""
    found = trials_of("ct2", precision, first=first)
    assert [(one.compute_type, one.bound) for one in found] == expected
