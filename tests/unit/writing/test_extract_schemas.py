"""Summaries by quotation in the templates of strangers."""

from typing import Any

import pytest
from extract_samples import MAYBE, MEETING, STRING, STRINGS, A, B, plain, said, shaped, texts_in
from hypothesis import given, settings
from hypothesis import strategies as st

from hansard.errors import TemplateError, UnsupportedOptionError
from hansard.models.llm.shapes.schemas import problems_of
from hansard.writing.quoting.extract import extract_summary
from hansard.writing.quoting.fields import METHODS, guess_method

TALK = said(*MEETING, language="en")
SPOKEN = plain(TALK.text)


def made(properties: dict[str, Any], **options: Any) -> Any:
    template = shaped(properties, **options)
    content = extract_summary(TALK, template).content
    assert problems_of(content, template.schema) == ()
    return content


def array(items: dict[str, Any], **bounds: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **bounds}


def record(*optional: str, **properties: Any) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


@pytest.mark.parametrize(
    ("name", "node", "method"),
    [
        ("gist", STRING, "abstract"),
        ("executiveSummary", STRING, "abstract"),
        ("meeting_summary", STRING, "abstract"),
        ("Sažetak", STRING, "abstract"),
        ("headline", STRING, "title"),
        ("takeaways", STRINGS, "key_points"),
        ("nextSteps", STRINGS, "action_items"),
        ("todos", STRINGS, "action_items"),
        ("Teilnehmer", STRINGS, "people"),
        ("attendees", STRINGS, "people"),
        ("keywords", STRINGS, "tags"),
        ("topics", STRINGS, "tags"),
        ("topics", array(record(title=STRING)), "topics"),
        ("x", {"title": "Decisions", **STRINGS}, "decisions"),
        ("x", {"description": "A short summary of the call", **STRING}, "abstract"),
        ("x", {"description": "List of open questions", **STRINGS}, "questions"),
        ("sentiment", {"description": "Overall sentiment of the summary", **STRING}, None),
        ("risk_level", STRING, None),
        ("", STRING, None),
    ],
)
def test_a_field_is_understood_by_its_name_or_what_is_said_of_it(
    name: str, node: dict[str, Any], method: str | None
) -> None:
    """Names in several styles and languages, titles and descriptions tell how to fill a field."""
    assert guess_method(name, node) == method


def test_what_a_template_says_goes_before_what_its_names_suggest() -> None:
    """The template's own table decides how a property is filled."""
    told = made({"summary": STRINGS}, extract={"summary": "decisions"})
    assert told["summary"] == ["We decided to open the library on the third of June."]


def test_nothing_to_quote_is_null_empty_or_left_out() -> None:
    """A field of unknown meaning is null, an empty array, or missing, as its schema allows."""
    told = made({"mood": MAYBE, "risks": STRINGS}, required=("tags", "mood", "risks"))
    assert (told["mood"], told["risks"]) == (None, [])
    assert "mood" not in made({"mood": STRING}, required=("tags",))
    assert made({"risks": {**STRINGS, "type": ["array", "null"]}})["risks"] is None


@pytest.mark.parametrize(
    ("properties", "where"),
    [
        ({"mood": STRING}, "/mood"),
        ({"risks": {**STRINGS, "minItems": 1}}, "/risks"),
        ({"success": {"type": "boolean"}}, "/success"),
        ({"score": {"type": "number"}}, "/score"),
        ({"mood": {"type": "string", "enum": ["good", "bad"]}}, "/mood"),
        ({"details": record(summary=STRING, mood=STRING)}, "/details/mood"),
        ({"a/b": STRING}, "/a~1b"),
        ({"summary": {**STRING, "format": "date"}}, "/summary"),
        ({"summary": {**STRING, "minLength": 100_000}}, "/summary"),
        ({"decisions": {**STRINGS, "minItems": 5}}, "/decisions"),
    ],
)
def test_what_cannot_be_quoted_is_refused_by_name(properties: dict[str, Any], where: str) -> None:
    """A required field that no quotation fills is refused; the message names template and field."""
    with pytest.raises(UnsupportedOptionError) as refused:
        extract_summary(TALK, shaped(properties))
    assert f"'odd' requires {where}," in str(refused.value)
    assert "llm_url" in refused.value.hint


def test_sections_are_filled_inside() -> None:
    """An object at the top is filled by its own names; an optional one is left out if it cannot."""
    told = made(
        {
            "meeting": record(summary=record(short=MAYBE, key_points=STRINGS), decisions=STRINGS),
            "extra": record(mood=STRING),
        },
        required=("tags", "meeting"),
    )
    assert told["meeting"]["summary"]["key_points"]
    assert told["meeting"]["decisions"] == [MEETING[4][1]]
    assert "extra" not in told


def test_items_tell_who_when_and_what() -> None:
    """Properties of items are understood by their names; clock times are written where asked."""
    item = record(
        id={"type": "integer"},
        action=STRING,
        assignee=MAYBE,
        deadline=MAYBE,
        timestamp=STRING,
        start_seconds={"type": "integer"},
        priority={"type": ["string", "null"], "enum": ["high", "low", None]},
    )
    assert made({"todo": array(item)})["todo"] == [
        {
            "id": 1,
            "action": MEETING[5][1],
            "assignee": B,
            "deadline": "by Friday",
            "timestamp": "00:00:25",
            "start_seconds": 25,
            "priority": None,
        },
        {
            "id": 2,
            "action": MEETING[6][1],
            "assignee": "Mark",
            "deadline": "before next Tuesday",
            "timestamp": "00:00:30",
            "start_seconds": 30,
            "priority": None,
        },
    ]


