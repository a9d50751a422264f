"""The pages: plain HTML and one style sheet, no script, nothing from elsewhere."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from routes.pages import accounts, analyses, benchmarks, events, leads, pictures, signing_in
from routes.pages.session import CookieSession
from routes.pages.wording import FILTERS

BLUEPRINTS = (
    signing_in.blueprint,
    accounts.blueprint,
    leads.blueprint,
    benchmarks.blueprint,
    pictures.blueprint,
    analyses.blueprint,
    events.blueprint,
)


def register_pages(app: Flask) -> None:
    """Serve the pages. Their forms are protected; requests with a key have no session to abuse."""
    app.session_interface = CookieSession()
    app.config.update(
        SESSION_COOKIE_NAME="pql_session",
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,
        # A page that lay open over lunch still works: the token ends with the session.
        WTF_CSRF_TIME_LIMIT=None,
    )
    protection = CSRFProtect(app)
    app.jinja_env.filters.update(FILTERS)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
        app.before_request_funcs.setdefault(blueprint.name, []).append(protection.protect)
