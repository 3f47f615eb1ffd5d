"""Ordered work: checkpoints in a store, text told as it settles, one run for each lease."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hansard.errors import (
    Cancelled,
    ModelDamagedError,
    UnknownNameError,
    UnsupportedOptionError,
)
from hansard.models.alignment import Aligner
from hansard.models.engines.fake import INFO, FakeEngine
from hansard.models.vocals import VocalIsolator
from hansard.pipeline import Tools
from hansard.storage.folder import FolderStore
from hansard.testing.sounds import ScriptedDetector, make_noise, make_script, speech_of
from hansard.testing.voices import ScriptedSpeakers, direction
from hansard.transcript import Transcript, Turn, formats
from hansard.work.heard import Heard, Reference
from hansard.work.lending import Lent, SpeakersLent, WriterLent, Writing
from hansard.work.options import TranscribeOptions, WorkOptions, WriteOptions
from hansard.work.orders import carry_out
from hansard.work.writing_up import Means, Order
from hansard.writing.forms.shelf import Shelf

if TYPE_CHECKING:
    from hansard.models.llm import LanguageModel

JOB = "0b6b9f0e-7c1c-4f0a-9d42-6c1d1f6ad6c5"
SCRIPT = tuple(
    word
    for start in (1.0, 40.0, 80.0)
    for word in make_script("Good morning everyone. We go on with the plan.", start)
)
TURNS = (
    Turn(speaker="SPEAKER_00", start=0.5, end=42.0),
    Turn(speaker="SPEAKER_01", start=42.0, end=99.0),
)
TEXT = " ".join(["Good morning everyone. We go on with the plan."] * 3)


class Bench:
    """A workshop with a scripted engine, a store, and an ear for what is told."""

    def __init__(self, folder: Path, **info: Any) -> None:
        self.engine = FakeEngine(SCRIPT, info=replace(INFO, batch=1, digest="a" * 64, **info))
        self.store = FolderStore(folder / "store")
        sounds = folder / "sounds"
        sounds.mkdir(exist_ok=True)
        self.sound = make_noise(100, sounds)
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.stop_after = 10**6
        self.speakers = ScriptedSpeakers()
        self.writer: LanguageModel | None = None

    @contextmanager
    def lend(self, options: TranscribeOptions, sound: float) -> Iterator[Lent]:
        del options, sound
        yield Lent(Tools(self.engine, ScriptedDetector(speech_of(SCRIPT))), model="script@1")

    @contextmanager
    def lend_speakers(self, options: TranscribeOptions) -> Iterator[SpeakersLent]:
        del options
        yield SpeakersLent(self.speakers, ScriptedDetector(speech_of(SCRIPT)))

    @contextmanager
    def lend_aligner(self, options: TranscribeOptions) -> Iterator[Aligner]:
        raise NotImplementedError

    @contextmanager
    def lend_vocals(self, options: TranscribeOptions) -> Iterator[VocalIsolator]:
        raise NotImplementedError

    @property
    def shelf(self) -> Shelf:
        return Shelf(None, self.store)

    def writes(self, task: Writing, options: WriteOptions) -> bool:
        del task, options
        return self.writer is not None

    @contextmanager
    def lend_writer(self, task: Writing, options: WriteOptions) -> Iterator[WriterLent]:
        del task, options
        yield WriterLent(self.writer)

    def carry_out(self, **order: Any) -> str:
        """The text of the run that came of it."""
        return self.transcript(WorkOptions(), **order).text.replace("\n", " ")

    def transcript(
        self, options: WorkOptions, references: tuple[Reference, ...] = (), **order: Any
    ) -> Transcript:
        """The run that came of it."""
        asked = Order(**{"job": JOB, "token": "cafe" * 4, **order})
        heard = Heard(self.sound, known=references)
        found = carry_out(asked, heard, options, self.means)
        return formats.read(self.store.read(found["key"]).decode(), "json")

    @property
    def means(self) -> Means:
        return Means(self, self.store, self.tell, self.cancelled)

    def tell(self, kind: str, facts: Mapping[str, Any]) -> None:
        self.told.append((kind, facts))

    def cancelled(self) -> bool:
        return self.groups >= self.stop_after

    @property
    def groups(self) -> int:
        return sum(kind == "progressed" for kind, _ in self.told)

    @property
    def said(self) -> list[str]:
        blobs = self.store.list(f"jobs/{JOB}/said/")
        return [json.loads(self.store.read(blob.key))["delta"] for blob in blobs]


def test_a_run_is_written_under_its_token(tmp_path: Path) -> None:
    """The result names a transcript in the record of the job, under the token of the attempt."""
    bench = Bench(tmp_path)
    assert bench.carry_out() == TEXT
    assert [blob.key for blob in bench.store.list("records/")] == [
        f"records/{JOB}/runs/{'cafe' * 4}/transcript.json"
    ]
    assert ("resolved", {"model": "script@1", "digest": "a" * 64}) in bench.told
    assert bench.said == []


def test_a_stopped_attempt_leaves_its_groups_to_the_next(tmp_path: Path) -> None:
    """What was finished before the stop is not decoded again, and the text is the same."""
    bench = Bench(tmp_path)
    bench.stop_after = 1
    with pytest.raises(Cancelled):
        bench.carry_out()
    done = {window.start for window, _, _ in bench.engine.asked}
    again = Bench(tmp_path)
    assert again.carry_out(token="beef" * 4) == TEXT
    assert {window.start for window, _, _ in again.engine.asked} & done == set()
    assert again.groups == 3


def test_text_is_told_as_it_settles(tmp_path: Path) -> None:
    """For one who reads along there are pieces, counted in the news, that join to the text."""
    bench = Bench(tmp_path)
    assert bench.carry_out(stream=True) == TEXT
    assert "".join(bench.said) == TEXT
    counts = [facts["groups"] for kind, facts in bench.told if kind == "progressed"]
    assert counts == sorted(counts)
    assert counts[-1] == len(bench.said) >= 3


def test_another_model_than_the_first_is_refused(tmp_path: Path) -> None:
    """A job keeps the model that it began with; another one would mix two models' words."""
    with pytest.raises(ModelDamagedError, match="began with"):
        Bench(tmp_path).carry_out(resolved={"digest": "b" * 64, "model": "script@1"})


