"""Benchmarks are computed and everybody is judged, whatever accounts there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from pql.changes import ACCOUNT, mark_everything_changed, take_changes
from pql.definitions.grammar import POPULATION_STATUSES, STATUSES
from pql.state.models import Account, Standing
from segments.evaluation import evaluate_changed
from tests.fixtures.events import batch_of
from tests.fixtures.loading import Loading, stores_for_examples
from tests.fixtures.product import START, TODAY, Product, make_product, unfenced

DEFINITIONS = f"""
lifecycle: {{trial_days: 14}}
metrics:
  sent: {{event: sent, aggregate: count, window: first 7 days}}
  people: {{event: any, aggregate: distinct contacts, window: last 14 days}}
  days: {{event: sent, aggregate: distinct days, window: whole trial}}
  seats: {{event: sent, aggregate: sum of seats, window: first 14 days}}
  most: {{event: opened, aggregate: max of seats, window: whole trial}}
  soonest: {{event: opened, aggregate: first time, window: first 14 days}}
  last: {{event: sent, aggregate: days since last, window: last 30 days}}
  active: {{event: any, aggregate: contacts active on 2 days within 3 days, window: first 14 days}}
definitions:
  conversion:
    population: status is {" or ".join(POPULATION_STATUSES)}
    outcome: {{becomes: paying, within: 30 days}}
    criteria:
      - {{metric: sent, at_least: customer p50}}
      - {{metric: people, at_least: non-converter p90}}
      - {{metric: soonest, at_most: customer p75}}
    require: 2
    score: {{sent: 2, people: 1, days: 1, seats: 1, most: 1, soonest: 1, last: 1, active: 1}}
"""
numbers = count(1)

times = st.integers(0, 200).map(lambda days: START + timedelta(days=days, hours=days % 7))
maybe = st.one_of(st.none(), times)
accounts = st.fixed_dictionaries(
    {
        "status": st.sampled_from([*STATUSES, "unknown"]),
        "trial_started_at": maybe,
        "trial_ends_at": maybe,
        "converted_at": maybe,
        "churned_at": maybe,
        "traits": st.sampled_from([{}, {"employees": 30}, {"plan": "team", "employees": "many"}]),
    }
)
groups = st.lists(
    st.tuples(accounts, st.sampled_from([1, 1, 12, 30]), st.lists(times, max_size=3)),
    min_size=1,
    max_size=6,
)
names = st.sampled_from(["sent", "opened", "seen"])


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loading]:
    """One pair of stores for all examples: each has a workspace of its own."""
    yield from stores_for_examples(tmp_path_factory.mktemp("whatever"))


@given(groups, names)
@settings(max_examples=12, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_nobody_holds_up_the_others(
    stores: Loading, groups: list[tuple[dict[str, Any], int, list[datetime]]], name: str
) -> None:
    product = make_product(stores.state, stores.store, f"workspace {next(numbers)}")
    product.apply(DEFINITIONS)
    for columns, number, did in groups:
        do(product, plant(product, number, columns), name, did)
    product.refresh()
    with product.state.writing() as session:
        mark_everything_changed(session, product.workspace_id, TODAY)
    assert evaluate_changed(product.state, product.store, TODAY, unfenced).failures == ()
    spoken_of = sum(number for columns, number, _ in groups if is_spoken_of(columns))
    with product.state.reading() as session:
        own = Standing.workspace_id == product.workspace_id
        assert session.scalar(select(func.count()).where(own)) == spoken_of
        assert take_changes(session, ACCOUNT, 10) == ()


def is_spoken_of(columns: dict[str, Any]) -> bool:
    return columns["status"] in POPULATION_STATUSES


def plant(product: Product, number: int, columns: dict[str, Any]) -> list[int]:
    seen = {"first_seen_at": START, "last_seen_at": START, "workspace_id": product.workspace_id}
    rows = [
        Account(key=f"planted-{next(product.numbers)}", **seen, **columns) for _ in range(number)
    ]
    with product.state.writing() as session:
        session.add_all(rows)
    return [row.id for row in rows]


def do(product: Product, account_ids: list[int], name: str, did: list[datetime]) -> None:
    rows = [
        {
            "workspace_id": product.workspace_id,
            "account_id": account_id,
            "contact_id": account_id * 10 + place % 2,
            "name": name,
            "occurred_at": at.replace(tzinfo=None),
            "received_at": at.replace(tzinfo=None),
            "message_id": f"message-{next(product.numbers)}",
            "properties": '{"seats": 3}' if place else "{}",
        }
        for account_id in account_ids
        for place, at in enumerate(did)
    ]
    if rows:
        batch_number = product.workspace_id * 1_000_000 + next(product.numbers)
        product.store.append(batch_of(batch_number, rows))
