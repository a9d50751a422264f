"""CloudEvents over HTTP: every event gets a receipt, in the order of the request."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, jsonify, request

from routes.ingest.intake import Intake
from routes.ingest.paths import add_path, ingest_blueprint
from routes.service import current_service, current_time
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.journal import NewEntry, StoredEntry
from usage_ingest.translation import translate_entries

CHANNEL = "cloudevents"
NOT_NUMBERED = 0


def cloudevents_blueprint(intake: Intake) -> Blueprint:
    """The one path."""
    blueprint = ingest_blueprint("cloudevents")

    def accept() -> Response:
        kept = intake.accept(request, [CHANNEL], "events", current_time())
        return jsonify(receipts=_receipts(kept))

    add_path(blueprint, "/v1/events", accept)
    return blueprint


def _receipts(kept: NewEntry) -> list[dict[str, object]]:
    """What the loader will find: the same translation, ahead of it."""
    entry = StoredEntry(**asdict(kept), id=NOT_NUMBERED)
    messages = translate_entries([entry], current_service().settings.event_limit)
    return [_receipt(message.result) for message in messages]


def _receipt(result: CanonicalEvent | Rejected) -> dict[str, object]:
    if isinstance(result, CanonicalEvent):
        return {"message_id": result.message_id, "accepted": True}
    return {
        "message_id": result.message_id,
        "accepted": False,
        "reason": result.reason,
        "detail": result.detail,
    }
