"""What the end of a child means, decided without any process; and its messages."""

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.audio.child_fate import Outcome, judge
from hansard.audio.child_limits import ChildLimits
from hansard.audio.child_messages import (
    LONGEST_LINE,
    Decoded,
    Failed,
    Hello,
    Lines,
    Probed,
    Progress,
    Request,
    brief,
    brief_notes,
    pack,
    read_answer,
    read_request,
)
from hansard.audio.info import MediaInfo
from hansard.audio.options import AudioOptions
from hansard.errors import (
    DecoderEndedError,
    DiskFullError,
    HansardError,
    MediaLimitError,
    NoAudioError,
    OutputError,
    SettingError,
    UnreadableMediaError,
)

INFO = MediaInfo(
    name="secret name", path=None, format="wav", format_long="WAV", codec="pcm_s16le", duration=1.0,
    sample_rate=16_000, channels=1, layout="mono", bit_rate=None, audio_streams=1, has_video=False,
    size=32_080, title="t" * 10_000, artist=None, language="eng",
)  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "kind", "words"),
    [
        (Outcome(status=-signal.SIGALRM), MediaLimitError, "takes too long to decode"),
        (Outcome(status=-signal.SIGXCPU), MediaLimitError, "takes too long to decode"),
        (Outcome(late=True), MediaLimitError, "takes too long to decode"),
        (Outcome(status=-signal.SIGXFSZ), MediaLimitError, "more than max_duration allows"),
        (Outcome(status=-signal.SIGABRT), UnreadableMediaError, r"ended its decoder \(SIGABRT\)"),
        (Outcome(status=-signal.SIGKILL), DecoderEndedError, r"ended from outside \(SIGKILL\)"),
        (Outcome(status=-signal.SIGSEGV), UnreadableMediaError, r"ended its decoder \(SIGSEGV\)"),
        (Outcome(status=-99), UnreadableMediaError, r"\(signal 99\)"),
        (Outcome(status=1), UnreadableMediaError, "no reason is known"),
        (Outcome(status=0), UnreadableMediaError, "no reason is known"),
        (Outcome(), UnreadableMediaError, "no reason is known"),
        (Outcome(said=Probed(INFO), status=1), UnreadableMediaError, "ended its decoder"),
        (Outcome(said=Decoded(INFO, 1, 0.0), status=0), UnreadableMediaError, "ended its decoder"),
        (Outcome(unruly=True), UnreadableMediaError, "what no decoder says"),
        (Outcome(said=Failed("no_audio", "none", "h")), NoAudioError, "none"),
        (Outcome(said=Failed("setting", "clip")), SettingError, "clip"),
        (Outcome(said=Failed("output", "disk")), OutputError, "disk"),
        (Outcome(said=Failed("decoder_ended", "fork")), DecoderEndedError, "fork"),
        (Outcome(said=Failed("memory", "out of memory")), UnreadableMediaError, "out of memory"),
        (Outcome(said=Failed("poison", "x")), UnreadableMediaError, "ended its decoder"),
        (Outcome(said=Failed("no_audio", "a\x1b[2J\u202eb")), NoAudioError, r"^a\?\[2J\?b$"),
    ],
)
def test_each_end_is_an_error_of_ours(
    outcome: Outcome, kind: type[HansardError], words: str
) -> None:
    """How a child ended, or what it failed with, becomes the exception that says so."""
    with pytest.raises(kind, match=words) as caught:
        judge(outcome, Probed, "talk.mp3")
    assert type(caught.value) is kind


def test_who_is_to_blame_for_a_large_file_depends_on_the_disk() -> None:
    """Where free space was the bound, the disk is full; then another try may help."""
    with pytest.raises(DiskFullError, match="no room is left") as caught:
        judge(Outcome(status=-signal.SIGXFSZ), Decoded, "talk.mp3", disk_bound=True)
    assert caught.value.retry == "transient"


def test_what_a_living_child_said_counts() -> None:
    """The last word of a child that ended well is the result."""
    said = Probed(INFO)
    assert judge(Outcome(said=said, status=0), Probed, "talk.mp3") is said


def test_messages_come_back_as_they_were() -> None:
    """Requests and answers survive the way through JSON."""
    request = Request("a\\u202eb.mp3", ChildLimits(files=7), AudioOptions(clip="1-2"), 5)
    assert read_request(pack(request)) == request
    for answer in (Hello(5), Progress(1.5), Probed(INFO), Failed("a", "b")):
        assert read_answer(pack(answer)) == answer


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b'{"type":"hello"}',
        b'{"type":"hello","pid":"1"}',
        b'{"type":"farewell"}',
        b'{"type":"progress","position":NaN}',
        pack(Probed(INFO)).replace(b'"path":null', b'"path":"/etc/passwd"'),
        b"[" * 10_000,
        b'{"x":' * 10_000,
    ],
)
def test_nonsense_is_not_read(line: bytes) -> None:
    """What is no message is a ValueError, nothing else."""
    with pytest.raises(ValueError, match=r"Input|Expected|Invalid|JSON|Object"):
        read_answer(line)


@given(st.lists(st.binary(max_size=40).filter(lambda b: b"\n" not in b)), st.integers(1, 50))
def test_lines_come_whole_however_they_are_cut(lines: list[bytes], step: int) -> None:
    """The pieces in which bytes arrive do not matter."""
    data = b"".join(line + b"\n" for line in lines)
    reader = Lines()
    found = [line for at in range(0, len(data), step) for line in reader.feed(data[at : at + step])]
    assert found == lines


def test_an_endless_line_is_refused() -> None:
    """A line that does not end is not collected for ever."""
    reader = Lines()
    reader.feed(bytes(LONGEST_LINE))
    with pytest.raises(ValueError, match="too long"):
        reader.feed(b"x")


def test_texts_of_strangers_are_cut() -> None:
    """A title of megabytes and a thousand notes travel in part only; the name stays behind."""
    assert brief(INFO).name == ""
    assert len(brief(INFO).title or "") == 500
    notes = brief_notes(("n" * 600,) * 100)
    assert (len(notes), len(notes[0])) == (20, 500)


def test_long_recordings_may_take_longer() -> None:
    """The allowance grows with the length."""
    assert ChildLimits().wall(0) == 60
    assert ChildLimits().wall(3600) == 240
