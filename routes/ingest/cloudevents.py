"""CloudEvents over HTTP: every event gets a receipt, in the order of the request."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from pql.settings import Settings
from routes.ingest.paths import Endpoint
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.journal import NewEntry, StoredEntry
from usage_ingest.translating.translation import translate_entries

CHANNEL = "cloudevents"
NOT_NUMBERED = 0


def endpoints(settings: Settings) -> dict[str, Endpoint]:
    """The one path."""

    def receipts(kept: NewEntry) -> dict[str, object]:
        """What the loader will find: the same translation, ahead of it."""
        entry = StoredEntry(**asdict(kept), id=NOT_NUMBERED)
        late = timedelta(days=settings.late_days)
        (results,) = translate_entries([entry], settings.event_limit, late=late)
        return {"receipts": [_receipt(result) for result in results]}

    return {"/v1/events": Endpoint((CHANNEL,), "events", receipts)}


def _receipt(result: CanonicalEvent | Rejected) -> dict[str, object]:
    if isinstance(result, CanonicalEvent):
        return {"message_id": result.message_id, "accepted": True}
    return {
        "message_id": result.message_id,
        "accepted": False,
        "reason": result.reason,
        "detail": result.detail,
    }
