"""What events tell about accounts: traits, status, history, and who is internal."""

from datetime import timedelta

from sqlalchemy import select

from pql.accounts.settling import end_trials
from pql.changes import ACCOUNT
from pql.definitions.versions import starter
from pql.state.models import AccountFact, Change
from tests.fixtures.loading import Loading, group, identify, track


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
