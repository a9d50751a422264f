"""Benchmarks as the API gives them, and how they are asked for."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from pql.benchmarks.comparing import POPULATIONS
from pql.paging import LARGEST_NUMBER
from routes.api.fields import QuerySchema, described, one_of, storable

LONGEST_DAY = 100_000


class VersionQuery(QuerySchema):
    """Which computation."""

    version = fields.Integer(
        load_default=None,
        validate=validate.Range(1, LARGEST_NUMBER),
        metadata=described("`id` of a version; left out, the one in force"),
    )


class MetricQuery(VersionQuery):
    """Of which metric."""

    metric = fields.String(
        load_default=None,
        validate=[validate.Length(1, 100), storable],
        metadata=described("Only this metric", "messages_sent"),
    )


class SegmentQuery(VersionQuery):
    """Of which segments."""

    by = fields.String(
        load_default=None,
        validate=[validate.Length(1, 100), storable],
        metadata=described("The kind of segment: a name in the definitions' `segments`", "plan"),
    )
    segment = fields.String(
        load_default=None,
        validate=[validate.Length(1, 200), storable],
        metadata=described("Only this segment of the kind; left out, each", "pro"),
    )

    @validates_schema
    def check_kind(self, data: dict[str, Any], **_options: Any) -> None:
        """Refuse a segment without its kind."""
        if data.get("segment") is not None and data.get("by") is None:
            raise ValidationError("Needs `by`: the kind of segment.", "segment")


class BenchmarkQuery(MetricQuery, SegmentQuery):
    """Which rows. Without `by` those of all accounts together."""

    population = fields.String(load_default=None, validate=one_of(POPULATIONS))
    day = fields.Integer(
        load_default=None,
        validate=validate.Range(0, LONGEST_DAY),
        metadata=described("Only this day of the trial"),
    )


class FirstTimesQuery(MetricQuery, SegmentQuery):
    """Of which metric and segments."""


class RetentionQuery(VersionQuery):
    """Of which definition."""

    definition = fields.String(
        load_default=None,
        validate=[validate.Length(1, 100), storable],
        metadata=described("Only this definition", "trial_conversion"),
    )


class BenchmarkVersionSchema(Schema):
    """A computation of the benchmarks."""

    id = fields.Integer(metadata=described("What `version` asks for", 12))
    as_of = fields.AwareDateTime(metadata=described("Nothing later was looked at"))
    customers = fields.Integer(metadata=described("Accounts that had converted"))
    definitions = fields.Integer(metadata=described("Number of the definitions it was made for"))


class BenchmarkVersionsSchema(Schema):
    """Versions, the newest first; at most 100."""

    data = fields.List(fields.Nested(BenchmarkVersionSchema))


class AnswerSchema(Schema):
    """Something of a version. `data` belongs to each."""

    version = fields.Nested(
        BenchmarkVersionSchema,
        allow_none=True,
        metadata=described("null before they were worked out the first time"),
    )
    moved = fields.List(
        fields.String(),
        metadata=described("Metrics that trials do otherwise than before: see the drift"),
    )


class SegmentSchema(Schema):
    """Some of the accounts. Both are null for all of them together."""

    by = fields.String(allow_none=True, metadata=described("The kind of segment", "plan"))
    value = fields.String(
        allow_none=True, metadata=described("Which; null where it is unknown of the accounts")
    )


def _percentile(name: str, text: str) -> fields.Float:
    return fields.Float(allow_none=True, attribute=f"percentiles.{name}", metadata=described(text))


class BenchmarkRowSchema(Schema):
    """What a group had done by the end of a trial day. Percentiles: null where it is too small."""

    metric = fields.String(metadata={"example": "messages_sent"})
    population = fields.String(metadata={"enum": list(POPULATIONS)})
    segment = fields.Nested(SegmentSchema)
    day = fields.Integer(metadata=described("0: not by trial day", 6))
    accounts = fields.Integer(
        attribute="percentiles.accounts", metadata=described("How many accounts it rests on")
    )
    p10 = _percentile("p10", "A tenth of the accounts had done less")
    p10_low = _percentile("p10_low", "Low end of its 95 % interval")
    p10_high = _percentile("p10_high", "High end")
    p25 = _percentile("p25", "A quarter had done less")
    p25_low = _percentile("p25_low", "Low end of its 95 % interval")
    p25_high = _percentile("p25_high", "High end")
    p50 = _percentile("p50", "The median")
    median_low = _percentile("median_low", "Low end of its 95 % interval")
    median_high = _percentile("median_high", "High end")
    p75 = _percentile("p75", "Three quarters had done less")
    p75_low = _percentile("p75_low", "Low end of its 95 % interval")
    p75_high = _percentile("p75_high", "High end")
    p90 = _percentile("p90", "Nine tenths had done less")
    p90_low = _percentile("p90_low", "Low end of its 95 % interval")
    p90_high = _percentile("p90_high", "High end")


class BenchmarksSchema(AnswerSchema):
    """Percentiles by metric, population, segment and day."""

    data = fields.List(fields.Nested(BenchmarkRowSchema))


class RefreshSchema(Schema):
    """When the refresh was asked for; the worker does it within seconds."""

    requested_at = fields.AwareDateTime()
