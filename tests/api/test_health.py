"""Health: alive without a database, ready only with it and its newest migration."""

from pathlib import Path

import pytest

from pql.settings import Settings
from pql.state.migrate import migrate
from routes.application import create_app


def settings_on(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        events_url=f"duckdb:///{tmp_path}/events.duckdb",
        secret_key="not a secret",
    )


def test_a_service_without_a_database_lives_but_is_not_ready(tmp_path: Path) -> None:
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    client = create_app(settings_on(nowhere, tmp_path)).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "cannot be reached" in answer.get_json()["missing"][0]


def test_a_service_is_ready_once_its_database_is_migrated(
    database_url: str, tmp_path: Path
) -> None:
    app = create_app(settings_on(database_url, tmp_path))
    client = app.test_client()
    before = client.get("/readyz")
    assert before.status_code == 503
    assert "pql migrate" in before.get_json()["missing"][0]
    migrate(app.extensions["pql"].state)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["missing"] == []
    app.extensions["pql"].state.close()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_wrong_method_says_which_are_right(tmp_path: Path, path: str) -> None:
    client = create_app(settings_on(f"sqlite:///{tmp_path}/state.db", tmp_path)).test_client()
    answer = client.post(path)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
