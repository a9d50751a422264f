"""`/api/v1/benchmarks`: what customers had done at each age, and working it out again."""

from __future__ import annotations

from datetime import datetime

from pql.access import ADMIN, READ
from pql.benchmarks.querying import BenchmarkTable, list_benchmarks, request_refresh
from routes.api.blueprint import Blueprint
from routes.api.definition_schemas import BenchmarksSchema, RefreshSchema
from routes.authentication import current_workspace_id, requires
from routes.service import current_state, current_time

blueprint = Blueprint(
    "benchmarks", __name__, url_prefix="/api/v1", description="What customers had done"
)


@blueprint.route("/benchmarks")
@requires(READ)
@blueprint.response(200, BenchmarksSchema)
def show_benchmarks() -> BenchmarkTable:
    """Show the benchmarks in force"""
    with current_state().reading() as session:
        return list_benchmarks(session, current_workspace_id())


@blueprint.route("/benchmarks/refresh", methods=["POST"])
@requires(ADMIN)
@blueprint.response(202, RefreshSchema)
def refresh_benchmarks() -> dict[str, datetime]:
    """Have the benchmarks worked out again"""
    with current_state().writing() as session:
        return {"requested_at": request_refresh(session, current_workspace_id(), current_time())}
