"""Killed at any moment, the service loses nothing it acknowledged and counts nothing twice."""

from pathlib import Path

import pytest

from benchmarks.crash import kill_under_load

KILLS, SEED = 10, 20_261_102

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_every_acknowledged_event_is_stored_once_after_ten_kills(tmp_path: Path) -> None:
    outcome = kill_under_load(tmp_path, KILLS, SEED)
    assert outcome.acknowledged == outcome.stored
    assert set(outcome.times) == {1}
    assert outcome.stats["pending"] == 0
    assert outcome.stats["stored"] == len(outcome.stored)
    assert len(outcome.kills) > 1, "the seed must hit web and worker"
