"""An application on the embedded stores, for requests without end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pql.events.duckdb_store import DuckDBEventStore
from pql.settings import Settings
from routes.application import create_app
from routes.service import Service
from tests.fuzz.hostile import HostileSender


@pytest.fixture
def sender(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[HostileSender]:
    """A sender with a key that may write."""
    file = tmp_path / "events.duckdb"
    settings = Settings(migrated_sqlite_url, f"duckdb:///{file}", secret_key="s")
    app = create_app(settings)
    service: Service = app.extensions["pql"]
    store = DuckDBEventStore(file)
    yield HostileSender(app.test_client(), service.state, store, settings)
    store.close()
    service.state.close()
