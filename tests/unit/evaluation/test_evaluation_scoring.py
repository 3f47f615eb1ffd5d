"""All figures of one model, and whether another one is better."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import DataError
from hansard.evaluation.confusions import confusions
from hansard.evaluation.groups import noise_bucket, seconds_bucket, words_bucket
from hansard.evaluation.pairs import count_pairs, pair_variants, pair_words
from hansard.evaluation.scoring import compare, correct, evaluation_of, score, score_utterance
from hansard.evaluation.tables import describe_evaluation, say
from hansard.evaluation.values import Comparison, Scores, Utterance
from hansard.transcript import Segment, Transcript, Word

WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa".split()
VARIANTS = "dijela djela dela dio deo radit ću radiću i je u".split()


def utterance(reference: str, hypothesis: str, **more: object) -> Utterance:
    return replace(Utterance(id="one", reference=reference, hypothesis=hypothesis), **more)  # type: ignore[arg-type]


def garble(text: str, share: float, rng: random.Random) -> str:
    """Some words left out, doubled, or taken for others."""
    kept: list[str] = []
    for word in text.split():
        kept += (
            rng.choice([[], [word, word], [rng.choice(WORDS)]]) if rng.random() < share else [word]
        )
    return " ".join(kept)


def corpus(count: int, share: float, seed: int = 0, **more: object) -> list[Utterance]:
    """Utterances whose references depend on their number alone."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        words = random.Random(number).choices(WORDS, k=12)
        one = utterance(" ".join(words), garble(" ".join(words), share, rng), **more)
        made.append(replace(one, id=f"u{number}"))
    return made


def test_figures_agree_with_jiwer() -> None:
    """300 random pairs of texts: the same word and character error rates, one by one and pooled."""
    jiwer = pytest.importorskip("jiwer", reason="jiwer is not installed")
    rng = random.Random(7)
    texts = [" ".join(rng.choices(WORDS, k=rng.randint(1, 20))) for _ in range(300)]
    heard = [garble(text, 0.3, rng) for text in texts]
    made = [
        utterance(said, other, id=str(number))
        for number, (said, other) in enumerate(zip(texts, heard, strict=True))
    ]
    found = score("model", made, bootstrap=0)
    for each in found.scored:
        said, other = each.utterance.reference, each.utterance.hypothesis
        assert each.words["raw"].rate == pytest.approx(jiwer.wer(said, other))
        assert each.characters["raw"].rate == pytest.approx(jiwer.cer(said, other))
    assert found.words["normalised"].rate == pytest.approx(jiwer.wer(texts, heard))
    assert found.characters["normalised"].rate == pytest.approx(jiwer.cer(texts, heard))


def test_each_level_forgives_more() -> None:
    """Capitals and commas count only raw; variants of the standards count until they do not."""
    one = score_utterance(
        utterance("Gdje je dijete? Radit ću.", "где је дете радићу", language="hr")  # noqa: RUF001 - Cyrillic
    )
    assert one.words["raw"].errors == 5
    assert one.words["normalised"].errors == 4
    assert one.words["tolerant"].errors == 0
    assert one.characters["tolerant"].errors == 0
    assert one.characters["normalised"].errors > 0
    assert [pair.reference for pair in one.pairs if pair.tolerated] == [
        "gdje", "dijete", "radit ću"
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "sl", None])
def test_other_languages_forgive_nothing(language: str | None) -> None:
    """Tolerant is the same as normalised, and scripts are left as they are."""
    one = score_utterance(utterance("dijete", "dete", language=language))
    assert one.words["tolerant"] == one.words["normalised"]
    assert one.words["tolerant"].errors == 1
    assert score_utterance(utterance("da", "да", language=language)).words["tolerant"].errors == 1


def test_english_is_normalised_as_english() -> None:
    """Contractions and spelling are made one in English alone."""
    assert score_utterance(utterance("I'm grey", "i am gray", language="en")).words[
        "normalised"
    ].errors == 0  # fmt: skip
    assert score_utterance(utterance("I'm grey", "i am gray", language="fr")).words[
        "normalised"
    ].errors > 0  # fmt: skip


def test_diacritics_are_kept() -> None:
    """č is not c, and đ is not dj."""
    assert score_utterance(utterance("kuća", "kuca", language="hr")).words["tolerant"].errors == 1
    assert score_utterance(utterance("đak", "djak", language="sr")).words["tolerant"].errors == 1


def test_nothing_said_has_no_rate_but_insertions() -> None:
    """Words against an empty reference are counted, and divide by nothing."""
    found = score("model", [utterance("", "thank you", duration=36.0)])
    assert found.words["normalised"].rate is None
    assert found.words["normalised"].insertions == 2
    assert found.invented_words_per_hour == pytest.approx(200)
    silent = score("model", [utterance("", "", duration=36.0)])
    assert silent.words["normalised"].rate == 0
    assert silent.invented_words_per_hour == 0


