"""A replay decides at each look what deciding at that look alone does, late news included."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pql.accounts.facts import FROM_TRAIT, TRIAL_ENDS, Fact
from pql.definitions.reading import read_definitions
from pql.trials import naive
from segments.replay import runs
from segments.replay.looks import Looks
from segments.replay.walking import read_past, sides_of, walk
from tests.fixtures.product import DAY
from tests.replay.conftest import HOUR, NOW, Planted, silent
from tests.replay.plainly import DECIDED, decide_each_look, seen_at
from tests.replay.test_against_cohorts import workspace

WEEKS = 2
TEXT = """
lifecycle: {trial_days: 5, after_trial: free}
metrics:
  invites: {event: invite_sent, aggregate: count, window: first 4 days}
  days: {event: any, aggregate: distinct days, window: last 3 days}
  quiet: {event: login, aggregate: days since last, window: last 6 days}
  people: {event: any, aggregate: contacts active on 1 days within 2 days, window: last 5 days}
definitions:
  conversion:
    population: status is trial or free or paying
    outcome: {becomes: paying, within: 3 days}
    criteria:
      - {metric: invites, at_least: customer p50}
      - {metric: days, at_least: 2}
      - {metric: quiet, at_most: 2}
    require: 2
    score: {invites: 2, quiet: 1}
potential:
  large: {any: [{metric: people, at_least: 2}, {trait: employees, at_least: 100}]}
  medium: {any: [{metric: people, at_least: 1}]}
"""
LATE = st.sampled_from([0, 0, 0, 5, 30, 100])
HAPPENED = st.tuples(
    st.integers(0, 400),  # hours after the trial began
    LATE,  # hours until it was received
    st.sampled_from(["invite_sent", "login"]),
)
Account = tuple[int, int, int | None, int | None, int | None, list[tuple[int, int, str]]]
ACCOUNTS = st.tuples(
    st.integers(2, 30),  # days ago that the trial began
    LATE,  # hours until that was known
    st.none() | st.integers(1, 600),  # hours after which it paid
    st.none() | st.integers(1, 300),  # hours after which its trial was said to take ten days
    st.sampled_from([None, 20, 500]),  # employees
    st.lists(HAPPENED, max_size=8),
)


@given(accounts=st.lists(ACCOUNTS, min_size=1, max_size=4), customers=st.booleans())
@settings(max_examples=3, deadline=None)
def test_each_look_decides_as_if_it_were_alone(
    sqlite_template: Path,
    accounts: list[Account],
    *,
    customers: bool,
) -> None:
    file = read_definitions(TEXT, "test.yaml")
    with workspace(sqlite_template) as owner:
        for account in accounts:
            plant(owner, account)
        if customers:
            plant_customers(owner)
        product = owner.product
        looks = Looks(naive(NOW), WEEKS)
        with product.state.reading() as session:
            past = read_past(product.store, session, product.workspace_id, [file], looks)
        asked = [(file, list(file.definitions.values()))]
        (side,) = sides_of(past, asked)
        expected = decide_each_look(past, side)
        (walked,) = walk(past, sides_of(past, asked), silent)
    trail = walked["conversion"].trail
    assert set(trail["account_id"]) == set(expected.get("account_id", []))
    found = [
        seen_at(trail, account_id, look)
        for account_id, look in expected.reindex(columns=["account_id", "look"]).to_numpy().tolist()
    ]
    pd.testing.assert_frame_equal(
        pd.DataFrame(found, columns=DECIDED).astype(trail[DECIDED].dtypes),
        expected[DECIDED] if len(expected) else trail[DECIDED],
    )


def test_the_runs_of_an_account_are_never_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Looks(pd.Timestamp(2026, 6, 1), weeks=1)
    monkeypatch.setattr(runs, "AT_ONCE", 2 * looks.count)
    seen = pd.DataFrame({"account_id": [1, 1, 2, 3, 3, 3, 4]})
    parts = [each["account_id"].tolist() for each in runs.some_at_a_time(seen, looks)]
    assert parts == [[1, 1, 2], [3, 3, 3, 4]]


def test_it_makes_no_difference_how_many_accounts_are_taken_together(
    owner: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days_ago in range(2, 9):
        plant(owner, (days_ago, 0, None, None, None, [(days_ago, 0, "invite_sent")] * days_ago))
    together = owner.plan(TEXT, weeks=1)
    monkeypatch.setattr(runs, "AT_ONCE", 2)
    assert owner.plan(TEXT, weeks=1) == together
    assert together.definitions[0].planned.whole.accounts == 7


def plant_customers(owner: Planted) -> None:
    """Enough to compare with: the benchmarks are worked out anew as more of them pay."""
    for number in range(30):
        started = NOW - (25 + number % 10) * DAY
        account = owner.trial(started)
        owner.sends(account, [started + hour * HOUR for hour in range(number % 7)])
        owner.pays(account, started + (10 + number % 8) * DAY)


def plant(owner: Planted, account: Account) -> None:
    """An account with all that was ever heard of it."""
    days_ago, told_after, paid_after, extended_after, employees, happened = account
    started = NOW - days_ago * DAY + HOUR / 2
    traits = {} if employees is None else {"employees": employees}
    account_id = owner.trial(started, recorded=started + told_after * HOUR, traits=traits)
    for after, until_received, name in happened:
        at = started + after * HOUR
        owner.sends(account_id, [at], received=at + until_received * HOUR, name=name)
    if extended_after is not None:
        at = started + extended_after * HOUR
        ends = (started + 10 * DAY).isoformat()
        owner.learns(account_id, Fact(TRIAL_ENDS, ends, at, FROM_TRAIT, "planted"), at)
    if paid_after is not None:
        owner.pays(account_id, started + paid_after * HOUR)
