"""`/api/v1/definitions`: the file in force, a new one, an older one. See `definition_versions`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.typing import ResponseReturnValue

from pql.access import ADMIN, READ
from pql.changed_definitions import put_in_force
from pql.definitions import versions
from pql.definitions.left_out import find_left_out
from pql.definitions.reading import read_definitions
from pql.state.models import DefinitionVersion
from routes.api.blueprint import Blueprint
from routes.api.bodies import sent_text, yaml_body
from routes.api.definition_schemas import (
    ApplyQuery,
    DefinitionVersionSchema,
    IfMatchHeader,
    ValidSchema,
)
from routes.authentication import current_key, current_workspace_id, requires
from routes.service import current_state, current_time

FILE_NAME = "definitions.yaml"
YAML_BODY = yaml_body("A definition file", versions.starter())

Tagged = tuple[DefinitionVersion, int, dict[str, str]]
"""A version, with the status and the headers of the answer."""

blueprint = Blueprint(
    "definitions", __name__, url_prefix="/api/v1", description="What makes an account a PQL"
)


@blueprint.route("/definitions")
@requires(READ)
@blueprint.response(200, DefinitionVersionSchema)
def show_definitions() -> Tagged:
    """Show the definitions in force

    The `ETag` names the version: send it as `If-Match` with a change.
    """
    with current_state().reading() as session:
        return _tagged(versions.history(session, current_workspace_id())[0])


@blueprint.route("/definitions", methods=["PUT"])
@requires(ADMIN)
@blueprint.arguments(ApplyQuery, location="query", as_kwargs=True)
@blueprint.arguments(IfMatchHeader, location="headers", as_kwargs=True)
@blueprint.doc(requestBody=YAML_BODY)
@blueprint.response(200, DefinitionVersionSchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
def apply_definitions(message: str, expected: int | None) -> Tagged:
    """Put definitions in force

    Every account and lead is evaluated again. The text that is in force already changes nothing.
    With `If-Match`, nothing is changed where another version is in force: `409`.
    """
    asked: dict[str, Any] = {"file_name": FILE_NAME, "message": message, "expected": expected}
    text = sent_text()
    versions.read_to_apply(text, FILE_NAME)
    return _put_in_force(versions.apply, text=text, **asked)


@blueprint.route("/definitions/versions/<int:number>/revert", methods=["POST"])
@requires(ADMIN)
@blueprint.response(200, DefinitionVersionSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def revert_definitions(number: int) -> Tagged:
    """Put an older version in force again

    It becomes a new version; every account and lead is evaluated again.
    """
    return _put_in_force(versions.revert, number=number)


@blueprint.route("/definitions/validate", methods=["POST"])
@requires(ADMIN)
@blueprint.doc(requestBody=YAML_BODY)
@blueprint.response(200, ValidSchema)
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
def validate_definitions() -> ResponseReturnValue:
    """Check definitions without putting them in force

    What is wrong is told all at once, each problem with its line and field.
    """
    text = sent_text()
    file = read_definitions(text, FILE_NAME)
    with current_state().reading() as session:
        in_force = versions.current_text(session, current_workspace_id())
    return {
        "valid": True,
        "definitions": list(file.definitions),
        "metrics": list(file.metrics),
        "left_out": find_left_out(in_force, text),
    }


def _put_in_force(put: Callable[..., DefinitionVersion], **asked: Any) -> Tagged:
    workspace_id, now, applied_by = current_workspace_id(), current_time(), current_key().name
    with current_state().writing() as session:
        asked |= {"now": now, "applied_by": applied_by}
        return _tagged(put_in_force(session, workspace_id, put, **asked))


def _tagged(version: DefinitionVersion) -> Tagged:
    return version, 200, {"ETag": f'"{version.number}"'}
