"""Amplitude's HTTP API over HTTP. Its SDKs read `code` in the body, not the status."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from routes.ingest import posthog
from routes.ingest.intake import Intake
from routes.ingest.paths import add_path, ingest_blueprint
from routes.service import current_time
from usage_ingest.journal import NewEntry

CHANNEL = "amplitude"


def amplitude_blueprint(intake: Intake) -> Blueprint:
    """The paths of its SDKs. `/batch` is PostHog's too: what the body holds tells whose it is."""
    blueprint = ingest_blueprint("amplitude")

    def httpapi() -> Response:
        return _counted(intake.accept(request, [CHANNEL], "httpapi", current_time()))

    def batch() -> Response:
        kept = intake.accept(request, [CHANNEL, posthog.CHANNEL], "batch", current_time())
        return _counted(kept) if kept.channel == CHANNEL else jsonify(posthog.STORED)

    add_path(blueprint, "/2/httpapi", httpapi)
    add_path(blueprint, "/batch", batch)
    return blueprint


def _counted(kept: NewEntry) -> Response:
    return jsonify(
        code=200,
        events_ingested=kept.events,
        payload_size_bytes=len(kept.body),
        server_upload_time=int(kept.received_at.timestamp() * 1000),
    )
