"""Cleaning: what goes, why, and what never goes."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.jobs import rules
from hansard.jobs.cleaning import (
    LINGER,
    ORPHAN_AGE,
    Removal,
    clean,
    disk_level,
    is_over,
    plan_cleaning,
)
from hansard.jobs.ledger import Claimant
from hansard.jobs.options import RetentionOptions
from hansard.jobs.sqlite import SqliteLedger
from hansard.jobs.values import Failure, Job, Media, Priority, Result, State
from hansard.storage.folder import FolderStore
from hansard.storage.store import Blob

NOW = 1_000_000_000.0
OLD = NOW - ORPHAN_AGE - 1
OPTIONS = RetentionOptions()
LONG_AGO = NOW - OPTIONS.failed_ttl - 1
RECORD = ("record.json", "media", "runs/t/transcript.json")


def job(id: str, state: State, **fields: object) -> Job:  # noqa: A002 - the field's own name
    """A job that ended just long enough ago for its checkpoints to go."""
    ended = {"finished": NOW - LINGER} if state.final else {}
    return replace(Job(id=id, kind="transcribe", owner="o", state=state), **(ended | fields))


def under(prefix: str, *names: str, modified: float = OLD, size: int = 10) -> list[Blob]:
    return [Blob(prefix + name, size, modified) for name in names]


def plan(blobs: list[Blob], *jobs: Job) -> list[tuple[str, str, int, str]]:
    made = plan_cleaning(blobs, {job.id: job for job in jobs}, NOW, OPTIONS)
    return [(r.key_prefix, r.reason, r.bytes, r.job) for r in made]


ALL = [
    *under("records/a/", *RECORD),
    *under("jobs/a/", "groups/m/0", "said/1"),
    *under("incoming/", "a", "a.part"),
]


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_nothing_of_a_live_job_goes(state: State) -> None:
    """While it waits or runs, everything that bears its id stays, however old."""
    media = Media(key="incoming/ffff", size=10)
    live = job("a", state, media=media, expires=LONG_AGO, ephemeral=True, finished=LONG_AGO)
    assert plan([*ALL, *under("incoming/", "ffff")], live) == []


def test_a_complete_record_stays_and_its_checkpoints_go() -> None:
    """Of a complete job the record stays for ever; checkpoints and uploads go after a while."""
    done = job("a", State.COMPLETE, finished=LONG_AGO, expires=LONG_AGO)
    ended = "of a job that has ended"
    assert plan(ALL, done) == [
        ("jobs/a/", f"checkpoints {ended}", 20, ""),
        ("incoming/a", f"upload {ended}", 10, ""),
        ("incoming/a.part", f"upload {ended}", 10, ""),
    ]
    assert plan(ALL, replace(done, finished=NOW - LINGER + 1)) == []
    kept = replace(done, media=Media(key="incoming/a"), finished=NOW - LINGER)
    assert [key for key, *_ in plan(ALL, kept)] == ["jobs/a/", "incoming/a.part"]


def test_an_ephemeral_job_goes_when_it_expires() -> None:
    """Its record, checkpoints and upload go, and the ledger forgets it; not a second before."""
    done = job("a", State.COMPLETE, ephemeral=True, expires=NOW)
    assert plan(ALL, done) == [
        ("records/a/", "expired", 30, "a"),
        ("jobs/a/", "expired", 20, ""),
        ("incoming/a", "expired", 10, ""),
        ("incoming/a.part", "expired", 10, ""),
    ]
    assert "records/a/" not in {key for key, *_ in plan(ALL, replace(done, expires=NOW + 1))}


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_failed_and_cancelled_jobs_go_after_their_time(state: State) -> None:
    """Until then they can be begun anew, so their recording stays."""
    media = under("records/a/", "media")
    ended = job("a", state, media=Media(key="records/a/media"))
    assert plan(media, ended) == []
    for over in (replace(ended, expires=NOW), replace(ended, finished=LONG_AGO)):
        assert plan(media, over) == [("records/a/", f"{state} long ago", 10, "a")]
    assert plan([], replace(ended, expires=NOW)) == [("records/a/", f"{state} long ago", 0, "a")]


def test_what_a_language_model_failed_at_keeps_what_was_done_before() -> None:
    """Its transcript waits for a retry until the job expires; that of other failures goes."""
    failed = Failure(message="no", code="llm_access", retry="permanent")
    ended = job("a", State.FAILED, failure=failed)
    blobs = under("jobs/a/", "transcript.json")
    assert plan(blobs, ended) == []
    assert [key for key, *_ in plan(blobs, replace(ended, expires=NOW))] == [
        "records/a/",
        "jobs/a/",
    ]
    other = replace(ended, failure=replace(failed, code="engine"))
    assert [key for key, *_ in plan(blobs, other)] == ["jobs/a/"]
    refused = replace(ended, failure=replace(failed, code="unsupported_option"))
    assert [key for key, *_ in plan(blobs, refused)] == ["jobs/a/"]
    assert plan(blobs, replace(refused, request={"template_id": "own_v1"})) == []


def test_what_belongs_to_nobody_goes_when_it_is_old() -> None:
    """Without a job, uploads, checkpoints and folders without a run go an hour after the last."""
    blobs = [
        *under("records/a/", "media", "runs/t/transcript.json"),
        *under("jobs/b/", "groups/m/0"),
        *under("incoming/", "c", "some-upload.wav"),
    ]
    reason = "belongs to no job"
    assert plan(blobs) == [
        ("records/a/", reason, 20, ""),
        ("jobs/b/", reason, 10, ""),
        ("incoming/c", reason, 10, ""),
        ("incoming/some-upload.wav", reason, 10, ""),
    ]
    assert plan([replace(blob, modified=NOW - ORPHAN_AGE) for blob in blobs]) == []
    young = replace(blobs[0], key="records/a/media", modified=NOW)
    assert plan([young, *blobs[1:3]])[0][0] == "jobs/b/"


def test_a_record_with_its_run_stays_without_a_job() -> None:
    """The files are the truth: a ledger that was lost takes no recording along."""
    assert plan(under("records/a/", *RECORD)) == []
    assert [key for key, *_ in plan(ALL)] == ["incoming/a", "incoming/a.part", "jobs/a/"]
    for missing in ("record.json", "runs/t/transcript.json"):
        left = [name for name in RECORD if name != missing]
        assert [key for key, *_ in plan(under("records/a/", *left))] == ["records/a/"]


def test_what_bears_no_id_is_left_alone() -> None:
    """Folders that no job or record could have made are somebody else's."""
    assert plan(under("records/", "README", "Notes/x", "a.b/x") + under("jobs/", "x y")) == []


