"""`/api/v1/analyses`: long work that was asked for, its progress, its result, cancelling it."""

from __future__ import annotations

from typing import Any

from pql import analyses
from pql.access import ADMIN, READ
from pql.analyses import AnalysisDetail, AnalysisSummary
from pql.paging import Page
from routes.api.analysis_schemas import (
    AnalysisDetailSchema,
    AnalysisPage,
    AnalysisQuery,
    AnalysisSchema,
)
from routes.api.blueprint import Blueprint
from routes.authentication import current_workspace_id, requires
from routes.service import current_state, current_time

blueprint = Blueprint(
    "analyses", __name__, url_prefix="/api/v1", description="Long work that was asked for"
)


@blueprint.route("/analyses")
@requires(READ)
@blueprint.arguments(AnalysisQuery, location="query")
@blueprint.response(200, AnalysisPage)
def show_analyses(query: dict[str, Any]) -> Page[AnalysisSummary]:
    """List analyses

    The newest first, in pages: send `next_cursor` as `cursor` for the next one. They are kept for
    30 days.
    """
    with current_state().reading() as session:
        return analyses.list_analyses(session, current_workspace_id(), **query)


@blueprint.route("/analyses/<int:analysis_id>")
@requires(READ)
@blueprint.response(200, AnalysisDetailSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_analysis(analysis_id: int) -> AnalysisDetail:
    """Show an analysis: how far it is and, once it is done, its result"""
    with current_state().reading() as session:
        return analyses.show_analysis(session, current_workspace_id(), analysis_id)


@blueprint.route("/analyses/<int:analysis_id>/cancel", methods=["POST"])
@requires(ADMIN)
@blueprint.response(200, AnalysisSchema)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
def cancel_analysis(analysis_id: int) -> AnalysisSummary:
    """Cancel an analysis that waits or runs"""
    with current_state().writing() as session:
        return analyses.cancel(session, current_workspace_id(), analysis_id, current_time())
