"""`/api/v1/definitions/versions` and `/diff`: what was applied, and what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from pql.access import ADMIN, READ
from pql.definitions import versions
from pql.definitions.differences import compare_lines, find_differences, summarize
from pql.definitions.reading import read_applied
from pql.state.models import DefinitionVersion
from routes.api.bodies import sent_text
from routes.api.definition_schemas import (
    DefinitionVersionSchema,
    DiffQuery,
    DiffSchema,
    FileDiffQuery,
    VersionListSchema,
)
from routes.api.definitions import FILE_NAME, YAML_BODY, blueprint
from routes.authentication import current_workspace_id, requires
from routes.service import current_state

Named = tuple[str, str]
"""A text and its name."""


@blueprint.route("/definitions/versions")
@requires(READ)
@blueprint.response(200, VersionListSchema)
def list_versions() -> dict[str, Sequence[DefinitionVersion]]:
    """List every applied version, the newest first"""
    with current_state().reading() as session:
        return {"data": versions.history(session, current_workspace_id())}


@blueprint.route("/definitions/versions/<int:number>")
@requires(READ)
@blueprint.response(200, DefinitionVersionSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_version(number: int) -> DefinitionVersion:
    """Show a version with its text"""
    with current_state().reading() as session:
        return versions.find(session, current_workspace_id(), number)


@blueprint.route("/definitions/diff")
@requires(READ)
@blueprint.arguments(DiffQuery, location="query")
@blueprint.response(200, DiffSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def compare_versions(query: dict[str, Any]) -> dict[str, Any]:
    """Tell what a version says otherwise than another

    What the files mean is compared: remarks, order and defaults make no difference but to `lines`.
    """
    with current_state().reading() as session:
        newer = query["newer"] or _in_force(session)
        # The first version stands beside itself: there was none before it.
        older = query["older"] or max(newer - 1, 1)
        return _compare(_version(session, older), _version(session, newer))


@blueprint.route("/definitions/diff", methods=["POST"])
@requires(ADMIN)
@blueprint.arguments(FileDiffQuery, location="query")
@blueprint.doc(requestBody=YAML_BODY)
@blueprint.response(200, DiffSchema)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
def compare_file(query: dict[str, Any]) -> dict[str, Any]:
    """Tell what a file says otherwise than a version

    Nothing is put in force.
    """
    with current_state().reading() as session:
        older = query["older"] or _in_force(session)
        return _compare(_version(session, older), (sent_text(), FILE_NAME))


def _in_force(session: Session) -> int:
    return versions.current(session, current_workspace_id()).number


def _version(session: Session, number: int) -> Named:
    found = versions.find(session, current_workspace_id(), number)
    return found.content, f"version {number}"


def _compare(before: Named, after: Named) -> dict[str, Any]:
    differences = find_differences(read_applied(*before)[0], read_applied(*after)[0])
    return {
        "equal": not differences,
        "summary": summarize(differences),
        "differences": differences,
        "lines": compare_lines(before[0], after[0], (before[1], after[1])),
    }
