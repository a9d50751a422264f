"""What customers had done: the list of metrics and the page of one metric."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from marshmallow import fields

from pql.benchmarks.comparing import LATER_CUSTOMERS, NON_CONVERTERS, Benchmarks
from pql.benchmarks.percentiles import MINIMUM_ACCOUNTS, Percentiles
from pql.benchmarks.querying import list_benchmarks
from pql.benchmarks.repository import load_current
from pql.definitions import versions
from pql.definitions.model import DefinitionFile, Metric
from pql.pictures.asking import ALL_TRIALS, benchmark_of, find_charts
from routes.api.fields import QuerySchema
from routes.authentication import current_workspace_id
from routes.pages.parameters import read_parameters
from routes.pages.session import signed_in
from routes.service import current_state
from segments.retelling import retell

OF_A_METRIC = ("conversion", "first-time")
OF_A_DEFINITION = ("retention", "calibration")
TIMES = "time-to-convert"

blueprint = Blueprint("benchmarks_page", __name__)


class MetricQuery(QuerySchema):
    """Which account is shown among customers."""

    account = fields.String(load_default=None)


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric in the list, with the last day it is compared on and what was done by then."""

    metric: Metric
    day: int
    customers: Percentiles
    others: Percentiles


@blueprint.get("/benchmarks")
@signed_in
def show_list() -> ResponseReturnValue:
    """Show every metric of the definitions in force."""
    workspace_id = current_workspace_id()
    with current_state().reading() as session:
        applied = versions.current(session, workspace_id)
        benchmarks = load_current(session, workspace_id, applied.version_id, applied.file)
        table = list_benchmarks(session, workspace_id)
        segments = [(TIMES, by) for by in (ALL_TRIALS, *applied.file.segments)]
        judged = [(kind, name) for name in applied.file.definitions for kind in OF_A_DEFINITION]
        charts = find_charts(session, workspace_id, [*segments, *judged])
    return render_template(
        "benchmarks.html",
        rows=_rows(applied.file, benchmarks),
        as_of=table.as_of,
        customers=table.customers,
        moved=table.moved,
        needed=MINIMUM_ACCOUNTS,
        charts=charts,
    )


@blueprint.get("/benchmarks/<metric>")
@signed_in
def show_metric(metric: str) -> ResponseReturnValue:
    """Show one metric's benchmark, with an account on it where one is named."""
    query = read_parameters(MetricQuery())
    with current_state().reading() as session:
        workspace_id = current_workspace_id()
        words = {
            "chart": benchmark_of(session, workspace_id, metric, query["account"], retell),
            "further": find_charts(session, workspace_id, [(kind, metric) for kind in OF_A_METRIC]),
            "metric": versions.current(session, workspace_id).file.metrics[metric],
        }
    return render_template("benchmark.html", account=query["account"], **words)


def _rows(file: DefinitionFile, benchmarks: Benchmarks) -> list[MetricRow]:
    return [_row(metric, benchmarks) for metric in file.metrics.values()]


def _row(metric: Metric, benchmarks: Benchmarks) -> MetricRow:
    day = benchmarks.last_day(metric.name, LATER_CUSTOMERS)
    customers, others = (
        benchmarks.row(metric.name, population, day) or Percentiles(0)
        for population in (LATER_CUSTOMERS, NON_CONVERTERS)
    )
    return MetricRow(metric, day, customers, others)
