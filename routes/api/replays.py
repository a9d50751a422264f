"""`POST /api/v1/definitions/plan`: what a definition file would have done."""

from __future__ import annotations

from typing import Any

from pql import analyses
from pql.access import ADMIN
from pql.analyses import AnalysisSummary
from pql.definitions.reading import read_definitions
from routes.analysis_kinds import DEFINITION_PLAN
from routes.api.analysis_schemas import AnalysisSchema
from routes.api.blueprint import Blueprint
from routes.api.bodies import sent_text
from routes.api.definitions import FILE_NAME, YAML_BODY
from routes.api.replay_schemas import ReplayQuery
from routes.authentication import current_key, current_workspace_id, requires
from routes.service import current_state, current_time
from segments.replay.question import Question, asked_definitions

blueprint = Blueprint(
    "replay", __name__, url_prefix="/api/v1", description="What definitions would have done"
)


@blueprint.route("/definitions/plan", methods=["POST"])
@requires(ADMIN)
@blueprint.arguments(ReplayQuery, location="query")
@blueprint.doc(requestBody=YAML_BODY)
@blueprint.response(202, AnalysisSchema)
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
def plan_definitions(query: dict[str, Any]) -> tuple[AnalysisSummary, int, dict[str, str]]:
    """Have definitions replayed over the past weeks, beside those in force

    It takes a while: the answer is an analysis, and `Location` is where its progress and, in the
    end, its result are. Nothing is put in force.
    """
    text, now = sent_text(), current_time()
    asked_definitions(Question(read_definitions(text, FILE_NAME), definition=query["definition"]))
    with current_state().writing() as session:
        analysis = analyses.request(
            session,
            current_workspace_id(),
            DEFINITION_PLAN,
            {"text": text, **query},
            now=now,
            requested_by=current_key().name,
        )
    return analysis, 202, {"Location": f"/api/v1/analyses/{analysis.id}"}
