"""Entries of a manifest, their segments and timed words."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hansard.training.manifest import Entry, Stretch, TimedWord
from hansard.training.texts.edits import Edit, apply_edits, edit_words
from hansard.training.texts.entries import normalise_entry, normalise_words
from hansard.training.texts.normalising import NormaliseOptions


def timed(text: str) -> tuple[TimedWord, ...]:
    return tuple(
        TimedWord(word=word, start=float(place), end=place + 0.5, score=0.9)
        for place, word in enumerate(text.split())
    )


def shown(words: tuple[TimedWord, ...]) -> list[tuple[str, float, float]]:
    return [(word.word, word.start, word.end) for word in words]


def test_words_of_a_note_go_with_their_times() -> None:
    """A note over several words takes all of them out; the others keep their times."""
    made = normalise_words(timed("Da [glazba u pozadini] ne - (smijeh), hvala"), NormaliseOptions())
    assert [word.word for word in made] == ["Da", "ne", "hvala"]
    assert made[0] == TimedWord(word="Da", start=0.0, end=0.5, score=0.9)
    assert made[-1].start == 7.0


def test_what_several_words_become_has_the_time_of_all() -> None:
    """A number and its sign become one entry of both; a number of many words stays one."""
    options = NormaliseOptions(numbers="words", language="hr")
    made = normalise_words(timed("Rast od 50 % u 25 dana"), options)
    assert shown(made) == [
        ("Rast", 0, 0.5), ("od", 1, 1.5), ("pedeset posto", 2, 3.5), ("u", 4, 4.5),
        ("dvadeset pet", 5, 5.5), ("dana", 6, 6.5),
    ]  # fmt: skip


def test_an_entry_is_made_alike_everywhere() -> None:
    """Transcript, segments and words are in the same script; other fields stay."""
    entry = Entry(
        id="1",
        audio=Path("/a.wav"),
        transcript="Dobar dan,\nNjegoš. [glazba]",
        language="sr",
        segments=(
            Stretch(text="Dobar dan, Njegoš.", start=0, end=3, words=timed("Dobar dan, Njegoš.")),
            Stretch(text="[glazba]", start=3, end=5, words=timed("[glazba]")),
        ),
        extra={"mood": "calm"},
    )
    made = normalise_entry(entry, NormaliseOptions(script="cyrillic"))
    assert made.entry.transcript == "Добар дан, Његош."
    assert [one.text for one in made.entry.segments] == ["Добар дан, Његош."]
    assert [word.word for word in made.entry.segments[0].words] == ["Добар", "дан,", "Његош."]
    assert made.entry.extra == {"mood": "calm"}
    assert {"notes", "script", "lines joined", "segments"} <= set(made.changes)
    assert made.language == "sr"


def test_its_own_language_counts_first() -> None:
    """The language of an entry decides on its numbers, the option's only where it has none."""
    options = NormaliseOptions(numbers="words", language="sr")
    own = Entry(id="1", audio=Path("/a.wav"), transcript="1000 ljudi", language="hr")
    none = Entry(id="2", audio=Path("/a.wav"), transcript="1000 ljudi")
    assert normalise_entry(own, options).entry.transcript == "tisuću ljudi"
    assert normalise_entry(none, options).entry.transcript == "hiljadu ljudi"


@given(
    st.lists(st.text(alphabet="abč", min_size=1, max_size=4), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8)), max_size=4),
)
def test_words_are_edited_as_their_text_is(words: list[str], cuts: list[tuple[int, int]]) -> None:
    """Edits of the words leave the same letters as edits of the text that they make."""
    text = " ".join(words)
    edits = [
        Edit(start, min(start + size, len(text)), "x")
        for start, size in cuts
        if start < len(text) and text[start] != " "
    ]
    edited = edit_words(words, edits)
    assert len(edited) == len(words)
    assert "".join(edited) == apply_edits(text, edits).replace(" ", "")