@given(
    st.lists(st.sampled_from(VARIANTS), max_size=9), st.lists(st.sampled_from(VARIANTS), max_size=9)
)
def test_tolerance_never_adds_errors_and_keeps_every_word(
    said: list[str], heard: list[str]
) -> None:
    """Whatever the texts: all words of both sides are in the pairs, and errors do not grow."""
    pairs = pair_variants(said, heard)
    counts, plain = count_pairs(pairs), count_pairs(pair_words(said, heard))
    assert counts.errors <= plain.errors
    assert counts.reference_length == len(said)
    assert " ".join(p.reference for p in pairs if p.reference is not None).split() == said
    assert " ".join(p.hypothesis for p in pairs if p.hypothesis is not None).split() == heard


def test_the_same_seed_gives_the_same_interval() -> None:
    """Intervals hold the rate, and depend on nothing but the seed."""
    made = corpus(60, 0.2)
    one, again = score("m", made, seed=3), score("m", made, seed=3)
    found = one.intervals["normalised"]
    assert found == again.intervals["normalised"]
    assert found is not None
    rate = one.words["normalised"].rate
    assert rate is not None
    assert found.low < rate < found.high
    assert found != score("m", made, seed=4).intervals["normalised"]
    assert score("m", made[:4]).intervals["normalised"] is None
    assert score("m", made, bootstrap=0).intervals["normalised"] is None


def test_utterances_of_one_speaker_are_drawn_together() -> None:
    """Where one speaker is all wrong, the interval is wider than if utterances were drawn."""
    made = [
        replace(one, speaker=f"s{number // 10}", hypothesis="x" if number < 30 else one.reference)
        for number, one in enumerate(corpus(150, 0.0))
    ]
    together = score("m", made)
    apart = score("m", [replace(one, speaker=None) for one in made])
    assert together.facts["bootstrap"]["unit"] == "speaker"
    assert together.facts["bootstrap"]["blocks"] == 15
    assert apart.facts["bootstrap"]["unit"] == "utterance"
    wide, narrow = together.intervals["normalised"], apart.intervals["normalised"]
    assert wide is not None
    assert narrow is not None
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_a_better_model_is_told_from_a_worse_one() -> None:
    """A large difference is significant, whichever comes first, and is put into words."""
    good, bad = score("good", corpus(80, 0.05)), score("bad", corpus(80, 0.25, seed=1))
    found, back = compare(good, bad), compare(bad, good)
    assert found.is_significant
    assert found.difference == pytest.approx(-back.difference)
    assert found.interval is not None
    assert 0 < found.interval.low < found.difference < found.interval.high
    assert say(found).startswith("good is better than bad by ")
    assert say(back).startswith("good is better than bad by ")


def test_a_model_is_as_good_as_itself() -> None:
    """The same texts: no difference, exactly, and p is 1, with many utterances or one."""
    for count in (1, 40):
        one = score("one", corpus(count, 0.2))
        found = compare(one, replace(one, model="two"))
        assert (found.difference, found.p_value) == (0.0, 1.0)
        assert say(found).startswith("two is as good as one")


def test_chance_is_not_taken_for_skill() -> None:
    """Of 40 pairs of equally good models, about one in twenty differs significantly, not many."""
    found = [
        compare(score("a", corpus(30, 0.2, seed=n)), score("b", corpus(30, 0.2, seed=1000 + n)))
        for n in range(40)
    ]
    assert sum(each.is_significant for each in found) <= 6


def test_few_utterances_prove_nothing() -> None:
    """Below five there is no p-value, and the sentence says why."""
    found = compare(score("a", corpus(3, 0.0)), score("b", corpus(3, 0.9)))
    assert found.p_value is None
    assert not found.is_significant
    assert "too few utterances" in say(found)


def test_models_must_be_scored_on_the_same_utterances() -> None:
    """The error names the first that differ, by id or by reference."""
    one = corpus(6, 0.1)
    with pytest.raises(DataError, match="lacks 2, the first are 'u4', 'u5'"):
        compare(score("a", one), score("b", one[:4]))
    other = [replace(one[0], reference="something else"), *one[1:]]
    with pytest.raises(DataError, match="reference of 'u0'"):
        compare(score("a", one), score("b", other))


def comparison(value: float | None) -> Comparison:
    return Comparison(
        first="a", second="b", level="raw", difference=0.1, interval=None, p_value=value
    )


def test_several_comparisons_are_corrected() -> None:
    """Holm: the smallest p times how many there are, the next times one less, never falling."""
    found = correct([comparison(0.03), comparison(0.01), comparison(None), comparison(0.02)])
    assert [each.corrected for each in found] == pytest.approx([0.04, 0.03, None, 0.04])
    assert all(each.is_significant for each in found if each.corrected is not None)
    assert correct([comparison(0.03)])[0].corrected is None
    assert "Holm" in say(found[0])


def test_all_models_are_compared_with_the_first() -> None:
    """Three models make two comparisons, and the description for programs has them all."""
    made = [score(name, corpus(20, share)) for name, share in (("a", 0.1), ("b", 0.2), ("c", 0.5))]
    found = evaluation_of("run", made)
    assert [(each.first, each.second) for each in found.comparisons] == [("a", "b"), ("a", "c")]
    told = describe_evaluation(found)
    assert told["wer"] == told["models"][0]["wer"] == made[0].words["normalised"].rate
    assert len(told["models"]) == 3
    assert told["comparisons"][1]["sentence"] == say(found.comparisons[1])


