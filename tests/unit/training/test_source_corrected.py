"""Clips out of corrections in a store."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from hansard.library.corrections import append_correction, corrections_key
from hansard.library.records import Record, Recording, media_key, switch, write_run
from hansard.storage.folder import FolderStore
from hansard.storage.store import Blob
from hansard.training.sources.corrected import (
    Corrected,
    CorrectionOptions,
    entries_of_corrections,
)
from hansard.training.sources.sidecars import Known
from hansard.transcript import Segment, Transcript, Word
from hansard.transcript.overlay import Correction

ID = "4f00aa"
MEDIA = b"pretend sound"


def segment(number: int, text: str, start: float, end: float, speaker: str) -> Segment:
    said = text.split()
    pace = (end - start) / len(said)
    words = tuple(
        Word(text=f" {word}", start=start + n * pace, end=start + (n + 1) * pace)
        for n, word in enumerate(said)
    )
    return Segment(id=number, text=text, start=start, end=end, words=words, speaker=speaker)


RUN = Transcript(
    segments=(
        segment(0, "dobar dan svima", 1.0, 3.0, "SPEAKER_00"),
        segment(1, "idemo na posao", 3.1, 5.0, "SPEAKER_01"),
        segment(2, "hvala lijepa", 8.0, 9.0, "SPEAKER_00"),
    ),
    language="hr",
    duration=10.0,
)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    made = FolderStore(tmp_path / "store")
    made.put(media_key(ID), MEDIA)
    run = write_run(made, ID, "run1", RUN.render("json").encode())
    media = Recording(key=media_key(ID), size=len(MEDIA), duration=10.0)
    switch(made, Record(id=ID, created=1.0, owner="ana", media=media, run=run))
    return made


def told(number: int, text: str | None, at: float = 1.0, run: str = "run1") -> Correction:
    speaker = "Ana" if text is None else None
    return Correction(segment=number, text=text, speaker=speaker, at=at, by="ana", run=run)


def made_of(store: FolderStore, tmp_path: Path, *corrections: Correction) -> Corrected:
    for each in corrections:
        append_correction(store, ID, each)
    folder = tmp_path / "corrections"
    options = CorrectionOptions(longest=30.0, folder=folder, defaults=Known(licence="own"))
    return entries_of_corrections(store, options)


def test_each_corrected_segment_becomes_a_clip(store: FolderStore, tmp_path: Path) -> None:
    """It has the corrected text, its own voice, and nothing of its neighbours."""
    made = made_of(store, tmp_path, told(1, "Idemo na more!"), told(2, "Hvala vam lijepa."))
    first, second = made.entries
    assert (first.transcript, second.transcript) == ("Idemo na more!", "Hvala vam lijepa.")
    assert (first.language, first.source, first.licence) == ("hr", "corrections", "own")
    assert first.speaker == f"{ID}/SPEAKER_01"
    assert first.extra == {"record": ID, "segment": 1, "run": "run1"}
    assert first.id == f"correction-{ID}-run1-1"
    assert first.start == pytest.approx(3.0)  # the word before ends there
    assert first.end == pytest.approx(5.2)
    assert second.start == pytest.approx(7.8)
    assert first.audio.read_bytes() == MEDIA
    assert [word.word for word in first.segments[0].words] == ["Idemo", "na", "more!"]
    assert first.segments[0].words[0].start == pytest.approx(0.1)
    assert made.left_out == []


def test_a_corrected_speaker_alone_is_no_clip(store: FolderStore, tmp_path: Path) -> None:
    """Nobody read the text, so it is not learnt from; with a text, the name counts."""
    assert made_of(store, tmp_path, told(1, None)).entries == []
    (entry,) = made_of(store, tmp_path, told(1, "Idemo.", at=2.0)).entries
    assert entry.speaker == "Ana"


def test_what_gives_no_clip_is_told(store: FolderStore, tmp_path: Path) -> None:
    """Silence, segments that are not there, runs that are gone and bad lines have a reason."""
    store.put(corrections_key(ID), b"nonsense\n")
    made = made_of(
        store, tmp_path, told(0, ""), told(9, "ništa"), told(1, "x", run="gone"), told(2, "Hvala.")
    )
    assert [entry.transcript for entry in made.entries] == ["Hvala."]
    reasons = {each.what: each.reason for each in made.left_out}
    assert reasons[f"record {ID}, segment 0"] == "nothing is said in it"
    assert "no such segment" in reasons[f"record {ID}, segment 9"]
    assert "nothing lies under" in reasons[f"record {ID}, run gone"]
    assert "line 1" in reasons[f"record {ID}"]


def test_the_latest_run_counts(store: FolderStore, tmp_path: Path) -> None:
    """What was corrected again in a later run is not learnt twice."""
    later = replace(RUN, segments=(segment(0, "idemo na posao danas", 3.0, 5.2, "A"),))
    write_run(store, ID, "run2", later.render("json").encode())
    made = made_of(
        store, tmp_path, told(1, "staro"), told(2, "hvala"), told(0, "novo", at=5.0, run="run2")
    )
    assert [entry.transcript for entry in made.entries] == ["novo", "hvala"]
    assert "again in a later run" in made.left_out[0].reason


def test_a_recording_that_was_not_kept_is_told(store: FolderStore, tmp_path: Path) -> None:
    """Without its sound, a correction teaches nothing."""
    switch(store, Record(id=ID, created=1.0, owner="ana"))
    made = made_of(store, tmp_path, told(1, "Idemo."))
    assert made.entries == []
    assert made.left_out[0].reason == "its recording was not kept"


class Bucket:
    """A store that is no folder, to tell whether recordings are copied out of it."""

    def __init__(self, inner: FolderStore) -> None:
        self._inner = inner

    def read(self, key: str) -> bytes:
        return self._inner.read(key)

    def open(self, key: str) -> BinaryIO:
        return io.BytesIO(self._inner.read(key))

    def list(self, prefix: str = "") -> Iterator[Blob]:
        return self._inner.list(prefix)


def test_recordings_are_copied_out_of_a_store_that_is_no_folder(
    store: FolderStore, tmp_path: Path
) -> None:
    """The copy is whole, made once, and nothing else is left beside it."""
    append_correction(store, ID, told(1, "Idemo."))
    options = CorrectionOptions(longest=30.0, folder=tmp_path / "copies")
    for _ in range(2):
        (entry,) = entries_of_corrections(Bucket(store), options).entries  # type: ignore[arg-type]
        assert entry.audio == tmp_path / "copies" / ID
    assert [path.name for path in (tmp_path / "copies").iterdir()] == [ID]
    assert entry.audio.read_bytes() == MEDIA
