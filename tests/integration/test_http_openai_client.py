"""OpenAI's own client, synchronous and asynchronous, against the running service."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai.types.audio import (
    Transcription,
    TranscriptionTextDoneEvent,
    TranscriptionTextSegmentEvent,
    TranscriptionVerbose,
    TranslationVerbose,
)

from hansard import Options, Transcript, transcribe
from hansard.testing.checkpoints import Script, scripted_checkpoint
from hansard.testing.service import PATIENCE, RunningService, wait_for
from hansard.testing.sounds import repeat_sample
from hansard.work.demonstrate import find_sample

STANDUP, NOTE, PODCAST = (find_sample(name).path for name in ("standup", "note", "podcast"))
CROATIAN = Script(
    transcribe="Dobar dan svima, kako ste danas ovdje?",
    translate="Good day everyone, how are you doing?",
    languages={"hr": 0.6, "sr": 0.3},
    seconds=6.0,
)
pytestmark = pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
"""OpenAI's package calls its translations deprecated."""

CASES = Path(__file__).with_name("openai_cases.sh")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("openai")
    translator = scripted_checkpoint(folder / "croatian", CROATIAN)
    flags = ("--translation-model", str(translator), "--compute-type", "float32")
    with RunningService(folder, *flags) as running:
        yield running


@pytest.fixture
def client(service: RunningService) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{service.address}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def expected() -> Transcript:
    return transcribe(STANDUP, Options(model="demo", compute_type="float32"))


def flat(transcript: Transcript) -> str:
    return transcript.text.replace("\n", " ")


def test_json_is_what_the_same_call_gives_in_process(
    client: openai.OpenAI, expected: Transcript
) -> None:
    """The service's text is, word for word, that of the library."""
    made = client.audio.transcriptions.create(file=STANDUP, model="whisper-1")
    assert made.text == flat(expected)
    assert made.usage is not None
    assert made.usage.type == "duration"
    assert made.usage.seconds == pytest.approx(expected.duration, abs=0.01)
    Transcription.model_validate(made.model_dump())


def test_verbose_json_has_segments_and_words(client: openai.OpenAI, expected: Transcript) -> None:
    """Every field of OpenAI's types is there, with the times of the library."""
    made = client.audio.transcriptions.create(
        file=STANDUP,
        model="demo",
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
        language="en",
        temperature=0,
    )
    checked = TranscriptionVerbose.model_validate(made.model_dump())
    assert (checked.language, checked.text) == ("english", flat(expected))
    assert checked.segments is not None
    assert checked.words is not None
    assert [s.text for s in checked.segments] == [s.text for s in expected.segments]
    assert [w.word for w in checked.words] == [w.text.strip() for w in expected.words]
    assert checked.words[-1].end == pytest.approx(expected.words[-1].end, abs=0.02)
    assert all(segment.avg_logprob < 0 for segment in checked.segments)


def test_bare_formats_are_the_librarys_files(client: openai.OpenAI, expected: Transcript) -> None:
    """`srt` and `vtt` are the files that the library writes, and `text` is the text."""
    for kind in ("srt", "vtt"):
        made = client.audio.transcriptions.create(
            file=STANDUP, model="gpt-4o-transcribe", response_format=kind
        )
        assert made == expected.render(kind)
    text = client.audio.transcriptions.create(
        file=STANDUP, model="whisper-1", response_format="text"
    )
    assert text == flat(expected) + "\n"


def test_a_stream_begins_before_half_is_decoded(
    service: RunningService, client: openai.OpenAI, tmp_path: Path
) -> None:
    """Of five minutes, the first text comes before half is done, and all pieces are the text."""
    long = repeat_sample(STANDUP, 300, tmp_path)
    stream = client.audio.transcriptions.create(file=long, model="whisper-1", stream=True)
    with stream, service.client() as plain:
        events = iter(stream)
        first: Any = next(events)
        (task,) = plain.get("/v1/tasks").json()["tasks"]
        assert task["status"] == "PROCESSING_ASR"
        assert (task["progress"] or 0) < 0.5
        rest: list[Any] = list(events)
    said = [first, *rest[:-1]]
    assert {event.type for event in said} == {"transcript.text.delta"}
    done = TranscriptionTextDoneEvent.model_validate(rest[-1].model_dump(), strict=True)
    assert "".join(event.delta for event in said) == done.text
    assert len(said) >= 5


def test_a_stream_with_speakers_has_the_text_of_one_without(
    client: openai.OpenAI, expected: Transcript
) -> None:
    """Pieces of text come as without speakers; then segments that name them, and the end."""
    stream = client.audio.transcriptions.create(
        file=STANDUP,
        model="gpt-4o-transcribe-diarize",
        response_format="diarized_json",
        chunking_strategy="auto",
        stream=True,
        extra_body={"num_speakers": "3"},
    )
    with stream:
        events: list[Any] = list(stream)
    kinds = [event.type.removeprefix("transcript.text.") for event in events]
    said, segments = kinds.count("delta"), kinds.count("segment")
    assert kinds == ["delta"] * said + ["segment"] * segments + ["done"]
    assert events[-1].text == "".join(event.delta for event in events[:said]) == flat(expected)
    named = [TranscriptionTextSegmentEvent.model_validate(e.model_dump()) for e in events[said:-1]]
    assert {segment.speaker for segment in named} >= {"A", "B", "C"}
    assert " ".join(segment.text for segment in named) == flat(expected)


