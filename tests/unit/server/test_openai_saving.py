"""Saved transcripts have safe names with their time, and never replace one another."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import OutputError
from hansard.server.api.openai_parameters import SpeechRequest
from hansard.server.api.openai_saving import content_of, file_stem, save
from hansard.server.api.openai_shapes import answer
from hansard.transcript import Segment, Transcript
from hansard.transcript.formats import read
from hansard.transcript.subtitles import SubtitleOptions

NOON = datetime(2026, 11, 20, 12, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "now", "stem"),
    [
        ("talk.mp3", NOON, "talk_transcribe_20261120T120509Z"),
        ("Board meeting (1).final.wav", NOON,
         "Board_meeting_1_.final_transcribe_20261120T120509Z"),
        ("../../etc/passwd", NOON, "passwd_transcribe_20261120T120509Z"),
        ("C:\\music\\Zoë.ogg", NOON, "Zoë_transcribe_20261120T120509Z"),
        ("", NOON, "audio_transcribe_20261120T120509Z"),
        ("..", NOON, "audio_transcribe_20261120T120509Z"),
        ("a.wav", NOON.astimezone(timezone(timedelta(hours=5, minutes=30))),
         "a_transcribe_20261120T173509+0530"),
        ("a.wav", NOON.astimezone(timezone(-timedelta(hours=3))),
         "a_transcribe_20261120T090509-0300"),
    ],
)  # fmt: skip
def test_the_name_tells_recording_task_and_time(name: str, now: datetime, stem: str) -> None:
    """The file is called after the recording, the task and the zoned time."""
    assert file_stem(name, "transcribe", now) == stem


@given(st.text(max_size=300))
def test_any_name_makes_a_safe_one(name: str) -> None:
    """Whatever the client calls its file, the name is one path part of bounded length."""
    stem = file_stem(name, "translate", NOON)
    assert Path(stem).name == stem
    assert len(stem.encode()) <= 150
    assert stem.isprintable()
    assert not stem.startswith(".")


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    """Files of one second do not replace one another, even when written at once."""
    folder = tmp_path / "new" / "folder"
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda n: save(folder, "a", "txt", b"%d" % n), range(8)))
    assert {path.name for path in paths} == {"a.txt", *(f"a-{n}.txt" for n in range(2, 9))}
    assert sorted(path.read_bytes() for path in paths) == [b"%d" % n for n in range(8)]
    assert len(list(folder.iterdir())) == 8


def test_a_folder_that_cannot_be_is_an_output_error(tmp_path: Path) -> None:
    """Where the folder cannot be made, the error says so."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write into"):
        save(tmp_path / "file" / "below", "a", "txt", b"")


def test_json_is_saved_whole() -> None:
    """For JSON the file holds the whole transcript, for other formats what was answered."""
    said = Transcript(segments=(Segment(id=0, text="Hello.", start=0, end=1),), duration=1.0)
    for kind in ("json", "verbose_json", "diarized_json"):
        request = SpeechRequest(task="transcribe", response_format=kind)
        content = content_of(said, request, answer(said, request, SubtitleOptions()))
        assert read(content.decode(), "json") == said
    request = SpeechRequest(task="transcribe", response_format="srt")
    body = answer(said, request, SubtitleOptions())
    assert content_of(said, request, body) == body.content