def test_an_upload_that_a_live_job_names_stays() -> None:
    """Whatever an upload is called, the job that names it keeps it."""
    upload = under("incoming/", "some-upload.wav")
    waiting = job("a", State.QUEUED, media=Media(key="incoming/some-upload.wav"))
    assert plan(upload, waiting) == []


STATES = st.sampled_from(State)
JOBS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(
        STATES,
        st.booleans(),
        st.sampled_from([None, LONG_AGO, NOW, NOW + 1]),
        st.sampled_from([LONG_AGO, OLD, NOW]),
        st.sampled_from(["", "records/{}/media", "incoming/{}", "incoming/z"]),
    ),
)
BLOBS = st.lists(
    st.builds(
        Blob,
        st.sampled_from(
            [f"records/{i}/{n}" for i in "abcdef" for n in RECORD]
            + [f"jobs/{i}/groups/0" for i in "abcdef"]
            + [f"incoming/{i}" for i in "abcdefz"]
        ),
        st.integers(0, 100),
        st.sampled_from([LONG_AGO, OLD, NOW]),
    ),
    unique_by=lambda blob: blob.key,
)


@given(JOBS, BLOBS)
def test_what_must_stay_stays(
    given: dict[str, tuple[State, bool, float | None, float, str]], blobs: list[Blob]
) -> None:
    """Over any jobs and blobs: live jobs, lasting records and records with a run lose nothing."""
    jobs = {
        id: job(
            id,
            state,
            ephemeral=ephemeral,
            expires=expires,
            finished=ended if state.final else None,
            media=Media(key=key.format(id)),
        )
        for id, (state, ephemeral, expires, ended, key) in given.items()  # noqa: A001
    }
    removals = plan_cleaning(blobs, jobs, NOW, OPTIONS)
    gone = {blob.key for blob in blobs if any(_covers(r, blob.key) for r in removals)}
    keys = {blob.key for blob in blobs}
    for id, one in jobs.items():  # noqa: A001 - the field's own name
        lasting = one.state is State.COMPLETE and not one.ephemeral
        if not one.state.final:
            assert not {key for key in gone if key.split("/")[1] == id}
            assert one.media is not None
            assert one.media.key not in gone
        if not one.state.final or lasting:
            assert not {key for key in gone if key.startswith(f"records/{id}/")}
            assert id not in {removal.job for removal in removals}
    for id in set("abcdef") - set(jobs):  # noqa: A001 - the field's own name
        if {f"records/{id}/{name}" for name in RECORD} <= keys:
            assert not {key for key in gone if key.startswith(f"records/{id}/")}
    by_key = {blob.key: blob for blob in blobs}
    assert sum(r.bytes for r in removals) == sum(by_key[key].size for key in gone)


