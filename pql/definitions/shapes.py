"""Shapes: what a part of a file may be, as JSON Schema (draft 7) that editors understand.

A shape accepts all that the reader accepts. It refuses what a pattern or a range can tell; the rest
(a metric that is not defined, grades that do not fall) only the reader refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow.fields import Field, Nested

from pql.definitions.fields import (
    LARGEST_NUMBER,
    LONGEST_NAME,
    LONGEST_TEXT,
    Described,
    Section,
    Shape,
    text_shape,
)

NUMBER: Shape = {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
BOOLEAN: Shape = {"type": "boolean"}
SCALAR: Shape = {
    **NUMBER,
    **text_shape(LONGEST_TEXT),
    "type": ["string", "number", "boolean"],
}
"""Text that is not blank, a number, true or false."""
NAME: Shape = {
    # No signs but _ and -: letters of any language may be in a name.
    "pattern": r"^[^\s!-,./:-@\[-^`{-~]+$",
    "maxLength": LONGEST_NAME,
}
NULL: Shape = {"type": "null"}


def list_of(entry: Shape, *, least: int = 0, most: int | None = None) -> Shape:
    """A list of so many entries."""
    limits = {"minItems": least or None, "maxItems": most}
    return {"type": "array", "items": entry, **_given(limits)}


def one_or_list_of(entry: Shape, *, least: int = 0) -> Shape:
    """An entry, or a list of them."""
    return {"anyOf": [entry, list_of(entry, least=least)]}


def mapping_of(entry: Shape, names: Shape | None = None) -> Shape:
    """A mapping of any names, or of names of a shape."""
    return {
        "type": "object",
        "additionalProperties": entry,
        **_given({"propertyNames": names}),
    }


def mapping_with(properties: Mapping[str, Shape], required: tuple[str, ...] = ()) -> Shape:
    """A mapping with these fields and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
        **_given({"required": list(required) or None}),
    }


def section_shape(section: type[Section]) -> Shape:
    """The shape of a section, from its fields: their names are never written twice."""
    fields = section().fields
    required = tuple(name for name, field in fields.items() if field.required)
    shapes = {name: _field_shape(field) for name, field in fields.items()}
    return {"description": _first_line(section), **mapping_with(shapes, required)}


def document_schema(
    section: type[Section], title: str, definitions: Mapping[str, Shape] | None = None
) -> Shape:
    """The JSON Schema of a whole file; `definitions` are what its shapes refer to."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": title,
        **section_shape(section),
        **_given({"definitions": definitions}),
    }


def _field_shape(field: Field[Any]) -> Shape:
    if isinstance(field, Nested):
        return section_shape(type(field.schema))  # type: ignore[arg-type]  # only sections are
    if not isinstance(field, Described):
        raise TypeError(f"a field of a section says what it allows; {field!r} does not")
    shape = {"anyOf": [field.shape, NULL]} if field.allow_none else field.shape
    return {"description": field.description, **shape, **_default(field)}


def _default(field: Field[Any]) -> Shape:
    default = field.load_default
    is_shown = isinstance(default, bool | int | float) or (isinstance(default, str) and default)
    return {"default": default} if is_shown else {}


def _first_line(section: type[Section]) -> str:
    return (section.__doc__ or "").partition("\n")[0]


def _given(keywords: Mapping[str, object]) -> Shape:
    return {name: value for name, value in keywords.items() if value is not None}