def test_clean_text_of_a_model_without_punctuation_is_refused(tmp_path: Path) -> None:
    """What only a language model could clean is refused, not passed off as clean."""
    bench = Bench(tmp_path, punctuates=False)
    with pytest.raises(UnsupportedOptionError, match="punctuation") as caught:
        bench.carry_out(features=frozenset({"clean_transcript"}))
    assert "raw_transcript" in caught.value.hint
    assert bench.carry_out(features=frozenset({"raw_transcript"})) == TEXT


def test_clean_text_of_a_model_that_punctuates_is_the_raw_text(tmp_path: Path) -> None:
    """Nothing was edited, and the metrics say so."""
    bench = Bench(tmp_path)
    bench.carry_out(features=frozenset({"clean_transcript"}))
    kept = formats.read(_only_run(bench.store).decode(), "json")
    assert kept.metrics["edit_rate_cleaning"] == 0.0


def test_speakers_are_told_apart_after_everything_is_decoded(tmp_path: Path) -> None:
    """The run has them, its text is the same, and a kill meanwhile loses no group."""
    bench = Bench(tmp_path)
    bench.speakers = ScriptedSpeakers(TURNS)
    told = bench.transcript(WorkOptions(diarize=True), stream=True)
    assert told.text.replace("\n", " ") == TEXT == "".join(bench.said)
    assert told.speakers == ("SPEAKER_00", "SPEAKER_01")
    assert ("staged", {"stage": "telling speakers apart"}) in bench.told
    groups = [key for blob in bench.store.list(f"jobs/{JOB}/groups/") if (key := blob.key)]
    assert len(groups) == bench.groups - 1  # the last of the news only counts pieces


def test_an_attempt_that_ends_while_speakers_are_told_apart_loses_nothing(
    tmp_path: Path,
) -> None:
    """The next one decodes nothing again."""
    bench = Bench(tmp_path)
    bench.stop_after = 3
    with pytest.raises(Cancelled):
        bench.transcript(WorkOptions(diarize=True))
    again = Bench(tmp_path)
    again.speakers = ScriptedSpeakers(TURNS)
    assert again.transcript(WorkOptions(num_speakers=2), token="beef" * 4).speakers
    assert again.engine.asked == []


def test_a_clip_of_somebody_known_gives_the_name(tmp_path: Path) -> None:
    """One who sounds like the clip has its name; one clip that is no good is told, not fatal."""
    bench = Bench(tmp_path)
    bench.speakers = ScriptedSpeakers(
        TURNS, {"SPEAKER_00": direction(3), "SPEAKER_01": direction(120)}
    )
    clips = tmp_path / "clips"
    clips.mkdir()
    references = (
        Reference("Ana", make_noise(4.2, clips)),
        Reference("Ivo", make_noise(0.3, clips)),
    )
    told = bench.transcript(WorkOptions(diarize=True), references)
    assert told.speakers == ("Ana", "SPEAKER_01")
    assert told.trust is not None
    assert any("voice of Ivo could not be learnt" in note for note in told.trust.notes)


def _only_run(store: FolderStore) -> bytes:
    (blob,) = store.list("records/")
    return store.read(blob.key)


def test_a_transcript_that_is_to_be_summarised_is_kept_first(tmp_path: Path) -> None:
    """Where the writing fails, the next attempt does not decode anything again."""
    bench = Bench(tmp_path)
    with pytest.raises(UnknownNameError):
        bench.carry_out(features=frozenset({"summary"}), template_id="nothing_v1")
    assert bench.engine.asked == []
    wanted = {"features": frozenset({"summary"}), "template_id": "generic_v1"}
    assert bench.carry_out(**wanted) == TEXT
    again = Bench(tmp_path)
    assert again.carry_out(token="beef" * 4, **wanted) == TEXT
    assert again.engine.asked == []