def test_the_asynchronous_client_works_side_by_side(
    service: RunningService, expected: Transcript
) -> None:
    """Calls and a stream at once are each answered with their own text."""

    async def stream(client: openai.AsyncOpenAI) -> str:
        said = ""
        events = await client.audio.transcriptions.create(
            file=STANDUP, model="gpt-4o-mini-transcribe", stream=True
        )
        async for event in events:
            if event.type == "transcript.text.delta":
                said += event.delta
        return said

    async def main() -> list[str]:
        async with openai.AsyncOpenAI(
            base_url=f"{service.address}/v1", api_key="none", max_retries=0
        ) as client:
            calls = [
                client.audio.transcriptions.create(file=name, model="whisper-1")
                for name in (STANDUP, NOTE)
            ]
            streamed, *made = await asyncio.gather(stream(client), *calls)
            return [streamed, *(one.text for one in made)]

    streamed, standup, note = asyncio.run(main())
    assert streamed == standup == flat(expected)
    assert note == flat(transcribe(NOTE, Options(model="demo", compute_type="float32")))


def test_translations_are_english(client: openai.OpenAI) -> None:
    """The translation model writes English, in each format, and says so."""
    plain = client.audio.translations.create(file=NOTE, model="whisper-1")
    assert plain.text == CROATIAN.translate
    verbose = client.audio.translations.create(
        file=NOTE, model="whisper-1", response_format="verbose_json", prompt="Names", temperature=0
    )
    assert verbose.language == "english"
    TranslationVerbose.model_validate(verbose.model_dump())
    srt = client.audio.translations.create(file=NOTE, model="whisper-1", response_format="srt")
    assert "Good day everyone" in srt


def test_options_reach_the_model(client: openai.OpenAI) -> None:
    """Prompt, keywords, temperature, chunking and batch are taken; the transcript says so."""
    made = client.audio.transcriptions.create(
        file=NOTE,
        model="gpt-transcribe",
        prompt="A note.",
        keywords=["standup"],
        temperature=0.2,
        chunking_strategy={"type": "server_vad", "threshold": 0.4, "prefix_padding_ms": 200},
        extra_body={"batch_size": "4", "beam_size": "1", "timestamp_type": "word"},
    )
    assert made.text
    assert made.languages is not None
    assert made.languages[0].code == "en"
    assert made.model_extra
    assert made.model_extra["words"][0]["start"] >= 0


def test_what_cannot_be_done_is_said_in_openais_errors(client: openai.OpenAI) -> None:
    """A wrong model, a wrong file, a wrong format, and a model that cannot translate."""
    with pytest.raises(openai.NotFoundError) as missing:
        client.audio.transcriptions.create(file=NOTE, model="owner/not-here")
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.BadRequestError, match="Invalid file format"):
        client.audio.transcriptions.create(file=("talk.mp3", b"no talk"), model="whisper-1")
    with pytest.raises(openai.BadRequestError, match="no place for speakers"):
        client.audio.transcriptions.create(
            file=NOTE, model="whisper-1", extra_body={"diarize": "true"}
        )
    with pytest.raises(openai.BadRequestError, match="cannot translate"):
        client.audio.translations.create(file=NOTE, model="demo")


def test_a_durable_call_is_a_task_with_every_format(service: RunningService) -> None:
    """`async=true` answers with a task whose files can be fetched when it is complete."""
    with service.client() as plain, NOTE.open("rb") as file:
        answer = plain.post(
            "/v1/audio/transcriptions?async=true",
            files={"file": ("note.ogg", file)},
            data={"model": "whisper-1"},
        )
        assert answer.status_code == httpx2.codes.ACCEPTED
        links = answer.json()["links"]
        assert wait_for(plain, answer.json()["task_id"])["status"] == "COMPLETE"
        srt = plain.get(links["files"].format(name="transcript.srt"))
        assert srt.text.startswith("1\n00:00:")
        plain.delete(links["cancel"])


def test_the_eight_cases_pass(service: RunningService) -> None:
    """The script of the eight cases, with curl, finds all of them right."""
    done = subprocess.run(
        ["sh", CASES, service.address, NOTE, PODCAST], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + service.tail()
    assert done.stdout.count("ok    ") == 8


def test_answered_calls_leave_nothing(service: RunningService, client: openai.OpenAI) -> None:
    """After its answer a call's job, upload and result are gone."""
    client.audio.transcriptions.create(file=NOTE, model="whisper-1")
    deadline = time.monotonic() + PATIENCE
    with service.client() as plain:
        while plain.get("/v1/tasks").json()["tasks"] and time.monotonic() < deadline:
            time.sleep(0.05)
        assert plain.get("/v1/tasks").json()["tasks"] == []
