"""`/api/v1/workspace`: what the workspace of the key decides about itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pql.access import ADMIN, READ
from pql.state.models import Workspace
from pql.workspace_settings import settings_of
from routes.api.blueprint import Blueprint
from routes.api.workspace_schemas import WorkspaceChangeSchema, WorkspaceSchema
from routes.authentication import current_key, current_workspace_id, requires
from routes.service import current_state, current_time
from usage_ingest import person_accounts

blueprint = Blueprint(
    "workspace", __name__, url_prefix="/api/v1", description="What a workspace decides about itself"
)


@blueprint.route("/workspace")
@requires(READ)
@blueprint.response(200, WorkspaceSchema)
def show_workspace() -> dict[str, Any]:
    """Show the workspace of the key, with its settings"""
    workspace_id = current_workspace_id()
    with current_state().reading() as session:
        name = session.get_one(Workspace, workspace_id).name
        return {"name": name, **asdict(settings_of(session, workspace_id))}


@blueprint.route("/workspace", methods=["PATCH"])
@requires(ADMIN)
@blueprint.arguments(WorkspaceChangeSchema)
@blueprint.response(200, WorkspaceSchema)
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
def change_workspace(changes: dict[str, str]) -> dict[str, Any]:
    """Change settings of the workspace

    In another time zone trials have other days: accounts, benchmarks and fitted scores are worked
    out again. Stored times stay UTC. With `person_accounts`, the same again too, an analysis
    settles the people who are there already.
    """
    workspace_id, asked_by, now = current_workspace_id(), current_key().name, current_time()
    with current_state().writing() as session:
        asked = session, workspace_id, changes
        in_force, _ = person_accounts.put_in_force(*asked, now=now, changed_by=asked_by)
        name = session.get_one(Workspace, workspace_id).name
        return {"name": name, **asdict(in_force)}
