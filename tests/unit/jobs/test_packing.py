"""Jobs as JSON bytes, between versions."""

from dataclasses import fields
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import LedgerUnavailableError
from hansard.jobs.packing import pack, pack_note, unpack, unpack_note
from hansard.jobs.values import Job, State, WorkerNote

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MAPPINGS = st.dictionaries(TEXTS, TEXTS | st.integers(-5, 5) | st.booleans() | st.none())


@given(st.builds(Job, request=MAPPINGS, resolved=MAPPINGS, trace=st.dictionaries(TEXTS, TEXTS)))
def test_what_is_packed_comes_back(job: Job) -> None:
    """Every job is read as it was written."""
    assert unpack(pack(job)) == job


def test_notes_come_back() -> None:
    """A worker's note is read as it was written."""
    note = WorkerNote(name="w", started=1.5, ready=True, facts={"device": "cpu"})
    assert unpack_note(pack_note(note)) == note


def test_older_and_newer_versions_understand_each_other() -> None:
    """Fields that are missing have their defaults, and unknown ones are no error."""
    body = b'{"id":"1","kind":"transcribe","owner":"anna","colour":{"of":"tomorrow"}}'
    assert unpack(body) == Job(id="1", kind="transcribe", owner="anna")


def test_what_only_a_newer_version_knows_survives_a_change() -> None:
    """An older version that changes a job keeps what it does not understand."""
    before = b'{"id":"1","kind":"transcribe","owner":"anna","colour":{"of": "tomorrow"}}'
    after: dict[str, Any] = msgspec.json.decode(pack(unpack(before), before))
    assert after.pop("colour") == {"of": "tomorrow"}
    assert set(after) == {field.name for field in fields(Job)}


@pytest.mark.parametrize("body", [b"", b"{", b'{"id":"1"}', b'{"id":1,"kind":"","owner":""}'])
def test_what_cannot_be_read_is_said(body: bytes) -> None:
    """A body that this version cannot read is an error with a way out."""
    with pytest.raises(LedgerUnavailableError, match="a job") as caught:
        unpack(body)
    assert "upgrade" in caught.value.hint
    with pytest.raises(LedgerUnavailableError, match="note"):
        unpack_note(b"{}")


def test_states_are_written_by_name() -> None:
    """What lies in the ledger can be read by people and other programs."""
    job = Job(id="1", kind="transcribe", owner="anna", state=State.RUNNING)
    assert b'"state":"running"' in pack(job)
