"""The JSON Schema of definition files: editors check and complete them by it."""

from __future__ import annotations

import json

from pql.definitions.fields import Shape
from pql.definitions.rule_shapes import rule_definitions
from pql.definitions.schemas import FileSchema
from pql.definitions.shapes import document_schema


def definitions_schema() -> Shape:
    """The schema, draft 7."""
    return document_schema(FileSchema, "A definition file of pql", rule_definitions())


def schema_text(schema: Shape) -> str:
    """A schema as the text of a file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
