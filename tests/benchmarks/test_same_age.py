"""Benchmarks compare at the same age, before the payment, and only trials that were watched."""

from datetime import datetime, timedelta

import pytest

from pql.benchmarks.comparing import CUSTOMERS_NOW, LATER_CUSTOMERS, NON_CONVERTERS, Benchmarks
from pql.benchmarks.percentiles import Percentiles
from pql.benchmarks.refreshing import refresh_if_due
from pql.benchmarks.repository import load_current, load_version
from pql.changes import ACCOUNT, take_changes
from pql.definitions import versions
from pql.setbacks import Setbacks
from pql.state.models import Workspace
from tests.fixtures.product import DAY, START, TODAY, Product, unfenced
from tests.known import known

DEFINITIONS = """
metrics:
  messages: {event: message_sent, aggregate: count, window: first 14 days}
  recent:   {event: message_sent, aggregate: count, window: last 7 days}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: messages, at_least: customer p50}]
    require: all
"""
HOUR = timedelta(hours=1)


@pytest.fixture
def product(product: Product) -> Product:
    product.apply(DEFINITIONS)
    product.does(product.account(status="internal"), "message_sent", START)
    return product


def customers(product: Product, number: int, *, paid_on: int = 10, messages_a_day: int = 2) -> None:
    """Accounts that send so many messages each day of 20 and pay in the middle."""
    times = [
        START + day * DAY + message * HOUR for day in range(20) for message in range(messages_a_day)
    ]
    accounts = product.accounts(number, status="paying", paid=START + paid_on * DAY)
    product.all_do(accounts, "message_sent", *times)


def benchmarks(product: Product) -> Benchmarks:
    with product.state.reading() as session:
        definitions = versions.current(session, product.workspace_id)
        return load_current(session, product.workspace_id, definitions.version_id, definitions.file)


def row(product: Product, population: str, day: int, metric: str = "messages") -> Percentiles:
    return known(benchmarks(product).rows.get((metric, population, day)))


def test_each_day_counts_what_was_done_by_its_end_and_nothing_later(product: Product) -> None:
    customers(product, 25)
    product.refresh()
    assert [row(product, LATER_CUSTOMERS, day).p50 for day in (1, 2, 6)] == [2, 4, 12]


def test_nothing_at_or_after_the_conversion_counts(product: Product) -> None:
    customers(product, 30, paid_on=10)
    product.refresh()
    assert row(product, LATER_CUSTOMERS, 10).p50 == 20
    assert row(product, LATER_CUSTOMERS, 11) == Percentiles(0)
    assert row(product, LATER_CUSTOMERS, 14) == Percentiles(0)


def test_a_day_with_fewer_than_25_still_unpaid_says_nothing(product: Product) -> None:
    customers(product, 24, paid_on=10)
    customers(product, 1, paid_on=5)
    product.refresh()
    assert row(product, LATER_CUSTOMERS, 5).p50 == 10
    assert row(product, LATER_CUSTOMERS, 6) == Percentiles(24)


def test_internal_accounts_are_in_no_benchmark(product: Product) -> None:
    customers(product, 25, messages_a_day=1)
    insiders = product.accounts(10, status="internal", paid=START + 10 * DAY)
    product.all_do(insiders, "message_sent", *[START + n * HOUR for n in range(20)])
    product.refresh()
    assert row(product, LATER_CUSTOMERS, 1).accounts == 25
    assert row(product, LATER_CUSTOMERS, 1).p90 == 1


def test_a_trial_too_young_to_have_converted_is_not_a_failure(product: Product) -> None:
    closes = START + (14 + 30) * DAY
    product.accounts(25, status="free")
    product.accounts(5, status="trial", started=START + DAY)
    product.does(product.account(status="unknown", started=None), "message_sent", closes)
    product.refresh()
    assert row(product, NON_CONVERTERS, 3).accounts == 25


