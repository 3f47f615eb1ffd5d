"""Speakers through both HTTP interfaces: what is asked, stored, streamed, answered and forgotten.

Without a model where the doors are looked at (the test says what a worker would), with a service of
real processes where speakers are told apart.
"""

import base64
import io
import wave
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import openai
import pytest
from openai.types.audio import (
    TranscriptionDiarized,
    TranscriptionTextDoneEvent,
    TranscriptionTextSegmentEvent,
)
from openai_bench import Bench, said, serving, wait_until

from hansard.errors import VoiceError
from hansard.storage.names import reference_key
from hansard.testing.service import RunningService, submit, wait_for
from hansard.transcript import Segment, Transcript
from hansard.transcript.formats import read
from hansard.work.demonstrate import find_sample

pytestmark = pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
"""OpenAI's package calls its translations deprecated."""

NOTE, STANDUP = find_sample("note").path, find_sample("standup")
NEAR = 0.3
"""Seconds by which a word's time may be off."""


def data_url(content: bytes) -> str:
    """A clip as OpenAI's clients send it."""
    return "data:audio/wav;base64," + base64.b64encode(content).decode()


def clip_of(speaker: str, number: int = 0) -> bytes:
    """A WAV of one sentence of the stand-up."""
    line = [segment for segment in STANDUP.segments if segment.speaker == speaker][number]
    with wave.open(str(STANDUP.path)) as source:
        rate = source.getframerate()
        source.setpos(round(line.start * rate))
        frames = source.readframes(round((line.end - line.start) * rate))
        shape = source.getparams()
    target = io.BytesIO()
    with wave.open(target, "wb") as copy:
        copy.setparams(shape)
        copy.writeframes(frames)
    return target.getvalue()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with serving(tmp_path_factory.mktemp("bench")) as running:
        yield running


@pytest.fixture
def client(bench: Bench) -> Iterator[openai.OpenAI]:
    with bench.client(max_retries=0) as client:
        yield client


@pytest.fixture
def calls() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def ask(calls: ThreadPoolExecutor, client: openai.OpenAI, **asked: Any) -> Future[Any]:
    """A transcription with speakers that is under way."""
    asked = {
        "model": "gpt-4o-transcribe-diarize", "file": NOTE, "response_format": "diarized_json",
        "chunking_strategy": "auto",
    } | asked  # fmt: skip
    return calls.submit(lambda: client.audio.transcriptions.create(**asked))


def spoken(*speakers: str | None) -> Transcript:
    """A transcript of one sentence a speaker."""
    plain = said(*(f"Sentence {number}." for number in range(len(speakers))))
    segments = zip(plain.segments, speakers, strict=True)
    return replace(plain, segments=tuple(replace(one, speaker=who) for one, who in segments))


def test_speakers_are_letters_or_known_names(
    bench: Bench, client: openai.OpenAI, calls: ThreadPoolExecutor
) -> None:
    """OpenAI's client gets its own type: names of the known, letters for strangers."""
    answer = ask(
        calls, client, known_speaker_names=["Ana"],
        known_speaker_references=[data_url(b"RIFF, a clip")], extra_body={"num_speakers": "3"},
    )  # fmt: skip
    job = bench.claim()
    assert job.request["options"] == {"vad": True, "diarize": True, "num_speakers": 3}
    bench.finish(job, spoken("SPEAKER_00", "Ana", None, "SPEAKER_01", "SPEAKER_00"))
    found = TranscriptionDiarized.model_validate(answer.result().model_dump(), strict=True)
    assert [segment.speaker for segment in found.segments] == ["A", "Ana", "unknown", "B", "A"]
    assert found.segments[1].text == "Sentence 1."
    assert found.text == "Sentence 0. Sentence 1. Sentence 2. Sentence 3. Sentence 4."


def test_clips_lie_in_the_store_until_the_answer(
    bench: Bench, client: openai.OpenAI, calls: ThreadPoolExecutor
) -> None:
    """Clips are kept under the job, in order, not in the ledger, and are gone with it."""
    wait_until(lambda: bench.left() == [])
    clips = [bytes(1_900_000), b"\x00\x01second"]
    answer = ask(
        calls, client, known_speaker_names=["Ana", "Zoë"],
        known_speaker_references=[data_url(clip) for clip in clips],
    )  # fmt: skip
    job = bench.claim()
    assert [bench.store.read(reference_key(job.id, n)) for n in range(2)] == clips
    assert [told["name"] for told in job.request["references"]] == ["Ana", "Zoë"]
    assert {len(told["sha256"]) for told in job.request["references"]} == {64}
    assert len(str(job.request)) < 1000
    bench.finish(job, spoken("Ana"))
    answer.result()
    wait_until(lambda: bench.left() == [])


