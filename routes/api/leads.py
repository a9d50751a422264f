"""`/api/v1/leads`: the list, one lead, and what sales decides about it."""

from __future__ import annotations

from typing import Any

from pql.access import ADMIN, READ
from pql.leads import decisions
from pql.leads.querying import LeadDetail, LeadSummary, describe_lead, find_lead, list_leads
from pql.paging import Page
from routes.api.blueprint import Blueprint
from routes.api.lead_schemas import LeadDetailSchema, LeadListQuery, LeadPage, RejectionSchema
from routes.authentication import current_key, current_workspace_id, requires
from routes.service import current_state, current_time

blueprint = Blueprint(
    "leads", __name__, url_prefix="/api/v1", description="People who showed interest"
)


@blueprint.route("/leads")
@requires(READ)
@blueprint.arguments(LeadListQuery, location="query")
@blueprint.response(200, LeadPage)
def show_leads(query: dict[str, Any]) -> Page[LeadSummary]:
    """List leads

    Filtered, sorted and in pages: send `next_cursor` as `cursor` for the next one.
    """
    with current_state().reading() as session:
        return list_leads(session, current_workspace_id(), **query)


@blueprint.route("/leads/<any_text:lead_id>")
@requires(READ)
@blueprint.response(200, LeadDetailSchema)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
def show_lead(lead_id: str) -> LeadDetail:
    """Explain a lead

    Named by its id, which every list tells, or its e-mail address, where one lead alone has that:
    the parts of its score and every move between stages.
    """
    with current_state().reading() as session:
        return describe_lead(session, find_lead(session, current_workspace_id(), lead_id))


@blueprint.route("/leads/<any_text:lead_id>/accept", methods=["POST"])
@requires(ADMIN)
@blueprint.response(200, LeadDetailSchema)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
def accept_lead(lead_id: str) -> LeadDetail:
    """Accept a lead: sales takes it, MQL becomes SQL"""
    with current_state().writing() as session:
        lead = find_lead(session, current_workspace_id(), lead_id)
        decisions.accept(session, lead, current_key().name, current_time())
        return describe_lead(session, lead)


@blueprint.route("/leads/<any_text:lead_id>/reject", methods=["POST"])
@requires(ADMIN)
@blueprint.arguments(RejectionSchema)
@blueprint.response(200, LeadDetailSchema)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
def reject_lead(rejection: dict[str, str], lead_id: str) -> LeadDetail:
    """Reject a lead: sales sends it back to nurture, with a reason"""
    with current_state().writing() as session:
        lead = find_lead(session, current_workspace_id(), lead_id)
        decisions.reject(session, lead, rejection["reason"], current_key().name, current_time())
        return describe_lead(session, lead)
