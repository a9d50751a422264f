"""Segment's tracking API over HTTP: calls of its SDKs, of RudderStack's, and of analytics.js."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from routes.ingest.intake import Intake
from routes.ingest.paths import Endpoint, add_path, ingest_blueprint
from usage_ingest.dialects.segment import KINDS, LIST_CALLS
from usage_ingest.journal import NewEntry

CHANNEL = "segment"
SPELLINGS = {kind[0]: kind for kind in KINDS} | {call: call for call in (*LIST_CALLS, *KINDS)}
"""analytics.js writes `t` for `track`."""


def _stored(_kept: NewEntry) -> dict[str, object]:
    return {"success": True}


ENDPOINTS = {
    f"/v1/{spelled}": Endpoint((CHANNEL,), call, _stored) for spelled, call in SPELLINGS.items()
}
"""The paths of server SDKs, and those that analytics.js uses."""


def segment_blueprint(intake: Intake) -> Blueprint:
    """What analytics.js asks for when it starts."""
    blueprint = ingest_blueprint("segment")

    def project_settings(key: str) -> Response:
        intake.source_of(key, request.remote_addr)
        return jsonify(_settings_of(key))

    add_path(blueprint, "/v1/projects/<key>/settings", project_settings, "GET")
    add_path(blueprint, "/v1/m", _no_metrics)
    return blueprint


def _no_metrics() -> Response:
    """How analytics.js itself fares is asked of none, and is not kept where it is sent."""
    return jsonify(success=True)


def _settings_of(key: str) -> dict[str, object]:
    """Where to send to, and that nothing is blocked."""
    destination = {
        "apiKey": key,
        "apiHost": f"{request.host}/v1",
        "protocol": request.scheme,
        "unbundledIntegrations": [],
        "addBundledMetadata": True,
    }
    return {
        "integrations": {"Segment.io": destination},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "edgeFunction": {},
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0, "host": f"{request.host}/v1", "protocol": request.scheme},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }
