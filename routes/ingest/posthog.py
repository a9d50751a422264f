"""PostHog's capture API over HTTP, and what its SDKs ask for when they start: no feature flags."""

from __future__ import annotations

from uuid import uuid4

from flask import Blueprint, Response, jsonify

from routes.ingest.paths import Endpoint, add_path, ingest_blueprint
from usage_ingest.journal import NewEntry

CHANNEL = "posthog"
CAPTURE_PATHS = ("/capture", "/e", "/i/v0/e")
BATCH_PATHS = ("/i/v0/ai/batch",)
"""`/batch` is Amplitude's too: see `amplitude.py`."""


def stored(_kept: NewEntry) -> dict[str, object]:
    """What its SDKs are told."""
    return {"status": 1}


ENDPOINTS = {
    **{path: Endpoint((CHANNEL,), "capture", stored) for path in CAPTURE_PATHS},
    **{path: Endpoint((CHANNEL,), "batch", stored) for path in BATCH_PATHS},
}
"""The paths of its server SDKs, and those that posthog-js uses."""


def posthog_blueprint() -> Blueprint:
    """What its SDKs ask for when they start."""
    blueprint = ingest_blueprint("posthog")
    add_path(blueprint, "/flags", _no_flags)
    add_path(blueprint, "/flags/definitions", _no_definitions, "GET")
    add_path(blueprint, "/decide", _nothing_decided)
    return blueprint


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
