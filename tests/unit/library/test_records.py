"""Records: runs that never change, and the file that says which one counts."""

from hashlib import sha256
from pathlib import Path

import pytest

from hansard.errors import BlobExistsError, BlobNotFoundError, HansardError, UsageError
from hansard.library.records import (
    Record,
    Recording,
    media_key,
    read_record,
    read_run,
    record_key,
    remove_record,
    run_key,
    switch,
    write_run,
)
from hansard.storage.folder import FolderStore

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
TEXT = b'{"text": "hello"}'


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def committed(store: FolderStore, lease: str = "lease-1", content: bytes = TEXT) -> Record:
    """A record whose run is written."""
    run = write_run(store, ID, lease, content)
    media = Recording(key=media_key(ID), size=7, sha256="ab", duration=1.5)
    return Record(
        id=ID, created=1.25, owner="ana", name="š \n/x", media=media, run=run, versions={"v": [1]}
    )


def test_where_things_lie() -> None:
    """Everything of a record lies under its id."""
    assert record_key(ID) == f"records/{ID}/record.json"
    assert media_key(ID) == f"records/{ID}/media"
    assert run_key(ID, "Tok_1-") == f"records/{ID}/runs/Tok_1-/transcript.json"


@pytest.mark.parametrize("bad", ["", "..", "a/b", "A", "x", "-a", "a" * 65, "a\n", "a.b", "a b"])
def test_only_ids_name_records(store: FolderStore, bad: str) -> None:
    """Whatever does not look like an id is refused, before anything is touched."""
    for call in (
        lambda: record_key(bad),
        lambda: media_key(bad),
        lambda: run_key(bad, "t"),
        lambda: write_run(store, bad, "t", b""),
        lambda: read_record(store, bad),
        lambda: remove_record(store, bad),
        lambda: switch(store, Record(id=bad, created=0, owner="")),
    ):
        with pytest.raises(UsageError):
            call()
    assert list(store.list()) == []


@pytest.mark.parametrize("bad", ["", "..", "a/b", "a.b", "t" * 129, "š"])
def test_only_tokens_name_runs(store: FolderStore, bad: str) -> None:
    """Whatever does not look like a token is refused."""
    with pytest.raises(UsageError):
        write_run(store, ID, bad, b"")


def test_a_run_is_written_once(store: FolderStore) -> None:
    """The same content again is no error, other content under the token is."""
    first = write_run(store, ID, "t", TEXT)
    digest = sha256(TEXT).hexdigest()
    assert (first.key, first.sha256, first.size) == (run_key(ID, "t"), digest, len(TEXT))
    assert write_run(store, ID, "t", TEXT) == first
    with pytest.raises(BlobExistsError):
        write_run(store, ID, "t", b"other")
    assert store.read(first.key) == TEXT


def test_a_run_has_parts_that_are_written_before_it(store: FolderStore) -> None:
    """What was written about a transcript lies beside it, under the same token, with its hash."""
    run = write_run(store, ID, "t", TEXT, {"summary.json": b"{}"})
    assert run.parts == {"summary.json": sha256(b"{}").hexdigest()}
    assert store.read(run_key(ID, "t", "summary.json")) == b"{}"
    with pytest.raises(BlobExistsError):
        write_run(store, ID, "t", TEXT, {"summary.json": b"[]"})


def test_a_record_says_what_it_was_told(store: FolderStore) -> None:
    """What was switched to is what is read, with every field, in a file that people can read."""
    record = committed(store)
    switch(store, record)
    assert read_record(store, ID) == record
    assert b'\n  "owner": "ana"' in store.read(record_key(ID))
    assert record.run is not None
    assert read_run(store, record.run) == TEXT


def test_switching_again_writes_nothing(store: FolderStore) -> None:
    """The same switch is done once; another run takes the place of the first, which stays."""
    record = committed(store)
    switch(store, record)
    inode = (store.root / record_key(ID)).stat().st_ino
    switch(store, record)
    assert (store.root / record_key(ID)).stat().st_ino == inode
    later = committed(store, "lease-2", b"{}")
    switch(store, later)
    assert read_record(store, ID) == later
    assert store.read(run_key(ID, "lease-1")) == TEXT


def test_a_record_never_names_a_run_that_is_not_there(store: FolderStore) -> None:
    """Without its run in the store, a record is not switched."""
    record = committed(store)
    store.delete(run_key(ID, "lease-1"))
    with pytest.raises(BlobNotFoundError):
        switch(store, record)
    with pytest.raises(BlobNotFoundError):
        read_record(store, ID)


def test_a_record_without_a_run(store: FolderStore) -> None:
    """A record may exist before any machine has heard it."""
    record = Record(id=ID, created=0.0, owner="")
    switch(store, record)
    assert read_record(store, ID) == record


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"id": 5}', b"\xff"])
def test_a_damaged_record_is_told(store: FolderStore, content: bytes) -> None:
    """A file that is no record is an error that says where it lies."""
    store.put(record_key(ID), content)
    with pytest.raises(HansardError, match=f"'records/{ID}/record.json' is damaged"):
        read_record(store, ID)


def test_fields_of_later_versions_are_passed_over(store: FolderStore) -> None:
    """A record that a later version wrote can still be read."""
    store.put(record_key(ID), b'{"id": "a", "created": 1, "owner": "o", "mood": "good"}')
    assert read_record(store, ID).owner == "o"


def test_a_changed_run_is_found_out(store: FolderStore) -> None:
    """A run that is not what was written is not passed on."""
    record = committed(store)
    assert record.run is not None
    store.put(record.run.key, b'{"text": "goodbye"}')
    with pytest.raises(HansardError, match="is not what was written"):
        read_run(store, record.run)


def test_a_removed_record_is_gone(store: FolderStore) -> None:
    """Everything under its id goes, and nothing else."""
    switch(store, committed(store))
    store.put(media_key(ID), b"RIFF")
    store.put("records/0a/record.json", b"{}")
    assert remove_record(store, ID) == 3
    assert [blob.key for blob in store.list()] == ["records/0a/record.json"]
    assert remove_record(store, ID) == 0