def test_items_that_cannot_be_whole_are_left_out() -> None:
    """An item whose required property nobody said is dropped, not filled up."""
    strict = array(record(task=STRING, owner=STRING, due=STRING))
    assert [item["owner"] for item in made({"tasks": strict})["tasks"]] == [B, "Mark"]
    odd = array(record(task=STRING, priority={"type": "string", "enum": ["high", "low"]}))
    assert made({"tasks": odd})["tasks"] == []


def test_the_only_text_of_an_item_is_its_text() -> None:
    """An unknown name holds the quotation where it is the only text."""
    told = made({"decisions": array(record(wording=STRING, at={"type": "number"}))})
    assert told["decisions"] == [{"wording": MEETING[4][1], "at": 20}]


def test_chapters_may_hold_summaries_of_their_own() -> None:
    """A property of a chapter is filled from its own stretch of talk."""
    chapter = record(title=STRING, start={"type": "number"}, summary=STRING, points=STRINGS)
    for told in made({"chapters": array(chapter)})["chapters"]:
        assert told["summary"] in SPOKEN
        assert told["points"]


def test_people_and_facts_need_no_words() -> None:
    """Labels, lengths and counts are facts of the transcript."""
    told = made(
        {
            "speakers": array(record(name=STRING, role=MAYBE, speaking_time={"type": "number"})),
            "participants": STRING,
            "duration_minutes": {"type": "number"},
            "number_of_speakers": {"type": "integer"},
            "word_count": {"type": "integer"},
            "language": STRING,
            "version": {"type": "integer", "const": 2},
            "kind": {"type": "string", "enum": ["meeting"]},
        }
    )
    assert told["speakers"][0] == {"name": A, "role": None, "speaking_time": 20}
    assert told["participants"] == f"{A}, {B}"
    assert (told["duration_minutes"], told["number_of_speakers"]) == (0.75, 2)
    assert (told["language"], told["version"], told["kind"]) == ("en", 2, "meeting")
    assert told["word_count"] == len(SPOKEN.split())


def test_bounds_are_kept_without_halving_words() -> None:
    """Short room takes a shorter sentence, or a clause, or cuts between words; long room grows."""
    told = made(
        {
            "title": {**STRING, "maxLength": 12},
            "summary": {**STRING, "minLength": 200, "maxLength": 260},
            "gist": {**STRING, "maxLength": 30},
            "key_points": array({**STRING, "maxLength": 60}, minItems=4, maxItems=4),
            "tags": array({**STRING, "minLength": 5, "maxLength": 8}, minItems=3, maxItems=3),
        }
    )
    assert len(told["title"]) <= 12
    assert 200 <= len(told["summary"]) <= 260
    assert len(told["gist"]) <= 30
    assert len(told["key_points"]) == 4
    assert all(len(point) <= 60 for point in told["key_points"])
    assert len(set(told["tags"])) == 3
    words = set(SPOKEN.split()) | {word.strip(",.?!") for word in SPOKEN.split()}
    for text in texts_in(told):
        assert text in SPOKEN
        assert set(text.split()) <= words


def test_a_fixed_choice_of_tags_is_what_was_said_of_it() -> None:
    """Tags from a list are those that occur, written as the list has them."""
    choice = {"type": "string", "enum": ["Budget", "Football", "ROOF"]}
    assert made({"tags": array(choice)})["tags"] == ["Budget", "ROOF"]
    with pytest.raises(UnsupportedOptionError, match="/tags"):
        extract_summary(TALK, shaped({"tags": array({"type": "string", "enum": ["Football"]})}))


NAMES = st.sampled_from(
    [*METHODS, "gist", "owner", "start", "due", "mood", "text", "who", "ü/~", "speakerCount", "id"]
)
LEAF = st.one_of(
    st.builds(
        lambda kind, low, room: {"type": kind, "minLength": low, "maxLength": low + room},
        st.sampled_from(["string", ["string", "null"]]),
        st.integers(0, 40),
        st.integers(0, 200),
    ),
    st.sampled_from(
        [
            {"type": "integer", "minimum": 1},
            {"type": ["number", "null"], "maximum": 5},
            {"type": "boolean"},
            {"enum": ["a", None]},
            {"const": 7},
            {"type": "string", "format": "uri"},
        ]
    ),
)
NODES = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.builds(
            lambda items, low, room: array(items, minItems=low, maxItems=low + room),
            inner,
            st.integers(0, 2),
            st.integers(0, 5),
        ),
        st.builds(
            lambda parts, all_: record(*(() if all_ else parts), **parts),
            st.dictionaries(NAMES, inner, min_size=1, max_size=4),
            st.booleans(),
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=150)
@given(properties=st.dictionaries(NAMES.filter(lambda name: name != "tags"), NODES, max_size=4))
def test_any_legal_schema_is_filled_or_refused(properties: dict[str, Any]) -> None:
    """Whatever a stranger's template asks for, the result is valid and quoted, or refused."""
    try:
        template = shaped(properties)
    except TemplateError:
        return
    try:
        summary = extract_summary(TALK, template)
    except UnsupportedOptionError as error:
        assert "'odd' requires /" in str(error)  # noqa: PT017 - any of two outcomes is right
        return
    assert problems_of(summary.content, template.schema) == ()
    for pointer in summary.evidence:
        value: Any = summary.content
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            value = value[int(name)] if isinstance(value, list) else value[name]
        assert isinstance(value, str)
        labels = (A, B, f"{A}, {B}")
        assert value in SPOKEN or value in labels or value.replace(":", "").isdigit()
