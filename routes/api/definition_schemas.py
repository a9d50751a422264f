"""Definitions and benchmarks as the API gives them."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from pql.definitions.differences import KINDS
from routes.api.fields import QuerySchema, described, storable

LONGEST_MESSAGE = 1_000
ENTITY_TAG = r'^(\*|(W/)?"?[0-9]{1,9}"?)$'


def version_number(name: str, text: str, example: int) -> fields.Integer:
    """A parameter that is the number of a version."""
    return fields.Integer(
        data_key=name,
        load_default=None,
        validate=validate.Range(min=1),
        metadata=described(text, example),
    )


class ApplyQuery(QuerySchema):
    """What is said about a change."""

    message = fields.String(
        load_default="",
        validate=[validate.Length(max=LONGEST_MESSAGE), storable],
        metadata=described("Why, for those who read the history", "Ask for three people"),
    )


class IfMatchHeader(Schema):
    """Which version a change was made from."""

    class Meta:
        """A request has other headers too."""

        unknown = EXCLUDE

    if_match = fields.String(
        data_key="If-Match",
        load_default="*",
        validate=validate.Regexp(ENTITY_TAG, error="Must be the ETag of a version, or *."),
        metadata=described("The `ETag` of the version that the change was made from", '"3"'),
    )

    @post_load
    def read_number(self, data: dict[str, str], **_options: Any) -> dict[str, int | None]:
        """The version that must be in force, `None` for whichever is."""
        sent = data["if_match"]
        return {"expected": None if sent == "*" else int(sent.removeprefix("W/").strip('"'))}


class FileDiffQuery(QuerySchema):
    """What a file is compared with."""

    older = version_number("from", "The version to compare with; default: the one in force", 2)


class DiffQuery(QuerySchema):
    """Which two versions are compared."""

    older = version_number("from", "The older version; default: the one before the other", 1)
    newer = version_number("to", "The newer version; default: the one in force", 2)


class VersionSchema(Schema):
    """An applied version of a text."""

    number = fields.Integer(metadata=described("Counts from 1", 3))
    applied_at = fields.AwareDateTime()
    applied_by = fields.String(metadata=described("The name of the key, or the command line"))
    message = fields.String(metadata=described("Why; empty where nothing was said"))
    digest = fields.String(metadata=described("SHA-256 of the text"))


class TextVersionSchema(VersionSchema):
    """A version with its text."""

    text = fields.String(attribute="content", metadata=described("The file as it was applied"))


class SummarySchema(VersionSchema):
    """An applied version of the definition file, and what it changed."""

    changes = fields.String(
        metadata=described("What it said otherwise than the version before", "metrics: 1 changed")
    )


class DefinitionVersionSchema(SummarySchema, TextVersionSchema):
    """An applied version of the definition file with its text."""


class VersionListSchema(Schema):
    """Versions, the newest first."""

    data = fields.List(fields.Nested(SummarySchema))


class DifferenceSchema(Schema):
    """One thing that is otherwise. `before` and `after` are YAML in one line."""

    path = fields.List(
        fields.String(), metadata=described("From the top of the file; list entries by name")
    )
    kind = fields.String(metadata={"enum": list(KINDS)})
    before = fields.String(allow_none=True, metadata=described("null where it was added"))
    after = fields.String(allow_none=True, metadata=described("null where it was removed"))


class DiffSchema(Schema):
    """What one file says otherwise than another."""

    equal = fields.Boolean(metadata=described("They mean the same"))
    summary = fields.String(metadata={"example": "metrics: 1 added, 2 changed"})
    differences = fields.List(fields.Nested(DifferenceSchema))
    lines = fields.String(metadata=described("The lines that differ, as diff shows them"))


class ValidSchema(Schema):
    """The file can be put in force."""

    valid = fields.Boolean(metadata={"example": True})
    definitions = fields.List(fields.String())
    metrics = fields.List(fields.String())
    left_out = fields.List(
        fields.String(),
        metadata=described("What goes back to its default, because the file in force had it"),
    )
