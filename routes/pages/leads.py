"""The list of leads, where sales accepts and rejects them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden

from pql.access import ADMIN, may
from pql.leads import decisions
from pql.leads.querying import count_stages, find_lead, list_leads
from pql.leads.stages import STAGES
from routes.api.lead_schemas import LeadListQuery
from routes.authentication import current_key, current_workspace_id
from routes.pages.columns import lead_columns
from routes.pages.parameters import kept_parameters, read_parameters
from routes.pages.session import signed_in
from routes.service import current_state, current_time

blueprint = Blueprint("leads_page", __name__)


@blueprint.get("/leads")
@signed_in
def show_list() -> ResponseReturnValue:
    """Show a page of the list, with how many leads each stage has."""
    query = read_parameters(LeadListQuery())
    with current_state().reading() as session:
        words = _list_words(session, query)
        words["page"] = list_leads(session, current_workspace_id(), **query)
    return render_template("leads.html", **words)


@blueprint.post("/leads/<int:lead_id>/accept")
@signed_in
def accept_lead(lead_id: int) -> ResponseReturnValue:
    """Sales takes the lead."""
    with current_state().writing() as session:
        lead = find_lead(session, _deciding_workspace(), str(lead_id))
        decisions.accept(session, lead, current_key().name, current_time())
    return _back_to_list("Accepted: the lead is an SQL now.")


@blueprint.post("/leads/<int:lead_id>/reject")
@signed_in
def reject_lead(lead_id: int) -> ResponseReturnValue:
    """Sales sends the lead back, with a reason."""
    reason = request.form.get("reason", "").replace("\x00", "")
    with current_state().writing() as session:
        lead = find_lead(session, _deciding_workspace(), str(lead_id))
        decisions.reject(session, lead, reason, current_key().name, current_time())
    return _back_to_list("Rejected: the lead goes back to nurture.")


def _deciding_workspace() -> int:
    """The workspace of someone who may decide."""
    if not may(current_key(), ADMIN):
        raise Forbidden("Deciding about leads needs a key with scope admin. Sign in with one.")
    return current_workspace_id()


def _back_to_list(message: str) -> ResponseReturnValue:
    flash(message)
    return redirect(url_for(".show_list", **kept_parameters(LeadListQuery())), 303)


def _list_words(session: Session, query: dict[str, Any]) -> dict[str, Any]:
    kept = kept_parameters(LeadListQuery())
    return {
        "asked": query["asked"],
        "counts": count_stages(session, current_workspace_id()),
        "stages": STAGES,
        "kept": kept,
        "is_filtered": bool(kept.keys() - {"sort", "limit"}),
        "is_later_page": query["cursor"] is not None,
        "columns": lead_columns(query["sort"]),
        "may_decide": may(current_key(), ADMIN),
    }