def _covers(removal: Removal, key: str) -> bool:
    prefix = removal.key_prefix
    return key.startswith(prefix) if prefix.endswith("/") else key == prefix


def test_when_a_job_is_over() -> None:
    """An explicit time of expiry comes first; else its kind's time to be kept counts."""
    for state in (State.QUEUED, State.RUNNING):
        assert not is_over(job("a", state, expires=0.0), NOW, OPTIONS)
    done = job("a", State.COMPLETE, ephemeral=True, finished=NOW - OPTIONS.result_ttl)
    assert is_over(done, NOW, OPTIONS)
    assert not is_over(replace(done, expires=NOW + 1), NOW, OPTIONS)
    assert not is_over(replace(done, finished=NOW), NOW, OPTIONS)
    assert not is_over(replace(done, ephemeral=False, expires=0.0), NOW, OPTIONS)


@pytest.mark.parametrize(
    ("total", "free", "level"),
    [(100, 100, None), (100, 21, None), (100, 20, "80"), (100, 11, "80"), (100, 10, "90"),
     (100, 0, "90"), (0, 0, None), (10**15, 10**14, "90"), (10**15, 10**14 + 1, "80")],
)  # fmt: skip
def test_disk_levels(total: int, free: int, level: str | None) -> None:
    """Warnings come from 80 and from 90 per cent on."""
    assert disk_level(total, free) == level


# With a real ledger and a real store


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


def put_old(store: FolderStore, *names: str) -> None:
    """Blobs that were last touched two hours ago."""
    for name in names:
        store.put(name, b"0123456789")
        then = time.time() - 7200
        os.utime(store.root / name, (then, then))


def ran(ledger: SqliteLedger, id: str, end: str, **fields: object) -> None:  # noqa: A002
    """Have a job of this id in the ledger that came to this end, which is over by now."""
    new = replace(Job(id=id, kind="transcribe", owner="o"), **fields)
    ledger.submit(new, most_queued=50)
    if end == "queued":
        return
    taken = ledger.claim(Claimant(worker="w", slots=50))
    assert taken is not None
    assert taken.lease is not None
    token = taken.lease.token
    if end == "complete":
        result = Result(key=f"records/{id}/runs/t/transcript.json", sha256="", size=1)
        ledger.change(id, rules.complete(token, result, expires_in=-1.0))
    elif end == "failed":
        why = Failure(message="no", code="media", retry="permanent")
        ledger.change(id, rules.fail(token, why, expires_in=-1.0))


def keys(store: FolderStore) -> set[str]:
    return {blob.key for blob in store.list()}


