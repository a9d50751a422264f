"""Whatever came in whatever order, the numbers are those of measuring everything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pql.changes import ACCOUNT, mark_changed
from pql.state.models import Account, Standing
from pql.workspaces import create_workspace
from segments.due_accounts import mark_due
from segments.evaluation import evaluate_changed
from tests.fixtures.loading import RECEIVED_AT, Loading, stores_for_examples
from tests.fixtures.product import unfenced

DEFINITIONS = """
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
users, visitors = st.sampled_from(["u1", "u2"]), st.sampled_from(["v1", "v2"])
keys = st.sampled_from(["acme", "acme", "globex"])
people = st.one_of(
    users.map(lambda user: {"userId": user}), visitors.map(lambda visitor: {"anonymousId": visitor})
)
hours, long_ago = st.integers(-10 * 24, 0), st.integers(-10 * 24, -7 * 24)
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
        long_ago,
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
    stores.apply_definitions(DEFINITIONS)
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
        evaluate_changed(stores.state, stores.store, stores.now, unfenced)
    found = evidence(stores, stores.now)
    assert found == evidence(stores, None)


def evidence(stores: Loading, since: datetime | None) -> dict[tuple[str, str], str | None]:
    """What the results of all accounts rest on, measured once more if they changed `since` then."""
    own = select(Account.id).where(Account.workspace_id == stores.workspace_id)
    with stores.state.writing() as session:
        ids = session.scalars(own).all()
        known = dict.fromkeys(ids, since) if since else {}
        mark_changed(session, stores.workspace_id, ACCOUNT, ids, stores.now, known)
    evaluate_changed(stores.state, stores.store, stores.now, unfenced)
    found = (
        select(Account.key, Standing.definition, Standing.evidence)
        .join(Account, Account.id == Standing.account_id)
        .where(Account.workspace_id == stores.workspace_id)
    )
    with stores.state.reading() as session:
        return {(key, name): evidence for key, name, evidence in session.execute(found)}
