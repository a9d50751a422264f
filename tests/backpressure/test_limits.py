"""Past its limits intake asks to wait, keeps nothing of what it refused, and goes on afterwards."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from pql.settings import Settings
from pql.state.store import State
from routes.application import create_app
from routes.ingest.rates import LONGEST_DEBT_SECONDS, LargerThanRate, Rates
from routes.service import Service
from tests.fixtures.loading import track
from tests.fixtures.web import Member, make_member
from usage_ingest.backpressure import SECONDS_BETWEEN, JournalFull, JournalGauge, Waiting
from usage_ingest.journal import JOURNAL, has_entries


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Bounded:
    """An application with limits, and a key to write with."""

    client: FlaskClient
    state: State
    member: Member

    def send(self, events: int, prefix: str = "m") -> TestResponse:
        batch = [track(f"{prefix}{number}") for number in range(events)]
        return self.client.post(
            "/v1/batch", json={"batch": batch}, headers=self.member.bearer("write")
        )

    def load_everything(self) -> None:
        with self.state.journal_engine.begin() as connection:
            connection.execute(JOURNAL.delete())


@pytest.fixture
def settings(web_settings: Settings) -> Settings:
    return replace(web_settings, journal_limit_events=100)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("routes.ingest.intake.monotonic", clock)
    return clock


@pytest.fixture
def bounded(settings: Settings, clock: Clock) -> Iterator[Bounded]:
    assert clock.now == 0.0
    app = create_app(settings)
    service: Service = app.extensions["pql"]
    yield Bounded(app.test_client(), service.state, make_member(service.state, "owner"))
    service.state.close()


def assert_asked_to_wait(answer: TestResponse, seconds: int, why: str) -> None:
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == str(seconds)
    assert set(answer.get_json()) == {"code", "message"}
    assert why in answer.get_json()["message"]


def test_a_full_journal_is_told_and_nothing_more_is_kept(bounded: Bounded, clock: Clock) -> None:
    assert bounded.send(60).status_code == 200
    assert bounded.send(40).status_code == 200
    why = "100 events wait, 100 of them from this key; 100 may"
    assert_asked_to_wait(bounded.send(1), 10, why)
    bounded.load_everything()
    assert bounded.send(1).status_code == 429
    clock.now += SECONDS_BETWEEN
    assert bounded.send(1).status_code == 200


def test_what_others_appended_counts_after_a_second(bounded: Bounded, clock: Clock) -> None:
    assert bounded.send(1).status_code == 200
    other = JournalGauge(bounded.state, 1, 10**9, Clock())
    with pytest.raises(JournalFull):
        other.take_room(sender(bounded), 1, 1)
    with bounded.state.journal_engine.begin() as connection:
        connection.execute(JOURNAL.update().values(events=100))
    assert bounded.send(1).status_code == 200
    clock.now += SECONDS_BETWEEN
    assert bounded.send(1).status_code == 429


def test_the_journal_is_bounded_in_bytes_too(bounded: Bounded) -> None:
    bounded.send(1)
    with pytest.raises(JournalFull, match=r"bytes wait, .* from this key; 150 may"):
        JournalGauge(bounded.state, 10**9, 150, Clock()).take_room(sender(bounded), 1, 140)


def test_the_entries_are_not_counted_for_each_request(bounded: Bounded, clock: Clock) -> None:
    clock.now = 1.0
    gauge = JournalGauge(bounded.state, 10_000, 10**9, clock)
    gauge.take_room((1, 1), 1, 1)
    bounded.state.journal_engine.dispose()
    with bounded.state.journal_engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table_name(bounded.state)} RENAME TO gone")
    for _ in range(1_000):
        gauge.take_room((1, 1), 1, 1)


def test_what_a_request_brings_counts_before_it_is_let_in(bounded: Bounded) -> None:
    assert bounded.send(60).status_code == 200
    why = "60 events wait, 60 of them from this key; 100 may"
    assert_asked_to_wait(bounded.send(41), 10, why)
    assert bounded.send(40).status_code == 200


def test_where_one_key_has_filled_the_journal_others_are_let_in(bounded: Bounded) -> None:
    assert bounded.send(100).status_code == 200
    other = Bounded(bounded.client, bounded.state, make_member(bounded.state, "other"))
    assert other.send(50).status_code == 200
    assert_asked_to_wait(other.send(1), 10, "150 events wait, 50 of them from this key; 100 may")
    assert bounded.send(1).status_code == 429


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 60)), max_size=60))
def test_twice_the_limit_is_never_passed(requests: list[tuple[int, int, int]]) -> None:
    waiting = Waiting("events", 100, {})
    total = 0
    for workspace_id, source_id, events in requests:
        with suppress(JournalFull):
            waiting.require_room((workspace_id, source_id), events)
            waiting.add((workspace_id, source_id), events)
            total += events
    assert total <= 200


def sender(bounded: Bounded) -> tuple[int, int | None]:
    """Whose request waits."""
    with bounded.state.journal_engine.connect() as connection:
        row = connection.execute(select(JOURNAL.c.workspace_id, JOURNAL.c.source_id)).first()
    assert row is not None
    return row.workspace_id, row.source_id


def table_name(state: State) -> str:
    return "journal_entry" if state.is_sqlite else "journal.journal_entry"


@pytest.fixture
def limited(web_settings: Settings, clock: Clock) -> Iterator[Bounded]:
    app = create_app(replace(web_settings, rate_limit_events=10))
    service: Service = app.extensions["pql"]
    assert clock.now == 0.0
    yield Bounded(app.test_client(), service.state, make_member(service.state, "owner"))
    service.state.close()


def test_a_key_that_sends_too_fast_waits_as_long_as_it_owes(limited: Bounded, clock: Clock) -> None:
    assert limited.send(150).status_code == 200
    assert_asked_to_wait(limited.send(1), 6, "The key may send 10 events a second.")
    clock.now += 6
    assert limited.send(1).status_code == 200


def test_another_key_does_not_wait(limited: Bounded) -> None:
    assert limited.send(200).status_code == 200
    assert limited.send(1).status_code == 429
    stranger = Bounded(limited.client, limited.state, make_member(limited.state, "stranger"))
    assert stranger.send(1).status_code == 200


def test_what_was_refused_for_its_rate_is_not_kept(limited: Bounded) -> None:
    limited.send(200)
    limited.load_everything()
    limited.send(5)
    assert not has_entries(limited.state)


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 500)), max_size=50))
def test_over_time_no_key_sends_more_than_its_rate(sendings: list[tuple[float, int]]) -> None:
    clock = Clock()
    rates = Rates(10, clock)
    passed = 0
    for pause, events in sendings:
        clock.now += pause
        if not rates.take(1, events):
            passed += events
    # What is larger than the bucket passes where that is full, and leaves a debt.
    assert passed <= 10 * (clock.now + 10 + LONGEST_DEBT_SECONDS)


@given(st.integers(1, 7_000), st.integers(1, 7_000), st.integers(1, 100))
def test_after_the_wait_it_is_told_a_key_may_send(first: int, second: int, rate: int) -> None:
    clock = Clock()
    rates = Rates(rate, clock)
    for events in (first, second):
        if events > 70 * rate:
            with pytest.raises(LargerThanRate):
                rates.take(1, events)
            continue
        wait = rates.take(1, events)
        assert wait <= 10 + LONGEST_DEBT_SECONDS
        clock.now += wait + 1e-6
        assert wait == 0.0 or rates.take(1, events) == 0.0
