"""Hansard's manifest into each other shape and back."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shape_entries import entries, make_recordings, settled

from hansard.training.manifest import Entry, read_manifest, write_manifest
from hansard.training.project import Project
from hansard.training.shapes import ConvertOptions, Kind, convert


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_recordings(tmp_path_factory.mktemp("recordings"))


def there_and_back(
    given_: tuple[Entry, ...], kind: Kind, folder: Path, options: ConvertOptions
) -> list[Entry]:
    source = write_manifest(folder / "in.jsonl", given_)
    # one project for all examples, so that recordings are measured once
    project = Project(folder.parent / "project")
    made = convert(source, folder / "made", replace(options, to=kind), project)
    assert (made.written, made.failures, made.missing) == (len(given_), (), ())
    back = convert(
        folder / "made", folder / "back.jsonl", ConvertOptions(from_=kind, to="hansard"), project
    )
    assert back.notes == ()
    return sorted(read_manifest(folder / "back.jsonl"), key=lambda entry: entry.id)


def expected(given_: tuple[Entry, ...]) -> list[Entry]:
    return sorted((settled(entry) for entry in given_), key=lambda entry: entry.id)


@settings(max_examples=30)
@given(data=st.data(), kind=st.sampled_from(["nemo", "whisper-finetune", "lhotse"]))
def test_shapes_that_hold_everything_give_it_back(
    data: st.DataObject,
    kind: Kind,
    recordings: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """NeMo, Whisper-Finetune and Lhotse keep every field, other fields included."""
    given_ = data.draw(entries(recordings))
    folder = tmp_path_factory.mktemp("trip")
    assert there_and_back(given_, kind, folder, ConvertOptions()) == expected(given_)


@settings(max_examples=30)
@given(data=st.data())
def test_kaldi_gives_back_what_it_can_hold(
    data: st.DataObject, recordings: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """All but parts with times and other fields; runs of blanks in transcripts become one."""
    given_ = data.draw(entries(recordings))
    back = there_and_back(given_, "kaldi", tmp_path_factory.mktemp("trip"), ConvertOptions())
    assert back == [
        replace(
            entry,
            transcript=" ".join(entry.transcript.split()),
            segments=(),
            extra={},
        )
        for entry in expected(given_)
    ]


@settings(max_examples=20)
@given(data=st.data(), metadata=st.sampled_from(["jsonl", "csv"]), link=st.booleans())
def test_an_audiofolder_gives_back_all_but_where_clips_were_cut(
    data: st.DataObject,
    metadata: str,
    link: bool,
    recordings: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Each clip has a file of its own; CSV makes text of other fields and drops lists."""
    given_ = data.draw(entries(recordings))
    folder = tmp_path_factory.mktemp("trip")
    options = ConvertOptions(metadata=metadata, link=link)  # type: ignore[arg-type]
    back = there_and_back(given_, "audiofolder", folder, options)
    assert len({entry.audio for entry in back}) == len(given_)
    assert all(entry.audio.is_relative_to(folder / "made" / "train") for entry in back)
    for old, new in zip(expected(given_), back, strict=True):
        plain = metadata == "csv"
        texts = {n: _cell(v) for n, v in old.extra.items() if not isinstance(v, list)}
        assert new == replace(
            old,
            audio=new.audio,
            start=0.0,
            end=None,
            segments=() if plain else old.segments,
            extra=texts if plain else old.extra,
        )


def _cell(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
