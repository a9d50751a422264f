"""A definition judged on past trials: only those whose fate is known and was open, each once."""

from datetime import datetime, timedelta

import pytest

from pql.accounts.querying import DefinitionUnknown
from pql.cohorts import CohortResult, evaluate_definition
from pql.definitions.reading import read_definitions
from pql.statistics.intervals import lift, wilson
from tests.fixtures.product import DAY, START, Product

TEXT = """
metrics:
  lessons: {event: lesson_watched, aggregate: count, window: first 3 days}
  exams:   {event: exam_taken, aggregate: count, window: first 1 day}
definitions:
  conversion:
    population: status is free
    outcome: {becomes: paying, within: 30 days}
    criteria:
      - {metric: lessons, at_least: 2}
      - {metric: exams, at_least: 1}
    require: all
  relative:
    population: status is free
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: lessons, at_least: customer p50}]
    require: all
"""
FILE = read_definitions(TEXT, "test.yaml")
HOUR = timedelta(hours=1)
CLOSES = START + 33 * DAY


@pytest.fixture
def product(product: Product) -> Product:
    """A workspace that has been watched until the first trials' time to convert was over."""
    product.apply(TEXT)
    product.does(product.account(status="internal"), "lesson_watched", START, CLOSES)
    product.does(product.account(status="internal"), "exam_taken", START)
    return product


def learner(product: Product, *lessons: datetime, paid: datetime | None = None) -> int:
    account = product.account(status="paying" if paid else "free", paid=paid)
    product.does(account, "lesson_watched", *lessons)
    product.does(account, "exam_taken", START)
    return account


def judged(product: Product, name: str = "conversion", as_of: datetime = CLOSES) -> CohortResult:
    with product.state.reading() as session:
        return evaluate_definition(
            product.store, session, product.workspace_id, FILE, name, as_of=as_of
        )


def test_each_trial_is_judged_by_what_it_did_within_the_window(product: Product) -> None:
    learner(product, START, START + HOUR, paid=START + 5 * DAY)
    learner(product, START, START + 3 * DAY, paid=START + 5 * DAY)
    learner(product, START, START + HOUR)
    learner(product)
    result = judged(product)
    whole, lessons, exams = result.whole, *result.criteria
    assert result.window_days == 3
    assert (whole.population, whole.converted, whole.met, whole.met_and_converted) == (4, 2, 2, 1)
    assert (lessons.met, lessons.met_and_converted) == (2, 1)
    assert (exams.met, exams.met_and_converted) == (4, 2)
    assert lessons.name == "lessons at least 2"


def test_precision_recall_and_lift_come_with_their_intervals(product: Product) -> None:
    learner(product, START, START + HOUR, paid=START + 5 * DAY)
    learner(product, paid=START + 5 * DAY)
    learner(product)
    whole = judged(product).whole
    assert whole.precision == wilson(1, 1)
    assert whole.recall == wilson(1, 2)
    assert whole.lift == lift(3, 2, 1, 1)


def test_a_payment_counts_from_the_windows_end_to_the_horizons(product: Product) -> None:
    for days in (2, 3, 32, 33, 40):
        learner(product, paid=START + days * DAY)
    result = judged(product, as_of=START + 60 * DAY)
    assert result.converted_earlier == 1
    assert (result.whole.population, result.whole.converted) == (4, 2)


def test_a_trial_too_young_to_tell_is_left_out_and_counted(product: Product) -> None:
    learner(product)
    product.account(status="free", started=START + HOUR)
    assert judged(product).immature == 1
    assert judged(product).whole.population == 1


def test_what_happened_after_the_moment_asked_about_is_not_looked_at(product: Product) -> None:
    learner(product, paid=START + 5 * DAY)
    assert judged(product, as_of=CLOSES).whole.population == 1
    assert judged(product, as_of=CLOSES - HOUR).immature == 1


def test_insiders_and_trials_from_before_the_first_event_are_counted_apart(
    product: Product,
) -> None:
    product.account(status="free", started=START - DAY)
    result = judged(product)
    assert (result.internal, result.unwatched, result.whole.population) == (2, 1, 0)


def test_without_customers_to_compare_with_a_relative_criterion_is_unknown(
    product: Product,
) -> None:
    learner(product, START, paid=START + 5 * DAY)
    result = judged(product, "relative")
    assert result.uses_benchmarks
    assert (result.whole.met, result.whole.unknown) == (0, 1)
    assert result.whole.precision.value is None


def test_a_strangers_trials_are_not_judged(product: Product, strangers_product: Product) -> None:
    learner(strangers_product, START, START + HOUR, paid=START + 5 * DAY)
    learner(product)
    assert judged(product).whole.population == 1


def test_a_workspace_that_never_sent_an_event_has_no_past(strangers_product: Product) -> None:
    strangers_product.account(status="free")
    result = judged(strangers_product)
    assert (result.recorded_until, result.unwatched, result.whole.population) == (None, 1, 0)


def test_an_unknown_definition_is_refused_with_those_there_are(product: Product) -> None:
    with pytest.raises(DefinitionUnknown, match="known: conversion, relative"):
        judged(product, "nothing")
