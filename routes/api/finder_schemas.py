"""What is asked of the finder over the API."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from pql.definitions.grammar import LONGEST_DAYS
from pql.finder.questions import ACCOUNTS, UNITS
from routes.api.fields import QuerySchema, described, one_of, storable

MOST_EVENTS, MOST_WINDOWS = 50, 10
LONGEST_NAME = 512
LARGEST_SEED = 2**31 - 1


class FinderSchema(QuerySchema):
    """Whom to search, at which age, and for what."""

    days = fields.Integer(
        load_default=7,
        validate=validate.Range(1, LONGEST_DAYS),
        metadata=described("Age at which trials are judged", 7),
    )
    within = fields.Integer(
        load_default=30,
        validate=validate.Range(1, LONGEST_DAYS),
        metadata=described("Days after that in which to convert", 30),
    )
    unit = fields.String(
        load_default=ACCOUNTS, validate=one_of(UNITS), metadata=described("What is counted")
    )
    status = fields.String(
        load_default="trial",
        validate=one_of(("trial", "free")),
        metadata=described("Whom the definition will be for"),
    )
    events = fields.List(
        fields.String(validate=[validate.Length(1, LONGEST_NAME), storable]),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, MOST_EVENTS),
        metadata=described("Events to search; left out, the 12 most frequent"),
    )
    windows = fields.List(
        fields.Integer(validate=validate.Range(1, LONGEST_DAYS)),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, MOST_WINDOWS),
        metadata=described("First days to search, at most `days`; left out, 1, 3, 7 and 14"),
    )
    known_at_start = fields.List(
        fields.String(validate=[validate.Length(1, LONGEST_NAME), storable]),
        load_default=list,
        validate=validate.Length(max=MOST_EVENTS),
        metadata=described("Events to search though they sound like the outcome, or tell of it"),
    )
    seed = fields.Integer(
        load_default=0,
        validate=validate.Range(0, LARGEST_SEED),
        metadata=described("Of everything that is drawn"),
    )

    @validates_schema
    def within_the_age(self, data: dict[str, Any], **_options: Any) -> None:
        """No window looks beyond the age at which trials are judged."""
        if max(data.get("windows") or [0]) > data.get("days", LONGEST_DAYS):
            raise ValidationError("No window may be longer than days.", "windows")
