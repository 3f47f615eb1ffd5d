"""Names of speakers that a language model suggests: only what was said, and only once."""

import pytest
from summarise_samples import Scripted

from hansard.errors import Cancelled
from hansard.transcript import Segment, Transcript
from hansard.writing.naming.by_model import suggest_names_by_model
from hansard.writing.options import SummaryOptions

SAID = (
    ("SPEAKER_00", "Good morning, Ana Kovač is speaking to you from Split."),
    ("SPEAKER_01", "And with her in the studio, as every week, Marko."),
    ("Petra", "Hello."),
)


def talk() -> Transcript:
    segments = tuple(
        Segment(id=n, text=text, start=float(n), end=n + 1.0, speaker=speaker)
        for n, (speaker, text) in enumerate(SAID)
    )
    speakers = ("SPEAKER_00", "SPEAKER_01", "Petra")
    return Transcript(segments=segments, duration=3.0, language="en", speakers=speakers)


def told(*names: tuple[str, str | None, list[int]]) -> Scripted:
    speakers = [{"speaker": s, "name": name, "segments": ids} for s, name, ids in names]
    return Scripted({"speakers": speakers})


def suggested(model: Scripted) -> list[tuple[str, str, list[int | None]]]:
    found = suggest_names_by_model(talk(), model, SummaryOptions(), retries=0)
    return [(one.speaker, one.name, [c.segment for c in one.evidence]) for one in found]


def test_a_name_that_was_said_is_suggested_with_the_line_that_says_it() -> None:
    """Wrong line numbers are put right by looking where the name stands."""
    model = told(("SPEAKER_01", "Marko", [1]), ("SPEAKER_00", "Ana Kovač", [2]))
    assert suggested(model) == [("SPEAKER_00", "Ana Kovač", [0]), ("SPEAKER_01", "Marko", [1])]


@pytest.mark.parametrize(
    "names",
    [
        [("SPEAKER_00", None, [])],
        [("SPEAKER_00", "Ivan Horvat", [0])],
        [("SPEAKER_00", "  ", [0])],
        [("SPEAKER_00", "Ana" * 40, [0])],
        [("SPEAKER_00", "Marko", [1]), ("SPEAKER_01", "marko", [1])],
        [],
    ],
)
def test_what_the_transcript_does_not_bear_out_is_no_name(
    names: list[tuple[str, str | None, list[int]]],
) -> None:
    """Invented, blank and endless names, and one name for two speakers, are left out."""
    assert suggested(told(*names)) == []


def test_only_labels_without_a_name_are_asked_about() -> None:
    """Petra has a name; where all have one, nobody is asked."""
    model = told()
    suggested(model)
    labels = model.asked[0].schema["properties"]["speakers"]["items"]["properties"]["speaker"]  # type: ignore[index]
    assert labels["enum"] == ["SPEAKER_00", "SPEAKER_01"]
    named = Transcript(segments=(), speakers=("Petra",))
    assert suggest_names_by_model(named, model, SummaryOptions(), retries=0) == ()
    assert len(model.asked) == 1


def test_a_cancel_asks_nobody() -> None:
    """The caller is told, and no request goes out."""
    model = told()
    with pytest.raises(Cancelled):
        suggest_names_by_model(talk(), model, SummaryOptions(), retries=0, cancelled=lambda: True)
    assert model.asked == []
