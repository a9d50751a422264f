"""PostHog's capture API over HTTP, and what its SDKs ask for when they start: no feature flags."""

from __future__ import annotations

import json
from functools import partial
from uuid import uuid4

from flask import Blueprint, Response, jsonify

from pql.settings import Settings
from routes.ingest.expected import expected
from routes.ingest.paths import Endpoint, add_path, ingest_blueprint
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.journal import NewEntry

CHANNEL = "posthog"
CAPTURE_PATHS = ("/capture", "/e", "/i/v0/e")
BATCH_PATHS = ("/i/v0/ai/batch",)
"""`/batch` is Amplitude's too: see `amplitude.py`."""
VERSION_1_PATH = "/i/v1/analytics/events"
"""Where SDKs send that are told to use the next version of the API."""


def stored(_kept: NewEntry) -> dict[str, object]:
    """What its SDKs are told."""
    return {"status": 1}


def endpoints(settings: Settings) -> dict[str, Endpoint]:
    """The paths of its server SDKs, and those that posthog-js uses."""

    def results(kept: NewEntry) -> dict[str, object]:
        found = expected(kept, settings)
        return {"results": {each.message_id: _result(each) for each in found if each.message_id}}

    return {**ENDPOINTS, VERSION_1_PATH: Endpoint((CHANNEL,), "batch", results)}


def _result(event: CanonicalEvent | Rejected) -> dict[str, object]:
    """What version 1 says of an event; a dropped one is not sent again."""
    if isinstance(event, CanonicalEvent):
        return {"result": "ok"}
    return {"result": "drop", "details": event.detail}


ENDPOINTS = {
    **{path: Endpoint((CHANNEL,), "capture", stored) for path in CAPTURE_PATHS},
    **{path: Endpoint((CHANNEL,), "batch", stored) for path in BATCH_PATHS},
}
"""The paths whose answer is the same for all."""


EMPTY_LISTS = {
    "/api/surveys": "surveys",
    "/api/early_access_features": "earlyAccessFeatures",
    "/api/product_tours": "product_tours",
    "/api/web_experiments": "experiments",
}
"""What posthog-js asks for when its page does, and the name of the list in the answer."""
NOT_KEPT = ("/s", "/i/v1/logs", "/i/v1/metrics")
"""Recordings of sessions, logs and measurements: taken, so that nothing is sent again, and let go.
The SDK is told that none is wanted, and sends them only where a page insists."""
NOTHING_WANTED: dict[str, object] = {
    "supportedCompression": ["gzip-js", "base64"],
    "hasFeatureFlags": False,
    "sessionRecording": False,
    "surveys": False,
    "productTours": False,
    "heatmaps": False,
    "captureDeadClicks": False,
    "capturePerformance": False,
    "autocaptureExceptions": False,
    "errorTracking": {"autocaptureExceptions": False, "suppressionRules": []},
    "logs": {"captureConsoleLogs": False},
    "siteApps": [],
    "toolbarParams": {},
    "isAuthenticated": False,
    "elementsChainAsString": True,
}
"""The remote configuration of posthog-js: nothing but events."""


def posthog_blueprint() -> Blueprint:
    """What its SDKs ask for when they start."""
    blueprint = ingest_blueprint("posthog")
    add_path(blueprint, "/flags", _no_flags)
    add_path(blueprint, "/flags/definitions", _no_definitions, "GET")
    add_path(blueprint, "/decide", _nothing_decided)
    add_path(blueprint, "/array/<key>/config", _configuration, "GET")
    add_path(blueprint, "/array/<key>/config.js", _configuration_script, "GET")
    for path, name in EMPTY_LISTS.items():
        add_path(blueprint, path, partial(_empty_list, name), "GET")
    for path in NOT_KEPT:
        add_path(blueprint, path, _not_kept)
    return blueprint


def _configuration(key: str) -> Response:
    return jsonify(NOTHING_WANTED | {"token": key})


def _configuration_script(key: str) -> Response:
    """The same for pages that load it as a script, ahead of the SDK."""
    known = json.dumps({"config": NOTHING_WANTED | {"token": key}, "siteApps": []})
    every = "window._POSTHOG_REMOTE_CONFIG"
    script = f"{every} = {every} || {{}}; {every}[{json.dumps(key)}] = {known};\n"
    return Response(script, content_type="text/javascript")


def _empty_list(name: str) -> Response:
    return jsonify({name: []})


def _not_kept() -> Response:
    return jsonify(status=1)


def _no_flags() -> Response:
    return jsonify(flags={}, errorsWhileComputingFlags=False, requestId=str(uuid4()))


def _no_definitions() -> Response:
    return jsonify(flags=[], group_type_mapping={}, cohorts={})


def _nothing_decided() -> Response:
    """What older SDKs ask instead of `/flags`; with it, posthog-js records no sessions."""
    return jsonify(
        featureFlags={},
        featureFlagPayloads={},
        errorsWhileComputingFlags=False,
        supportedCompression=["gzip-js", "base64"],
        sessionRecording=False,
    )