def groups_of(scores: Scores, by: str) -> dict[str, int]:
    return {group.value: group.utterances for group in scores.groups.get(by, ())}  # type: ignore[call-overload]


def test_groups_tell_who_and_what_is_hard() -> None:
    """By language, speaker, length, noise and source, the largest first; unknown ones together."""
    made = [
        replace(one, language="hr" if n % 3 else "sr", duration=n / 2, noise=n * 3.0)
        for n, one in enumerate(corpus(12, 0.1))
    ]
    found = score("m", [replace(made[0], source="radio"), *made[1:]])
    assert groups_of(found, "language") == {"hr": 8, "sr": 4}
    assert groups_of(found, "source") == {"unknown": 11, "radio": 1}
    assert groups_of(found, "length") == {"2-5 s": 6, "under 2 s": 4, "5-10 s": 2}
    assert sum(groups_of(found, "noise").values()) == 12
    assert "speaker" not in found.groups
    total = sum(group.words["raw"].errors for group in found.groups["language"])
    assert total == found.words["raw"].errors


def test_an_edge_belongs_to_the_bucket_above() -> None:
    """2 s is in 2-5 s; without durations lengths are in words."""
    assert seconds_bucket(utterance("", "", duration=2.0)) == "2-5 s"
    assert seconds_bucket(utterance("", "", duration=30.0)) == "over 30 s"
    assert noise_bucket(utterance("", "", noise=-1.0)) == "under 0 dB"
    assert words_bucket(utterance("a b c d e", "")) == "5-10 words"
    assert groups_of(score("m", corpus(3, 0.0)), "length") == {"10-20 words": 3}


def test_speed_is_of_utterances_that_were_heard() -> None:
    """A failed one counts as deleted, and as no work."""
    made = [
        utterance("a b", "a b", duration=10.0, seconds=2.0),
        utterance("c d", "", id="two", duration=10.0, seconds=None, failure="no such file"),
    ]
    found = score("m", made)
    assert found.rtfx == pytest.approx(5)
    assert found.failed == 1
    assert found.words["normalised"].deletions == 2
    assert found.hours == pytest.approx(20 / 3600)


def spoken(*lines: tuple[str, str, float, float]) -> Transcript:
    """A transcript whose words share the time of their line."""
    segments: list[Segment] = []
    for speaker, text, start, end in lines:
        words = text.split()
        step = (end - start) / len(words)
        timed = tuple(
            Word(text=f" {word}", start=start + n * step, end=start + (n + 1) * step)
            for n, word in enumerate(words)
        )
        segments.append(
            Segment(id=len(segments), text=text, start=start, end=end, speaker=speaker, words=timed)
        )
    return Transcript(segments=tuple(segments), duration=segments[-1].end)


def beside(said: Transcript, heard: Transcript, ident: str = "one") -> Utterance:
    return utterance(
        said.text, heard.text, id=ident, duration=said.duration,
        reference_transcript=said, transcript=heard,
    )  # fmt: skip


def test_speakers_and_times_are_scored_where_both_sides_have_them() -> None:
    """DER, cpWER, DE-WER and word times of several recordings together."""
    said = spoken(("ana", "one two three", 0, 3), ("ivo", "four five six", 3, 6))
    late = spoken(("S1", "one two three", 0.1, 3.1), ("S2", "four five six", 3.1, 6.1))
    joined = spoken(("S1", "one two three four five six", 0, 6))
    found = score("m", [beside(said, late), beside(said, joined, "two")])
    assert found.diarisation is not None
    assert found.diarisation.rate == pytest.approx((0.1 + 0.1 + 0.1 + 3) / 12)
    assert found.diarisation.mapping["two/S1"] in {"two/ana", "two/ivo"}
    assert found.speaker_words is not None
    assert found.speaker_words.counts.errors == 6
    assert found.turn_words is not None
    assert found.turn_words.rate == pytest.approx(6 / 12)
    assert found.word_times is not None
    assert found.word_times.matched == 12
    assert score("m", [utterance("a", "a")]).diarisation is None


def test_words_in_silence_are_invented() -> None:
    """Words far from all that was said count, per hour of sound."""
    said = replace(spoken(("ana", "one two", 0, 2)), duration=60.0)
    heard = spoken(("S1", "one two", 0, 2), ("S1", "thank you", 40, 41))
    found = score("m", [replace(beside(said, heard), duration=60.0)])
    assert found.invented_words_per_hour == pytest.approx(120)


def test_confusions_are_counted_by_frequency() -> None:
    """Words that stand for one another are no mistakes; characters are those of mistaken words."""
    made = [
        utterance("more gori vrijeme", "mora gori vreme", language="hr"),
        utterance("more", "mora", id="two", language="hr"),
        utterance("i", "", id="three", language="hr"),
    ]
    found = confusions(score("m", made).scored)
    assert found.words == ((("more", "mora"), 2), (("i", None), 1))
    assert dict(found.characters) == {("e", "a"): 2, ("i", None): 1}
