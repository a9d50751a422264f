"""What events tell about accounts: traits, status, history, and who is internal."""

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from pql.accounts.settling import end_trials
from pql.changes import ACCOUNT
from pql.counting import count
from pql.definitions.versions import starter
from pql.state.models import AccountFact, Change
from tests.fixtures.loading import A_SOURCE, Loading, group, identify, track
from usage_ingest import journal
from usage_ingest.journal import NewEntry
from usage_ingest.loading.recent_events import recent_events
from usage_ingest.receipts import receipts


def facts(loading: Loading, key: str) -> list[tuple[str, str, str]]:
    own = AccountFact.account_id == loading.account(key).id
    with loading.state.reading() as session:
        rows = session.scalars(select(AccountFact).where(own).order_by(AccountFact.id))
        return [(row.field, row.value, row.known_from) for row in rows]


def test_a_group_call_tells_plan_trial_and_traits(loading: Loading) -> None:
    ends = loading.now + timedelta(days=10)
    traits = {"name": "Acme", "plan": "trial", "trialEndsAt": ends.isoformat(), "seats": 5}
    loading.load_sent(group("1", "acme", traits=traits | {"industry": None}))
    account = loading.account("acme")
    assert (account.name, account.traits) == ("Acme", traits)
    assert (account.status, account.plan) == ("trial", "trial")
    assert (account.trial_started_at, account.trial_ends_at) == (loading.now, ends)
    assert account.lifecycle["status"] == {
        "known_from": "trait",
        "detail": "trait plan = trial",
        "at": loading.now.isoformat(),
    }


def test_a_named_event_starts_a_status_however_it_is_spelled(loading: Loading) -> None:
    loading.load_sent(group("1", "acme", traits={"plan": "trial"}))
    loading.now += timedelta(days=3)
    loading.load_sent(track("2", event="Subscription Started"))
    account = loading.account("acme")
    assert (account.status, account.converted_at) == ("paying", loading.now)
    assert account.lifecycle["converted_at"]["known_from"] == "event"


def test_a_stale_trait_repeated_does_not_undo_a_subscription(loading: Loading) -> None:
    loading.load_sent(group("1", "acme", traits={"plan": "trial"}))
    loading.load_sent(track("2", event="subscription_started"))
    loading.now += timedelta(days=1)
    loading.load_sent(group("3", "acme", traits={"plan": "trial"}))
    assert loading.account("acme").status == "paying"
    assert len(facts(loading, "acme")) == 3


def test_an_event_stored_before_its_account_was_known_counts_when_it_is(loading: Loading) -> None:
    loading.load_sent(track("1", event="trial_started"), track("2", "stranger"))
    started = loading.now
    loading.now += timedelta(days=1)
    loading.load_sent(group("3", "acme"))
    account = loading.account("acme")
    assert (account.status, account.trial_started_at) == ("trial", started)


def test_the_end_of_a_trial_comes_by_time_alone(loading: Loading) -> None:
    ends = loading.now + timedelta(days=10)
    loading.load_sent(
        group("1", "acme", traits={"plan": "trial", "trial_ends_at": ends.isoformat()})
    )
    with loading.state.writing() as session:
        assert end_trials(session, ends - timedelta(seconds=1)) == 0
        session.query(Change).delete()
        assert end_trials(session, ends) == 1
        assert session.scalars(select(Change.subject)).all() == [ACCOUNT]
    account = loading.account("acme")
    assert account.status == "free"
    assert account.lifecycle["status"]["known_from"] == "time"


def test_a_trial_that_goes_on_after_its_end_is_marked_once(loading: Loading) -> None:
    loading.apply_definitions(starter() + "\nlifecycle: {after_trial: trial}\n")
    ends = loading.now + timedelta(days=10)
    traits = {"plan": "trial", "trial_ends_at": ends.isoformat()}
    loading.load_sent(group("1", "acme", traits=traits))
    with loading.state.writing() as session:
        assert end_trials(session, ends) == 1
        assert end_trials(session, ends + timedelta(minutes=1)) == 0
    assert loading.account("acme").status == "trial"


def test_traits_that_arrive_late_undo_nothing_newer(loading: Loading) -> None:
    newer, older = (loading.now - timedelta(hours=hours) for hours in (1, 2))
    said = {"name": "Acme", "plan": "business"}
    loading.load_sent(group("1", "acme", traits=said, timestamp=newer.isoformat()))
    late = {"name": "Acme Ltd", "employees": 9, "plan": "trial"}
    loading.load_sent(group("2", "acme", traits=late, timestamp=older.isoformat()))
    account = loading.account("acme")
    assert account.traits == {"name": "Acme", "plan": "business", "employees": 9}
    assert (account.name, account.plan) == ("Acme", "business")
    assert account.trial_started_at == older, "what was said late is part of the history"


def test_a_trait_counts_by_its_own_time_not_by_that_of_another(loading: Loading) -> None:
    newer, older = (loading.now - timedelta(hours=hours) for hours in (1, 2))
    loading.load_sent(
        group("1", "acme", traits={"employees": 9}, timestamp=older.isoformat()),
        group("2", "acme", traits={"name": "Acme"}, timestamp=newer.isoformat()),
    )
    loading.load_sent(group("3", "acme", traits={"employees": 10}, timestamp=older.isoformat()))
    assert loading.account("acme").traits == {"name": "Acme", "employees": 10}


