"""Long work that was asked for: the list, one analysis with its progress or result, cancelling."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden

from pql import analyses
from pql.access import ADMIN, may
from pql.pictures.asking import precision_of
from routes.analysis_kinds import FINDER
from routes.api.analysis_schemas import AnalysisQuery
from routes.api.finder_schemas import FinderSchema
from routes.authentication import current_key, current_workspace_id
from routes.pages.parameters import kept_parameters, read_form, read_parameters
from routes.pages.session import signed_in
from routes.service import current_state, current_time

REFRESH_SECONDS = 2

RESULTS = {"definition_plan": "results/definition_plan.html", "finder": "results/finder.html"}
"""The template that shows a kind's result; others are shown as the document they are."""

blueprint = Blueprint("analyses_page", __name__)


@blueprint.get("/analyses")
@signed_in
def show_list() -> ResponseReturnValue:
    """Show what was asked for, the newest first."""
    query = read_parameters(AnalysisQuery())
    with current_state().reading() as session:
        page = analyses.list_analyses(session, current_workspace_id(), **query)
    words = {
        "page": page,
        "kept": kept_parameters(AnalysisQuery()),
        "is_later_page": query["cursor"] is not None,
        "may_ask": may(current_key(), ADMIN),
    }
    is_open = any(each.state in analyses.OPEN for each in page.data)
    return _coming_again(make_response(render_template("analyses.html", **words)), is_open)


@blueprint.post("/analyses/finder")
@signed_in
def ask_the_finder() -> ResponseReturnValue:
    """Have past trials searched for thresholds."""
    _require_admin("Starting an analysis")
    lists = ("events", "windows", "known_at_start")
    asked = read_form(FinderSchema(exclude=["seed"]), several=lists)
    with current_state().writing() as session:
        requested = analyses.request(
            session,
            current_workspace_id(),
            FINDER,
            asked,
            now=current_time(),
            requested_by=current_key().name,
        )
    return redirect(url_for(".show_analysis", analysis_id=requested.id), 303)


@blueprint.get("/analyses/<int:analysis_id>")
@signed_in
def show_analysis(analysis_id: int) -> ResponseReturnValue:
    """Show how far an analysis is, or what came of it."""
    with current_state().reading() as session:
        detail = analyses.show_analysis(session, current_workspace_id(), analysis_id)
        pictures = precision_of(session, current_workspace_id(), analysis_id)
    words: dict[str, Any] = {
        "analysis": detail.summary,
        "parameters": detail.parameters,
        "result": detail.result,
        "pictures": pictures,
        "shown_by": RESULTS.get(detail.summary.kind),
        "is_open": detail.summary.state in analyses.OPEN,
        "may_cancel": may(current_key(), ADMIN),
    }
    page = make_response(render_template("analysis.html", **words))
    return _coming_again(page, words["is_open"])


@blueprint.post("/analyses/<int:analysis_id>/cancel")
@signed_in
def cancel_analysis(analysis_id: int) -> ResponseReturnValue:
    """Cancel an analysis that waits or runs."""
    _require_admin("Cancelling")
    with current_state().writing() as session:
        analyses.cancel(session, current_workspace_id(), analysis_id, current_time())
    flash("Cancelled.")
    return redirect(url_for(".show_analysis", analysis_id=analysis_id), 303)


def _require_admin(doing: str) -> None:
    if not may(current_key(), ADMIN):
        raise Forbidden(f"{doing} needs a key with scope admin. Sign in with one.")


def _coming_again(response: Response, is_open: bool) -> Response:
    """Have the browser ask again while there is progress to see."""
    if is_open:
        response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response
