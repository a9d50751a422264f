"""Segment's tracking API over HTTP: calls of its SDKs, of RudderStack's, and of analytics.js."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from routes.ingest.intake import Intake
from routes.service import current_time
from usage_ingest.dialects.segment import KINDS, LIST_CALLS

CHANNEL = "segment"
SHORT_FORMS = {kind[0]: kind for kind in KINDS}
"""What analytics.js writes: `t` is `track`."""
CALLS = ",".join((*LIST_CALLS, *KINDS, *SHORT_FORMS))
ONE_DAY = "86400"

CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Encoding, Content-Type",
    "Access-Control-Max-Age": ONE_DAY,
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def segment_blueprint(intake: Intake) -> Blueprint:
    """The paths. Both forms of each are registered: a redirect would lose the body unnoticed."""
    blueprint = Blueprint("segment", __name__)
    blueprint.after_request(_allow_every_origin)

    def accept(call: str) -> Response:
        intake.accept(request, CHANNEL, SHORT_FORMS.get(call, call), current_time())
        return jsonify(success=True)

    def project_settings(key: str) -> Response:
        intake.source_of(key)
        return jsonify(_settings_of(key))

    for slash in ("", "/"):
        form = "slash" if slash else "plain"
        blueprint.add_url_rule(
            f"/v1/<any({CALLS}):call>{slash}", f"accept_{form}", accept, methods=["POST"]
        )
        blueprint.add_url_rule(
            f"/v1/projects/<key>/settings{slash}", f"settings_{form}", project_settings
        )
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


def _allow_every_origin(response: Response) -> Response:
    """A write key is public by nature; what it may do is only to add events."""
    response.headers.update(CORS_HEADERS)
    return response
