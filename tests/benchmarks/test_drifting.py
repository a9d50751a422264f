"""Has a benchmark moved: trials of the latest period against those before, at the same age."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from pql.benchmarks.drifting import Drift, MetricDrift, find_drift
from pql.definitions.reading import read_definitions
from tests.benchmarks.planting import DEFINITIONS, documents, evidence_of, plant, record_until, send
from tests.fixtures.product import DAY, START, TODAY, Product
from tests.known import known

FILE = read_definitions(DEFINITIONS, "test.yaml")
DIVIDED = START + 30 * DAY
ENDS = DIVIDED + 37 * DAY
"""The latest trial that is seven days old then began 30 days after the period before."""


def drift(product: Product, period_days: int | None = None) -> Drift:
    return find_drift(FILE, evidence_of(product), period_days)


def of_messages(found: Drift) -> MetricDrift:
    return next(each for each in found.metrics if each.metric == "messages")


def trials(product: Product, number: int, first: datetime, mean: float) -> None:
    """So many trials within 29 days from then on, with about so many messages in their first."""
    generator = np.random.default_rng(number)
    counts = generator.poisson(mean, number)
    for count in sorted(set(counts.tolist())):
        start = first + timedelta(days=float(generator.uniform(0, 29)))
        accounts = plant(product, int((counts == count).sum()), started=start)
        send(product, accounts, [start + timedelta(minutes=minute) for minute in range(count)])


@pytest.fixture
def product(product: Product) -> Product:
    product.apply(DEFINITIONS)
    record_until(product, ENDS)
    return product


def test_trials_that_do_the_same_have_not_moved(product: Product) -> None:
    trials(product, 80, START, 4)
    trials(product, 90, DIVIDED, 4)
    found = drift(product)
    messages = of_messages(found)
    assert (messages.before, messages.now) == (80, 90)
    assert found.moved == ()
    assert known(messages.stability_index) < 0.2
    assert (found.period_days, found.age_days, found.refused) == (30, 7, None)
    assert found.divided_at == DIVIDED


def test_trials_that_do_much_more_have_moved(product: Product) -> None:
    trials(product, 80, START, 2)
    trials(product, 90, DIVIDED, 6)
    found = drift(product)
    messages = of_messages(found)
    assert "messages" in found.moved
    assert known(messages.stability_index) > 0.2
    assert known(messages.adjusted) <= 0.05
    assert known(messages.median_before) < known(messages.median_now)


def test_what_is_done_at_another_age_or_after_paying_is_not_compared(product: Product) -> None:
    trials(product, 80, START, 4)
    trials(product, 90, DIVIDED, 4)
    paid = DIVIDED + 2 * DAY
    customers = plant(product, 100, started=DIVIDED, converted_at=paid)
    send(product, customers, [paid + timedelta(minutes=minute) for minute in range(5)])
    found = drift(product)
    assert (of_messages(found).now, of_messages(found).median_now) == (190, 0)
    too_young = plant(product, 50, started=ENDS - 6 * DAY, status="trial")
    send(product, too_young, [ENDS - 6 * DAY])
    assert drift(product) == found


def test_too_few_trials_are_not_compared(product: Product) -> None:
    trials(product, 59, START, 4)
    trials(product, 90, DIVIDED, 9)
    found = drift(product)
    assert (found.metrics, found.moved) == ((), ())
    assert "fewer than 60 trials" in known(found.refused)


def test_a_longer_period_is_taken_where_a_short_one_has_too_few(product: Product) -> None:
    record_until(product, ENDS + 60 * DAY)
    trials(product, 70, START, 4)
    trials(product, 40, ENDS - 7 * DAY, 4)
    trials(product, 40, ENDS + 22 * DAY, 4)
    assert drift(product).period_days == 60
    assert drift(product, 30).refused is not None


def test_nothing_recorded_is_no_drift(product: Product) -> None:
    evidence = evidence_of(product, START - DAY)
    assert find_drift(FILE, evidence).refused is not None


def test_the_drift_is_kept_with_the_version(product: Product) -> None:
    trials(product, 80, START, 2)
    trials(product, 90, DIVIDED, 6)
    product.refresh(TODAY)
    assert documents(product, "drift") == {"": drift(product)}
