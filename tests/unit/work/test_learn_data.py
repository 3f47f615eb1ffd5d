"""What a night is fed with."""

from dataclasses import replace
from pathlib import Path

import pytest

from hansard.errors import ManifestError
from hansard.library.corrections import append_correction
from hansard.library.records import Record, Recording, media_key, switch, write_run
from hansard.models.vad.silero import Silero
from hansard.settings import Options
from hansard.storage.folder import FolderStore
from hansard.training.checks import Limits, Means
from hansard.training.checks.tokens import Estimate
from hansard.training.manifest import Entry, read_manifest, write_manifest
from hansard.training.nightly import part_of
from hansard.training.project import Project
from hansard.training.sources.records import Removal, add_removed
from hansard.training.texts.normalising import NormaliseOptions
from hansard.training.watching import Watch
from hansard.transcript import Transcript
from hansard.transcript.overlay import Correction
from hansard.work.demonstrate import find_sample
from hansard.work.learn_data import Gathering, gather

NOTE = find_sample("note")
LEARNT = next(f"r{n}" for n in range(99) if part_of(f"r{n}") == "train")
HELD = next(f"r{n}" for n in range(99) if part_of(f"r{n}") == "test")


@pytest.fixture
def gathering(tmp_path: Path) -> Gathering:
    """Two corrected recordings, one to learn from and one held out."""
    store, project = FolderStore(tmp_path / "store"), Project(tmp_path / "project")
    for identity in ("aa", "bb"):
        store.put(media_key(identity), NOTE.path.read_bytes())
        machine = Transcript(segments=NOTE.segments, language="en", duration=5.9)
        run = write_run(store, identity, "run1", machine.render("json").encode())
        media = Recording(key=media_key(identity), duration=5.9)
        switch(store, Record(id=identity, created=1.0, owner="ana", media=media, run=run))
        for segment in NOTE.segments:
            text = f"[laughs]  {segment.text}"
            made = Correction(segment=segment.id, text=text, at=1.0, by="ana", run="run1")
            append_correction(store, identity, made)
    return Gathering(
        project=project,
        store=store,
        folder=tmp_path / "night",
        recordings={"aa": LEARNT, "bb": HELD},
        texts=NormaliseOptions(),
        checks=lambda: Means(
            detector=Silero(threads=1), counter=Estimate(), limits=Limits(), vad=Options()
        ),
        watch=Watch(),
    )


def mix(gathering: Gathering, *entries: Entry) -> Gathering:
    path = write_manifest(gathering.folder.parent / "mix.jsonl", entries)
    return replace(gathering, mix=path)


def entry(ident: str, **more: object) -> Entry:
    segment = NOTE.segments[0]
    usual = Entry(
        id=ident, audio=NOTE.path, transcript=segment.text, start=segment.start, end=segment.end
    )
    return replace(usual, **more)  # type: ignore[arg-type]


def test_corrections_are_parted_and_made_fit(gathering: Gathering) -> None:
    """By recording; notes in brackets are nothing that is said, and lengths are measured."""
    told = gather(gathering)
    count = len(NOTE.segments)
    assert told["clips"] == {"train": count, "validation": 0, "test": count}
    train = read_manifest(gathering.folder / "train.jsonl")
    test = read_manifest(gathering.folder / "test.jsonl")
    assert [one.transcript for one in train] == [one.text.strip() for one in NOTE.segments]
    assert {one.extra["record"] for one in train} == {"aa"}
    assert {one.extra["record"] for one in test} == {"bb"}
    assert all(one.duration for one in (*train, *test))
    assert not (gathering.folder / "validation.jsonl").exists()
    assert told["left_out"] == told["mixed"] == 0


def test_an_old_manifest_is_learnt_from_too(gathering: Gathering) -> None:
    """Its bad clips are left out and told; texts are written in one script."""
    missing = entry("gone", audio=gathering.folder / "none.wav")
    other = find_sample("standup").segments[0]
    cyrillic = entry(
        "sr", audio=find_sample("standup").path, start=other.start, end=other.end,
        transcript="Добар дан свима", language="sr",
    )  # fmt: skip
    wanted = replace(
        mix(gathering, entry("old"), missing, cyrillic), texts=NormaliseOptions(script="latin")
    )
    told = gather(wanted)
    train = {one.id: one for one in read_manifest(gathering.folder / "train.jsonl")}
    assert told["mixed"] == 2
    assert train["sr"].transcript == "Dobar dan svima"
    assert "gone" not in train
    assert told["left_out"] == 1
    assert told["reasons"][0].startswith("gone: ")
    held = read_manifest(gathering.folder / "test.jsonl")
    assert {one.extra["record"] for one in held} == {"bb"}


def test_what_was_removed_does_not_come_back(gathering: Gathering) -> None:
    """Neither clips of a mixed source nor, where that was asked for, corrections."""
    for_good = Removal(source="radio", kind="source", reason="asked to", removed_at="2026-11-20")
    add_removed(gathering.project, for_good)
    told = gather(mix(gathering, entry("old"), entry("off", source="radio")))
    assert told["mixed"] == 1
    add_removed(gathering.project, replace(for_good, source="corrections"))
    assert gather(gathering)["clips"] == {"train": 0, "validation": 0, "test": 0}
    assert not (gathering.folder / "train.jsonl").exists()


def test_an_empty_mix_is_a_mistake(gathering: Gathering) -> None:
    """Whoever names one expects it to be learnt from."""
    with pytest.raises(ManifestError, match=r"mix\.jsonl"):
        gather(mix(gathering))