def test_a_date_that_is_none_is_noted_and_ignored(loading: Loading) -> None:
    loading.load_sent(group("1", "acme", traits={"plan": "trial", "trialEndsAt": "soon"}))
    account = loading.account("acme")
    assert account.trial_ends_at is None
    assert "'soon'" in account.lifecycle["note"]["detail"]


def test_an_account_of_internal_people_only_is_internal_and_filtered(loading: Loading) -> None:
    loading.apply_definitions(starter() + "\nlifecycle: {internal_domains: [example.com]}\n")
    own = identify("1", traits={"email": "ada@EXAMPLE.com"}, context={"groupId": "ours"})
    loading.load_sent(own, track("2", group="ours"))
    assert loading.account("ours").status == "internal"
    loading.load_sent(track("3", group="ours"))
    assert loading.stored().filtered.to_dict() == {"1": True, "2": True, "3": True}

    loading.now += timedelta(days=1)
    other = {"email": "bob@example.org"}
    loading.load_sent(identify("4", "bob", traits=other, context={"groupId": "ours"}))
    assert loading.account("ours").status == "unknown"
    assert not loading.stored().filtered["4"]


def test_a_strangers_account_of_the_same_key_is_left_alone(loading: Loading) -> None:
    loading.send(group("1", "acme", traits={"plan": "trial"}), workspace_id=loading.stranger_id)
    loading.load_sent(track("2", group="acme"))
    assert loading.account("acme").status == "unknown"
    assert facts(loading, "acme") == []


GONE = {"status": None, "plan": None, "employees": None}


def test_what_a_product_takes_away_is_unknown_whatever_comes_late(loading: Loading) -> None:
    def told(message_id: str, hours: float, **traits: object) -> dict[str, object]:
        at = (loading.now - timedelta(hours=hours)).isoformat()
        return group(message_id, "acme", traits=traits, timestamp=at)

    loading.load_sent(told("1", 9, status="active", plan="pro", employees=80, seats=5))
    assert loading.account("acme").status == "paying"
    loading.load_sent(told("2", 5, **GONE))
    loading.load_sent(told("3", 7, status="active", plan="team", employees=90))
    account = loading.account("acme")
    assert (account.status, account.plan, account.traits) == ("unknown", None, {"seats": 5})
    loading.load_sent(told("4", 1, status="active", plan="pro", employees=70))
    account = loading.account("acme")
    assert (account.status, account.plan, account.traits["employees"]) == ("paying", "pro", 70)
    loading.load_sent(told("5", 3, **GONE))
    assert loading.account("acme").plan == "pro"


def test_a_trait_of_a_person_that_is_taken_away_stays_away(loading: Loading) -> None:
    def said(message_id: str, hours: float, **traits: object) -> dict[str, object]:
        at = (loading.now - timedelta(hours=hours)).isoformat()
        return identify(message_id, "ada", traits=traits, timestamp=at)

    loading.load_sent(said("1", 5, title="CTO", email="ada@example.com", name="Ada"))
    loading.load_sent(said("2", 3, title=None, email=None, name=None))
    loading.load_sent(said("3", 4, title="CEO", email="ada@example.com", name="Ada"))
    contact = loading.contact_of("1")
    assert (contact.traits, contact.email, contact.name) == ({}, None, None)
    loading.load_sent(said("4", 1, title="CTO"))
    assert loading.contact_of("1").traits == {"title": "CTO"}


def test_a_start_nobody_can_read_is_unknown_and_told_where_developers_look(
    loading: Loading,
) -> None:
    loading.load_sent(
        group("1", "acme", traits={"plan": "trial", "trialStartedAt": "soon"}),
        group("2", "other", traits={"plan": "trial", "trialStartedAt": "28.05.2026"}),
    )
    unknown, known = loading.account("acme"), loading.account("other")
    assert (unknown.status, unknown.trial_started_at) == ("trial", None)
    assert known.trial_started_at == datetime(2026, 5, 28, tzinfo=UTC)
    counted = count(loading.state, loading.store, loading.workspace_id)
    assert counted.notes == {"trial_time_unreadable": 1}
    with loading.state.reading() as session:
        told = {each.message_id: each for each in recent_events(session, loading.workspace_id)}
    assert told["1"].reason == "trial_time_unreadable"
    assert str(told["1"].detail).startswith("trialStartedAt: found 'soon'; allowed: ")
    assert (told["2"].reason, told["2"].detail) == (None, None)
    (receipt,) = receipts(loading.state, loading.store, loading.workspace_id, ["1"], 1_000_000)
    assert (receipt.fate, receipt.reason) == ("stored", "trial_time_unreadable")


def test_operations_that_amplitude_has_not_are_counted_and_told(loading: Loading) -> None:
    first = {"$set": {"city": "Bergen", "age": 40}, "$append": {"tags": "a"}}
    then = {"$clearAll": "-", "$set": {"city": "Oslo"}, "$invent": {"a": 1}}
    for number, properties in enumerate((first, then)):
        event = {
            "event_type": "$identify",
            "user_id": "ada",
            "insert_id": f"{number}",
            "user_properties": properties,
        }
        body = json.dumps({"events": [event]}).encode()
        entry = NewEntry(
            loading.workspace_id, A_SOURCE, "amplitude", "httpapi", loading.now, 1, body
        )
        journal.append(loading.state, [entry])
        loading.load()
        loading.now += timedelta(minutes=1)
    assert loading.contact_of("1").traits == {"city": "Oslo"}
    assert count(loading.state, loading.store, loading.workspace_id).notes == {
        "operation_ignored": 1
    }
