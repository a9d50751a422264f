"""`/api/v1/plan`: the tracking plan in force, a new one, and what was not as planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pql.access import ADMIN, READ
from pql.plans import versions
from pql.plans.recording import list_violations
from pql.state.models import PlanVersion, PlanViolation
from routes.api.blueprint import Blueprint
from routes.api.bodies import sent_text, yaml_body
from routes.api.definition_schemas import ApplyQuery
from routes.api.plan_schemas import PlanVersionSchema, ViolationListSchema, ViolationsQuery
from routes.authentication import current_key, current_workspace_id, requires
from routes.service import current_state, current_time

EXAMPLE = """\
on_violation: allow
events:
  message_sent:
    properties:
      channel: {type: text, required: true, one_of: [email, chat]}
"""

FILE_NAME = "plan.yaml"

blueprint = Blueprint(
    "plan", __name__, url_prefix="/api/v1", description="Which events and properties are expected"
)


@blueprint.route("/plan")
@requires(READ)
@blueprint.response(200, PlanVersionSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_plan() -> PlanVersion:
    """Show the tracking plan in force"""
    with current_state().reading() as session:
        return versions.current_version(session, current_workspace_id())


@blueprint.route("/plan", methods=["PUT"])
@requires(ADMIN)
@blueprint.arguments(ApplyQuery, location="query", as_kwargs=True)
@blueprint.doc(requestBody=yaml_body("A tracking plan", EXAMPLE))
@blueprint.response(200, PlanVersionSchema)
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
def apply_plan(message: str) -> PlanVersion:
    """Put a tracking plan in force

    Events that come from now on are held to it, and violations are counted anew. The text that is
    in force already changes nothing.
    """
    text, workspace_id, now = sent_text(), current_workspace_id(), current_time()
    with current_state().writing() as session:
        applied_by = current_key().name
        asked = (session, workspace_id, text, FILE_NAME, now, applied_by)
        return versions.apply(*asked, message=message)


@blueprint.route("/plan", methods=["DELETE"])
@requires(ADMIN)
@blueprint.response(204)
@blueprint.alt_response(404, "NOT_FOUND")
def remove_plan() -> None:
    """Take the tracking plan out of force

    Events are held to nothing from now on. The version is kept.
    """
    workspace_id, now, removed_by = current_workspace_id(), current_time(), current_key().name
    with current_state().writing() as session:
        versions.remove(session, workspace_id, now, removed_by)


@blueprint.route("/plan/violations")
@requires(READ)
@blueprint.arguments(ViolationsQuery, location="query")
@blueprint.response(200, ViolationListSchema)
def show_violations(query: dict[str, Any]) -> dict[str, Sequence[PlanViolation]]:
    """List what was not as planned, the most frequent first"""
    with current_state().reading() as session:
        return {"data": list_violations(session, current_workspace_id(), query["event"])}
