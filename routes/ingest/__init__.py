"""The ways in for events, one file for each family of SDKs. Errors are `{code, message}`."""

from __future__ import annotations

from flask import Flask

from pql.settings import Settings
from pql.state.store import State
from routes.ingest.intake import Intake
from routes.ingest.segment import segment_blueprint
from usage_ingest.journal import Journal


def register_ingest(app: Flask, state: State, settings: Settings) -> None:
    """Add every ingest path to the application."""
    intake = Intake(state, settings, Journal(state))
    app.register_blueprint(segment_blueprint(intake))
