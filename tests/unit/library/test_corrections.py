"""Corrections in the store: added one by one, read leniently."""

import threading
from pathlib import Path

import pytest

from hansard.errors import BlobNotFoundError, UsageError
from hansard.library.corrections import (
    append_correction,
    corrected_records,
    corrections_key,
    read_corrections,
)
from hansard.library.records import Record, switch
from hansard.storage.folder import FolderStore
from hansard.transcript.overlay import Correction, encode

ID = "4f00"


def told(number: int) -> Correction:
    return Correction(segment=number, text=f"tekst {number}", at=float(number), by="ana", run="r")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    made = FolderStore(tmp_path / "store")
    switch(made, Record(id=ID, created=1.0, owner="ana"))
    return made


def test_a_record_has_no_corrections_at_first(store: FolderStore) -> None:
    """Nothing was corrected, so the overlay is empty, and the record is not listed."""
    assert read_corrections(store, ID).corrections == ()
    assert list(corrected_records(store)) == []


def test_corrections_are_added_in_order(store: FolderStore) -> None:
    """Each call adds one line and leaves nothing else behind."""
    for number in range(3):
        append_correction(store, ID, told(number))
    assert read_corrections(store, ID).corrections == (told(0), told(1), told(2))
    keys = [blob.key for blob in store.list(f"records/{ID}/")]
    assert keys == [corrections_key(ID), f"records/{ID}/record.json"]


def test_a_record_that_is_not_there_cannot_be_corrected(store: FolderStore) -> None:
    """A correction of nothing is refused, and no record comes of it."""
    with pytest.raises(BlobNotFoundError):
        append_correction(store, "abcd", told(1))
    with pytest.raises(UsageError):
        append_correction(store, "../x", told(1))
    assert [each.id for each in corrected_records(store)] == []


def test_a_line_that_was_cut_short_is_ignored(store: FolderStore) -> None:
    """The rest of the file counts, and the next correction begins a line of its own."""
    whole = encode(told(1)).encode()
    store.put(corrections_key(ID), whole + b"\n" + whole[:20])
    assert read_corrections(store, ID).corrections == (told(1),)
    assert next(iter(corrected_records(store))).faults == ()
    append_correction(store, ID, told(2))
    assert read_corrections(store, ID).corrections == (told(1), told(2))


def test_lines_that_make_no_sense_are_reported(
    store: FolderStore, caplog: pytest.LogCaptureFixture
) -> None:
    """They are told with their number, and the others are read."""
    store.put(corrections_key(ID), b"nonsense\n" + encode(told(1)).encode() + b"\n")
    found = next(iter(corrected_records(store)))
    assert found.overlay.corrections == (told(1),)
    assert len(found.faults) == 1
    assert found.faults[0].startswith("line 1:")
    assert read_corrections(store, ID).corrections == (told(1),)
    assert "line 1" in caplog.text


def test_two_writers_lose_nothing(store: FolderStore) -> None:
    """Corrections that are added at the same time are all there."""

    def write(first: int) -> None:
        for number in range(first, first + 5):
            append_correction(store, ID, told(number))

    threads = [threading.Thread(target=write, args=(n * 5,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = read_corrections(store, ID).corrections
    assert sorted(each.segment for each in found) == list(range(20))


def test_the_lock_of_a_killed_writer_is_broken(store: FolderStore, tmp_path: Path) -> None:
    """A lock that is minutes old holds nobody up."""
    import os

    store.put(f"records/{ID}/corrections.lock", b"")
    os.utime(store.root / f"records/{ID}/corrections.lock", (1, 1))
    append_correction(store, ID, told(1))
    assert read_corrections(store, ID).corrections == (told(1),)
