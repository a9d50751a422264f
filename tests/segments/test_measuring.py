"""Only what may have changed is measured again, and it makes no difference to any number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pql.changes import ACCOUNT, BACKLOG, mark_changed, set_aside, take_changes
from pql.state.models import Account, Standing
from pql.workspaces import create_workspace
from segments import resting
from segments.evaluation import evaluate_changed, mark_due
from tests.fixtures.loading import RECEIVED_AT, Loading, stores_for_examples
from tests.fixtures.product import DAY, TODAY, Product, unfenced

DEFINITIONS = """
metrics:
  early: {event: seen, aggregate: count, window: first 3 days}
  lately: {event: seen, aggregate: count, window: last 3 days}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: early, at_least: 2}]
"""
STARTED = TODAY - 10 * DAY
HOUR = timedelta(hours=1)


@pytest.fixture
def account(product: Product) -> int:
    """A trial in its tenth day that did something once in its first days, and was evaluated."""
    product.apply(DEFINITIONS)
    account = product.account(started=STARTED)
    product.does(account, "seen", STARTED + HOUR)
    product.refresh()
    product.changes(account)
    product.evaluate()
    assert product.standing(account).pql == "not_met"
    return account


def goes_on(product: Product, account: int, *times: datetime, since: datetime | None) -> str:
    """It does something at these times; what is said of it when it changed `since` then."""
    product.does(account, "seen", *times)
    known = {account: since} if since else {}
    with product.state.writing() as session:
        mark_changed(session, product.workspace_id, ACCOUNT, [account], TODAY, known)
    product.evaluate(TODAY + HOUR)
    return product.standing(account).pql


def numbers(product: Product, account: int) -> list[float]:
    """What the result of the account rests on: early and lately."""
    evidence = product.standing(account).evidence
    assert evidence is not None
    _, _, measured, _ = json.loads(evidence)
    return list(measured)


def test_a_window_that_was_over_is_not_looked_at_again(product: Product, account: int) -> None:
    # Nobody would say so of an event in the window: it shows that nobody looks.
    assert goes_on(product, account, STARTED + 2 * HOUR, since=TODAY) == "not_met"


def test_a_window_that_is_open_is(product: Product, account: int) -> None:
    goes_on(product, account, TODAY, TODAY, since=TODAY)
    assert numbers(product, account) == [1, 2]


@pytest.mark.parametrize("since", [STARTED + 2 * HOUR, STARTED + 3 * DAY - HOUR, None])
def test_a_window_to_which_something_came_is_measured_again(
    product: Product, account: int, since: datetime | None
) -> None:
    assert goes_on(product, account, STARTED + 2 * HOUR, since=since) == "met"


def test_what_is_after_a_window_does_not_open_it(product: Product, account: int) -> None:
    assert goes_on(product, account, STARTED + HOUR, since=STARTED + 3 * DAY) == "not_met"


def test_a_window_that_was_still_open_is_measured_again(product: Product) -> None:
    product.apply(DEFINITIONS)
    account = product.account(started=TODAY - 2 * DAY)
    product.does(account, "seen", TODAY - DAY)
    product.refresh()
    product.changes(account)
    product.evaluate()
    product.does(account, "seen", TODAY + 23 * HOUR)
    with product.state.writing() as session:
        now = TODAY + 5 * DAY
        mark_changed(session, product.workspace_id, ACCOUNT, [account], now, {account: now})
    product.evaluate(now)
    assert product.standing(account).pql == "met"


def test_by_other_definitions_everything_is_measured(product: Product, account: int) -> None:
    product.apply(DEFINITIONS.replace("at_least: 2", "at_least: 2.0"))
    product.refresh()
    assert goes_on(product, account, STARTED + 2 * HOUR, since=TODAY) == "met"


def test_another_release_measures_everything(
    product: Product, account: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resting, "RELEASE", "another")
    assert goes_on(product, account, STARTED + 2 * HOUR, since=TODAY) == "met"


def test_an_event_that_nobody_had_recorded_is_looked_for_again(product: Product) -> None:
    product.apply(DEFINITIONS)
    account = product.account(started=STARTED)
    product.changes(account)
    product.refresh()
    product.evaluate()
    assert product.standing(account).pql == "unknown"
    product.does(product.account(started=STARTED), "seen", TODAY)
    assert goes_on(product, account, since=TODAY) == "not_met"


def test_what_the_backlog_knows_of_a_change_counts_too(product: Product, account: int) -> None:
    with product.state.writing() as session:
        mark_changed(session, product.workspace_id, ACCOUNT, [account], TODAY)
        set_aside(session, many=0)
    assert goes_on(product, account, STARTED + 2 * HOUR, since=TODAY) == "met"
    with product.state.reading() as session:
        assert take_changes(session, BACKLOG, 10) == ()


def test_when_only_time_passed_the_past_is_not_looked_at(product: Product, account: int) -> None:
    product.does(account, "seen", STARTED + 2 * HOUR, TODAY)
    tomorrow = TODAY + DAY
    with product.state.writing() as session:
        assert mark_due(session, tomorrow) == 1
    product.evaluate(tomorrow)
    standing = product.standing(account)
    assert (standing.pql, standing.evaluated_at) == ("not_met", tomorrow)


def test_a_strangers_evidence_is_no_accounts_own(
    product: Product, strangers_product: Product, account: int
) -> None:
    strangers_product.apply(DEFINITIONS.replace("at_least: 2", "at_least: 1"))
    strange = strangers_product.account(started=STARTED)
    strangers_product.does(strange, "seen", STARTED, STARTED + HOUR)
    strangers_product.refresh()
    assert goes_on(strangers_product, strange, since=TODAY) == "met"
    assert goes_on(product, account, since=TODAY) == "not_met"


EVERYTHING = """
lifecycle: {after_trial: free, trial_days: 5, events: {subscription_started: paying}}
metrics:
  early: {event: seen, aggregate: count, window: first 2 days}
  early_people: {event: any, aggregate: distinct contacts, window: first 2 days}
  trial_days: {event: any, aggregate: distinct days, window: whole trial}
  seats: {event: seen, aggregate: sum of seats, window: whole trial}
  never: {event: dreamt, aggregate: count, window: first 2 days}
  lately: {event: any, aggregate: distinct contacts, window: last 2 days}
  last: {event: seen, aggregate: days since last, window: last 9 days}
