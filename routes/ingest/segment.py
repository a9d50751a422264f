"""Segment's tracking API over HTTP: calls of its SDKs, of RudderStack's, and of analytics.js."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from routes.ingest.intake import Intake
from routes.ingest.paths import add_path, ingest_blueprint
from routes.service import current_time
from usage_ingest.dialects.segment import KINDS, LIST_CALLS

CHANNEL = "segment"
SHORT_FORMS = {kind[0]: kind for kind in KINDS}
"""What analytics.js writes: `t` is `track`."""
CALLS = ",".join((*LIST_CALLS, *KINDS, *SHORT_FORMS))


def segment_blueprint(intake: Intake) -> Blueprint:
    """The paths of server SDKs, and those that analytics.js uses."""
    blueprint = ingest_blueprint("segment")

    def accept(call: str) -> Response:
        intake.accept(request, [CHANNEL], SHORT_FORMS.get(call, call), current_time())
        return jsonify(success=True)

    def project_settings(key: str) -> Response:
        intake.source_of(key)
        return jsonify(_settings_of(key))

    add_path(blueprint, f"/v1/<any({CALLS}):call>", accept)
    add_path(blueprint, "/v1/projects/<key>/settings", project_settings, "GET")
    return blueprint


def _settings_of(key: str) -> dict[str, object]:
    """What analytics.js asks for when it starts: where to send to, and that nothing is blocked."""
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
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }
