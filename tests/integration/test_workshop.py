"""Models that stay loaded: shared, evicted, refused; the Python library as people use it."""

import io
import logging
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from hansard import HansardError, Options, Transcriber, transcribe
from hansard.errors import Cancelled, DoesNotFitError, UnknownNameError
from hansard.pipeline import Event, Planned, Progressed, Staged
from hansard.wiring.machine import used_memory
from hansard.wiring.workshop import LocalWorkshop, choose_model
from hansard.work.demonstrate import find_sample

NOTE = find_sample("note")


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(model="demo", offline=True, data_dir=tmp_path)


def test_a_path_or_a_stream_becomes_a_transcript(options: Options) -> None:
    """The library takes a string, a path and a binary file, and gives the same text."""
    texts = {
        transcribe(str(NOTE.path), options).text,
        transcribe(NOTE.path, options).text,
        transcribe(io.BytesIO(NOTE.path.read_bytes()), options).text,
    }
    assert len(texts) == 1
    assert texts.pop().replace("\n", " ") == NOTE.text


def test_a_transcript_saves_itself(options: Options, tmp_path: Path) -> None:
    """The suffix names the format; an unknown one is refused and nothing is written."""
    made = transcribe(NOTE.path, options)
    assert made.save(tmp_path / "a.srt").read_text().startswith("1\n00:00:00")
    with pytest.raises(UnknownNameError):
        made.save(tmp_path / "a.docx")
    assert not (tmp_path / "a.docx").exists()


def test_model_and_language_have_names_of_their_own(options: Options) -> None:
    """The two options that everybody sets can be given beside the others."""
    made = transcribe(NOTE.path, replace(options, model=None), model="demo", language="English")
    assert made.language == "en"
    assert made.versions["model"]["name"] == "demo"


def test_events_tell_the_stages(options: Options) -> None:
    """A listener hears each stage, the plan, and the groups as they finish."""
    events: list[Event] = []
    with Transcriber(options) as transcriber:
        transcriber.transcribe(NOTE.path, on_event=events.append)
    stages = [event.stage for event in events if isinstance(event, Staged)]
    assert stages == ["reading", "loading the model", "listening for speech", "transcribing"]
    assert [type(event) for event in events if not isinstance(event, Staged)] == [
        Planned,
        Progressed,
    ]


def test_a_transcriber_aligns_and_tells_turns(options: Options) -> None:
    """Times for a text, again for a changed line only, and turns without a transcript."""
    with Transcriber(options) as transcriber:
        aligned = transcriber.align(NOTE.path, NOTE.text)
        words = aligned.transcript.words
        assert all(word.start < word.end for word in words)
        assert aligned.report.matched == len(words)
        again = transcriber.align(NOTE.path, aligned.transcript)
        assert again.transcript.words == words
        turns = transcriber.diarise(NOTE.path).turns
    assert {turn.speaker for turn in turns} == {"SPEAKER_00"}
    assert turns[0].start < words[0].end


def test_a_call_can_be_cancelled(options: Options) -> None:
    """A caller that says stop gets Cancelled."""
    with Transcriber(options) as transcriber, pytest.raises(Cancelled):
        transcriber.transcribe(NOTE.path, cancelled=lambda: True)


def test_concurrent_callers_share_one_model(
    options: Options, caplog: pytest.LogCaptureFixture
) -> None:
    """Four threads load the model once, and all get the same text."""
    caplog.set_level(logging.INFO, logger="hansard.models.residency")
    texts: list[str] = []
    with Transcriber(options) as transcriber:

        def work() -> None:
            texts.append(transcriber.transcribe(NOTE.path).text)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(texts) == 4
    assert len(set(texts)) == 1
    assert (
        sum("loaded model" in r.message and "unloaded" not in r.message for r in caplog.records)
        == 1
    )


def test_models_stay_for_the_next_call(options: Options) -> None:
    """The resident policy keeps a model; the sequential one unloads it after use."""
    workshop = LocalWorkshop(options)
    with workshop.lend(options):
        pass
    assert len(workshop.residents.residents()) == 1
    workshop.close()
    frugal = replace(options, residency="sequential")
    workshop = LocalWorkshop(frugal)
    with workshop.lend(frugal):
        assert len(workshop.residents.residents()) == 1
    assert workshop.residents.residents() == ()
    workshop.close()


def test_what_cannot_fit_is_refused_before_loading(options: Options) -> None:
    """A model beyond the budget is refused with the numbers, not tried."""
    tight = replace(options, memory_budget_mb=1)
    workshop = LocalWorkshop(tight)
    with pytest.raises(DoesNotFitError, match="MB"), workshop.lend(tight):
        pass
    workshop.close()


def test_the_default_model_is_a_real_one(options: Options) -> None:
    """Without a name the device and the task decide, and the demo model is never a fall-back."""
    cpu = replace(options, model=None, device="cpu")
    assert choose_model(cpu) == "small"
    assert choose_model(replace(cpu, task="translate")) == "medium"
    assert choose_model(replace(cpu, cpu_model="base")) == "base"
    with pytest.raises(HansardError, match="small") as caught:
        transcribe(NOTE.path, cpu)
    assert "--model demo" in caught.value.hint


def test_two_runs_are_equal(options: Options) -> None:
    """At temperature 0 the same recording gives the same segments and trust report."""
    first = transcribe(NOTE.path, options)
    second = transcribe(NOTE.path, options)
    assert first.segments == second.segments
    assert first.trust == second.trust


def test_versions_are_enough_to_make_it_again(options: Options) -> None:
    """A result names program, engine, model digest, precision and every decoding option."""
    made = transcribe(NOTE.path, options)
    backend = made.versions["asr_backend"]
    assert made.versions["hansard"]
    assert len(backend["checkpoint_hash"]) == 64
    assert backend["compute_type"].startswith("int8")
    assert backend["decoding_params"]["vad_threshold"] == 0.5
    assert made.metrics["attempts"] == []


def test_many_calls_do_not_grow_memory(options: Options) -> None:
    """After a warm-up, thirty more calls keep the memory of the process where it was."""
    with Transcriber(options) as transcriber:
        for _ in range(5):
            transcriber.transcribe(NOTE.path)
        before = used_memory()
        for _ in range(30):
            transcriber.transcribe(NOTE.path)
    assert used_memory() - before < 32 * 2**20


def test_short_recordings_get_all_threads(options: Options) -> None:
    """One window gets a model with one worker, unless only one with several is loaded."""
    wide = replace(options, device="cpu", threads=2)
    workshop = LocalWorkshop(wide)
    with workshop.lend(wide, 10.0) as lent:
        assert lent.tools.engine.info.parallel == 1
    with workshop.lend(wide, 600.0) as lent:
        assert lent.tools.engine.info.parallel == 2
    with workshop.lend(wide, 10.0) as lent:
        assert lent.tools.engine.info.parallel == 1
    with workshop.lend(replace(wide, workers=2), 10.0) as lent:
        assert lent.tools.engine.info.parallel == 2
    assert len(workshop.residents.residents()) == 2
    workshop.close()
    other = LocalWorkshop(wide)
    for sound in (600.0, 10.0):
        with other.lend(wide, sound) as lent:
            assert lent.tools.engine.info.parallel == 2
    other.close()
