"""Which entries can be learnt from, and what is said of the others."""

from pathlib import Path
from typing import Any

import pytest
from fit_cases import demo_vocabulary, make_multilingual

from hansard.errors import DataError
from hansard.training.fitting.clips import Clip, Refusal, check_refused, choose_clips
from hansard.training.fitting.vocabulary import Vocabulary, read_vocabulary
from hansard.training.manifest import Entry, Stretch

V = demo_vocabulary()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return read_vocabulary(make_multilingual(tmp_path_factory.mktemp("many")))


def entry(ident: str = "a", transcript: str = "Good morning.", **fields: Any) -> Entry:
    return Entry(**{"id": ident, "audio": Path("a.wav"), "transcript": transcript, **fields})


def choose(
    *entries: Entry, vocabulary: Vocabulary = V, duration: float = 2.0, language: str | None = None
) -> tuple[tuple[Clip, ...], tuple[Refusal, ...]]:
    return choose_clips(entries, {e.id: duration for e in entries}, vocabulary, language)


def reason(one: Entry, **means: Any) -> str:
    clips, refused = choose(one, **means)
    assert not clips
    assert [found.id for found in refused] == [one.id]
    return refused[0].reason


def test_a_good_entry_becomes_a_clip() -> None:
    """Its text in one line, its measured length, its language without a country."""
    said = (Stretch(text="Good  morning", start=0.0, end=1.0),)
    (clip,), refused = choose(entry(transcript=" Good\n morning ", language="en-GB", segments=said))
    assert refused == ()
    assert (clip.id, clip.text, clip.duration) == ("a", "Good morning", 2.0)
    assert (clip.language, clip.segments) == ("en", said)
    assert 0 < clip.room < 0.1


def test_the_length_that_was_measured_counts_rather_than_the_one_that_was_told() -> None:
    """A manifest may say what it likes of a clip of 31 seconds."""
    assert "it has 31.0 s, more than 30" in reason(entry(duration=2.0), duration=31.0)
    assert "hansard data align" in reason(entry(), duration=31.0)
    clips, _ = choose(entry(), duration=30.0)
    assert len(clips) == 1


def test_too_short_a_clip_is_refused() -> None:
    """There is nothing to hear in 50 ms."""
    assert reason(entry(), duration=0.05) == "it has only 0.05 s"


def test_a_clip_that_cannot_be_decoded_is_refused() -> None:
    """What has no measured length could not be decoded."""
    clips, refused = choose_clips([entry("a"), entry("b")], {"b": 1.0}, V)
    assert [clip.id for clip in clips] == ["b"]
    assert refused == (Refusal("a", "its sound cannot be decoded"),)


def test_an_empty_transcript_is_refused_unless_nobody_speaks() -> None:
    """Silence must be told from what was forgotten."""
    assert "its transcript is empty" in reason(entry(transcript=" "))
    (clip,), _ = choose(entry(transcript="", no_speech=True))
    assert clip.text == ""


def test_a_multilingual_model_must_be_told_a_language_that_it_knows(many: Vocabulary) -> None:
    """By the manifest, else by the option for those that name none."""
    assert "no language is named" in reason(entry(), vocabulary=many)
    assert "its language is 'tlh'" in reason(entry(language="tlh"), vocabulary=many)
    (clip,), _ = choose(entry(), vocabulary=many, language="sr")
    assert clip.language == "sr"
    (clip,), _ = choose(entry(language="hr"), vocabulary=many, language="sr")
    assert clip.language == "hr"
    (clip,), _ = choose(entry(language="HR_hr"), vocabulary=many)
    assert clip.language == "hr"


def longest(vocabulary: Vocabulary) -> str:
    """The longest text of one letter and spaces that fits."""
    text = "w"
    while len(vocabulary.encode_text(text)) < 443:
        text += " w"
    return text


