"""What is deleted or forgotten by time is not, because a clock was ahead for a while."""

from datetime import datetime, timedelta

import pytest

from pql import job_runs
from pql.job_runs import DONE
from pql.known_time import HOUSEKEEPING, RUNS, is_believed, time_ahead
from pql.state.models import JobRun, QuarantinedEvent
from pql.state.store import State
from routes.clock.jobs import expire, keep_house
from routes.clock.work import Work
from routes.endings import Ending
from tests.fixtures.loading import RECEIVED_AT, Loading, track
from tests.fixtures.product import unfenced
from tests.fixtures.quarantined import nameless, rows
from usage_ingest.loading.loader import LoadResult
from usage_ingest.translating.reading import Reader

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FAR = 40 * DAY
NOTHING = timedelta()
NOW = RECEIVED_AT


def keeps_house(state: State, last: datetime, times: int) -> None:
    """So many runs of housekeeping, an hour apart."""
    with state.writing() as session:
        for number in reversed(range(times)):
            at = last - number * HOUR
            run = {"slot": at, "started_at": at, "outcome": DONE}
            session.add(JobRun(job=HOUSEKEEPING, **run))
            session.flush()


def ahead(state: State, now: datetime) -> timedelta:
    with state.reading() as session:
        return time_ahead(session, now)


def test_a_time_in_which_the_worker_has_lived_is_known(state: State) -> None:
    keeps_house(state, NOW, RUNS)
    assert ahead(state, NOW + HOUR) == NOTHING


def test_without_any_run_every_time_is_believed(state: State) -> None:
    assert ahead(state, NOW + FAR) == NOTHING


def test_a_clock_that_is_ahead_is_believed_after_most_of_the_runs(state: State) -> None:
    keeps_house(state, NOW, RUNS)
    then = NOW + FAR
    for number in range(6):
        assert FAR - DAY < ahead(state, then + number * HOUR) <= FAR + DAY
        keeps_house(state, then + number * HOUR, 1)
    assert ahead(state, then + 6 * HOUR) == NOTHING


def test_a_clock_that_is_right_again_is_believed_at_once(state: State) -> None:
    keeps_house(state, NOW, RUNS)
    keeps_house(state, NOW + FAR, 5)
    assert ahead(state, NOW + 6 * HOUR) == NOTHING
    with state.reading() as session:
        assert is_believed(session, NOW + 6 * HOUR)


def test_a_clock_that_is_behind_is_not_ahead_and_not_believed(state: State) -> None:
    keeps_house(state, NOW, RUNS)
    assert ahead(state, NOW - FAR) == NOTHING
    with state.reading() as session:
        assert not is_believed(session, NOW - FAR)


def test_a_message_sent_again_while_the_clock_is_ahead_is_a_duplicate(loading: Loading) -> None:
    keeps_house(loading.state, NOW, RUNS)
    loading.load_sent(track("1"), nameless("bad"))
    loading.now += FAR
    assert loading.load_sent(track("1"), nameless("bad")) == LoadResult(2, duplicates=2)
    loading.now -= FAR
    assert loading.load_sent(track("1"), nameless("bad")) == LoadResult(2, duplicates=2)


def test_a_message_stored_while_the_clock_was_ahead_is_a_duplicate_afterwards(
    loading: Loading,
) -> None:
    loading.now += FAR
    loading.load_sent(track("1"))
    loading.now -= FAR
    assert loading.load_sent(track("1")).duplicates == 1


@pytest.fixture
def house(loading: Loading) -> Work:
    """A worker of a service with a bad event of today, and an analysis and job runs of today."""
    keeps_house(loading.state, NOW, RUNS)
    loading.load_sent(nameless("bad"))
    reader = Reader(loading.state, loading.settings)
    return Work(loading.state, loading.store, loading.settings, unfenced, Ending(), reader)


def content(loading: Loading) -> str:
    row: QuarantinedEvent
    [row] = rows(loading)
    return row.content


def test_nothing_is_forgotten_because_the_clock_is_ahead_for_a_while(
    house: Work, loading: Loading
) -> None:
    then = NOW + 400 * DAY
    for number in range(5):
        now = then + number * HOUR
        assert keep_house(house, now).startswith("0 job runs")
        assert expire(house, now) == ""
        keeps_house(house.state, now, 1)
    assert content(loading)
    with house.state.reading() as session:
        assert len(job_runs.latest_slots(session, HOUSEKEEPING, 99)) == RUNS + 5


def test_what_is_old_is_forgotten_once_the_time_is_known(house: Work, loading: Loading) -> None:
    """A service that stood still for so long is only hours late with it."""
    then = NOW + 400 * DAY
    keeps_house(house.state, then, 6)
    assert expire(house, then + HOUR) == "1 quarantined events expired"
    assert content(loading) == ""
    assert keep_house(house, then + HOUR).startswith(f"{RUNS} job runs")
