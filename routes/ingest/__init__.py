"""The ways in for events, one file for each family of SDKs. Errors are `{code, message}`."""

from __future__ import annotations

from flask import Flask

from routes.ingest import amplitude, cloudevents, posthog, receipts, segment, stripe
from routes.ingest.browser_scripts import browser_scripts_blueprint
from routes.ingest.front import Front
from routes.ingest.intake import Intake
from routes.service import Service
from usage_ingest.group_commit import Journal


def register_ingest(app: Flask, service: Service) -> None:
    """Put the ingest paths in front of the application, and what SDKs ask besides into it."""
    state, settings = service.state, service.settings
    intake = Intake(state, settings, Journal(state), service.keys)
    endpoints = {
        **segment.ENDPOINTS,
        **posthog.endpoints(settings),
        **amplitude.ENDPOINTS,
        **cloudevents.endpoints(settings),
    }
    app.register_blueprint(segment.segment_blueprint(intake))
    app.register_blueprint(posthog.posthog_blueprint())
    app.register_blueprint(browser_scripts_blueprint(settings))
    app.register_blueprint(stripe.stripe_blueprint(state, settings))
    app.register_blueprint(receipts.receipts_blueprint(intake, state, settings))
    app.wsgi_app = Front(app.wsgi_app, intake, endpoints)  # type: ignore[method-assign]
