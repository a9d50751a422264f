"""How an export is read has nothing to do with the database that keeps the state: one is enough."""

import pytest


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """The address of a migrated state, on SQLite alone."""
    return migrated_sqlite_url
