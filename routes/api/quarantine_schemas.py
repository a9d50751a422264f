"""The quarantine as the API takes and gives it."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from pql.paging import LARGEST_NUMBER
from routes.api.fields import (
    PageQuery,
    PageSchema,
    QuerySchema,
    WithSummary,
    described,
    storable,
)
from usage_ingest.loading.judging import DUPLICATE, QUARANTINED, STORED
from usage_ingest.quarantine.listing import QuarantineFilter
from usage_ingest.quarantine.mending import (
    CASTS,
    MendingRules,
    PathInvalid,
    require_paths,
)
from usage_ingest.quarantine.replaying import ACCEPTED, MOST_AT_ONCE, Selection, SelectionMissing
from usage_ingest.quarantine.requests import REPLAYED

FILTERS = ("reason", "source_id", "since")


class QuarantineFilterSchema(Schema):
    """Which events."""

    reason = fields.String(
        validate=[validate.Length(1, 50), storable],
        metadata=described("A short code", "missing_event"),
    )
    source = fields.Integer(
        attribute="source_id",
        validate=validate.Range(1, LARGEST_NUMBER),
        metadata=described("The id of the key that sent them"),
    )
    since = fields.AwareDateTime(metadata=described("Received at this time or later"))


class QuarantineQuery(PageQuery, QuarantineFilterSchema, QuerySchema):
    """Which part of the quarantine."""

    @post_load
    def gather(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Put the filter's fields into one value."""
        return {"asked": _filter(data), **{name: data[name] for name in ("limit", "cursor")}}


class QuarantinedEventSchema(Schema):
    """An event in quarantine."""

    id = fields.Integer(metadata={"example": 17})
    reason = fields.String(metadata=described("A short code", "missing_event"))
    detail = fields.String(
        metadata=described(
            "What is wrong, where, and what is allowed",
            "batch[1].event: found none; allowed: text that is not empty",
        )
    )
    message_id = fields.String(allow_none=True)
    source_id = fields.Integer(allow_none=True)
    source = fields.String(allow_none=True, metadata=described("The name of its key", "web"))
    channel = fields.String(metadata=described("The dialect it was sent in", "segment"))
    received_at = fields.AwareDateTime()
    quarantined_at = fields.AwareDateTime()
    events = fields.Integer(
        metadata=described("More than 1 for a request that was set aside as a whole", 1)
    )


class QuarantinePage(PageSchema):
    """Some of what is in quarantine, the newest first."""

    data = fields.List(fields.Nested(QuarantinedEventSchema))
    reasons = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata=described("How many there are of each that the filter lets through"),
    )


class QuarantinedDetailSchema(WithSummary, QuarantinedEventSchema):
    """All there is to show about one event."""

    call = fields.String(metadata={"example": "batch"})
    sent_at = fields.String(allow_none=True, metadata=described("By the sender's clock"))
    content = fields.String(metadata=described("As it was sent"))
    is_event = fields.Boolean(
        metadata=described("Whether it can be sent through again; else nobody can read it")
    )
    is_request = fields.Boolean(
        metadata=described("Whether it is a whole request, which can be sent through again too")
    )
    replayed_from = fields.Integer(
        allow_none=True, metadata=described("The event that this was before it was mended")
    )
    resolution = fields.String(
        allow_none=True,
        metadata=described("What became of it; null while it is in quarantine")
        | {"enum": [STORED, DUPLICATE, QUARANTINED, REPLAYED, None]},
    )
    resolved_at = fields.AwareDateTime(allow_none=True)
    resolved_by = fields.String(allow_none=True)


class MendingSchema(Schema):
    """How to mend an event's fields, by path: `context.groupId` is a field of a field."""

    class Meta:
        """A rule that is misspelt would change nothing, unnoticed."""

        unknown = RAISE

    rename = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata=described("New paths by old ones", {"user_id": "userId"}),
    )
    remove = fields.List(
        fields.String(), metadata=described("Paths to take out", ["context.traits"])
    )
    set = fields.Dict(
        keys=fields.String(), metadata=described("Values by path", {"event": "message_sent"})
    )
    default = fields.Dict(
        keys=fields.String(), metadata=described("Values where there is none", {"userId": "x"})
    )
    cast = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.OneOf(CASTS)),
        metadata=described(f"What to make of values: {', '.join(CASTS)}", {"userId": "text"}),
    )

    @post_load
    def gather(self, data: dict[str, Any], **_options: Any) -> MendingRules:
        """The rules as a value."""
        rules = MendingRules(**data)
        try:
            require_paths(rules)
        except PathInvalid as error:
            raise ValidationError(str(error)) from error
        return rules


class ReplaySchema(QuarantineFilterSchema):
    """Which events to send through again, and how to mend them."""

    class Meta:
        """A filter that is misspelt would select everything."""

        unknown = RAISE

    ids = fields.List(
        fields.Integer(validate=validate.Range(1, LARGEST_NUMBER)),
        validate=validate.Length(1, MOST_AT_ONCE),
        metadata=described("Only these"),
    )
    mend = fields.Nested(
        MendingSchema,
        load_default=MendingRules,
        metadata=described("Mend them first", {"set": {"event": "message_sent"}}),
    )
    dry_run = fields.Boolean(
        load_default=False, metadata=described("Say what would come of it, and do nothing", True)
    )

    @post_load
    def gather(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Put what selects into one value."""
        try:
            selection = Selection(data.get("ids"), _filter(data))
        except SelectionMissing as error:
            raise ValidationError(str(error)) from error
        return {"selection": selection, "rules": data["mend"], "dry_run": data["dry_run"]}


class ExpectedSchema(Schema):
    """What comes of one event, once mended."""

    id = fields.Integer()
    outcome = fields.String(metadata={"enum": [ACCEPTED, QUARANTINED], "example": ACCEPTED})
    content = fields.String(metadata=described("The event, mended"))
    reason = fields.String(allow_none=True)
    detail = fields.String(allow_none=True)
    kind = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    user_id = fields.String(allow_none=True)
    anonymous_id = fields.String(allow_none=True)
    account = fields.String(allow_none=True)
    occurred_at = fields.AwareDateTime(allow_none=True)


class ReplayResultSchema(Schema):
    """What a replay comes to, in events."""

    selected = fields.Integer(metadata=described("How many are sent through again", 2))
    outcomes = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata=described("What is expected of them: accepted, or the reason to stay"),
    )
    unreadable = fields.Integer(metadata=described("Left out: no events, but unreadable requests"))
    more = fields.Boolean(metadata=described(f"There are more than {MOST_AT_ONCE}: ask again"))
    expected = fields.List(fields.Nested(ExpectedSchema), metadata=described("The first of them"))


def _filter(data: dict[str, Any]) -> QuarantineFilter:
    return QuarantineFilter(**{name: data[name] for name in FILTERS if name in data})
