"""The web application: every way in over HTTP, put together."""

from __future__ import annotations

from flask import Flask

from pql.settings import Settings
from pql.state.patience import Patience
from pql.state.store import State
from routes.api import register_api
from routes.converters import AccountKeyConverter
from routes.errors import register_errors
from routes.headers import register_headers
from routes.health import blueprint as health
from routes.ingest import register_ingest
from routes.limits import register_limits
from routes.pages import register_pages
from routes.refusals import register_refusals
from routes.schemas import blueprint as schemas
from routes.secret_key import read_secret_key
from routes.service import Service, attach_service


def create_app(settings: Settings) -> Flask:
    """The application for these settings. It connects when the first request needs it to."""
    app = Flask(__name__, template_folder="pages/templates", static_folder="pages/static")
    app.config["SECRET_KEY"] = read_secret_key(settings)
    register_limits(app, settings.body_limit)
    # An account's key is part of an address and may hold slashes, "https://example.com" for one.
    app.url_map.merge_slashes = False
    app.url_map.converters["account_key"] = AccountKeyConverter
    patience = Patience(settings.database_timeout, settings.database_timeout)
    service = Service(state=State(settings.database_url, patience), settings=settings)
    attach_service(app, service)
    register_headers(app)
    app.register_blueprint(health)
    app.register_blueprint(schemas)
    register_ingest(app, service.state, settings)
    register_api(app)
    register_pages(app)
    register_errors(app)
    register_refusals(app)
    return app
