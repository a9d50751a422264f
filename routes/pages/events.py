"""The last events, as they arrive. The page comes again by itself, without a script."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from routes.api.arrival_schemas import RecentEventsQuery
from routes.authentication import current_workspace_id
from routes.pages.parameters import read_parameters
from routes.pages.session import signed_in
from routes.service import current_state, current_time
from usage_ingest.loading.recent_events import recent_events
from usage_ingest.sources import list_sources

REFRESH_SECONDS = 2

blueprint = Blueprint("events_page", __name__)


@blueprint.get("/events")
@signed_in
def show_list() -> ResponseReturnValue:
    """Show the last events, of one source if asked, and what became of them."""
    query = read_parameters(RecentEventsQuery())
    with current_state().reading() as session:
        words = {
            "arrivals": recent_events(session, current_workspace_id(), **query),
            "sources": list_sources(session, current_workspace_id(), current_time()),
        }
    page = render_template("events.html", asked=query.get("source_id"), **words)
    return _coming_again(make_response(page))


def _coming_again(response: Response) -> Response:
    response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response
