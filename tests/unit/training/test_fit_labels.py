"""Labels: what the decoder is given, and what it must find out."""

import pytest
from fit_cases import answers, demo_vocabulary, make_clip, make_multilingual, make_window, whole
from hypothesis import given
from hypothesis import strategies as st

from hansard.training.fitting.labels import IGNORED, make_labels
from hansard.training.fitting.vocabulary import Vocabulary, read_vocabulary
from hansard.training.fitting.windows import Window
from hansard.training.manifest import Stretch

V = demo_vocabulary()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    """That of a multilingual model."""
    return read_vocabulary(make_multilingual(tmp_path_factory.mktemp("many")))


def timed(*pieces: tuple[str, float, float]) -> tuple[Stretch, ...]:
    return tuple(Stretch(text=text, start=start, end=end) for text, start, end in pieces)


def test_without_timestamps_text_and_end_are_the_answer() -> None:
    """The wish for no timestamps is given; the text after it and its end must be found."""
    labels = make_labels(make_window(make_clip()), V, "transcribe", "s")
    text = V.encode_text("Good morning.")
    assert whole(labels, V) == [V.start, V.no_timestamps, *text, V.end]
    assert list(labels.targets) == [IGNORED, *text, V.end]
    assert labels.counted == len(text) + 1


def test_with_timestamps_they_are_part_of_the_answer() -> None:
    """A clip whose times are not known is said from its beginning to its end."""
    labels = make_labels(make_window(make_clip(), timestamps=True), V, "transcribe", "s")
    text = V.encode_text("Good morning.")
    said = [V.timestamp(0.0), *text, V.timestamp(2.0)]
    assert whole(labels, V) == [V.start, *said, V.end]
    assert answers(labels) == [*said, V.end]


def test_known_times_are_written_for_each_stretch() -> None:
    """Segments of a clip have their own beginning and end; empty ones are left out."""
    segments = timed(("Good", 0.2, 0.7), ("  ", 0.7, 0.9), ("morning.", 1.1, 1.5))
    window = make_window(make_clip(segments=segments), timestamps=True)
    assert answers(make_labels(window, V, "transcribe", "s")) == [
        V.timestamp(0.2), *V.encode_text("Good"), V.timestamp(0.7),
        V.timestamp(1.1), *V.encode_text("morning."), V.timestamp(1.5), V.end,
    ]  # fmt: skip


def test_joined_clips_are_told_where_they_stand_in_the_window() -> None:
    """Times of the second clip count from the window's beginning, not from its own."""
    one = make_clip("a", "Yes.", duration=1.5)
    two = make_clip("b", "No.", duration=3.0, segments=timed(("No.", 0.5, 1.0)))
    window = make_window(one, two, gap=0.25, timestamps=True)
    assert answers(make_labels(window, V, "transcribe", "s")) == [
        V.timestamp(0.0), *V.encode_text("Yes."), V.timestamp(1.5),
        V.timestamp(2.25), *V.encode_text("No."), V.timestamp(2.75), V.end,
    ]  # fmt: skip
    plain = make_window(one, two, gap=0.25)
    assert answers(make_labels(plain, V, "transcribe", "s")) == [*V.encode_text("Yes. No."), V.end]


def test_a_multilingual_model_must_find_the_language_of_each_clip(many: Vocabulary) -> None:
    """The language is asked for, clip by clip; the task is given."""
    for language in ("hr", "sr", "bs"):
        window = make_window(make_clip(language=language))
        labels = make_labels(window, many, "transcribe", "s")
        text = many.encode_text("Good morning.")
        spoken, task = many.languages[language], many.transcribe
        assert whole(labels, many) == [
            many.start, spoken, task, many.no_timestamps, *text, many.end,
        ]  # fmt: skip
        assert list(labels.targets) == [spoken, IGNORED, IGNORED, *text, many.end]
    translated = make_labels(window, many, "translate", "s")
    assert translated.inputs[2] == many.translate


def test_the_text_before_is_given_and_never_asked_for(many: Vocabulary) -> None:
    """A prompt stands before the start, and nothing of it is a target."""
    window = make_window(make_clip(language="hr"), previous="What was said.", timestamps=True)
    labels = make_labels(window, many, "transcribe", "s")
    before = [many.previous, *many.encode_text("What was said.")]
    assert list(labels.inputs[: len(before) + 1]) == [*before, many.start]
    assert set(labels.targets[: len(before)]) == {IGNORED}
    assert labels.targets[len(before)] == many.languages["hr"]


