"""The templates that come with Hansard: made with care, and fit for every engine and transcript."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from hansard.models.llm.shapes.schemas import check_schema, problems_of
from hansard.writing.forms.rendering import render_prompt
from hansard.writing.forms.template import Template
from hansard.writing.forms.template_files import parse, shipped, to_files

IDS = ("call_v1", "generic_v1", "interview_v1", "lecture_v1", "meeting_notes_v1", "podcast_v1")


@pytest.fixture(params=IDS)
def template(request: pytest.FixtureRequest) -> Template:
    return shipped()[request.param]


def nodes_of(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from nodes_of(inner)
    if "items" in schema:
        yield from nodes_of(schema["items"])


def least_of(schema: Mapping[str, Any]) -> Any:
    """The poorest value that fits: what a transcript of the one word `so` gives at the least."""
    if "null" in schema["type"]:
        return None
    if schema["type"] == "array":
        return [least_of(schema["items"])] * schema.get("minItems", 0)
    if schema["type"] == "object":
        return {name: least_of(inner) for name, inner in schema["properties"].items()}
    return {"string": "so", "number": 0}[schema["type"]]


def test_six_templates_are_shipped() -> None:
    """Six templates come with Hansard, each with a name and a description of its own."""
    assert tuple(shipped()) == IDS
    assert {template.id for template in shipped().values()} == set(IDS)
    for facts in ("name", "description", "digest", "prompt"):
        assert len({getattr(template, facts) for template in shipped().values()}) == len(IDS)
    assert {template.source for template in shipped().values()} == {"shipped"}


def test_its_schema_is_whole(template: Template) -> None:
    """Every value has a description and bounds, and every property is required."""
    for node in nodes_of(template.schema):
        assert len(node["description"]) > 5
        kind = node["type"] if isinstance(node["type"], str) else node["type"][0]
        if kind == "object":
            assert node["required"] == list(node["properties"])
            assert node["additionalProperties"] is False
        bound = {"string": "maxLength", "array": "maxItems", "number": "minimum"}.get(kind)
        assert bound is None or bound in node
    assert check_schema(template.schema) == template.schema


def test_its_schema_asks_for_title_abstract_and_tags(template: Template) -> None:
    """Whatever the kind of recording, a summary has a title, an abstract and 1 to 10 tags."""
    properties = template.schema["properties"]
    assert list(properties)[:2] == ["title", "abstract"]
    assert list(properties)[-1] == "tags"
    assert (properties["tags"]["minItems"], properties["tags"]["maxItems"]) == (1, 10)


def test_one_word_is_enough_for_it(template: Template) -> None:
    """A transcript of one word can be summarised: nothing that it cannot give is demanded."""
    assert problems_of(least_of(template.schema), template.schema) == ()
    text = {"title": "so", "abstract": "so", "tags": ["so"]}
    rest = {name: least_of(inner) for name, inner in template.schema["properties"].items()}
    assert {name for name, value in rest.items() if value not in (None, [])} == set(text)


def test_what_cannot_be_quoted_may_be_empty(template: Template) -> None:
    """A field for which no way of quoting is named may be null or an empty list."""
    for name, inner in template.schema["properties"].items():
        assert name in template.extract or least_of(inner) in (None, [])
    assert template.extract["title"] == "title"
    assert template.extract["abstract"] == "abstract"
    assert template.extract["tags"] == "tags"


def test_its_example_fits_and_fills_every_field(template: Template) -> None:
    """The example is valid, and shows at least one item in each list."""
    assert problems_of(template.example, template.schema) == ()
    assert [name for name, value in template.example.items() if value in (None, [], "")] == []


def test_its_prompt_explains_every_field(template: Template) -> None:
    """The prompt says of each field what belongs there, and that nothing may be made up."""
    text = render_prompt(template, language="de", speakers=("A",), title="T", duration=60.0)
    for name in template.schema["properties"]:
        assert f"\n{name}: " in text
    assert "Write only what the transcript says" in text
    assert "(its code is de)" in text
    assert template.example["title"] in text
    bare = render_prompt(template, language=None, speakers=(), title=None, duration=None)
    assert "Write in the language of the transcript, whatever" in bare


def test_it_can_be_written_to_files_and_read_again(template: Template) -> None:
    """A shipped template can be copied: its files give the same template."""
    schema, prompt, example, about = to_files(template).values()
    assert parse(template.id, schema, prompt, example, about, "shipped") == template
