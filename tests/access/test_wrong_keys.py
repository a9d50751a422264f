"""Who sends wrong keys has to wait and costs little; a right key gets in whatever came before."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from pql.access import RANDOM_BYTES, create_key, revoke_key
from pql.state.store import State
from pql.workspaces import create_workspace
from routes.ingest.keys import KeyRing
from routes.wrong_keys import (
    LEARNT_AGAIN,
    MOST_ADDRESSES,
    PER_MINUTE,
    PER_MINUTE_TOGETHER,
    Attempts,
    KeyFinder,
    TooManyWrongKeys,
)

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
HERE, ELSEWHERE = "203.0.113.1", "203.0.113.2"


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(clock)


@pytest.fixture
def finder(state: State, clock: Clock) -> KeyFinder:
    return KeyFinder(state, clock)


@pytest.fixture
def workspace_id(state: State) -> int:
    with state.writing() as session:
        return create_workspace(session, "owner", NOW).id


def wrong(number: int) -> str:
    return f"pql_write_{number:043}"


def flood(finder: KeyFinder, address: str, number: int) -> int:
    """Send wrong keys; how many were let go on to be looked for."""
    looked_for = 0
    for each in range(number):
        try:
            assert finder.find(wrong(each), address) is None
            looked_for += 1
        except TooManyWrongKeys:
            pass
    return looked_for


@contextmanager
def counted_statements(state: State) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    event.listen(state.engine, "before_cursor_execute", count)
    yield statements
    event.remove(state.engine, "before_cursor_execute", count)


def test_wrong_keys_wait_after_ten_and_one_more_may_come_every_six_seconds(
    attempts: Attempts, clock: Clock
) -> None:
    for _ in range(PER_MINUTE):
        assert attempts.wait(HERE) == 0
        attempts.add(HERE)
    assert attempts.wait(HERE) == pytest.approx(6)
    assert attempts.wait(ELSEWHERE) == 0
    clock.now += 6
    assert attempts.wait(HERE) == pytest.approx(0)
    attempts.add(HERE)
    assert attempts.wait(HERE) == pytest.approx(6)


def test_whatever_came_is_forgiven_after_a_minute(attempts: Attempts, clock: Clock) -> None:
    for _ in range(500):
        attempts.add(HERE)
    clock.now += 60
    for _ in range(PER_MINUTE):
        assert attempts.wait(HERE) == 0
        attempts.add(HERE)


def test_an_ipv6_network_is_one_and_an_ipv4_address_is_the_same_in_ipv6(attempts: Attempts) -> None:
    for number in range(PER_MINUTE):
        attempts.add(f"2001:db8:0:1::{number:x}")
        attempts.add(f"::ffff:{HERE}")
    assert attempts.wait("2001:db8:0:1:ffff::1") > 0
    assert attempts.wait("2001:db8:0:2::1") == 0
    assert attempts.wait(HERE) > 0


def test_so_many_addresses_are_remembered_and_no_more(attempts: Attempts) -> None:
    for number in range(MOST_ADDRESSES + 500):
        attempts.add(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
    assert len(attempts) == MOST_ADDRESSES


def test_very_many_addresses_wait_together(attempts: Attempts) -> None:
    for number in range(PER_MINUTE_TOGETHER):
        attempts.add(f"10.0.{number // 256}.{number % 256}")
    assert attempts.wait(HERE) > 0


def test_a_right_key_gets_in_after_any_number_of_wrong_ones(
    state: State, finder: KeyFinder, clock: Clock, workspace_id: int
) -> None:
    with state.writing() as session:
        _, right = create_key(session, workspace_id, "website", "write", NOW)
    assert flood(finder, HERE, 50) == PER_MINUTE
    assert finder.find(right, HERE) is not None
    with state.writing() as session:
        _, new = create_key(session, workspace_id, "made meanwhile", "write", NOW)
    clock.now += LEARNT_AGAIN
    assert finder.find(new, HERE) is not None


def test_a_flood_of_wrong_keys_asks_the_database_once_a_second(
    state: State, finder: KeyFinder, clock: Clock
) -> None:
    flood(finder, HERE, PER_MINUTE)
    with counted_statements(state) as statements:
        assert flood(finder, HERE, 1000) == 0
        clock.now += LEARNT_AGAIN
        assert flood(finder, HERE, 1000) == 0
    assert len(statements) == 2


def test_a_key_that_was_revoked_is_a_wrong_one(
    state: State, finder: KeyFinder, workspace_id: int
) -> None:
    with state.writing() as session:
        key, plain_text = create_key(session, workspace_id, "left", "write", NOW)
    flood(finder, HERE, PER_MINUTE)
    assert finder.find(plain_text, HERE) is not None
    with state.writing() as session:
        revoke_key(session, workspace_id, key.id, NOW)
    assert finder.find(plain_text, HERE) is None
    with counted_statements(state) as statements, pytest.raises(TooManyWrongKeys) as refused:
        finder.find(plain_text, HERE)
    assert statements == []
    assert refused.value.retry_after in range(1, 61)


@pytest.mark.parametrize("text", ["", "wrong", "\x00", "\ud800", f"{wrong(1)}x", "x" * 100_000])
def test_what_is_no_key_by_its_looks_costs_nothing(
    state: State, finder: KeyFinder, text: str
) -> None:
    with counted_statements(state) as statements:
        assert [finder.find(text, HERE) for _ in range(50)] == [None] * 50
    assert statements == []


def test_what_a_person_types_counts_whatever_it_looks_like(finder: KeyFinder) -> None:
    for _ in range(PER_MINUTE):
        assert finder.find("password", HERE, is_typed=True) is None
    with pytest.raises(TooManyWrongKeys):
        finder.find("password", HERE, is_typed=True)


def test_intake_forgets_the_oldest_key_and_not_all(
    state: State, finder: KeyFinder, workspace_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routes.ingest.keys.MOST_REMEMBERED", 2)
    with state.writing() as session:
        keys = [create_key(session, workspace_id, "key", "write", NOW)[1] for _ in range(3)]
    ring = KeyRing(finder)
    for key in keys:
        ring.find(key, HERE)
    with counted_statements(state) as statements:
        assert ring.find(keys[2], HERE)
        assert ring.find(keys[1], HERE)
        assert statements == []
        assert ring.find(keys[0], HERE)
        assert len(statements) == 1


def test_wrong_keys_drive_no_right_one_out_of_what_intake_remembers(
    state: State, finder: KeyFinder, workspace_id: int
) -> None:
    with state.writing() as session:
        _, right = create_key(session, workspace_id, "key", "write", NOW)
    ring = KeyRing(finder)
    ring.find(right, HERE)
    for number in range(PER_MINUTE):
        ring.find(wrong(number), HERE)
    with counted_statements(state) as statements:
        assert ring.find(right, HERE)
    assert statements == []


def test_a_made_up_key_looks_like_one() -> None:
    assert len(wrong(1)) == len("pql_write_") + 4 * (RANDOM_BYTES + 1) // 3 - 1