def test_a_clip_that_teaches_nothing_is_the_clients_mistake(
    bench: Bench, client: openai.OpenAI, calls: ThreadPoolExecutor
) -> None:
    """What the worker finds wrong with a clip comes back as 400, and nothing is left."""
    answer = ask(
        calls, client, known_speaker_names=["Ana"], known_speaker_references=[data_url(b"x")]
    )
    bench.fail(bench.claim(), VoiceError("the clip of Ana is 0.3 s long", hint="2 to 10 s"))
    with pytest.raises(openai.BadRequestError, match="clip of Ana") as caught:
        answer.result()
    assert caught.value.code == "voice"
    wait_until(lambda: bench.left() == [])


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"known_speaker_names": ["Ana"]}, "known_speaker_references"),
        ({"known_speaker_names": ["Ana"], "known_speaker_references": ["https://x.org/a.wav"]},
         "known_speaker_references"),
        ({"known_speaker_names": ["Ana"], "known_speaker_references": [data_url(b"")]},
         "known_speaker_references"),
        ({"known_speaker_names": list("ABCDE"),
          "known_speaker_references": [data_url(b"x")] * 5}, "known_speaker_names"),
        ({"extra_body": {"speaker_engine": "nobody"}}, "speaker_engine"),
        ({"extra_body": {"num_speakers": "many"}}, "num_speakers"),
        ({"response_format": "json", "extra_body": {"diarize": "true"}}, "diarize"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_before_it_becomes_a_job(
    bench: Bench, client: openai.OpenAI, asked: dict[str, Any], param: str
) -> None:
    """OpenAI's client is told which parameter is wrong, and nothing is kept."""
    made = {
        "model": "whisper-1", "file": NOTE, "response_format": "diarized_json",
    } | asked  # fmt: skip
    with pytest.raises(openai.BadRequestError) as caught:
        client.audio.transcriptions.create(**made)
    assert caught.value.param == param
    wait_until(lambda: bench.left() == [])


def test_more_than_four_large_clips_are_not_read(bench: Bench, client: openai.OpenAI) -> None:
    """A field that is larger than all clips together may be is cut off while it comes."""
    with pytest.raises(openai.APIStatusError) as caught:
        client.audio.transcriptions.create(
            model="whisper-1",
            file=NOTE,
            response_format="diarized_json",
            known_speaker_names=["Ana"],
            known_speaker_references=["data:audio/wav;base64," + "A" * 26_000_000],
        )
    assert caught.value.status_code == httpx2.codes.CONTENT_TOO_LARGE
    wait_until(lambda: bench.left() == [])


def test_a_stream_tells_speakers_when_all_was_heard(
    bench: Bench, client: openai.OpenAI, calls: ThreadPoolExecutor
) -> None:
    """Text comes early and never changes; segments with their speakers follow, then the end."""
    opened = ask(calls, client, stream=True)
    job = bench.claim()
    bench.say(job, "Sentence 0.")
    stream = iter(opened.result())
    first = next(stream)
    assert (first.type, first.delta) == ("transcript.text.delta", "Sentence 0.")
    halves = Transcript(
        segments=(
            Segment(id=0, text="Sentence 0.", start=0, end=1, speaker="SPEAKER_00"),
            Segment(id=1, text="Sen", start=1, end=2, speaker="SPEAKER_00"),
            Segment(id=2, text="tence 1.", start=2, end=3, speaker="Ana", continues=True),
        ),
        duration=3.0,
    )
    bench.finish(job, halves)
    events = list(stream)
    kinds = [event.type.removeprefix("transcript.text.") for event in events]
    assert kinds == ["delta", "segment", "segment", "segment", "done"]
    segments = [TranscriptionTextSegmentEvent.model_validate(e.model_dump()) for e in events[1:4]]
    assert [segment.speaker for segment in segments] == ["A", "A", "Ana"]
    assert [segment.id for segment in segments] == ["seg_001", "seg_002", "seg_003"]
    done = TranscriptionTextDoneEvent.model_validate(events[-1].model_dump())
    assert first.delta + events[0].delta == done.text == "Sentence 0. Sen tence 1."
    wait_until(lambda: bench.left() == [])


def test_verbose_json_and_subtitles_have_speakers(
    bench: Bench, client: openai.OpenAI, calls: ThreadPoolExecutor
) -> None:
    """Words and segments of verbose JSON name their speaker, and so do cues."""
    answer = ask(
        calls, client, model="whisper-1", response_format="verbose_json",
        timestamp_granularities=["word", "segment"], extra_body={"diarize": "true"},
    )  # fmt: skip
    bench.finish(bench.claim(), spoken("SPEAKER_00", None))
    found = answer.result()
    assert [segment.model_extra["speaker"] for segment in found.segments] == ["SPEAKER_00", None]
    assert all("speaker" in word.model_extra for word in found.words)
    answer = ask(calls, client, response_format="srt")
    bench.finish(bench.claim(), spoken("SPEAKER_00", "Ana"))
    assert "SPEAKER_00" in answer.result()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with RunningService(tmp_path_factory.mktemp("speakers")) as running:
        yield running


def result_of(client: httpx2.Client, task: str) -> Transcript:
    """The transcript of a task that must end well."""
    status = wait_for(client, task)
    assert status["status"] == "COMPLETE", status["error"]
    answer = client.get(f"/v1/tasks/{task}/files/transcript.json").raise_for_status()
    client.delete(f"/v1/tasks/{task}")
    return read(answer.text, "json")


def shares(found: Transcript) -> dict[str, dict[str | None, float]]:
    """Of each person's true speech, which share each label has; by words."""
    told: dict[str, dict[str | None, float]] = {}
    for word in found.words:
        middle = (word.start + word.end) / 2
        for line in STANDUP.segments:
            if line.speaker and line.start <= middle <= line.end:
                mine = told.setdefault(line.speaker, {})
                who = word.speakers[0] if word.speakers else None
                mine[who] = mine.get(who, 0) + 1
    return {p: {w: n / sum(t.values()) for w, n in t.items()} for p, t in told.items()}


def test_a_job_says_who_spoke(service: RunningService) -> None:
    """The job interface tells three people apart, word by word, and its text stays the same."""
    with service.client() as client:
        plain = result_of(client, submit(client, STANDUP.path))
        found = result_of(
            client, submit(client, STANDUP.path, enable_diarization="true", num_speakers="3")
        )
    assert found.text == plain.text
    assert len(found.speakers) == 3
    assert found.turns
    best = {person: max(told, key=lambda who: told[who]) for person, told in shares(found).items()}
    assert len(set(best.values())) == 3
    assert min(max(told.values()) for told in shares(found).values()) > 0.8


def test_known_speakers_are_called_by_name(service: RunningService) -> None:
    """Of three people two are known by a clip each; the third stays a letter."""
    with openai.OpenAI(base_url=f"{service.address}/v1", api_key="none", max_retries=0) as client:
        found: Any = client.audio.transcriptions.create(
            file=STANDUP.path,
            model="gpt-4o-transcribe-diarize",
            response_format="diarized_json",
            chunking_strategy="auto",
            known_speaker_names=["David", "Maria"],
            known_speaker_references=[data_url(clip_of("David")), data_url(clip_of("Maria", 1))],
            extra_body={"num_speakers": "3"},
        )
    checked = TranscriptionDiarized.model_validate(found.model_dump(), strict=True)
    right = [
        line.speaker == (segment.speaker if segment.speaker != "A" else "Emma")
        for segment in checked.segments
        for line in STANDUP.segments
        if line.start <= (segment.start + segment.end) / 2 <= line.end
    ]
    assert {segment.speaker for segment in checked.segments} >= {"David", "Maria", "A"}
    assert sum(right) > 0.8 * len(right)


@pytest.mark.parametrize(
    ("clip", "why"),
    [
        (clip_of("David")[: 44 + 16_000], "s long"),
        (b"this is no recording at all", "no voice can be learnt"),
    ],
    ids=["short", "text"],
)
def test_clips_are_foreign_media(service: RunningService, clip: bytes, why: str) -> None:
    """A clip that is too short or no recording is refused with the name that it came with."""
    with openai.OpenAI(base_url=f"{service.address}/v1", api_key="none", max_retries=0) as client:
        with pytest.raises(openai.BadRequestError, match=why) as caught:
            client.audio.transcriptions.create(
                file=NOTE,
                model="whisper-1",
                response_format="diarized_json",
                known_speaker_names=["David"],
                known_speaker_references=[data_url(clip)],
            )
        assert "clip of David" in str(caught.value)


def test_channels_are_speakers(service: RunningService, tmp_path: Path) -> None:
    """In a recording of two channels each is one speaker, whatever the voices."""
    lines = [clip_of("David"), clip_of("David", 1)]
    parts = [np.frombuffer(line[44:], "<i2") for line in lines]
    rest = [np.zeros(len(part), "<i2") for part in parts]
    left, right = np.concatenate([parts[0], rest[1]]), np.concatenate([rest[0], parts[1]])
    with wave.open(str(tmp_path / "call.wav"), "wb") as file, wave.open(str(STANDUP.path)) as like:
        file.setparams(like.getparams()._replace(nchannels=2))
        file.writeframes(np.stack([left, right], axis=1).tobytes())
    with service.client() as client:
        found = result_of(client, submit(client, tmp_path / "call.wav", channel_speakers="true"))
        task = submit(client, STANDUP.path, channel_speakers="true")
        mono = wait_for(client, task)
        client.delete(f"/v1/tasks/{task}")
    middle = len(parts[0]) / (len(left) or 1) * found.duration
    places = [(word.speakers, (word.start + word.end) / 2) for word in found.words]
    told = {(who, place > middle) for who, place in places if abs(place - middle) > NEAR}
    assert told == {(("SPEAKER_00",), False), (("SPEAKER_01",), True)}
    assert mono["error_code"] == "media_limit"


def test_an_engine_that_is_not_installed_cannot_be_named(service: RunningService) -> None:
    """The job interface refuses it by name before the recording is kept."""
    with service.client() as client:
        before = client.get("/v1/tasks").json()["tasks"]
        with NOTE.open("rb") as file:
            answer = client.post(
                "/v1/process", files={"file": file}, data={"speaker_engine": "nobody"}
            )
        assert answer.json()["error_code"] == "unknown_name"
        assert client.get("/v1/tasks").json()["tasks"] == before
