"""Templates as files: read, checked as a whole, and written again.

    <id>/schema.json     the shape of the summary (JSON Schema, see `models.llm.shapes`)
    <id>/prompt.jinja    what a model is told about it (see `hansard.writing.forms.prompt_rules`)
    <id>/example.json    a summary of this shape, made up; may be missing
    <id>/template.toml   name, description and the table `extract`; may be missing

Hansard's own lie in the folder `templates` beside this file. An id is never made into a path
before it was seen to be one plain name.
"""

import json
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from hansard.errors import TemplateError
from hansard.models.llm import Schema
from hansard.writing.forms.template import Method, Template

SCHEMA, PROMPT, EXAMPLE, ABOUT = "schema.json", "prompt.jinja", "example.json", "template.toml"
MOST_BYTES: Mapping[str, int] = MappingProxyType(
    {SCHEMA: 32 * 1024, PROMPT: 16 * 1024, EXAMPLE: 32 * 1024, ABOUT: 8 * 1024}
)
"""How large each file may be."""
LONGEST_NAME = 100
LONGEST_DESCRIPTION = 1000

Source = Literal["shipped", "folder", "store"]

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_ID_HINT = "an id has 1 to 64 of a-z, 0-9, '_' and '-', and begins with a letter or digit"
_METHODS: tuple[str, ...] = get_args(Method)
_SHIPPED = Path(__file__).parent / "templates"


def is_id(text: str) -> bool:
    """Whether a template may be called so."""
    return _ID.fullmatch(text) is not None


def parse(
    id: str,  # noqa: A002 - the field's own name
    schema_text: str,
    prompt: str,
    example_text: str,
    toml_text: str,
    source: Source,
) -> Template:
    """A template from its four texts, checked; example and TOML may be empty.

    Without a name, the template is called by its id.

    Raises:
        TemplateError: the id is none, or one of the texts is not what it must be.
    """
    from hansard.models.llm.shapes.schemas import load_schema
    from hansard.writing.forms.rendering import check_prompt

    if not is_id(id):
        raise TemplateError(f"{id[:100]!r} is no id of a template", hint=_ID_HINT)
    texts = {SCHEMA: schema_text, PROMPT: prompt, EXAMPLE: example_text, ABOUT: toml_text}
    for name, text in texts.items():
        _check_size(name, text)
    schema = load_schema(schema_text)
    check_prompt(prompt)
    example = _example(example_text, schema) if example_text.strip() else {}
    about = _about(toml_text)
    extract = _extract(about.get("extract", {}), schema)
    template = Template(
        id=id,
        name=_line(about, "name", LONGEST_NAME) or id,
        description=_line(about, "description", LONGEST_DESCRIPTION),
        schema=schema,
        prompt=prompt,
        example=example,
        extract=extract,
        digest=_digest(schema, prompt, example, extract),
        source=source,
    )
    _check_filling(template)
    return template


def load_folder(folder: Path, source: Source) -> Template:
    """The template in a folder, called as the folder is. Other files in there are left alone.

    Raises:
        TemplateError: a file is missing, cannot be read, leads out of the folder by a link, or is
            not what it must be; the message names the folder's id.
    """
    id = folder.name  # noqa: A001 - the field's own name
    try:
        texts = read_folder(folder)
        return parse(id, texts[SCHEMA], texts[PROMPT], texts[EXAMPLE], texts[ABOUT], source)
    except TemplateError as error:
        raise TemplateError(f"template {id[:100]!r}: {error}", hint=error.hint) from error


def read_folder(folder: Path) -> Mapping[str, str]:
    """The four texts in a template's folder, by name of file; empty where one may be missing.

    Raises:
        TemplateError: a file is missing, cannot be read, or leads out of the folder by a link.
    """
    return {name: _read(folder, name) for name in MOST_BYTES}


@cache
def shipped() -> Mapping[str, Template]:
    """The templates that come with Hansard, by id."""
    return MappingProxyType(
        {name: load_folder(_SHIPPED / name, "shipped") for name in shipped_ids()}
    )


@cache
def shipped_ids() -> tuple[str, ...]:
    """What those are called, without reading them."""
    return tuple(sorted(folder.name for folder in _SHIPPED.iterdir() if folder.is_dir()))


def to_files(template: Template) -> Mapping[str, str]:
    """The four texts of a template by name of file: what `parse` makes the same template from."""
    return {
        SCHEMA: _json(template.schema, MOST_BYTES[SCHEMA]),
        PROMPT: template.prompt,
        EXAMPLE: _json(template.example, MOST_BYTES[EXAMPLE]) if template.example else "",
        ABOUT: to_toml(template.name, template.description, template.extract),
    }


def to_toml(name: str, description: str, extract: Mapping[str, str]) -> str:
    """The text of `template.toml`."""
    lines = [f"name = {_quoted(name)}", f"description = {_quoted(description)}"]
    if extract:
        lines += ["", "[extract]"]
        lines += [f"{_quoted(field)} = {_quoted(method)}" for field, method in extract.items()]
    return "\n".join(lines) + "\n"


