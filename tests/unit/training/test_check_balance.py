"""How balanced a manifest is, and what is advised."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.training.checks.balance import gini, measure_balance
from hansard.training.checks.counsel import Target, advise
from hansard.training.checks.vocabulary import is_odd, measure_alphabet, measure_unknown_words
from hansard.training.manifest import Entry


def entry(number: int, text: str = "Dobar dan svima.", **fields: Any) -> Entry:
    known = {"language": "hr", "licence": "CC0-1.0", "source": "radio", **fields}
    known = {"duration": 36.0, "speaker": f"s{number % 12}", **known}
    ident = f"e{number}"
    return Entry(id=ident, audio=Path(f"/{ident}.wav"), transcript=text, **known)


def advice(entries: list[Entry], **snr: float) -> str:
    return "\n".join(advise(measure_balance(entries, snr), Target(10.0)))


def test_hours_and_clips_are_counted_by_language() -> None:
    """300 clips of 36 s, a third of them Serbian, are 2 h of Croatian and 1 h of Serbian."""
    facts = measure_balance(
        [entry(n, language="sr" if n % 3 == 0 else "hr") for n in range(300)], {}
    )
    assert facts["languages"] == {
        "hr": {"clips": 200, "hours": 2.0, "share": 0.6667},
        "sr": {"clips": 100, "hours": 1.0, "share": 0.3333},
    }
    assert facts["hours"] == 3.0


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=30))
def test_unevenness_lies_between_none_and_all(amounts: list[float]) -> None:
    """Gini's coefficient is 0 to 1, and does not depend on the order."""
    assert -1e-9 <= gini(amounts) < 1
    assert gini(amounts) == pytest.approx(gini(sorted(amounts, reverse=True)))


def test_unevenness_of_known_amounts() -> None:
    """All alike is 0; one of four with everything is 3/4."""
    assert gini([2, 2, 2]) == pytest.approx(0)
    assert gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert gini([]) == 0.0


def test_a_small_language_is_told_how_much_it_lacks() -> None:
    """0.4 h beside 9.6 h: about 2 h more, or four times the weight."""
    entries = [entry(n) for n in range(960)] + [entry(2000 + n, language="sr") for n in range(40)]
    assert "sr has 0.4 h of 10.0 h: record or fetch about 2.0 h more, or weight it x4" in advice(
        entries
    )


def test_a_speaker_with_too_much_is_capped_at_a_share() -> None:
    """With the advised number of clips the largest speaker has about 30 %."""
    entries = [entry(n, speaker="ana" if n < 62 else f"s{n % 12}") for n in range(100)]
    line = next(one for one in advice(entries).splitlines() if "ana" in one)
    cap = int(line.split()[-2])
    assert line.startswith("speaker ana has 62 %")
    assert cap / (cap + 38) == pytest.approx(0.3, abs=0.02)


def test_clips_without_a_speaker_are_told_apart_from_speakers() -> None:
    """Who is not named is no speaker, and is counted."""
    facts = measure_balance([entry(0, speaker=None), entry(1), entry(2, speaker=" S1")], {})
    assert facts["speakers"]["count"] == 1
    assert facts["speakers"]["unknown"]["clips"] == 1


def test_dialects_are_told_of_the_languages_that_have_them() -> None:
    """Ekavian and ijekavian are told apart; English has neither."""
    entries = [
        entry(0, "Vreme je lepo, a reka je cela zamrznuta.", language="sr"),
        entry(1, "Vrijeme je lijepo, a rijeka je cijela zamrznuta."),
        entry(2, "The weather is fine.", language="en"),
    ]
    dialects = measure_balance(entries, {})["dialects"]
    assert {name: one["clips"] for name, one in dialects.items()} == {"ekavian": 1, "ijekavian": 1}


def test_noise_is_put_into_buckets() -> None:
    """Each clip's ratio falls into one bucket; what nobody measured is unknown."""
    noise = measure_balance([entry(n) for n in range(4)], {"e0": 3.0, "e1": 5.0, "e2": 80.0})[
        "noise"
    ]
    assert {name: one["clips"] for name, one in noise.items()} == {
        "below 5 dB": 1,
        "5 to 10 dB": 1,
        "above 30 dB": 1,
        "unknown": 1,
    }


def test_clean_data_is_advised_to_get_noise() -> None:
    """Where no clip is noisy, a number of clips to augment is named."""
    entries = [entry(n) for n in range(50)]
    assert "0 of 50 clips are noisy (below 10 dB): add noise to about 5" in advice(
        entries, **{one.id: 40.0 for one in entries}
    )


def test_lengths_are_a_histogram_that_counts_every_clip() -> None:
    """Edges belong to the bucket above them."""
    lengths = measure_balance([entry(n, duration=float(n)) for n in range(1, 41)], {})["lengths"]
    assert sum(lengths["histogram"].values()) == 40
    assert lengths["histogram"]["30 s and more"] == 11
    assert (lengths["shortest"], lengths["median"], lengths["longest"]) == (1.0, 21.0, 40.0)


def test_two_scripts_in_one_set_are_warned_of() -> None:
    """A model cannot know which script to write, so one must be chosen."""
    entries = [entry(0), entry(1, "\u0414\u043e\u0431\u0430\u0440 \u0434\u0430\u043d.")]
    assert "choose one with hansard data normalise --script" in advice(entries)


def test_odd_characters_are_listed_with_an_example() -> None:
    """A letter of another alphabet and a symbol are odd; digits and punctuation are not."""
    facts = measure_alphabet([entry(0, "Dobar dan, 5 quiz ☃!"), entry(1, "Čuj „ovo“…")])
    assert [(one["character"], one["example"]) for one in facts["odd"]] == [
        ("q", "e0"),
        ("☃", "e0"),
    ]


def test_every_letter_of_an_unlisted_language_is_taken() -> None:
    """Of a language whose letters are not known here only symbols are odd."""
    assert not is_odd("ő", "hu")
    assert is_odd("ő", "hr")
    assert is_odd("€", "hu")


def test_words_that_training_never_sees_are_a_share() -> None:
    """One of four words of the test part is new: 25 %."""
    parts = {"train": [entry(0, "dobar dan svima")], "test": [entry(1, "Dobar dan, svima: zbogom")]}
    found = measure_unknown_words(parts)["test"]
    assert (found["unknown"], found["examples"]) == (0.25, ["zbogom"])


def test_an_empty_manifest_is_advised_to_be_filled() -> None:
    """Without clips there is one advice."""
    assert advice([]) == "there are no clips: hansard data manifest makes some out of recordings"
