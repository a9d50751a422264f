"""Killed at any moment, the service loses nothing it acknowledged and counts nothing twice."""

from pathlib import Path

import pytest

from benchmarks.crash import DATABASE, POSTGRESQL, PROCESSES, SQLITE, crash
from tests.fixtures.postgres_cluster import find_programs
from tests.fixtures.requirement import skip_or_fail

KILLS, SEED = 6, 20_261_270

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    ("database", "targets"), [(SQLITE, PROCESSES), (POSTGRESQL, (*PROCESSES, DATABASE))]
)
def test_every_acknowledged_event_is_stored_once_however_often_something_is_killed(
    tmp_path: Path, database: str, targets: tuple[str, ...]
) -> None:
    if database == POSTGRESQL and find_programs() is None:
        skip_or_fail("PostgreSQL is not installed")
    outcome = crash(tmp_path, KILLS, SEED, database)
    assert set(outcome.kills) == set(targets), "the seed must hit each of them"
    assert outcome.acknowledged == outcome.stored
    assert outcome.twice == 0
    assert outcome.stats["pending"] == 0
    assert outcome.is_exact, outcome