def _check_size(name: str, text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise TemplateError(f"{name} holds half a character, so it is no UTF-8") from error
    if size > MOST_BYTES[name]:
        raise TemplateError(f"{name} has {size} bytes; {MOST_BYTES[name]} are allowed")


def _example(text: str, schema: Schema) -> Mapping[str, Any]:
    from hansard.models.llm.answering.json_text import NotJsonError
    from hansard.models.llm.answering.json_text import parse as parse_json
    from hansard.models.llm.shapes.schemas import problems_of

    try:
        example = parse_json(text)
    except NotJsonError as error:
        raise TemplateError(f"the example is no JSON: {error}") from error
    problems = problems_of(example, schema)
    if problems or not isinstance(example, dict):
        wrong = "; ".join(problems[:3])
        raise TemplateError(
            f"the example does not keep to the schema: {wrong}", hint="mend one or the other"
        )
    return example


def _about(text: str) -> Mapping[str, Any]:
    try:
        about = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise TemplateError(f"{ABOUT} is no TOML: {str(error)[:200]}") from error
    unknown = sorted(set(about) - {"name", "description", "extract"})
    if unknown:
        raise TemplateError(
            f"{ABOUT} has the key {unknown[0][:100]!r}, which means nothing",
            hint="the keys are name, description and the table extract",
        )
    return about


def _line(about: Mapping[str, Any], key: str, longest: int) -> str:
    value = about.get(key, "")
    if not isinstance(value, str) or not value.isprintable() or len(value) > longest:
        raise TemplateError(
            f"the {key} of a template must be one line of text",
            hint=f"at most {longest} characters",
        )
    return value.strip()


def _extract(table: Any, schema: Schema) -> Mapping[str, Method]:
    if not isinstance(table, dict):
        raise TemplateError("'extract' must be a table", hint='such as title = "title"')
    properties = schema.get("properties", {})
    for name, method in table.items():
        if name not in properties:
            raise TemplateError(
                f"'extract' names {name[:100]!r}, which is no property of the schema",
                hint=f"its properties are {', '.join(properties)}"[:500],
            )
        if method not in _METHODS:
            raise TemplateError(
                f"'extract' fills {name[:100]!r} by {str(method)[:100]!r}, which is no method",
                hint=f"the methods are {', '.join(_METHODS)}",
            )
    return table


def _check_filling(template: Template) -> None:
    """See that the prompt stays within its bounds with this schema and example."""
    from hansard.writing.forms.rendering import render_prompt

    render_prompt(template, language=None, speakers=(), title=None, duration=None)


def _digest(
    schema: Schema, prompt: str, example: Mapping[str, Any], extract: Mapping[str, Method]
) -> str:
    content = json.dumps([_ordered(schema), prompt, example, extract], ensure_ascii=False)
    return sha256(content.encode()).hexdigest()


def _ordered(schema: Schema) -> Schema:
    """With its words sorted; the order of properties counts, because models write in it."""
    result = {word: schema[word] for word in sorted(schema)}
    if "properties" in result:
        properties: Mapping[str, Schema] = result["properties"]
        result["properties"] = {name: _ordered(inner) for name, inner in properties.items()}
    if "items" in result:
        result["items"] = _ordered(result["items"])
    return result


def _read(folder: Path, name: str) -> str:
    try:
        path = (folder / name).resolve(strict=True)
        if not path.is_relative_to(folder.resolve()):
            raise TemplateError(f"{name} is a link that leads out of the folder")
        content = _content(path, name)
    except FileNotFoundError as error:
        if name in {EXAMPLE, ABOUT}:
            return ""
        raise TemplateError(
            f"{name} is missing", hint=f"put {SCHEMA} and {PROMPT} there"
        ) from error
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
        why = getattr(error, "strerror", None) or "links in a circle"
        raise TemplateError(f"{name} cannot be read: {why}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TemplateError(f"{name} is no UTF-8 text: byte {error.start} is wrong") from error


def _content(path: Path, name: str) -> bytes:
    """What is in a plain file; pipes and devices are not waited for."""
    found = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(found, "rb") as file:
        if not stat.S_ISREG(os.fstat(found).st_mode):
            raise TemplateError(f"{name} is no plain file")
        content = file.read(MOST_BYTES[name] + 4)
    if len(content) > MOST_BYTES[name] + 3:  # a byte order mark is not counted
        raise TemplateError(f"{name} is larger than {MOST_BYTES[name]} bytes")
    return content


def _json(value: Mapping[str, Any], most: int) -> str:
    """As people read it, where that fits."""
    text = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    return text if len(text.encode()) <= most else json.dumps(value, ensure_ascii=False)


def _quoted(text: str) -> str:
    """A basic string of TOML 1.0; JSON's escapes are among TOML's, which wants DEL escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
