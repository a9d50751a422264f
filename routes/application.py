"""The web application: every way in over HTTP, put together."""

from __future__ import annotations

from time import monotonic
from types import TracebackType

import structlog
from flask import Flask, request

from pql.settings import Settings
from pql.state.patience import Patience
from pql.state.store import State
from routes.answers import WatchedAnswers
from routes.api import register_api
from routes.converters import AnyTextConverter
from routes.errors import register_errors
from routes.headers import register_headers
from routes.health import blueprint as health
from routes.ingest import register_ingest
from routes.limits import register_limits
from routes.pages import register_pages
from routes.proxies import TrustedProxies
from routes.refusals import register_refusals
from routes.schemas import blueprint as schemas
from routes.secret_key import read_secret_key
from routes.service import Service, attach_service
from routes.wrong_keys import KeyFinder

log = structlog.get_logger(__name__)


class Application(Flask):
    """Tells of a view that failed by its name: in the address there are ids."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Log what no error handler took."""
        log.error("a request failed", view=request.endpoint, exc_info=exc_info)


def create_app(settings: Settings) -> Flask:
    """The application for these settings. It connects when the first request needs it to."""
    app = Application(__name__, template_folder="pages/templates", static_folder="pages/static")
    app.config["SECRET_KEY"] = read_secret_key(settings)
    register_limits(app, settings.body_limit)
    # An account's id is part of an address and may hold slashes, "https://example.com" for one.
    app.url_map.merge_slashes = False
    app.url_map.converters["any_text"] = AnyTextConverter
    patience = Patience(settings.database_timeout, settings.database_timeout)
    state = State(settings.database_url, patience)
    service = Service(state, settings, KeyFinder(state, monotonic))
    attach_service(app, service)
    register_headers(app)
    app.register_blueprint(health)
    app.register_blueprint(schemas)
    app.wsgi_app = WatchedAnswers(app.wsgi_app)  # type: ignore[method-assign]
    register_ingest(app, service)
    register_api(app)
    register_pages(app)
    register_errors(app)
    register_refusals(app)
    # In front of all, intake too: who is asking is decided once.
    app.wsgi_app = TrustedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    return app
