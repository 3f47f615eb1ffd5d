"""A long recording cut into clips at the right places."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hansard.training.sounds.cutting import LONGEST, cut_words
from hansard.transcript import Span, Word
from hansard.transcript.placing import UNPLACED, is_placed

NOWHERE = float("nan")


def words_of(*parts: str | float) -> list[Word]:
    """Words of 0.5 s in a row; a number is a pause; `?word` has no time, and takes none."""
    words: list[Word] = []
    now = 0.0
    for part in parts:
        if isinstance(part, float):
            now += part
            continue
        for text in part.split():
            if text.startswith("?"):
                lost = Word(text=f" {text[1:]}", start=NOWHERE, end=NOWHERE, method=UNPLACED)
                words.append(lost)
                continue
            words.append(Word(text=f" {text}", start=now, end=now + 0.5, method="ctc"))
            now += 0.5
    return words


def texts(
    words: list[Word], *, unwritten: tuple[Span, ...] = (), longest: float = LONGEST
) -> list[str]:
    cut = cut_words(words, unwritten, 1000.0, longest)
    return ["".join(words[n].text for n in piece.words).strip() for piece in cut.pieces]


def test_cuts_are_at_the_ends_of_sentences() -> None:
    """A longer pause inside a sentence is passed over for its end."""
    words = words_of("a b c.", 0.5, "d e", 0.8, "f g.", 0.5, "h i.")
    made = texts(words, longest=5.9)
    assert len(made) == 2
    assert all(text.endswith(".") for text in made)
    assert texts(words, longest=100.0) == ["a b c. d e f g. h i."]


def test_a_sentence_that_is_too_long_is_cut_at_its_longest_pause() -> None:
    """No word is lost or cut through."""
    words = words_of("a b c d", 0.3, "e f g h", 0.02, "i j")
    assert texts(words, longest=4.0) == ["a b c d", "e f g h i j"]


def test_a_long_pause_parts_clips() -> None:
    """Two sentences with four seconds between them are two clips, though they would fit."""
    assert texts(words_of("a b.", 4.0, "c d.")) == ["a b.", "c d."]


def test_words_that_were_perhaps_not_said_are_in_no_clip() -> None:
    """Three words without a time part the text; one in the middle stays with its neighbours."""
    words = words_of("a b ?c d", "?x ?y ?z", "e f", 6.0, "?q g")
    assert texts(words) == ["a b c d", "e f", "g"]
    assert cut_words(words, (), 1000.0).left_out == 4


def test_speech_that_is_not_in_the_text_is_in_no_clip() -> None:
    """A passage between two words parts them, and no clip's sound reaches into it."""
    words = words_of("a b", 3.0, "c d")
    unwritten = (Span(1.3, 3.8),)
    cut = cut_words(words, unwritten, 10.0)
    assert [len(piece.words) for piece in cut.pieces] == [2, 2]
    assert cut.pieces[0].span.end <= 1.3
    assert cut.pieces[1].span.start >= 3.8


def test_nothing_with_a_time_is_nothing_to_cut() -> None:
    """A text of which no word was placed gives no clip."""
    assert cut_words(words_of("?a ?b"), (), 10.0).pieces == ()


@given(
    st.lists(
        st.tuples(
            st.floats(0.05, 1.5), st.floats(0.0, 2.0), st.booleans(), st.sampled_from(["a", "b."])
        ),
        max_size=120,
    )
)
def test_clips_are_short_in_order_and_apart(shape: list[tuple[float, float, bool, str]]) -> None:
    """No clip is over the limit, none overlaps, and every word is in one or counted as left out."""
    words, now = [], 0.0
    for length, pause, placed, text in shape:
        start, end = (now, now + length) if placed else (NOWHERE, NOWHERE)
        method = "ctc" if placed else UNPLACED
        words.append(Word(text=f" {text}", start=start, end=end, method=method))
        now += length + pause
    cut = cut_words(words, (), now, 10.0)
    for piece in cut.pieces:
        assert piece.span.duration <= 10.0 + 1e-6
        inside = [words[n] for n in piece.words if is_placed(words[n])]
        assert piece.span.start <= inside[0].start
        assert inside[-1].end <= piece.span.end + 1e-9
    for one, two in pairwise(cut.pieces):
        assert one.words.stop <= two.words.start
        assert one.span.end <= two.span.start + 1e-9
    assert cut.left_out == len(words) - sum(len(piece.words) for piece in cut.pieces)
    if all(map(is_placed, words)):
        assert cut.left_out == 0
