"""What SDKs in a browser ask for besides sending events, as their browser asks."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from pql.settings import Settings
from tests.fixtures.web import Member

ASKED = (
    ("GET", "/array/a-key/config", "sessionRecording"),
    ("GET", "/array/a-key/config.js", '"a-key"'),
    ("POST", "/flags/?v=2", "flags"),
    ("POST", "/decide/?v=4", "sessionRecording"),
    ("GET", "/api/surveys/?token=a-key", '"surveys":[]'),
    ("GET", "/api/early_access_features/?token=a-key", '"earlyAccessFeatures":[]'),
    ("GET", "/api/product_tours/?token=a-key", '"product_tours":[]'),
    ("GET", "/api/web_experiments/?token=a-key", '"experiments":[]'),
    ("POST", "/s/?ip=0&ver=1", "status"),
    ("POST", "/i/v1/logs?token=a-key", "status"),
    ("POST", "/i/v1/metrics?token=a-key", "status"),
    ("POST", "/v1/m", "success"),
    ("GET", "/static/surveys.js?v=1.449.2", "docs/browsers.md"),
    ("GET", "/static/1.449.2/surveys.js", "docs/browsers.md"),
)
SCRIPTS = (
    "/static/array.js",
    "/static/1.449.2/array.js",
    "/array/a-key/array.js",
    "/analytics.js/v1/a-key/analytics.min.js",
    "/analytics-next/bundles/part.js",
)
PREFLIGHT = {
    "Origin": "https://product.example",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type",
}


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """These answers do not depend on the database."""
    return migrated_sqlite_url


@pytest.mark.parametrize(("method", "path", "told"), ASKED)
def test_an_sdk_is_told_what_it_asks_for(
    client: FlaskClient, method: str, path: str, told: str
) -> None:
    preflight = client.options(path, headers=PREFLIGHT)
    answer = client.open(path, method=method)
    assert (preflight.status_code, answer.status_code) == (200, 200)
    assert told in answer.text.replace(": ", ":").replace("\n", "")
    for each in (preflight, answer):
        assert each.headers["Access-Control-Allow-Origin"] == "*"
        assert each.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_the_settings_lead_to_this_host(client: FlaskClient, owner: Member) -> None:
    told = client.get(f"/v1/projects/{owner.keys['write']}/settings").json
    assert told is not None
    for one in (told["integrations"]["Segment.io"]["apiHost"], told["metrics"]["host"]):
        assert one == "localhost/v1"


def test_a_key_cannot_become_a_script(client: FlaskClient) -> None:
    script = client.get('/array/"];alert(1);["/config.js').text
    assert '["\\"];alert(1);[\\""]' in script


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_script_that_is_not_there_says_how_to_get_it(client: FlaskClient, path: str) -> None:
    refused = client.get(path)
    assert refused.status_code == 404
    assert "npm install --prefix browser posthog-js" in refused.text
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


def test_scripts_come_from_where_they_are_installed(
    client: FlaskClient, web_settings: Settings
) -> None:
    modules = web_settings.folder / "browser" / "node_modules"
    install(modules / "posthog-js" / "dist" / "array.js")
    install(modules / "posthog-js" / "package.js")
    analytics = modules / "@segment" / "analytics-next" / "dist" / "umd"
    install(analytics / "standalone.js")
    install(analytics / "part.js")
    for path in SCRIPTS:
        with client.get(path) as script:
            assert (script.status_code, script.mimetype) == (200, "text/javascript"), path
            assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert client.get("/static/surveys.js").status_code == 404
    assert client.get("/analytics-next/bundles/..%2f..%2f..%2fpackage.js").status_code == 404
    assert client.get("/static/..%2fpackage.js").status_code == 404


def install(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("/* a script */")
