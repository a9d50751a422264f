"""One process at a time runs the clock, and one that lost the lease writes nothing more."""

from datetime import UTC, datetime, timedelta

import pytest

from pql.leases import Lease, LeaseLost
from pql.state.store import State

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LENGTH = 5.0


def claim(holder: str) -> Lease:
    return Lease("clock", holder, LENGTH)


def acquire(state: State, lease: Lease, now: datetime) -> bool:
    with state.writing() as session:
        return lease.acquire(session, now)


def test_the_first_takes_the_lease_and_the_second_waits(state: State) -> None:
    assert acquire(state, claim("first"), NOW)
    assert not acquire(state, claim("second"), NOW + timedelta(seconds=LENGTH - 0.1))


def test_a_lease_that_was_not_renewed_goes_to_the_next(state: State) -> None:
    first, second = claim("first"), claim("second")
    acquire(state, first, NOW)
    assert acquire(state, second, NOW + timedelta(seconds=LENGTH))
    assert (first.epoch, second.epoch) == (1, 2)


def test_a_renewed_lease_stays(state: State) -> None:
    first = claim("first")
    acquire(state, first, NOW)
    with state.writing() as session:
        first.renew(session, NOW + timedelta(seconds=4))
    assert not acquire(state, claim("second"), NOW + timedelta(seconds=8))


def test_a_released_lease_is_free_at_once(state: State) -> None:
    first = claim("first")
    acquire(state, first, NOW)
    with state.writing() as session:
        first.release(session, NOW)
    assert acquire(state, claim("second"), NOW)


@pytest.mark.parametrize("action", ["renew", "release", "check"])
def test_who_lost_the_lease_is_told_and_its_transaction_is_refused(
    state: State, action: str
) -> None:
    first, second = claim("first"), claim("second")
    acquire(state, first, NOW)
    acquire(state, second, NOW + timedelta(seconds=LENGTH))
    arguments = () if action == "check" else (NOW + timedelta(seconds=LENGTH),)
    with pytest.raises(LeaseLost), state.writing() as session:
        getattr(first, action)(session, *arguments)


def test_the_fence_lets_the_holder_pass_even_after_its_time_while_nobody_took_over(
    state: State,
) -> None:
    first = claim("first")
    acquire(state, first, NOW)
    with state.writing() as session:
        first.check(session)


def test_nobody_passes_the_fence_without_a_lease(state: State) -> None:
    with pytest.raises(LeaseLost), state.writing() as session:
        claim("nobody").check(session)