def test_the_text_before_loses_its_beginning_where_it_is_long() -> None:
    """At most half of the decoder is prompt, and its end is what stays."""
    before = " ".join(f"number {n}" for n in range(400))
    labels = make_labels(make_window(make_clip(), previous=before), V, "transcribe", "s")
    place = labels.inputs.index(V.start)
    assert labels.inputs[0] == V.previous
    assert place == 448 // 2
    assert list(labels.inputs[1:place]) == V.encode_text(before)[-(place - 1) :]


def test_a_long_text_leaves_less_room_for_the_one_before() -> None:
    """Together they fit the decoder; where nothing is left the prompt goes."""
    words = V.encode("w ")
    for text_tokens in (300, 420, 443):
        text = "w" + " w" * ((text_tokens - 1) // len(words))
        window = make_window(make_clip(text=text), previous="x " * 300)
        labels = make_labels(window, V, "transcribe", "s")
        assert len(labels.inputs) <= 448
        assert answers(labels)[:-1] == V.encode_text(text)


def test_silence_is_answered_in_two_ways(many: Vocabulary) -> None:
    """Either nothing follows the task, or the token by which silence is known while decoding."""
    seen = set()
    for seed in range(40):
        window = Window(key="silence", parts=(), duration=3.0, language="hr", timestamps=True)
        labels = make_labels(window, many, "transcribe", str(seed))
        assert make_labels(window, many, "transcribe", str(seed)) == labels
        seen.add((tuple(whole(labels, many)), tuple(answers(labels))))
    spoken, end = many.languages["hr"], many.end
    assert seen == {
        ((many.start, spoken, many.transcribe, many.no_timestamps, end), (spoken, end)),
        ((many.start, many.no_speech, end), (many.no_speech, end)),
    }


def test_a_recording_in_which_nobody_speaks_is_silence_too() -> None:
    """A clip without text has no prompt and no times, whatever the window asks for."""
    window = make_window(make_clip(text=""), previous="Before.", timestamps=True)
    for seed in range(8):
        labels = make_labels(window, V, "transcribe", str(seed))
        assert V.previous not in labels.inputs
        assert max(labels.inputs) <= V.no_timestamps


def test_a_clip_may_be_silent_among_others() -> None:
    """In a joined window the silent clip has no times, and those after it keep theirs."""
    window = make_window(
        make_clip("a", "Yes."), make_clip("b", ""), make_clip("c", "No."), gap=1.0, timestamps=True
    )
    assert answers(make_labels(window, V, "transcribe", "s")) == [
        V.timestamp(0.0), *V.encode_text("Yes."), V.timestamp(2.0),
        V.timestamp(6.0), *V.encode_text("No."), V.timestamp(8.0), V.end,
    ]  # fmt: skip


_TIME = st.floats(-2, 40, allow_nan=False)
_STRETCHES = st.lists(st.tuples(st.sampled_from(["a", "b c", "č"]), _TIME, _TIME), max_size=8)


@given(st.lists(_STRETCHES, min_size=1, max_size=4), st.floats(0.1, 20))
def test_timestamps_never_go_back_whatever_a_manifest_says(
    found: list[list[tuple[str, float, float]]], duration: float
) -> None:
    """Times that overlap, run backwards or leave the window still give labels that can be read."""
    clips = [
        make_clip(str(n), "text", duration=duration, segments=timed(*pieces))
        for n, pieces in enumerate(found)
    ]
    labels = make_labels(make_window(*clips, timestamps=True), V, "transcribe", "s")
    times = [token for token in answers(labels) if token >= V.first_timestamp]
    assert times == sorted(times)
    assert len(times) % 2 == 0
    assert all(token <= V.first_timestamp + 1500 for token in times)
    assert answers(labels)[-1] == V.end


@given(st.text(max_size=200), st.text(max_size=200), st.booleans())
def test_inputs_and_targets_tell_the_same_story(text: str, before: str, timestamps: bool) -> None:
    """A target is the next input or none, the last one is the end, and nothing is out of range."""
    clip = make_clip(text=" ".join(text.split()))
    window = make_window(clip, previous=before, timestamps=timestamps)
    labels = make_labels(window, V, "transcribe", "s")
    assert len(labels.inputs) == len(labels.targets)
    following = zip(labels.targets[:-1], labels.inputs[1:], strict=True)
    assert all(target in (IGNORED, token) for target, token in following)
    assert labels.targets[-1] == V.end
    assert set(labels.inputs) <= set(range(V.first_timestamp + 1501))
    if clip.text:
        said = [t for t in answers(labels)[:-1] if t < V.first_timestamp]
        assert said == V.encode_text(clip.text)
