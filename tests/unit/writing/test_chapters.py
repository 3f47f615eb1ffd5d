"""Chapters, found and written."""

import json
from typing import Any

from extract_samples import A, B, plain, said

from hansard.transcript.summaries import Chapter, Summary
from hansard.writing.lines import lines_of
from hansard.writing.quoting.chapters import chapters_of, extract_chapters, to_podcast_json

GARDEN = "We plant tomatoes in the garden and water the tomatoes with rain water every morning."
ENGINE = "The engine of the old car needs oil and the mechanic repairs the engine in his garage."
TWO_TOPICS = (*[(A, GARDEN)] * 40, *[(B, ENGINE)] * 40)


def summary(content: dict[str, Any]) -> Summary:
    return Summary(template_id="x", content=content)


def test_chapters_follow_the_topics_and_are_titled_by_what_is_said() -> None:
    """Each begins where the talk turns, ends where the next begins, and quotes its own part."""
    transcript = said(*TWO_TOPICS, language="en")
    first, second = extract_chapters(lines_of(transcript), "en")
    assert (first.start, first.end) == (0.0, second.start)
    assert second.end == 5.0 * 79 + 4
    assert abs(second.start - 200.0) <= 20
    assert first.title in GARDEN
    assert second.title in ENGINE
    assert 1 <= len(first.title.split()) <= 10


def test_short_talk_is_one_chapter_and_untimed_talk_has_none() -> None:
    """A few sentences are one chapter; where nobody knows the times there is none."""
    transcript = said((A, GARDEN), (B, ENGINE))
    only = extract_chapters(lines_of(transcript), None)
    assert [(chapter.start, chapter.end) for chapter in only] == [(0.0, 9.0)]
    assert only[0].title in plain(transcript.text)
    assert extract_chapters(lines_of(said((A, GARDEN), timed=False)), "en") == ()
    assert extract_chapters((), None) == ()


def test_podcast_json_is_what_players_read() -> None:
    """The file has its version, and start, end and title of each chapter, in plain letters."""
    chapters = (
        Chapter(start=0.0, end=12.5, title="Početak"),
        Chapter(start=12.5, end=12.5, title="Kraj"),
    )
    text = to_podcast_json(chapters)
    assert "Početak" in text
    assert json.loads(text) == {
        "version": "1.2.0",
        "chapters": [
            {"startTime": 0.0, "endTime": 12.5, "title": "Početak"},
            {"startTime": 12.5, "title": "Kraj"},
        ],
    }


def test_a_summary_gives_its_chapters_in_order_of_time() -> None:
    """Starts are numbers or clock times, ends may be missing, and what has no start is left out."""
    listed = [
        {"title": "Second", "start": 60.0},
        {"title": "First", "start": "00:00:05", "end": 50},
        {"title": "Twice", "start": 60},
        {"title": "", "start": 70},
        {"title": "Never", "start": None},
        "no chapter",
    ]
    assert chapters_of(summary({"chapters": listed})) == (
        Chapter(start=5.0, end=60.0, title="First"),
        Chapter(start=60.0, end=60.0, title="Second"),
    )


def test_chapters_under_another_name_are_found() -> None:
    """A property that means chapters counts where it holds times; other lists do not."""
    content = {"timeline": [{"heading": "One", "timestamp": "1:30"}], "quotes": [{"start": 1}]}
    assert chapters_of(summary(content)) == (Chapter(start=90.0, end=90.0, title="One"),)
    assert chapters_of(summary({"chapters": ["One", "Two"]})) == ()
    assert chapters_of(summary({"title": "One"})) == ()
