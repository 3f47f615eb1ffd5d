"""What is told between entries, what is put right, and how it is reported."""

import json
from pathlib import Path
from typing import Any

from hansard.training.checks.advice import ADVICE
from hansard.training.checks.mending import mend
from hansard.training.checks.report import add_duplicates, by_kind, describe, write_report
from hansard.training.checks.scoring import Match, judge
from hansard.training.checks.together import compare
from hansard.training.checks.validating import line_numbers
from hansard.training.checks.values import Checked, Finding, Limits, fail, note, warn
from hansard.training.manifest import Entry, read_leniently


def checked(
    ident: str, text: str = "one two three", digest: str = "", *findings: Finding, **measures: Any
) -> Checked:
    entry = Entry(id=ident, audio=Path(f"/{ident}.wav"), transcript=text, language="hr")
    measures = {"digest": digest or ident, **measures}
    return Checked(line=1, id=ident, entry=entry, findings=findings, measures=measures)


def kinds(found: list[Checked]) -> dict[str | None, list[str]]:
    return {one.id: [f.kind for f in one.findings] for one in found}


def test_one_sound_with_two_transcripts_is_a_contradiction() -> None:
    """Both entries are named to each other, and neither is good."""
    found = list(compare([checked("a", "yes", "x"), checked("b", "no", "x")], Limits()))
    assert kinds(found) == {"a": ["contradiction"], "b": ["contradiction"]}
    assert not any(one.is_good for one in found)
    assert "the same sound as b" in found[0].findings[0].message


def test_one_sound_with_one_transcript_is_there_twice() -> None:
    """Capitals, punctuation and script make no other transcript; it is a warning only."""
    same = "\u0414\u043e\u0431\u0430\u0440 \u0434\u0430\u043d"
    found = list(compare([checked("a", "Dobar dan!", "x"), checked("b", same, "x")], Limits()))
    assert kinds(found) == {"a": ["duplicate audio"], "b": ["duplicate audio"]}
    assert all(one.is_good for one in found)


def test_a_broken_entry_contradicts_nobody() -> None:
    """What is an error for another reason does not spoil the good entry of the same sound."""
    bad = checked("b", "no", "x", fail("characters", "odd"))
    assert kinds(list(compare([checked("a", "yes", "x"), bad], Limits())))["a"] == []


def test_a_text_that_many_sounds_share_is_told() -> None:
    """Four sounds with one sentence are flagged, three are not, nor is a short answer."""
    four = [checked(f"a{n}") for n in range(4)]
    assert kinds(list(compare(four, Limits()))) == {
        f"a{n}": ["repeated transcript"] for n in range(4)
    }
    assert not any(kinds(list(compare(four[:3], Limits()))).values())
    short = [checked(f"a{n}", "Yes.") for n in range(9)]
    assert not any(kinds(list(compare(short, Limits()))).values())


def test_an_end_after_the_recording_is_cut() -> None:
    """The clip ends where the recording does; the error becomes a note."""
    late = checked("a", "yes", "", fail("outside", "late"), recording=5.0, duration=5.0)
    mended = mend(late)
    assert mended.entry is not None
    assert (mended.entry.end, mended.is_good) == (5.0, True)
    assert (mended.findings[0].severity, mended.findings[0].fixed) == ("note", True)


def test_a_clip_that_begins_after_the_recording_stays_an_error() -> None:
    """There is no right answer for a clip without any sound."""
    assert not mend(checked("a", "yes", "", fail("outside", "late"), recording=5.0)).is_good


def test_characters_that_are_none_are_taken_out() -> None:
    """The text is cleaned; one that consists of nothing else stays an error."""
    mended = mend(checked("a", "Do\u0007bar\u200b dan", "", fail("characters", "odd")))
    assert mended.entry is not None
    assert (mended.entry.transcript, mended.is_good) == ("Do bar dan", True)
    assert not mend(checked("a", "\u0007", "", fail("characters", "odd"))).is_good


def test_what_has_no_right_answer_stays() -> None:
    """A line without an entry and a clipped sound are left as they are."""
    line = Checked(line=3, id=None, findings=(fail("line", "no JSON"),))
    clipped = checked("a", "yes", "", warn("clipping", "loud"))
    assert (mend(line), mend(clipped)) == (line, clipped)


def test_scores_are_judged_by_their_limits() -> None:
    """Above the word error rate, or below the confidence, is an error; a failure is a warning."""
    assert judge(Match(wer=0.6), Limits()) == ()
    assert judge(Match(wer=0.61, hypothesis="x"), Limits())[0].kind == "mismatch"
    assert judge(Match(confidence=0.29), Limits())[0].severity == "error"
    assert judge(Match(confidence=0.3), Limits()) == ()
    assert judge(Match(failure="no model"), Limits())[0].kind == "not scored"


def test_kinds_are_listed_with_counts_examples_and_advice() -> None:
    """The kinds with most errors come first; examples are those of the worst."""
    found = [
        checked("a", "yes", "", note("sampling rate", "44100")),
        checked("b", "yes", "", fail("sampling rate", "6000"), warn("noise", "5 dB")),
    ]
    listed = by_kind(found)
    assert list(listed) == ["sampling rate", "noise"]
    assert listed["sampling rate"] == {
        "count": 2,
        "errors": 1,
        "warnings": 0,
        "notes": 1,
        "examples": ["b", "a"],
        "advice": ADVICE["sampling rate"],
    }


def test_reports_of_both_searches_live_in_one_file(tmp_path: Path) -> None:
    """A look at entries keeps what is said of duplicates, and the other way round."""
    add_duplicates(tmp_path, {"duplicates": 2})
    facts = describe(Path("m.jsonl"), [checked("a", "yes", "", warn("noise", "5 dB"))])
    path = write_report(tmp_path, facts)
    add_duplicates(tmp_path, {"duplicates": 3})
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["duplicates"] == {"duplicates": 3}
    assert (written["checked"], written["good"], written["warnings"]) == (1, 1, 1)
    assert written["entries"][0]["faults"] == [
        {"kind": "noise", "severity": "warning", "message": "5 dB"}
    ]


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """Blank and faulty lines do not shift the numbers of the entries after them."""
    good = [json.dumps({"id": name, "audio": "a.wav", "transcript": "x"}) for name in "abc"]
    path = tmp_path / "m.jsonl"
    path.write_text("\n".join([good[0], "", "{", good[1], good[0], good[2]]) + "\n")
    assert line_numbers(read_leniently(path)) == {"a": 1, "b": 4, "c": 6}