def test_whoever_paid_after_the_horizon_had_not_converted_in_time(product: Product) -> None:
    for days in (43, 44, 45):
        product.account(status="paying", paid=START + days * DAY)
    product.refresh(TODAY)
    assert row(product, NON_CONVERTERS, 1).accounts == 0
    product.does(product.account(started=None, status="unknown"), "message_sent", TODAY - DAY)
    product.refresh(TODAY)
    assert row(product, NON_CONVERTERS, 1).accounts == 2


def test_customers_from_before_the_first_event_are_unknown_not_idle(product: Product) -> None:
    customers(product, 25)
    product.accounts(50, status="paying", started=START - 300 * DAY, paid=START - 250 * DAY)
    product.refresh()
    assert row(product, LATER_CUSTOMERS, 1).accounts == 25
    assert row(product, LATER_CUSTOMERS, 1).p10 == 2


def test_customers_now_are_measured_over_the_last_days(product: Product) -> None:
    accounts = product.accounts(25, status="paying", paid=START + 10 * DAY)
    product.all_do(accounts, "message_sent", *[TODAY - n * DAY for n in range(1, 21)])
    product.refresh()
    assert row(product, CUSTOMERS_NOW, 0).p50 == 14
    assert row(product, CUSTOMERS_NOW, 0, "recent").p50 == 7


def test_a_strangers_customers_count_for_the_stranger_alone(
    product: Product, strangers_product: Product
) -> None:
    strangers_product.apply(DEFINITIONS)
    customers(strangers_product, 40, messages_a_day=9)
    customers(product, 25)
    product.refresh()
    version_id = known(benchmarks(product).version_id)
    assert row(product, LATER_CUSTOMERS, 1).accounts == 25
    assert row(product, LATER_CUSTOMERS, 1).p90 == 2
    with product.state.reading() as session:
        file = versions.current(session, product.workspace_id).file
        assert load_version(session, strangers_product.workspace_id, version_id, file) is None
        assert load_version(session, product.workspace_id, version_id, file) is not None


def refreshed(product: Product, now: datetime) -> int:
    return refresh_if_due(product.state, product.store, now, unfenced, Setbacks())


def test_benchmarks_are_refreshed_when_they_are_due_and_not_otherwise(product: Product) -> None:
    customers(product, 40)
    assert refreshed(product, TODAY) == 1
    assert refreshed(product, TODAY + HOUR) == 0
    assert refreshed(product, TODAY + 24 * HOUR) == 1


def test_customers_that_moved_by_5_percent_call_for_a_refresh(product: Product) -> None:
    customers(product, 40)
    refreshed(product, TODAY)
    product.account(status="paying", paid=START + 5 * DAY)
    assert refreshed(product, TODAY + HOUR) == 0
    product.account(status="paying", paid=START + 5 * DAY)
    assert refreshed(product, TODAY + HOUR) == 1


def test_somebody_who_asks_gets_a_refresh_once(product: Product) -> None:
    refreshed(product, TODAY)
    with product.state.writing() as session:
        session.get_one(Workspace, product.workspace_id).benchmarks_requested_at = TODAY + HOUR
    assert refreshed(product, TODAY + 2 * HOUR) == 1
    assert refreshed(product, TODAY + 3 * HOUR) == 0


def test_new_definitions_call_for_a_refresh(product: Product) -> None:
    refreshed(product, TODAY)
    product.apply(DEFINITIONS.replace("first 14 days", "first 7 days"))
    assert benchmarks(product).rows == {}
    assert refreshed(product, TODAY + HOUR) == 1


def test_equal_values_make_no_new_version_and_change_nobody(product: Product) -> None:
    customers(product, 30)
    trial = product.account()
    product.refresh(TODAY)
    first = benchmarks(product).version_id
    with product.state.reading() as session:
        assert [each.subject_id for each in take_changes(session, ACCOUNT, 10)] == [trial]
    product.refresh(TODAY + HOUR)
    assert benchmarks(product).version_id == first
    customers(product, 5, messages_a_day=7)
    product.refresh(TODAY + HOUR)
    assert benchmarks(product).version_id != first
