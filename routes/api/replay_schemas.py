"""What is asked of a replay over the API."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from routes.api.fields import QuerySchema, described, storable
from segments.replay.question import MOST_REPS, MOST_WEEKS, USUAL_WEEKS


class ReplayQuery(QuerySchema):
    """Which definition to replay over how many weeks, and how many accounts sales can take."""

    weeks = fields.Integer(
        load_default=USUAL_WEEKS,
        validate=validate.Range(1, MOST_WEEKS),
        metadata=described(f"How many weeks back, 1 to {MOST_WEEKS}"),
    )
    definition = fields.String(
        load_default=None,
        validate=[validate.Length(1, 200), storable],
        metadata=described("Only this one of the file's definitions"),
    )
    reps = fields.Integer(
        load_default=None,
        validate=validate.Range(1, MOST_REPS),
        metadata=described("How many people take accounts; with `per_rep`"),
    )
    per_rep = fields.Integer(
        load_default=None,
        validate=validate.Range(1, MOST_REPS),
        metadata=described("New accounts a week that each has time for"),
    )

    @validates_schema
    def both_or_neither(self, data: dict[str, Any], **_options: Any) -> None:
        """A capacity is a number of people and of accounts."""
        given = [name for name in ("reps", "per_rep") if data.get(name) is not None]
        if len(given) == 1:
            raise ValidationError("Give reps and per_rep together.", given[0])
