"""An event for several accounts counts for each, and is one event."""

import json
from typing import Any

from sqlalchemy import select

from pql.access import create_key
from pql.counting import count
from pql.events.schema import events
from pql.metrics.recorded import recorded_events
from pql.state.models import Account
from tests.fixtures.loading import Loading
from usage_ingest import journal
from usage_ingest.journal import NewEntry

PLAN = {"$set": {"plan": "trial"}, "$add": {"seats": 2}}


def send(loading: Loading, *sent: dict[str, Any], source: int | None = None) -> None:
    body = json.dumps({"events": sent}).encode()
    entry = NewEntry(
        loading.workspace_id, source, "amplitude", "httpapi", loading.now, len(sent), body
    )
    journal.append(loading.state, [entry])
    loading.load()


def seen(message_id: str, **fields: Any) -> dict[str, Any]:
    return {"event_type": "seen", "user_id": "ada", "insert_id": message_id} | fields


def accounts_of(loading: Loading, message_id: str) -> list[str]:
    statement = select(events.c.account_id).where(events.c.message_id == message_id)
    ids = [int(each) for each in loading.store.frame(statement)["account_id"]]
    with loading.state.reading() as session:
        return sorted(session.scalars(select(Account.key).where(Account.id.in_(ids))))


def test_it_counts_for_each_account_and_once_in_all(loading: Loading) -> None:
    both = seen("1", groups={"company": ["acme", "globex"]})
    send(loading, both, both, seen("2"))
    assert accounts_of(loading, "1") == ["acme", "globex"]
    assert accounts_of(loading, "2") == ["acme"], "the first is the person's own from then on"
    counts = count(loading.state, loading.store, loading.workspace_id)
    assert (counts.journaled, counts.stored, counts.duplicates, counts.pending) == (3, 2, 1, 0)
    assert (counts.accounts, counts.quarantined) == (2, 0)
    assert list(recorded_events(loading.store, loading.workspace_id)["events"]) == [2]


def test_the_same_again_is_a_duplicate_as_a_whole(loading: Loading) -> None:
    both = seen("1", groups={"company": ["acme", "globex"]})
    send(loading, both)
    send(loading, both)
    assert accounts_of(loading, "1") == ["acme", "globex"]
    assert loading.fates() == {"stored": 1, "duplicate": 1}


def test_what_it_says_of_a_trial_holds_for_each(loading: Loading) -> None:
    sent = {"event_type": "$groupidentify", "group_properties": PLAN}
    send(loading, sent | {"groups": {"company": ["acme", "globex"]}})
    send(loading, sent | {"groups": {"company": "acme"}})
    acme, globex = loading.account("acme"), loading.account("globex")
    assert [(each.status, each.plan) for each in (acme, globex)] == [("trial", "trial")] * 2
    assert (acme.traits["seats"], globex.traits["seats"]) == (4, 2)


def test_operations_on_a_person_are_applied_in_order(loading: Loading) -> None:
    identify = {"event_type": "$identify", "user_id": "ada"}
    send(
        loading,
        identify | {"insert_id": "1", "user_properties": {"$setOnce": {"a": 1}, "$set": {"b": 1}}},
        identify | {"insert_id": "2", "user_properties": {"$setOnce": {"a": 2}, "$add": {"b": 5}}},
        identify | {"insert_id": "3", "user_properties": {"$unset": {"a": "-"}}},
        identify | {"insert_id": "4", "user_properties": {"$setOnce": {"a": 3}}},
    )
    assert loading.contact_of("4").traits == {"a": 3, "b": 6}


def test_the_source_says_which_group_is_the_account(loading: Loading) -> None:
    with loading.state.writing() as session:
        key, _ = create_key(
            session, loading.workspace_id, "teams", "write", loading.now, account_group_type="team"
        )
        source = key.id
    groups = {"company": "acme", "team": "red"}
    send(loading, seen("1", groups=groups), source=source)
    send(loading, seen("2", groups=groups))
    assert (accounts_of(loading, "1"), accounts_of(loading, "2")) == (["red"], ["acme"])
