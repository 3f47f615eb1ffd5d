"""A recording from end to end, with an engine that hears a script and fails in named ways."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hansard.errors import Cancelled, EngineError, UnsupportedOptionError
from hansard.models.engines import DecodeOptions, Hypothesis, Window
from hansard.models.engines.fake import INFO, FakeEngine
from hansard.pipeline import Before, Event, PipelineOptions, Progressed, Tools, run
from hansard.testing.sounds import ScriptedDetector, make_noise, make_script, speech_of
from hansard.transcript import Transcript, Word

FIRST = make_script("Good morning everyone, let's start the meeting.", 1.0)
SECOND = make_script("We need two more days to prepare the release and to publish it.", 8.0)
THIRD = make_script("Thanks everyone, see you on Monday.", 40.0)
SCRIPT = (*FIRST, *SECOND, *THIRD)
Fault = Callable[[Window, Hypothesis, DecodeOptions], Hypothesis]


def transcribe(
    folder: Path, engine: FakeEngine, options: PipelineOptions | None = None, **wires: object
) -> Transcript:
    sound = make_noise(60, folder)
    tools = Tools(engine, ScriptedDetector(speech_of(SCRIPT)))
    made = run(sound, tools, options or PipelineOptions(), **wires)  # type: ignore[arg-type]
    return made.transcript


def say(hypothesis: Hypothesis, text: str, **facts: float | bool) -> Hypothesis:
    pieces = tuple(replace(piece, text=text) for piece in hypothesis.pieces[:1])
    return replace(hypothesis, pieces=pieces, **facts)  # type: ignore[arg-type]


def accounted(transcript: Transcript) -> float:
    trust = transcript.trust
    assert trust is not None
    return trust.in_words + trust.decoded_again + trust.unexplained


def test_what_is_said_is_written_with_its_times(tmp_path: Path) -> None:
    """Every word of the script is in the transcript, once, in order, at its time."""
    made = transcribe(tmp_path, FakeEngine(SCRIPT))
    assert [w.text for w in made.words] == [w.text for w in SCRIPT]
    assert [w.start for w in made.words] == pytest.approx([w.start for w in SCRIPT], abs=0.05)
    assert [s.text for s in made.segments] == [
        "Good morning everyone, let's start the meeting.",
        "We need two more days to prepare the release and to publish it.",
        "Thanks everyone, see you on Monday.",
    ]


def test_all_speech_is_accounted_for(tmp_path: Path) -> None:
    """The three classes of the trust report sum to the speech that was heard."""
    made = transcribe(tmp_path, FakeEngine(SCRIPT))
    assert made.trust is not None
    assert accounted(made) == pytest.approx(made.trust.speech, abs=1e-6)
    assert made.trust.unexplained == pytest.approx(0, abs=0.3)
    assert made.trust.coverage == pytest.approx(1, abs=0.05)


def test_deleted_words_are_found_and_decoded_again(tmp_path: Path) -> None:
    """Words that the first decoding drops come back from the second look at the gap."""

    def drop(window: Window, heard: Hypothesis, _: DecodeOptions) -> Hypothesis:
        if window.end - window.start < 3.5 or "We need" not in heard.text:
            return heard
        return say(heard, " We need it.")

    made = transcribe(tmp_path, FakeEngine(SCRIPT, drop))
    assert "two more days to prepare the release" in made.text
    assert made.trust is not None
    assert made.trust.decoded_again > 1
    assert any(look.accepted for look in made.trust.second_looks)
    assert accounted(made) == pytest.approx(made.trust.speech, abs=1e-6)


def test_words_that_stay_lost_are_reported_as_a_gap(tmp_path: Path) -> None:
    """Speech that no decoding gives words to is listed, and counted as unexplained."""

    def lose(window: Window, heard: Hypothesis, _: DecodeOptions) -> Hypothesis:
        kept = [word for word in heard.text.split() if word not in {w.text.strip() for w in THIRD}]
        return say(heard, " " + " ".join(kept)) if kept else replace(heard, pieces=())

    made = transcribe(tmp_path, FakeEngine(SCRIPT, lose))
    assert made.trust is not None
    assert made.trust.unexplained == pytest.approx(THIRD[-1].end - THIRD[0].start, abs=0.2)
    assert any(39 < gap.start < 41 for gap in made.trust.gaps)
    assert accounted(made) == pytest.approx(made.trust.speech, abs=1e-6)


def test_a_loop_is_decoded_again(tmp_path: Path) -> None:
    """A window that loops is asked again, and the clean text is kept with its story."""

    def loop(_: Window, heard: Hypothesis, options: DecodeOptions) -> Hypothesis:
        if options.no_repeat_ngram_size or "Thanks" not in heard.text:
            return heard
        return say(heard, " Thank you." * 40, finished=False)

    made = transcribe(tmp_path, FakeEngine(SCRIPT, loop))
    assert made.segments[-1].text == "Thanks everyone, see you on Monday."
    assert made.trust is not None
    assert [look.accepted for look in made.trust.second_looks] == ["no repeated phrases"]
    assert made.trust.decoded_again > 1
    assert made.trust.loops == ()


def test_a_loop_that_nothing_breaks_is_flagged(tmp_path: Path) -> None:
    """A loop that survives every remedy is kept, flagged, and its remedies are listed."""

    def loop(_: Window, heard: Hypothesis, __: DecodeOptions) -> Hypothesis:
        return say(heard, " Thank you." * 40) if "Thanks" in heard.text else heard

    made = transcribe(tmp_path, FakeEngine(SCRIPT, loop))
    assert made.trust is not None
    assert len(made.trust.loops) >= 1
    assert made.trust.second_looks[-1].accepted is None


def test_inserted_words_are_removed_on_plain_evidence(tmp_path: Path) -> None:
    """Text that the model itself doubts and hears no speech under is removed and reported."""

    def invent(_: Window, heard: Hypothesis, __: DecodeOptions) -> Hypothesis:
        if "Thanks" not in heard.text:
            return heard
        return say(heard, " Please subscribe.", avg_logprob=-1.8, no_speech_prob=0.95)

    made = transcribe(tmp_path, FakeEngine(SCRIPT, invent))
    assert "subscribe" not in made.text
    assert made.trust is not None
    assert [(found.text, found.removed) for found in made.trust.inventions] == [
        ("Please subscribe.", True)
    ]


def test_known_phrases_are_flagged_and_kept(tmp_path: Path) -> None:
    """A phrase that Whisper often invents is flagged, never deleted for that alone."""
    script = (*FIRST, *make_script("Thanks for watching.", 8.0))
    sound = make_noise(20, tmp_path)
    tools = Tools(FakeEngine(script), ScriptedDetector(speech_of(script)))
    made = run(sound, tools, PipelineOptions()).transcript
    assert made.text.endswith("Thanks for watching.")
    assert made.trust is not None
    assert [found.removed for found in made.trust.inventions] == [False]


def test_text_where_no_speech_was_heard_is_flagged(tmp_path: Path) -> None:
    """With everything decoded, text outside of heard speech is flagged."""
    script = (*FIRST, *make_script("Nobody ever said this sentence.", 45.0))
    sound = make_noise(60, tmp_path)
    tools = Tools(FakeEngine(script), ScriptedDetector(speech_of(FIRST)))
    made = run(sound, tools, PipelineOptions(vad=False)).transcript
    assert made.trust is not None
    assert [found.text for found in made.trust.inventions] == ["Nobody ever said this sentence."]


def test_low_confidence_is_listed(tmp_path: Path) -> None:
    """A run of unlikely words is listed with its time."""
    unlikely = tuple(replace(word, probability=0.2) for word in THIRD[:3])
    made = transcribe(tmp_path, FakeEngine((*FIRST, *SECOND, *unlikely, *THIRD[3:])))
    assert made.trust is not None
    assert [found.text for found in made.trust.doubts] == ["Thanks everyone, see"]


def test_the_same_input_gives_the_same_output(tmp_path: Path) -> None:
    """Two runs give equal segments and an equal trust report."""
    first = transcribe(tmp_path, FakeEngine(SCRIPT))
    second = transcribe(tmp_path, FakeEngine(SCRIPT))
    assert first.segments == second.segments
    assert first.trust == second.trust


def test_a_run_goes_on_from_its_stored_groups(tmp_path: Path) -> None:
    """Groups that are given back are not decoded again, and the text is the same."""
    events: list[Event] = []
    options = PipelineOptions(window=5)
    engine = FakeEngine(SCRIPT, info=replace(INFO, batch=1))
    whole = transcribe(tmp_path, engine, options, on_event=events.append)
    groups = [event.group for event in events if isinstance(event, Progressed)]
    assert len(groups) > 2
    again = FakeEngine(SCRIPT, info=replace(INFO, batch=1))
    resumed = transcribe(tmp_path, again, options, before=Before(groups[:-1]))
    assert resumed.segments == whole.segments
    assert {asked[0].start for asked in again.asked} == {
        reading.window.start for reading in groups[-1].readings
    }


def test_groups_of_another_size_are_not_taken_for_ones_own(tmp_path: Path) -> None:
    """Stored groups of a run with wider batches do not put wrong text into this one."""
    events: list[Event] = []
    options = PipelineOptions(window=2)
    wide = FakeEngine(SCRIPT, info=replace(INFO, batch=2))
    whole = transcribe(tmp_path, wide, options, on_event=events.append)
    groups = [event.group for event in events if isinstance(event, Progressed)]
    narrow = FakeEngine(SCRIPT, info=replace(INFO, batch=1))
    resumed = transcribe(tmp_path, narrow, options, before=Before(groups))
    assert resumed.segments == whole.segments


def test_groups_are_read_side_by_side_in_order(tmp_path: Path) -> None:
    """An engine that works on several batches at once gives the same transcript as one by one."""
    alone: list[Event] = []
    together: list[Event] = []
    options = PipelineOptions(window=3)
    one = FakeEngine(SCRIPT, info=replace(INFO, batch=1))
    many = FakeEngine(SCRIPT, info=replace(INFO, batch=1, parallel=4))
    first = transcribe(tmp_path, one, options, on_event=alone.append)
    second = transcribe(tmp_path, many, options, on_event=together.append)
    assert first.segments == second.segments
    assert first.trust == second.trust
    assert [e.done for e in together if isinstance(e, Progressed)] == [
        e.done for e in alone if isinstance(e, Progressed)
    ]


def test_an_error_in_one_group_ends_the_run(tmp_path: Path) -> None:
    """When a group fails while others are being read, its error comes through."""

    def fail(window: Window, heard: Hypothesis, _: DecodeOptions) -> Hypothesis:
        if window.start > 30:
            raise EngineError("broken on purpose")
        return heard

    engine = FakeEngine(SCRIPT, fail, info=replace(INFO, batch=1, parallel=4))
    with pytest.raises(EngineError, match="on purpose"):
        transcribe(tmp_path, engine, PipelineOptions(window=3))


def test_a_cancelled_run_stops_between_batches(tmp_path: Path) -> None:
    """Cancellation is seen between two batches, and raises Cancelled."""
    engine = FakeEngine(SCRIPT, info=replace(INFO, batch=1))
    options = PipelineOptions(window=5)
    with pytest.raises(Cancelled):
        transcribe(tmp_path, engine, options, cancelled=lambda: bool(engine.asked))
    assert len(engine.asked) == 1


def test_previous_text_reaches_the_next_window(tmp_path: Path) -> None:
    """When conditioned on previous text each window is told what was said before it."""
    engine = FakeEngine(SCRIPT)
    options = PipelineOptions(
        window=6, condition_on_previous_text=True, hotwords="Hansard", initial_prompt="A meeting."
    )
    transcribe(tmp_path, engine, options)
    prompts = [ask.prompt for _, ask, _ in engine.asked]
    assert prompts[0] == "Hansard A meeting."
    assert prompts[-1].startswith("Hansard A meeting. Good morning everyone")


def test_prompts_reach_every_window(tmp_path: Path) -> None:
    """The initial prompt and the hotwords do not end with the first window."""
    engine = FakeEngine(SCRIPT)
    transcribe(tmp_path, engine, PipelineOptions(window=5, initial_prompt="Emma, David."))
    assert len(engine.asked) > 2
    assert {ask.prompt for _, ask, _ in engine.asked} == {"Emma, David."}


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (PipelineOptions(patience=2.0), "patience"),
        (PipelineOptions(task="translate"), "translate"),
        (PipelineOptions(language="de"), "language"),
    ],
)
def test_what_an_engine_cannot_do_is_refused(
    tmp_path: Path, options: PipelineOptions, name: str
) -> None:
    """An option that the engine would ignore raises before any work, and is named."""
    engine = FakeEngine(SCRIPT)
    with pytest.raises(UnsupportedOptionError, match=name):
        transcribe(tmp_path, engine, options)
    assert engine.asked == []


def test_a_model_that_does_not_condition_refuses_to(tmp_path: Path) -> None:
    """Conditioning on previous text is refused for models that it leads astray."""
    engine = FakeEngine(SCRIPT, info=replace(INFO, conditions=False))
    with pytest.raises(UnsupportedOptionError, match="condition_on_previous_text"):
        transcribe(tmp_path, engine, PipelineOptions(condition_on_previous_text=True))


def test_without_word_times_pieces_become_segments(tmp_path: Path) -> None:
    """With word times off there are segments with the model's own times, and no words."""
    made = transcribe(tmp_path, FakeEngine(SCRIPT), PipelineOptions(word_timestamps=False))
    assert made.words == ()
    assert "Good morning everyone" in made.segments[0].text


