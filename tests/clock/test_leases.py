"""One process at a time runs the clock, and one that lost the lease writes nothing more."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.leases import Lease, LeaseLost
from pql.state.migrate import migrate
from pql.state.store import State

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LENGTH = 5.0
JUST_BEFORE = LENGTH - 0.1
FAR = timedelta(days=40)


def claim(holder: str, length: float = LENGTH) -> Lease:
    return Lease("clock", holder, length)


def acquire(state: State, lease: Lease, now: datetime = NOW, elapsed: float = 0.0) -> bool:
    with state.writing() as session:
        return lease.acquire(session, now, elapsed)


def renew(state: State, lease: Lease, now: datetime) -> None:
    with state.writing() as session:
        lease.renew(session, now)


def test_the_first_takes_the_lease_and_the_second_waits(state: State) -> None:
    second = claim("second")
    assert acquire(state, claim("first"))
    assert not acquire(state, second)
    assert not acquire(state, second, elapsed=JUST_BEFORE)
    assert second.found
    assert second.found.holder == "first"


def test_a_lease_that_was_not_renewed_goes_to_the_next(state: State) -> None:
    first, second = claim("first"), claim("second")
    acquire(state, first)
    acquire(state, second)
    assert acquire(state, second, elapsed=LENGTH)
    assert (first.epoch, second.epoch) == (1, 2)


@pytest.mark.parametrize("ahead", [FAR, -FAR, timedelta(0)], ids=["ahead", "behind", "right"])
def test_a_silent_holder_is_followed_wherever_its_lease_ends(
    state: State, ahead: timedelta
) -> None:
    """The machine's clock was 40 days ahead when the lease was given, and the process is gone."""
    acquire(state, claim("first"), NOW + ahead)
    second = claim("second")
    assert not acquire(state, second)
    assert acquire(state, second, elapsed=LENGTH)


@pytest.mark.parametrize("ahead", [FAR, -FAR], ids=["ahead", "behind"])
def test_a_holder_whose_clock_differs_from_ours_keeps_its_lease_while_it_renews(
    state: State, ahead: timedelta
) -> None:
    first, second = claim("first"), claim("second")
    acquire(state, first, NOW + ahead)
    for step in range(10):
        moment = timedelta(seconds=step)
        renew(state, first, NOW + ahead + moment)
        assert not acquire(state, second, NOW + moment, elapsed=float(step))
    assert first.epoch == 1


def test_who_could_not_look_begins_to_watch_anew(state: State) -> None:
    """While the database was away, the holder could not renew either."""
    second = claim("second")
    acquire(state, claim("first"))
    acquire(state, second)
    second.look_anew()
    assert not acquire(state, second, elapsed=LENGTH)
    assert acquire(state, second, elapsed=2 * LENGTH)


@pytest.mark.parametrize("back", [timedelta(0), FAR, -FAR], ids=["same", "behind", "ahead"])
def test_a_released_lease_is_free_at_once_by_any_clock(state: State, back: timedelta) -> None:
    first = claim("first")
    acquire(state, first)
    with state.writing() as session:
        first.release(session)
    assert acquire(state, claim("second"), NOW - back)


@pytest.mark.parametrize("action", ["renew", "release", "check"])
def test_who_lost_the_lease_is_told_and_its_transaction_is_refused(
    state: State, action: str
) -> None:
    first, second = claim("first"), claim("second")
    acquire(state, first)
    acquire(state, second)
    acquire(state, second, elapsed=LENGTH)
    arguments = (NOW,) if action == "renew" else ()
    with pytest.raises(LeaseLost), state.writing() as session:
        getattr(first, action)(session, *arguments)


def test_the_fence_lets_the_holder_pass_even_after_its_time_while_nobody_took_over(
    state: State,
) -> None:
    first = claim("first")
    acquire(state, first)
    with state.writing() as session:
        first.check(session)


def test_nobody_passes_the_fence_without_a_lease(state: State) -> None:
    with pytest.raises(LeaseLost), state.writing() as session:
        claim("nobody").check(session)


@pytest.fixture(scope="module")
def shared_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """One store for all examples; each has a lease of its own name."""
    state = State(f"sqlite:///{tmp_path_factory.mktemp('leases')}/{Path('state.db')}")
    migrate(state)
    yield state
    state.close()


STEPS = 15
SETTINGS_OF_CLOCKS = st.lists(st.integers(-400, 400), min_size=STEPS, max_size=STEPS)


@given(
    lengths=st.tuples(*[st.sampled_from([1.0, 5.0, 60.0])] * 2),
    clocks=st.tuples(SETTINGS_OF_CLOCKS, SETTINGS_OF_CLOCKS),
    name=st.uuids(),
)
def test_two_workers_never_fight_however_their_clocks_are_set(
    shared_state: State,
    lengths: tuple[float, float],
    clocks: tuple[list[int], list[int]],
    name: object,
) -> None:
    """The lease changes hands once at most: to the one who waits less than the other may be silent.

    Each looks or renews every second, by a clock that is set anew each time.
    """
    leases = [Lease(str(name), f"worker {each}", lengths[each]) for each in range(2)]
    holders = []
    for second in range(STEPS):
        for lease, days in zip(leases, clocks, strict=True):
            now = NOW + timedelta(days=days[second], seconds=second)
            with shared_state.writing() as session:
                if lease.epoch is None:
                    lease.acquire(session, now, float(second))
                    continue
                try:
                    lease.renew(session, now)
                except LeaseLost:
                    lease.epoch = None
        holders += [lease.holder for lease in leases if lease.epoch is not None][-1:]
    changes = sum(before != after for before, after in pairwise(holders))
    assert changes <= (1 if min(lengths) == 1.0 else 0)
