"""Who is active in each week, by whether the account had met the definition."""

import pytest

from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.judging import Judge
from pql.benchmarks.retention import Retention, RetentionWeek, retention_by_week
from pql.definitions.reading import read_definitions
from tests.benchmarks.planting import DEFINITIONS, documents, evidence_of, plant, record_until
from tests.fixtures.product import DAY, START, TODAY, Product

FILE = read_definitions(DEFINITIONS, "test.yaml")
CONVERSION = FILE.definitions["conversion"]
STARTING = [START, START + DAY, START + 2 * DAY]


def retention(product: Product) -> Retention:
    return retention_by_week(evidence_of(product), Judge(FILE, CONVERSION, 7, Benchmarks({}), {}))


def week(found: Retention, number: int) -> RetentionWeek:
    return next(each for each in found.weeks if each.week == number)


@pytest.fixture
def product(product: Product) -> Product:
    product.apply(DEFINITIONS)
    return product


def test_each_week_counts_who_did_anything_in_it(product: Product) -> None:
    third = START + 14 * DAY
    plant(product, 15, messages=[*STARTING, third])
    plant(product, 5, messages=STARTING)
    plant(product, 3, messages=[START, third + 7 * DAY])
    plant(product, 27, messages=[START])
    record_until(product, TODAY)
    found = retention(product)
    assert (found.activated, found.not_activated, found.unknown) == (20, 30, 0)
    assert [each.week for each in found.weeks] == list(range(1, 13))
    shares = [(each.activated.value, each.not_activated.value) for each in found.weeks[:5]]
    assert shares == [(1, 1), (0, 0), (0.75, 0), (0, 0.1), (0, 0)]
    third_week = week(found, 3)
    assert third_week.difference.value == 0.75
    assert [week(found, number).is_part_of_window for number in (1, 2)] == [True, False]


def test_only_accounts_old_enough_for_a_week_count_in_it(product: Product) -> None:
    plant(product, 10, messages=STARTING)
    plant(product, 10, started=START + 20 * DAY)
    record_until(product, START + 30 * DAY)
    found = retention(product)
    assert [each.activated.total for each in found.weeks] == [10, 10, 10, 10]
    assert [each.not_activated.total for each in found.weeks] == [10, 0, 0, 0]


def test_trials_too_young_to_be_judged_and_insiders_are_left_out(product: Product) -> None:
    plant(product, 10, messages=STARTING)
    plant(product, 10, started=START + 25 * DAY)
    plant(product, 10, status="internal", messages=STARTING)
    record_until(product, START + 30 * DAY)
    assert (retention(product).activated, retention(product).not_activated) == (10, 0)


def test_an_account_of_which_it_is_unknown_is_in_neither_group(product: Product) -> None:
    text = DEFINITIONS.replace("{metric: messages, at_least: 3}", "{trait: seats, at_least: 3}")
    file = read_definitions(text, "test.yaml")
    accounts = plant(product, 3, messages=STARTING)
    record_until(product, TODAY)
    traits = {accounts[0]: {"seats": 5}, accounts[1]: {"seats": 1}}
    judge = Judge(file, file.definitions["conversion"], 7, Benchmarks({}), traits)
    found = retention_by_week(evidence_of(product), judge)
    assert (found.activated, found.not_activated, found.unknown) == (1, 1, 1)


def test_a_strangers_activity_counts_for_the_stranger_alone(
    product: Product, strangers_product: Product
) -> None:
    strangers_product.apply(DEFINITIONS)
    plant(strangers_product, 10, messages=STARTING)
    plant(product, 10, messages=[START])
    record_until(product, TODAY)
    assert (retention(product).activated, retention(product).not_activated) == (0, 10)


def test_nothing_recorded_is_nobody_retained(product: Product) -> None:
    assert retention(product) == Retention("conversion", 7, 0, 0, 0, ())


def test_it_is_kept_with_the_version(product: Product) -> None:
    plant(product, 30, messages=STARTING, converted_at=START + 20 * DAY)
    record_until(product, TODAY)
    product.refresh(TODAY)
    assert documents(product, "retention") == {"conversion": retention(product)}
