"""Fitted scores as the API gives them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from routes.api.fields import QuerySchema, described, recorded_until, storable


class FittedQuery(QuerySchema):
    """Which definition's."""

    definition = fields.String(
        load_default=None,
        validate=[validate.Length(1, 100), storable],
        metadata=described("Only this definition's; default: every definition's in force"),
    )


class FitQuery(FittedQuery):
    """What to fit, and to what."""

    until = recorded_until()


class FittedModelSchema(Schema):
    """The fitted score of a definition: whether it is used, why, and how it was judged."""

    definition = fields.String(metadata={"example": "trial_conversion"})
    is_used = fields.Boolean(metadata=described("Whether accounts are scored by it"))
    reason = fields.String(metadata=described("Why, or why not, in a sentence"))
    fitted_at = fields.AwareDateTime(allow_none=True)
    window_days = fields.Integer(
        allow_none=True, metadata=described("Trials are looked at when so many days are over", 7)
    )
    horizon_days = fields.Integer(
        allow_none=True, metadata=described("Days after that in which a conversion counts", 30)
    )
    model = fields.Dict(
        allow_none=True, metadata=described("Terms, intercept, calibration; null: nothing fitted")
    )
    evaluation = fields.Dict(
        allow_none=True,
        metadata=described(
            "On later trials: area, calibration, lift by tenth, Brier score, and beside the rules"
        ),
    )
    checked_at = fields.AwareDateTime(allow_none=True)
    check = fields.Dict(
        allow_none=True, metadata=described("What trials that began since say of it")
    )


class FittedModelListSchema(Schema):
    """One for each definition in force."""

    data = fields.List(fields.Nested(FittedModelSchema))


class AccountFittedSchema(Schema):
    """What the fitted score of a definition says of an account; null where it says nothing."""

    definition = fields.String(metadata={"example": "trial_conversion"})
    is_used = fields.Boolean()
    reason = fields.String(metadata=described("Why it is used, or not"))
    window_days = fields.Integer(
        allow_none=True, metadata=described("An account is scored when so many days are over", 7)
    )
    scored_at = fields.AwareDateTime(allow_none=True)
    score = fields.Integer(
        allow_none=True, metadata=described("100 x the calibrated probability of converting", 23)
    )
    probability = fields.Float(allow_none=True)
    low = fields.Float(allow_none=True, metadata=described("95 % interval of the probability"))
    high = fields.Float(allow_none=True)
    base = fields.Integer(
        allow_none=True, metadata=described("The score of an average trial; with parts, the score")
    )
    parts = fields.List(
        fields.Dict(), metadata=described("Points by metric: with `base` they sum to the score")
    )
    rank = fields.Integer(
        allow_none=True, metadata=described("Among the accounts scored now, 1 is the highest")
    )
    of = fields.Integer(allow_none=True, metadata=described("How many accounts are scored now"))
    sentence = fields.String()
