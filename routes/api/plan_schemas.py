"""Tracking plans and their violations as the API gives them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from pql.plans.checking import KINDS
from routes.api.definition_schemas import TextVersionSchema
from routes.api.fields import QuerySchema, described, storable


class PlanVersionSchema(TextVersionSchema):
    """An applied version of the tracking plan, with its text."""


class ViolationsQuery(QuerySchema):
    """Which violations."""

    event = fields.String(
        load_default=None,
        validate=[validate.Length(1, 512), storable],
        metadata=described("Only those in events of this name", "message_sent"),
    )


class ExampleSchema(Schema):
    """The latest event that was so."""

    message_id = fields.String()
    found = fields.String(metadata={"example": "7 (whole number)"})
    allowed = fields.String(metadata={"example": "text"})


class ViolationSchema(Schema):
    """One way in which events of a name are not as planned."""

    event = fields.String(metadata={"example": "message_sent"})
    kind = fields.String(metadata={"enum": list(KINDS)})
    property = fields.String(metadata=described("Empty for the event itself", "channel"))
    events = fields.Integer(metadata=described("How often", 12))
    first_seen_at = fields.AwareDateTime()
    last_seen_at = fields.AwareDateTime()
    example = fields.Nested(ExampleSchema)


class ViolationListSchema(Schema):
    """Violations of the plan in force, the most frequent first."""

    data = fields.List(fields.Nested(ViolationSchema))
