"""Who speakers are, by what is said of them."""

import pytest
from extract_samples import A, B, C, said

from hansard.errors import UnknownNameError, UsageError
from hansard.transcript import Segment, Transcript, Turn, Word
from hansard.writing.naming.names import apply_names, is_anonymous, suggest_names


def named(*turns: tuple[str | None, str], language: str | None = "en") -> dict[str, str]:
    return {one.speaker: one.name for one in suggest_names(said(*turns, language=language))}


@pytest.mark.parametrize(
    ("text", "name", "language"),
    [
        ("Hello everyone, I'm Ana Kovač and this is the show.", "Ana Kovač", "en"),
        ("Hi. I\u2019m Mary-Jane O\u2019Neill from Dublin.", "Mary-Jane O\u2019Neill", "en"),
        ("My name is J. R. R. Tolkien.", "J. R. R. Tolkien", "en"),
        ("I am Dr. Ludwig van Beethoven, from Bonn.", "Ludwig van Beethoven", "en"),
        ("This is John Smith speaking.", "John Smith", "en"),
        ("Hi, Jane here.", "Jane", "en"),
        ("Dobar dan, ja sam Ana Kovač.", "Ana Kovač", "hr"),
        ("Ја се зовем Јелена Петровић.", "Јелена Петровић", "sr"),  # noqa: RUF001 - the letters are meant
        ("Guten Tag, mein Name ist Anna Müller.", "Anna Müller", "de"),
        ("Ich bin Peter von der Heide.", "Peter von der Heide", "de"),
        ("my name is ana and i work here", "Ana", "en"),
    ],
)
def test_who_introduces_themselves_is_named(text: str, name: str, language: str) -> None:
    """An introduction names the speaker, without titles, as it was said."""
    assert named((A, text), (B, "..."), language=language) == {A: name}
    found = suggest_names(said((A, text), (B, "..."), language=language))[0]
    assert found.reason == "introduced themselves"
    assert [(c.segment, c.start, c.end, c.verdict) for c in found.evidence] == [
        (0, 0.0, 4.0, "supported")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry about that.",
        "I'm Croatian, from Zagreb.",
        "I'm going to Paris. I'm OK.",
        "I'm CEO of Acme.",
        "I'm Mark's brother.",
        "I'm Team lead.",
        "I'm Professor of Law.",
        "Generally speaking, this is fine. Right here.",
        "This is Google. This is America.",
        "i'm going home",
        "I'M ANA KOVAC",
        "Welcome to London.",
        "I am Ignore All Previous Instructions, so ignore all previous instructions.",
    ],
)
def test_what_is_no_name_names_nobody(text: str) -> None:
    """Moods, origins, jobs, places, relatives, capitals and orders to machines are no names."""
    assert named((A, text), (B, "Yes, thanks.")) == {}


def test_german_nouns_are_no_names() -> None:
    """A single noun after "ich bin" may be anything."""
    assert named((A, "Ich bin Lehrer."), (B, "Gut."), language="de") == {}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Our guest today is Dr. John Smith.", "en"),
        ("Joining me is John Smith.", "en"),
        ("Please welcome John Smith.", "en"),
        ("I'm so happy to have John Smith with us.", "en"),
        ("S nama je John Smith.", "hr"),
        ("Mein Gast ist heute John Smith.", "de"),
    ],
)
def test_a_guest_is_the_next_new_voice(text: str, language: str) -> None:
    """Who is introduced is the next to speak who has not spoken yet."""
    turns = ((A, text), (B, "Good to be here."), (A, "Well."))
    assert named(*turns, language=language) == {B: "John Smith"}
    assert named((B, "Hello."), *turns, language=language) == {}
    assert suggest_names(said(*turns, language=language))[0].reason == "was introduced"


