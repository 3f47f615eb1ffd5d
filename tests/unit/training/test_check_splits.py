"""Splits: disjoint, complete, reproducible, alike in length and language."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import DataError, UsageError
from hansard.training.checks.parting import part
from hansard.training.checks.splitting import Split, Wanted, leakage, split
from hansard.training.manifest import Entry, read_manifest, write_manifest
from hansard.training.project import Project

WORDS = "one two three four five six seven eight nine ten eleven twelve".split()


def entry(number: int, **fields: Any) -> Entry:
    known = {"language": "hr", "duration": 4.0, "speaker": f"s{number % 20}", **fields}
    ident = f"e{number:04}"
    text = " ".join(WORDS[int(digit)] for digit in f"{number:04}")
    audio = Path(f"/rec/{known.pop('recording', ident)}.wav")
    return Entry(id=ident, audio=audio, transcript=known.pop("text", text), **known)


@st.composite
def manifests(draw: st.DrawFn) -> list[Entry]:
    """Many small groups: 25 to 40 speakers of 1 to 4 short clips."""
    entries: list[Entry] = []
    for speaker in range(draw(st.integers(25, 40))):
        language = draw(st.sampled_from(["hr", "sr", "bs"]))
        for _ in range(draw(st.integers(1, 4))):
            seconds = draw(st.floats(1, 12))
            entries.append(
                entry(len(entries), speaker=f"s{speaker}", language=language, duration=seconds)
            )
    return entries


def idents(made: Split) -> dict[str, list[str]]:
    return {name: [one.id for one in entries] for name, entries in made.parts.items()}


@given(manifests(), st.integers(0, 99))
def test_parts_are_disjoint_and_hold_everything(entries: list[Entry], seed: int) -> None:
    """Each entry is in one part, and no speaker, recording or text in two."""
    made = split(entries, Wanted(seed=seed))
    together = sorted(ident for part in idents(made).values() for ident in part)
    assert together == sorted(one.id for one in entries)
    assert leakage(made.parts) == {"speakers": 0, "recordings": 0, "texts": 0}


@given(manifests(), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(
    entries: list[Entry], shuffle: random.Random
) -> None:
    """The same entries in another order give the very same parts."""
    other = list(entries)
    shuffle.shuffle(other)
    assert idents(split(other, Wanted(seed=5))) == idents(split(entries, Wanted(seed=5)))


@given(manifests(), st.sampled_from([(0.1, 0.1), (0.2, 0.0), (0.15, 0.25)]))
def test_shares_are_kept_where_groups_are_small(
    entries: list[Entry], shares: tuple[float, float]
) -> None:
    """Each part's share of the sound is off by less than the largest group, and a little."""
    wanted = Wanted(validation=shares[0], test=shares[1])
    made = split(entries, wanted)
    whole = sum(one.duration or 0 for one in entries)
    speakers: dict[str | None, float] = {}
    for one in entries:
        speakers[one.speaker] = speakers.get(one.speaker, 0) + (one.duration or 0)
    slack = max(speakers.values()) / whole + 0.02
    for name, share in wanted.shares.items():
        got = sum(one.duration or 0 for one in made.parts[name]) / whole
        assert abs(got - share) <= slack