def test_cleaning_does_what_was_planned(ledger: SqliteLedger, store: FolderStore) -> None:
    """What is over goes, with its row in the ledger; what lives, lasts or is young stays."""
    for id, end, ephemeral in (  # noqa: A001 - the field's own name
        ("a1", "complete", False),
        ("a2", "complete", True),
        ("a3", "failed", False),
        ("a4", "running", False),
    ):
        put_old(store, *(f"records/{id}/{name}" for name in RECORD), f"jobs/{id}/groups/0")
        ran(ledger, id, end, ephemeral=ephemeral)
    put_old(store, "records/a5/media", "jobs/a5/groups/0", "incoming/a5", "incoming/a6")
    ran(ledger, "a5", "queued", media=Media(key="incoming/a6"))
    put_old(store, "incoming/a8")
    ran(ledger, "a7", "running", media=Media(key="incoming/a8"), priority=Priority.INTERACTIVE)
    put_old(store, *(f"records/b1/{name}" for name in RECORD))
    put_old(store, "records/b2/media", "jobs/b3/groups/0", "incoming/b4")
    store.put("incoming/b5", b"young")
    before = keys(store)

    planned = clean(ledger, store, OPTIONS, dry_run=True)
    assert keys(store) == before
    assert ledger.find("a2").state is State.COMPLETE
    cleaned = clean(ledger, store, OPTIONS)
    assert cleaned.removals == planned.removals
    assert cleaned.skipped == 0
    assert cleaned.bytes == 10 * len(before - keys(store))
    assert before - keys(store) == {
        key for key in before if key.split("/")[1] in {"a2", "a3", "b2", "b3", "b4"}
    }
    assert {one.id for one in ledger.list()} == {"a1", "a4", "a5", "a7"}
    assert clean(ledger, store, OPTIONS).removals == ()


class Hurried(SqliteLedger):
    """A ledger in which an administrator begins a job anew at the last moment."""

    moment = ""

    def find(self, id: str) -> Job:  # noqa: A002 - the field's own name
        self._hurry("find")
        return super().find(id)

    def delete(self, id: str) -> None:  # noqa: A002 - the field's own name
        self._hurry("delete")
        super().delete(id)

    def _hurry(self, moment: str) -> None:
        if moment == self.moment:
            self.moment = ""
            self.change("a1", rules.requeue())


@pytest.mark.parametrize("moment", ["find", "delete"])
def test_a_job_that_was_begun_anew_loses_nothing(
    ledger: SqliteLedger, store: FolderStore, moment: str
) -> None:
    """Between plan and deed a failed job may be queued again; then it is left alone."""
    put_old(store, "records/a1/media", "jobs/a1/groups/0")
    ran(ledger, "a1", "failed", media=Media(key="records/a1/media"))
    hurried = Hurried(store.root.parent / "ledger.db")
    hurried.moment = moment
    cleaned = clean(hurried, store, OPTIONS)
    hurried.close()
    assert cleaned.removals == ()
    assert cleaned.skipped == 2
    assert keys(store) == {"records/a1/media", "jobs/a1/groups/0"}
    assert ledger.find("a1").state is State.QUEUED


def test_an_interrupted_cleaning_is_taken_up_again(
    ledger: SqliteLedger, store: FolderStore
) -> None:
    """Wherever the store breaks, the next cleaning removes what is left of an expired record."""

    class Breaking(FolderStore):
        """A store in which only so many removals succeed."""

        left = 0

        def delete(self, key: str) -> None:
            self._count()
            super().delete(key)

        def delete_below(self, prefix: str) -> int:
            self._count()
            return super().delete_below(prefix)

        def _count(self) -> None:
            if self.left == 0:
                raise KeyboardInterrupt
            self.left -= 1

    for left in range(4):
        id = f"a{left}"  # noqa: A001 - the field's own name
        put_old(store, *(f"records/{id}/{name}" for name in RECORD), f"jobs/{id}/groups/0")
        ran(ledger, id, "complete", ephemeral=True)
        breaking = Breaking(store.root)
        breaking.left = left
        try:
            clean(ledger, breaking, OPTIONS)
        except KeyboardInterrupt:
            clean(ledger, store, OPTIONS)
        assert keys(store) == set()
        assert not ledger.list()
