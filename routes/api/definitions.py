"""`/api/v1/definitions`: the file in force, its versions, and putting a new one in force."""

from __future__ import annotations

from collections.abc import Sequence

from flask.typing import ResponseReturnValue

from pql.access import ADMIN, READ
from pql.changes import mark_everything_changed
from pql.definitions import versions
from pql.definitions.reading import read_definitions
from pql.state.models import DefinitionVersion
from routes.api.blueprint import Blueprint
from routes.api.bodies import sent_text, yaml_body
from routes.api.definition_schemas import DefinitionVersionSchema, ValidSchema, VersionListSchema
from routes.authentication import current_key, current_workspace_id, requires
from routes.service import current_state, current_time

FILE_NAME = "definitions.yaml"
YAML_BODY = yaml_body("A definition file", versions.starter())

blueprint = Blueprint(
    "definitions", __name__, url_prefix="/api/v1", description="What makes an account a PQL"
)


@blueprint.route("/definitions")
@requires(READ)
@blueprint.response(200, DefinitionVersionSchema)
def show_definitions() -> DefinitionVersion:
    """Show the definitions in force"""
    with current_state().reading() as session:
        return versions.history(session, current_workspace_id())[0]


@blueprint.route("/definitions", methods=["PUT"])
@requires(ADMIN)
@blueprint.doc(requestBody=YAML_BODY)
@blueprint.response(200, DefinitionVersionSchema)
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
def apply_definitions() -> DefinitionVersion:
    """Put definitions in force

    Every account and lead is evaluated again. The text that is in force already changes nothing.
    """
    text, workspace_id, now = sent_text(), current_workspace_id(), current_time()
    with current_state().writing() as session:
        applied_by = current_key().name
        version = versions.apply(session, workspace_id, text, FILE_NAME, now, applied_by)
        mark_everything_changed(session, workspace_id, now)
        return version


@blueprint.route("/definitions/versions")
@requires(READ)
@blueprint.response(200, VersionListSchema)
def list_versions() -> dict[str, Sequence[DefinitionVersion]]:
    """List every applied version, the newest first"""
    with current_state().reading() as session:
        return {"data": versions.history(session, current_workspace_id())}


@blueprint.route("/definitions/validate", methods=["POST"])
@requires(ADMIN)
@blueprint.doc(requestBody=YAML_BODY)
@blueprint.response(200, ValidSchema)
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
def validate_definitions() -> ResponseReturnValue:
    """Check definitions without putting them in force

    What is wrong is told all at once, each problem with its line and field.
    """
    file = read_definitions(sent_text(), FILE_NAME)
    return {"valid": True, "definitions": list(file.definitions), "metrics": list(file.metrics)}
