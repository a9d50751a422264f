"""Leads as the API takes and gives them."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from pql.leads.decisions import LONGEST_REASON
from pql.leads.querying import DEFAULT_SORT, SORTS, LeadFilter
from pql.leads.stages import STAGES
from routes.api.fields import (
    FilterQuery,
    PageQuery,
    PageSchema,
    WithSummary,
    described,
    one_of,
    score_limit,
    searched_text,
    sort_order,
    storable,
)


class LeadListQuery(PageQuery, FilterQuery):
    """Which leads, in which order."""

    filter_class = LeadFilter

    stage = fields.String(validate=one_of(STAGES), metadata=described("Life-cycle stage"))
    grade = fields.Integer(validate=validate.Range(1, 4), metadata=described("1 (best) to 4"))
    min_score = score_limit("Lowest lead score, included")
    max_score = score_limit("Highest lead score, included")
    account = fields.String(
        validate=[validate.Length(1, 512), storable], metadata=described("The id of its account")
    )
    q = searched_text("Part of the e-mail address or name")
    sort = sort_order(SORTS, DEFAULT_SORT)


class LeadSchema(Schema):
    """One lead in a list, with where its account stands. `null` is unknown."""

    id = fields.Integer(metadata={"example": 17})
    email = fields.String(allow_none=True, metadata={"example": "lead@example.com"})
    name = fields.String(allow_none=True)
    user_id = fields.String(allow_none=True)
    score = fields.Integer(metadata=described("0 to 100", 62))
    grade = fields.Integer(metadata=described("1 (best) to 4", 2))
    stage = fields.String(metadata={"enum": list(STAGES), "example": "MQL"})
    stage_since = fields.AwareDateTime()
    rejected_at = fields.AwareDateTime(
        allow_none=True, metadata=described("When sales sent it back to nurture")
    )
    reason = fields.String(allow_none=True, metadata=described("The score in a sentence"))
    account = fields.String(allow_none=True, metadata=described("The id of its account"))
    account_name = fields.String(allow_none=True)
    account_status = fields.String(allow_none=True)
    account_motion = fields.String(allow_none=True)
    account_pql = fields.String(allow_none=True)
    last_seen_at = fields.AwareDateTime()
    evaluated_at = fields.AwareDateTime()


class LeadPage(PageSchema):
    """Some leads, and where the next ones begin."""

    data = fields.List(fields.Nested(LeadSchema))


class LeadMoveSchema(Schema):
    """A move from one stage to another."""

    from_stage = fields.String(allow_none=True)
    to_stage = fields.String()
    moved_at = fields.AwareDateTime()
    moved_by = fields.String(metadata=described("rule, import, or the name of a key"))
    reason = fields.String()


class LeadDetailSchema(WithSummary, LeadSchema):
    """All that is known about one lead."""

    traits = fields.Dict()
    explanation = fields.Dict(metadata=described("As it was stored with the score"))
    moves = fields.List(fields.Nested(LeadMoveSchema))


class RejectionSchema(Schema):
    """Why sales sends a lead back."""

    class Meta:
        """What is misspelt is not left out without a word."""

        unknown = RAISE

    reason = fields.String(
        required=True,
        validate=[validate.Length(1, LONGEST_REASON), storable],
        metadata=described("Marketing learns from it", "No budget before next year"),
    )
