"""Templates as files: what is accepted, and how a mistake is told."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansard.errors import TemplateError
from hansard.writing.forms.template import Template
from hansard.writing.forms.template_files import (
    LONGEST_NAME,
    MOST_BYTES,
    is_id,
    load_folder,
    parse,
    shipped,
    to_files,
    to_toml,
)

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "description": "What it is about"},
        "tags": {"type": "array", "items": {"type": "string"}, "description": "Words"},
    },
    "required": ["title", "tags"],
}
TEXTS = {
    "schema_text": json.dumps(SCHEMA),
    "prompt": "Summarise.\n{% for field in fields %}{{ field.name }}\n{% endfor %}",
    "example_text": '{"title": "Größe", "tags": ["a"]}',
    "toml_text": 'name = "Notes"\ndescription = "Of a talk"\n[extract]\ntitle = "title"\n',
}
FILES = dict(zip(MOST_BYTES, TEXTS.values(), strict=True))


def made(id: str = "notes", **texts: str) -> Template:  # noqa: A002 - the field's own name
    return parse(id, **{**TEXTS, **texts}, source="store")  # type: ignore[arg-type]


def written(folder: Path, **changes: str | None) -> Path:
    """A template's folder; a change names the file by its stem, None leaves it out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        content = changes.get(name.partition(".")[0], text)
        if content is not None:
            (folder / name).write_text(content, encoding="utf-8")
    return folder


def test_a_template_is_made_from_four_texts() -> None:
    """Schema, prompt, example and TOML become one template under its id."""
    template = made()
    assert (template.id, template.name, template.description) == ("notes", "Notes", "Of a talk")
    assert template.schema["additionalProperties"] is False
    assert template.example == {"title": "Größe", "tags": ["a"]}
    assert template.extract == {"title": "title"}
    assert template.source == "store"
    assert len(template.digest) == 64


def test_example_and_toml_may_be_missing() -> None:
    """Schema and prompt are enough: the template is then called by its id."""
    template = made(example_text="", toml_text="")
    assert (template.name, template.example, template.extract) == ("notes", {}, {})


def test_the_digest_tells_what_a_model_is_asked() -> None:
    """Each change of schema, prompt, example or extract changes the digest; a name does not."""
    first = made().digest
    swapped = {**SCHEMA, "properties": dict(reversed(SCHEMA["properties"].items()))}
    others = [
        made(prompt="Summarise."),
        made(schema_text=json.dumps(swapped)),
        made(example_text=""),
        made(toml_text='name = "Notes"'),
    ]
    assert len({first, *(other.digest for other in others)}) == 5
    assert made(toml_text=TEXTS["toml_text"].replace("Notes", "Other")).digest == first
    assert made("other").digest == first


@pytest.mark.parametrize(
    "name", ["", "A", "a/b", "..", "../a", "/etc/x", "a.b", "a\0", "a" * 65, "-a", "_a", "é", "a\n"]
)
def test_an_id_is_a_plain_name(name: str) -> None:
    """Whatever is not one plain lower-case name is no id, and the hint says what is."""
    assert not is_id(name)
    with pytest.raises(TemplateError, match="no id of a template") as caught:
        made(name)
    assert "a-z, 0-9" in caught.value.hint


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"schema_text": "{"}, "the schema is no JSON"),
        ({"schema_text": '{"type": "object", "properties": {}}'}, "tags"),
        ({"schema_text": '{"$ref": "#"}'}, "$ref"),
        ({"schema_text": " " * (MOST_BYTES["schema.json"] + 1)}, "schema.json has 32769 bytes"),
        ({"schema_text": "\ud800"}, "schema.json holds half a character"),
        ({"prompt": ""}, "the prompt is empty"),
        ({"prompt": "a\n{{ nothing }}"}, "line 2 of the prompt"),
        ({"prompt": "{{ schema }}" * 400}, "longer than"),
        ({"prompt": "ä" * 9000}, "prompt.jinja has 18000 bytes"),
        ({"example_text": "{"}, "the example is no JSON"),
        ({"example_text": "[" * 20000}, "the example is no JSON"),
        ({"example_text": '{"title": NaN}'}, "the example is no JSON"),
        ({"example_text": '{"title": 1, "tags": ["a"]}'}, "/title"),
        ({"example_text": "[]"}, "the example does not keep to the schema"),
        ({"example_text": "null"}, "the example does not keep to the schema"),
        ({"toml_text": "name = "}, "template.toml is no TOML"),
        ({"toml_text": "a = " + "[" * 8000}, "template.toml is no TOML"),
        ({"toml_text": "nmae = 'x'"}, "the key 'nmae'"),
        ({"toml_text": "name = 3"}, "the name of a template must be one line"),
        ({"toml_text": "name = 'a'\ndescription = \"a\\nb\""}, "the description of a template"),
        ({"toml_text": f"name = '{'x' * (LONGEST_NAME + 1)}'"}, "the name of a template"),
        ({"toml_text": "extract = 'title'"}, "'extract' must be a table"),
        ({"toml_text": "[extract]\nsummary = 'title'"}, "'summary', which is no property"),
        ({"toml_text": "[extract]\ntitle = 'guess'"}, "'guess', which is no method"),
        ({"toml_text": "[extract]\ntitle = ['title']"}, "which is no method"),
        ({"toml_text": "[extract.title]\na = 1"}, "which is no method"),
        ({"toml_text": "#" * (MOST_BYTES["template.toml"] + 1)}, "template.toml has 8193 bytes"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(changes: dict[str, str], reason: str) -> None:
    """A text that is not what it must be is refused, and the message says which and why."""
    with pytest.raises(TemplateError) as caught:
        made(**changes)
    assert reason in str(caught.value)


def test_a_folder_is_read(tmp_path: Path) -> None:
    """A folder with the four files is a template called as the folder is."""
    template = load_folder(written(tmp_path / "notes"), "folder")
    assert template == replace(made(), source="folder")


def test_a_folder_needs_schema_and_prompt_only(tmp_path: Path) -> None:
    """Example and TOML may be missing, other files are left alone, a byte order mark is no harm."""
    folder = written(tmp_path / "notes", example=None, template=None)
    (folder / "README.md").write_text("about it")
    (folder / "schema.json").write_text("\ufeff" + FILES["schema.json"], encoding="utf-8")
    assert load_folder(folder, "folder") == replace(
        made(example_text="", toml_text=""), source="folder"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"schema": None}, "template 'notes': schema.json is missing"),
        ({"prompt": None}, "template 'notes': prompt.jinja is missing"),
        ({"prompt": "x" * 20000}, "prompt.jinja is larger than 16384 bytes"),
        ({"prompt": "{{ a }}"}, "template 'notes': line 1 of the prompt"),
        ({"template": "a = "}, "template 'notes': template.toml is no TOML"),
    ],
)
def test_a_folder_with_a_mistake_is_named(
    tmp_path: Path, changes: dict[str, str | None], reason: str
) -> None:
    """What is wrong with a folder is told with the folder's name and the file's."""
    with pytest.raises(TemplateError) as caught:
        load_folder(written(tmp_path / "notes", **changes), "folder")
    assert reason in str(caught.value)


