"""What is new since the last night, and what is written down of one."""

from pathlib import Path

import pytest

from hansard.errors import TrainingError, UsageError
from hansard.library.corrections import append_correction
from hansard.library.records import Record, Recording, media_key, switch
from hansard.storage.folder import FolderStore
from hansard.training.nightly import (
    Counted,
    alone,
    count,
    find_open,
    find_seen,
    moment_of,
    new_night,
    part_of,
)
from hansard.training.nightly.counting import lacking
from hansard.training.project import Project
from hansard.transcript.overlay import Correction


def correct(store: FolderStore, record: str, segment: int, text: str | None, at: float) -> None:
    speaker = "Ana" if text is None else None
    append_correction(
        store,
        record,
        Correction(segment=segment, text=text, speaker=speaker, at=at, by="ana", run="run1"),
    )


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    made = FolderStore(tmp_path / "store")
    for record, sha in (("aa", "1" * 64), ("bb", "1" * 64), ("cc", "")):
        media = Recording(key=media_key(record), sha256=sha)
        switch(made, Record(id=record, created=1.0, owner="ana", media=media))
    correct(made, "aa", 0, "prvo", 10)
    correct(made, "aa", 0, "drugo", 20)
    correct(made, "aa", 1, None, 30)
    correct(made, "bb", 0, "treće", 40)
    correct(made, "cc", 0, "", 50)
    return made


def test_segments_count_once(store: FolderStore) -> None:
    """However often they were corrected; speakers and deleted texts are nothing to learn from."""
    counted = count(store, {})
    assert (counted.segments, counted.new) == (2, 2)
    assert counted.lines == {"aa": 3, "bb": 1, "cc": 1}
    assert counted.recordings == {"aa": "1" * 64, "bb": "1" * 64, "cc": "cc"}
    assert counted.parts[part_of("1" * 64)] == 2


def test_only_what_no_night_knew_is_new(store: FolderStore) -> None:
    """By how many corrections there were; a segment that is corrected again is new again."""
    seen = count(store, {}).lines
    assert count(store, seen).new == 0
    correct(store, "aa", 0, "konačno", 5)
    correct(store, "bb", 7, "novo", 5)
    assert count(store, seen).new == 2
    assert count(store, {}).segments == 3


def test_a_date_decides_where_it_is_given(store: FolderStore) -> None:
    """What was corrected then or later is new, whatever was seen."""
    seen = count(store, {}).lines
    assert count(store, seen, 20).new == 2
    assert count(store, seen, 21).new == 1
    assert count(store, {}, 41).new == 0
    assert moment_of("1970-01-02") == moment_of("1970-01-02T00:00:00Z") == 86_400
    for wrong in ("yesterday", "", "2026-13-01"):
        with pytest.raises(UsageError):
            moment_of(wrong)


@pytest.mark.parametrize(
    ("counted", "reason"),
    [
        (Counted(segments=60, new=49), "49 segments were corrected since the last night"),
        (Counted(segments=60, new=50, parts={"train": 56, "test": 4}), "4 of 60 corrected"),
        (Counted(segments=60, new=50, parts={"test": 60}), "every corrected recording is held"),
        (Counted(segments=60, new=50, parts={"train": 50, "test": 10}), ""),
    ],
)
def test_a_night_is_not_spent_in_vain(counted: Counted, reason: str) -> None:
    """Too little new, too little to judge by, nothing to learn from."""
    found = lacking(counted, 50, 5)
    assert found.startswith(reason)
    assert bool(found) == bool(reason)


def test_nothing_new_is_never_enough() -> None:
    """Even where no correction is asked for."""
    parts = {"train": 50, "test": 10}
    assert lacking(Counted(segments=60, new=0, parts=parts), 0, 5)  # type: ignore[arg-type]


def test_a_night_is_found_until_it_has_ended(tmp_path: Path) -> None:
    """Its steps are kept; what it had seen counts once it has ended well."""
    project = Project(tmp_path)
    assert find_open(project, "best") is None
    night = new_night(project, "2026-11-20", alias="best", created="1", seen={"aa": 3})
    night.finish("data", {"clips": 4})
    assert night.run == "nightly-20261120"
    found = find_open(project, "BEST")
    assert found is not None
    assert found.steps == {"data": {"clips": 4}}
    assert find_open(project, "other") is None
    assert find_seen(project, "best") == {}
    found.note(state="failed")
    assert find_open(project, "best") is None
    assert find_seen(project, "best") == {}
    found.note(state="kept")
    assert find_seen(project, "best") == {"aa": 3}


def test_nights_of_one_day_have_their_own_names(tmp_path: Path) -> None:
    """And the newest one counts; a file that is damaged does not."""
    project = Project(tmp_path)
    runs = []
    for number in range(3):
        night = new_night(project, "2026-11-20", alias="best", created=str(number), seen={})
        night.note(state="promoted", seen={"aa": number})
        runs.append(night.run)
    assert runs == ["nightly-20261120", "nightly-20261120-2", "nightly-20261120-3"]
    assert find_seen(project, "best") == {"aa": 2}
    night.path.write_text("{")
    assert find_seen(project, "best") == {"aa": 1}


def test_one_night_at_a_time(tmp_path: Path) -> None:
    """Whoever comes second is told so, and does not wait."""
    project = Project(tmp_path)
    with alone(project), pytest.raises(TrainingError, match="another night"), alone(project):
        pass
    with alone(project):
        pass
