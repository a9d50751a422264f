"""PostHog's capture API over HTTP, and what its SDKs ask for when they start: no feature flags."""

from __future__ import annotations

from uuid import uuid4

from flask import Blueprint, Response, jsonify, request

from routes.ingest.intake import Intake
from routes.ingest.paths import add_path, ingest_blueprint
from routes.service import current_time

CHANNEL = "posthog"
CAPTURE_PATHS = ("/capture", "/e", "/i/v0/e")
BATCH_PATHS = ("/i/v0/ai/batch",)
"""`/batch` is Amplitude's too: see `amplitude.py`."""
STORED = {"status": 1}


def posthog_blueprint(intake: Intake) -> Blueprint:
    """The paths of its server SDKs, and those that posthog-js uses."""
    blueprint = ingest_blueprint("posthog")

    def capture() -> Response:
        intake.accept(request, [CHANNEL], "capture", current_time())
        return jsonify(STORED)

    def batch() -> Response:
        intake.accept(request, [CHANNEL], "batch", current_time())
        return jsonify(STORED)

    for path in CAPTURE_PATHS:
        add_path(blueprint, path, capture)
    for path in BATCH_PATHS:
        add_path(blueprint, path, batch)
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
