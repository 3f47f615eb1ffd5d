"""Clips and channels of a job are decoded in media children, and told to the model host."""

import asyncio
import json
import sys
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hansard.audio.foreign import Nursery
from hansard.audio.options import AudioOptions
from hansard.jobs.attempt import Attempt, Tools
from hansard.jobs.host import Host
from hansard.jobs.ledger import Claimant
from hansard.jobs.options import ServiceOptions
from hansard.jobs.sqlite import SqliteLedger
from hansard.jobs.threads import Threads
from hansard.jobs.tracing import Tracer
from hansard.jobs.values import Job, Media, State
from hansard.storage.folder import FolderStore
from hansard.storage.names import media_key, reference_key

GONE = b""
"""Stands for a clip that is not in the store any more."""
JOB = "0f8fad5b-d9cb-469f-a165-70867728950e"
HOST = """
import json, os, sys, wave
def say(**facts): print(json.dumps(facts), flush=True)
for line in sys.stdin:
    said = json.loads(line)
    if said["do"] == "begin": say(**{"is": "ready", "facts": {}})
    elif said["do"] == "run":
        sounds = [said["sound"], *said.get("channels", []),
                  *(one["sound"] for one in said.get("references", []))]
        said["there"] = [os.path.getsize(one["path"]) for one in sounds]
        with open(os.path.join(os.path.dirname(__file__), "order.json"), "w") as file:
            json.dump(said, file)
        result = {"key": "k", "sha256": "", "size": 0}
        say(**{"is": "done", "job": said["job"], "result": result})
"""


def sound(path: Path, seconds: float, channels: int = 1) -> bytes:
    """A WAV of tones, another one on each channel."""
    clock = np.arange(round(seconds * 8000)) / 8000
    tones = [np.sin(2 * np.pi * 200 * (n + 1) * clock) for n in range(channels)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((np.stack(tones, axis=1) * 9999).astype("<i2").tobytes())
    return path.read_bytes()


class Site:
    """A store, a ledger, and a host that writes down what it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = FolderStore(folder / "store")
        (folder / "host.py").write_text(HOST)

    def run(
        self, media: bytes, *clips: tuple[str, bytes], operator: bool = False, **asked: Any
    ) -> Job:
        """One attempt at a job that brings all this."""
        self.store.put(media_key(JOB), media)
        for number, (_, clip) in enumerate(clips):
            if clip != GONE:
                self.store.put(reference_key(JOB, number), clip)
        told = [{"name": name, "sha256": ""} for name, _ in clips]
        request = {"options": asked} | ({"references": told} if told else {})
        job = Job(id=JOB, kind="transcribe", owner="ann", request=request)
        return asyncio.run(self._attempt(job, operator=operator))

    async def _attempt(self, job: Job, *, operator: bool) -> Job:
        ledger = SqliteLedger(self.folder / "ledger.sqlite3")
        tools = Tools(
            ledger=ledger,
            store=self.store,
            host=Host([sys.executable, "-I", str(self.folder / "host.py")], {}),
            media=Nursery(),
            threads=Threads(),
            options=ServiceOptions(),
            audio=AudioOptions(),
            tracer=Tracer(),
            ring=lambda _: None,
            scratch=self.folder / "scratch",
            channel_speakers=operator,
        )
        try:
            ledger.submit(replace(job, media=Media(key=media_key(JOB))), most_queued=1)
            claimed = ledger.claim(Claimant(worker="test", slots=1))
            assert claimed is not None
            ended = await Attempt(claimed, tools).run()
            assert ended is not None
            assert list((self.folder / "scratch").iterdir()) == []
            return ended
        finally:
            await tools.host.close()
            await tools.media.close()
            tools.threads.close()
            ledger.close()

    @property
    def order(self) -> dict[str, Any]:
        """What the host was told."""
        told: dict[str, Any] = json.loads((self.folder / "order.json").read_text())
        return told


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_clips_are_decoded_and_handed_to_the_host(site: Site, tmp_path: Path) -> None:
    """Each clip is a Sound of its own beside the recording, under its name, in order."""
    clips = [(name, sound(tmp_path / f"{n}.wav", n)) for name, n in (("Ana", 3), ("Zoë", 5))]
    ended = site.run(sound(tmp_path / "talk.wav", 8), *clips, clip="1-4", diarize=True)
    assert ended.state is State.COMPLETE
    assert [one["name"] for one in site.order["references"]] == ["Ana", "Zoë"]
    lengths = [one["sound"]["samples"] / 16_000 for one in site.order["references"]]
    assert lengths == pytest.approx([3, 5], abs=0.05)
    assert site.order["sound"]["samples"] / 16_000 == pytest.approx(3, abs=0.05)
    assert "channels" not in site.order
    assert all(size > 90_000 for size in site.order["there"])


@pytest.mark.parametrize(("seconds", "said"), [(0.3, "0.3 s long"), (11.0, "11.0 s long")])
def test_a_clip_of_the_wrong_length_fails_the_job(
    site: Site, tmp_path: Path, seconds: float, said: str
) -> None:
    """Too little tells nothing of a voice, and too much is no clip; the name is told."""
    clip = sound(tmp_path / "clip.wav", seconds)
    ended = site.run(sound(tmp_path / "talk.wav", 3), ("Ana", clip))
    assert ended.failure is not None
    assert (ended.failure.code, ended.failure.retry) == ("voice", "permanent")
    assert f"the clip of Ana is {said}" in ended.failure.message


def test_a_clip_that_is_no_recording_fails_the_job(site: Site, tmp_path: Path) -> None:
    """Whatever a clip holds, the job ends with an error that names it."""
    ended = site.run(sound(tmp_path / "talk.wav", 3), ("Ana", b"no sound, just text"))
    assert ended.failure is not None
    assert ended.failure.code == "voice"
    assert "clip of Ana" in ended.failure.message
    assert ended.failure.hint


def test_a_job_whose_clips_are_gone_says_so(site: Site, tmp_path: Path) -> None:
    """A job that is begun anew after its clips were removed asks for them again."""
    ended = site.run(sound(tmp_path / "talk.wav", 3), ("Ana", GONE))
    assert ended.failure is not None
    assert "the clip of Ana is gone" in ended.failure.message
    assert "submit the recording again" in ended.failure.hint


def test_channels_that_are_speakers_are_decoded_each(site: Site, tmp_path: Path) -> None:
    """Beside the mixture every channel is a Sound, as the job says, else the operator."""
    call = sound(tmp_path / "call.wav", 3, channels=2)
    for asked, operator, count in (
        ({"channel_speakers": True}, False, 2),
        ({}, True, 2),
        ({"channel_speakers": False}, True, 0),
    ):
        assert site.run(call, operator=operator, **asked).state is State.COMPLETE
        assert len(site.order.get("channels", [])) == count
        paths = {one["path"] for one in [site.order["sound"], *site.order.get("channels", [])]}
        assert len(paths) == count + 1
        for left in tmp_path.glob("ledger.sqlite3*"):
            left.unlink()


@pytest.mark.parametrize(
    ("channels", "asked", "code"),
    [(1, {}, "media_limit"), (2, {"channel": "left"}, "usage")],
)
def test_channels_that_cannot_be_speakers_fail_the_job(
    site: Site, tmp_path: Path, channels: int, asked: dict[str, Any], code: str
) -> None:
    """One channel, too many, or one that was chosen."""
    call = sound(tmp_path / "call.wav", 3, channels=channels)
    ended = site.run(call, channel_speakers=True, **asked)
    assert ended.failure is not None
    assert ended.failure.code == code
