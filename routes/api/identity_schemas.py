"""Reviews and merges as the API gives them."""

from __future__ import annotations

from marshmallow import Schema, fields

from routes.api.fields import PageQuery, PageSchema, described, one_of
from usage_ingest.identity.links import ALIAS, DEVICE, IDENTIFY, REVIEW
from usage_ingest.identity.merges import OPEN, STATES


class ReviewsQuery(PageQuery):
    """Which part of the review list."""

    state = fields.String(
        load_default=OPEN,
        validate=one_of(STATES),
        metadata=described("Open ones, or those decided about"),
    )


class PersonSchema(Schema):
    """One of the contacts that it is about, as it is kept now."""

    id = fields.Integer(metadata={"example": 17})
    user_id = fields.String(allow_none=True, metadata={"example": "user-1"})
    email = fields.String(allow_none=True, metadata={"example": "ada@example.com"})
    name = fields.String(allow_none=True)
    traits = fields.Dict(keys=fields.String())
    ids = fields.List(
        fields.String(), metadata=described("User ids and anonymous ids it goes by", ["user-1"])
    )
    account = fields.String(
        allow_none=True, metadata=described("The key of the account it belongs to", "account-1")
    )
    accounts = fields.List(fields.String(), metadata=described("Those it was seen in"))
    first_seen_at = fields.AwareDateTime()
    last_seen_at = fields.AwareDateTime()


class ReviewSchema(Schema):
    """Two contacts that events say are one person."""

    id = fields.Integer(metadata={"example": 3})
    state = fields.String(metadata={"enum": list(STATES), "example": OPEN})
    origin = fields.Nested(PersonSchema, metadata=described("Would be merged into `target`"))
    target = fields.Nested(PersonSchema, metadata=described("Would stay"))
    times = fields.Integer(metadata=described("How often events asked", 2))
    kind = fields.String(
        metadata=described("What the last of them was; `undo` where a merge was undone", ALIAS)
    )
    message_id = fields.String(allow_none=True)
    source_id = fields.Integer(allow_none=True)
    source = fields.String(allow_none=True, metadata=described("The name of its key", "web"))
    first_asked_at = fields.AwareDateTime()
    last_asked_at = fields.AwareDateTime()
    decided_by = fields.String(allow_none=True, metadata=described("The name of a key"))
    decided_at = fields.AwareDateTime(allow_none=True)


class ReviewPage(PageSchema):
    """Some reviews, the newest first."""

    data = fields.List(fields.Nested(ReviewSchema))


class MergeSchema(Schema):
    """A contact that became another one."""

    id = fields.Integer(metadata={"example": 5})
    origin = fields.Nested(PersonSchema, metadata=described("What was merged, as it was then"))
    target = fields.Nested(PersonSchema, metadata=described("What it was merged into"))
    why = fields.String(metadata={"enum": [IDENTIFY, ALIAS, DEVICE, REVIEW], "example": IDENTIFY})
    message_id = fields.String(allow_none=True, metadata=described("The event that linked them"))
    merged_at = fields.AwareDateTime()
    merged_by = fields.String(metadata=described("The name of a key, or `link`", "link"))
    moved_traits = fields.List(
        fields.String(), metadata=described("What only the origin knew", ["title"])
    )
    moved_account = fields.Boolean(
        metadata=described("Whether the target came into the origin's account by it")
    )
    undone_at = fields.AwareDateTime(allow_none=True)
    undone_by = fields.String(allow_none=True)


class MergePage(PageSchema):
    """Some merges, the newest first."""

    data = fields.List(fields.Nested(MergeSchema))
