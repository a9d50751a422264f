"""Accounts as the API takes and gives them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from pql.accounts.querying import DEFAULT_SORT, SORTS, STATUSES, AccountFilter
from pql.definitions.model import Motion, State
from pql.paging import LARGEST_PAGE
from routes.api.benchmark_report_schemas import MetricDriftSchema
from routes.api.fields import (
    FilterQuery,
    PageQuery,
    PageSchema,
    QuerySchema,
    WithSummary,
    described,
    one_of,
    score_limit,
    searched_text,
    sort_order,
    storable,
)
from routes.api.fitted_schemas import AccountFittedSchema

MOTIONS = [motion.value for motion in Motion]
STATES = [state.value for state in State]


class AccountFilterQuery(FilterQuery):
    """Which accounts, in which order."""

    filter_class = AccountFilter

    motion = fields.String(validate=one_of(MOTIONS), metadata=described("The sales motion"))
    status = fields.String(validate=one_of(STATUSES), metadata=described("Life-cycle status"))
    definition = fields.String(
        validate=[validate.Length(1, 100), storable],
        metadata=described("Show this definition's results; default: the leading definition's"),
    )
    pql = fields.String(validate=one_of(STATES), metadata=described("Product-qualified or not"))
    min_score = score_limit("Lowest usage score, included")
    max_score = score_limit("Highest usage score, included")
    q = searched_text("Part of the name or the id")
    sort = sort_order(SORTS, DEFAULT_SORT)


class AccountListQuery(AccountFilterQuery, PageQuery):
    """A page of accounts, or all of them as a file."""

    format = fields.String(
        load_default=None,
        validate=one_of(["json", "csv"]),
        metadata=described("`csv` gives every account asked for as a file, like /accounts.csv"),
    )


class HistoryQuery(QuerySchema):
    """How much of an account's history."""

    history_limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, LARGEST_PAGE),
        metadata=described("How many changes, the newest first"),
    )
    history_cursor = fields.String(
        load_default=None,
        validate=validate.Length(1, 4000),
        metadata=described("`next_cursor` of the history before"),
    )


class AccountQuery(HistoryQuery):
    """Which account, and how much of its history."""

    id = fields.String(
        required=True, metadata=described("The id the product gave the account", "acme")
    )


class AccountSchema(Schema):
    """One account in a list. `null` is unknown, never 0."""

    id = fields.String(metadata=described("The id the product gave the account", "acme"))
    name = fields.String(allow_none=True, metadata=described("From the traits", "Acme"))
    status = fields.String(metadata={"enum": list(STATUSES), "example": "trial"})
    plan = fields.String(allow_none=True, metadata=described("From the traits", "team"))
    trial_started_at = fields.AwareDateTime(allow_none=True)
    trial_ends_at = fields.AwareDateTime(allow_none=True)
    trial_day = fields.Integer(
        allow_none=True, metadata=described("The first is 1; null outside a trial", 6)
    )
    converted_at = fields.AwareDateTime(allow_none=True, metadata=described("When it first paid"))
    people = fields.Integer(metadata=described("How many contacts were seen in it", 4))
    motion = fields.String(
        allow_none=True,
        metadata=described(f"{', '.join(MOTIONS)}; null outside every population", "high_touch"),
    )
    pql = fields.String(allow_none=True, metadata=described(", ".join(STATES), "met"))
    usage_score = fields.Integer(allow_none=True, metadata=described("0 to 100", 82))
    definition = fields.String(
        allow_none=True, metadata=described("Whose result this is", "trial_conversion")
    )
    reason = fields.String(allow_none=True, metadata=described("The explanation in a sentence"))
    last_seen_at = fields.AwareDateTime()
    evaluated_at = fields.AwareDateTime(allow_none=True)
    provisional = fields.Boolean(
        allow_none=True,
        metadata=described("By rules that hold only until 25 customers are there to compare with"),
    )


class AccountPage(PageSchema):
    """Some accounts, and where the next ones begin."""

    data = fields.List(fields.Nested(AccountSchema))


class StandingSchema(Schema):
    """Where the account stands against one definition now."""

    definition = fields.String(metadata=described("The definition's name", "trial_conversion"))
    motion = fields.String(metadata={"enum": MOTIONS})
    pql = fields.String(metadata={"enum": STATES})
    usage_score = fields.Integer(allow_none=True, metadata=described("0 to 100"))
    since = fields.AwareDateTime(metadata=described("When the motion last changed"))
    evaluated_at = fields.AwareDateTime()
    explanation = fields.Dict(metadata=described("As it was when the result was worked out"))


class EvaluationSchema(Schema):
    """A change of score, PQL state or motion, with the reasons it had."""

    id = fields.Integer()
    definition = fields.String()
    definition_version_id = fields.Integer()
    benchmark_version_id = fields.Integer(allow_none=True)
    evaluated_at = fields.AwareDateTime()
    pql = fields.String(allow_none=True)
    usage_score = fields.Integer(allow_none=True)
    motion = fields.String(
        allow_none=True, metadata=described("null: the account left the definition's population")
    )
    previous_motion = fields.String(allow_none=True)
    explanation = fields.Dict(metadata=described("As it was when the change was written"))


class HistoryPage(PageSchema):
    """Changes, newest first. `next_cursor` is for `history_cursor`."""

    data = fields.List(fields.Nested(EvaluationSchema))


class FactSchema(Schema):
    """Something learnt about the life cycle, and how it was known."""

    field = fields.String(
        metadata=described(
            "status, plan, trial_started_at or trial_ends_at; amount_a_month, cancels_at, refund"
        )
    )
    value = fields.String(
        metadata=described("Empty: taken away; `unreadable`: a time that nobody can read")
    )
    effective_at = fields.AwareDateTime()
    known_from = fields.String(metadata=described("trait, event, import or stripe"))
    detail = fields.String()
    recorded_at = fields.AwareDateTime()


class ContactSchema(Schema):
    """A contact of the account, with what marketing and sales know; null where there is no lead."""

    contact_id = fields.Integer()
    user_id = fields.String(allow_none=True)
    email = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    last_seen_at = fields.AwareDateTime()
    lead_score = fields.Integer(allow_none=True, metadata=described("0 to 100"))
    lead_grade = fields.Integer(allow_none=True, metadata=described("1 (best) to 4"))
    lead_stage = fields.String(allow_none=True, metadata=described("MQL, SQL, ..."))


class AccountDescriptionSchema(WithSummary, AccountSchema):
    """All that is known about one account."""

    traits = fields.Dict()
    first_seen_at = fields.AwareDateTime()
    churned_at = fields.AwareDateTime(allow_none=True)
    lifecycle = fields.Dict(
        metadata=described(
            "For each field: how it was known, and as `conflict` what another source says"
        )
    )
    explanation = fields.Dict(allow_none=True, metadata=described("Of the leading definition"))
    standings = fields.List(fields.Nested(StandingSchema))
    fitted = fields.List(
        fields.Nested(AccountFittedSchema),
        metadata=described("Beside the rules: one for each definition with a fitted score"),
    )
    moved = fields.List(
        fields.Nested(MetricDriftSchema),
        metadata=described("Metrics whose benchmark has moved: read the comparison with care"),
    )
    contacts = fields.List(fields.Nested(ContactSchema))
    facts = fields.List(fields.Nested(FactSchema))
    history = fields.Nested(HistoryPage)
