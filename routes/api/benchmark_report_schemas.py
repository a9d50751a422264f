"""Curves, times, drift and retention as the API gives them."""

from __future__ import annotations

from marshmallow import Schema, fields

from routes.api.benchmark_schemas import AnswerSchema, SegmentSchema
from routes.api.fields import described


class IntervalSchema(Schema):
    """A number with its 95 % interval; null where it is not known."""

    value = fields.Float(allow_none=True)
    low = fields.Float(allow_none=True)
    high = fields.Float(allow_none=True)


class RateSchema(IntervalSchema):
    """A share, 0 to 1, with Wilson's interval; null without any account."""

    successes = fields.Integer()
    total = fields.Integer()


class AreaSchema(IntervalSchema):
    """The chance that an account that converted has the better value; a half says nothing."""

    with_outcome = fields.Integer()
    without_outcome = fields.Integer()


class ValueBinSchema(Schema):
    """Accounts by value, from `low` and less than `below`; both null: they never did it."""

    low = fields.Float(allow_none=True)
    below = fields.Float(allow_none=True, metadata=described("null: no upper end"))
    rate = fields.Nested(RateSchema, metadata=described("Who of them converted"))
    reached = fields.Nested(
        RateSchema, metadata=described("Who converted of those in this bin or a better one")
    )


class CurveSchema(Schema):
    """Conversion by the value that a metric had when the window closed."""

    metric = fields.String(metadata={"example": "messages_sent"})
    definition = fields.String(metadata=described("Whose window and outcome it is"))
    window_days = fields.Integer(metadata=described("When in the trial it was measured"))
    horizon_days = fields.Integer(metadata=described("How long after that a conversion counts"))
    smaller_is_better = fields.Boolean()
    everybody = fields.Nested(RateSchema)
    unknown_accounts = fields.Integer(
        attribute="unknown", metadata=described("Accounts without a known value")
    )
    area = fields.Nested(AreaSchema)
    quantiles = fields.List(
        fields.Nested(ValueBinSchema), metadata=described("Bins of about equally many accounts")
    )
    steps = fields.List(fields.Nested(ValueBinSchema), metadata=described("Bins of round values"))


class CurvesSchema(AnswerSchema):
    """The curve of each metric."""

    data = fields.List(fields.Nested(CurveSchema))


class PointSchema(Schema):
    """To how many it had happened by the end of so many days."""

    day = fields.Integer()
    share = fields.Float(metadata=described("0 to 1"))
    low = fields.Float(metadata=described("95 % interval"))
    high = fields.Float()
    at_risk = fields.Integer(metadata=described("Still watched, and it had not happened before"))


class TimeCurveSchema(Schema):
    """How soon something happens, with accounts that are still under way counted as such."""

    accounts = fields.Integer()
    happened = fields.Integer()
    points = fields.List(fields.Nested(PointSchema))
    median = fields.Float(allow_none=True, metadata=described("Days; null: half never got there"))
    median_low = fields.Float(allow_none=True, metadata=described("95 % interval"))
    median_high = fields.Float(allow_none=True)


class TimesToConvertSchema(Schema):
    """How long the trials of a segment take to pay, and what comes first."""

    segment = fields.Nested(SegmentSchema)
    accounts = fields.Integer()
    refused = fields.String(
        allow_none=True, metadata=described("Why there is no curve; null where there is")
    )
    pays = fields.Nested(TimeCurveSchema, allow_none=True, metadata=described("Kaplan and Meier"))
    first = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(TimeCurveSchema),
        metadata=described("paid, churned and expired: Aalen and Johansen"),
    )


class SurvivalSchema(AnswerSchema):
    """The times to convert of all accounts, or of each segment of a kind."""

    data = fields.List(fields.Nested(TimesToConvertSchema))


class TimesToFirstSchema(Schema):
    """How soon the accounts of a segment did what a metric counts; null: too few accounts."""

    metric = fields.String(metadata={"example": "messages_sent"})
    event = fields.String()
    segment = fields.Nested(SegmentSchema)
    accounts = fields.Integer()
    curve = fields.Nested(TimeCurveSchema, allow_none=True)


class FirstTimesSchema(AnswerSchema):
    """The first times of each metric, for all accounts or for each segment of a kind."""

    data = fields.List(fields.Nested(TimesToFirstSchema))


class MetricDriftSchema(Schema):
    """A metric of the latest trials against those before; null: too few accounts."""

    metric = fields.String(metadata={"example": "messages_sent"})
    before = fields.Integer(metadata=described("Trials of the period before"))
    now = fields.Integer(metadata=described("Trials of the latest period"))
    median_before = fields.Float(allow_none=True)
    median_now = fields.Float(allow_none=True)
    stability_index = fields.Float(allow_none=True, metadata=described("Above 0.2 it has moved"))
    distance = fields.Float(allow_none=True, metadata=described("Kolmogorov and Smirnov's"))
    p_value = fields.Float(allow_none=True)
    adjusted = fields.Float(
        allow_none=True, metadata=described("For all metrics; at most 0.05 it has moved")
    )
    moved = fields.Boolean()


class DriftSchema(Schema):
    """The latest trials against those of the period before, at the same age."""

    age_days = fields.Integer()
    period_days = fields.Integer(allow_none=True)
    divided_at = fields.AwareDateTime(
        allow_none=True, metadata=described("When the latest period began")
    )
    refused = fields.String(allow_none=True, metadata=described("Why nothing was compared"))
    metrics = fields.List(fields.Nested(MetricDriftSchema))


class DriftsSchema(AnswerSchema):
    """The drift; one entry."""

    data = fields.List(fields.Nested(DriftSchema))


class RetentionWeekSchema(Schema):
    """Of the accounts old enough for a week, how many did anything in it."""

    week = fields.Integer(metadata=described("The first is 1"))
    is_part_of_window = fields.Boolean(
        metadata=described("The definition was judged on days of this week")
    )
    activated = fields.Nested(RateSchema)
    not_activated = fields.Nested(RateSchema)
    difference = fields.Nested(IntervalSchema, metadata=described("Newcombe's interval"))


class RetentionSchema(Schema):
    """Activity by week of accounts that had met a definition and of others. Not cause."""

    definition = fields.String(metadata={"example": "trial_conversion"})
    window_days = fields.Integer(metadata=described("When in the trial it was judged"))
    activated = fields.Integer()
    not_activated = fields.Integer()
    unknown_accounts = fields.Integer(
        attribute="unknown", metadata=described("Nobody knows whether they had met it")
    )
    weeks = fields.List(fields.Nested(RetentionWeekSchema))


class RetentionsSchema(AnswerSchema):
    """The retention by each definition."""

    data = fields.List(fields.Nested(RetentionSchema))
