"""When a candidate takes the place of the model in use."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from hansard.evaluation.scoring import compare, score
from hansard.evaluation.values import Utterance
from hansard.training.nightly import Gate, Trial, decide
from hansard.training.nightly.deciding import describe

SAID = "one two three four five six seven eight nine ten"


def heard(wrong: int) -> str:
    """The ten words with so many wrong."""
    words = SAID.split()
    return " ".join(["zero"] * wrong + words[wrong:])


def trial(
    old: Sequence[int], new: Sequence[int], languages: str = "", failures: tuple[int, int] = (0, 0)
) -> Trial:
    """Both models on clips of ten words, of which so many were wrong."""

    def utterances(wrong: Sequence[int], failed: int) -> list[Utterance]:
        return [
            Utterance(
                id=f"u{n}",
                reference=SAID,
                hypothesis=heard(count),
                language={"h": "hr", "s": "sr"}.get((languages or "h" * len(wrong))[n]),
                failure="it cannot be read" if n < failed else "",
            )
            for n, count in enumerate(wrong)
        ]

    first = score("old", utterances(old, failures[0]), bootstrap=0)
    second = score("new", utterances(new, failures[1]), bootstrap=0)
    return Trial(old=first, new=second, comparison=compare(first, second, bootstrap=0))


BETTER = trial([5] * 10, [2] * 10)


def test_a_better_one_is_promoted() -> None:
    """And why is told with figures."""
    verdict = decide(BETTER, None, Gate())
    assert verdict.promote
    assert verdict.reason == (
        "it makes 30.0 fewer errors in a hundred words of what was held out "
        "(50.0 % to 20.0 %; p = 0.002)"
    )


@pytest.mark.parametrize(
    ("held_out", "reason"),
    [
        (trial([2] * 10, [5] * 10), "not better on what was held out (20.0 % to 50.0 %)"),
        (trial([2] * 10, [2] * 10), "not better"),
        (trial([3, 3, 3, 3, 3], [2, 3, 3, 3, 3]), "may be chance"),
        (trial([9] * 4, [0] * 4), "4 held-out clips are too few"),
        (trial([9] * 10, [0] * 10, failures=(0, 1)), "no text for 1 held-out clips"),
    ],
)
def test_what_is_not_surely_better_stays_out(held_out: Trial, reason: str) -> None:
    """Equal, worse, by luck, on too little, or failing on what the old one could read."""
    verdict = decide(held_out, None, Gate())
    assert not verdict.promote
    assert reason in verdict.reason


def test_p_decides() -> None:
    """The same difference passes a weaker gate, and fails a stronger one."""
    some = trial([5] * 6, [3] * 6)
    assert some.comparison.p_value == pytest.approx(2 / 64)
    assert decide(some, None, Gate(p=0.05)).promote
    assert not decide(some, None, Gate(p=0.03)).promote


def test_no_language_pays_for_another() -> None:
    """Better on the whole, and worse for one language by more than is tolerated."""
    mixed = trial([8] * 30 + [2] * 10, [2] * 30 + [3] * 10, "h" * 30 + "s" * 10)
    verdict = decide(mixed, None, Gate(smallest_group=10))
    assert not verdict.promote
    assert "language 'sr'" in verdict.reason
    assert "(20.0 % to 30.0 %)" in verdict.reason
    assert decide(mixed, None, Gate(tolerance=0.2)).promote
    assert decide(mixed, None, Gate(smallest_group=11)).promote


def test_a_guard_must_not_get_worse() -> None:
    """By more than chance; it need not get better."""
    same, worse = trial([3] * 10, [3] * 10), trial([3] * 10, [4] * 10)
    assert decide(BETTER, same, Gate()).promote
    verdict = decide(BETTER, worse, Gate())
    assert not verdict.promote
    assert "worse on the guard (30.0 % to 40.0 %" in verdict.reason
    luck = trial([3] * 10, [3] * 9 + [4])
    assert decide(BETTER, luck, Gate()).promote
    assert "guard are too few" in decide(BETTER, trial([3] * 3, [4] * 3), Gate()).reason


def test_figures_are_told() -> None:
    """Rates before and after, and of each group."""
    told = describe(BETTER)
    assert (told["wer_before"], told["wer_after"], told["clips"]) == (0.5, 0.2, 10)
    assert told["groups"]["language"] == {
        "hr": {"clips": 10, "wer_before": 0.5, "wer_after": 0.2},
    }
    assert replace(Gate(), p=0.1).p == 0.1
