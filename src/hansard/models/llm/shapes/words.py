"""Which words of JSON Schema Hansard's schemas may use, and what is said of those they may not."""

from types import MappingProxyType

from hansard.errors import TemplateError
from hansard.models.llm.answering.json_text import shorten

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""What a checked schema that names a dialect is written in; the subset means the same in each of
`DIALECTS`."""
DIALECTS = r"https?://json-schema\.org/(?:draft/2020-12|draft/2019-09|draft-07|draft-06)/schema#?"

TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
NOTES = ("title", "description", "default", "examples", "$comment")
"""Words that say nothing about which values are valid."""
FORMATS = ("date", "date-time", "time", "duration", "email", "uri", "uuid")
"""Formats that are kept as notes to the model; no value is refused because of them."""

ITEM_COUNTS = ("minItems", "maxItems")
LENGTHS = ("minLength", "maxLength")
RANGE = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
NESTING = ("properties", "required", "additionalProperties", "items")
"""Words that make no sense beside another type, and would hide a mistake there."""
OF_TYPE = MappingProxyType(
    {
        "object": ("properties", "required", "additionalProperties"),
        "array": ("items", *ITEM_COUNTS, "uniqueItems"),
        "string": (*LENGTHS, "format"),
        "integer": RANGE,
        "number": RANGE,
    }
)
"""Words that say something about values of that type only."""
ALLOWED = frozenset(("type", "enum", "const", "anyOf", *NOTES)).union(*OF_TYPE.values())

IN_PLACE_HINT = "write the schema out at the place where it is used"
NULLABLE_HINT = 'for a value that may be null write "type": ["string", "null"]'
ONE_KIND_HINT = f"say what the value is in one schema; {NULLABLE_HINT}"
ALL_ITEMS_HINT = "give one schema in `items`, which holds for every item"
BY_NAME_HINT = "name each property in `properties`; others are never allowed"
REQUIRED_HINT = "write an array of names in the object around the property; true was draft 3's way"
_IN_REQUIRED = "name what must be there in `required`"

HINTS = MappingProxyType(
    {
        "pattern": "say in `description` what it looks like, or list the values in `enum`",
        "patternProperties": BY_NAME_HINT,
        "propertyNames": BY_NAME_HINT,
        "minProperties": _IN_REQUIRED,
        "maxProperties": BY_NAME_HINT,
        "unevaluatedProperties": "leave it out: properties that are not named are never allowed",
        "unevaluatedItems": ALL_ITEMS_HINT,
        "prefixItems": ALL_ITEMS_HINT,
        "additionalItems": ALL_ITEMS_HINT,
        "contains": ALL_ITEMS_HINT,
        "minContains": ALL_ITEMS_HINT,
        "maxContains": ALL_ITEMS_HINT,
        "$ref": IN_PLACE_HINT,
        "$dynamicRef": IN_PLACE_HINT,
        "$recursiveRef": IN_PLACE_HINT,
        "$defs": IN_PLACE_HINT,
        "definitions": IN_PLACE_HINT,
        "oneOf": ONE_KIND_HINT,
        "allOf": "write the schemas as one",
        "not": ONE_KIND_HINT,
        "if": ONE_KIND_HINT,
        "then": ONE_KIND_HINT,
        "else": ONE_KIND_HINT,
        "dependentRequired": _IN_REQUIRED,
        "dependentSchemas": ONE_KIND_HINT,
        "contentEncoding": "leave it out: a summary is text",
        "contentMediaType": "leave it out: a summary is text",
        "$schema": "name the dialect at the top only",
        "$id": "leave it out: nothing refers to it",
        "nullable": f"that is OpenAPI's word; {NULLABLE_HINT}",
        "example": 'that is OpenAPI\'s word; write "examples": [...]',
        "discriminator": f"that is OpenAPI's word; {ONE_KIND_HINT}",
        "id": "that is draft 4's word, called `$id` today, and is not needed",
        "divisibleBy": "that is draft 3's word, called `multipleOf` today",
        "disallow": f"that is draft 3's word; {ONE_KIND_HINT}",
        "extends": "that is draft 3's word; write the schemas as one",
        "dependencies": f"that is draft 7's word; {_IN_REQUIRED}",
    }
)
"""What to do in place of a word that is not accepted."""


def refused(where: str, why: str, *, hint: str = "") -> TemplateError:
    """What is raised about a place (a JSON pointer) in a schema."""
    place = shorten(where, 300) or "its top"
    return TemplateError(f"the schema is not accepted at {place}: {why}", hint=hint)
