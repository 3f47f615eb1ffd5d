"""Who has to go so that another model fits."""

from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from hansard.models.residency.room import MB, Limits, Resident, make_room, refusal


def resident(
    key: str,
    size: int,
    borrowers: int = 0,
    state: Literal["loading", "ready", "closing"] = "ready",
) -> Resident:
    """A resident with these numbers."""
    return Resident(key=key, state=state, bytes=size, borrowers=borrowers, used=0.0, loads=1)


residents = st.lists(
    st.builds(
        resident,
        st.uuids().map(str),
        st.integers(0, 10),
        st.integers(0, 1),
        st.sampled_from(["loading", "ready", "closing"]),
    ),
    max_size=8,
)
limits = st.builds(Limits, models=st.integers(1, 6), bytes=st.none() | st.integers(0, 40))


@given(held=residents, needed=st.integers(0, 10), limit=limits)
def test_no_more_go_than_must(held: list[Resident], needed: int, limit: Limits) -> None:
    """The first idle ones go, as few as make it fit; None when all of them would not do."""
    idle = [one for one in held if one.state == "ready" and not one.borrowers]

    def fits(gone: int) -> bool:
        leaving = {one.key for one in idle[:gone]}
        stay = [one.bytes for one in held if one.key not in leaving]
        count, size = len(stay) + 1, sum(stay) + needed
        return count <= limit.models and (limit.bytes is None or size <= limit.bytes)

    enough = [gone for gone in range(len(idle) + 1) if fits(gone)]
    expected = tuple(one.key for one in idle[: enough[0]]) if enough else None
    assert make_room(held, needed, limit) == expected


def test_a_refusal_names_its_numbers() -> None:
    """Need, free, budget, count and holders stand in the message, rounded against the model."""
    held = [
        resident("vad", 1),
        resident("asr", 900 * MB, borrowers=2),
        resident("llm", 50 * MB, state="closing"),
    ]
    limit = Limits(models=3, bytes=1000 * MB)
    error = refusal("aligner", 100 * MB + 1, held, limit, "does not fit", "buy memory")
    assert str(error) == (
        "model 'aligner' does not fit (101 MB needed, 49 MB free of 1000 MB, 3 of 3 models held: "
        "'vad' 1 MB idle, 'asr' 900 MB lent to 2, 'llm' 50 MB closing)"
    )
    assert error.hint == "buy memory"


def test_a_refusal_without_a_budget_names_the_count() -> None:
    """Where the machine's memory is unknown, only the number of models can stand in the way."""
    error = refusal("a", MB, [], Limits(models=2, bytes=None), "waits", "")
    assert str(error) == "model 'a' waits (1 MB needed, 0 of 2 models held)"
