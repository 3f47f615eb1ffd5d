"""Summaries as people read them."""

from hansard.transcript.formats.clock import short_clock
from hansard.transcript.summaries import Citation, Summary
from hansard.writing.lines import Line
from hansard.writing.reading import show_line, to_markdown

SUMMARY = Summary(
    template_id="x",
    content={
        "title": "The harbour",
        "reason": None,
        "action_items": [{"task": "Send the report", "owner": "Ana"}],
        "chapters": [{"title": "Money", "start": 61.0, "end": 3700.0}],
        "tags": ["harbour", "money"],
    },
    evidence={
        "/title": (Citation(segment=3, start=61.0, end=65.0, verdict="supported"),),
        "/action_items/0/task": (
            Citation(segment=None, start=None, end=None, verdict="unsupported"),
        ),
    },
)


def test_each_field_stands_under_its_name_with_times_and_warnings() -> None:
    """Points carry the time of their evidence, or say that there is none; null is left out."""
    assert to_markdown(SUMMARY) == (
        "## Title\n\nThe harbour [1:01]\n\n"
        "## Action items\n\n- task: Send the report [no evidence]\n  owner: Ana\n\n"
        "## Chapters\n\n- title: Money\n  start: 1:01\n  end: 1:01:40\n\n"
        "## Tags\n\nharbour, money\n"
    )


def test_times_are_shown_as_a_clock_shows_them() -> None:
    """Minutes and seconds; hours where there are any."""
    assert [short_clock(t) for t in (0, 59.9, 61, 3600)] == ["0:00", "0:59", "1:01", "1:00:00"]


def test_a_line_is_shown_with_what_is_known_of_it() -> None:
    """Time and speaker where there are any."""
    assert (
        show_line(Line(segment=1, text="Hello.", speaker="Ana", start=5.0)) == "[0:05] Ana: Hello."
    )
    assert show_line(Line(segment=1, text="Hello.")) == "Hello."