def test_languages_are_alike_in_all_parts() -> None:
    """A language with a fifth of the sound has about a fifth of each part."""
    entries = [
        entry(n, speaker=f"s{n // 2}", language="sr" if n // 2 % 5 == 0 else "hr")
        for n in range(600)
    ]
    for entries_of_part in split(entries, Wanted()).parts.values():
        share = sum(one.language == "sr" for one in entries_of_part) / len(entries_of_part)
        assert share == pytest.approx(0.2, abs=0.07)


def test_another_seed_gives_other_parts() -> None:
    """The seed decides which of many alike speakers goes where."""
    entries = [entry(n) for n in range(200)]
    assert idents(split(entries, Wanted(seed=1))) != idents(split(entries, Wanted(seed=2)))


def test_a_speaker_is_one_however_the_name_is_written() -> None:
    """Capitals and spaces around a name make no other speaker."""
    entries = [entry(n, speaker=["Ana", "ana ", "ANA", f"s{n}"][n % 4]) for n in range(80)]
    parts = split(entries, Wanted()).parts
    holders = [
        name
        for name, found in parts.items()
        if any((one.speaker or "").strip().lower() == "ana" for one in found)
    ]
    assert len(holders) == 1


def test_without_speakers_recordings_stay_whole_and_that_is_told() -> None:
    """Clips of one recording are in one part where nobody is named."""
    entries = [entry(n, speaker=None, recording=f"r{n // 4}") for n in range(80)]
    made = split(entries, Wanted())
    assert leakage(made.parts)["recordings"] == 0
    assert made.notes[0] == "80 entries name no speaker: each recording counts as one"


def test_the_same_text_stays_in_one_part() -> None:
    """Sentences that two speakers say keep those speakers together."""
    entries = [entry(n, speaker=f"s{n}", text=f"sentence number {n // 2}") for n in range(100)]
    assert leakage(split(entries, Wanted()).parts)["texts"] == 0


def test_a_text_that_everybody_says_does_not_tie_all_together() -> None:
    """A greeting of all speakers is in several parts, which is told and counted."""
    entries = [entry(n, speaker=f"s{n}", text="good morning to you all") for n in range(60)]
    made = split(entries, Wanted())
    assert leakage(made.parts) == {"speakers": 0, "recordings": 0, "texts": 1}
    assert any("too many" in note for note in made.notes)


def test_too_few_speakers_are_refused_with_a_way_out() -> None:
    """Two speakers cannot fill three parts; with none kept apart they can."""
    entries = [entry(n, speaker=f"s{n % 2}") for n in range(30)]
    with pytest.raises(DataError, match="2 speakers are too few for 3 parts") as failure:
        split(entries, Wanted())
    assert "--by none" in failure.value.hint
    parts = split(entries, Wanted(by="none")).parts
    assert all(parts.values())


def test_even_one_recording_can_be_split_by_clips() -> None:
    """With nothing to keep apart and one recording, its clips are split, which is told."""
    entries = [entry(n, recording="all") for n in range(30)]
    made = split(entries, Wanted(by="none"))
    assert sorted(len(one) for one in made.parts.values()) == [3, 3, 24]
    assert "too few to keep each whole" in made.notes[0]


def test_by_source_no_source_is_in_two_parts() -> None:
    """Sources take the speakers' place."""
    entries = [entry(n, source=f"radio {n % 12}") for n in range(120)]
    parts = split(entries, Wanted(by="source")).parts
    seen = [{one.source for one in found} for found in parts.values()]
    assert sum(map(len, seen)) == len(set().union(*seen))


@pytest.mark.parametrize(("validation", "test"), [(0.5, 0.5), (-0.1, 0.1), (0.1, 1.0)])
def test_shares_must_leave_something_to_train_on(validation: float, test: float) -> None:
    """Shares that add up to all, or are none, are refused."""
    with pytest.raises(UsageError):
        split([entry(n) for n in range(30)], Wanted(validation=validation, test=test))


def test_too_few_entries_are_refused() -> None:
    """Two entries cannot be three parts, however they are grouped."""
    with pytest.raises(DataError, match="2 entries"):
        split([entry(0), entry(1)], Wanted(by="none"))


def test_parts_are_files_and_a_part_that_is_not_wanted_is_gone(tmp_path: Path) -> None:
    """The files hold all entries, the facts fit them, and `--test 0` leaves no old test part."""
    project = Project(tmp_path)
    manifest = write_manifest(tmp_path / "m.jsonl", [entry(n) for n in range(100)])
    first = part(manifest, project, Wanted())
    counts = {
        name: len(read_manifest(project.splits / f"{name}.jsonl")) for name in first["counts"]
    }
    assert counts == first["counts"]
    assert sum(counts.values()) == 100
    assert json.loads((project.splits / "split.json").read_text()) == first
    part(manifest, project, Wanted(test=0))
    assert sorted(path.name for path in project.splits.iterdir()) == [
        "split.json",
        "train.jsonl",
        "validation.jsonl",
    ]


def test_a_manifest_without_usable_lines_is_refused(tmp_path: Path) -> None:
    """There is nothing to split where every line is faulty."""
    (tmp_path / "m.jsonl").write_text("{}\n")
    with pytest.raises(DataError, match="no entry"):
        part(tmp_path / "m.jsonl", Project(tmp_path), Wanted())
