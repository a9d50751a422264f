"""The HTTP API under `/api/v1`, described at `/openapi.json`."""

from __future__ import annotations

from http import HTTPStatus
from importlib.metadata import version
from threading import Lock
from typing import Any

import flask_smorest
from flask import Flask, Response, json
from flask_smorest import Blueprint
from flask_smorest.utils import prepare_response

from routes.api import (
    accounts,
    analyses,
    arrivals,
    benchmarks,
    billing,
    definition_versions,
    finder,
    fitted,
    identity,
    imports,
    leads,
    plans,
    quarantine,
    replays,
    workspaces,
)
from routes.api.problems import ProblemSchema
from routes.authentication import SECURITY_SCHEMES
from routes.errors import PROBLEM_TYPE

DESCRIPTION = (
    "Accounts with their sales motion and the reasons; leads, definitions, plans, benchmarks; what "
    "arrives, and what is in quarantine."
)
BLUEPRINTS = tuple(
    module.blueprint
    for module in (
        accounts,
        leads,
        definition_versions,
        replays,
        plans,
        benchmarks,
        fitted,
        finder,
        analyses,
        arrivals,
        imports,
        quarantine,
        identity,
        workspaces,
        billing,
    )
)


class Api(flask_smorest.Api):
    """flask-smorest with the error shape of this service, described when that is first asked for.

    To describe every address takes longer than all else that the web does when it starts.
    """

    def __init__(self, app: Flask, **options: Any) -> None:
        self._describing = Lock()
        self._description: str | None = None
        super().__init__(app, **options)

    def register_blueprint(self, blueprint: Blueprint) -> None:
        """Serve the addresses of a blueprint."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)

    def _register_error_handlers(self) -> None:
        """Register none: `routes.errors` answers every error of the application."""

    def _register_responses(self) -> None:
        """Describe errors as the problem documents they are."""
        named = {status.name: status.phrase for status in HTTPStatus if status >= 400}
        for name, description in {**named, self.DEFAULT_ERROR_RESPONSE_NAME: "Any error"}.items():
            response = {"description": description, "schema": ProblemSchema}
            prepare_response(response, self.spec, PROBLEM_TYPE)
            self.spec.components.response(name, response, lazy=True)

    def _openapi_json(self) -> Response:
        with self._describing:
            if self._description is None:
                self._description = self._describe()
        return Response(self._description, mimetype="application/json")

    def _describe(self) -> str:
        for name, scheme in SECURITY_SCHEMES.items():
            self.spec.components.security_scheme(name, scheme)
        for each in BLUEPRINTS:
            each.register_views_in_doc(self, self._app, self.spec, name=each.name, parameters=None)
            self.spec.tag({"name": each.name, "description": each.description})
        return json.dumps(self.spec.to_dict(), indent=2, sort_keys=False)


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
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
