"""Text that is told group by group, and groups that are stored and read back."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hansard.audio import Sound
from hansard.models.engines import Hypothesis, Piece, Window
from hansard.models.engines.fake import FakeEngine
from hansard.pipeline import (
    Before,
    Event,
    Group,
    PipelineOptions,
    Progressed,
    Reading,
    Tools,
    run,
)
from hansard.pipeline.guard import Reason, Verdict
from hansard.pipeline.stitch import stitch
from hansard.pipeline.storing import pack, unpack
from hansard.pipeline.telling import Teller
from hansard.testing.sounds import ScriptedDetector, make_noise, make_script, speech_of
from hansard.transcript import Span, Word

SOUND = Sound(Path("spool.wav"), 44, 16_000 * 600)
WORDS = st.lists(
    st.tuples(
        st.sampled_from(["so", "Yes.", "no", "Dr.", "fine!", "well", "U.", "end?"]),
        st.floats(0.05, 3.0),
    ),
    max_size=60,
)


def make_groups(words: list[tuple[str, float]], sizes: list[int]) -> list[Group]:
    """Words with the pauses before them, in windows of so many words each."""
    groups: list[Group] = []
    clock, rest = 0.0, list(words)
    while rest:
        size = sizes[len(groups) % len(sizes)]
        said: list[Word] = []
        start = clock
        for text, pause in rest[:size]:
            clock += pause
            said.append(Word(text=f" {text}", start=clock, end=clock + 0.2))
            clock += 0.2
        window = Window(SOUND, start, clock)
        text = "".join(word.text for word in said)
        reading = Reading(
            window=window,
            hypothesis=Hypothesis(
                pieces=(Piece(text=text, start=start, end=clock),), language="en"
            ),
            verdict=Verdict((), None),
            words=tuple(said),
        )
        groups.append(Group(len(groups), 1, (reading,)))
        rest = rest[size:]
    return groups


@given(WORDS, st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_what_was_told_joined_is_the_whole_text(
    words: list[tuple[str, float]], sizes: list[int]
) -> None:
    """However the words fall into groups, the deltas joined are the text of all segments."""
    groups = make_groups(words, sizes)
    segments = stitch([reading for group in groups for reading in group.readings])
    whole = " ".join(segment.text for segment in segments)
    teller = Teller()
    deltas = [teller.hear(group) for group in groups]
    deltas.append(teller.finish(whole))
    assert "".join(deltas) == teller.told == whole


def test_a_sentence_is_told_once_the_next_begins() -> None:
    """The last sentence of a group is held back, because the next group may go on with it."""
    one, two = make_groups([("Yes.", 0.1), ("well", 0.1), ("so", 0.1), ("fine!", 0.1)], [2])
    teller = Teller()
    assert teller.hear(one) == "Yes."
    assert teller.hear(two) == ""
    assert teller.finish("Yes. well so fine!") == " well so fine!"


def test_a_group_survives_storing() -> None:
    """A stored group comes back equal, reading from the Sound of the new run."""
    window = Window(SOUND, 1.0, 9.25, (Span(1.5, 8.0),))
    word = Word(
        text=" hi", start=1.5, end=1.75, probability=0.1 + 0.2, tokens=(1, 2), method="piece"
    )
    hypothesis = Hypothesis(
        pieces=(Piece(text=" hi", start=1.5, end=1.75, tokens=(7,), logprobs=(-0.5,)),),
        language="en",
        avg_logprob=-0.3,
        words=(word,),
    )
    reading = Reading(
        window=window,
        hypothesis=hypothesis,
        verdict=Verdict((Reason.LOOP,), 1.5),
        words=(word,),
        doubts=(Reason.GAP,),
        tried=("beam search",),
    )
    other = Sound(Path("elsewhere.wav"), 80, SOUND.samples)
    back = unpack(pack(Group(3, 1, (reading,))), other)
    assert back == Group(3, 1, (replace(reading, window=replace(window, sound=other)),))


@given(st.binary(max_size=64))
def test_a_damaged_group_counts_as_none(damaged: bytes) -> None:
    """Bytes that are no group are no group, so that its windows are decoded again."""
    assert unpack(damaged, SOUND) is None


SCRIPT = make_script("Good morning everyone. This is long. It goes on. And on it goes.", 1.0)


def listen(folder: Path, engine: FakeEngine, **wires: object) -> tuple[str, list[Group]]:
    """A run over three windows, and the groups that it finished."""
    words = [w for n in range(3) for w in _later(SCRIPT, 25.0 * n)]
    engine.words = words
    groups: list[Group] = []

    def keep(event: Event) -> None:
        if isinstance(event, Progressed):
            groups.append(event.group)

    made = run(
        make_noise(75, folder),
        Tools(engine, ScriptedDetector(speech_of(words))),
        PipelineOptions(),
        on_event=lambda event: (
            groups.append(event.group) if isinstance(event, Progressed) else None
        ),
        **wires,  # type: ignore[arg-type]
    )
    return made.transcript.text, groups


def _later(words: tuple[Word, ...], seconds: float) -> list[Word]:
    return [replace(w, start=w.start + seconds, end=w.end + seconds) for w in words]


def test_groups_are_no_longer_than_asked(tmp_path: Path) -> None:
    """With a longest group, windows are finished, and stored, in smaller groups; one at least."""
    text, groups = listen(tmp_path, FakeEngine(()))
    again, smaller = listen(tmp_path, FakeEngine(()), before=Before((), 1.0))
    assert text == again
    assert len(groups) == 1
    assert len(smaller) == groups[0].windows > 1


def test_stored_groups_are_not_decoded_again(tmp_path: Path) -> None:
    """A run that is given stored groups asks the engine only for the windows that are missing."""
    text, groups = listen(tmp_path, FakeEngine(()), before=Before((), 1.0))
    stored = [unpack(pack(group), SOUND) for group in groups]
    engine = FakeEngine(())
    kept = [group for group in stored[:-1] if group is not None]
    assert listen(tmp_path, engine, before=Before(kept, 1.0))[0] == text
    assert {window.start for window, _, _ in engine.asked} == {
        reading.window.start for reading in groups[-1].readings
    }


def test_groups_of_other_windows_are_decoded_again(tmp_path: Path) -> None:
    """A stored group counts only where it covers what this run would read."""
    text, groups = listen(tmp_path, FakeEngine(()), before=Before((), 1.0))
    shifted = [
        replace(
            group,
            readings=tuple(
                replace(r, window=replace(r.window, start=r.window.start + 0.5))
                for r in group.readings
            ),
        )
        for group in groups
    ]
    engine = FakeEngine(())
    assert listen(tmp_path, engine, before=Before(shifted, 1.0))[0] == text
    assert len(engine.asked) >= len(groups)
