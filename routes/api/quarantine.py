"""`/api/v1/quarantine`: what could not be stored, and sending it through again."""

from __future__ import annotations

from typing import Any

from pql.access import ADMIN, READ
from routes.api.blueprint import Blueprint
from routes.api.quarantine_schemas import (
    QuarantinedDetailSchema,
    QuarantinePage,
    QuarantineQuery,
    ReplayResultSchema,
    ReplaySchema,
)
from routes.authentication import current_key, current_workspace_id, requires
from routes.service import current_service, current_state, current_time
from usage_ingest.quarantine.listing import (
    QuarantinedDetail,
    count_reasons,
    list_quarantine,
    show_quarantined,
)
from usage_ingest.quarantine.replaying import Replay, Replaying

blueprint = Blueprint(
    "quarantine", __name__, url_prefix="/api/v1", description="Events that could not be stored"
)


@blueprint.route("/quarantine")
@requires(READ)
@blueprint.arguments(QuarantineQuery, location="query")
@blueprint.response(200, QuarantinePage)
def show_quarantine(query: dict[str, Any]) -> dict[str, Any]:
    """List the quarantine

    The newest first, in pages: send `next_cursor` as `cursor` for the next one.
    """
    with current_state().reading() as session:
        page = list_quarantine(session, current_workspace_id(), **query)
        reasons = count_reasons(session, current_workspace_id(), query["asked"])
    return {"data": page.data, "next_cursor": page.next_cursor, "reasons": reasons}


@blueprint.route("/quarantine/<int:quarantined_id>")
@requires(READ)
@blueprint.response(200, QuarantinedDetailSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_quarantined_event(quarantined_id: int) -> QuarantinedDetail:
    """Show a quarantined event: as it was sent, what was wrong, and what became of it"""
    with current_state().reading() as session:
        return show_quarantined(session, current_workspace_id(), quarantined_id)


@blueprint.route("/quarantine/replay", methods=["POST"])
@requires(ADMIN)
@blueprint.arguments(ReplaySchema)
@blueprint.response(200, ReplayResultSchema)
def replay_quarantine(asked: dict[str, Any]) -> Replay:
    """Send quarantined events through again, mended

    They keep the time at which they were received. With `dry_run` nothing is sent. Asking twice
    stores nothing twice.
    """
    service = current_service()
    replaying = Replaying(service.state, service.settings, current_workspace_id())
    if asked["dry_run"]:
        return replaying.preview(asked["selection"], asked["rules"])
    return replaying.replay(asked["selection"], asked["rules"], current_key().name, current_time())
