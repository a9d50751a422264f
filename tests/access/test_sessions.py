"""Sessions: a row for each, over after a time, on signing out, and with its key."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from pql.access import create_key, revoke_key
from pql.sessions import (
    CLOCK_SKEW,
    SessionLimits,
    end_session,
    find_session,
    note_use,
    open_session,
    purge,
)
from pql.state.models import ApiKey, BrowserSession
from pql.state.store import State
from pql.workspaces import create_workspace

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
LIMITS = SessionLimits(longest=timedelta(days=7), idle=timedelta(hours=12))
SECOND = timedelta(seconds=1)


@pytest.fixture
def key(state: State) -> ApiKey:
    with state.writing() as session:
        workspace = create_workspace(session, "owner", NOW)
        return create_key(session, workspace.id, "sales", "read", NOW)[0]


@pytest.fixture
def token(state: State, key: ApiKey) -> str:
    with state.writing() as session:
        return open_session(session, key, NOW, LIMITS)


def is_open(state: State, token: str, now: datetime) -> bool:
    with state.reading() as session:
        return find_session(session, token, now, LIMITS) is not None


def use(state: State, token: str, now: datetime) -> None:
    with state.writing() as session:
        found = find_session(session, token, now, LIMITS)
        assert found is not None
        note_use(session, found[0], now)


def test_a_token_finds_the_key_and_only_its_digest_is_kept(
    state: State, key: ApiKey, token: str
) -> None:
    with state.reading() as session:
        found = find_session(session, token, NOW, LIMITS)
        assert found is not None
        assert found[1].id == key.id
        assert find_session(session, f"{token}x", NOW, LIMITS) is None
        row = session.scalars(select(BrowserSession)).one()
    assert token not in {str(value) for value in vars(row).values()}


def test_every_sign_in_has_a_token_of_its_own(state: State, key: ApiKey, token: str) -> None:
    with state.writing() as session:
        other = open_session(session, key, NOW, LIMITS)
        end_session(session, token)
    assert not is_open(state, token, NOW)
    assert is_open(state, other, NOW)


def test_revoking_the_key_ends_its_sessions(state: State, key: ApiKey, token: str) -> None:
    with state.writing() as session:
        revoke_key(session, key.workspace_id, key.id, NOW)
        assert session.scalars(select(BrowserSession)).all() == []
    assert not is_open(state, token, NOW)


def test_a_session_that_nobody_uses_is_over(state: State, token: str) -> None:
    assert is_open(state, token, NOW + LIMITS.idle - SECOND)
    assert not is_open(state, token, NOW + LIMITS.idle)


def test_using_it_keeps_it_but_not_for_ever(state: State, token: str) -> None:
    now = NOW
    while now + timedelta(hours=11) < NOW + LIMITS.longest:
        now += timedelta(hours=11)
        use(state, token, now)
    assert is_open(state, token, NOW + LIMITS.longest - SECOND)
    assert not is_open(state, token, NOW + LIMITS.longest)


def test_a_session_from_a_clock_that_was_ahead_is_over(state: State, token: str) -> None:
    assert is_open(state, token, NOW - CLOCK_SKEW)
    assert not is_open(state, token, NOW - timedelta(days=40))


def test_one_that_was_used_while_the_clock_was_ahead_is_over(state: State, token: str) -> None:
    use(state, token, NOW + LIMITS.idle - SECOND)
    use(state, token, NOW + 2 * LIMITS.idle - 2 * SECOND)
    assert not is_open(state, token, NOW)


@pytest.mark.parametrize(
    ("later", "forgotten"),
    [
        (timedelta(), 0),
        (LIMITS.idle - SECOND, 0),
        (LIMITS.idle, 1),
        (LIMITS.longest, 1),
        (-timedelta(days=40), 1),
    ],
)
def test_what_is_over_is_forgotten(
    state: State, token: str, later: timedelta, forgotten: int
) -> None:
    with state.writing() as session:
        assert purge(session, NOW + later, LIMITS) == forgotten
        assert purge(session, NOW + later, LIMITS) == 0
    assert is_open(state, token, NOW) is not bool(forgotten)
