"""`/api/v1/sources` and `/api/v1/events/recent`: what arrives, and what becomes of it."""

from __future__ import annotations

from typing import Any

from pql.access import READ
from routes.api.arrival_schemas import RecentEventListSchema, RecentEventsQuery, SourceListSchema
from routes.api.blueprint import Blueprint
from routes.authentication import current_workspace_id, requires
from routes.service import current_state, current_time
from usage_ingest.loading.recent_events import RecentArrival, recent_events
from usage_ingest.sources import SourceSummary, list_sources

blueprint = Blueprint(
    "arrivals", __name__, url_prefix="/api/v1", description="What arrives, and what becomes of it"
)


@blueprint.route("/sources")
@requires(READ)
@blueprint.response(200, SourceListSchema)
def show_sources() -> dict[str, list[SourceSummary]]:
    """List sources

    Every key that sends events, with its last event and counts by fate and reason.
    """
    with current_state().reading() as session:
        return {"data": list_sources(session, current_workspace_id(), current_time())}


@blueprint.route("/events/recent")
@requires(READ)
@blueprint.arguments(RecentEventsQuery, location="query")
@blueprint.response(200, RecentEventListSchema)
def show_recent_events(query: dict[str, Any]) -> dict[str, list[RecentArrival]]:
    """Show the last events

    The newest first, each with what became of it; they appear a second after they were sent.
    """
    with current_state().reading() as session:
        return {"data": recent_events(session, current_workspace_id(), **query)}
