"""What a summary's template is, once it was read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hansard.models.llm import Schema

Method = Literal[
    "title", "abstract", "key_points", "quotes", "decisions", "action_items", "questions",
    "chapters", "people", "links", "tags", "topics",
]  # fmt: skip
"""How a field can be filled by quotation, without a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The shape of a summary, and what a model is told about writing it."""

    id: str
    name: str
    description: str
    schema: Schema
    """Within the subset of `hansard.models.llm.shapes.schemas`; an object with `tags`."""
    prompt: str
    """A Jinja text: what the summary is for and what belongs into each field. The transcript is not
    part of it."""
    example: Mapping[str, Any]
    """Valid against the schema; empty where there is none."""
    extract: Mapping[str, Method] = field(default_factory=dict)
    """Name of a property of the top level to how it is filled by quotation."""
    digest: str = ""
    """SHA-256 over schema, prompt, example and extract."""
    source: Literal["shipped", "folder", "store"] = "shipped"