definitions:
  trials: &one
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: early, at_least: 2}]
  others:
    population: status is trial or free or paying
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: lately, at_least: 2}]
"""
workspaces = count(1)
users, visitors = st.sampled_from(["u1", "u2", "u3"]), st.sampled_from(["v1", "v2"])
keys = st.sampled_from(["acme", "globex"])
people = st.one_of(
    users.map(lambda user: {"userId": user}), visitors.map(lambda visitor: {"anonymousId": visitor})
)
hours = st.integers(-10 * 24, 0)
tracked = st.builds(
    lambda who, name, seats, key: {
        "type": "track",
        "event": name,
        "properties": {"seats": seats},
        "context": {"groupId": key} if key else {},
        **who,
    },
    people,
    st.sampled_from(["seen", "seen", "seen", "dreamt", "Subscription Started"]),
    st.integers(1, 3),
    st.one_of(st.none(), keys),
)
told = st.one_of(
    st.builds(
        lambda who, key, hour: {
            "type": "group",
            "groupId": key,
            "traits": {"plan": "trial", "trialStartedAt": at(hour)},
            **who,
        },
        people,
        keys,
        hours,
    ),
    st.builds(
        lambda user, visitor: {"type": "identify", "userId": user, "anonymousId": visitor},
        users,
        visitors,
    ),
    st.builds(
        lambda user, visitor: {"type": "alias", "userId": user, "previousId": visitor},
        users,
        visitors,
    ),
)
came = st.tuples(st.one_of(tracked, tracked, tracked, told), hours)
loads = st.lists(
    st.tuples(st.lists(came, min_size=1, max_size=6), st.integers(0, 60)), min_size=2, max_size=5
)


def at(hour: int) -> str:
    return (RECEIVED_AT + timedelta(hours=hour)).isoformat().replace("+00:00", "Z")


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loading]:
    """One pair of stores for all examples: each has a workspace of its own."""
    yield from stores_for_examples(tmp_path_factory.mktemp("measuring"))


@given(loads)
@settings(max_examples=40, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_whatever_came_the_numbers_are_those_of_measuring_everything(
    stores: Loading, loads: list[tuple[list[tuple[dict[str, Any], int]], int]]
) -> None:
    stores.now = RECEIVED_AT
    with stores.state.writing() as session:
        workspace = create_workspace(session, f"workspace {next(workspaces)}", stores.now)
        stores.workspace_id = workspace.id
    stores.apply_definitions(EVERYTHING)
    for number, (events, hours_later) in enumerate(loads):
        stores.now += timedelta(hours=hours_later)
        stores.load_sent(
            *(
                {**event, "messageId": f"{number}-{place}", "timestamp": at(hour)}
                for place, (event, hour) in enumerate(events)
            )
        )
        with stores.state.writing() as session:
            mark_due(session, stores.now)
        evaluate(stores)
    found = evidence(stores, stores.now)
    assert found == evidence(stores, None)


def evaluate(stores: Loading) -> None:
    evaluate_changed(stores.state, stores.store, stores.now, unfenced)


def evidence(stores: Loading, since: datetime | None) -> dict[tuple[str, str], str | None]:
    """What the results of all accounts rest on, measured once more if they changed `since` then."""
    own = select(Account.id).where(Account.workspace_id == stores.workspace_id)
    with stores.state.writing() as session:
        ids = session.scalars(own).all()
        known = dict.fromkeys(ids, since) if since else {}
        mark_changed(session, stores.workspace_id, ACCOUNT, ids, stores.now, known)
    evaluate(stores)
    found = (
        select(Account.key, Standing.definition, Standing.evidence)
        .join(Account, Account.id == Standing.account_id)
        .where(Account.workspace_id == stores.workspace_id)
    )
    with stores.state.reading() as session:
        return {(key, name): evidence for key, name, evidence in session.execute(found)}
