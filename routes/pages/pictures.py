"""Pictures as files, for the pages: drawn when they are asked for, light or dark."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Response
from marshmallow import fields, validate
from werkzeug.exceptions import NotFound

from pql.pictures.asking import FINDERS, benchmark_of, find_chart, precision_of
from pql.pictures.chart import Chart
from routes.api.fields import QuerySchema
from routes.authentication import current_workspace_id
from routes.pages.parameters import read_parameters
from routes.pages.session import signed_in
from routes.service import current_state
from segments.retelling import retell

# A picture that is opened by itself is a document: it may style itself and nothing else.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

blueprint = Blueprint("pictures", __name__, url_prefix="/pictures")


class PictureQuery(QuerySchema):
    """How a picture is drawn."""

    theme = fields.String(load_default="light", validate=validate.OneOf(("light", "dark")))


class BenchmarkPictureQuery(PictureQuery):
    """Which account is shown among customers."""

    account = fields.String(load_default=None)


class AnalysisPictureQuery(PictureQuery):
    """Of which definition of the analysis."""

    of = fields.String(load_default="")


@blueprint.get("/benchmarks/<metric>.svg")
@signed_in
def draw_benchmark(metric: str) -> Response:
    """Draw what customers had done by each day, with an account on it."""
    query = read_parameters(BenchmarkPictureQuery())
    with current_state().reading() as session:
        chart = benchmark_of(session, current_workspace_id(), metric, query["account"], retell)
    return _answer(chart, query["theme"])


@blueprint.get(f"/<any({', '.join(map(repr, FINDERS))}):kind>/<name>.svg")
@signed_in
def draw_named(kind: str, name: str) -> Response:
    """Draw what is kept of a metric, a kind of segment or a definition."""
    query = read_parameters(PictureQuery())
    with current_state().reading() as session:
        chart = find_chart(session, current_workspace_id(), kind, name)
    if chart is None:
        raise NotFound(f"There is nothing to draw of {name} yet.")
    return _answer(chart, query["theme"])


@blueprint.get("/analyses/<int:analysis_id>.svg")
@signed_in
def draw_analysis(analysis_id: int) -> Response:
    """Draw precision against volume in the result of an analysis."""
    query = read_parameters(AnalysisPictureQuery())
    with current_state().reading() as session:
        charts = precision_of(session, current_workspace_id(), analysis_id)
    if query["of"] not in charts:
        raise NotFound("This analysis has no such figures.")
    return _answer(charts[query["of"]], query["theme"])


def _answer(chart: Chart, theme: str) -> Response:
    # Imported when the first picture is asked for: most web processes never draw one.
    drawing = import_module("pql.pictures.drawing")
    response = Response(drawing.draw(chart, "svg", theme), mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    return response
