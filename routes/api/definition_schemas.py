"""Definitions and benchmarks as the API gives them."""

from __future__ import annotations

from marshmallow import Schema, fields

from routes.api.fields import described


class VersionSchema(Schema):
    """An applied version of the definition file."""

    number = fields.Integer(metadata=described("Counts from 1", 3))
    applied_at = fields.AwareDateTime()
    applied_by = fields.String(metadata=described("The name of the key, or the command line"))
    digest = fields.String(metadata=described("SHA-256 of the text"))


class DefinitionVersionSchema(VersionSchema):
    """A version with its text."""

    text = fields.String(attribute="content", metadata=described("The file as it was applied"))


class VersionListSchema(Schema):
    """Versions, the newest first."""

    data = fields.List(fields.Nested(VersionSchema))


class ValidSchema(Schema):
    """The file can be put in force."""

    valid = fields.Boolean(metadata={"example": True})
    definitions = fields.List(fields.String())
    metrics = fields.List(fields.String())


class BenchmarkRowSchema(Schema):
    """What a group had done by the end of a trial day. Percentiles: null where it is too small."""

    metric = fields.String(metadata={"example": "messages_sent"})
    population = fields.String(
        metadata={"enum": ["later_customers", "customers_now", "non_converters"]}
    )
    day = fields.Integer(metadata=described("0: not by trial day", 6))
    accounts = fields.Integer(metadata=described("How many accounts it rests on"))
    p10 = fields.Float(allow_none=True)
    p25 = fields.Float(allow_none=True)
    p50 = fields.Float(allow_none=True)
    p75 = fields.Float(allow_none=True)
    p90 = fields.Float(allow_none=True)
    median_low = fields.Float(allow_none=True, metadata=described("95 % interval of the median"))
    median_high = fields.Float(allow_none=True)


class BenchmarksSchema(Schema):
    """The benchmarks in force; no rows before they were worked out the first time."""

    as_of = fields.AwareDateTime(allow_none=True)
    customers = fields.Integer(allow_none=True, metadata=described("Accounts that had converted"))
    data = fields.List(fields.Nested(BenchmarkRowSchema))


class RefreshSchema(Schema):
    """When the refresh was asked for; the worker does it within seconds."""

    requested_at = fields.AwareDateTime()
