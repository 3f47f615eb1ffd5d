"""The page as HTML: templates that escape everything that is put into them."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2

from hansard.evaluation.report.diffs import kind_of
from hansard.evaluation.report.numbers import decimal, isolate, percent, plural, whole

_HERE: Final = Path(__file__).parent
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
SCRIPTS: Final = ("tables", "tabs", "filters", "entries", "utterances")
"""Parts of the page's script, in the order in which they stand in it."""


def render_page(view: Mapping[str, Any]) -> str:
    """The page `index.html`."""
    return _environment().get_template("index.html.j2").render(view)


def read_style() -> str:
    """The page's style sheet."""
    return (_HERE / "assets" / "report.css").read_text(encoding="utf-8")


def read_script() -> str:
    """The page's script: its parts, joined."""
    paths = (_HERE / "assets" / f"{name}.js" for name in SCRIPTS)
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def language_tag(code: str | None) -> str:
    """A language code as HTML wants it, or nothing where it is none (BCP 47, roughly)."""
    return code.replace("_", "-") if code and _LANGUAGE.fullmatch(code) else ""


def flatten(facts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Facts in lines: names of nested ones are joined by points, other values are JSON."""
    lines: list[tuple[str, str]] = []
    for key, value in facts.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            lines += flatten(value, f"{name}.")
        elif isinstance(value, str):
            lines.append((name, value))
        else:
            lines.append((name, json.dumps(value, ensure_ascii=False, default=str)))
    return lines


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": percent,
        "decimal": decimal,
        "whole": whole,
        "plural": plural,
        "isolate": isolate,
        "language_tag": language_tag,
        "kind_of": kind_of,
        "flatten": flatten,
    }
    return environment