def test_versions_and_metrics_say_how_it_was_made(tmp_path: Path) -> None:
    """Every result names its engine, options and cost."""
    made = transcribe(tmp_path, FakeEngine(SCRIPT))
    backend = made.versions["asr_backend"]
    assert backend["name"] == "fake"
    assert backend["decoding_params"]["beam_size"] == 5
    assert made.metrics["input_duration_seconds"] == 60
    assert {"rtf", "vad_coverage", "asr_confidence_avg"} <= set(made.metrics)


def test_silence_yields_an_empty_transcript(tmp_path: Path) -> None:
    """A recording without speech gives no text, and says that none was heard."""
    engine = FakeEngine(())
    tools = Tools(engine, ScriptedDetector(()))
    made = run(make_noise(5, tmp_path), tools, PipelineOptions()).transcript
    assert made.segments == ()
    assert made.trust is not None
    assert made.trust.summarise() == "no speech heard"
    assert engine.asked == []


def test_times_keep_to_the_recordings_clock(tmp_path: Path) -> None:
    """Words of a clip carry the times of the whole recording."""
    words: list[Word] = [replace(w, start=w.start + 100, end=w.end + 100) for w in FIRST]
    sound = replace(make_noise(20, tmp_path), start=95.0)
    tools = Tools(FakeEngine(words), ScriptedDetector(speech_of(words)))
    made = run(sound, tools, PipelineOptions()).transcript
    assert [w.start for w in made.words] == pytest.approx([w.start for w in words], abs=0.05)
