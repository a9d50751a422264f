"""Which messages are known, however many there are and in whatever order they came."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.events import recent_messages
from pql.events.digests import message_digests
from pql.events.duckdb_store import DuckDBEventStore
from pql.events.recent_messages import RecentMessages, Run
from pql.events.stored_messages import stored_messages
from tests.fixtures.events import SOME_TIME, batch_of

HOUR = timedelta(hours=1)
LONG_AGO = datetime.fromisoformat("2000-01-01")


def received(*messages: tuple[str, datetime]) -> list[dict[str, Any]]:
    return [{"message_id": name, "received_at": at} for name, at in messages]


def recent(store: DuckDBEventStore, *names: str, since: datetime = LONG_AGO) -> dict[str, datetime]:
    return store.recent_messages(1, names, message_digests(names), since)


def test_digests_are_the_same_for_ever() -> None:
    assert message_digests(["m", ""]).tolist() == [-8358007987384810573, -5426141060434712860]


def test_what_was_stored_is_known_with_its_time(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, received(("a", SOME_TIME))))
    assert recent(event_store, "a", "b") == {"a": SOME_TIME}
    event_store.append(batch_of(2, received(("b", SOME_TIME), ("a", SOME_TIME + HOUR))))
    assert recent(event_store, "a", "b") == {"a": SOME_TIME + HOUR, "b": SOME_TIME}


def test_what_is_too_long_ago_is_not(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, received(("a", SOME_TIME), ("b", SOME_TIME + HOUR))))
    assert recent(event_store, "a", "b", since=SOME_TIME) == {"b": SOME_TIME + HOUR}
    assert set(stored_messages(event_store, 1, ["a", "b", "c"])) == {"a", "b"}


def test_looking_further_back_than_before_finds_what_is_there(
    event_store: DuckDBEventStore,
) -> None:
    event_store.append(batch_of(1, received(("a", SOME_TIME - 100 * HOUR))))
    assert recent(event_store, "a", since=SOME_TIME) == {}
    assert recent(event_store, "a", since=SOME_TIME - 101 * HOUR) != {}


def test_a_strangers_message_is_not(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, received(("a", SOME_TIME))))
    assert event_store.recent_messages(2, ["a"], message_digests(["a"]), LONG_AGO) == {}
    assert stored_messages(event_store, 2, ["a"]) == {}


def test_two_ids_of_one_digest_are_told_apart(
    event_store: DuckDBEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_alike(message_ids: Sequence[str]) -> object:
        return np.ones(len(message_ids), dtype=np.int64)

    monkeypatch.setattr("pql.events.duckdb_store.message_digests", all_alike)
    event_store.append(batch_of(1, received(("a", SOME_TIME))))
    ones = np.ones(2, dtype=np.int64)
    assert event_store.recent_messages(1, ["a", "b"], ones, LONG_AGO) == {"a": SOME_TIME}


digests = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 20), max_size=30)


@given(st.lists(digests, max_size=12), digests, st.integers(0, 12))
def test_every_digest_since_then_is_found_and_no_other(
    batches: list[list[int]], wanted: list[int], hours: int
) -> None:
    known, since = RecentMessages(LONG_AGO), SOME_TIME + hours * HOUR
    for number, batch in enumerate(batches):
        at = SOME_TIME + number * HOUR
        known.add(Run.of(np.array(batch, dtype=np.int64), at, at))
    asked = np.array(wanted, dtype=np.int64)
    found = {int(each) for run in known.find(asked, since) for each in run.digests}
    must_be_found = {each for batch in batches[hours + 1 :] for each in batch} & set(wanted)
    assert must_be_found <= found <= {each for batch in batches for each in batch} & set(wanted)


def test_runs_are_few_and_none_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_messages, "LONGEST_RUN", 1_000)
    known = RecentMessages(LONG_AGO)
    for number in range(1_000):
        batch = np.arange(10, dtype=np.int64) + 10 * number
        known.add(Run.of(batch, SOME_TIME, SOME_TIME))
    runs = list(known.find(np.arange(10_000, dtype=np.int64), LONG_AGO))
    assert sum(len(run.digests) for run in runs) == 10_000
    assert max(len(run.digests) for run in runs) <= 1_000
    assert len(runs) < 30


def test_what_is_past_the_window_is_forgotten() -> None:
    known = RecentMessages(LONG_AGO)
    known.add(Run.of(np.array([1, 2, 3, 4]), SOME_TIME, SOME_TIME))
    known.add(Run.of(np.array([5]), SOME_TIME + HOUR, SOME_TIME + HOUR))
    known.forget(SOME_TIME)
    assert [run.digests.tolist() for run in known.find(np.array([1, 5]), LONG_AGO)] == [[5]]
    assert known.since == SOME_TIME
