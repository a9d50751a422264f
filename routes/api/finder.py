"""`POST /api/v1/finder`: a search for what those who convert had done."""

from __future__ import annotations

from typing import Any

from pql import analyses
from pql.access import ADMIN
from pql.analyses import AnalysisSummary
from routes.analysis_kinds import FINDER
from routes.api.analysis_schemas import AnalysisSchema
from routes.api.blueprint import Blueprint
from routes.api.finder_schemas import FinderSchema
from routes.authentication import current_key, current_workspace_id, requires
from routes.service import current_state, current_time

blueprint = Blueprint(
    "finder", __name__, url_prefix="/api/v1", description="Thresholds that hold on later trials"
)


@blueprint.route("/finder", methods=["POST"])
@requires(ADMIN)
@blueprint.arguments(FinderSchema)
@blueprint.response(202, AnalysisSchema)
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
def find_thresholds(asked: dict[str, Any]) -> tuple[AnalysisSummary, int, dict[str, str]]:
    """Have past trials searched for what those who convert had done

    It takes a while: the answer is an analysis, and `Location` is where its progress and, in the
    end, its result are: a verdict, candidates with their figures on later trials, what was not
    searched and why, and a definition to adopt. Nothing is put in force.
    """
    workspace_id, now = current_workspace_id(), current_time()
    with current_state().writing() as session:
        by = current_key().name
        found = analyses.request(session, workspace_id, FINDER, asked, now=now, requested_by=by)
    return found, 202, {"Location": f"/api/v1/analyses/{found.id}"}
