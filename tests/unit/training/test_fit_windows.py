"""Which clips stand in which window."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from fit_cases import PLAIN, make_clip
from hypothesis import given
from hypothesis import strategies as st

from hansard.training.fitting.clips import Clip
from hansard.training.fitting.options import SampleOptions
from hansard.training.fitting.windows import plan_checks, plan_windows

USUAL = SampleOptions()


def many(count: int = 400, groups: int = 8, duration: float = 4.0) -> list[Clip]:
    return [
        make_clip(f"c{n}", f"text {n}", group=f"g{n % groups}", duration=duration)
        for n in range(count)
    ]


_CLIPS = st.lists(
    st.tuples(
        st.floats(0.1, 30.0),
        st.sampled_from("abc"),
        st.sampled_from(["hr", "sr", None]),
        st.sampled_from(["", "said"]),
        st.floats(0.0, 1.0),
    ),
    min_size=1,
    max_size=60,
)


@given(_CLIPS, st.floats(0.0, 30.0), st.floats(0, 1), st.integers(0, 5), st.integers(0, 3))
def test_each_clip_is_heard_once_an_epoch_and_nothing_is_overfull(
    drawn: list[tuple[float, str, str | None, str, float]],
    pack: float,
    joined: float,
    epoch: int,
    seed: int,
) -> None:
    """Whatever the clips, a window holds one group and language, 30 s, and what can be written."""
    clips = [
        make_clip(str(n), text, duration=length, group=group, language=language, room=room)
        for n, (length, group, language, text, room) in enumerate(drawn)
    ]
    options = replace(USUAL, pack=pack, pack_probability=joined, no_speech_share=0.2)
    windows = plan_windows(clips, options, epoch, seed)
    heard = [part.clip for window in windows for part in window.parts]
    assert Counter(clip.id for clip in heard) == Counter(clip.id for clip in clips)
    assert len({window.key for window in windows}) == len(windows)
    for window in windows:
        if not window.parts:
            continue
        inside = [part.clip for part in window.parts]
        assert len({(clip.group, clip.language) for clip in inside}) == 1
        assert window.language == inside[0].language
        last = window.parts[-1]
        assert window.duration == pytest.approx(last.start + last.clip.duration)
        for left, right in pairwise(window.parts):
            gap = right.start - left.start - left.clip.duration
            assert 0.1 - 1e-9 <= gap <= 0.7 + 1e-9
        if len(inside) > 1:
            assert window.duration <= pack
            assert sum(clip.room for clip in inside) <= 1.0 + 1e-9
            assert all(clip.text for clip in inside)


def test_the_same_seed_and_epoch_give_the_same_windows() -> None:
    """A training that goes on after a kill sees what it would have seen."""
    clips = many()
    assert plan_windows(clips, USUAL, 3, 7) == plan_windows(clips, USUAL, 3, 7)
    assert plan_windows(clips, USUAL, 3, 7) != plan_windows(clips, USUAL, 4, 7)
    assert plan_windows(clips, USUAL, 3, 7) != plan_windows(clips, USUAL, 3, 8)


def test_plain_options_give_clips_as_they_are_in_another_order() -> None:
    """Nothing joined, no prompts, no times, no silence."""
    clips = many(50)
    windows = plan_windows(clips, PLAIN, 0, 0)
    assert len(windows) == 50
    assert all(len(window.parts) == 1 and window.duration == 4.0 for window in windows)
    assert not any(window.timestamps or window.previous for window in windows)
    assert [window.parts[0].clip for window in windows] != clips


def test_prompts_are_the_text_before_in_the_same_group() -> None:
    """At a probability of one, each but the first of a group has one."""
    clips = many(40, groups=4)
    options = replace(PLAIN, condition_on_prev_probability=1.0)
    for window in plan_windows(clips, options, 0, 0):
        number = int(window.parts[0].clip.id[1:])
        assert window.previous == (f"text {number - 4}" if number >= 4 else "")


def test_nothing_is_prompted_by_silence() -> None:
    """A clip after one in which nobody speaks has no prompt."""
    clips = [make_clip("a", "one"), make_clip("b", ""), make_clip("c", "three")]
    options = replace(PLAIN, condition_on_prev_probability=1.0)
    told = {w.parts[0].clip.id: w.previous for w in plan_windows(clips, options, 0, 0)}
    assert told == {"a": "", "b": "one", "c": ""}


def test_shares_are_about_what_was_asked_for() -> None:
    """Of many windows, so many have times, prompts, more than one clip, or no speech."""
    options = replace(
        USUAL,
        pack_probability=0.3,
        timestamp_probability=0.7,
        condition_on_prev_probability=0.4,
        no_speech_share=0.1,
    )
    windows = [w for e in range(10) for w in plan_windows(many(), options, e, 0)]
    spoken = [window for window in windows if window.parts]
    silent = [window for window in windows if not window.parts]

    def share(count: int) -> float:
        return count / len(spoken)

    assert share(len(silent)) == pytest.approx(0.1, abs=0.01)
    assert share(sum(w.timestamps for w in spoken)) == pytest.approx(0.7, abs=0.05)
    assert share(sum(bool(w.previous) for w in spoken)) == pytest.approx(0.4, abs=0.06)
    # some begin a joined window and find no room for a second clip
    assert 0.15 < share(sum(len(w.parts) > 1 for w in spoken)) < 0.3
    assert not any(window.timestamps or window.previous for window in silent)
    assert all(1.0 <= window.duration <= 12.0 for window in silent)


def test_silence_is_of_a_language_that_is_spoken_elsewhere() -> None:
    """A multilingual model is told one for each window."""
    clips = [make_clip(str(n), language="hr" if n % 2 else "sr") for n in range(60)]
    windows = plan_windows(clips, replace(PLAIN, no_speech_share=0.5), 0, 0)
    assert {window.language for window in windows if not window.parts} == {"hr", "sr"}


def test_checks_are_clips_as_they_are() -> None:
    """What a model is measured with does not change between evaluations."""
    clips = [make_clip("a", duration=3.0, language="hr"), make_clip("b", "")]
    windows = plan_checks(clips)
    assert [window.parts[0].clip for window in windows] == clips
    assert [window.duration for window in windows] == [3.0, 2.0]
    assert windows[0].language == "hr"
    assert not any(window.timestamps or window.previous for window in windows)
