"""The error shape of the API: a problem document, RFC 9457."""

from __future__ import annotations

from marshmallow import Schema, fields

from routes.api.fields import described


class FieldErrorSchema(Schema):
    """What is wrong with one field."""

    location = fields.String(metadata=described("query, json or body", "query"))
    field = fields.String(metadata=described("Its name", "limit"))
    found = fields.Raw(metadata=described("What was sent", "1000"))
    message = fields.String(metadata=described("What is allowed"))
    line = fields.Integer(allow_none=True, metadata=described("In a definition file"))


class ProblemSchema(Schema):
    """An error."""

    type = fields.String(metadata={"example": "about:blank"})
    title = fields.String(metadata={"example": "Unprocessable Entity"})
    status = fields.Integer(metadata={"example": 422})
    detail = fields.String(metadata=described("What was wrong with this request"))
    instance = fields.String(metadata=described("The address that was asked for"))
    hint = fields.String(metadata=described("How to mend it"))
    errors = fields.List(fields.Nested(FieldErrorSchema))