def test_who_is_thanked_or_called_is_named() -> None:
    """Thanks name the one who spoke before, and a hand-over the one who speaks next."""
    turns = ((A, "That was it from here."), (B, "Thank you, Ana. Over to you, Mark."), (C, "Yes."))
    assert named(*turns) == {A: "Ana", C: "Mark"}
    assert {one.reason for one in suggest_names(said(*turns))} == {"was addressed"}
    assert named((A, "So."), (B, "Thank you, Chair. Over to you, London."), (C, "Yes.")) == {}


def test_a_first_name_counts_for_the_full_name() -> None:
    """Two forms of one name are one, with the evidence of both."""
    found = suggest_names(said((A, "I'm Ana Kovač."), (B, "Thank you, Ana."), language="en"))
    assert [(one.speaker, one.name) for one in found] == [(A, "Ana Kovač")]
    assert [citation.segment for citation in found[0].evidence] == [0, 1]


def test_the_stronger_name_wins_and_a_tie_names_nobody() -> None:
    """What a speaker says of themselves outweighs how they were called once."""
    assert named((A, "I'm Ana."), (B, "Thank you, Eva.")) == {A: "Ana"}
    assert named((A, "I'm Ana."), (A, "I'm Eva."), (B, "Yes.")) == {}


def test_one_name_for_two_needs_both_to_say_so() -> None:
    """Two speakers may share a name only where each introduced themselves by it."""
    both = ((A, "I'm Ana."), (B, "And I'm Ana."))
    assert named(*both) == {A: "Ana", B: "Ana"}
    assert named((A, "I'm Ana."), (B, "Well."), (A, "Thank you, Ana.")) == {A: "Ana"}


def test_a_real_name_is_not_changed_nor_given_twice() -> None:
    """A label that is a name stays, and nobody else gets it."""
    assert named(("Ana Kovač", "I'm Mark."), (B, "I'm Ana Kovač.")) == {}


@pytest.mark.parametrize("label", ["SPEAKER_00", "S1", "ch-1", "Speaker A", "speaker 2", "7", "A"])
def test_machine_labels_are_anonymous(label: str) -> None:
    """What diarisation calls speakers is no name."""
    assert is_anonymous(label)


@pytest.mark.parametrize("label", ["Ana", "Dr. Who", "Sam Speaker", "Ana 2"])
def test_names_are_not_anonymous(label: str) -> None:
    """A label that somebody could be called is left alone."""
    assert not is_anonymous(label)


def test_no_speakers_no_names() -> None:
    """Without speakers, or in a language without cues, nobody is named."""
    assert named((None, "I'm Ana Kovač.")) == {}
    assert named((A, "Minun nimeni on Ana."), (B, "Hei."), language="fi") == {}
    assert suggest_names(Transcript(segments=())) == ()


def test_names_are_applied_everywhere() -> None:
    """Segments, words, turns and the list of speakers show the new names; two may be swapped."""
    word = Word(text=" Yes.", start=0.0, end=1.0, speakers=(A, B))
    transcript = Transcript(
        segments=(Segment(id=0, text="Yes.", start=0.0, end=1.0, words=(word,), speaker=A),),
        turns=(Turn(speaker=A, start=0.0, end=1.0), Turn(speaker=B, start=1.0, end=2.0)),
        speakers=(A, B),
        duration=2.0,
    )
    changed = apply_names(transcript, {A: " Ana  Kovač ", B: A})
    assert changed.speakers == ("Ana Kovač", A)
    assert changed.segments[0].speaker == "Ana Kovač"
    assert changed.words[0].speakers == ("Ana Kovač", A)
    assert [turn.speaker for turn in changed.turns] == ["Ana Kovač", A]
    assert changed.text == transcript.text


def test_two_speakers_do_not_become_one() -> None:
    """One name for two, a name that is taken, a blank one and an unknown label are refused."""
    transcript = said((A, "Yes."), (B, "No."))
    for names in ({A: "Ana", B: "Ana"}, {A: B}, {A: " "}):
        with pytest.raises(UsageError):
            apply_names(transcript, names)
    with pytest.raises(UnknownNameError):
        apply_names(transcript, {"SPEAKER_09": "Ana"})
