"""`/api/v1/benchmarks`: what trials are compared with, and what came of trials before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pql.access import ADMIN, READ
from pql.benchmarks.documents import CURVE, DRIFT, RETENTION
from pql.benchmarks.querying import (
    Answer,
    VersionSummary,
    Wanted,
    list_benchmarks,
    list_documents,
    list_first_times,
    list_survival,
    list_versions,
    request_refresh,
)
from routes.api.benchmark_report_schemas import (
    CurvesSchema,
    DriftsSchema,
    FirstTimesSchema,
    RetentionsSchema,
    SurvivalSchema,
)
from routes.api.benchmark_schemas import (
    BenchmarkQuery,
    BenchmarksSchema,
    BenchmarkVersionsSchema,
    FirstTimesQuery,
    MetricQuery,
    RefreshSchema,
    RetentionQuery,
    SegmentQuery,
    VersionQuery,
)
from routes.api.blueprint import Blueprint
from routes.authentication import current_workspace_id, requires
from routes.service import current_state, current_time

blueprint = Blueprint(
    "benchmarks", __name__, url_prefix="/api/v1", description="What customers had done"
)


@blueprint.route("/benchmarks")
@requires(READ)
@blueprint.arguments(BenchmarkQuery, location="query", as_kwargs=True)
@blueprint.response(200, BenchmarksSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_benchmarks(version: int | None, segment: str | None, **asked: Any) -> Answer:
    """Show percentiles by metric, population and day

    Of all accounts together; with `by` those of each segment, at a few ages.
    """
    wanted = Wanted(value=segment, **asked)
    with current_state().reading() as session:
        return list_benchmarks(session, current_workspace_id(), wanted, version)


@blueprint.route("/benchmarks/versions")
@requires(READ)
@blueprint.response(200, BenchmarkVersionsSchema)
def show_versions() -> dict[str, list[VersionSummary]]:
    """List the versions, the newest first

    Every score names the version that it was made from.
    """
    with current_state().reading() as session:
        return {"data": list_versions(session, current_workspace_id())}


@blueprint.route("/benchmarks/curves")
@requires(READ)
@blueprint.arguments(MetricQuery, location="query", as_kwargs=True)
@blueprint.response(200, CurvesSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_curves(version: int | None, metric: str | None) -> Answer:
    """Show conversion by value

    Of trials whose time to convert is over and that had not paid when the window closed. What goes
    together need not be cause.
    """
    return _documents(CURVE, version, metric)


@blueprint.route("/benchmarks/survival")
@requires(READ)
@blueprint.arguments(SegmentQuery, location="query", as_kwargs=True)
@blueprint.response(200, SurvivalSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_survival(version: int | None, by: str | None, segment: str | None) -> Answer:
    """Show how long trials take to pay, and what comes first"""
    wanted = Wanted(by=by, value=segment)
    with current_state().reading() as session:
        return list_survival(session, current_workspace_id(), wanted, version)


@blueprint.route("/benchmarks/first-times")
@requires(READ)
@blueprint.arguments(FirstTimesQuery, location="query", as_kwargs=True)
@blueprint.response(200, FirstTimesSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_first_times(version: int | None, segment: str | None, **asked: Any) -> Answer:
    """Show how soon trials do for the first time what each metric counts"""
    wanted = Wanted(value=segment, **asked)
    with current_state().reading() as session:
        return list_first_times(session, current_workspace_id(), wanted, version)


@blueprint.route("/benchmarks/drift")
@requires(READ)
@blueprint.arguments(VersionQuery, location="query", as_kwargs=True)
@blueprint.response(200, DriftsSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_drift(version: int | None) -> Answer:
    """Show whether the latest trials still do what those before did"""
    return _documents(DRIFT, version)


@blueprint.route("/benchmarks/retention")
@requires(READ)
@blueprint.arguments(RetentionQuery, location="query", as_kwargs=True)
@blueprint.response(200, RetentionsSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_retention(version: int | None, definition: str | None) -> Answer:
    """Show who is still active by week, by whether a definition was met"""
    return _documents(RETENTION, version, definition)


@blueprint.route("/benchmarks/refresh", methods=["POST"])
@requires(ADMIN)
@blueprint.response(202, RefreshSchema)
def refresh_benchmarks() -> dict[str, datetime]:
    """Have the benchmarks worked out again"""
    with current_state().writing() as session:
        return {"requested_at": request_refresh(session, current_workspace_id(), current_time())}


def _documents(kind: str, version: int | None, name: str | None = None) -> Answer:
    with current_state().reading() as session:
        return list_documents(session, current_workspace_id(), kind, version=version, name=name)
