"""Conversion by value: mature trials that were open when the window closed, and nobody else."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.benchmarks.curves import ConversionCurve, ValueBin, conversion_curve, conversion_curves
from pql.definitions.reading import read_definitions
from tests.benchmarks.planting import DEFINITIONS, documents, evidence_of, plant, record_until
from tests.fixtures.product import DAY, START, TODAY, Product
from tests.known import known

FILE = read_definitions(DEFINITIONS, "test.yaml")
CONVERSION = FILE.definitions["conversion"]
SECOND = timedelta(seconds=1)
outcomes = st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=25, max_size=120)


def curve_of(each: list[tuple[int, bool]], metric: str = "messages") -> ConversionCurve:
    values = np.array([float(value) for value, _ in each])
    converted = np.array([outcome for _, outcome in each])
    return conversion_curve(FILE.metrics[metric], CONVERSION, 7, values, converted)


def holds(each: ValueBin, value: float) -> bool:
    return known(each.low) <= value and (each.below is None or value < each.below)


@given(outcomes)
def test_every_account_is_in_one_bin_and_counted_right(each: list[tuple[int, bool]]) -> None:
    curve = curve_of(each)
    for bins in (curve.quantiles, curve.steps):
        assert sum(one.rate.total for one in bins) == len(each)
        for one in bins:
            inside = [paid for value, paid in each if holds(one, value)]
            above = [paid for value, paid in each if value >= known(one.low)]
            assert (one.rate.successes, one.rate.total) == (sum(inside), len(inside))
            assert (one.reached.successes, one.reached.total) == (sum(above), len(above))


@given(outcomes)
def test_where_smaller_is_better_reached_is_what_is_not_above(
    each: list[tuple[int, bool]],
) -> None:
    curve = curve_of(each, "soonest")
    for one in curve.steps:
        below = [paid for value, paid in each if one.below is None or value < one.below]
        assert (one.reached.successes, one.reached.total) == (sum(below), len(below))


def test_never_is_a_bin_of_its_own_and_the_last() -> None:
    values = np.concatenate([np.arange(30.0), np.full(20, np.inf)])
    metric = FILE.metrics["soonest"]
    curve = conversion_curve(metric, CONVERSION, 7, values, np.isfinite(values))
    assert curve.smaller_is_better
    assert (curve.steps[-1].low, curve.steps[-1].rate.total) == (None, 20)
    assert curve.steps[-1].reached.total == 50
    assert curve.area.value == 1


def test_where_nobody_ever_did_it_all_are_in_one_bin() -> None:
    values = np.full(30, np.inf)
    curve = conversion_curve(FILE.metrics["soonest"], CONVERSION, 7, values, np.arange(30) < 10)
    for bins in (curve.quantiles, curve.steps):
        assert [(one.low, one.rate.successes, one.rate.total) for one in bins] == [(None, 10, 30)]


def test_what_is_unknown_is_not_nothing() -> None:
    values = np.concatenate([np.full(10, np.nan), np.arange(30.0)])
    curve = conversion_curve(FILE.metrics["messages"], CONVERSION, 7, values, values > 20)
    assert (curve.unknown, curve.everybody.total) == (10, 30)
    assert curve.steps[0].rate.total == 1


def test_fewer_than_25_accounts_have_no_bins() -> None:
    curve = curve_of([(value, value > 12) for value in range(24)])
    assert (curve.quantiles, curve.steps) == ((), ())
    assert curve.everybody.total == 24


@pytest.fixture
def planted(product: Product) -> Product:
    """40 trials that send five messages and 60 that send one; half and a tenth of them pay."""
    product.apply(DEFINITIONS)
    five = [START + hour * timedelta(hours=1) for hour in range(5)]
    in_time = START + 20 * DAY
    plant(product, 20, messages=five, converted_at=in_time)
    plant(product, 20, messages=five)
    plant(product, 6, messages=five[:1], converted_at=in_time)
    plant(product, 54, messages=five[:1])
    record_until(product, START + 37 * DAY)
    return product


def test_a_planted_difference_is_found(planted: Product) -> None:
    curve = conversion_curves(FILE, evidence_of(planted))["messages"]
    counted = [(one.low, one.below, one.rate.successes, one.rate.total) for one in curve.steps]
    assert counted == [(1, 2, 6, 60), (5, None, 20, 40)]
    assert curve.steps[0].reached.total == 100
    assert (curve.window_days, curve.horizon_days) == (7, 30)


def test_immature_and_early_trials_and_late_messages_do_not_count(planted: Product) -> None:
    before = conversion_curves(FILE, evidence_of(planted))["messages"]
    plant(planted, 30, started=START + SECOND, messages=[START + DAY])
    plant(planted, 30, converted_at=START + 6 * DAY, messages=[START + DAY])
    plant(planted, 30, status="internal", messages=[START + DAY])
    assert conversion_curves(FILE, evidence_of(planted))["messages"] == before
    plant(planted, 1, messages=[START + 7 * DAY])
    found = conversion_curves(FILE, evidence_of(planted))["messages"]
    assert [one.rate.total for one in found.steps] == [1, 60, 40]


def test_whoever_pays_after_the_horizon_had_not_converted(planted: Product) -> None:
    plant(planted, 10, messages=[START], converted_at=START + 37 * DAY)
    found = conversion_curves(FILE, evidence_of(planted))["messages"]
    assert (found.everybody.successes, found.everybody.total) == (26, 110)


def test_the_curves_are_kept_with_the_version(planted: Product) -> None:
    planted.refresh(TODAY)
    assert documents(planted, "curve") == conversion_curves(FILE, evidence_of(planted))
