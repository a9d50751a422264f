"""`/api/v1/fitted`: the fitted scores beside the rules, and having them fitted again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pql import analyses
from pql.access import ADMIN, READ
from pql.analyses import AnalysisSummary
from pql.fitted.querying import ModelSummary, list_models
from pql.fitted.requesting import KIND
from routes.api.analysis_schemas import AnalysisSchema
from routes.api.blueprint import Blueprint
from routes.api.fitted_schemas import FitQuery, FittedModelListSchema, FittedQuery
from routes.authentication import current_key, current_workspace_id, requires
from routes.service import current_state, current_time

blueprint = Blueprint(
    "fitted", __name__, url_prefix="/api/v1", description="Fitted scores beside the rules"
)


@blueprint.route("/fitted")
@requires(READ)
@blueprint.arguments(FittedQuery, location="query")
@blueprint.response(200, FittedModelListSchema)
def show_fitted(query: dict[str, Any]) -> dict[str, Sequence[ModelSummary]]:
    """Show the fitted scores

    One for each definition in force: how it was judged on later trials, and why it is used or not.
    """
    with current_state().reading() as session:
        return {"data": list_models(session, current_workspace_id(), query["definition"])}


@blueprint.route("/fitted", methods=["POST"])
@requires(ADMIN)
@blueprint.arguments(FitQuery, location="query")
@blueprint.response(202, AnalysisSchema)
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
def fit_again(query: dict[str, Any]) -> tuple[AnalysisSummary, int, dict[str, str]]:
    """Have fitted scores fitted again

    It takes a while: the answer is an analysis, and `Location` is where its progress and, in the
    end, its result are.
    """
    workspace_id, now = current_workspace_id(), current_time()
    with current_state().writing() as session:
        list_models(session, workspace_id, query["definition"])
        by = current_key().name
        asked = analyses.request(session, workspace_id, KIND, query, now=now, requested_by=by)
    return asked, 202, {"Location": f"/api/v1/analyses/{asked.id}"}