def test_a_folder_must_be_called_as_an_id(tmp_path: Path) -> None:
    """A folder whose name is no id is refused."""
    with pytest.raises(TemplateError, match="'My Notes' is no id"):
        load_folder(written(tmp_path / "My Notes"), "folder")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, folders and pipes in place of files are refused with their name."""
    folder = written(tmp_path / "notes")
    (folder / "prompt.jinja").write_bytes(b"ok \xff")
    with pytest.raises(TemplateError, match=r"prompt\.jinja is no UTF-8 text: byte 3"):
        load_folder(folder, "folder")
    (folder / "prompt.jinja").unlink()
    (folder / "prompt.jinja").mkdir()
    with pytest.raises(TemplateError, match=r"prompt\.jinja"):
        load_folder(folder, "folder")
    (folder / "prompt.jinja").rmdir()
    os.mkfifo(folder / "prompt.jinja")
    with pytest.raises(TemplateError, match=r"prompt\.jinja is no plain file"):
        load_folder(folder, "folder")


def test_links_stay_inside_the_folder(tmp_path: Path) -> None:
    """A link within the folder is followed, one that leads out is refused, a circle too."""
    (tmp_path / "secret").write_text("Summarise.")
    folder = written(tmp_path / "notes", prompt=None)
    (folder / "prompt.jinja").symlink_to(tmp_path / "secret")
    with pytest.raises(TemplateError, match=r"prompt\.jinja is a link that leads out"):
        load_folder(folder, "folder")
    (folder / "prompt.jinja").unlink()
    (folder / "..data").mkdir()
    (folder / "..data" / "prompt.jinja").write_text("Summarise.")
    (folder / "prompt.jinja").symlink_to(Path("..data") / "prompt.jinja")
    assert load_folder(folder, "folder").prompt == "Summarise."
    (folder / "prompt.jinja").unlink()
    (folder / "prompt.jinja").symlink_to("prompt.jinja")
    with pytest.raises(TemplateError, match=r"prompt\.jinja cannot be read"):
        load_folder(folder, "folder")


NAMES = st.text(max_size=LONGEST_NAME).filter(
    lambda text: text.isprintable() and text.strip() == text and text.isprintable()
)


@given(NAMES.filter(bool), NAMES, st.sampled_from(["title", "tags"]))
@settings(deadline=None, max_examples=200)
def test_a_template_can_be_written_and_read_again(name: str, about: str, field: str) -> None:
    """The files of a template give the same template, whatever it is called."""
    first = made(toml_text=to_toml(name, about, {field: "tags"}))
    assert (first.name, first.description, first.extract) == (name, about, {field: "tags"})
    schema, prompt, example, toml = to_files(first).values()
    assert parse("notes", schema, prompt, example, toml, "store") == first


def test_a_large_schema_can_still_be_written() -> None:
    """A schema near the limit is written without the space that would take it over."""
    properties = {
        f"field_{number}": {"type": "string", "description": "x" * 300} for number in range(90)
    }
    large = {**SCHEMA, "properties": {**SCHEMA["properties"], **properties}}
    first = made(schema_text=json.dumps(large), prompt="Summarise.")
    assert len(json.dumps(first.schema, indent=2)) > MOST_BYTES["schema.json"]
    schema, prompt, example, toml = to_files(first).values()
    assert parse("notes", schema, prompt, example, toml, "store") == first


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
@settings(deadline=None, max_examples=150)
def test_any_texts_are_a_template_or_a_template_error(
    name: str, schema: str, example: str, toml: str
) -> None:
    """Whatever is sent as a template, it works or fails as a template, text by text."""
    for texts in ({"schema_text": schema}, {"example_text": example}, {"toml_text": toml}):
        try:
            made(**texts)
        except TemplateError as error:
            assert str(error)  # noqa: PT017 - most of these fail, and only in this way
    if not is_id(name):
        with pytest.raises(TemplateError):
            made(name)


def test_shipped_templates_are_read_once() -> None:
    """Asking again for what is shipped reads nothing."""
    assert shipped() is shipped()
