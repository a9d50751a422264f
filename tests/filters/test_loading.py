"""What does not count is stored and told by its reason, and no metric or motion sees it."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pandas as pd
from sqlalchemy import select

from pql.definitions import versions
from pql.events.schema import events
from pql.metrics.measuring import measure
from pql.state.models import IntakeCount, Standing
from segments.evaluation import evaluate_changed
from tests.fixtures.loading import A_SOURCE, Loading, group, identify, track
from usage_ingest import journal
from usage_ingest.journal import NewEntry
from usage_ingest.loading.loader import unfenced

DEFINITIONS = """
lifecycle: {internal_domains: [example.com]}
filters: {test_accounts: [test-*], test_emails: ["qa+*@example.org"]}
metrics:
  messages: {event: message_sent, aggregate: count, window: whole trial}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: messages, at_least: 3}]
"""
ROBOT = {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
TRIAL = {"plan": "trial", "trialStartedAt": "2026-05-20T00:00:00Z"}


def by_robot(message_id: str, key: str, **fields: Any) -> dict[str, Any]:
    return track(message_id, None, anonymousId="robot", context=ROBOT | {"groupId": key}) | fields


def reasons(loading: Loading) -> Counter[str]:
    own = IntakeCount.workspace_id == loading.workspace_id
    counts: Counter[str] = Counter()
    with loading.state.reading() as session:
        for row in session.scalars(select(IntakeCount).where(own, IntakeCount.fate == "stored")):
            counts[row.reason] += row.events
    return counts


def filtered(loading: Loading) -> dict[str, bool]:
    return {str(name): bool(value) for name, value in loading.stored().filtered.items()}


def messages_of(loading: Loading, key: str) -> float:
    account = loading.account(key)
    with loading.state.reading() as session:
        file = versions.current(session, loading.workspace_id).file
    moment = {
        "moment_id": 1,
        "account_id": account.id,
        "as_of": loading.now.replace(tzinfo=None) + timedelta(seconds=1),
        "trial_started_at": pd.Timestamp("2026-05-20"),
        "trial_ends_at": pd.NaT,
    }
    metrics = list(file.metrics.values())
    values = measure(loading.store, loading.workspace_id, metrics, pd.DataFrame([moment]))
    return float(values["messages"].iloc[0])


def test_each_kind_of_event_that_does_not_count(loading: Loading) -> None:
    loading.apply_definitions(DEFINITIONS)
    loading.load_sent(
        group("join", "acme", "ada", traits=TRIAL),
        identify("who", "ada", traits={"email": "ada@example.org"}),
        identify("support", "sam", traits={"email": "sam@example.com"}),
        identify("tester", "quinn", traits={"email": "qa+1@example.org"}),
        track("real", "ada", group="acme"),
        track("by support", "sam", group="acme"),
        track("by tester", "quinn", group="acme"),
        by_robot("by robot", "acme"),
        track("in test", "tom", group="test-1"),
    )
    assert {name for name, value in filtered(loading).items() if not value} == {
        "join",
        "who",
        "real",
    }
    assert reasons(loading) == {
        "": 3,
        "internal_person": 2,
        "test_person": 2,
        "bot": 1,
        "test_account": 1,
    }
    assert messages_of(loading, "acme") == 1
    assert loading.account("acme").status == "trial"
    assert loading.account("test-1").status == "internal"


def test_an_account_that_only_robots_had_has_no_motion_until_a_person_comes(
    loading: Loading,
) -> None:
    loading.apply_definitions(DEFINITIONS)
    loading.load_sent(by_robot("robot", "acme", type="group", groupId="acme", traits=TRIAL))
    account = loading.account("acme")
    assert (account.status, account.lifecycle["status"]["detail"]) == (
        "internal",
        "only robots, tests and our own people so far",
    )
    evaluate_changed(loading.state, loading.store, loading.now, unfenced)
    assert loading.account("acme").motion is None

    loading.now += timedelta(minutes=1)
    loading.load_sent(track("person", "ada", group="acme"))
    assert loading.account("acme").status == "trial"
    evaluate_changed(loading.state, loading.store, loading.now, unfenced)
    with loading.state.reading() as session:
        standing = session.get_one(Standing, (account.id, "conversion"))
    assert standing.motion is not None
    assert messages_of(loading, "acme") == 1


def test_a_customer_stays_one_when_a_robot_comes(loading: Loading) -> None:
    loading.apply_definitions(DEFINITIONS)
    loading.load_sent(group("join", "acme", traits=TRIAL))
    loading.load_sent(by_robot("robot", "acme"))
    assert loading.account("acme").status == "trial"
    assert filtered(loading) == {"join": False, "robot": True}


def test_an_account_of_our_own_people_is_internal_until_an_outside_address(
    loading: Loading,
) -> None:
    loading.apply_definitions(DEFINITIONS)
    loading.load_sent(
        identify("sam", "sam", traits={"email": "sam@example.com"}),
        group("join", "acme", "sam", traits=TRIAL),
    )
    assert loading.account("acme").status == "internal"
    loading.now += timedelta(minutes=1)
    loading.load_sent(
        group("ada joins", "acme", "ada"),
        identify("ada", "ada", traits={"email": "ada@example.org"}),
    )
    assert loading.account("acme").status == "trial"
    assert filtered(loading) == {"sam": True, "join": True, "ada joins": False, "ada": False}


def test_an_event_for_two_accounts_counts_for_the_one_that_is_no_test(loading: Loading) -> None:
    loading.apply_definitions(DEFINITIONS)
    both = {
        "event_type": "message_sent",
        "user_id": "ada",
        "insert_id": "both",
        "groups": {"company": ["acme", "test-1"]},
    }
    entry = NewEntry(
        loading.workspace_id,
        A_SOURCE,
        "amplitude",
        "httpapi",
        loading.now,
        1,
        json.dumps({"events": [both]}).encode(),
    )
    journal.append(loading.state, [entry])
    loading.load()
    own = select(events.c.account_id, events.c.filtered)
    rows = loading.store.frame(own.where(events.c.workspace_id == loading.workspace_id))
    flags = dict(zip(rows["account_id"], rows["filtered"], strict=True))
    assert flags == {loading.account("acme").id: False, loading.account("test-1").id: True}


def test_a_strangers_filters_are_its_own(loading: Loading) -> None:
    loading.apply_definitions(DEFINITIONS)
    loading.send(track("in test", group="test-1"), workspace_id=loading.stranger_id)
    loading.load()
    assert not loading.stored(loading.stranger_id).filtered["in test"]
