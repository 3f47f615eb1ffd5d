"""A given text found among heard words."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hansard.pipeline.matching import Match, likeness, match, split_words, tokens_of

WORDS = st.lists(st.sampled_from(["the", "a", "cat", "sat", "well-known", "\u2013", "ünder"]))


def found(text: list[str], heard: list[str]) -> tuple[Match, ...]:
    return match([tokens_of(w) for w in text], [tokens_of(w) for w in heard])


def matched(text: list[str], heard: list[str]) -> set[int]:
    return {n for one in found(text, heard) for n in one.given}


def distinct(count: int, *, seed: int = 0) -> list[str]:
    """Words that differ from each other in most letters."""
    rng = random.Random(seed)
    made: set[str] = set()
    while len(made) < count:
        made.add("".join(rng.choices("bcdfghklmnprstvz", k=16)))
    return sorted(made, key=lambda _: rng.random())


@given(WORDS, WORDS)
def test_each_word_is_in_one_class_and_in_order(text: list[str], heard: list[str]) -> None:
    """Matches follow each other on both sides, never overlap, and lie within the two."""
    matches = found(text, heard)
    for one in matches:
        assert 0 <= one.given.start < one.given.stop <= len(text)
        assert 0 <= one.heard.start < one.heard.stop <= len(heard)
        assert 0 < one.likeness <= 1
    for before, after in pairwise(matches):
        assert before.given.stop <= after.given.start
        assert before.heard.stop <= after.heard.start


@given(WORDS)
def test_a_text_is_found_in_itself(text: list[str]) -> None:
    """Every word with letters is matched with itself, wholly."""
    spoken = [number for number, word in enumerate(text) if tokens_of(word)]
    matches = found(text, text)
    assert sorted(n for one in matches for n in one.given) == spoken
    assert all(one.given == one.heard and one.likeness == 1 for one in matches)


@given(
    st.integers(30, 60),
    st.sets(st.integers(0, 29), max_size=6),
    st.sets(st.integers(0, 29), max_size=6),
    st.integers(0, 99),
)
def test_deletions_and_insertions_are_found(
    size: int, missing: set[int], extra: set[int], seed: int
) -> None:
    """What was left out of either side is exactly what is not matched."""
    words = distinct(size + len(extra), seed=seed)
    text, added = words[:size], words[size:]
    heard: list[str] = []
    for number, word in enumerate(text):
        heard += [added.pop()] if number in extra else []
        heard += [] if number in missing else [word]
    matches = found(text, heard)
    assert {n for one in matches for n in one.given} == set(range(size)) - missing
    known = {n for n, word in enumerate(heard) if word in text}
    assert {n for one in matches for n in one.heard} == known


def test_replaced_words_are_not_matched() -> None:
    """A passage with another one in its place is found whole, on both sides."""
    words = distinct(80)
    heard = [*words[:20], *words[60:], *words[40:60]]
    assert matched(words[:60], heard) == {*range(20), *range(40, 60)}


def test_unrelated_texts_share_nothing() -> None:
    """Of the common words that any two texts share, hardly any are taken for matches."""
    rng = random.Random(3)
    common = [*("the of and to in is it that for on with as was at by".split() * 4), *distinct(60)]
    text = [rng.choice(common) for _ in range(300)]
    other = [rng.choice(common) for _ in range(300)]
    assert len(matched(text, other)) < 0.04 * len(text)


def test_choruses_are_kept_apart() -> None:
    """A text that repeats itself is matched in step, though no run of it is unique."""
    chorus = "row row row your boat gently down the stream".split()
    verse = distinct(5)
    song = [*chorus, *chorus, *verse, *chorus]
    assert matched(song, song) == set(range(len(song)))
    heard = [*chorus, *verse, *chorus]
    kept = matched(song, heard)
    assert len(kept) == len(heard)
    assert kept in ({*range(9, 32)}, {*range(9), *range(18, 32)})


def test_a_long_noisy_text_is_matched() -> None:
    """Tens of thousands of words, a quarter of them misheard, are matched where they are right."""
    rng = random.Random(2)
    words = distinct(3000)
    text = [rng.choice(words) for _ in range(30_000)]
    right = [rng.random() < 0.75 for _ in text]
    heard = [word if ok else rng.choice(words) for word, ok in zip(text, right, strict=True)]
    matches = found(text, heard)
    same = sum(1 for one in matches if one.given == one.heard)
    assert same > 0.98 * sum(right)
    assert same > 0.99 * len(matches)


def test_spelling_is_forgiven() -> None:
    """Case, accents, apostrophes, hyphens, and words written apart or misspelt are no obstacle."""
    text = "Don\u2019t forget: CAFÉ Müller is well known for per cent signs, said Katharina".split()
    heard = "dont forget cafe Muller is well-known for percent signs said Catarina".split()
    matches = found(text, heard)
    assert {n for one in matches for n in one.given} == set(range(len(text)))
    assert [one.likeness < 1 for one in matches if one.given.start == len(text) - 1] == [True]


def test_a_word_found_in_small_part_is_not_found() -> None:
    """Most letters of a word must have been heard."""
    start = distinct(6)
    assert 6 not in matched([*start, "a-conglomerate", *start], [*start, "a", *start])


def test_likeness_wants_length() -> None:
    """Short words must be equal, long ones share most of their letters."""
    assert likeness("to", "do") == 0.0
    assert likeness("forty", "forty") == 1.0
    assert 0.6 <= likeness("requests", "request") < 1
    assert likeness("cat", "caterpillar") == 0.0


def test_words_are_split_as_they_are_written() -> None:
    """Marks that stand alone go with a word; scripts without spaces are split in characters."""
    assert split_words("Hello — dear  world…") == (" Hello —", " dear", " world…")
    assert split_words("“ quoted ” ( aside )") == (" “ quoted ”", " ( aside )")
    assert split_words("今日は「天気」") == ("今", "日", "は", "「天", "気」")
    assert split_words("♪ ♪") == split_words("") == ()


@given(st.text(alphabet="aé今「。' —-(3\n", max_size=40))
def test_split_words_spell_the_text(text: str) -> None:
    """Nothing is lost: the words joined are the text, whatever its spaces."""
    words = split_words(text)
    if words:
        assert "".join("".join(words).split()) == "".join(text.split())
        assert all(tokens_of(word) for word in words)
    else:
        assert tokens_of(text) == ()
