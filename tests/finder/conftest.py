"""Workspaces for the finder, on SQLite: it reads the state with one select that others test too."""

import pytest


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """The address of a migrated state."""
    return migrated_sqlite_url
