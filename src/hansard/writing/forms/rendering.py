"""A template's prompt with its names filled in; plain text, so nothing is escaped.

What comes from a recording or its owner (title, speakers) is put on one line and cut, since it
lands among the instructions to a model. A prompt sees the names of `prompt_rules.NAMES`, no more.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, TypeVar

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hansard.errors import TemplateError
from hansard.writing.forms.prompt_rules import MOST_ITEMS, check_rules
from hansard.writing.forms.template import Template

T = TypeVar("T")

LONGEST_PROMPT = 16 * 1024
"""Bytes of a prompt before it is filled in."""
LONGEST_RENDERED = 64 * 1024
"""Characters of a prompt that was filled in."""
LONGEST_TITLE = 300
LONGEST_SPEAKER = 100
_JOINERS = frozenset("\u200c\u200d")
"""Not printable, but part of how names are written in many scripts."""


class _Json(str):
    """A text that is JSON already."""

    __slots__ = ()


def check_prompt(text: str) -> None:
    """See that a prompt can be filled in, whatever is known of a recording.

    Raises:
        TemplateError: it is too long, no Jinja, not within `prompt_rules`, or fails where something
            is not known; the message names the line where that can be told.
    """
    fields = ({"name": "title", "description": "What it is about"},)
    fixed = {"schema": _Json("{}"), "example": _Json(""), "fields": fields}
    for told, facts in (
        ("everything is", _facts("en", ("Ann", "Ben"), "A talk", 61.5)),
        ("nothing is", _facts(None, (), None, None)),
    ):
        try:
            _fill(text, {**fixed, **facts})
        except _FillError as error:
            raise TemplateError(
                f"the prompt fails where {told} known of a recording: {error}",
                hint="ask first: {% if duration %} ... {% endif %}",
            ) from error


def render_prompt(
    template: Template,
    *,
    language: str | None,
    speakers: Sequence[str],
    title: str | None,
    duration: float | None,
) -> str:
    """The prompt of a template for one recording.

    Args:
        template: what is to be written.
        language: code of the language of the transcript, such as `en`.
        speakers: labels of who speaks; the first `MOST_ITEMS` are used.
        title: what the recording is called.
        duration: its length in seconds.

    Raises:
        TemplateError: the prompt is not within `prompt_rules`, or becomes too long.
    """
    try:
        filled = _fill(
            template.prompt, {**_shape(template), **_facts(language, speakers, title, duration)}
        )
    except _FillError as error:
        raise TemplateError(
            f"the prompt of template {template.id!r} cannot be filled in: {error}"
        ) from error
    return filled.strip()


def _shape(template: Template) -> dict[str, Any]:
    properties: Mapping[str, Any] = template.schema.get("properties", {})
    fields = tuple(
        {"name": name, "description": str(of.get("description", ""))}
        for name, of in properties.items()
    )
    example = _pretty(template.example) if template.example else ""
    return {
        "schema": _Json(_pretty(template.schema)),
        "example": _Json(example),
        "fields": fields[:MOST_ITEMS],
    }


def _facts(
    language: str | None, speakers: Sequence[str], title: str | None, duration: float | None
) -> dict[str, Any]:
    return {
        "language": _plain(language, LONGEST_SPEAKER) if language else None,
        "speakers": tuple(_plain(name, LONGEST_SPEAKER) for name in speakers[:MOST_ITEMS]),
        "title": _plain(title, LONGEST_TITLE) if title else None,
        "duration": None if duration is None else round(duration),
    }


class _FillError(ValueError):
    """A prompt passed the rules and fails all the same, because of what it was given."""


def _fill(text: str, values: Mapping[str, Any]) -> str:
    template = _compiled(text)
    try:
        return "".join(_bounded(template.generate(values)))
    except (jinja2.TemplateError, TypeError, ValueError) as error:
        raise _FillError(str(error)[:300]) from error


def _bounded(parts: Iterator[str]) -> Iterator[str]:
    left = LONGEST_RENDERED
    for part in parts:
        left -= len(part)
        if left < 0:
            raise _FillError(f"it becomes longer than {LONGEST_RENDERED} characters")
        yield part


@lru_cache(maxsize=128)
def _compiled(text: str) -> jinja2.Template:
    """A prompt, checked and ready; what fails is not kept."""
    _check_size(text)
    environment = _environment()
    tree = _explained(lambda: environment.parse(text))
    check_rules(tree)
    code = _explained(lambda: environment.compile(tree))
    return environment.template_class.from_code(environment, code, {})


def _explained(deed: Callable[[], T]) -> T:
    """Jinja's reader and Python's compiler have limits of their own, beyond those of the rules."""
    try:
        return deed()
    except jinja2.TemplateSyntaxError as error:
        message = (error.message or "this cannot be read")[:300]
        raise TemplateError(f"line {error.lineno} of the prompt: {message}") from error
    except (RecursionError, MemoryError, SyntaxError, ValueError, OverflowError) as error:
        raise TemplateError("the prompt cannot be read: it is too deep or too large") from error


def _check_size(text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise TemplateError("the prompt holds half a character, so it is no UTF-8") from error
    if size > LONGEST_PROMPT:
        raise TemplateError(f"the prompt has {size} bytes; {LONGEST_PROMPT} are allowed")
    if not text.strip() or "\0" in text:
        raise TemplateError("the prompt is empty" if not text.strip() else "the prompt holds a NUL")


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=False,  # plain text for a model, never HTML
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        optimized=False,
        finalize=_shown,
        cache_size=0,
    )
    environment.globals.clear()
    environment.filters.clear()
    environment.filters.update(
        default=_default, join=_join, length=_length, lower=_lower, title=_title, tojson=_tojson,
        trim=_trim, upper=_upper,
    )  # fmt: skip
    tests = {name: environment.tests[name] for name in ("none", "defined")}
    environment.tests.clear()
    environment.tests.update(tests)
    return environment


def _shown(value: Any) -> Any:
    """What is not known is left out, and a list reads as one."""
    if value is None:
        return ""
    return ", ".join(value) if isinstance(value, tuple) else value


def _default(value: Any, default_value: Any = "", boolean: bool = True) -> Any:  # noqa: ARG001 - Jinja's second argument, taken as set
    return value if value not in (None, "") else default_value


def _join(values: Sequence[Any], d: str = "", attribute: str = "name") -> str:
    return d.join(each if isinstance(each, str) else each[attribute] for each in values)


def _length(value: Any) -> int:
    return len(value) if value is not None else 0


def _lower(value: Any) -> str:
    return str(_shown(value)).lower()


def _title(value: Any) -> str:
    return str(_shown(value)).title()


def _trim(value: Any) -> str:
    return str(_shown(value)).strip()


def _upper(value: Any) -> str:
    return str(_shown(value)).upper()


def _tojson(value: Any, indent: int = 0) -> str:
    if isinstance(value, _Json):
        return value
    return json.dumps(value, ensure_ascii=False, indent=indent or None)


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _plain(text: str, longest: int) -> str:
    """On one line, without control characters, no longer than that."""
    shown = "".join(
        char if char.isprintable() or char in _JOINERS else " " for char in text[: 4 * longest]
    )
    line = " ".join(shown.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
