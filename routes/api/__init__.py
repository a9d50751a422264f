"""The HTTP API under `/api/v1`, described at `/openapi.json`."""

from __future__ import annotations

from importlib.metadata import version

import flask_smorest
from flask import Flask

from routes.authentication import SECURITY_SCHEMES

DESCRIPTION = "Accounts with their sales motion and the reasons; leads, definitions and benchmarks."


class Api(flask_smorest.Api):
    """flask-smorest with the error shape of this service."""

    def _register_error_handlers(self) -> None:
        """Nothing here: `routes.errors` answers every error of the application."""


def register_api(app: Flask) -> None:
    """Serve the API and its description."""
    app.config.update(
        API_TITLE="pql",
        API_VERSION=version("pql"),
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = Api(app, spec_kwargs={"info": {"description": DESCRIPTION}})
    for name, scheme in SECURITY_SCHEMES.items():
        api.spec.components.security_scheme(name, scheme)
