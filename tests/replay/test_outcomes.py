"""What came of those that were picked: only where the time is over, only what came after."""

from typing import Any

import pytest

from pql.definitions.model import Motion, Test
from pql.definitions.reading import read_definitions
from pql.statistics.intervals import wilson
from segments.replay.question import Capacity
from tests.fixtures.product import DAY
from tests.replay.conftest import HOUR, NOW, Planted, definitions

WEEKS = 10


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """The arithmetic does not depend on the database."""
    return migrated_sqlite_url


def invites(
    owner: Planted, days_ago: float, number: int, *, pays_after: int | None = None, **columns: Any
) -> int:
    """A trial that sends so many invites in its first hours."""
    started = NOW - days_ago * DAY - 6 * HOUR
    account = owner.trial(started, **columns)
    owner.sends(account, [started + (1 + each % 5) * HOUR for each in range(number)])
    if pays_after is not None:
        owner.pays(account, started + pays_after * DAY)
    return account


def test_precision_and_recall_come_with_their_intervals(owner: Planted) -> None:
    invites(owner, 60, 3, pays_after=10)
    invites(owner, 60, 3)
    invites(owner, 50, 1, pays_after=10)
    invites(owner, 50, 0)
    figures = owner.plan(definitions(), weeks=WEEKS).definitions[0].planned.whole
    assert (figures.accounts, figures.picked, figures.waiting) == (4, 2, 0)
    assert (figures.precision, figures.recall) == (wilson(1, 2), wilson(1, 2))


def test_who_still_has_time_to_convert_is_no_failure(owner: Planted) -> None:
    invites(owner, 60, 3, pays_after=10)
    invites(owner, 25, 3)
    invites(owner, 25, 3, pays_after=5)
    figures = owner.plan(definitions(), weeks=WEEKS).definitions[0].planned.whole
    assert (figures.picked, figures.waiting) == (3, 2)
    assert figures.precision == wilson(1, 1)


def test_a_conversion_after_the_time_is_none_of_the_definitions(owner: Planted) -> None:
    invites(owner, 60, 3, pays_after=45)
    figures = owner.plan(definitions(), weeks=WEEKS).definitions[0].planned.whole
    assert figures.precision == wilson(0, 1)


def test_the_lead_is_the_time_from_the_look_to_the_conversion(owner: Planted) -> None:
    for pays_after in (2, 4, 6, 8, 10):
        invites(owner, 60, 3, pays_after=pays_after)
    lead = owner.plan(definitions(), weeks=WEEKS).definitions[0].planned.whole.lead_days
    looked_after = 0.25  # days from the start to the look that saw the third invite
    expected = [days - looked_after for days in (4, 6, 8)]
    assert (lead.lower_quartile, lead.median, lead.upper_quartile) == tuple(expected)
    assert lead.accounts == 5


def test_figures_are_told_apart_by_plan(owner: Planted) -> None:
    for number, plan in ((3, "team"), (0, "team"), (3, "solo")):
        invites(owner, 20, number, traits={"plan": plan})
    segments = owner.plan(definitions(), weeks=WEEKS).definitions[0].planned.segments
    by_plan = {each.value: each.figures for each in segments if each.by == "plan"}
    assert {plan: (each.accounts, each.picked) for plan, each in by_plan.items()} == {
        "team": (2, 1),
        "solo": (1, 1),
    }


def test_a_capacity_gets_the_score_that_just_fills_it(owner: Planted) -> None:
    for number in range(30):  # customers: the median sent 15 invites on their first day
        invites(owner, 150, number, pays_after=5)
    for number in range(0, 40, 2):
        invites(owner, 9, number)
    bar = (
        owner.plan(definitions(), weeks=2, capacity=Capacity(reps=1, per_rep=4)).definitions[0].bar
    )
    assert bar is not None
    assert bar.cut_off is not None
    assert sum(bar.per_week) <= 4 * 2
    assert bar.figures is not None
    assert bar.figures.picked == sum(bar.per_week)
    lower = (
        owner.plan(definitions(), weeks=2, capacity=Capacity(reps=1, per_rep=5)).definitions[0].bar
    )
    assert lower is not None
    assert lower.cut_off is not None
    assert lower.cut_off < bar.cut_off
    assert bar.yaml is not None
    (high_touch, low_touch) = read_definitions(
        definitions() + bar.yaml, "test.yaml"
    ).motions.values()
    assert high_touch == Test("usage_score", "usage_score", "at_least", bar.cut_off)
    assert low_touch == read_definitions(definitions(), "test.yaml").motions[Motion.LOW_TOUCH]
