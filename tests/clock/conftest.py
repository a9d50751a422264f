from collections.abc import Iterator

import pytest

from pql.state.migrate import migrate
from pql.state.store import State


@pytest.fixture
def state(database_url: str) -> Iterator[State]:
    """A migrated state store, on SQLite and on PostgreSQL."""
    opened = State(database_url)
    migrate(opened)
    yield opened
    opened.close()
