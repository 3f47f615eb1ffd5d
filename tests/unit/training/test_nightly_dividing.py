"""Held out once, held out for ever."""

from itertools import islice
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hansard.training.manifest import Entry
from hansard.training.nightly import PARTS, divide, part_of


def entry(recording: str, number: int = 0, speaker: str | None = None) -> Entry:
    return Entry(
        id=f"{recording}-{number}",
        audio=Path(f"/store/{recording}"),
        transcript="dobar dan",
        speaker=speaker,
        extra={"record": recording},
    )


def recording(one: Entry) -> str:
    return str(one.extra["record"])


def named(part: str, count: int) -> list[str]:
    """Recordings that fall to a part."""
    every = (f"r{n}" for n in range(10_000))
    return list(islice((name for name in every if part_of(name) == part), count))


TRAIN, VALIDATION, TEST = (named(part, 12) for part in PARTS)


def test_parts_have_their_shares() -> None:
    """A fifth is held out and a tenth is looked at while learning, as chance has it."""
    drawn = [part_of(f"recording {n}") for n in range(10_000)]
    assert 0.18 < drawn.count("test") / len(drawn) < 0.22
    assert 0.08 < drawn.count("validation") / len(drawn) < 0.12


def test_the_parts_of_recordings_are_these() -> None:
    """Written down: another rule would put what was held out among what is learnt from."""
    assert [part_of(f"r{n}") for n in range(12)] == EXPECTED


EXPECTED = [
    "train", "train", "train", "train", "train", "train", "train", "train", "test", "validation",
    "train", "train",
]  # fmt: skip


@given(st.lists(st.text(max_size=8), unique=True), st.lists(st.text(max_size=8), unique=True))
def test_no_clip_ever_moves(first: list[str], more: list[str]) -> None:
    """Whatever is corrected later, a recording keeps its part, and is in one part only."""
    before = divide([entry(name, n) for name in first for n in (0, 1)], recording)
    after = divide([entry(name, n) for name in {*first, *more} for n in (0, 1)], recording)
    for part in PARTS:
        own = {one.id for one in getattr(before, part)}
        assert own <= {one.id for one in getattr(after, part)}
    assert not {one.audio for one in after.test} & {one.audio for one in after.train}
    assert len(after.train) + len(after.validation) + len(after.test) == 2 * len({*first, *more})


def test_speakers_are_kept_apart_where_that_costs_little() -> None:
    """Who is held out is not learnt from, unless too little would be left."""
    clips = [entry(name, speaker=f"voice {name}") for name in TRAIN]
    held = [entry(TEST[0], speaker="Ana")]
    few = divide([*clips, entry(TRAIN[0], 1, "ana "), *held], recording)
    assert len(few.train) == 12
    assert "1 clips were left out" in few.notes[0]
    many = divide([*clips, *(entry(name, 1, "Ana") for name in TRAIN), *held], recording)
    assert len(many.train) == 24
    assert "12 of 24" in many.notes[0]
    assert many.test == few.test == tuple(held)


def test_mixed_clips_are_only_learnt_from() -> None:
    """But for those that are held out, or were corrected."""
    corrected = [entry(TRAIN[0]), entry(VALIDATION[0]), entry(TEST[0])]
    mix = [entry("other"), entry(TRAIN[0]), entry(TEST[0], 5), entry(VALIDATION[0], 7)]
    divided = divide(corrected, recording, mix)
    assert [one.id for one in divided.train] == [f"{TRAIN[0]}-0", "other-0"]
    assert divided.test == (corrected[2],)
    assert divided.notes == ("3 mixed clips are held out, or were corrected, and left out",)
    assert "validation" in divide([entry(TEST[0])], recording).notes[0]
