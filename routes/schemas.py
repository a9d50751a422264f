"""JSON Schemas for editors: the same in every installation, so no key is asked for."""

from __future__ import annotations

from flask import Blueprint, Response

from pql.definitions.fields import Shape
from pql.definitions.json_schema import definitions_schema, schema_text
from pql.plans.json_schema import plan_schema

SCHEMA_TYPE = "application/schema+json"

blueprint = Blueprint("schemas", __name__, url_prefix="/schemas")


@blueprint.get("/definitions.json")
def show_definitions_schema() -> Response:
    """The schema of definition files."""
    return _answer(definitions_schema())


@blueprint.get("/plan.json")
def show_plan_schema() -> Response:
    """The schema of tracking plans."""
    return _answer(plan_schema())


def _answer(schema: Shape) -> Response:
    answer = Response(schema_text(schema), content_type=SCHEMA_TYPE)
    # An editor that is a web page elsewhere may read it too.
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
