"""The scripts that a page loads, posthog-js and analytics.js, where the operator installed them.

None is part of this repository. `npm install --prefix FOLDER/browser` puts them beside the event
store (docs/browsers.md), and they are served from there as they are.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory
from werkzeug.exceptions import NotFound

from pql.settings import Settings
from routes.ingest.paths import ingest_blueprint

FOLDER = "browser"
PACKAGES = ("posthog-js", "@segment/analytics-next")
POSTHOG = "node_modules/posthog-js/dist"
ANALYTICS = "node_modules/@segment/analytics-next/dist/umd"
ANALYTICS_SCRIPT = "standalone.js"
WHOLE_SDK = "array"
"""The names of those of PostHog's scripts begin so that are the SDK itself, and no part of it."""
NOTHING = "/* This part is not installed here: see docs/browsers.md. */\n"
ONE_HOUR = 3600


def browser_scripts_blueprint(settings: Settings) -> Blueprint:
    """The paths under which the SDKs' snippets, and the SDKs themselves, look for scripts."""
    blueprint = ingest_blueprint("browser_scripts")
    folder = settings.folder.absolute() / FOLDER

    @blueprint.get("/static/<script>.js")
    @blueprint.get("/static/<_version>/<script>.js")
    @blueprint.get("/array/<_key>/<any('array','array.full'):script>.js")
    def posthog_script(script: str, _version: str = "", _key: str = "") -> Response:
        file = f"{script}.js"
        if not (folder / POSTHOG).is_dir() and not script.startswith(WHOLE_SDK):
            return Response(NOTHING, content_type="text/javascript")
        return _script(folder, POSTHOG, file)

    @blueprint.get("/analytics.js/v1/<_key>/analytics.min.js")
    def analytics_script(_key: str) -> Response:
        return _script(folder, ANALYTICS, ANALYTICS_SCRIPT)

    @blueprint.get("/analytics-next/bundles/<file>")
    def analytics_part(file: str) -> Response:
        return _script(folder, ANALYTICS, file)

    return blueprint


def _script(folder: Path, package: str, file: str) -> Response:
    if not (folder / package).is_dir():
        install = f"npm install --prefix {FOLDER} {' '.join(PACKAGES)}"
        raise NotFound(
            f"The script is not installed here. Beside the event store, run: {install}. "
            "Or build the package into your own page (docs/browsers.md)."
        )
    return send_from_directory(folder / package, file, max_age=ONE_HOUR)