def test_a_transcript_that_the_decoder_cannot_hold_is_refused() -> None:
    """443 tokens fit with start, language, task, two times and the end; a word more does not."""
    text = longest(V)
    assert len(V.encode_text(text)) == 443
    clips, _ = choose(entry(transcript=text))
    assert clips[0].room == pytest.approx(1.0)
    assert "444 tokens, and 448 fit with their marks" in reason(entry(transcript=text + "."))


def test_times_of_many_segments_take_room_too() -> None:
    """Each has two timestamps, so that a text which fits alone may not fit with them."""
    words = longest(V).split()
    segments = tuple(
        Stretch(text=word, start=n * 0.05, end=n * 0.05 + 0.04) for n, word in enumerate(words)
    )
    assert "tokens" in reason(entry(transcript=" ".join(words), segments=segments))


def test_a_mark_of_the_models_own_is_refused() -> None:
    """It would end the text, or say a time, where nobody did."""
    assert "'<|endoftext|>'" in reason(entry(transcript="so it <|endoftext|> ends"))
    clips, _ = choose(entry(transcript="so it <|oops|> ends"))
    assert len(clips) == 1


def test_segments_that_say_something_else_are_not_learnt_from() -> None:
    """The transcript holds; times of another text would teach that text half of the time."""
    same = (Stretch(text="good", start=0, end=1), Stretch(text="morning", start=1, end=2))
    other = (Stretch(text="Bad morning.", start=0, end=1),)
    (clip,), _ = choose(entry(segments=same))
    assert clip.segments == same
    (clip,), _ = choose(entry(segments=other))
    assert clip.segments == ()


def test_clips_of_a_recording_come_in_order_of_time() -> None:
    """A manifest may be shuffled: the text before a clip is still the one that was said before."""
    parts = [entry(str(start), start=start, end=start + 2.0) for start in (8.0, 2.0, 4.0)]
    others = [entry("z", audio=Path("0.wav"))]
    clips, _ = choose(*parts, *others)
    assert [clip.id for clip in clips] == ["z", "2.0", "4.0", "8.0"]


def test_clips_belong_together_by_speaker_else_by_recording() -> None:
    """What is joined to one window comes from one voice, or one recording."""
    told = [
        entry("a", audio=Path("x/1.wav"), speaker="ana"),
        entry("b", audio=Path("x/2.wav"), speaker="ana"),
        entry("c", audio=Path("x/2.wav"), speaker="iva"),
        entry("d", audio=Path("y/1.wav"), speaker="ana"),
        entry("e", audio=Path("x/3.wav")),
        entry("f", audio=Path("x/3.wav")),
        entry("g", audio=Path("x/4.wav")),
    ]
    clips, _ = choose(*told)
    groups = {clip.id: clip.group for clip in clips}
    assert groups["a"] == groups["b"]
    assert groups["e"] == groups["f"]
    assert len(set(groups.values())) == 5


def test_a_training_is_refused_where_clips_are() -> None:
    """The first three are named, the others counted, and what can be done is said."""
    refused = [Refusal(f"clip {n}", "it has only 0.05 s") for n in range(5)]
    check_refused([], 1, skip=False)
    check_refused(refused, 1, skip=True)
    with pytest.raises(DataError) as caught:
        check_refused(refused, 7, skip=False)
    message = str(caught.value)
    assert message.startswith("5 of 12 clips cannot be learnt from: 'clip 0': it has only 0.05 s;")
    assert message.endswith("; and 2 more")
    assert "'clip 3'" not in message
    assert "--skip-bad" in caught.value.hint


def test_nothing_to_learn_from_is_refused_in_any_case() -> None:
    """Leaving out what is bad does not help where nothing is good."""
    with pytest.raises(DataError, match=r"nothing to learn from$"):
        check_refused([], 0, skip=False)
    with pytest.raises(DataError, match=r"nothing to learn from: 'a': it is bad$"):
        check_refused([Refusal("a", "it is bad")], 0, skip=True)
