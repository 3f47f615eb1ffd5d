"""References and hypotheses as files hold them."""

import json
from pathlib import Path

import pytest

from hansard.errors import DataError, UsageError
from hansard.evaluation.reading import name_models, read_pairs
from hansard.evaluation.values import Utterance

SRT = "1\n00:00:01,000 --> 00:00:02,500\nGood morning\n\n2\n00:00:03,000 --> 00:00:04,000\nall\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:02.500\n<v Ana>Good morning\n\n00:03.000 --> 00:04.000\nall\n"


def put(path: Path, content: object) -> Path:
    """Write a text, or a list as JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, list):
        content = "".join(json.dumps(line) + "\n" for line in content)
    path.write_text(str(content), encoding="utf-8")
    return path


def only(found: dict[str, tuple[Utterance, ...]]) -> tuple[Utterance, ...]:
    (utterances,) = found.values()
    return utterances


def test_two_texts_are_one_utterance(tmp_path: Path) -> None:
    """All lines together; the hypothesis is called after its file."""
    found = read_pairs(
        put(tmp_path / "right.txt", "one\ntwo\n"), [put(tmp_path / "heard.txt", "one\n")]
    )
    assert list(found) == ["heard"]
    (one,) = only(found)
    assert (one.reference.split(), one.hypothesis.split()) == (["one", "two"], ["one"])


def test_plain_texts_can_be_compared_line_by_line(tmp_path: Path) -> None:
    """Empty lines are empty utterances; the last line end makes none."""
    one, other = put(tmp_path / "r.txt", "a\n\nc\n"), put(tmp_path / "h.txt", "a\r\nb\r\nc\r\n")
    found = only(read_pairs(one, [other], lines=True))
    assert [(each.id, each.reference, each.hypothesis) for each in found] == [
        ("1", "a", "a"), ("2", "", "b"), ("3", "c", "c"),
    ]  # fmt: skip


def test_lines_must_be_as_many(tmp_path: Path) -> None:
    """A hypothesis with fewer lines is an error that names the first that is missing."""
    one, other = put(tmp_path / "r.txt", "a\nb\nc\n"), put(tmp_path / "h.txt", "a\nb\n")
    with pytest.raises(DataError, match=r"lacks 1 of 3 utterances .* first are '3'"):
        read_pairs(one, [other], lines=True)
    with pytest.raises(DataError, match="1 utterances more"):
        read_pairs(other, [one], lines=True)


@pytest.mark.parametrize(("suffix", "content"), [("srt", SRT), ("vtt", VTT)])
def test_subtitles_are_transcripts(tmp_path: Path, suffix: str, content: str) -> None:
    """Times and speakers come along, and the format of the other side does not matter."""
    one = put(tmp_path / f"r.{suffix}", content)
    (each,) = only(read_pairs(one, [put(tmp_path / "h.txt", "good morning all")]))
    assert each.reference.split() == ["Good", "morning", "all"]
    assert each.reference_transcript is not None
    assert each.reference_transcript.segments[0].start == 1.0
    assert each.transcript is None


def test_json_lines_hold_predictions_beside_references(tmp_path: Path) -> None:
    """Results of the Open ASR leaderboard need no second file."""
    rows = [
        {"audio_filepath": "a.wav", "duration": 2.0, "time": 0.5, "text": "a b", "pred_text": "a"},
        {"audio_filepath": "b.wav", "duration": 1.0, "time": 0.1, "text": "c", "pred_text": ""},
    ]
    found = read_pairs(put(tmp_path / "results.jsonl", rows), [])
    assert list(found) == ["results"]
    assert [(each.id, each.hypothesis, each.seconds) for each in only(found)] == [
        ("a.wav", "a", 0.5), ("b.wav", "", 0.1),
    ]  # fmt: skip
    assert only(found)[0].audio == tmp_path / "a.wav"


def test_json_lines_may_hold_several_models(tmp_path: Path) -> None:
    """`pred_text_NAME` is what NeMo's tools call another model's."""
    rows = [{"id": "1", "text": "a", "pred_text": "a", "pred_text_big": "b", "time_big": 2}]
    found = read_pairs(put(tmp_path / "r.json", [*rows, {**rows[0], "id": "2"}]), [])
    assert list(found) == ["r", "big"]
    assert (found["big"][0].hypothesis, found["big"][0].seconds) == ("b", 2.0)


def test_json_lines_are_matched_by_id(tmp_path: Path) -> None:
    """In any order, with all that the reference tells; more hypotheses than needed do no harm."""
    said = [
        {"id": "x", "transcript": "a", "language": "hrv", "speaker": "ana", "snr": 12, "start": 2,
         "end": 5},
        {"id": "y", "transcript": "b", "language": "sr-Latn"},
    ]  # fmt: skip
    heard = [{"id": "y", "text": "b"}, {"id": "z", "text": ""}, {"id": "x", "text": "q"}]
    one, two = only(read_pairs(put(tmp_path / "r.jsonl", said), [put(tmp_path / "h.jsonl", heard)]))
    assert (one.hypothesis, one.language, one.speaker, one.noise) == ("q", "hr", "ana", 12.0)
    assert (one.duration, one.start, two.language) == (3.0, 2.0, "sr")


def test_clips_of_one_file_are_told_apart(tmp_path: Path) -> None:
    """By where they begin, or, if that is the same, by a number."""
    rows = [
        {"audio_filepath": "a.wav", "offset": 3.5, "text": "a", "pred_text": "a"},
        {"audio_filepath": "a.wav", "text": "b", "pred_text": "b"},
        {"audio_filepath": "a.wav", "text": "c", "pred_text": "c"},
    ]
    found = only(read_pairs(put(tmp_path / "r.jsonl", rows), []))
    assert [each.id for each in found] == ["a.wav@3.5", "a.wav", "a.wav#2"]


def test_folders_are_matched_by_name(tmp_path: Path) -> None:
    """Whatever the suffix; of several files of one name the one that tells most is read."""
    put(tmp_path / "right/a.txt", "good morning")
    put(tmp_path / "right/deep/b ž.txt", "evening")
    put(tmp_path / "right/picture.png", "x")
    put(tmp_path / "heard/a.srt", SRT)
    put(tmp_path / "heard/a.txt", "wrong one")
    put(tmp_path / "heard/deep/b ž.txt", "evening")
    found = only(read_pairs(tmp_path / "right", [tmp_path / "heard"]))
    assert [each.id for each in found] == ["a", "deep/b ž"]
    assert found[0].hypothesis.split() == ["Good", "morning", "all"]


def test_a_missing_hypothesis_is_named(tmp_path: Path) -> None:
    """A file that is only in the folder of references is an error."""
    put(tmp_path / "right/a.txt", "a")
    put(tmp_path / "right/b.txt", "b")
    put(tmp_path / "heard/a.txt", "a")
    with pytest.raises(DataError, match=r"lacks 1 of 2 utterances .* first are 'b'"):
        read_pairs(tmp_path / "right", [tmp_path / "heard"])


def test_a_language_is_used_where_the_reference_tells_none(tmp_path: Path) -> None:
    """What is asked for is weaker than the data."""
    rows = [{"id": "1", "text": "a", "pred_text": "a", "language": "hr"},
            {"id": "2", "text": "a", "pred_text": "a"}]  # fmt: skip
    found = only(read_pairs(put(tmp_path / "r.jsonl", rows), [], language="Serbian"))
    assert [each.language for each in found] == ["hr", "sr"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\x00\xfe", "no text in UTF-8"),
        (b"a\0b", "is no text"),
        (b'{"text": 1\n', "line 1 .*r.jsonl"),
        (b"[1]\n", "it is no JSON object"),
        (b'{"text": ["a"], "pred_text": "a"}\n', "not text"),
        (b'{"text": "a", "pred_text": "a", "duration": "long"}\n', "not a number"),
        (b'{"text": "a", "pred_text": "a"}\n{"text": "b"}\n', "'2' has no pred_text"),
        (b"\n\n", "holds no utterances"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_one_clear_error(
    tmp_path: Path, content: bytes, message: str
) -> None:
    """The file, and where it can be the line, are named."""
    path = tmp_path / "r.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_pairs(path, [])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """On either side; a folder that holds no text has no utterances."""
    there = put(tmp_path / "there.txt", "a")
    for pair in ((tmp_path / "no.txt", there), (there, tmp_path / "no.txt")):
        with pytest.raises(DataError, match=r"no\.txt.*no such file"):
            read_pairs(pair[0], [pair[1]])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no utterances"):
        read_pairs(tmp_path / "empty", [there])
    with pytest.raises(UsageError, match="holds no hypotheses"):
        read_pairs(there, [])


def test_a_text_and_a_folder_do_not_go_together(tmp_path: Path) -> None:
    """One utterance cannot be compared with many."""
    put(tmp_path / "many/a.txt", "a")
    put(tmp_path / "many/b.txt", "b")
    with pytest.raises(DataError, match="do not go together"):
        read_pairs(put(tmp_path / "one.txt", "a"), [tmp_path / "many"])


def test_rttm_holds_no_words(tmp_path: Path) -> None:
    """Who spoke when is no hypothesis of what was said."""
    turns = put(tmp_path / "a.rttm", "SPEAKER a 1 0.0 1.0 <NA> <NA> ana <NA> <NA>\n")
    with pytest.raises(DataError, match="holds no words"):
        read_pairs(put(tmp_path / "one.txt", "a"), [turns])


def test_models_get_short_names() -> None:
    """The last part of a path where that tells them apart."""
    assert name_models(["demo", "/x/mine/", "owner/large-v3"]) == ["demo", "mine", "large-v3"]
    assert name_models(["v1.5", "v1.6"]) == ["v1.5", "v1.6"]
    assert name_models(["a/out.txt", "b/out.txt"]) == ["a/out.txt", "b/out.txt"]
    assert name_models(["x.txt", "x.json"]) == ["x.txt", "x.json"]
    assert name_models(["demo", "demo"]) == ["demo", "demo-2"]
