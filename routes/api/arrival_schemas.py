"""Sources and the last events as the API gives them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from pql.paging import LARGEST_NUMBER
from routes.api.fields import QuerySchema, described
from usage_ingest.loading.judging import DUPLICATE, QUARANTINED, STORED
from usage_ingest.loading.recent_events import MOST_REMEMBERED


class FateCountsSchema(Schema):
    """Events by what became of them."""

    stored = fields.Integer(metadata={"example": 1204})
    duplicates = fields.Integer(metadata=described("Sent again, to no effect", 3))
    quarantined = fields.Integer(metadata=described("Set aside with a reason", 2))
    expired = fields.Integer(metadata=described("Of those, let go when their time was over", 0))
    reasons = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata=described("Of those quarantined", {"missing_event": 2}),
    )
    notes = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata=described(
            "Of those stored: why some do not count, or what they asked for in vain",
            {"two_known_users": 1},
        ),
    )


class SourceSchema(Schema):
    """A key that sends events, and what became of them."""

    id = fields.Integer(allow_none=True, metadata=described("null for imports", 3))
    name = fields.String(metadata={"example": "web"})
    hint = fields.String(allow_none=True, metadata=described("The end of the key"))
    created_at = fields.AwareDateTime(allow_none=True)
    revoked_at = fields.AwareDateTime(allow_none=True)
    last_event_at = fields.AwareDateTime(allow_none=True)
    today = fields.Nested(FateCountsSchema, metadata=described("Since midnight, UTC"))
    total = fields.Nested(FateCountsSchema)


class SourceListSchema(Schema):
    """Every source of the workspace."""

    data = fields.List(fields.Nested(SourceSchema))


class RecentEventsQuery(QuerySchema):
    """Which of the last events."""

    source = fields.Integer(
        attribute="source_id",
        validate=validate.Range(1, LARGEST_NUMBER),
        metadata=described("Only those of the key with this id"),
    )
    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, MOST_REMEMBERED),
        metadata=described(f"How many, 1 to {MOST_REMEMBERED}"),
    )


class RecentEventSchema(Schema):
    """One of the last events. `null` is unknown, or does not apply."""

    source_id = fields.Integer(allow_none=True)
    source = fields.String(allow_none=True, metadata=described("The name of its key", "web"))
    fate = fields.String(metadata={"enum": [STORED, DUPLICATE, QUARANTINED], "example": STORED})
    reason = fields.String(allow_none=True, metadata=described("A short code", "missing_event"))
    detail = fields.String(allow_none=True, metadata=described("What was wrong, and where"))
    message_id = fields.String(allow_none=True)
    kind = fields.String(allow_none=True, metadata={"example": "track"})
    name = fields.String(allow_none=True, metadata={"example": "message_sent"})
    account = fields.String(allow_none=True, metadata={"example": "account-1"})
    contact = fields.String(allow_none=True, metadata=described("User id or anonymous id"))
    received_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime()


class RecentEventListSchema(Schema):
    """The last events, the newest first."""

    data = fields.List(fields.Nested(RecentEventSchema))
