"""The ways in for events, one file for each family of SDKs. Errors are `{code, message}`."""

from __future__ import annotations

from flask import Flask

from pql.settings import Settings
from pql.state.store import State
from routes.ingest.amplitude import amplitude_blueprint
from routes.ingest.cloudevents import cloudevents_blueprint
from routes.ingest.intake import Intake
from routes.ingest.posthog import posthog_blueprint
from routes.ingest.segment import segment_blueprint
from usage_ingest.journal import Journal

BLUEPRINTS = (segment_blueprint, posthog_blueprint, amplitude_blueprint, cloudevents_blueprint)


def register_ingest(app: Flask, state: State, settings: Settings) -> None:
    """Add every ingest path to the application."""
    intake = Intake(state, settings, Journal(state))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint(intake))
