"""Amplitude's HTTP API over HTTP. Its SDKs read `code` in the body, not the status."""

from __future__ import annotations

from routes.ingest import posthog
from routes.ingest.paths import Endpoint
from usage_ingest.journal import NewEntry

CHANNEL = "amplitude"


def _counted(kept: NewEntry) -> dict[str, object]:
    return {
        "code": 200,
        "events_ingested": kept.events,
        "payload_size_bytes": len(kept.body),
        "server_upload_time": int(kept.received_at.timestamp() * 1000),
    }


def _as_its_own(kept: NewEntry) -> dict[str, object]:
    return _counted(kept) if kept.channel == CHANNEL else posthog.stored(kept)


ENDPOINTS = {
    "/2/httpapi": Endpoint((CHANNEL,), "httpapi", _counted),
    "/batch": Endpoint((CHANNEL, posthog.CHANNEL), "batch", _as_its_own),
}
"""The paths of its SDKs. `/batch` is PostHog's too: what the body holds tells whose it is."""
