"""What is sent for a preview of an import, and what is shown."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from pql.delimited.formats import (
    DECIMALS_ALLOWED,
    DELIMITERS_ALLOWED,
    ENCODINGS_ALLOWED,
    READERS,
    THOUSANDS_ALLOWED,
    TIME_FORMATS_ALLOWED,
    FormatInvalid,
    read_format,
)
from routes.api.fields import QuerySchema, described, one_of
from usage_ingest.importers.mapping_files import KINDS

SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")
"""Of files that are text: a packed one may unpack to any size."""
EXAMPLE_MAPPING = "events: {account: account, event: event, time: at}"
EXAMPLE_CONTENT = "account;event;at\nacme;login;20.11.2026\n"


def _said(allowed: str) -> fields.String:
    return fields.String(
        load_default=None, metadata=described(f"{allowed}; left out, it is recognised")
    )


class ImportPreviewQuery(QuerySchema):
    """A file, or its beginning, and the mapping it would be imported with."""

    kind = fields.String(
        required=True, validate=one_of(KINDS), metadata=described("What its rows are", "events")
    )
    mapping = fields.String(
        required=True, metadata=described("The text of a mapping file, YAML", EXAMPLE_MAPPING)
    )
    content = fields.String(
        load_default=None, metadata=described("The text of the file", EXAMPLE_CONTENT)
    )
    content_base64 = fields.String(
        load_default=None,
        metadata=described("Its bytes instead, so that their encoding can be recognised"),
    )
    file_name = fields.String(
        load_default="rows.csv",
        validate=validate.Length(1, 200),
        metadata=described(f"Its name: it ends in {', '.join(SUFFIXES)}"),
    )
    delimiter = _said(DELIMITERS_ALLOWED)
    encoding = _said(ENCODINGS_ALLOWED)
    decimal = _said(DECIMALS_ALLOWED)
    thousands = _said(THOUSANDS_ALLOWED)
    time_format = _said(TIME_FORMATS_ALLOWED)

    @post_load
    def read(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Put what is said of the file into one value, `file_format`, and its bytes into another.

        Raises:
            ValidationError: it is no text file, has no content, or says what cannot be said.
        """
        if not data["file_name"].lower().endswith(SUFFIXES):
            raise ValidationError(f"Must end in {', '.join(SUFFIXES)}.", "file_name")
        said = {name: data.pop(name) for name in READERS}
        try:
            file_format = read_format(said)
        except FormatInvalid as error:
            raise ValidationError(f"Must be {error.allowed}.", error.field) from error
        text, packed = data.pop("content"), data.pop("content_base64")
        return {**data, "file_format": file_format, "content": _content(text, packed)}


def _content(text: str | None, packed: str | None) -> bytes:
    if (text is None) == (packed is None):
        raise ValidationError("Give content or content_base64.", "content")
    if text is not None:
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(packed or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValidationError("Must be base64.", "content_base64") from error


class PreviewedFieldSchema(Schema):
    """A field of ours."""

    name = fields.String(metadata=described("Its name, or that of the trait or property"))
    column = fields.String(
        allow_none=True, metadata=described("Where it comes from; null for a constant")
    )
    read_as = fields.String(metadata=described("text, number, time, status ..."))


class PreviewedRowSchema(Schema):
    """A row as it was understood."""

    row = fields.Integer(metadata=described("Its number, as a spreadsheet shows it"))
    values = fields.Dict(metadata=described("By the names of `fields`; null: none"))


class PreviewedRejectionSchema(Schema):
    """A row that would be rejected, or a time without which its row would go in."""

    row = fields.Integer(metadata=described("Its number, as a spreadsheet shows it"))
    column = fields.String(metadata=described("Empty where the whole row is meant"))
    reason = fields.String(metadata=described("What is wrong"))
    found = fields.String(metadata=described("What was there"))
    allowed = fields.String(metadata=described("What is allowed"))


class ImportPreviewSchema(Schema):
    """What an import would make of a file. Nothing was written."""

    told = fields.List(
        fields.String(), metadata=described("How the file is written: encoding, delimiter, forms")
    )
    problems = fields.List(
        fields.String(), metadata=described("What cannot be told: an import would be refused")
    )
    fields_ = fields.List(
        fields.Nested(PreviewedFieldSchema),
        attribute="fields",
        data_key="fields",
        metadata=described("The fields that the mapping names"),
    )
    rows = fields.List(
        fields.Nested(PreviewedRowSchema), metadata=described("The first rows of the file")
    )
    looked_at = fields.Integer(metadata=described("How many rows were tried, 10,000 at most"))
    would_go_in = fields.Integer(metadata=described("How many of them would be imported"))
    no_outcome = fields.Integer(metadata=described("How many have no outcome yet"))
    rejected = fields.Integer(metadata=described("How many would be rejected"))
    rejections = fields.List(
        fields.Nested(PreviewedRejectionSchema), metadata=described("The first 20, with reasons")
    )
